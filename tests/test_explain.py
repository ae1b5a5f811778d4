"""Evidence spans: where they lie, and that they are what the model used."""

from __future__ import annotations

import numpy as np
import pytest

from triage.explain import evidence_spans

TEXT = "Salam. Qonşu hasarı iki metr bizə çəkib.\nXahiş edirəm ölçsünlər."


def _gains(*words: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    gains = np.full(len(TEXT), -1.0, dtype=np.float32)
    for word in words:
        at = TEXT.index(word)
        gains[at : at + len(word)] = 1.0
    return gains


def _found(*words: str, most: int = 3) -> list[str]:
    return [TEXT[s.start : s.end] for s in evidence_spans(TEXT, _gains(*words), most=most)]


def test_spans_are_the_words_that_speak_for_the_label() -> None:
    assert _found("hasarı iki metr") == ["hasarı iki metr"]


def test_spans_do_not_cross_lines_and_lose_outer_punctuation() -> None:
    assert _found("çəkib.", "Xahiş") == ["çəkib", "Xahiş"]


def test_at_most_so_many_spans_best_first() -> None:
    assert _found("Salam", "hasarı iki", "ölçsünlər", most=2) == ["hasarı iki", "ölçsünlər"]


def test_weights_are_shares_of_what_spoke_for_the_label() -> None:
    spans = evidence_spans(TEXT, _gains("Salam", "hasarı iki", "ölçsünlər"))
    assert sum(s.weight for s in spans) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("text", ["", " \n\t ", "—"])
def test_nothing_to_show(text: str) -> None:
    assert evidence_spans(text, np.full(len(text), -1, dtype=np.float32)) == []
