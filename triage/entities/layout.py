"""Where the names of a paper stand: in its head, in its foot, alone on a line, before or after others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from triage.entities.scene import Mention, Scene

_HEAD = _FOOT = 3  # lines after the first and with the last, blank ones not counted
_SHORT = 8  # words that a line may hold besides a name that it is about
_LOOK = 30  # words and signs looked at on either side of a name


class Place(NamedTuple):
    """Where a mention stands.

    `where` is the part of the paper (first, head, body, foot, last), `line` whether its line holds it alone,
    with a few words or with many, `side` whether it opens (^) or closes ($) the line.
    """

    where: str
    line: str
    side: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A scene's places: by mention `places`, `orders` (mentions of its label before and after it) and
    `ranks` (names of its label that appear before its own); by label the number of `names`.

    `first_label` is the label of the first name on the first line, empty for none; `signing` and
    `opening` count the persons' mentions that stand like a signature and like a sender.
    """

    places: Sequence[Place]
    orders: Sequence[tuple[int, int]]
    ranks: Sequence[int]
    names: Counter[str]
    first_label: str
    signing: frozenset[int]
    opening: frozenset[int]

    def others_sign(self, group: Sequence[int]) -> bool:
        """Whether a person of another name stands like a signature."""
        return len(self.signing) > sum(number in self.signing for number in group)

    def others_open(self, group: Sequence[int]) -> bool:
        """Whether a person of another name stands in the head."""
        return len(self.opening) > sum(number in self.opening for number in group)


def layout_of(scene: Scene, groups: Sequence[Sequence[int]]) -> Layout:
    """The layout of a scene whose mentions are grouped by name."""
    rank: dict[int, int] = {}
    lines = [rank.setdefault(line, len(rank)) for line in scene.lines]
    places = [_place(scene.words, lines, mention) for mention in scene.mentions]
    labels = [mention.label for mention in scene.mentions]
    persons = [number for number, label in enumerate(labels) if label == "PERSON"]
    names: Counter[str] = Counter()
    ranks = [0] * len(labels)
    for group in groups:
        label = labels[group[0]]
        for number in group:
            ranks[number] = names[label]
        names[label] += 1
    return Layout(
        places=places,
        orders=_orders(labels),
        ranks=ranks,
        names=names,
        first_label=next((m.label for m in scene.mentions if lines[m.start] == 0), ""),
        signing=frozenset(
            n for n in persons if places[n].where in ("foot", "last") and places[n].line != "long"
        ),
        opening=frozenset(n for n in persons if places[n].where in ("first", "head")),
    )


def _place(words: Sequence[str], lines: Sequence[int], mention: Mention) -> Place:
    first, last, count = lines[mention.start], lines[mention.end - 1], lines[-1] + 1
    if last == count - 1:
        where = "last"
    elif first == 0:
        where = "first"
    elif first <= _HEAD and first < count - _FOOT:
        where = "head"
    else:
        where = "foot" if last >= count - _FOOT else "body"
    before = _on_line(words, lines, range(mention.start - 1, -1, -1), first)
    after = _on_line(words, lines, range(mention.end, len(words)), last)
    others = before + after
    line = "alone" if others == 0 else "short" if others <= _SHORT else "long"
    return Place(where, line, "^" if before == 0 else "$" if after == 0 else ".")


def _on_line(words: Sequence[str], lines: Sequence[int], places: range, line: int) -> int:
    """How many words of a line stand at the first of `places`."""
    count = 0
    for place in places[:_LOOK]:
        if lines[place] != line:
            break
        count += words[place].isalnum()
    return count


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
