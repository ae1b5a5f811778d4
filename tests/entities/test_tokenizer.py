"""Tokens end where entities end."""

from __future__ import annotations

import time

import pytest

from training.corpus import load_papers
from triage.entities.tokenizer import Tokenizer


def _words(text: str) -> list[str]:
    return [token.text for token in Tokenizer()(text) if not token.is_space]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DSX-nin işçisi", ["DSX", "-nin", "işçisi"]),
        ("Google'un və Bakı’da", ["Google", "'un", "və", "Bakı", "’da"]),
        ("178-ci maddə, ст. 5-й", ["178-ci", "maddə", ",", "ст", ".", "5-й"]),
        ("CM-in 178.2.4-cü maddəsi", ["CM", "-in", "178.2.4-cü", "maddəsi"]),
        ("14.01.2025 tarixli", ["14.01.2025", "tarixli"]),
        ("№123 iş", ["№", "123", "iş"]),
        ("«Nur» MMC-yə", ["«", "Nur", "»", "MMC", "-yə"]),
        ("Ə.M.Həsənov", ["Ə.", "M.", "Həsənov"]),
        ("А. И. Петров", ["А.", "И.", "Петров"]),
        ("oğ1u 12a", ["oğ1u", "12a"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert _words(text) == words


@pytest.mark.parametrize(
    "text", ["", " ", "a  b\n\n c ", "\ud800x\udfff", "😀 \0\t", "e\u0301 İ", "-nin 'un"]
)
def test_every_token_stands_where_it_stood_in_the_text(text: str) -> None:
    for token in Tokenizer()(text):
        part = text[token.idx : token.idx + len(token.text)]
        assert len(part) == len(token.text)
        assert part == token.text or not part.isascii()


def test_marks_of_the_corpus_end_where_tokens_end() -> None:
    marks = aligned = 0
    for paper in load_papers():
        doc = Tokenizer()(paper.text)
        starts = {token.idx for token in doc}
        ends = {token.idx + len(token.text) for token in doc}
        marks += len(paper.entities)
        aligned += sum(e.start in starts and e.end in ends for e in paper.entities)
    assert aligned / marks > 0.995


@pytest.mark.parametrize("text", ["(" * 100_000, "1." * 100_000 + "a", "a" * 500_000, "-a" * 50_000])
def test_a_long_line_takes_no_longer_than_words_do(text: str) -> None:
    """As a ratio, far above what linear time needs and far below what quadratic time would."""
    words = ("söz " * len(text))[: len(text)]
    assert _seconds(text) < 50 * _seconds(words)


def _seconds(text: str) -> float:
    began = time.perf_counter()
    Tokenizer()(text)
    return time.perf_counter() - began
