"""An ONNX graph whose inputs are masks: superpixels are hidden in front of the network, inside of its own graph.

    shown = masks (b, d)[:, superpixels (h·w,)];   answers (b, k) = model(hidden + shown · difference)

These are the inputs of `MaskedModel`, so whatever runs such a graph is asked alike.  Behind the network its answers are
brought into the form (b, k) of float32, a single one as the second of two classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from lime_core.onnx_models.onnx_file import OnnxFile

MASKS, SUPERPIXELS, HIDDEN, DIFFERENCE = INPUTS = (
    "lime.masks", "lime.superpixels", "lime.hidden", "lime.difference",
)  # fmt: skip
"""The names of the inputs, in the order of those of `MaskedModel.forward`."""

ANSWERS = "lime.answers"
"""The name of the output."""

Step = tuple[str, Sequence[str], dict[str, Any]]
"""An operator, its further inputs and its settings."""

_TYPES = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "float64": TensorProto.DOUBLE}


def masked(model: onnx.ModelProto, facts: OnnxFile, size: tuple[int, int], two: str | None = None) -> bytes:
    """Put the hiding in front of a network, and the form of its answers behind it.

    Parameters
    ----------
    model : onnx.ModelProto
        The file, which stays as it is.
    facts : OnnxFile
        What it says of itself.
    size : tuple of two int
        Height and width of its pictures.
    two : {None, "logits", "probabilities", "sigmoid"}
        Of which kind a single output is that becomes two classes, as in `second_of_two`; None leaves answers alone.

    Returns
    -------
    bytes
        An ONNX file of the new graph.
    """
    graph = model.graph
    constant = {tensor.name for tensor in graph.initializer}
    before = list(_pictures(facts, size))
    after = list(_answers(facts.output, two))
    inputs = [
        helper.make_tensor_value_info(MASKS, TensorProto.FLOAT, ["b", "d"]),
        helper.make_tensor_value_info(SUPERPIXELS, TensorProto.INT32, [size[0] * size[1]]),
        helper.make_tensor_value_info(HIDDEN, TensorProto.FLOAT, ["n", facts.channels, *size]),
        helper.make_tensor_value_info(DIFFERENCE, TensorProto.FLOAT, [1, facts.channels, *size]),
        *(value for value in graph.input if value.name in constant),  # as files of old list them
    ]
    constants = [
        numpy_helper.from_array(np.array([-1, 1, *size], dtype=np.int64), "lime.shape"),
        numpy_helper.from_array(np.array([0.5], dtype=np.float32), "lime.half"),
        numpy_helper.from_array(np.array([0.0], dtype=np.float32), "lime.zero"),
        numpy_helper.from_array(np.array([1.0], dtype=np.float32), "lime.one"),
    ]
    used = {name for node in (*before, *after) for name in node.input}
    composed = helper.make_graph(
        [*before, *graph.node, *after],
        "masked",
        inputs,
        [helper.make_tensor_value_info(ANSWERS, TensorProto.FLOAT, ["b", "k"])],
        [*graph.initializer, *(each for each in constants if each.name in used)],
    )
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    whole.graph.CopyFrom(composed)  # without what was known of shapes in between, which were those of one picture
    return bytes(whole.SerializeToString())


def _pictures(facts: OnnxFile, size: tuple[int, int]) -> Iterator[onnx.NodeProto]:
    """From masks to the network's own input."""
    yield helper.make_node("Gather", [MASKS, SUPERPIXELS], ["lime.looked_up"], axis=1)
    yield helper.make_node("Reshape", ["lime.looked_up", "lime.shape"], ["lime.shown"])
    yield helper.make_node("Mul", ["lime.shown", DIFFERENCE], ["lime.added"])
    yield helper.make_node("Add", [HIDDEN, "lime.added"], ["lime.pictures"])
    steps: list[Step] = []
    if facts.layout == "NHWC":
        steps.append(("Transpose", (), {"perm": [0, 2, 3, 1]}))
    if facts.dtype == "uint8":  # sums of whole numbers, but for rounding
        steps += [("Add", ("lime.half",), {}), ("Floor", (), {}), ("Cast", (), {"to": TensorProto.UINT8})]
    elif facts.dtype != "float32":
        steps.append(("Cast", (), {"to": _TYPES[facts.dtype]}))
    yield from _chain("lime.pictures", [*steps, ("Identity", (), {})], facts.input)


def _answers(output: str, two: str | None) -> Iterator[onnx.NodeProto]:
    """From the network's own output to (b, k)."""
    form: list[Step] = [("Cast", (), {"to": TensorProto.FLOAT}), ("Flatten", (), {"axis": 1})]
    if two is None:
        yield from _chain(output, form, ANSWERS)
        return
    yield from _chain(output, form, "lime.single")
    other = {
        "probabilities": helper.make_node("Sub", ["lime.one", "lime.single"], ["lime.other"]),
        "logits": helper.make_node("Mul", ["lime.zero", "lime.single"], ["lime.other"]),
        "sigmoid": helper.make_node("Neg", ["lime.single"], ["lime.other"]),
    }
    yield other[two]
    yield helper.make_node("Concat", ["lime.other", "lime.single"], [ANSWERS], axis=1)


def _chain(
    first: str, steps: Sequence[tuple[str, Sequence[str], dict[str, Any]]], last: str
) -> Iterator[onnx.NodeProto]:
    """Operators one behind the other, from the value `first` to the value `last`."""
    for number, (operator, further, settings) in enumerate(steps):
        name = last if number == len(steps) - 1 else f"{last}.lime{number}"
        yield helper.make_node(operator, [first, *further], [name], **settings)
        first = name
