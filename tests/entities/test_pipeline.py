"""The whole tagger: what it finds, how it is kept on disk, what it does with odd texts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.corpus import ENTITY_LABELS, Paper, load_papers, parse_marked
from training.entities import EntityConfig, load_config, train_tagger
from triage.entities.pipeline import EntityTagger
from triage.errors import BundleMissingError
from triage.token_heads import NAME_TAGS, PLACES, ROLES, TokenScores

CONFIG = Path("training/config/entities.toml")


def _small() -> EntityConfig:
    config = load_config(CONFIG)
    names = replace(config.names, bits=16, epochs=6, batch=4, min_count=1, dropout=0.1)
    return replace(config, names=names, roles=replace(config.roles, bits=12))


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    return [p for p in load_papers() if p.language == "az" and p.script == "latin" and len(p.text) < 700][:40]


@pytest.fixture(scope="module")
def tagger(papers: list[Paper]) -> EntityTagger:
    return train_tagger(papers, _small())


def test_what_was_learned_is_found(tagger: EntityTagger, papers: list[Paper]) -> None:
    hits = role_hits = spans = roles = 0
    for paper in papers:
        found = {(e.label, e.start, e.end): e.role for e in tagger.tag(paper.text, "az")}
        marked = {(e.label, e.start, e.end): e.role for e in paper.entities}
        hits += 2 * len(found.keys() & marked.keys())
        spans += len(found) + len(marked)
        role_hits += 2 * sum(role == found.get(span) for span, role in marked.items() if role)
        roles += sum(map(bool, found.values())) + sum(map(bool, marked.values()))
    assert hits / spans > 0.9
    assert role_hits / roles > 0.8


def test_entities_are_in_order_and_do_not_overlap(tagger: EntityTagger) -> None:
    for paper in load_papers()[::25]:
        end = 0
        for entity in tagger.tag(paper.text, "az"):
            assert end <= entity.start < entity.end <= len(paper.text)
            assert entity.text == paper.text[entity.start : entity.end]
            assert entity.label in ENTITY_LABELS
            assert entity.role is None or entity.label in ("PERSON", "ORG")
            end = entity.end


def test_patterns_bring_their_values(tagger: EntityTagger) -> None:
    found = {e.label: e.value for e in tagger.tag("Telefon +994 50 212 34 56, tarix 14.01.2025", "az")}
    assert found["PHONE"] == "+994502123456"
    assert found["DATE"] == "2025-01-14"


def test_what_the_encoder_is_sure_of_is_found(tagger: EntityTagger) -> None:
    text = "dünən zurbaqan gəldi"
    spans = np.array([[0, 5], [6, 9], [9, 14], [15, 20]], dtype=np.int32)
    names = np.full((4, len(NAME_TAGS)), -30.0, dtype=np.float32)
    names[range(4), [NAME_TAGS.index(tag) for tag in ("O", "B-PERSON", "I-PERSON", "O")]] = 0
    roles = np.full((4, len(ROLES)), -30.0, dtype=np.float32)
    roles[:, ROLES.index("victim")] = 0
    scores = TokenScores(spans, names, roles, np.zeros((4, len(PLACES)), np.float32))
    assert tagger.tag(text, "az") == ()
    assert [(e.text, e.label, e.role) for e in tagger.tag(text, "az", lambda: scores)] == [
        ("zurbaqan", "PERSON", "victim")
    ]


def test_training_and_tagging_repeat_exactly(
    tagger: EntityTagger, papers: list[Paper], tmp_path: Path
) -> None:
    tagger.save(tmp_path / "one")
    train_tagger(papers, _small()).save(tmp_path / "two")
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file())
    assert files
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_a_saved_tagger_tags_alike_and_holds_no_pickle(tagger: EntityTagger, tmp_path: Path) -> None:
    tagger.save(tmp_path / "entities")
    loaded = EntityTagger.load(tmp_path / "entities")
    for paper in load_papers()[::40]:
        assert loaded.tag(paper.text, "az") == tagger.tag(paper.text, "az")
    kept = {path.suffix for path in (tmp_path / "entities").rglob("*") if path.is_file()}
    assert kept <= {".npz", ".cfg", ".json"}


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleMissingError, match=r"names\.npz"):
        EntityTagger.load(tmp_path)


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "\0", "😀" * 50, "\ud800 Əli \udfff", "(" * 20_000, "Əli Həsənov " * 3_000]
)
def test_odd_texts_are_tagged_with_right_offsets(tagger: EntityTagger, text: str) -> None:
    for entity in tagger.tag(text, "az"):
        assert text[entity.start : entity.end] == entity.text


def test_words_of_one_text_are_not_kept_for_the_next(tagger: EntityTagger) -> None:
    before = len(tagger.nlp.vocab.strings)
    tagger.tag("Zxqwvli adlı bir nəfər", "az")
    assert len(tagger.nlp.vocab.strings) == before


def test_an_ending_after_an_apostrophe_stays_outside(tagger: EntityTagger) -> None:
    _, gold = parse_marked("Mən ⟦LOC|Bakı⟧'dan yazıram")
    for entity in tagger.tag("Mən Bakı'dan yazıram", "az"):
        assert (entity.start, entity.end) == (gold[0].start, gold[0].end)
