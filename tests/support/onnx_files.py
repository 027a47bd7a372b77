"""ONNX files of a few bytes, whole ones and such as have something wrong in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Shape = Sequence[int | str | None]

WEIGHTS = np.array([[0.5, -1.0, 2.0, 0.0], [1.0, 0.25, -2.0, 0.0], [-0.5, 1.0, 1.0, 0.5]], dtype=np.float32)
"""From the means of three channels to four answers."""


def value(name: str, shape: Shape | None, dtype: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    """An input or output; a length may be a number, a name or None."""
    return helper.make_tensor_value_info(name, dtype, shape)


def constant(name: str, array: NDArray[Any] | Sequence[float]) -> onnx.TensorProto:
    """An initializer."""
    return numpy_helper.from_array(np.asarray(array), name)


def model_of(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    constants: Sequence[onnx.TensorProto] = (),
    opset: int = 17,
    domains: Sequence[str] = (),
    functions: Sequence[onnx.FunctionProto] = (),
) -> onnx.ModelProto:
    """A model; nobody looks whether it makes sense."""
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    versions = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=versions, functions=functions, ir_version=8, producer_name="tests")


def tiny(
    shape: Shape = ("b", 3, 8, 8),
    dtype: int = TensorProto.FLOAT,
    last: Sequence[onnx.NodeProto] = (),
    outputs: Sequence[onnx.ValueInfoProto] | None = None,
    weights: NDArray[Any] = WEIGHTS,
    **facts: Any,
) -> onnx.ModelProto:
    """Four answers from the means of the channels of a picture; `last` goes on from "answers" to the outputs."""
    pixels = [helper.make_node("Cast", ["pictures"], ["floats"], to=TensorProto.FLOAT)]
    axes = [2, 3] if len(shape) < 4 or shape[1] in (1, 3) else [1, 2]
    pixels.append(helper.make_node("ReduceMean", ["floats"], ["means"], axes=axes, keepdims=0))
    answers = helper.make_node("MatMul", ["means", "weights"], ["answers"])
    return model_of(
        [*pixels, answers, *last],
        [value("pictures", shape, dtype)],
        outputs or [value("answers", ("b", weights.shape[1]))],
        [constant("weights", weights)],
        **facts,
    )
