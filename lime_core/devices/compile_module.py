"""What compiles a network in a process of its own: `python -m lime_core.devices.compile_module FOLDER PACKAGE`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch
from torch import Tensor, nn

from lime_core.devices.compiled import COLUMNS, MEMBERS
from lime_core.devices.digits import HALVES
from lime_core.engines.batch_size import speaks_of_memory
from lime_core.engines.masking import MaskedModel
from lime_core.files.writing import write_atomically

PASSING = 75
"""With what it ends where another time may do: a disk or memory was full, or a tool is not there."""


class _Whole(nn.Module):
    """The network with numbers of fewer digits inside, and of 32 bits outside."""

    def __init__(self, masked: MaskedModel, precision: str) -> None:
        super().__init__()
        self.inside = HALVES.get(precision, torch.float32)
        self.masked = masked.to(self.inside)

    def forward(self, masks: Tensor, superpixels: Tensor, hidden: Tensor, difference: Tensor, whose: Tensor) -> Tensor:
        masks, hidden, difference = (each.to(self.inside) for each in (masks, hidden, difference))
        answers: Tensor = self.masked(masks, superpixels, hidden, difference, whose)
        return answers.float()


def main(scratch: str, package: str) -> None:
    """Compile the module that lies in a folder into a package.

    Parameters
    ----------
    scratch : str
        A folder of `Compiling`'s own; what it holds is the module, and what is made on the way.
    package : str
        The file; it is there whole or not at all.
    """
    if hasattr(os, "nice"):
        os.nice(10)
    masked, precision, rows, size = torch.load(Path(scratch, "module"), weights_only=False)
    whole = _Whole(masked, precision).eval().requires_grad_(False)
    device = next((parameter.device for parameter in whole.parameters()), torch.device("cpu"))
    pictures = torch.zeros(MEMBERS, *size, device=device)
    superpixels = torch.zeros(MEMBERS, size[1] * size[2], dtype=torch.int32, device=device)
    masks = torch.zeros(rows, COLUMNS, device=device)
    whose = torch.zeros(rows, dtype=torch.int64, device=device)
    with torch.no_grad():
        program = torch.export.export(whole, (masks, superpixels, pictures, pictures.clone(), whose))
        made = torch._inductor.aoti_compile_and_package(program, package_path=str(Path(scratch, "whole.pt2")))
    write_atomically(Path(package), Path(made).read_bytes())


def passes(error: BaseException | None) -> bool:
    """Whether compiling may succeed another time.

    Parameters
    ----------
    error : BaseException, optional
        What it failed with; torch's compiler puts its own around what it met.

    Returns
    -------
    bool
        True for want of memory or of room on the disk, and where a file or a compiler is not there.
    """
    while error is not None:
        absent = type(error).__name__ == "InvalidCxxCompiler"
        if absent or isinstance(error, OSError | MemoryError) or speaks_of_memory(error):
            return True
        error = getattr(error, "inner_exception", None) or error.__cause__
    return False


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception as error:
        if not passes(error):
            raise
        sys.exit(PASSING)
