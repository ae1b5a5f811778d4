"""Learn the entity pipeline from the marked papers."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from training.corpus import Paper
from training.name_model import Example, NameConfig, train_names
from training.places import gazetteer
from training.role_model import RoleConfig, train_roles
from triage.entities.names import NAME_LABELS, TAGS, NameModel, words_of
from triage.entities.pipeline import EntityTagger, PatternFinder
from triage.entities.place_words import PlaceWords
from triage.entities.scene import Scene
from triage.entities.tokenizer import Tokenizer
from triage.text import Reading, az_lower, az_upper


@dataclass(frozen=True, slots=True)
class EntityConfig:
    """One run, as `config/entities.toml` describes it."""

    seed: int
    names: NameConfig
    roles: RoleConfig


def load_config(path: Path) -> EntityConfig:
    """Read a configuration. Raises `TypeError` for a key that is missing or unknown."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return EntityConfig(table["seed"], NameConfig(**table["names"]), RoleConfig(**table["roles"]))


def comparable(paper: Paper, reading: Reading) -> Paper:
    """The paper as it was read: its text in the comparable form, its entities moved along."""
    moved = []
    for entity in paper.entities:
        start, end = reading.mapping.to_text(entity.start, entity.end)
        moved.append(replace(entity, start=start, end=end, text=reading.text[start:end]))
    return replace(paper, text=reading.text, entities=tuple(moved))


def train_tagger(papers: Sequence[Paper], config: EntityConfig) -> EntityTagger:
    """The pipeline learned from `papers`, whose texts should be in their comparable form."""
    names = _train_names(papers, config)
    roles = train_roles([_scene(paper) for paper in papers], config.roles, config.seed)
    return EntityTagger(names, roles)


def _train_names(papers: Sequence[Paper], config: EntityConfig) -> NameModel:
    places = PlaceWords.of((place.name, place.kind) for place in gazetteer().places)
    examples = [_example(paper, places) for paper in (*papers, *_other_cases(papers, config))]
    return train_names(examples, places, config.names, config.seed)


def _other_cases(papers: Sequence[Paper], config: EntityConfig) -> Iterator[Paper]:
    """Papers in small letters or capitals throughout, as some are typed."""
    rng = random.Random(config.seed)  # noqa: S311
    for paper in papers:
        chance = rng.random()
        is_az = paper.language == "az"
        if chance < config.names.lower_share:
            yield _recased(paper, az_lower(paper.text) if is_az else paper.text.lower())
        elif chance < config.names.lower_share + config.names.upper_share:
            yield _recased(paper, az_upper(paper.text) if is_az else paper.text.upper())


def _recased(paper: Paper, text: str) -> Paper:
    if len(text) != len(paper.text):  # ß and its like change the length; such a paper stays as it is
        return paper
    return replace(paper, text=text)


def _doc(paper: Paper) -> Doc:
    return PatternFinder()(Tokenizer()(paper.text))


def _example(paper: Paper, places: PlaceWords) -> Example:
    doc = _doc(paper)
    words, tokens = words_of(doc, places)
    place = {token: number for number, token in enumerate(tokens)}
    tags = np.zeros(len(tokens), dtype=np.int64)
    for span in _spans(doc, paper):
        first, last = place[span.start], place[span.end - 1]
        if first == last:
            tags[first] = TAGS.index(f"S-{span.label_}")
            continue
        tags[first : last + 1] = TAGS.index(f"I-{span.label_}")
        tags[first] = TAGS.index(f"B-{span.label_}")
        tags[last] = TAGS.index(f"E-{span.label_}")
    return words, tags


def _scene(paper: Paper) -> tuple[Scene, list[str]]:
    doc = _doc(paper)
    doc.ents = filter_spans([*_spans(doc, paper), *doc.ents])
    scene, spans = Scene.of(doc)
    roles = {(e.start, e.end): e.role or "none" for e in paper.entities}
    return scene, [roles.get((s.start_char, s.end_char), "none") for s in spans]


def _spans(doc: Doc, paper: Paper) -> list[Span]:
    """The marked names; a mark that cuts a token takes the whole token."""
    spans = (
        doc.char_span(e.start, e.end, label=e.label, alignment_mode="expand")
        for e in paper.entities
        if e.label in NAME_LABELS
    )
    found: list[Span] = filter_spans([span for span in spans if span is not None])
    return found
