"""The fingerprint of a torch module: two with the same one answer alike, in this process and in any other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from torch import Tensor, nn
from torch.fx import GraphModule
from torch.jit import ScriptModule

from lime_core.engines.preprocessing import Preprocessing
from lime_core.fingerprints.telling import Telling, is_plain, tensor_bytes

_PUBLISHED = ("torch", "torchvision", "timm", "efficientnet_lite_pytorch")
"""Packages whose layers are told apart by their names, settings in `repr` and weights."""

_HOOKS = ("_forward_pre_hooks", "_forward_hooks")
_OF_EVERY_MODULE = frozenset(vars(nn.Module()))


def fingerprint_of(module: nn.Module, preprocessing: Preprocessing, kind: str, unit: str = "") -> str:
    """The fingerprint of the classifier that is made of a module.

    Of layers whose class is somebody's own it holds all attributes and buffers, and the code of `forward` with what it
    names: functions, classes, numbers, texts, arrays and tensors, in containers and in objects of one's own, also in
    other files that are no part of a package.  Hooks are seen on any layer.  Of packages it holds the names that are
    used, not their code: their versions are facts of a job.  What comes from files or the network while it answers, and
    objects of compiled types, are not seen.

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
    for part in _weights(module):
        checksum.update(part)
    return checksum.hexdigest()


def _text(module: nn.Module) -> str:
    """A module that is no layer of another one, such as in a list."""
    checksum = hashlib.sha256(repr(module).encode())
    for part in _weights(module):
        checksum.update(part)
    return checksum.hexdigest()


def _weights(module: nn.Module) -> Iterator[bytes]:
    """Weights, and what layers say of themselves beside them."""
    weights = module.state_dict()
    for key, value in sorted(weights.items()):
        yield key.encode()
        yield tensor_bytes(value) if isinstance(value, Tensor) else repr(value).encode()  # of `get_extra_state`
    for name, part in module.named_modules():
        if isinstance(part, GraphModule | ScriptModule):  # one class for all that were traced
            yield f"{name} {part.code}".encode()
        if isinstance(part, ScriptModule):  # one that was frozen has its weights there
            for key, constant in sorted(part.code_with_constants[1].const_mapping.items()):
                if isinstance(constant, Tensor):
                    yield f"{name} {key}".encode() + tensor_bytes(constant)
        own = not _is_published(type(part))
        told = _own(part) if own else _beside(part, whole=_is_published(type(module)))
        for text in told:
            yield f"{name} {text}".encode(errors="surrogatepass")
        if own:
            for key, tensor in part.named_buffers(name, recurse=False):
                if key not in weights:
                    yield key.encode() + tensor_bytes(tensor)


def _is_published(kind: type) -> bool:
    return kind.__module__.split(".")[0] in _PUBLISHED


def _own(part: nn.Module) -> Iterator[str]:
    """What a layer of somebody's own class says of itself, beside its weights."""
    owners = [owner for owner in type(part).__mro__ if not _is_published(owner) and owner is not object]
    telling = Telling(_text, owners, [part])
    mine = {key: value for key, value in sorted(vars(part).items()) if key not in _OF_EVERY_MODULE}
    for owner in owners:
        if "forward" in vars(owner):
            yield f"forward: {telling.of(vars(owner)['forward'])}"
    for key, value in mine.items():
        if callable(value):  # it may set attributes too
            yield f"{key}: {telling.of(value)}"
    for key, value in mine.items():
        if not callable(value) and key not in telling.answering:  # a count of its calls is no setting
            yield f"{key} = {telling.of(value)}"
    yield from _hooks(part, telling)


def _beside(part: nn.Module, whole: bool) -> Iterator[str]:
    """What is unusual of a published layer: a whole network of such has the fingerprint that it always had."""
    telling = Telling(_text, (), [part])
    if "forward" in vars(part):
        yield f"forward: {telling.of(vars(part)['forward'])}"
    if not whole:
        for key, value in sorted(vars(part).items()):
            if key not in _OF_EVERY_MODULE and (is_plain(value) or callable(value)):
                yield f"{key} = {telling.of(value)}"
    yield from _hooks(part, telling)


def _hooks(part: nn.Module, telling: Telling) -> Iterator[str]:
    for key in _HOOKS:
        for hook in getattr(part, key, {}).values():
            yield f"{key}: {telling.of(hook)}"
