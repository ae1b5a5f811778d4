"""The trained component for PERSON, ORG and LOC: a linear-chain conditional random field.

The field is that of Lafferty, McCallum and Pereira (2001) over hashed features, decoded by Viterbi's
algorithm over the tags of the BIOES scheme; what the encoder's states say of each word is added to its scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc, Span

from triage.arrays import open_arrays
from triage.entities.features import Words, feature_codes
from triage.entities.place_words import PlaceWords
from triage.errors import BundleVersionError
from triage.token_heads import NAME_TAGS, TokenScores

NAME_LABELS = ("PERSON", "ORG", "LOC")
PATTERN_LABELS = (
    "DATE", "MONEY", "LEGAL_REF", "CASE_NO", "FIN", "ID_DOC", "VOEN", "PHONE", "EMAIL", "IBAN", "CARD",
    "PLATE",
)  # fmt: skip
_KINDS = {label: number for number, label in enumerate(PATTERN_LABELS, 1)}
TAGS = ("O", *(f"{place}-{label}" for label in NAME_LABELS for place in "BIES"))
"""Outside; beginning, inside, end and single word of each label."""
TOKENS = "tokens"
"""Key in `doc.user_data` of a function that gives the text's `TokenScores`."""
_OF_STATES = [
    0 if tag == "O" else NAME_TAGS.index(f"{'B' if tag[0] in 'BS' else 'I'}-{tag[2:]}") for tag in TAGS
]  # the encoder's column for each tag: it tells first words from further ones and no more
FILE_NAME = "names.npz"
_IMPOSSIBLE = np.float32(-1e9)
_STRIDE = 4096  # words looked at together, which bounds memory; papers are far shorter


def follows(before: str, after: str) -> bool:
    """Whether tag `after` may stand next to tag `before`."""
    open_before, open_after = before[0] in "BI", after[0] in "IE"
    return open_before == open_after and (not open_before or before[2:] == after[2:])


ALLOWED = np.array([[follows(before, after) for after in TAGS] for before in TAGS])
STARTS = np.array([tag[0] in "OBS" for tag in TAGS])
ENDS = np.array([tag[0] in "OES" for tag in TAGS])


@dataclass(frozen=True, slots=True, eq=False)
class NameModel:
    """The learned field: `weights` (2**bits, len(TAGS)) int8, `scale` and `bias` (len(TAGS),), `transitions`.

    `places` are the words of place names that it was learned with, `states` is what the log probabilities
    that the encoder's states give are multiplied by.

    A word's score for a tag is the sum of the weights of its features times the tag's scale plus its bias;
    `transitions[i, j]` is added where tag j follows tag i.
    """

    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    transitions: NDArray[np.float32]
    places: PlaceWords
    states: float

    @classmethod
    def blank(cls) -> NameModel:
        """A model that finds nothing."""
        outside = np.array([tag == "O" for tag in TAGS], dtype=np.float32)
        count = len(TAGS)
        weights, transitions = np.zeros((2, count), np.int8), np.zeros((count, count), np.float32)
        return cls(weights, outside, outside, transitions, PlaceWords.of([]), 0.0)

    @property
    def bits(self) -> int:
        """The table of features has `2**bits` rows."""
        return int(self.weights.shape[0]).bit_length() - 1

    def scores(self, words: Words) -> NDArray[np.float32]:
        """Scores (n, len(TAGS)) of the words by themselves."""
        parts = [np.zeros((0, len(TAGS)), dtype=np.float32)]
        for start in range(0, len(words.texts), _STRIDE):
            part = slice(start, start + _STRIDE)
            stretch = Words(words.texts[part], words.breaks[part], words.kinds[part], words.places[part])
            sums = self.weights[feature_codes(stretch, self.bits)].sum(axis=1, dtype=np.int32)
            parts.append((sums * self.scale + self.bias).astype(np.float32))
        return np.concatenate(parts)

    def tags(self, scores: NDArray[np.float32]) -> list[int]:
        """The best sequence of tags, as numbers into `TAGS`; time is linear in the number of words."""
        tags: list[int] = []
        for start in range(0, len(scores), _STRIDE):
            tags += viterbi(scores[start : start + _STRIDE], self.transitions)
        return tags

    def save(self, folder: Path) -> None:
        """Write `names.npz` into `folder`."""
        np.savez_compressed(
            folder / FILE_NAME,
            allow_pickle=False,
            tags=np.array(TAGS),
            weights=self.weights,
            scale=self.scale,
            bias=self.bias,
            transitions=self.transitions,
            place_words=self.places.words,
            place_codes=self.places.codes,
            states=np.float64(self.states),
        )

    @classmethod
    def load(cls, folder: Path) -> NameModel:
        """Read `names.npz` from `folder`. Raises `BundleMissingError` and `BundleVersionError`."""
        with open_arrays(folder / FILE_NAME) as arrays:
            if tuple(arrays["tags"]) != TAGS:
                raise BundleVersionError(f"{FILE_NAME} was made for other tags")
            places = PlaceWords(arrays["place_words"], arrays["place_codes"])
            parts = {name: arrays[name] for name in ("weights", "scale", "bias", "transitions")}
            return cls(**parts, places=places, states=float(arrays["states"]))


def viterbi(scores: NDArray[np.float32], transitions: NDArray[np.float32]) -> list[int]:
    """The best legal path through `scores` (n, len(TAGS)), as tag numbers."""
    if len(scores) == 0:
        return []
    steps = np.where(ALLOWED, transitions, _IMPOSSIBLE).T.copy()  # [after, before]
    best = np.where(STARTS, scores[0], _IMPOSSIBLE)
    came_from = np.empty(scores.shape, dtype=np.int64)
    rows = np.arange(len(TAGS))
    for place in range(1, len(scores)):
        ways = steps + best
        came_from[place] = choice = ways.argmax(axis=1)
        best = ways[rows, choice] + scores[place]
    path = [int(np.where(ENDS, best, _IMPOSSIBLE).argmax())]
    for place in range(len(scores) - 1, 0, -1):
        path.append(int(came_from[place, path[-1]]))
    return path[::-1]


def tag_spans(tags: Sequence[int]) -> list[tuple[int, int, str]]:
    """First word, word after the last, and label of each name in a legal sequence of tags."""
    spans = []
    start = 0
    for place, number in enumerate(tags):
        tag = TAGS[number]
        if tag[0] in "BS":
            start = place
        if tag[0] in "ES":
            spans.append((start, place + 1, tag[2:]))
    return spans


def words_of(doc: Doc, places: PlaceWords) -> tuple[Words, list[int]]:
    """The words of `doc` without its gaps, and the token number of each; its entities are the patterns'."""
    texts: list[str] = []
    breaks: list[int] = []
    kinds: list[int] = []
    tokens: list[int] = []
    gap = 1  # a text begins like a line
    for token in doc:
        text = token.text
        if text.isspace():
            gap += text.count("\n")
            continue
        texts.append(text)
        breaks.append(gap)
        kinds.append(_KINDS.get(token.ent_type_, 0))
        tokens.append(token.i)
        gap = 0
    codes = places.of_texts(texts)
    return Words(texts, np.array(breaks, dtype=np.int64), np.array(kinds, dtype=np.int64), codes), tokens


def of_states(doc: Doc, tokens: Sequence[int], scores: TokenScores) -> NDArray[np.float32]:
    """The encoder's log probabilities (n, len(TAGS)) of the words, which are tokens of `doc`.

    A word has those of the first piece that the encoder reads of it, and zeros where it reads none.
    """
    found = np.zeros((len(tokens), len(TAGS)), dtype=np.float32)
    if not len(scores.spans) or not tokens:
        return found
    starts = np.array([doc[i].idx for i in tokens])
    ends = starts + [len(doc[i]) for i in tokens]
    first = np.searchsorted(scores.spans[:, 1], starts, side="right")
    read = first < len(scores.spans)
    read[read] = scores.spans[first[read], 0] < ends[read]
    found[read] = scores.names[first[read]][:, _OF_STATES]
    return found


class NameTagger:
    """The spaCy component that adds the names of a model to `doc.ents`.

    A name that touches what the patterns found before gives way to it.
    """

    def __init__(self, model: NameModel) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """Set `doc.ents` to the patterns' entities and the names that do not touch them."""
        words, tokens = words_of(doc, self.model.places)
        scores = self.model.scores(words)
        scores += np.float32(self.model.states) * of_states(doc, tokens, doc.user_data[TOKENS]())
        doc.ents = [
            *doc.ents,
            *(
                Span(doc, tokens[start], tokens[stop - 1] + 1, label)
                for start, stop, label in tag_spans(self.model.tags(scores))
                if not words.kinds[start:stop].any()
            ),
        ]
        return doc

    def to_disk(self, path: Path, exclude: Sequence[str] = ()) -> None:
        """Write the model into the folder `path`, which is made where it is missing."""
        path.mkdir(parents=True, exist_ok=True)
        self.model.save(path)

    def from_disk(self, path: Path, exclude: Sequence[str] = ()) -> NameTagger:
        """Read the model from the folder `path`. Raises `BundleMissingError` and `BundleVersionError`."""
        self.model = NameModel.load(path)
        return self
