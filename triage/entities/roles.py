"""Roles of persons and bodies: who asks, whose act is contested, who was harmed.

A linear model (multinomial logistic regression) reads what stands around all mentions of one name and gives
them one role, as `labelling.md` gives a role to the person and not to the mention.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc, Span

from triage.entities.features import code, skeleton, stem
from triage.entities.mentions import same_names
from triage.errors import BundleMissingError, BundleVersionError

ROLES = ("none", "applicant", "complained_of", "victim")
"""`none` stands for no role."""
ROLE_LABELS = ("PERSON", "ORG")
FILE_NAME = "roles.npz"

_NEAR = 4  # words looked at one by one on either side
_AROUND = 12  # words looked at together on either side
_STOPS = {".", "!", "?", ";"}
_MOST_MENTIONS = 200  # of one name; more say nothing new
# Word beginnings (skeletons) that tell what kind of paper this is, in az, tr, ru and en.
_FORM_CUES = (
    "ittiham", "protokol", "qerar", "hokm", "vesatet", "ekspert", "rey", "xahis", "sikayet", "erize",
    "muraciet", "apellyasiya", "kassasiya", "mudafie", "vekil", "temsil", "mektub", "sorgu", "cavab",
    "teklif", "melumat", "teqsirlendirilen", "subheli", "zererceken", "mueyyen", "bildirir", "huquqi",
    "talimat", "rica", "dilekce", "obvinitel", "postanovl", "reseni", "priqovor", "xodataystv",
    "zakluceni", "zayavleni", "jalob", "prosu", "pismo", "zapros", "zaditn", "advokat", "obvinyaem",
    "poterpevs", "complaint", "request", "counsel", "accused", "victim", "dear", "sincerely",
)  # fmt: skip
_FIRST_PERSON = {
    "men", "mene", "meni", "menim", "mende", "menden", "ozum", "biz", "bizim", "bize", "ben", "bana", "benim",
    "ya", "mne", "menya", "moy", "moya", "moeqo", "moey", "moi", "mi", "nas", "i", "my", "me", "we", "our",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mention:
    """A person or body in the text: words `start` to `end` (exclusive) of the text's words."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A text as the role model reads it: skeletons of its words, the line each stands on, its names."""

    words: Sequence[str]
    lines: Sequence[int]
    mentions: Sequence[Mention]

    @classmethod
    def of(cls, doc: Doc) -> tuple[Scene, list[Span]]:
        """The scene of a document with its entities set, and the span of each mention."""
        place: dict[int, int] = {}
        words: list[str] = []
        lines: list[int] = []
        line = 0
        for token in doc:
            text = token.text
            if text.isspace():
                line += "\n" in text
                continue
            place[token.i] = len(words)
            words.append(skeleton(text))
            lines.append(line)
        spans = [span for span in doc.ents if span.label_ in ROLE_LABELS]
        mentions = [Mention(s.label_, place[s.start], place[s.end - 1] + 1) for s in spans]
        return cls(words, lines, mentions), spans


def _orders(labels: Sequence[str]) -> list[tuple[int, int]]:
    """How many mentions of the same label stand before and after each."""
    left = Counter(labels)
    seen: Counter[str] = Counter()
    orders = []
    for label in labels:
        left[label] -= 1
        orders.append((seen[label], left[label]))
        seen[label] += 1
    return orders


def names_of(scene: Scene) -> list[list[int]]:
    """Numbers of the mentions of each name, in order of first appearance."""
    mentions = scene.mentions
    numbers = same_names([scene.words[m.start : m.end] for m in mentions], [m.label for m in mentions])
    groups: list[list[int]] = [[] for _ in range(max(numbers, default=-1) + 1)]
    for mention, number in enumerate(numbers):
        groups[number].append(mention)
    return groups


def name_codes(scene: Scene, groups: Sequence[Sequence[int]], bits: int) -> list[NDArray[np.int64]]:
    """The features of each name as places in a table of `2**bits`, without repeats."""
    form = list(_form(scene))
    orders = _orders([mention.label for mention in scene.mentions])
    mask = (1 << bits) - 1
    result = []
    for group in groups:
        label = scene.mentions[group[0]].label
        texts = {f"{label} {text}" for text in _name_texts(scene, group, form, orders)}
        result.append(np.unique(np.array([code(text) & mask for text in texts], dtype=np.int64)))
    return result


def _form(scene: Scene) -> Iterator[str]:
    cue_words = {word for word in scene.words if word.startswith(_FORM_CUES)}
    yield from {cue for word in cue_words for cue in _FORM_CUES if word.startswith(cue)}
    first_person = sum(word in _FIRST_PERSON for word in scene.words)
    yield f"I{min(first_person, 3)}"
    yield f"persons{min(sum(m.label == 'PERSON' for m in scene.mentions), 4)}"


def _name_texts(
    scene: Scene, group: Sequence[int], form: Sequence[str], orders: Sequence[tuple[int, int]]
) -> Iterator[str]:
    zones = set()
    for number in group[:_MOST_MENTIONS]:
        zone = _zone(scene, scene.mentions[number])
        zones.add(zone)
        yield from _mention_texts(scene, scene.mentions[number], zone, orders[number])
    yield f"times {min(len(group), 4)}"
    first = scene.mentions[group[0]].start
    yield f"first {first * 5 // max(len(scene.words), 1)}"
    for cue in form:
        yield f"form {cue}"
        for zone in zones:
            yield f"form {cue} {zone}"


def _zone(scene: Scene, mention: Mention) -> str:
    last = scene.lines[-1]
    top, below = scene.lines[mention.start], last - scene.lines[mention.end - 1]
    opens = mention.start == 0 or scene.lines[mention.start - 1] != scene.lines[mention.start]
    closes = mention.end == len(scene.words) or scene.lines[mention.end] != scene.lines[mention.end - 1]
    where = f"top{top}" if top < 3 else f"end{below}" if below < 3 else "body"
    return f"{where}{'^' if opens else ''}{'$' if closes else ''}"


def _mention_texts(scene: Scene, mention: Mention, zone: str, order: tuple[int, int]) -> Iterator[str]:
    words = scene.words
    earlier, later = order
    last_word = words[mention.end - 1]
    ending = last_word[len(stem(last_word)) :]
    yield f"zone {zone}"
    yield f"order {min(earlier, 3)} {min(later, 3)}"
    yield f"zone {zone} {min(earlier, 2)} {min(later, 2)}"
    yield f"case {ending}"
    yield f"end {last_word[-3:]}"
    yield f"length {mention.end - mention.start}"
    for word in words[mention.start : mention.end]:
        yield f"own {stem(word)}"
        yield f"own {stem(word)} {zone}"
    yield from _context_texts(scene, mention, ending, zone)


def _context_texts(scene: Scene, mention: Mention, ending: str, zone: str) -> Iterator[str]:
    words = scene.words
    start, stop = _sentence(scene, mention)
    before, after = words[start : mention.start][::-1], words[mention.end : stop]
    for side, near in (("<", before), (">", after)):
        for distance, word in enumerate(near[:_NEAR]):
            yield f"{side}{distance} {stem(word)}"
            yield f"{side}{distance} {word[-3:]}"
        for word in near[:_NEAR]:
            yield f"{side} {word[:5]}"
        for word in near:
            yield f"{side}{side} {stem(word)}"
            yield f"{side}{side} {word[:4]}"
        yield f"{side}2 {' '.join(near[:2])}"
        if near:
            yield f"{side} {stem(near[0])} {ending}"
            yield f"{side} {stem(near[0])} {zone}"
    around = (
        words[max(mention.start - _AROUND, 0) : mention.start],
        words[mention.end : mention.end + _AROUND],
    )
    for side, wide in zip("<>", around, strict=True):
        for word in wide:
            yield f"{side}{side}{side} {stem(word)}"
            yield f"{side}{side}{side} {word[:4]}"
    # Azerbaijani and Turkish sentences end in the verb: it tells who did and who bore what is told.
    for word in [word for word in after if word.isalnum()][-2:]:
        yield f"verb {word[:4]} {ending}"
        yield f"verb {word[-2:]} {ending}"
        yield f"verb {word[-3:]}"


def _sentence(scene: Scene, mention: Mention) -> tuple[int, int]:
    """First word and word after the last of the mention's sentence, at most `_AROUND` words either way."""
    start, stop = mention.start, mention.end
    while start > max(mention.start - _AROUND, 0) and not _breaks(scene, start - 1):
        start -= 1
    while stop < min(mention.end + _AROUND, len(scene.words)) and not _breaks(scene, stop - 1):
        stop += 1
    return start, stop


def _breaks(scene: Scene, place: int) -> bool:
    """Whether a sentence or a paragraph ends with this word."""
    return scene.words[place] in _STOPS or scene.lines[place + 1] - scene.lines[place] > 1


@dataclass(frozen=True, slots=True, eq=False)
class RoleModel:
    """Logistic regression: `weights` (2**bits, len(ROLES)) float16, `bias` (len(ROLES),) float32."""

    weights: NDArray[np.float16]
    bias: NDArray[np.float32]

    @classmethod
    def blank(cls) -> RoleModel:
        """A model that gives no role."""
        none = np.array([role == "none" for role in ROLES], dtype=np.float32)
        return cls(np.zeros((2, len(ROLES)), np.float16), none)

    @property
    def bits(self) -> int:
        """The table of features has `2**bits` rows."""
        return int(self.weights.shape[0]).bit_length() - 1

    def roles(self, scene: Scene) -> list[str | None]:
        """The role of each mention; mentions of one name share it."""
        roles: list[str | None] = [None] * len(scene.mentions)
        groups = names_of(scene)
        for group, codes in zip(groups, name_codes(scene, groups, self.bits), strict=True):
            # Features weigh 1/sqrt(count), as in training, so that names told of at length count no more.
            total = self.weights[codes].sum(axis=0, dtype=np.float32) / np.sqrt(np.float32(len(codes)))
            role = ROLES[int((total + self.bias).argmax())]
            for mention in group:
                roles[mention] = None if role == "none" else role
        return roles

    def save(self, folder: Path) -> None:
        """Write `roles.npz` into `folder`."""
        np.savez_compressed(
            folder / FILE_NAME,
            allow_pickle=False,
            roles=np.array(ROLES),
            weights=self.weights,
            bias=self.bias,
        )

    @classmethod
    def load(cls, folder: Path) -> RoleModel:
        """Read `roles.npz` from `folder`. Raises `BundleMissingError` and `BundleVersionError`."""
        try:
            with np.load(folder / FILE_NAME, allow_pickle=False) as arrays:
                if tuple(arrays["roles"]) != ROLES:
                    raise BundleVersionError(f"{FILE_NAME} was made for other roles")
                return cls(arrays["weights"], arrays["bias"])
        except FileNotFoundError:
            raise BundleMissingError(f"{folder / FILE_NAME} is missing") from None
        except KeyError as missing:
            raise BundleVersionError(f"{FILE_NAME} has no array {missing}") from None


class RoleTagger:
    """The spaCy component that sets `span._.role` of the persons and bodies in `doc.ents`."""

    def __init__(self, model: RoleModel) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """Set the roles."""
        scene, spans = Scene.of(doc)
        for span, role in zip(spans, self.model.roles(scene), strict=True):
            span._.role = role
        return doc

    def to_disk(self, path: Path, exclude: Sequence[str] = ()) -> None:
        """Write the model into the folder `path`, which is made where it is missing."""
        path.mkdir(parents=True, exist_ok=True)
        self.model.save(path)

    def from_disk(self, path: Path, exclude: Sequence[str] = ()) -> RoleTagger:
        """Read the model from the folder `path`. Raises `BundleMissingError` and `BundleVersionError`."""
        self.model = RoleModel.load(path)
        return self
