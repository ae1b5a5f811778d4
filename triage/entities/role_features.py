"""What the role model sees of each name: hashed features of its mentions, their sentences and the paper.

Words themselves say most; classes of words (`role_cues`), the place in the paper and what stands near carry
what was learned from one writer over to others. All reaches are bounded, so that time is linear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from triage.entities.features import code, stem
from triage.entities.layout import Layout, Place, layout_of
from triage.entities.role_cues import FIRST_PERSON, FORM_CUES, PAPER_CLASSES, case_of, classes
from triage.entities.scene import Mention, Scene

_NEAR = 4  # words looked at one by one on either side
_AROUND = 12  # words looked at together on either side
_CLAUSE = 25  # words of a sentence whose classes are looked at, on either side
_STOPS = {".", "!", "?", ";"}
_MOST_MENTIONS = 100  # of one name; more say nothing new
_ENDS = ("foot", "last")
_STARTS = ("first", "head")


def name_codes(scene: Scene, groups: Sequence[Sequence[int]], bits: int) -> list[NDArray[np.int64]]:
    """The features of each name as places in a table of `2**bits`, without repeats."""
    form = list(_form(scene))
    layout = layout_of(scene, groups)
    facts = list(_facts(scene, layout))
    mask = (1 << bits) - 1
    result = []
    for group in groups:
        label = scene.mentions[group[0]].label
        texts = {f"{label} {text}" for text in _word_texts(scene, group, form, layout)}
        texts |= {f"{label} @{text}" for text in _class_texts(scene, group, facts, layout)}
        result.append(np.unique(np.array([code(text) & mask for text in texts], dtype=np.int64)))
    return result


def _form(scene: Scene) -> Iterator[str]:
    cue_words = {word for word in scene.words if word.startswith(FORM_CUES)}
    yield from {cue for word in cue_words for cue in FORM_CUES if word.startswith(cue)}
    first_person = sum(word in FIRST_PERSON for word in scene.words)
    yield f"I{min(first_person, 3)}"
    yield f"persons{min(sum(m.label == 'PERSON' for m in scene.mentions), 4)}"


def _word_texts(scene: Scene, group: Sequence[int], form: Sequence[str], layout: Layout) -> Iterator[str]:
    """Features of the words themselves."""
    zones = set()
    for number in group[:_MOST_MENTIONS]:
        zone = _zone(scene, scene.mentions[number])
        zones.add(zone)
        yield from _mention_texts(scene, scene.mentions[number], zone, layout.orders[number])
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
    start, stop = _sentence(scene, mention, _AROUND)
    before, after = words[start : mention.start][::-1], words[mention.end : stop]
    for side, near in (("<", before), (">", after)):
        yield from _side_texts(side, near, ending, zone)
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


def _side_texts(side: str, near: Sequence[str], ending: str, zone: str) -> Iterator[str]:
    for distance, word in enumerate(near[:_NEAR]):
        yield f"{side}{distance} {stem(word)}"
        yield f"{side}{distance} {word[-3:]}"
        yield f"{side} {word[:5]}"
    for word in near:
        yield f"{side}{side} {stem(word)}"
        yield f"{side}{side} {word[:4]}"
    yield f"{side}2 {' '.join(near[:2])}"
    if near:
        yield f"{side} {stem(near[0])} {ending}"
        yield f"{side} {stem(near[0])} {zone}"


def _sentence(scene: Scene, mention: Mention, reach: int) -> tuple[int, int]:
    """First word and word after the last of the mention's sentence, at most `reach` words either way."""
    start, stop = mention.start, mention.end
    while start > max(mention.start - reach, 0) and not _breaks(scene, start - 1):
        start -= 1
    while stop < min(mention.end + reach, len(scene.words)) and not _breaks(scene, stop - 1):
        stop += 1
    return start, stop


def _breaks(scene: Scene, place: int) -> bool:
    """Whether a sentence or a paragraph ends with this word."""
    return scene.words[place] in _STOPS or scene.lines[place + 1] - scene.lines[place] > 1


def _facts(scene: Scene, layout: Layout) -> Iterator[str]:
    """What kind of paper it is."""
    counts = Counter(name for word in scene.words for name in classes(word))
    for name in PAPER_CLASSES:
        yield f"{name}{0 if counts[name] == 0 else 1 if counts[name] < 3 else 2}"
    yield f"long{min(len(scene.words) // 100, 4)}"
    for label, count in layout.names.items():
        yield f"{label}{min(count, 5)}"
    yield f"firstline {layout.first_label}"


def _class_texts(scene: Scene, group: Sequence[int], facts: Sequence[str], layout: Layout) -> Iterator[str]:
    """Features of the classes of the words around, of the place in the paper and of the other names."""
    places = [layout.places[number] for number in group[:_MOST_MENTIONS]]
    for number, place in zip(group, places, strict=False):
        yield from _mention_classes(scene, scene.mentions[number], place)
    label = scene.mentions[group[0]].label
    rank, count = layout.ranks[group[0]], layout.names[label]
    is_last = rank == count - 1
    yield f"only {count == 1}"
    yield f"rank {min(rank, 3)} of {min(count, 4)}"
    yield f"lastname {is_last}"
    yield f"times {min(len(group), 3)}"
    for place in sorted(set(places)):
        yield f"zone {place.where}"
        yield f"zone {place}"
        yield f"zone {place.where} {place.line} {min(rank, 2)} {is_last}"
        for fact in facts:
            yield f"doc {fact} {place.where}"
            yield f"doc {fact} {place.where} {place.line}"
    for fact in facts:
        yield f"doc {fact}"
    own = {place.where for place in places}
    at_end, at_start = not own.isdisjoint(_ENDS), not own.isdisjoint(_STARTS)
    yield f"signer {layout.others_sign(group)} {at_end}"
    yield f"sender {layout.others_open(group)} {at_end} {at_start}"


def _mention_classes(scene: Scene, mention: Mention, place: Place) -> Iterator[str]:
    words = scene.words
    case = case_of(words[mention.end - 1])
    yield f"case {case}"
    yield f"len {mention.end - mention.start} {place.where}"
    yield f"zc {place.where} {place.line} {case}"
    start, stop = _sentence(scene, mention, _CLAUSE)
    before = [word for word in words[start : mention.start][::-1] if word.isalnum()]
    after = [word for word in words[mention.end : stop] if word.isalnum()]
    yield from _side_classes("<", before, case, place.where)
    yield from _side_classes(">", after, case, place.where)
    for name in {name for word in (*before, *after) for name in classes(word)}:
        yield f"sent {name}"
        yield f"sent {name} {case}"
    for word in after[-2:]:
        yield f"vend {word[-2:]} {case}"
        yield f"vend {word[-3:]}"
        for name in classes(word):
            yield f"verb {name}"
            yield f"verb {name} {case}"
    yield from _own_texts(scene, mention, case, place.where)
    for side, first, last in (
        ("<", max(mention.start - _AROUND, 0), mention.start),
        (">", mention.end, mention.end + _AROUND),
    ):
        for kind in filter(None, set(scene.kinds[first:last])):
            yield f"{side}k {kind}"
            yield f"{side}k {kind} {place.where}"


def _side_classes(side: str, near: Sequence[str], case: str, where: str) -> Iterator[str]:
    for distance, word in enumerate(near[:3]):
        for name in classes(word):
            yield f"{side}{distance} {name}"
            yield f"{side} {name}"
            if distance == 0:
                yield f"{side}0 {name} {case}"
                yield f"{side}0 {name} {where}"
    for name in {name for word in near for name in classes(word)}:
        yield f"{side}{side} {name}"
        yield f"{side}{side} {name} {case}"
        yield f"{side}{side} {name} {where}"
    for distance, word in enumerate(near[:2]):
        yield f"{side}{distance} {stem(word)}"
    if near:
        yield f"{side}s {near[0][-2:]}"
        yield f"{side}s {near[0][-3:]}"


def _own_texts(scene: Scene, mention: Mention, case: str, where: str) -> Iterator[str]:
    for word in scene.words[mention.start : mention.end]:
        yield from (f"own {name}" for name in classes(word))
        if mention.label == "ORG":
            yield f"o {stem(word)}"
            yield f"o {stem(word)} {where}"
            yield f"o {word[:5]}"
            yield f"o {word[:5]} {case}"
