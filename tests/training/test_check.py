"""Every kind of fault is found in a small corpus that has it, and the shipped corpus has none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from training.check import Fault, check_corpus
from training.counts import CONFIG_DIR

PAPER: dict[str, Any] = {
    "id": "A001",
    "family": "A001",
    "marked": "Mən ⟦PERSON.applicant|Əli Əliyev⟧, ⟦LOC|Qubada⟧ yaşayıram və torpağım barədə yazıram.",
    "document_type": "complaint",
    "subject": "land_housing",
    "also": [],
    "territory": "quba",
    "urgency": "normal",
    "language": "az",
    "script": "latin",
    "needs_person": False,
    "hard": "",
}
STATEMENT: dict[str, Any] = {
    "id": "As0001",
    "text": "Qonşum hasarı mənim torpağıma keçirib.",
    "subject": "land_housing",
    "also": [],
    "urgency": "normal",
    "language": "az",
    "script": "latin",
}
LONG = " ".join(f"söz{n} deyildi" for n in range(30))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The configuration without floors."""
    folder = tmp_path / "config"
    shutil.copytree(CONFIG_DIR, folder)
    (folder / "corpus.toml").write_text("overlap = 0.2\nopening = 0.02\nnot_names = []\n[floors.papers]\n")
    return folder


def faults(config: Path, papers: list[Any], statements: list[Any]) -> list[Fault]:
    """The faults of a corpus that holds these lines."""
    folder = config.parent / "corpus"
    folder.mkdir(exist_ok=True)
    for name, rows in (("A.jsonl", papers), ("A_statements.jsonl", statements)):
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return check_corpus(folder, config)


def test_a_sound_corpus_has_no_fault(config: Path) -> None:
    assert faults(config, [PAPER], [STATEMENT]) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"document_type": "letter"}, "document_type is 'letter'"),
        ({"subject": "theft"}, "subject is 'theft'"),
        ({"urgency": "urgent"}, "urgency is 'urgent'"),
        ({"territory": "london"}, "territory is 'london'"),
        ({"language": "fr"}, "language is 'fr'"),
        ({"script": "arabic"}, "script is 'arabic'"),
        ({"also": ["theft"]}, "also holds 'theft'"),
        ({"also": ["land_housing"]}, "also holds 'land_housing'"),
        ({"needs_person": "no"}, "needs_person is 'no'"),
        ({"marked": " "}, "the text is empty"),
        ({"marked": "⟦PLACE|Quba⟧"}, "unknown mark '⟦PLACE|Quba⟧'"),
        ({"marked": "⟦PERSON.witness|Əli⟧"}, "unknown mark '⟦PERSON.witness|Əli⟧'"),
        ({"marked": "⟦LOC|Quba"}, "a mark is not closed, or opened twice"),
        ({"marked": "⟦LOC|Quba,⟧ dağ"}, "the mark LOC|'Quba,' begins or ends with a space or punctuation"),
        (
            {"marked": "⟦LOC|Qubada⟧ idim, Qubadan gəldim"},
            "LOC|'Qubada' is bare in 'Qubada idim, Qubadan gəldim'",
        ),
        ({"marked": "⟦LOC|Lənkəranda⟧ oldu"}, "territory is quba, but the places marked lie in lenkeran"),
        ({"more": 1}, f"its fields are {', '.join(PAPER)}, more and not {', '.join(PAPER)}"),
    ],
)
def test_a_fault_of_a_paper(config: Path, change: dict[str, Any], what: str) -> None:
    found = faults(config, [PAPER | change], [])
    assert [(f.file, f.id, f.what) for f in found] == [("A.jsonl", "A001", what)]
    assert found[0].remedy


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"subject": "theft"}, "subject is 'theft'"),
        ({"also": ["theft"]}, "also holds 'theft'"),
        ({"urgency": "urgent"}, "urgency is 'urgent'"),
        ({"text": "\n"}, "the text is empty"),
    ],
)
def test_a_fault_of_a_statement(config: Path, change: dict[str, Any], what: str) -> None:
    found = faults(config, [], [STATEMENT | change])
    assert [(f.file, f.id, f.what) for f in found] == [("A_statements.jsonl", "As0001", what)]


def test_repeated_ids_and_texts(config: Path) -> None:
    again = STATEMENT | {"text": "qonşum  HASARI mənim torpağıma keçirib."}
    other = STATEMENT | {"id": "As0002", "text": "Məhkəmənin qərarı bir ildir icra olunmur."}
    found = faults(config, [PAPER, PAPER], [STATEMENT, again, other])
    assert [(f.file, f.what) for f in found] == [
        ("A.jsonl", "the id stands in A.jsonl too"),
        ("A.jsonl", "the text is that of A001"),
        ("A_statements.jsonl", "the id stands in A_statements.jsonl too"),
        ("A_statements.jsonl", "the text is that of As0001"),
    ]


def test_a_copy_with_other_names_is_found_unless_it_is_family(config: Path) -> None:
    first = PAPER | {"marked": f"⟦PERSON|Əli Əliyev⟧ {LONG} Quba"}
    second = PAPER | {"id": "A002", "family": "A002", "marked": f"⟦PERSON|Vəli Həsənov⟧ {LONG} Quba yenə"}
    found = faults(config, [first, second], [])
    assert [(f.id, f.what) for f in found] == [
        ("A002", "100% of its word sequences stand in A001 of A.jsonl too")
    ]
    assert faults(config, [first, second | {"family": "A001"}], []) == []


def test_an_opening_that_many_share_is_found(config: Path) -> None:
    papers = [
        PAPER
        | {
            "id": f"A{n:03}",
            "family": f"A{n:03}",
            "marked": f"Mən ⟦PERSON|Ad{n} Soyad⟧ bu gün yazıram ki. {n}",
        }
        for n in range(2)
    ]
    found = faults(config, papers, [])
    assert [f.what for f in found] == ["2 papers begin with 'mən person bu gün yazıram ki'"]


def test_counts_may_not_fall_under_the_floors(config: Path) -> None:
    with (config / "corpus.toml").open("a") as file:
        file.write("all = 2\n[floors.subject]\nland_housing = 1\nfraud = 1\n")
    assert [f.what for f in faults(config, [PAPER], [])] == [
        "papers all: 1, the floor is 2",
        "subject fraud: 0, the floor is 1",
    ]


def test_a_line_that_is_not_json_is_a_fault_and_the_rest_is_checked(config: Path) -> None:
    found = faults(config, [PAPER | {"subject": "theft"}, "{"], [STATEMENT | {"subject": "theft"}])
    assert [(f.file, f.id) for f in found] == [
        ("A.jsonl", "?"),
        ("A.jsonl", "A001"),
        ("A_statements.jsonl", "As0001"),
    ]


def test_the_shipped_corpus_is_sound() -> None:
    assert [str(fault) for fault in check_corpus()] == []
