"""What runs a masked ONNX graph: OpenVINO on a CPU, ONNX Runtime on a GPU or a CPU."""

from __future__ import annotations

import importlib
import importlib.util
import logging
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Outputs
from lime_core.ending import native_code
from lime_core.engines.openvino_engine import Run
from lime_core.engines.openvino_graph import HINTS, NotConverted, answers_of
from lime_core.onnx_models.masked_onnx import ANSWERS, INPUTS

log = logging.getLogger(__name__)


def has_cuda() -> bool:
    """Whether ONNX Runtime is installed with its part for CUDA.

    Returns
    -------
    bool
        False too where it is not installed.
    """
    if importlib.util.find_spec("onnxruntime") is None:
        return False
    return "CUDAExecutionProvider" in importlib.import_module("onnxruntime").get_available_providers()


@native_code()
def openvino_has_bf16() -> bool:
    """Whether OpenVINO calculates in bf16 on this processor.

    Returns
    -------
    bool
        False too where it is not installed.
    """
    try:
        core = importlib.import_module("openvino").Core()
    except (ImportError, OSError):
        return False
    return "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@native_code()
def by_openvino(graph: bytes, size: tuple[int, int], channels: int, precision: str) -> Run:
    """A graph on a CPU by OpenVINO.

    Parameters
    ----------
    graph : bytes
        As `masked` makes it.
    size : tuple of two int
        Height and width of its pictures.
    channels : {3, 1}
        Of its pictures.
    precision : {"f32", "bf16"}
        In which OpenVINO calculates.

    Returns
    -------
    Run
        Takes the inputs of `MaskedModel.forward`.

    Raises
    ------
    NotConverted
        When OpenVINO is not installed, has no bf16 on this processor, or cannot read the graph.
    """
    try:
        ov = importlib.import_module("openvino")
    except (ImportError, OSError) as error:
        raise NotConverted("OpenVINO is not installed") from error
    try:
        if precision == "bf16" and not openvino_has_bf16():
            raise NotConverted("OpenVINO has no bf16 on this processor")
        core = ov.Core()
        model = core.read_model(graph)
        pictures = [channels, *size]
        shapes = [[-1, -1], [size[0] * size[1]], [-1, *pictures], [1, *pictures]]
        model.reshape({name: ov.PartialShape(shape) for name, shape in zip(INPUTS, shapes, strict=True)})
        settings = {**HINTS, "INFERENCE_PRECISION_HINT": precision}
        return partial(answers_of, core.compile_model(model, "CPU", settings).create_infer_request())
    except NotConverted:
        raise
    except Exception as error:  # whatever OpenVINO does with operators that it does not know
        log.info("OpenVINO cannot run the graph", exc_info=True)
        raise NotConverted("OpenVINO could not read it") from error


@native_code()
def by_onnxruntime(graph: bytes, device: str) -> Run:
    """A graph by ONNX Runtime.

    Parameters
    ----------
    graph : bytes
        As `masked` makes it.
    device : str
        "cpu", "cuda" or "cuda:1".

    Returns
    -------
    Run
        Takes the inputs of `MaskedModel.forward`.

    Raises
    ------
    NotConverted
        When ONNX Runtime is not installed, not for this device, or cannot read the graph.
    """
    if importlib.util.find_spec("onnxruntime") is None:
        raise NotConverted("onnxruntime is not installed; install it")
    on_cpu = device == "cpu"
    if not on_cpu and not has_cuda():
        raise NotConverted("ONNX Runtime has no CUDA here; onnxruntime-gpu brings it")
    ort = importlib.import_module("onnxruntime")
    settings = ort.SessionOptions()
    settings.log_severity_level = 4  # it has an own way of saying things, to stderr
    where: list[Any] = ["CPUExecutionProvider"]
    if not on_cpu:
        # 19 bits instead of 32 are the default of its convolutions; f32 here means f32.
        number = int(device.partition(":")[2] or 0)
        where = [("CUDAExecutionProvider", {"device_id": number, "use_tf32": 0}), *where]
    try:
        # It would print of a fault, and go on with the CPU though a GPU was asked for.
        session = ort.InferenceSession(graph, settings, providers=where, enable_fallback=0)
        if not on_cpu and "CUDAExecutionProvider" not in session.get_providers():
            raise NotConverted(
                "ONNX Runtime could not start CUDA; its makers say which releases of CUDA and cuDNN it needs"
            )
    except NotConverted:
        raise
    except Exception as error:  # whatever ONNX Runtime does with operators that it does not know
        log.info("ONNX Runtime cannot run the graph", exc_info=True)
        raise NotConverted("ONNX Runtime could not read it; export it anew") from error

    def run(inputs: tuple[NDArray[Any], ...]) -> Outputs:
        try:
            [answers] = session.run([ANSWERS], dict(zip(INPUTS, inputs, strict=True)))
        except Exception as error:  # of its own types, none of which is known as want of memory
            raise RuntimeError(str(error)) from error
        return np.asarray(answers, dtype=np.float32)

    return run
