"""What compiles a network in a process of its own: `python -m lime_core.devices.compile_module MODULE PACKAGE`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor, nn

from lime_core.devices.compiling import COLUMNS
from lime_core.engines.engine import MaskedModel

_HALVES = {"f16": torch.float16, "bf16": torch.bfloat16}


class _Whole(nn.Module):
    """The network with numbers of fewer digits inside, and of 32 bits outside."""

    def __init__(self, masked: MaskedModel, precision: str) -> None:
        super().__init__()
        self.inside = _HALVES.get(precision, torch.float32)
        self.masked = masked.to(self.inside)

    def forward(self, masks: Tensor, superpixels: Tensor, hidden: Tensor, difference: Tensor) -> Tensor:
        masks, hidden, difference = (each.to(self.inside) for each in (masks, hidden, difference))
        answers: Tensor = self.masked(masks, superpixels, hidden, difference)
        return answers.float()


def main(given: str, package: str) -> None:
    """Compile what lies in one file into another: a module that `Compiling` saved, into a package.

    Parameters
    ----------
    given, package : str
        The files; the second is there whole or not at all.
    """
    masked, precision, rows, size = torch.load(given, weights_only=False)
    Path(given).unlink()
    whole = _Whole(masked, precision).eval().requires_grad_(False)
    device = next((parameter.device for parameter in whole.parameters()), torch.device("cpu"))
    picture = torch.zeros(1, *size, device=device)
    superpixels = torch.zeros(size[1] * size[2], dtype=torch.int32, device=device)
    masks = torch.zeros(rows, COLUMNS, device=device)
    with torch.inference_mode(False), torch.no_grad():
        program = torch.export.export(whole, (masks, superpixels, picture, picture.clone()))
        part = package.removesuffix(".pt2") + ".part.pt2"
        torch._inductor.aoti_compile_and_package(program, package_path=part)
    Path(part).replace(package)


if __name__ == "__main__":
    main(*sys.argv[1:])
