"""Trials of a module that somebody brings: in the order of memory of engines, again, and with single pictures.

Engines give a module as many pictures as are fastest, in the order of memory that is fastest.  Whether its answers
stay the same is asked before anybody relies on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from lime_core.arrays import Outputs
from lime_core.errors import BadScores
from lime_core.networks.returned import tensor_in, tensor_of

TOLERANCE = 1e-3
"""How far answers may lie apart, as a share of how far they are from picture to picture, to be the same."""

_ROUNDINGS = 32  # of the largest answer: sums come in another order where there are more pictures
_ALONE = 2
_AXES = 2
_TF32 = 2.0**-10


@dataclass(frozen=True)
class Tried:
    """What trials have shown of a module.

    Parameters
    ----------
    contiguous : bool, default False
        Whether it can only take one channel after another.
    squeezes : bool, default False
        Whether its answer to a single picture lacks an axis.
    mixes : bool, default False
        Whether the answer to a picture depends on the others of its batch.
    differs : float, default 0.0
        How far apart its answers to the same pictures are from time to time.
    """

    contiguous: bool = False
    squeezes: bool = False
    mixes: bool = False
    differs: float = 0.0

    @property
    def notice(self) -> str:
        """What people have to know of it, in a sentence; empty where there is nothing."""
        if self.differs:
            return (
                f"The module answers differently from time to time, by up to {self.differs:.3g} for the same pictures "
                "of noise, so explanations of it differ too."
            )
        return (
            "The module's answer to a picture depends on the others of its batch, so it is asked about one at a time."
            if self.mixes
            else ""
        )


def tried(module: nn.Module, pictures: Tensor, answers: Outputs) -> Tried:
    """Ask a module about pictures again, as engines do.

    Parameters
    ----------
    module : nn.Module
        In evaluation mode.
    pictures : Tensor (n, c, h, w) of float32
        Normalised, n of at least two.
    answers : ndarray (n, k) of float32
        What it has answered to them.

    Returns
    -------
    Tried
        What they show.

    Raises
    ------
    BadScores
        When it returns another shape for a single picture.
    Exception
        Whatever it raises of one.
    """
    eps = _digits(module)
    asked, contiguous, differs = _together(module, pictures), False, 0.0
    if asked is None or apart(asked.again, answers, eps):
        own = _asked(module, pictures, torch.contiguous_format)
        differs = apart(own.again, answers, eps)
        contiguous = asked is None or not differs
        asked = own if asked is None or contiguous else asked
    for one, shape in zip(asked.alone, asked.shapes, strict=True):
        if one.shape != (1, answers.shape[1]):
            raise BadScores(
                f"The module was given 1 picture and returned a tensor of shape {shape}; expected "
                f"(1, {answers.shape[1]})."
            )
    mixes = not differs and apart(np.concatenate(asked.alone), answers, eps) > 0
    return Tried(contiguous, any(len(shape) < _AXES for shape in asked.shapes), mixes, differs)


class _Asked(NamedTuple):
    """The answers to all pictures, those to the first of them alone, and in which shapes these came."""

    again: Outputs
    alone: list[Outputs]
    shapes: list[tuple[int, ...]]


def _asked(module: nn.Module, pictures: Tensor, layout: torch.memory_format) -> _Asked:
    found: list[tuple[Outputs, tuple[int, ...]]] = []
    with torch.inference_mode():
        for some in (pictures, *pictures[:_ALONE].split(1)):
            returned: Any = module(some.clone(memory_format=layout))  # a module may work in place
            answers = tensor_of(returned, len(some)).float().cpu().numpy()
            found.append((answers.copy(), tuple(tensor_in(returned).shape)))  # and reuse what it answers with
    (again, _), *alone = found
    return _Asked(again, [one for one, _ in alone], [shape for _, shape in alone])


def _together(module: nn.Module, pictures: Tensor) -> _Asked | None:
    """The same with the channels of pictures and weights together; None where it takes none of that.

    The weights come back as they were: what is converted of them depends on their order to the last digit.
    """
    before = [(weights, weights.data) for weights in _weights(module)]
    try:
        module.to(memory_format=torch.channels_last)
        return _asked(module, pictures, torch.channels_last)
    except Exception:  # a view of what does not lie so, or whatever else a module does then
        return None
    finally:
        for weights, data in before:  # by now there may be more
            weights.data = data


def _weights(module: nn.Module) -> list[Tensor]:
    return [*module.parameters(), *module.buffers()]


def apart(found: Outputs, answers: Outputs, eps: float) -> float:
    """How far answers are from those to the same pictures that were given before.

    Parameters
    ----------
    found : ndarray (m, k)
        To the first m pictures.
    answers : ndarray (n, k)
        To all of them.
    eps : float
        The relative distance of the numbers in which they are calculated.

    Returns
    -------
    float
        The largest difference; 0 where that is rounding alone, and infinite where they have another shape.
    """
    if found.shape[1:] != answers.shape[1:] or len(found) > len(answers):
        return float("inf")
    with np.errstate(invalid="ignore"):  # what is no number is said later
        # Beside how far answers are apart, not how large they are: years near 2000 would hide whatever is mixed.
        moved = float(np.abs(answers - answers[:1]).max(initial=0.0))
        rounding = _ROUNDINGS * eps * float(np.abs(answers).max(initial=0.0))
        furthest = float(np.abs(found - answers[: len(found)]).max(initial=0.0))
    return furthest if furthest > max(TOLERANCE * moved, rounding) else 0.0


def _digits(module: nn.Module) -> float:
    """The relative distance of the numbers in which a module calculates; GPUs may take fewer digits by themselves."""
    weights = list(module.parameters())
    found = [torch.finfo(each.dtype).eps for each in weights if each.is_floating_point()]
    return max([torch.finfo(torch.float32).eps, *found, *[_TF32] * any(each.device.type != "cpu" for each in weights)])
