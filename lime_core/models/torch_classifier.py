"""Classifiers of torch modules: which device, which engine, and how many digits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from lime_core.arguments import is_a, one_of, shown
from lime_core.ending import native_code
from lime_core.engines.batch_size import Workload
from lime_core.engines.engine import Engine
from lime_core.engines.openvino_engine import OpenVinoEngine, bf16_in_hardware
from lime_core.engines.openvino_graph import NotConverted
from lime_core.engines.precision import near
from lime_core.engines.preprocessing import Preprocessing
from lime_core.engines.torch_engine import TorchEngine
from lime_core.errors import ModelUnavailable
from lime_core.features.early_layers import early_layers
from lime_core.models.answers import check_kind, check_unit, named, names_of
from lime_core.models.classifier import Classifier
from lime_core.models.module_answers import Asked, ModuleAnswers, kind_of

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
    kind: str | None = None,
    unit: str = "",
) -> Classifier:
    """A classifier from a torch module.

    The module is put into evaluation mode, its parameters are frozen, and it is moved to the device.

    Parameters
    ----------
    name : str
        By which it is known.
    module : nn.Module
        Takes normalised pictures (b, 3, h, w), or (b, 1, h, w) by its preprocessing, and returns (b, k), (b,), a tuple
        or list that has such a tensor first, or an object or dict that has it as `logits`.
    preprocessing : Preprocessing
        Its input size and normalisation.
    class_names : sequence of str
        One for each output, in their order; or none.  A single output takes one or two, as in `wrap_model`.
    device : str, default "auto"
        As torch names it; "auto" takes a CUDA GPU, then Apple's, then the CPU, and the CPU for the engine "openvino".
    precision : {"auto", "f32", "bf16"}
        "auto" is bf16 on CUDA GPUs that have it in hardware and, with OpenVINO, on CPUs with AMX, both only if it
        hardly changes the answers; f32 elsewhere.
    engine : {"auto", "torch", "torch.compile", "openvino"}
        "torch.compile" takes up to a minute of preparation at the first batch and is faster after it; "openvino" runs
        on a CPU only; "auto" is OpenVINO on a CPU if it can run the model, else torch.
    kind : {None, "logits", "probabilities", "sigmoid", "values"}
        What the module returns, as in `wrap_model`.  None takes what is certain: probabilities, where its last layer is
        a Sigmoid or its answers to noise lie in 0..1 and sum to one; logits, where two or more answers do not all lie
        in 0..1.
    unit : str, default ""
        What values are counted in, such as "years"; only with kind="values".

    Returns
    -------
    Classifier
        Its engine's description says what was taken, and why where OpenVINO could not be; its notice, from what the
        kind was guessed.

    Raises
    ------
    ValueError
        For an unknown precision or engine, a device that is not there, or OpenVINO on another device than the CPU; for
        an unknown kind, or none where none is certain, or a unit of what is no value; where there is another number of
        names than outputs, or the module cannot answer to pictures of the size and channels that its preprocessing
        makes.
    TypeError
        For names that are no sequence of str, what is no module, no Preprocessing, no name or no unit.
    BadScores
        When the module returns no tensor (b, k).
    ModelUnavailable
        When OpenVINO is asked for by name and cannot run the model.
    """
    is_a("name", name, str, "a str")
    is_a("module", module, nn.Module, "a torch module; wrap_model takes functions")
    is_a("preprocessing", preprocessing, Preprocessing, "a Preprocessing, such as Preprocessing(224, 224)")
    one_of("precision", precision, PRECISIONS)
    one_of("engine", engine, ENGINES)
    if kind is not None:
        check_kind(kind)
    target = device_of("cpu" if engine == "openvino" and device == "auto" else device)
    on_cpu = torch.device(target).type == "cpu"
    if engine == "openvino" and not on_cpu:
        raise ValueError(f"engine 'openvino' runs on the device 'cpu', got {device!r}")
    names = names_of(class_names)
    asked = Asked.about_noise(module, preprocessing, 4 if kind is None else 2)
    kind, notice = kind_of(asked, kind)
    check_unit(unit, kind)
    outputs = asked.answers.shape[1]
    names = named(names, outputs, kind)
    fingerprint = fingerprint_of(module, preprocessing, kind, unit)
    early = early_layers(module, preprocessing)
    if not asked.plain or (outputs == 1 and kind != "values"):
        module = ModuleAnswers(module, kind)

    def classifier(runs: Engine) -> Classifier:
        return Classifier(name, names, kind, preprocessing, runs, fingerprint, early, notice=notice, unit=unit)

    note = ""
    if on_cpu and engine in ("auto", "openvino"):
        try:
            return classifier(
                precise(
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
        precise(
            lambda digits: TorchEngine(
                module, mean, std, target, digits, workload, note, compiled, preprocessing.order
            ),
            precision,
            fast,
            preprocessing,
        )
    )


def precise(make: Callable[[str], Engine], precision: str, fast: bool, preprocessing: Preprocessing) -> Engine:
    """Make the engine of a precision.

    Parameters
    ----------
    make : callable
        "f32" or "bf16" to an engine; its errors pass, but for bf16 that "auto" cannot have.
    precision : {"auto", "f32", "bf16"}
        "auto" takes bf16 where the hardware is fast at it and it hardly changes the weights, see `near`; else f32.
    fast : bool
        Whether the hardware is fast at bf16; where it is not, "auto" makes f32 alone.
    preprocessing : Preprocessing
        The size of the pictures with which it is tried.

    Returns
    -------
    Engine
        The one that was chosen.
    """
    if precision != "auto":
        return make(precision)
    exact = make("f32")
    if not fast:
        return exact
    try:
        rough = make("bf16")
    except (NotConverted, ModelUnavailable):  # whoever asks for bf16 by name hears it
        return exact
    return rough if near(rough, exact, preprocessing.height, preprocessing.width) else exact


def device_of(device: str) -> str:
    """The device that a name stands for.

    Parameters
    ----------
    device : str
        As torch names it, or "auto".

    Returns
    -------
    str
        The same name; for "auto" "cuda", "mps" or "cpu", the first that torch has here.

    Raises
    ------
    ValueError, TypeError
        When it is not on this machine, or is no name.
    """
    is_a("device", device, str, "the name of a device, such as 'cpu'")
    if device == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, ImportError) as error:
        raise ValueError(f"device {shown(device)} is not on this machine; use 'auto' or 'cpu'") from error
    return device


def fingerprint_of(module: nn.Module, preprocessing: Preprocessing, kind: str, unit: str = "") -> str:
    """The fingerprint of the classifier that is made of a module.

    Parameters
    ----------
    module : nn.Module
        The module itself, before anything is put around it.
    preprocessing : Preprocessing
        Its input size and normalisation.
    kind, unit : str
        Those of the classifier.

    Returns
    -------
    str
        SHA-256 of layers, weights, preprocessing and kind.
    """
    # Weights alone do not tell models apart: layers without any, or another crop, answer differently.
    checksum = hashlib.sha256(repr((module, preprocessing)).encode())
    if kind != "logits":  # what all modules were taken for once
        checksum.update((kind + unit).encode())
    for key, tensor in sorted(module.state_dict().items()):
        checksum.update(key.encode())
        checksum.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).tobytes())
    return checksum.hexdigest()
