"""Want of memory of ONNX Runtime is known as such, so that it is asked for less."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from lime_core.engines.batch_size import within_memory
from lime_core.onnx_models.masked_onnx import ANSWERS, INPUTS, MASKS
from lime_core.onnx_models.runtimes import by_onnxruntime
from tests.support.onnx_files import constant, model_of, value

SHAPES = {"lime.masks": ("b", "d"), "lime.superpixels": (4,), "lime.hidden": ("n", 3, 2, 2)}


def wanting(each):
    """A graph that makes so many numbers for each sample and superpixel."""
    node = helper.make_node
    steps = [
        node("Shape", [MASKS], ["shape"]),
        node("Mul", ["shape", "each"], ["wanted"]),
        node("ConstantOfShape", ["wanted"], [ANSWERS]),
    ]
    types = {"lime.superpixels": TensorProto.INT32}
    inputs = [value(name, SHAPES.get(name, (1, 3, 2, 2)), types.get(name, TensorProto.FLOAT)) for name in INPUTS]
    each = constant("each", np.array([1, each]))
    return model_of(steps, inputs, [value(ANSWERS, ("b", "k"))], [each]).SerializeToString()


def asked(run):
    pictures = np.zeros((1, 3, 2, 2), dtype=np.float32)
    return run((np.zeros((2, 3), dtype=np.float32), np.zeros(4, dtype=np.int32), pictures, pictures))


def test_what_wants_more_memory_than_there_is_says_so(capfd):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    assert asked(by_onnxruntime(wanting(5), "cpu")).shape == (2, 15)
    much = by_onnxruntime(wanting(2**48), "cpu")
    assert within_memory(lambda: asked(much)) is None
    assert capfd.readouterr() == ("", "")


def test_another_error_passes():
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    run = by_onnxruntime(wanting(5), "cpu")
    nothing = np.zeros(4, dtype=np.float32)
    with pytest.raises(RuntimeError, match=r"lime\.masks"):
        within_memory(lambda: run((nothing, nothing, nothing, nothing)))
