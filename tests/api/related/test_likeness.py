"""How alike texts are: the runs of words, the bands, and what of the corpus they find again."""

from __future__ import annotations

import random

from api.related.likeness import ALIKE, BANDS, bands, shingles, similarity
from tests.api.related.known import body
from training.corpus import Paper, load_papers

PAPERS = [paper for paper in load_papers() if len(paper.text) > 300][::20]


def exchanged(paper: Paper, others: list[Paper], draw: random.Random) -> str:
    """The paper with its names, places, numbers and dates exchanged for those of others: a petition of many."""
    bank = {entity.label: entity.text for other in draw.sample(others, 30) for entity in other.entities}
    parts, at = [], 0
    for entity in sorted(paper.entities, key=lambda e: e.start):
        if entity.label in {"PERSON", "LOC", "FIN", "PHONE", "EMAIL", "ID_DOC", "DATE"}:
            parts += [paper.text[at : entity.start], bank.get(entity.label, "")]
            at = entity.end
    return "".join([*parts, paper.text[at:]])


def test_case_marks_punctuation_and_alphabet_make_no_difference() -> None:
    latin = "Qonşum hasarı iki metr bizə tərəf çəkib, xahiş edirəm ki, tədbir görəsiniz."
    assert similarity(shingles(latin), shingles(latin.upper().replace(",", " -"))) == 1
    cyrillic = "Гоншум һасары ики метр бизә тәрәф чәкиб, хаһиш едирәм ки, тәдбир ҝөрәсиниз."
    assert similarity(shingles(latin), shingles(cyrillic)) == 1


def test_short_texts_have_nothing_to_compare() -> None:
    assert bands(shingles("bir iki üç dörd beş altı yeddi")) == []
    assert len(bands(shingles("bir iki üç dörd beş altı yeddi səkkiz"))) == BANDS
    assert similarity(shingles(""), shingles("")) == 0


def test_the_keys_never_change() -> None:
    assert bands(shingles(body(1)))[0].hex() == "000626392f1d6c5cfb0146937c76b74637016839c4effb15b7"


def test_papers_of_the_corpus_share_no_band_unless_they_are_variants() -> None:
    draw = random.Random(3)  # noqa: S311 - the same in every run
    keys = {band: paper.id for paper in PAPERS for band in bands(shingles(paper.text))}
    assert len(keys) == len(PAPERS) * BANDS
    found = alike = 0
    for paper in PAPERS:
        variant = shingles(exchanged(paper, PAPERS, draw))
        found += any(keys.get(band) == paper.id for band in bands(variant))
        alike += similarity(variant, shingles(paper.text)) >= ALIKE
    assert len(PAPERS) > 80
    assert found / len(PAPERS) > 0.93
    assert alike / len(PAPERS) > 0.97


def test_a_text_of_a_million_characters_is_looked_at_to_a_bound() -> None:
    long = body(1, 200_000)
    assert similarity(shingles(long), shingles(long[:100_000])) == 1
