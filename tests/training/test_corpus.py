"""Marked text is read and written without loss, and a wrong line is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corpus import (
    ENTITY_LABELS,
    ROLES,
    CorpusError,
    load_papers,
    load_statements,
    parse_marked,
    read_papers,
    render_marked,
)
from triage.types import Entity

PIECES = st.lists(
    st.tuples(
        st.text(st.characters(exclude_characters="⟦⟧", exclude_categories=["Cs"]), max_size=8),
        st.sampled_from(ENTITY_LABELS),
        st.sampled_from([None, *ROLES]),
        st.text(st.characters(exclude_characters="⟦⟧", exclude_categories=["Cs"]), min_size=1, max_size=8),
    ),
    max_size=6,
)


def test_a_mark_is_taken_away_and_its_place_kept() -> None:
    text, entities = parse_marked("Mən, ⟦PERSON.applicant|Əli Əliyev⟧, ⟦LOC|Qubada⟧ yaşayıram.")
    assert text == "Mən, Əli Əliyev, Qubada yaşayıram."
    assert entities == (
        Entity("PERSON", 5, 15, "Əli Əliyev", "applicant"),
        Entity("LOC", 17, 23, "Qubada", None),
    )


@given(PIECES)
def test_what_is_written_is_read_back(pieces: list[tuple[str, str, str | None, str]]) -> None:
    marked = "".join(
        f"{before}⟦{label}{f'.{role}' if role else ''}|{surface}⟧" for before, label, role, surface in pieces
    )
    text, entities = parse_marked(marked)
    assert text == "".join(before + surface for before, _, _, surface in pieces)
    assert [text[e.start : e.end] for e in entities] == [surface for *_, surface in pieces]
    assert render_marked(text, entities) == marked


@pytest.mark.parametrize(
    "marked",
    [
        "⟦PLACE|Quba⟧",
        "⟦PERSON.witness|Əli⟧",
        "⟦LOC|Quba",
        "Quba⟧",
        "⟦LOC|⟦LOC|Quba⟧⟧",
        "⟦LOC Quba⟧",
    ],
)
def test_a_wrong_mark_is_refused(marked: str) -> None:
    with pytest.raises(CorpusError):
        parse_marked(marked)


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "A.jsonl"
    file.write_text(json.dumps({"id": "A001", "marked": "⟦LOC|Quba"}) + "\n")
    with pytest.raises(CorpusError, match=r"A\.jsonl: A001"):
        read_papers(file)
    file.write_text("{\n")
    with pytest.raises(CorpusError, match=r"A\.jsonl:1"):
        read_papers(file)
    file.write_text(json.dumps({"id": "A001", "marked": "Salam", "also": []}) + "\n")
    with pytest.raises(CorpusError, match=r"A001: .*document_type"):
        read_papers(file)


def test_every_paper_reads_back_as_it_stands() -> None:
    for paper in load_papers():
        assert parse_marked(render_marked(paper.text, paper.entities)) == (paper.text, paper.entities)


def test_every_author_group_is_of_letters() -> None:
    groups = {p.group for p in load_papers()} | {s.group for s in load_statements()}
    assert groups
    assert all(group.isalpha() and group.isupper() for group in groups)
