"""Names left bare are found in any case, and words that only resemble them are not."""

from __future__ import annotations

import pytest

from training.bare import bare_names
from training.corpus import parse_marked


@pytest.mark.parametrize(
    ("marked", "found"),
    [
        ("⟦PERSON|Əli Əliyev⟧ getdi. Əliyevin maşını, Əli Əliyevə.", ["Əliyevin", "Əli Əliyevə"]),
        ("⟦PERSON|Алиев Рашид⟧ ушёл. Видел Алиева и Рашидом доволен.", ["Алиева", "Рашидом"]),
        ("⟦PERSON|Видади⟧ ҝетди, Видадинин еви.", ["Видадинин"]),
        ("⟦LOC|Quba⟧, Qubadan, QUBADA.", ["Qubadan", "QUBADA"]),
        ("⟦ORG|Araz Bank⟧ verdi. Araz Bankdan aldım, Araz axır.", ["Araz Bankdan"]),
        ("⟦PERSON|Gül Əliyeva⟧ gəldi, gül verdi, Gül getdi.", []),
        ("⟦PERSON|Bahar⟧ gəldi, bahar gəldi.", []),
        ("⟦PERSON|Rza⟧ gəldi. Rzayev getdi.", []),
        ("⟦LOC|Quba⟧ və ⟦LOC|Qubada⟧.", []),
        ("⟦DATE|5 may⟧ günü, may ayı.", []),
    ],
)
def test_bare_names(marked: str, found: list[str]) -> None:
    text, entities = parse_marked(marked)
    bare = sorted(bare_names(text, entities, frozenset()), key=lambda name: name.start)
    assert [text[name.start : name.end] for name in bare] == found


def test_exempt_words_are_passed_over() -> None:
    text, entities = parse_marked("⟦PERSON|Инна⟧ дала ИНН.")
    assert [b.entity.text for b in bare_names(text, entities, frozenset())] == ["Инна"]
    assert not list(bare_names(text, entities, frozenset({"ИНН"})))
