"""Devices: which this machine has, and one that has failed for good in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

import torch

from lime_core.arguments import is_a, shown
from lime_core.engines.batch_size import speaks_of_memory
from lime_core.errors import DeviceLost

_lost: list[str] = []
"""What the driver said when a GPU failed: no call to any GPU works after it in this process."""


def cuda_works() -> bool:
    """Whether torch has a CUDA GPU that has not failed.

    Returns
    -------
    bool
        False for good, once `watched` has seen one fail.
    """
    return not _lost and torch.cuda.is_available()


def device_of(device: str) -> str:
    """The device that a name stands for.

    Parameters
    ----------
    device : str
        As torch names it, or "auto".

    Returns
    -------
    str
        The same name; for "auto" "cuda", "mps" or "cpu", the first that torch has here and that has not failed.

    Raises
    ------
    ValueError, TypeError
        When it is not on this machine or has failed, or is no name.
    """
    is_a("device", device, str, "the name of a device, such as 'cpu'")
    if _lost and device.startswith("cuda"):
        raise ValueError(f"device {shown(device)} has failed in this process ({_lost[-1]}); use 'auto' or 'cpu'")
    if device == "auto":
        if cuda_works():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, ImportError) as error:
        raise ValueError(f"device {shown(device)} is not on this machine; use 'auto' or 'cpu'") from error
    return device


@cache
def outlive_a_lost_gpu() -> None:
    """Have torch let go of pinned memory quietly: after a GPU has failed it would end the whole process over it.

    To be called before anything runs on CUDA.  A torch before 2.12 does not know of it.
    """
    with suppress(AttributeError, ValueError):
        known = torch._C._accelerator_getAllocatorSettings()
        own = "pinned_free_catch_all:True"
        torch._C._accelerator_setAllocatorSettings(f"{known},{own}" if known else own)


@contextmanager
def watched(device: torch.device) -> Iterator[None]:
    """Around what runs on a device: a GPU that has failed is told from a call that has.

    Parameters
    ----------
    device : torch.device
        Where it runs.

    Yields
    ------
    None
        While it runs.

    Raises
    ------
    DeviceLost
        When the GPU answers to nothing any more; from then on `device_of("auto")` is another one.
    """
    try:
        yield
    except RuntimeError as error:
        if device.type != "cuda" or speaks_of_memory(error) or _answers(device):
            raise
        _lost.append(str(error).splitlines()[0])
        raise DeviceLost(
            f"The GPU has failed ({_lost[-1]}), and this process cannot use it any more. Ask again: models that are "
            "loaded from now on run on the processor."
        ) from error


def _answers(device: torch.device) -> bool:
    try:
        return bool(torch.ones(1, device=device).item())
    except RuntimeError as error:
        return speaks_of_memory(error)
