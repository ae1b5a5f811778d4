"""Readable papers are told from spoilt scans by the words that are known."""

from __future__ import annotations

import random

import numpy as np

from tests.text.conftest import HELD_OUT
from training.corpus import load_papers
from triage.text import Lexicon, TextModels


def test_known_words_count_by_their_letters() -> None:
    lexicon = Lexicon.learn(["Şikayət edirəm məhkəməyə"])
    assert lexicon.known_share("sikayet") == 1.0
    assert lexicon.known_share("MƏHKƏMƏSİNDƏN") == 1.0  # by its beginning
    assert lexicon.known_share("sikayet qwrtzpl") == 0.5
    assert lexicon.known_share("123 --- 😀") == 0.0
    assert lexicon.knows("edirem")
    assert not lexicon.knows("qwrtzpl")


def test_spoilt_papers_fall_below_clean_ones(models: TextModels) -> None:
    rng = random.Random(3)  # noqa: S311 (spoils letters, guards nothing)
    papers = [p for p in load_papers() if p.group in HELD_OUT and p.language != "other"]
    clean = [models.read(paper.text).known_share for paper in papers]
    spoilt = [models.read(_spoilt(paper.text, rng)).known_share for paper in papers]
    assert np.percentile(clean, 2) > np.percentile(spoilt, 98)


def _spoilt(text: str, rng: random.Random) -> str:
    """One letter in seven misread."""
    return "".join(rng.choice("aoeiltnrm1|!.,'§") if c.isalpha() and rng.random() < 0.15 else c for c in text)
