"""A territory is refused where the marked places all lie elsewhere, and only there."""

from __future__ import annotations

import pytest

from training.corpus import Paper, parse_marked
from training.counts import CONFIG_DIR
from training.places import contradiction
from triage.taxonomy import Taxonomy

TAXONOMY = Taxonomy.parse((CONFIG_DIR / "taxonomy.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("territory", "script", "marked", "elsewhere"),
    [
        ("quba", "latin", "⟦LOC|Qubada⟧ oldu", set()),
        ("quba", "latin", "⟦LOC|Lənkəranda⟧ oldu", {"lenkeran"}),
        ("quba", "latin", "⟦LOC|Lənkəranda⟧ yaşayıram, ⟦LOC|Qubada⟧ oldu", set()),
        ("quba", "cyrillic", "⟦LOC|Ленкорани⟧ живу", {"lenkeran"}),
        ("quba", "cyrillic", "⟦LOC|Губада⟧ олду", set()),
        ("quba", "latin", "⟦ORG|Quba rayon polis şöbəsi⟧, ⟦LOC|Lənkəran⟧", set()),
        ("quba", "latin", "⟦LOC|Lənkəran küçəsi 5⟧", set()),
        ("quba", "latin", "⟦LOC|Lənkəran⟧, ⟦LOC|Bilinməyənkənd⟧", set()),
        ("nesimi", "latin", "⟦LOC|Bakıda⟧", set()),
        ("baki", "latin", "⟦LOC|Nəsimi rayonunda⟧", set()),
        ("quba", "latin", "⟦LOC|Bakıda⟧", {"baki"}),
        (None, "latin", "⟦LOC|Qubada⟧", set()),
        ("quba", "latin", "⟦ORG|Lənkəran şəhər məhkəməsi⟧", set()),
    ],
)
def test_contradiction(territory: str | None, script: str, marked: str, elsewhere: set[str]) -> None:
    text, entities = parse_marked(marked)
    paper = Paper(
        "A1",
        "A1",
        "A",
        text,
        entities,
        "complaint",
        "land_housing",
        (),
        territory,
        "normal",
        "az",
        script,
        False,
    )
    assert contradiction(paper, TAXONOMY) == elsewhere
