"""Classifiers of ONNX files: which runtime, how many digits, and what their answers are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx

from lime_core.arguments import is_a, one_of, path_of, shown
from lime_core.devices.device import device_of
from lime_core.engines.openvino_engine import GraphEngine, Run, bf16_in_hardware
from lime_core.engines.openvino_graph import NotConverted
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable
from lime_core.models.answers import check_kind, check_unit, named, names_of
from lime_core.models.classifier import Classifier
from lime_core.models.module_answers import kind_of
from lime_core.models.torch_classifier import PRECISIONS, precise
from lime_core.onnx_models.masked_onnx import masked
from lime_core.onnx_models.onnx_file import OnnxFile, facts_of
from lime_core.onnx_models.onnx_proto import load_proto, refused, sha256_of
from lime_core.onnx_models.runtimes import by_onnxruntime, by_openvino, has_cuda, openvino_has_bf16
from lime_core.onnx_models.trials import asked_about_noise, check_run, takes_many
from lime_core.version import versions

ONNX_ENGINES = ("auto", "openvino", "onnxruntime")


def onnx_classifier(
    name: str,
    file: str | Path,
    preprocessing: Preprocessing,
    class_names: Sequence[str] = (),
    device: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
    kind: str | None = None,
    unit: str = "",
) -> Classifier:
    """A classifier from an ONNX file, in whose graph superpixels are hidden.

    Parameters
    ----------
    name : str
        By which it is known.
    file : str or Path
        The file; it takes pictures (b, c, h, w) or (b, h, w, c) of floats or uint8, one or any number at a time, and
        answers with (b, k), (b,) or (b, k, 1, 1).
    preprocessing : Preprocessing
        Its input size and normalisation; no file says the latter.
    class_names : sequence of str, default ()
        One for each number that it answers with, in their order; or none.  A single one takes one or two, as in
        `wrap_model`.  Of several outputs the first with as many numbers is explained, without names the first that is
        numbers for each picture; the notice says which.
    device : str, default "auto"
        "cpu", "cuda" or "cuda:1"; "auto" takes a CUDA GPU where ONNX Runtime can use it, else the CPU.
    precision : {"auto", "f32", "bf16"}
        "auto" is bf16 with OpenVINO on CPUs with AMX, if it hardly changes the answers; f32 elsewhere.  bf16 is
        OpenVINO's alone, see `onnx_precisions`.
    engine : {"auto", "openvino", "onnxruntime"}
        "auto" is ONNX Runtime on a GPU, and on a CPU OpenVINO if it can run the file, else ONNX Runtime.
    kind : {None, "logits", "probabilities", "sigmoid", "values"}
        What it answers with, as in `torch_classifier`; None takes what is certain.
    unit : str, default ""
        Of values, such as "years".

    Returns
    -------
    Classifier
        Without early layers: superpixels are described by color and texture.

    Raises
    ------
    ModelUnavailable
        When the file cannot be read, is no model that answers to pictures, or cannot be run; says why.
    ValueError
        For an unknown precision or engine, a device that is not there or not the engine's, an unknown kind or none
        where none is certain, another number of names than of outputs, or a preprocessing of another size or number of
        channels than the file's.
    TypeError
        For names that are no sequence of str, what is no Preprocessing, no path or no name.
    """
    is_a("name", name, str, "a str")
    is_a("preprocessing", preprocessing, Preprocessing, "a Preprocessing, such as Preprocessing(224, 224)")
    one_of("precision", precision, PRECISIONS)
    one_of("engine", engine, ONNX_ENGINES)
    if kind is not None:
        check_kind(kind)
    check_unit(unit, kind or "values")
    names = names_of(class_names)
    path = path_of("file", file)
    model = load_proto(path)
    facts = facts_of(path, model, len(names))
    _check_pictures(facts, preprocessing)
    targets = _devices(device, engine)
    if precision in ("tf32", "f16"):
        raise ValueError(f"precision {precision!r} is not to be had for an ONNX file; use 'auto' or 'f32'")
    if precision == "bf16" and (targets[0] != "cpu" or engine == "onnxruntime"):
        raise ValueError("precision 'bf16' of an ONNX file is OpenVINO's, on the device 'cpu'")
    graphs = _Graphs(name, model, facts, preprocessing, targets, engine)
    raw = graphs.engine("f32")
    asked = asked_about_noise(raw, facts, preprocessing)
    if kind is None and not np.isfinite(asked.answers).all():
        raise refused(path, "answers with NaN or infinity, so its numbers are damaged or of a broken training")
    kind, notice = kind_of(asked, kind)
    check_unit(unit, kind)
    if facts.others:
        listed = ", ".join(shown(printable(other)) for other in facts.others[:5])
        which = f"Of its outputs {shown(printable(facts.output))} is explained, not {listed}"
        notice = f"{notice} {which}; class_names choose the one with as many numbers.".strip()
    outputs = asked.answers.shape[1]
    names = named(names, outputs, kind)
    two = kind if outputs == 1 and kind != "values" else None

    def make(digits: str) -> GraphEngine:
        return raw if digits == "f32" and two is None else graphs.engine(digits, two)

    fast = raw.description.startswith("OpenVINO") and bf16_in_hardware()
    parts = graphs.digest, preprocessing, kind, *([unit] if unit else []), *([] if facts.first else [facts.output])
    fingerprint = hashlib.sha256(repr(parts).encode()).hexdigest()
    runs = precise(make, precision, fast, preprocessing, f"{fingerprint} · OpenVINO {versions().get('openvino')}")
    return Classifier(name, names, kind, preprocessing, runs, fingerprint, notice=notice, unit=unit)


def onnx_precisions(device: str = "auto") -> tuple[str, ...]:
    """The precisions that ONNX files have on a device.

    Parameters
    ----------
    device : str, default "auto"
        As for `onnx_classifier`.

    Returns
    -------
    tuple of str
        "auto", "f32", and on a CPU "bf16" where OpenVINO is installed and has it: with AVX-512, for one.

    Raises
    ------
    ValueError, TypeError
        As `onnx_classifier` for a device.
    """
    on_cpu = _devices(device, "auto")[0] == "cpu"
    return ("auto", "f32", "bf16") if on_cpu and openvino_has_bf16() else ("auto", "f32")


class _Graphs:
    """The masked graphs of a file: as it answers itself, or with a single output as two classes."""

    def __init__(
        self,
        name: str,
        model: onnx.ModelProto,
        facts: OnnxFile,
        seen: Preprocessing,
        targets: tuple[str, ...],
        engine: str,
    ) -> None:
        self._name, self._model, self._facts, self._seen = name, model, facts, seen
        self._targets, self._engine = targets, engine
        self._single: bool | None = None
        self._notes: tuple[str, ...] = ()
        self.digest = sha256_of(model)

    def engine(self, digits: str, two: str | None = None) -> GraphEngine:
        """An engine; `two` is the kind of a single output that becomes two classes."""
        size = self._seen.height, self._seen.width
        graph = masked(self._model, self._facts, size, two)
        if (target := self._targets[0]) != "cpu":
            try:
                run = by_onnxruntime(graph, target)
                check_run(run, self._seen)
                return self._of(run, f"ONNX Runtime · {target} · f32", 512)
            except NotConverted as error:
                if len(self._targets) == 1:
                    raise self._refused(f"here: {error}") from error
                self._targets, self._notes = self._targets[1:], (str(error),)
        notes = self._notes
        if self._engine != "onnxruntime":
            try:
                run = by_openvino(graph, size, self._seen.channels, digits)
                return self._of(run, f"OpenVINO · CPU · {digits}{_noted(notes)}", 64)
            except NotConverted as error:
                if self._engine == "openvino" or digits != "f32":
                    raise self._refused(f"on OpenVINO: {error}. Choose another engine or precision") from error
                notes = (*notes, str(error))
        try:
            return self._of(by_onnxruntime(graph, "cpu"), f"ONNX Runtime · CPU · f32{_noted(notes)}", 64)
        except NotConverted as error:
            raise self._refused(f"here: {'; '.join((*notes, str(error)))}") from error

    def _of(self, run: Run, description: str, largest: int) -> GraphEngine:
        if self._single is None:  # by the first graph, of f32: numbers of fewer digits differ with the batch anyhow
            self._single = not takes_many(run, self._seen)
        return GraphEngine(run, self._seen, description, self.digest, self._single, largest)

    def _refused(self, why: str) -> ModelUnavailable:
        return ModelUnavailable(f"{self._name} does not run {why}.")


def _noted(notes: tuple[str, ...]) -> str:
    return f" ({'; '.join(notes)})" if notes else ""


def _check_pictures(facts: OnnxFile, seen: Preprocessing) -> None:
    """Raise ValueError where the preprocessing makes other pictures than the file takes."""
    for axis, own, made in (
        ("height", facts.height, seen.height),
        ("width", facts.width, seen.width),
        ("channels", facts.channels, seen.channels),
    ):
        if own not in (None, made):
            raise ValueError(f"preprocessing must have {axis} {own}, as the ONNX file says, got {made}")
    whole = all(mean == 0 and abs(255 * std - 1) < 1e-6 for mean, std in zip(seen.mean, seen.std, strict=True))
    if facts.dtype == "uint8" and not whole:
        raise ValueError("preprocessing must have mean 0 and std 1/255, for the ONNX file takes whole numbers 0..255")


def _devices(device: str, engine: str) -> tuple[str, ...]:
    """Where a file runs, "cpu" or a CUDA device; "auto" takes the second where the first does not work."""
    is_a("device", device, str, "the name of a device, such as 'cpu'")
    if device == "auto":
        gpu = engine != "openvino" and has_cuda() and device_of(device) == "cuda"
        return ("cuda", "cpu") if gpu else ("cpu",)
    if device == "cpu" or (re.fullmatch(r"cuda(:\d+)?", device) and engine != "openvino" and has_cuda()):
        return (device,)
    raise ValueError(
        f"device {shown(device)} cannot run an ONNX file here; use 'auto' or 'cpu', or install onnxruntime-gpu for it"
    )
