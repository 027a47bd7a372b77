"""ONNX files of a few bytes, whole ones and such as have something wrong in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
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


def branching() -> onnx.ModelProto:
    """A model with operators in branches, in a loop and in a function: 13 of them, and 20 bytes of numbers more."""
    node = helper.make_node
    branch = helper.make_graph(
        [node("Neg", ["answers"], ["c"]), node("Abs", ["c"], ["d"])], "branch", [], [value("d", None)]
    )
    body = helper.make_graph(
        [
            node("Identity", ["yes"], ["still"]),
            node("Constant", [], ["e"], value=constant("e", np.ones(5, np.float32))),
        ],
        "body",
        [value("i", (), TensorProto.INT64), value("yes", (), TensorProto.BOOL)],
        [value("still", (), TensorProto.BOOL)],
    )
    steps = [
        node("If", ["yes"], ["chosen"], then_branch=branch, else_branch=branch),
        node("Loop", ["i", "yes"], [], body=body),
        node("Twice", ["chosen"], ["y"], domain="own"),
    ]
    twice = helper.make_function(
        "own", "Twice", ["a"], ["c"], [node("Add", ["a", "a"], ["c"])], [helper.make_opsetid("", 17)]
    )
    return tiny(last=steps, outputs=[value("y", ("b", 4))], domains=["own"], functions=[twice])


def of_every_part(folder: Path) -> onnx.ModelProto:
    """Such a model, with numbers in every place that they can have: some of them in a file of the folder."""
    model = branching()
    (folder / "numbers").write_bytes(WEIGHTS.tobytes())
    apart = constant("apart", WEIGHTS)
    onnx.external_data_helper.set_external_data(apart, "numbers", offset=0, length=WEIGHTS.nbytes)
    apart.ClearField("raw_data")
    typed = [
        helper.make_tensor("floats", TensorProto.FLOAT, [2], [0.5, 1.5]),
        helper.make_tensor("wholes", TensorProto.INT64, [1, 2], [3, 4]),
        helper.make_tensor("texts", TensorProto.STRING, [1], [b"text"]),
    ]
    model.graph.initializer.extend([apart, *typed])
    return model
