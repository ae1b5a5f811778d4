"""A text as the role model reads it: its words, its lines, its names and which mentions share one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Doc, Span

from triage.entities.features import skeleton
from triage.entities.mentions import same_names

ROLE_LABELS = ("PERSON", "ORG")


@dataclass(frozen=True, slots=True)
class Mention:
    """A person or body in the text: words `start` to `end` (exclusive) of the text's words."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A text as the role model reads it: skeletons of its words, the line each stands on, its names.

    `kinds` is the label of the entity that each word belongs to, empty for none.
    """

    words: Sequence[str]
    lines: Sequence[int]
    mentions: Sequence[Mention]
    kinds: Sequence[str]

    @classmethod
    def of(cls, doc: Doc) -> tuple[Scene, list[Span]]:
        """The scene of a document with its entities set, and the span of each mention."""
        place: dict[int, int] = {}
        words: list[str] = []
        lines: list[int] = []
        kinds: list[str] = []
        line = 0
        for token in doc:
            text = token.text
            if text.isspace():
                line += "\n" in text
                continue
            place[token.i] = len(words)
            words.append(skeleton(text))
            lines.append(line)
            kinds.append(token.ent_type_)
        spans = [span for span in doc.ents if span.label_ in ROLE_LABELS]
        mentions = [Mention(s.label_, place[s.start], place[s.end - 1] + 1) for s in spans]
        return cls(words, lines, mentions, kinds), spans


def names_of(scene: Scene) -> list[list[int]]:
    """Numbers of the mentions of each name, in order of first appearance."""
    mentions = scene.mentions
    numbers = same_names([scene.words[m.start : m.end] for m in mentions], [m.label for m in mentions])
    groups: list[list[int]] = [[] for _ in range(max(numbers, default=-1) + 1)]
    for mention, number in enumerate(numbers):
        groups[number].append(mention)
    return groups
