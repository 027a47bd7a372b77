"""The fingerprint of a torch module: two with the same one answer alike, in this process and in any other."""

from __future__ import annotations

import hashlib
import inspect
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import FunctionType, MethodType
from typing import Any

from torch import Tensor, nn
from torch.fx import GraphModule
from torch.jit import ScriptModule

from lime_core.engines.preprocessing import Preprocessing
from lime_core.fingerprints.plain import is_plain, tensor_bytes
from lime_core.fingerprints.sources import names_in
from lime_core.fingerprints.telling import Telling

_PUBLISHED = ("torch", "torchvision", "timm", "efficientnet_lite_pytorch")
"""Packages whose layers are told apart by their names, settings in `repr` and weights."""

_HOOKS = ("_forward_pre_hooks", "_forward_hooks")
_CONTAINERS = (dict, list, set, bytearray, deque)
_OF_EVERY_MODULE = frozenset(vars(nn.Module()))


def fingerprint_of(module: nn.Module, preprocessing: Preprocessing, kind: str, unit: str = "") -> str:
    """The fingerprint of the classifier that is made of a module.

    Of layers whose class is somebody's own it holds all attributes and buffers, but for those that are set or filled
    while it answers, such as a count of its calls; and the code of `forward` with what it names: functions, classes,
    numbers, texts, arrays and tensors, in containers and in objects of one's own, also in other files that are no part
    of a package.  Hooks are seen on any layer.  Of packages it holds the names that are used, not their code: their
    versions are facts of a job.  What comes from files or the network while it answers, and objects of compiled types,
    are not seen.

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
    telling = Telling(lambda met: _text(met, telling))
    for part in _parts(module, telling, _is_published(type(module))):
        checksum.update(part)
    return checksum.hexdigest()


def _text(module: nn.Module, telling: Telling) -> str:
    """A module that is no layer of another one, such as in a list."""
    checksum = hashlib.sha256(repr(module).encode())
    for part in _parts(module, telling, False):
        checksum.update(part)
    return checksum.hexdigest()


def _parts(module: nn.Module, telling: Telling, whole: bool) -> Iterator[bytes]:
    """Weights, and what layers say of themselves beside them; of a `whole` published network only what is unusual."""
    weights = module.state_dict()
    for key, value in sorted(weights.items()):
        yield key.encode()
        yield tensor_bytes(value) if isinstance(value, Tensor) else repr(value).encode()  # of `get_extra_state`
    # All are met before one is told, which may hold on to those around it.
    layers = [(name, part) for name, part in module.named_modules() if telling.meets(part) or part is module]
    hooks = [_function(hook) for _, part in layers for hook in _hooks(part)]
    changed = {name for hook in hooks if hook for name in names_in(hook.__code__).changed}
    for name, part in layers:
        if isinstance(part, GraphModule | ScriptModule):  # one class for all that were traced
            yield f"{name} {part.code}".encode()
        if isinstance(part, ScriptModule):  # one that was frozen has its weights there
            for key, constant in sorted(part.code_with_constants[1].const_mapping.items()):
                if isinstance(constant, Tensor):
                    yield f"{name} {key}".encode() + tensor_bytes(constant)
        own = not _is_published(type(part))
        for text in _own(part, telling, changed) if own else _beside(part, telling, whole):
            yield f"{name} {text}".encode(errors="surrogatepass")
        if own:
            for key, tensor in part.named_buffers(name, recurse=False):
                if key not in weights:
                    yield key.encode() + tensor_bytes(tensor)


def _is_published(kind: type) -> bool:
    return kind.__module__.split(".")[0] in _PUBLISHED


def _own(part: nn.Module, telling: Telling, changed: set[str]) -> Iterator[str]:
    """What a layer of somebody's own class says of itself, beside its weights."""
    owners = [owner for owner in type(part).__mro__ if not _is_published(owner) and owner is not object]
    mine = {key: value for key, value in sorted(vars(part).items()) if key not in _OF_EVERY_MODULE}
    changed, filled = _met_while_answering(owners, mine, changed)
    told = {
        key: value
        for key, value in mine.items()
        if key not in changed and not (key in filled and isinstance(value, _CONTAINERS))
    }
    with telling.within(owners):
        for owner in owners:
            if "forward" in vars(owner):
                yield f"forward: {telling.of(vars(owner)['forward'])}"
        for key, value in sorted(told.items(), key=lambda item: not callable(item[1])):  # what is called names others
            yield f"{key} = {telling.of(value)}"
        for hook in _hooks(part):
            yield f"hook {telling.of(hook)}"


def _met_while_answering(
    owners: Sequence[type], mine: Mapping[str, object], hooked: set[str]
) -> tuple[set[str], set[str]]:
    """Attributes that are no setting, such as a count of calls: what `forward` and all that it calls set and fill."""
    waiting = [_function(vars(owner).get("forward")) for owner in owners] + [_function(each) for each in mine.values()]
    seen: set[FunctionType] = set()
    changed = {key for owner in owners for key, each in vars(owner).items() if isinstance(each, cached_property)}
    filled: set[str] = set()
    while waiting:
        function = waiting.pop()
        if function is not None and function not in seen:
            seen.add(function)
            names = names_in(function.__code__)
            changed |= names.changed
            filled |= names.filled
            waiting += [_function(vars(owner)[key]) for owner in owners for key in names.attributes & set(vars(owner))]
    return changed | hooked, filled


def _function(thing: Any) -> FunctionType | None:
    """What runs where something is called or read, of one's own class or not."""
    if type(thing) in (MethodType, staticmethod, classmethod):
        thing = thing.__func__
    elif type(thing) is property:
        thing = thing.fget
    function = inspect.unwrap(thing) if type(thing) is FunctionType else None
    return function if type(function) is FunctionType else None


def _beside(part: nn.Module, telling: Telling, whole: bool) -> Iterator[str]:
    """What is unusual of a published layer: a whole network of such has the fingerprint that it always had."""
    with telling.within(()):
        if "forward" in vars(part):
            yield f"forward: {telling.of(vars(part)['forward'])}"
        if not whole:
            for key, value in sorted(vars(part).items()):
                if key not in _OF_EVERY_MODULE and (is_plain(value) or callable(value)):
                    yield f"{key} = {telling.of(value)}"
        for hook in _hooks(part):
            yield f"hook {telling.of(hook)}"


def _hooks(part: nn.Module) -> Iterator[object]:
    for key in _HOOKS:
        yield from getattr(part, key, {}).values()
