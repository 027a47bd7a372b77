"""What a network on a GPU is measured beside: itself alone, and compiled, once nothing else is at work."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

import lime_core as lc
from lime_core.devices.digits import HALVES, digits

WAITS, SECONDS = 600, 0.5
BATCHES = 4
"""Under way together, so that the processor is not waited for."""


def compiling(model: lc.Classifier, picture: lc.Picture) -> str:
    """What became of compiling the model meanwhile, after it was waited for; nothing else is at work then."""
    if getattr(model.engine, "_compiling", None) is None:
        return "nothing is compiled"
    for number in range(WAITS):
        lc.probe_image(np.roll(picture.pixels, number, axis=0), model, 2)  # the fourth picture begins it
        if model.engine.state.startswith(("compiled", "not")):
            break
        time.sleep(SECONDS)
    return str(model.engine.state)


def alone(
    network: nn.Module, seen: lc.Preprocessing, device: str, precision: str, rows: int, compiled: bool
) -> Callable[[], object]:
    """The network without anything around it, on pictures that lie on the device already; `BATCHES` of them.

    A compiled one is whole in its digits, as the package is that it is compared with.
    """
    kind = HALVES.get(precision, torch.float32) if compiled else torch.float32
    if compiled:
        network = torch.compile(copy.deepcopy(network).to(kind), dynamic=False)
        precision = "f32" if precision == "f32" else "tf32"  # nothing is cast around it
    batch = torch.randn((rows, 3, seen.height, seen.width), device=device, dtype=kind)
    batch = batch.contiguous(memory_format=torch.channels_last)

    def forward() -> object:
        with digits(precision, torch.device(device).type):
            return [network(batch) for _ in range(BATCHES)][-1].float().cpu()

    return forward
