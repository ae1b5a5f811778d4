"""What lies over the picture of a page: its words, to be selected, and shapes around what was found among them.

It is SVG by attributes alone, measured in tenths of a point of the page: it follows the picture whatever its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.documents.service import PageLayout
from api.triaging.layout import Word
from api.web.desk_text import Found, Kind, apart
from api.web.names_desk import GROUPS

_HIGH = 1.6
"""How much higher than a word its line may be: on a sheet that lies askew a line is cut into several."""
_FAR = 2.0
"""Heights of a line between two words of it, at most."""
_BASE = 0.8
"""Of a line's height, above the baseline; letters are as large. The script of the desk reckons with it, too."""
_ROOM = 7
"""Between letters and the edge of their shape."""
_UPRIGHT = 1.5
"""How much higher than wide a word stands that runs down the page."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box in tenths of a point."""

    left: float
    top: float
    right: float
    bottom: float

    def beside(self, other: Box) -> bool:
        """Whether the other one goes on in this one's line."""
        height = other.bottom - other.top
        both = max(self.bottom, other.bottom) - min(self.top, other.top)
        near = -height / 2 < other.left - self.right < _FAR * height
        return near and both <= _HIGH * min(height, self.bottom - self.top)

    def with_(self, other: Box) -> Box:
        """The box around both."""
        return Box(
            min(self.left, other.left), min(self.top, other.top),
            max(self.right, other.right), max(self.bottom, other.bottom),
        )  # fmt: skip


def drawn(layout: PageLayout, found: Sequence[Found] = (), kind: Kind | None = None) -> Markup:
    """The layer of a page, with the entities `found` on it, called by `kind`; empty where no layout was kept."""
    if layout.size is None or not layout.words:
        return Markup('<svg xmlns="http://www.w3.org/2000/svg" class="dk-layer" viewBox="0 0 1 1"></svg>')
    across, down = layout.size
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="dk-layer" viewBox="0 0 {} {}" preserveAspectRatio="none" '
        'aria-hidden="true">'
        '<g>{}</g><g class="dk-shapes">{}</g></svg>'
    ).format(_number(across * 10), _number(down * 10), _words(layout), _shapes(layout, found, kind))


def boxes(words: Iterable[Word], start: int, end: int) -> list[Box]:
    """Where a span of the text stands: a box for each of its lines."""
    lines: list[Box] = []
    for word in words:
        if word.start < end and start < word.end:
            box = _part(word, max(start, word.start), min(end, word.end))
            if lines and lines[-1].beside(box):
                lines[-1] = lines[-1].with_(box)
            else:
                lines.append(box)
    return lines


def _part(word: Word, start: int, end: int) -> Box:
    """The box of some of a word's characters, as if all were equally wide."""
    if word.bottom - word.top > _UPRIGHT * (word.right - word.left):
        return Box(*word[2:])
    each = (word.right - word.left) / (word.end - word.start)
    left = word.left + each * (start - word.start)
    return Box(left, word.top, left + each * (end - start), word.bottom)


def _shapes(layout: PageLayout, found: Sequence[Found], kind: Kind | None) -> Markup:
    """A group for each entity: its kind and words as a title, and its boxes."""
    made = []
    for one in apart(found, len(layout.text)):
        rects = Markup("").join(
            Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="15"/>').format(
                _number(box.left - _ROOM),
                _number(box.top - _ROOM),
                _number(box.right - box.left + 2 * _ROOM),
                _number(box.bottom - box.top + 2 * _ROOM),
            )
            for box in boxes(layout.words, one.start, one.end)
        )
        if rects:
            told = kind(one.label, one.role) if kind else one.label
            words = " ".join(layout.text[one.start : one.end].split())
            made.append(
                Markup('<g class="k-{}" data-e="{}"><title>{}: {}</title>{}</g>').format(
                    GROUPS.get(one.label, "id"), one.index, told, words, rects
                )
            )
    return Markup("").join(made)


def _words(layout: PageLayout) -> Markup:
    """Words as text that is not seen, a line together, each with its offset in the page's text (`data-s`)."""
    lines: list[tuple[Box, list[Word]]] = []
    for word in layout.words:
        box = Box(*word[2:])
        if lines and lines[-1][0].beside(box):
            lines[-1][1].append(word)
            lines[-1] = (lines[-1][0].with_(box), lines[-1][1])
        else:
            lines.append((box, [word]))
    return Markup("").join(_line(layout.text, *line) for line in lines)


def _line(text: str, box: Box, words: Sequence[Word]) -> Markup:
    height = box.bottom - box.top
    if height > _UPRIGHT * (box.right - box.left):
        return _down(text, box, words)
    told = Markup(" ").join(
        Markup('<tspan x="{}" textLength="{}" data-s="{}">{}</tspan>').format(
            word.left, word.right - word.left, word.start, text[word.start : word.end]
        )
        for word in words
    )
    size = _number(height * _BASE)
    return Markup('<text y="{}" font-size="{}">{}</text>').format(
        _number(box.top + height * _BASE), size, told
    )


def _down(text: str, box: Box, words: Sequence[Word]) -> Markup:
    """A word that runs down the page: turned, with its box told beside (`data-b`)."""
    return Markup("").join(
        Markup(
            '<text transform="translate({} {}) rotate(90)" font-size="{}">'
            '<tspan x="0" textLength="{}" data-s="{}" data-b="{} {} {} {}">{}</tspan></text>'
        ).format(
            _number(word.left + (word.right - word.left) * (1 - _BASE)), word.top,
            _number((word.right - word.left) * _BASE), word.bottom - word.top, word.start, *word[2:],
            text[word.start : word.end],
        )
        for word in words
    )  # fmt: skip


def _number(told: float) -> str:
    return f"{told:.1f}".removesuffix(".0")
