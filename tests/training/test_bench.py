"""The pieces of the benchmark: its texts, its ratios, and what a fresh process is given. Times are not tested."""

from __future__ import annotations

import subprocess

import pytest

from training.bench import (
    FEWEST,
    KINDS,
    MOST,
    WITHOUT_TORCH,
    bench_texts,
    fresh,
    in_turn,
    megabytes,
    ratio,
    sized,
)
from training.corpus import load_papers


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ((190, 500, 210), [190, 210]),
        ((190, 150, 150, 150), [190, 200]),
        ((1000,), [200, 200]),
        ((221, 179), [200, 200]),
    ],
)
def test_texts_of_the_right_length_come_first_then_what_is_joined_and_cut(
    lengths: tuple[int, ...], expected: list[int]
) -> None:
    texts = [" ".join(f"{number}_{k}" for k in range(length)) for number, length in enumerate(lengths)]
    found = sized(texts, 2)
    assert [len(text.split()) for text in found] == expected
    words = [word for text in found for word in text.split()]
    assert len(words) == len(set(words))


def test_too_few_words_are_refused() -> None:
    with pytest.raises(ValueError, match="1 texts of 200 words, not 2"):
        sized(["a " * 399], 2)


def test_the_corpus_has_texts_of_every_kind() -> None:
    texts = bench_texts(load_papers(), 2)
    assert len(texts) == 2 * len(KINDS)
    assert all(FEWEST <= len(text.split()) <= MOST for text in texts)
    *_, unmarked, _, cyrillic, _ = texts
    assert "ə" not in unmarked
    assert any("А" <= c <= "я" for c in cyrillic)


def test_the_sides_take_turns_and_the_first_pass_does_not_count() -> None:
    calls: list[str] = []
    pairs = in_turn(lambda i: calls.append(f"a{i}"), lambda i: calls.append(f"b{i}"), "xy", passes=2)
    assert calls == ["ax", "bx", "ay", "by"] * 3
    assert len(pairs) == 4


def test_a_ratio_is_the_median_of_single_pairs() -> None:
    assert ratio([(2.0, 1.0), (30.0, 10.0), (8.0, 2.0)]) == "3.00 (2.50–3.50, 3 pairs)"


def test_memory_is_read_in_millions_of_bytes() -> None:
    assert megabytes("Name:\tpython\nVmHWM:\t  2000 kB\nVmRSS:\t  1000 kB\n", "VmRSS") == pytest.approx(1.024)


def test_a_fresh_process_has_its_arguments_and_input() -> None:
    code = "import sys; print(*sys.argv[1:], sys.stdin.read())"
    assert fresh(code, "a", "b", given="c") == "a b c\n"
    with pytest.raises(subprocess.CalledProcessError):
        fresh("raise SystemExit(3)")


def test_torch_can_be_kept_out_of_a_process() -> None:
    code = "\ntry:\n    import torch\nexcept ImportError as error:\n    print(error)"
    assert fresh(WITHOUT_TORCH + code) == "torch\n"
