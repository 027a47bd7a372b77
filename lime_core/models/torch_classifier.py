"""Classifiers of torch modules: which device, which engine, and how many digits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from lime_core.ending import native_code
from lime_core.engines.batch_size import Workload
from lime_core.engines.engine import Engine
from lime_core.engines.openvino_engine import OpenVinoEngine, bf16_in_hardware
from lime_core.engines.openvino_graph import NotConverted
from lime_core.engines.precision import near
from lime_core.engines.preprocessing import Preprocessing
from lime_core.engines.torch_engine import TorchEngine
from lime_core.errors import ModelUnavailable
from lime_core.models.classifier import Classifier
from lime_core.models.early_layers import early_layers

PRECISIONS = ("auto", "f32", "bf16")
ENGINES = ("auto", "torch", "torch.compile", "openvino")


@native_code()
def torch_classifier(
    name: str,
    module: nn.Module,
    preprocessing: Preprocessing,
    class_names: Sequence[str],
    device: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
) -> Classifier:
    """A classifier from a torch module.

    The module is put into evaluation mode, its parameters are frozen, and it is moved to the device.

    Parameters
    ----------
    name : str
        By which it is known.
    module : nn.Module
        Takes normalised pictures (b, 3, h, w) and returns logits (b, k).
    preprocessing : Preprocessing
        Its input size and normalisation.
    class_names : sequence of str
        In the order of the logits.
    device : str, default "auto"
        As torch names it; "auto" takes a CUDA GPU, then Apple's, then the CPU, and the CPU for the engine "openvino".
    precision : {"auto", "f32", "bf16"}
        "auto" is bf16 on CUDA GPUs that have it in hardware and, with OpenVINO, on CPUs with AMX, both only if it
        hardly changes the answers; f32 elsewhere.
    engine : {"auto", "torch", "torch.compile", "openvino"}
        "torch.compile" takes up to a minute of preparation at the first batch and is faster after it; "openvino" runs
        on a CPU only; "auto" is OpenVINO on a CPU if it can run the model, else torch.

    Returns
    -------
    Classifier
        Its engine's description says what was taken, and why where OpenVINO could not be.

    Raises
    ------
    ValueError
        For an unknown precision or engine, a device that is not there, or OpenVINO on another device than the CPU.
    ModelUnavailable
        When OpenVINO is asked for by name and cannot run the model.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, got {precision!r}")
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, got {engine!r}")
    target = _device("cpu" if engine == "openvino" and device == "auto" else device)
    on_cpu = torch.device(target).type == "cpu"
    if engine == "openvino" and not on_cpu:
        raise ValueError(f"engine 'openvino' runs on the device 'cpu', got {device!r}")
    fingerprint = _fingerprint(module, preprocessing)
    early = early_layers(module, preprocessing)

    def classifier(runs: Engine) -> Classifier:
        return Classifier(name, tuple(class_names), "logits", preprocessing, runs, fingerprint, early)

    note = ""
    if on_cpu and engine in ("auto", "openvino"):
        try:
            return classifier(
                _precise(
                    lambda digits: OpenVinoEngine(module, preprocessing, digits, fingerprint),
                    precision,
                    bf16_in_hardware(),
                    preprocessing,
                )
            )
        except NotConverted as error:
            if engine == "openvino":
                raise ModelUnavailable(f"{name} does not run on OpenVINO: {error}. Choose another engine.") from error
            note = str(error)
    workload = Workload(preprocessing.height, preprocessing.width, fingerprint)
    mean, std, compiled = preprocessing.mean, preprocessing.std, engine == "torch.compile"
    fast = target.startswith("cuda") and torch.cuda.is_bf16_supported(including_emulation=False)
    return classifier(
        _precise(
            lambda digits: TorchEngine(module, mean, std, target, digits, workload, note, compiled),
            precision,
            fast,
            preprocessing,
        )
    )


def _precise(make: Callable[[str], Engine], precision: str, fast: bool, preprocessing: Preprocessing) -> Engine:
    """The engine of this precision; auto takes bf16 where the hardware is `fast` at it and answers hardly change."""
    if precision != "auto":
        return make(precision)
    exact = make("f32")
    if fast and near(rough := make("bf16"), exact, preprocessing.height, preprocessing.width):
        return rough
    return exact


def _device(device: str) -> str:
    if device == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device {device!r} is not on this machine; use 'auto' or 'cpu'") from error
    return device


def _fingerprint(module: nn.Module, preprocessing: Preprocessing) -> str:
    # Weights alone do not tell models apart: layers without any, or another crop, answer differently.
    checksum = hashlib.sha256(repr((module, preprocessing)).encode())
    for key, tensor in sorted(module.state_dict().items()):
        checksum.update(key.encode())
        checksum.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).tobytes())
    return checksum.hexdigest()
