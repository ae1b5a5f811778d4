"""The spaCy pipeline that finds all fifteen kinds of entities: patterns, then names, then roles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language as Pipeline
from spacy.tokens import Doc, Span
from spacy.util import filter_spans, registry

from triage.entities.names import TOKENS, NameModel, NameTagger
from triage.entities.patterns import find_patterns
from triage.entities.roles import RoleModel, RoleTagger
from triage.entities.tokenizer import Tokenizer
from triage.entities.values import loc_value, org_value, person_value
from triage.token_heads import TokenScores
from triage.types import Entity, Language

_TOKENIZER, _PATTERNS, _NAMES, _ROLES = (
    "derkenar.Tokenizer.v1",
    "derkenar_patterns",
    "derkenar_names",
    "derkenar_roles",
)
_CONFIG = {"nlp": {"tokenizer": {"@tokenizers": _TOKENIZER}}}
_NOT_ON_DISK = ("vocab", "tokenizer")  # both are made by code
_FOUND = "patterns"  # key in `doc.user_data`
_NAMED = ("PERSON", "ORG", "LOC")
_MOST_OTHERS = 50  # other persons that a name is compared with, which keeps the time linear
_LONGEST = 1 << 30  # characters; what is too long is cut before it gets here


class PatternFinder:
    """The spaCy component that sets `doc.ents` to what `find_patterns` finds.

    The exact entities, whose borders may lie within a token, stand in `doc.user_data`.
    """

    def __call__(self, doc: Doc) -> Doc:
        """Set the patterns' entities."""
        found = find_patterns(doc.text)
        doc.user_data[_FOUND] = found
        spans = (doc.char_span(e.start, e.end, label=e.label, alignment_mode="expand") for e in found)
        doc.ents = filter_spans([span for span in spans if span is not None])
        return doc


def _make_tokenizer() -> Any:
    return lambda _nlp: Tokenizer()


def _make_patterns(nlp: Pipeline, name: str) -> PatternFinder:
    return PatternFinder()


def _make_names(nlp: Pipeline, name: str) -> NameTagger:
    return NameTagger(NameModel.blank())


def _make_roles(nlp: Pipeline, name: str) -> RoleTagger:
    return RoleTagger(RoleModel.blank())


registry.tokenizers(_TOKENIZER, func=_make_tokenizer)
Pipeline.factory(_PATTERNS, func=_make_patterns)
Pipeline.factory(_NAMES, func=_make_names)
Pipeline.factory(_ROLES, func=_make_roles)
Span.set_extension("role", default=None, force=True)


class EntityTagger:
    """Tags a text in its comparable form with entities, their roles and their values."""

    def __init__(self, names: NameModel, roles: RoleModel) -> None:
        self.nlp = _blank()
        self.nlp.get_pipe(_NAMES).model = names
        self.nlp.get_pipe(_ROLES).model = roles

    def tag(
        self, text: str, language: Language, tokens: Callable[[], TokenScores] = TokenScores.none
    ) -> tuple[Entity, ...]:
        """The entities of `text` in order, without overlaps; offsets are into `text`.

        `tokens` gives what the encoder says of the text's tokens; it is called late, so that the encoder may run
        meanwhile. Without it names and roles are told from the words alone.
        """
        doc = self.nlp.make_doc(text)
        doc.user_data[TOKENS] = tokens
        doc = self.nlp(doc)
        named = [
            Entity(
                span.label_,
                span.start_char,
                span.end_char,
                text[span.start_char : span.end_char],
                span._.role,
            )
            for span in doc.ents
            if span.label_ in _NAMED
        ]
        values = _values(named, language)
        named = [replace(e, value=values[e.label, e.text]) for e in named]
        return tuple(sorted([*doc.user_data[_FOUND], *named], key=lambda e: e.start))

    def save(self, folder: Path) -> None:
        """Write the pipeline into `folder`: spaCy's configuration as JSON and text, the models as arrays."""
        self.nlp.to_disk(folder, exclude=_NOT_ON_DISK)

    @classmethod
    def load(cls, folder: Path) -> EntityTagger:
        """Read what `save` wrote. Only the models are read: the parts are code, never named by data.

        Raises `BundleMissingError` and `BundleVersionError`.
        """
        tagger = cls(NameModel.blank(), RoleModel.blank())
        for name in (_NAMES, _ROLES):
            tagger.nlp.get_pipe(name).from_disk(folder / name)
        return tagger


def _values(named: Iterable[Entity], language: Language) -> dict[tuple[str, str], str | None]:
    """The normalised value of each label and surface, told once for all mentions that are written alike."""
    surfaces = dict.fromkeys((e.label, e.text) for e in named)
    persons = [text for label, text in surfaces if label == "PERSON"][:_MOST_OTHERS]
    return {(label, text): _value(label, text, language, persons) for label, text in surfaces}


def _value(label: str, text: str, language: Language, persons: list[str]) -> str | None:
    if label == "PERSON":
        return person_value(text, language, persons)
    return org_value(text, language) if label == "ORG" else loc_value(text, language)


def _blank() -> Pipeline:
    nlp = spacy.blank("az", config=_CONFIG)
    nlp.max_length = _LONGEST
    for name in (_PATTERNS, _NAMES, _ROLES):
        nlp.add_pipe(name)
    return nlp
