"""Classifiers of torch modules: which device, which engine, and how many digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from lime_core.arguments import is_a, one_of
from lime_core.arrays import Pixels
from lime_core.devices.device import device_of
from lime_core.devices.digits import fewest_digits, remembered
from lime_core.devices.torch_engine import TorchEngine
from lime_core.ending import native_code
from lime_core.engines.batch_size import Workload
from lime_core.engines.engine import Engine
from lime_core.engines.openvino_engine import OpenVinoEngine, bf16_in_hardware
from lime_core.engines.openvino_graph import NotConverted
from lime_core.engines.precision import NEAR, rounding, soft_colors
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import ModelUnavailable
from lime_core.features.early_layers import early_layers
from lime_core.fingerprints.fingerprint import fingerprint_of
from lime_core.models.answers import check_kind, check_unit, named, names_of
from lime_core.models.classifier import Classifier
from lime_core.models.module_answers import Asked, ModuleAnswers, kind_of
from lime_core.networks.own import Fresh, own_copy
from lime_core.networks.running import Contiguous, OneByOne
from lime_core.pictures.gallery import GALLERY, gallery_picture
from lime_core.version import versions

PRECISIONS = ("auto", "f32", "tf32", "f16", "bf16")

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

    The classifier has a copy of the module, in evaluation mode and on the device, so the weights are there twice in
    memory unless the module is let go of, and what happens to it later changes nothing.  A module that cannot be copied
    is used itself: it is put into evaluation mode before each run as far as possible, frozen and moved to the device,
    and must not be changed.

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
    precision : {"auto", "f32", "tf32", "f16", "bf16"}
        See `digits`; a CPU has f32 and bf16.  "auto" is the first of f16, tf32 and f32 on CUDA GPUs that moves no
        weight by more than 0.2 standard errors in a check; with OpenVINO on CPUs with AMX bf16, if it hardly changes
        the answers; f32 elsewhere.
    engine : {"auto", "torch", "torch.compile", "openvino"}
        "torch.compile" takes up to a minute of preparation at the first batch and is faster after it; "openvino" runs
        on a CPU only; "auto" is OpenVINO on a CPU if it can run the model, else torch, which on a CUDA GPU is compiled
        in the background once it is worth it.
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
        kind was guessed, and whether the module answers differently from time to time, or mixes the pictures of a
        batch: such a one is asked about one at a time.

    Raises
    ------
    ValueError
        For an unknown precision or engine, one that the device does not have, or a device that is not there; for
        an unknown kind, or none where none is certain, or a unit of what is no value; where there is another number of
        names than outputs, or the module cannot answer to pictures of the size and channels that its preprocessing
        makes, as one of 16 or 64 bits, or is quantized.
    TypeError
        For names that are no sequence of str, what is no module, no Preprocessing, no name or no unit.
    BadScores
        When the module returns no tensor (b, k); for one picture (k,) or () will do.
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
    if target.startswith("meta"):
        raise ValueError("device 'meta' holds no numbers to answer with; use 'auto' or 'cpu'")
    if precision not in precisions_of(target):
        raise ValueError(f"precision {precision!r} is not to be had on {target}; use 'auto' or 'f32'")
    names = names_of(class_names)
    if any("quantized" in type(part).__module__ for part in module.modules()):
        raise ValueError(
            "module is quantized, and its weights cannot be read: give the one that it was made of; precision= says "
            "how many digits are calculated with"
        )
    brought = not isinstance(module, Fresh)
    own = module.module if isinstance(module, Fresh) else own_copy(module)
    asked = Asked.about_noise(own, preprocessing, 4 if kind is None else 2, brought)
    tried = asked.tried
    kind, notice = kind_of(asked, kind)
    notice = " ".join(filter(None, (notice, tried.notice)))
    check_unit(unit, kind)
    outputs = asked.answers.shape[1]
    names = named(names, outputs, kind)
    # Of what was given, which may be known by another name than its copy; one that had not run yet has no weights.
    known = module if brought and not any(map(is_lazy, module.parameters())) else own
    fingerprint = fingerprint_of(known, preprocessing, kind, unit)
    network = Contiguous(own) if tried.contiguous else own
    early = early_layers(network, preprocessing)
    if not asked.plain or tried.squeezes or (outputs == 1 and kind != "values"):
        network = ModuleAnswers(network, kind)

    def classifier(runs: Engine) -> Classifier:
        return Classifier(name, names, kind, preprocessing, runs, fingerprint, early, notice=notice, unit=unit)

    note = ""
    if on_cpu and engine in ("auto", "openvino"):
        try:
            return classifier(
                precise(
                    lambda digits: OpenVinoEngine(network, preprocessing, digits, fingerprint, tried.mixes),
                    precision,
                    bf16_in_hardware(),
                    preprocessing,
                    f"{fingerprint} · OpenVINO {versions().get('openvino')}",
                )
            )
        except NotConverted as error:
            if engine == "openvino":
                raise ModelUnavailable(f"{name} does not run on OpenVINO: {error}. Choose another engine.") from error
            note = str(error)
    workload = Workload(preprocessing.height, preprocessing.width, fingerprint)
    on_cuda, first = target.startswith("cuda"), engine == "torch.compile"
    compiled = "first" if first else "meanwhile" if on_cuda and engine == "auto" else "never"
    if tried.mixes:  # compiled, it would be there once for each picture of a batch
        network, compiled, note = OneByOne(network), "never", "; ".join(filter(None, (note, "one picture at a time")))

    def by_torch(digits: str, found: str = "") -> TorchEngine:
        notes = "; ".join(filter(None, (note, found)))
        mean, std, order = preprocessing.mean, preprocessing.std, preprocessing.order
        how = "never" if on_cuda and precision == "auto" and not found else compiled  # without a finding it is tried
        return TorchEngine(network, mean, std, target, digits, workload, notes, how, order)

    if on_cuda and precision == "auto":
        card = f"{fingerprint} · {torch.cuda.get_device_name(target)} · torch {torch.__version__}"
        return classifier(fewest_digits(by_torch, lambda made: made.unpadded, partial(_tried, preprocessing), card))
    return classifier(by_torch("f32" if precision == "auto" else precision))


def precisions_of(device: str = "auto") -> tuple[str, ...]:
    """The precisions that torch modules have on a device; `model_precisions` knows those of any model by name.

    Parameters
    ----------
    device : str, default "auto"
        As torch names it, or "auto" for the one that models run on here.

    Returns
    -------
    tuple of str
        Of `PRECISIONS`; "auto" first.

    Raises
    ------
    ValueError, TypeError
        When the device is not on this machine, or is no name.
    """
    missing = {"cuda": (), "mps": ("tf32",)}.get(device_of(device).split(":")[0], ("tf32", "f16"))
    return tuple(name for name in PRECISIONS if name not in missing)


def _tried(preprocessing: Preprocessing) -> list[Pixels]:
    """Three pictures of noise and those of the gallery, as a model sees them."""
    rng, size = np.random.default_rng(0), (preprocessing.height, preprocessing.width)
    noise = [soft_colors(rng, *size) for _ in range(3)]
    return noise + [preprocessing.view(gallery_picture(name).pixels) for name in GALLERY]


def precise(
    make: Callable[[str], Engine], precision: str, fast: bool, preprocessing: Preprocessing, key: str = ""
) -> Engine:
    """Make the engine of a precision.

    Parameters
    ----------
    make : callable
        "f32" or "bf16" to an engine; its errors pass, but for bf16 that "auto" cannot have.
    precision : {"auto", "f32", "bf16"}
        "auto" takes bf16 where the hardware is fast at it and it hardly changes the scores, see `rounding`; else f32.
    fast : bool
        Whether the hardware is fast at bf16; where it is not, "auto" makes f32 alone.
    preprocessing : Preprocessing
        The size of the pictures with which it is tried.
    key : str, default ""
        Names the model and the engine, so that it is tried once, see `remembered`.

    Returns
    -------
    Engine
        The one that was chosen.
    """
    if precision != "auto":
        return make(precision)
    if not fast:
        return make("f32")
    made = cache(make)
    size = preprocessing.height, preprocessing.width
    try:
        found = remembered(key, "bf16", lambda: rounding(made("bf16"), made("f32"), *size))
        return made("bf16" if found <= NEAR else "f32")
    except (NotConverted, ModelUnavailable):  # whoever asks for bf16 by name hears it
        return made("f32")
