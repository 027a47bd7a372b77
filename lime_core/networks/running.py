"""How modules are run: with the channels of pictures together or one after another, and one picture at a time."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Contiguous(nn.Module):
    """A module that takes one channel of its pictures after another, and nothing else, as with `view`.

    Parameters
    ----------
    module : nn.Module
        Its weights lie so too.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, pictures: Tensor) -> Tensor:
        """Answers to normalised pictures.

        Parameters
        ----------
        pictures : Tensor (b, c, h, w)
            As the module takes them.

        Returns
        -------
        Tensor
            What the module returns.
        """
        # Not `contiguous`: a single channel passes for any order, and the layers go by its strides.
        answers: Tensor = self.module(pictures.clone(memory_format=torch.contiguous_format))
        return answers


def layout_of(module: nn.Module) -> torch.memory_format:
    """In which order of memory a module is run.

    Parameters
    ----------
    module : nn.Module
        Any.

    Returns
    -------
    torch.memory_format
        With the channels together, which is faster, unless there is a `Contiguous` in it.
    """
    apart = any(isinstance(part, Contiguous) for part in module.modules())
    return torch.contiguous_format if apart else torch.channels_last


class OneByOne(nn.Module):
    """A module that is given one picture at a time.

    Parameters
    ----------
    module : nn.Module
        Takes pictures (1, c, h, w) and returns (1, k).
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, pictures: Tensor) -> Tensor:
        """Answers to normalised pictures.

        Parameters
        ----------
        pictures : Tensor (b, c, h, w)
            As the module takes them.

        Returns
        -------
        Tensor (b, k)
            Those of each picture alone.
        """
        return torch.cat([self.module(picture) for picture in pictures.split(1)])
