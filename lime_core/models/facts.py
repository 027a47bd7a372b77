"""The facts of a model: what results of several processes must have in common, and what tells torch modules apart."""

from __future__ import annotations

import dis
import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.fx import GraphModule
from torch.jit import ScriptModule

from lime_core.arguments import is_a
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import LimeError
from lime_core.models.classifier import Classifier
from lime_core.version import versions


@dataclass(frozen=True)
class ModelFacts:
    """What a job has to know of a model: two models with the same facts give the same results.

    The code of a function is in no fingerprint: its name vouches for it (`wrap_model`); one without is like no other.

    Parameters
    ----------
    name, fingerprint : str
        Those of the classifier.
    engine : str
        Its description, which names device and precision.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What its outputs are, see `scores`.
    class_names : str, default ""
        SHA-256 of the names of its classes, which results hold.
    token : str, default ""
        Random, of a function without a name.
    versions : tuple of (str, str), default ()
        Name and version of the packages where it runs.
    """

    name: str
    fingerprint: str
    engine: str
    kind: str
    class_names: str = ""
    token: str = ""
    versions: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(model: Classifier) -> ModelFacts:
        """The facts of a classifier in this process.

        Parameters
        ----------
        model : Classifier
            Any.

        Returns
        -------
        ModelFacts
            With the versions of the packages that are installed here.
        """
        is_a("model", model, Classifier, "a Classifier, as load_model and wrap_model give")
        names = hashlib.sha256(json.dumps(model.class_names).encode()).hexdigest()
        facts = model.name, model.fingerprint, model.engine.description, model.kind, names, model.token
        return ModelFacts(*facts, tuple(versions(model.engine.description).items()))

    def check_same(self, other: ModelFacts) -> None:
        """Raise LimeError when another process has a model of other facts.

        Parameters
        ----------
        other : ModelFacts
            The facts in the other process.

        Raises
        ------
        LimeError
            Says what differs: functions without a name, the engine, the versions of packages, or the model.
        """
        if self == other:
            return
        if self.token != other.token:
            problem = f"have functions without a name ({self.name}) as models, which may differ; give wrap_model a name"
        elif self.engine != other.engine:
            ways = f"{self.engine} and {other.engine}"
            problem = f"run the model in different ways ({ways}); name the device and the precision"
        elif differing := sorted({name for name, _ in set(self.versions) ^ set(other.versions)}):
            problem = f"have different versions of {', '.join(differing)}; install the same ones"
        else:
            problem = f"have different models ({self.name} and {other.name}); give all of them one"
        raise LimeError(f"The processes whose results belong together {problem}.")


_PUBLISHED = ("torch", "torchvision", "timm", "efficientnet_lite_pytorch")
"""Packages whose layers are told apart by their names, settings in `repr` and weights."""


def fingerprint_of(module: nn.Module, preprocessing: Preprocessing, kind: str, unit: str = "") -> str:
    """The fingerprint of the classifier that is made of a module.

    Of layers whose class is somebody's own it holds plain attributes and functions, all buffers, and the code of
    `forward` with the functions and plain constants of its file that it names; what it reaches otherwise is not seen.

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
        SHA-256 of layers, weights, preprocessing and kind; the same in every process.
    """
    # Weights alone do not tell models apart: layers without any, or another crop, answer differently.
    checksum = hashlib.sha256(repr((module, preprocessing)).encode())
    if kind != "logits":  # what all modules were taken for once
        checksum.update((kind + unit).encode())
    weights = module.state_dict()
    for key, value in sorted(weights.items()):
        checksum.update(key.encode())
        checksum.update(_bytes(value) if isinstance(value, Tensor) else repr(value).encode())  # of `get_extra_state`
    for name, part in module.named_modules():
        if isinstance(part, GraphModule | ScriptModule):  # one class for all that were traced
            checksum.update(f"{name} {part.code}".encode())
        if not _published(type(part)):
            for text in _own(part):
                checksum.update(f"{name} {text}".encode(errors="surrogatepass"))
            for key, tensor in part.named_buffers(name, recurse=False):
                if key not in weights:
                    checksum.update(key.encode() + _bytes(tensor))
    return checksum.hexdigest()


def _bytes(tensor: Tensor) -> bytes:
    exact = tensor.float() if tensor.dtype == torch.bfloat16 else tensor  # which NumPy does not have
    return np.ascontiguousarray(exact.detach().cpu().numpy()).tobytes()


def _published(thing: type | FunctionType) -> bool:
    return (thing.__module__ or "").split(".")[0] in _PUBLISHED


def _own(part: nn.Module) -> Iterator[str]:
    """What a layer of somebody's own class says of itself, beside its weights."""
    mine = {key: value for key, value in sorted(vars(part).items()) if key not in _of_every_module}
    answering: set[str] = set()  # what is set while it answers, such as a count of its calls, is no setting
    for name, told, code in _reached(type(part), mine):
        yield f"{name}: {told}"
        if code is not None:
            answering |= {str(step.argval) for step in dis.get_instructions(code) if step.opname == "STORE_ATTR"}
    for key, value in mine.items():
        if key not in answering and _plain(value):
            yield f"{key} = {_told(value)}"
        elif key not in answering and hasattr(value, "__qualname__"):  # such as torch.relu
            yield f"{key} = {value.__qualname__}"


_of_every_module = frozenset(vars(nn.Module()))


def _reached(kind: type, mine: Mapping[str, object]) -> Iterator[tuple[str, str, CodeType | None]]:
    """What `forward` and the functions of a layer name: name, text and, of a function, its code."""
    owners = [owner for owner in kind.__mro__ if not _published(owner)]
    waiting = [("forward", vars(owner).get("forward")) for owner in owners]
    waiting += [(key, value) for key, value in mine.items() if not _plain(value)]
    seen: set[object] = set()
    while waiting:
        name, thing = waiting.pop(0)
        thing = getattr(thing, "fget", getattr(thing, "__func__", thing))  # of properties and methods
        function = inspect.unwrap(thing) if callable(thing) else thing
        if isinstance(function, FunctionType) and not _published(function) and function not in seen:
            seen.add(function)
            yield name, _text(function), function.__code__
            outside, closure = function.__globals__, _closure(function)
            for key in sorted({*_names(function.__code__), *closure}):
                waiting += [(key, vars(owner)[key]) for owner in owners if key in vars(owner)]
                near = closure.get(key, outside.get(key))
                if key in closure or getattr(near, "__module__", function.__module__) == function.__module__:
                    waiting.append((key, near))
        elif function is not None and name != "forward" and _plain(function):
            yield name, _told(function), None


def _closure(function: FunctionType) -> dict[str, object]:
    found = {}
    for key, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # nothing is in it yet
            found[key] = cell.cell_contents
    return found


def _names(code: CodeType) -> set[str]:
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def _text(function: FunctionType) -> str:
    """Its source, or what it was compiled to where there is none, or where others stand in the same line."""
    if function.__name__ != "<lambda>":
        with suppress(OSError, TypeError):
            return inspect.getsource(function)
    return _told(function.__code__)


def _plain(value: object) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_plain, value))
    return value is None or isinstance(value, bool | int | float | complex | str | bytes | np.generic)


def _told(value: Any) -> str:
    """A text of a plain value or of code that is the same in every process: no address, no order of a set."""
    if isinstance(value, CodeType):
        return f"{value.co_code.hex()} {value.co_names} {value.co_varnames} {_told(value.co_consts)}"
    if isinstance(value, tuple | list):
        return f"{type(value).__name__}({', '.join(map(_told, value))})"
    return str(sorted(map(_told, value))) if isinstance(value, frozenset) else repr(value)
