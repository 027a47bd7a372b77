"""What compiles a network in a process of its own: `python -m lime_core.devices.compile_module FOLDER PACKAGE`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor, nn

from lime_core.devices.compiled import COLUMNS, MEMBERS
from lime_core.devices.digits import HALVES
from lime_core.engines.batch_size import speaks_of_memory
from lime_core.engines.masking import MaskedModel
from lime_core.files.writing import write_atomically
from lime_core.networks.own import at_rest

PASSING = 75
"""With what it ends where another time may do: a disk or memory was full, or a tool is not there."""

OUTPUT, REASON = "output", "reason"
"""Files in the scratch folder: what compilers write, and what went wrong in one line."""

LONGEST = 200
"""Characters of that line."""

_ABSENT = ("No such file or directory", "file not found", "cannot find -l", "unable to find library")
"""What compilers and linkers say of headers and libraries that are not there."""

_HEADERS = ("cuda_runtime.h", "crt/host_defines.h", "nv/target")
_USUAL, _MAPS = Path("/usr/local/cuda"), Path("/proc/self/maps")


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
    whole = at_rest(_Whole(masked, precision))
    device = next((parameter.device for parameter in whole.parameters()), torch.device("cpu"))
    pictures = torch.zeros(MEMBERS, *size, device=device)
    superpixels = torch.zeros(MEMBERS, size[1] * size[2], dtype=torch.int32, device=device)
    masks = torch.zeros(rows, COLUMNS, device=device)
    whose = torch.zeros(rows, dtype=torch.int64, device=device)
    with torch.no_grad():
        program = torch.export.export(whole, (masks, superpixels, pictures, pictures.clone(), whose))
        made = torch._inductor.aoti_compile_and_package(program, package_path=str(Path(scratch, "whole.pt2")))
    write_atomically(Path(package), Path(made).read_bytes())


def passes(error: BaseException, output: str = "") -> bool:
    """Whether compiling may succeed another time.

    Parameters
    ----------
    error : BaseException
        What it failed with; torch's compiler puts its own around what it met.
    output : str, default ""
        What else compilers have written; it counts where one of them failed.

    Returns
    -------
    bool
        True for want of memory or of room on the disk, and where a header, a library or a compiler is not there.
    """
    for met in _met(error):
        absent = type(met).__name__ == "InvalidCxxCompiler"
        if absent or isinstance(met, OSError | MemoryError) or speaks_of_memory(met):
            return True
    return bool(_first(_ABSENT, [*map(str, _met(error)), *_outputs(error, output)]))


def reason(error: BaseException, output: str = "") -> str:
    """What went wrong, in one line.

    Parameters
    ----------
    error : BaseException
        As for `passes`.
    output : str, default ""
        As for `passes`.

    Returns
    -------
    str
        What a compiler said was not there, or its first error, else the name and the first line of what was met first;
        at most `LONGEST` characters.
    """
    outputs = _outputs(error, output)
    line = _first(_ABSENT, outputs) or _first(("error:",), outputs)
    *_, met = _met(error)
    return line[-LONGEST:] or f"{type(met).__name__}: {met}".splitlines()[0][:LONGEST]


def _met(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "inner_exception", None) or error.__cause__


def _outputs(error: BaseException, output: str) -> list[str]:
    """What compilers wrote; that of Triton's stands in no error, and its errors may come as the text of another."""
    own = [str(getattr(met, "output", None) or "") for met in _met(error)]
    return [*own, output] if any("CalledProcessError" in repr(met) for met in _met(error)) else own


def _first(signs: tuple[str, ...], texts: list[str]) -> str:
    lines = (line.strip() for text in texts for line in text.splitlines())
    return next((line for line in lines if any(sign in line for sign in signs)), "")


def surroundings(device: torch.device, scratch: Path) -> dict[str, str]:
    """What a compiler needs to be told where CUDA is; what the user has told it stays.

    Torch's own packages bring a part of CUDA's headers; others bring the rest, and Triton some of it.

    Parameters
    ----------
    device : torch.device
        Compiled for.
    scratch : Path
        A folder for a link to the driver that this process runs with.

    Returns
    -------
    dict of str to str
        Variables of the environment; empty for any device but CUDA.
    """
    if device.type != "cuda":
        return {}
    home, folders = _toolkit()
    own = {} if home is None else {"CUDA_HOME": str(home)}
    if folders:
        own["CPATH"] = os.pathsep.join(filter(None, [os.environ.get("CPATH"), *map(str, folders)]))
    with suppress(OSError, StopIteration):
        mapped = (Path(line.split(maxsplit=5)[-1]) for line in _MAPS.read_text("utf-8", "replace").splitlines())
        (scratch / "libcuda.so").symlink_to(next(path for path in mapped if path.name.startswith("libcuda.so")))
        own["LIBRARY_PATH"] = os.pathsep.join(filter(None, [os.environ.get("LIBRARY_PATH"), str(scratch)]))
    return own


def _toolkit() -> tuple[Path | None, list[Path]]:
    """CUDA's folder, where it has to be told, and where headers are that it has elsewhere."""
    if given := os.environ.get("CUDA_HOME") or os.environ.get("CUDA_PATH"):
        return None, _further(Path(given), []) or []
    packages = Path(torch.__file__).parents[1]
    # By CUDA 12 each package has a folder of its own, by 13 they share one.
    brought = [packages / "nvidia" / name for name in (f"cu{(torch.version.cuda or '').split('.')[0]}", "cuda_runtime")]
    beside = [*sorted(packages.glob("nvidia/*/include")), packages / "triton" / "backends" / "nvidia" / "include"]
    nvcc = shutil.which("nvcc")
    for home in ([Path(nvcc).resolve().parents[1]] if nvcc else []) + [_USUAL, *brought]:
        folders = _further(home, beside if home in brought else [])
        if folders is not None:
            return home, folders
    return next((home for home in brought if (home / "include" / _HEADERS[0]).is_file()), None), []


def _further(home: Path, beside: list[Path]) -> list[Path] | None:
    """Folders that have what CUDA's own has not; None where something is nowhere."""
    include = home / "include"
    places = [include, include / "cccl", *beside]
    found = [next((place for place in places if (place / header).is_file()), None) for header in _HEADERS]
    if found[0] != include or None in found:
        return None
    return [place for place in dict.fromkeys(found) if place and place != include]


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception as error:
        output, told = Path(sys.argv[1], OUTPUT), Path(sys.argv[1], REASON)
        written = output.read_text("utf-8", "replace") if output.is_file() else ""
        with suppress(OSError):
            told.write_text(reason(error, written), "utf-8")
        if not passes(error, written):
            raise
        sys.exit(PASSING)
