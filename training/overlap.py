"""Papers that share too much of their wording: a corpus of copies teaches and measures nothing."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from training.corpus import Paper, render_marked
from triage.types import Entity

N = 5
"""Words in an n-gram: long enough that two writers rarely meet by chance."""
_MIN_GRAMS = 10  # a paper of a line or two has too few to speak of a share
_MIN_SENTENCE = 5  # words; shorter lines are headers and greetings
_MARK = re.compile(r"⟦([A-Z_]+)[^|⟧]*\|[^⟧]*⟧")
_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"[.!?…\n]+")


def masked(text: str, entities: Iterable[Entity]) -> str:
    """The text with every entity replaced by its label, so that other names do not hide a copy."""
    return _MARK.sub(r"\1", render_marked(text, entities))


def grams(text: str) -> set[tuple[str, ...]]:
    """The word n-grams of a text."""
    words = _WORD.findall(text.lower())
    return {tuple(words[i : i + N]) for i in range(len(words) - N + 1)}


def overlaps(
    papers: list[Paper], formulas: Iterable[str], limit: float
) -> Iterator[tuple[Paper, Paper, float]]:
    """Pairs of different families that share more than `limit` of the n-grams of the one with fewer.

    N-grams of `formulas` (legal phrases that every paper of a kind holds) do not count. Time grows with
    the number of n-grams that are shared, not with the square of the papers.
    """
    common = {g for formula in formulas for g in grams(formula)}
    own = [grams(masked(p.text, p.entities)) - common for p in papers]
    holders: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, found in enumerate(own):
        for gram in found:
            holders[gram].append(i)
    shared = Counter(pair for where in holders.values() for pair in combinations(where, 2))
    for (i, j), n in sorted(shared.items()):
        fewer = min(len(own[i]), len(own[j]))
        if fewer >= _MIN_GRAMS and n > limit * fewer and papers[i].family != papers[j].family:
            yield papers[i], papers[j], n / fewer


def first_sentence(paper: Paper) -> str:
    """The skeleton of the first sentence: masked, in lower case, digits as 0, headers passed over."""
    for sentence in _SENTENCE.split(masked(paper.text, paper.entities)):
        words = _WORD.findall(sentence)
        if sum(not w.isupper() for w in words) >= _MIN_SENTENCE:
            return re.sub(r"\d+", "0", " ".join(words).lower())
    return ""


def shared_openings(papers: list[Paper], limit: float) -> Iterator[tuple[str, list[Paper]]]:
    """First-sentence skeletons that more than `limit` of all papers share, with the papers."""
    by_opening: defaultdict[str, list[Paper]] = defaultdict(list)
    for paper in papers:
        by_opening[first_sentence(paper)].append(paper)
    for opening, found in sorted(by_opening.items()):
        if opening and len({p.family for p in found}) > max(1.0, limit * len(papers)):
            yield opening, found
