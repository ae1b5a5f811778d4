"""Which words of a text stand in names of places that the project knows: a sign for the name model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from triage.entities.features import skeleton, stem

_RANKS = {
    "unit": 1, "city": 1, "foreign": 2, "wide": 2, "settlement": 3, "metro": 4, "landmark": 4, "street": 5,
    "village": 6,
}  # fmt: skip
_COUNT = 7  # ranks and none
_SHORTEST = 3  # letters


@dataclass(frozen=True, slots=True, eq=False)
class PlaceWords:
    """Skeletons of the words of place names and a code for each: 0 to 48, 0 for no place.

    A code is `_COUNT` times the best rank of the places that are called by this word alone plus the best
    rank of those whose longer name holds it. `words` and `codes` have shape (number of words,).
    """

    words: NDArray[np.str_]
    codes: NDArray[np.uint8]
    _known: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = dict(zip(self.words.tolist(), self.codes.tolist(), strict=True))
        object.__setattr__(self, "_known", known)

    @classmethod
    def of(cls, places: Iterable[tuple[str, str]]) -> PlaceWords:
        """The words of names, each given with its kind (one of `triage.entities.gazetteer.KINDS`)."""
        ranks: dict[str, list[int]] = {}
        for name, kind in places:
            words = [word for word in map(skeleton, name.replace("-", " ").split()) if len(word) >= _SHORTEST]
            for form in {form for word in words for form in (word, stem(word))}:
                best = ranks.setdefault(form, [0, 0])
                place = int(" " in name or "-" in name)
                best[place] = min(best[place] or _COUNT, _RANKS[kind])
        known = {word: _COUNT * alone + part for word, (alone, part) in sorted(ranks.items())}
        return cls(np.array(list(known), dtype=np.str_), np.array(list(known.values()), dtype=np.uint8))

    def of_texts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """The code of each word of a text, by its skeleton or its stem."""
        return np.array([self._code(skeleton(text[:64])) for text in texts], dtype=np.int64)

    def _code(self, plain: str) -> int:
        return self._known.get(plain) or self._known.get(stem(plain), 0)
