"""A module of our own: a copy that nobody else trains, moves or changes, in evaluation mode."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

log = logging.getLogger(__name__)


class Fresh(nn.Module):
    """A module that was just built, and that nobody else holds: it needs no copy and no trial.

    Parameters
    ----------
    module : nn.Module
        Such as one of the zoo.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module


class InEvaluation(nn.Module):
    """Somebody's own module, put into evaluation mode again before each run.

    Parameters
    ----------
    module : nn.Module
        One that cannot be copied.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, pictures: Tensor) -> Any:
        """Answers to normalised pictures.

        Parameters
        ----------
        pictures : Tensor (b, c, h, w)
            As the module takes them.

        Returns
        -------
        object
            What the module returns.
        """
        if not torch.compiler.is_compiling():
            evaluating(self.module)
        return self.module(pictures)


def own_copy(module: nn.Module) -> nn.Module:
    """A copy of a module, at rest.

    Parameters
    ----------
    module : nn.Module
        Stays as it is, where it can be copied.

    Returns
    -------
    nn.Module
        Deep; an `InEvaluation` of the module itself where it cannot be copied, or where a function in it holds on to
        layers, so that a copy would run those.
    """
    try:
        seen: set[tuple[int, bool]] = set()
        if any(_holds(value, seen) for part in module.modules() for value in vars(part).values()):
            raise TypeError("a function in it holds on to layers")
        return at_rest(copy.deepcopy(module))
    except Exception:  # whatever a module does when it is copied
        log.info("The module cannot be copied", exc_info=True)
        return InEvaluation(at_rest(module))


def evaluating(module: nn.Module) -> nn.Module:
    """Put a module into evaluation mode.

    Parameters
    ----------
    module : nn.Module
        Any; one that `torch.export` made has its mode for good.

    Returns
    -------
    nn.Module
        The same.
    """
    with suppress(NotImplementedError):
        module.eval()
    return module


def at_rest(module: nn.Module) -> nn.Module:
    """Put a module into evaluation mode, and freeze its parameters.

    Parameters
    ----------
    module : nn.Module
        Any, scripted ones too, which refuse `requires_grad_`.

    Returns
    -------
    nn.Module
        The same.
    """
    for parameter in module.parameters():
        if not is_lazy(parameter):  # one that is not there yet
            parameter.requires_grad_(False)
    return evaluating(module)


def _holds(value: Any, seen: set[tuple[int, bool]], inside: bool = False) -> bool:
    """Whether a function somewhere in a value holds on to layers or weights: functions are not copied."""
    if (id(value), inside) in seen:
        return False
    seen.add((id(value), inside))
    if inside and isinstance(value, nn.Module | Tensor):
        return True
    inside = inside or isinstance(value, FunctionType)
    return any(_holds(each, seen, inside) for each in _held(value))


def _held(value: Any) -> Iterator[Any]:
    """What is directly in a value; of a layer nothing, for each is looked through by itself."""
    if isinstance(value, FunctionType):
        for cell in value.__closure__ or ():
            with suppress(ValueError):  # nothing is in it yet
                yield cell.cell_contents
        yield from (value.__defaults__, value.__kwdefaults__, getattr(value, "__wrapped__", None))
    elif isinstance(value, MethodType):
        yield from (value.__func__, value.__self__)
    elif isinstance(value, partial):
        yield from (value.func, value.args, value.keywords)
    elif isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif not isinstance(value, nn.Module | type | ModuleType):
        yield from getattr(value, "__dict__", {}).values()
