"""A BERT encoder as an ONNX graph with 8-bit weights, written node by node.

The graph takes token embeddings, shape (1, n, d), and gives token states of the same shape, those of the
last layer and of one in the middle; looking the
embeddings up stays outside, where they can keep their 4 bits. It is written by hand rather than traced, so
that torch is not needed and the same weights always give the same bytes. Operators of the domain
`com.microsoft` belong to onnxruntime on every platform:
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md

Matrices are `DynamicQuantizeMatMul`: weights in 8 bits with a scale for each output, activations rounded to
8 bits with one scale for the whole tensor. That scale would let texts of one batch change each other's
states, so the batch axis is fixed at one. Weights use the range -64..64 only: processors without VNNI add
two products in 16 bits, which saturates beyond it, and states must not depend on the processor's age.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
_MICROSOFT = "com.microsoft"
_GREATEST_CODE = 64

Tensors = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a BERT encoder. `first_position` is the row of the first token's position (XLM-R: 2)."""

    hidden: int
    layers: int
    heads: int
    epsilon: float
    positions: int
    first_position: int = 0

    @property
    def middle(self) -> int:
        """The layer whose states tell single tokens apart best: those of the last all tell of the whole text."""
        return round(self.layers * 2 / 3)


@dataclass(slots=True)
class _Graph:
    """Nodes and constants as they are added; every method returns the name of its output."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], output, domain=domain, **attributes))
        return output

    def linear(self, x: str, name: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """`x @ weight.T + bias`, `weight` of shape (out, in) rounded to 8 bits by the row."""
        codes, scales = quantise_rows(weight)
        inputs = [
            x,
            self.constant(f"{name}.codes", codes.T),
            self.constant(f"{name}.scales", scales),
            self.constant(f"{name}.zeros", np.zeros(len(codes), np.int8)),
            self.constant(f"{name}.bias", bias),
        ]
        return self.node("DynamicQuantizeMatMul", inputs, name, _MICROSOFT)

    def add_and_normalise(self, x: str, y: str, name: str, tensors: Tensors, epsilon: float) -> str:
        """Layer normalisation of `x + y` with the weights of `name`."""
        scale = self.constant(f"{name}.weight", tensors[f"{name}.weight"])
        shift = self.constant(f"{name}.bias", tensors[f"{name}.bias"])
        return self.node("SkipLayerNormalization", [x, y, scale, shift], name, _MICROSOFT, epsilon=epsilon)


def quantise_rows(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Codes in -64..64, shape (out, in), and scales, shape (out,), with `weight` about codes * scales."""
    scales = np.maximum(np.abs(weight).max(axis=1), np.finfo(np.float32).tiny) / np.float32(_GREATEST_CODE)
    return np.rint(weight / scales[:, None]).astype(np.int8), scales


def encoder_graph(tensors: Tensors, shape: Shape) -> onnx.ModelProto:
    """The graph from `embeddings` to `states` and those of the `middle` layer.

    `tensors` bear the names of `transformers.BertModel`.
    Raises `KeyError` where a tensor is missing.
    """
    graph = _Graph()
    x = _embed(graph, tensors, shape)
    for layer in range(shape.layers):
        x = _attend(graph, x, f"encoder.layer.{layer}", tensors, shape)
        x = _feed_forward(graph, x, f"encoder.layer.{layer}", tensors, shape)
        if layer + 1 == shape.middle:
            graph.node("Identity", [x], "middle")
    graph.node("Identity", [x], "states")
    size = [1, "tokens", shape.hidden]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, size)],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name in ("states", "middle")],
            graph.constants,
        ),
        producer_name="training.export",
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(_MICROSOFT, 1)],
        ir_version=9,
    )
    onnx.checker.check_model(model)
    return model


def _embed(graph: _Graph, tensors: Tensors, shape: Shape) -> str:
    """Token embeddings plus those of position and of the first (only) segment, normalised."""
    positions = (
        tensors["embeddings.position_embeddings.weight"]
        + tensors["embeddings.token_type_embeddings.weight"][0]
    )
    table = graph.constant("positions", positions[shape.first_position :][: shape.positions])
    length = graph.node("Shape", ["embeddings"], "length", start=1, end=2)
    used = graph.node(
        "Slice", [table, graph.constant("zero", np.zeros(1, np.int64)), length], "used_positions"
    )
    batched = graph.node("Unsqueeze", [used, "zero"], "batched_positions")
    return graph.add_and_normalise("embeddings", batched, "embeddings.LayerNorm", tensors, shape.epsilon)


def _attend(graph: _Graph, x: str, layer: str, tensors: Tensors, shape: Shape) -> str:
    """Multi-head self-attention; query, key and value are one matrix product."""
    names = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
    weight = np.concatenate([tensors[f"{name}.weight"] for name in names])
    bias = np.concatenate([tensors[f"{name}.bias"] for name in names])
    joint = graph.linear(x, f"{layer}.attention.self", weight, bias)
    graph.nodes.append(helper.make_node("Split", [joint], names, f"{layer}.split", axis=-1, num_outputs=3))
    mixed = graph.node("MultiHeadAttention", names, f"{layer}.heads", _MICROSOFT, num_heads=shape.heads)
    dense = f"{layer}.attention.output.dense"
    y = graph.linear(mixed, dense, tensors[f"{dense}.weight"], tensors[f"{dense}.bias"])
    return graph.add_and_normalise(y, x, f"{layer}.attention.output.LayerNorm", tensors, shape.epsilon)


def _feed_forward(graph: _Graph, x: str, layer: str, tensors: Tensors, shape: Shape) -> str:
    inner, outer = f"{layer}.intermediate.dense", f"{layer}.output.dense"
    y = graph.linear(x, inner, tensors[f"{inner}.weight"], tensors[f"{inner}.bias"])
    y = graph.node("Gelu", [y], f"{layer}.gelu")
    y = graph.linear(y, outer, tensors[f"{outer}.weight"], tensors[f"{outer}.bias"])
    return graph.add_and_normalise(y, x, f"{layer}.output.LayerNorm", tensors, shape.epsilon)
