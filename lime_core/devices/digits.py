"""How many digits torch calculates with, and the fewest that do not show in the weights.

| precision | multiplies with | on |
|---|---|---|
| f32 | 24 bits | any device |
| tf32 | 11 bits, sums of 24 | CUDA |
| f16 | 11 bits, sums of 24, numbers up to 65 504 | CUDA, MPS |
| bf16 | 8 bits, sums of 24 | any device |
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cache, partial
from typing import Any, TypeVar

import torch

from lime_core.arrays import Pixels
from lime_core.engines.precision import MOST, Scoring, movement
from lime_core.errors import DeviceLost
from lime_core.files.writing import cache_folder, write_atomically

FASTEST_FIRST = ("f16", "tf32")
"""What "auto" tries on CUDA before it takes f32.  bf16 moves weights by more than f16 and is no faster."""

Made = TypeVar("Made")

HALVES = {"f16": torch.float16, "bf16": torch.bfloat16}
"""The types of 16 bits, by precision."""

_FOUND = "precisions.json"

_BACKENDS: Any = torch.backends
_CUDNN = _BACKENDS.cudnn
_NEWER = (_BACKENDS.cuda.matmul, _CUDNN.conv, _CUDNN.rnn, _BACKENDS.mkldnn.matmul)
"""Torch has each switch under two names, and refuses to be read by the older one where the newer says something else.

The older name for products is a processor's too, whose newer one therefore may not say less than f32.
"""


@contextmanager
def digits(precision: str, device: str) -> Iterator[None]:
    """Around a network: what it multiplies with, the same answers to the same batch, and no gradients.

    Torch's switches for CUDA are those of the whole process, so one thread may be inside at a time; they are put back.

    Parameters
    ----------
    precision : {"f32", "tf32", "f16", "bf16"}
        As in the table above.
    device : str
        The type of the device.

    Yields
    ------
    None
        While the network runs, or is launched.
    """
    half = torch.autocast(device, HALVES.get(precision, torch.bfloat16), enabled=precision in HALVES)
    with _on_cuda(precision) if device == "cuda" else nullcontext(), torch.inference_mode(), half:
        yield


@contextmanager
def _on_cuda(precision: str) -> Iterator[None]:
    newer, deterministic = [each.fp32_precision for each in _NEWER], _CUDNN.deterministic
    _unheard()
    older = _older()
    try:
        # Convolutions on a GPU round to 11 bits by default: f32 here means f32.
        if precision == "f32":
            _switch(("highest", False), ["ieee"] * 4)
        else:
            _switch(("high", True), ["tf32", "tf32", "tf32", "ieee"])
        _CUDNN.deterministic = True
        yield
    finally:
        _switch(older, newer)
        _CUDNN.deterministic = deterministic


def _switch(older: tuple[str, bool], newer: Sequence[str]) -> None:
    torch.set_float32_matmul_precision(older[0])  # either older name sets newer ones
    _CUDNN.allow_tf32 = older[1]
    for each, said in zip(_NEWER, newer, strict=True):
        each.fp32_precision = said


def _older() -> tuple[str, bool]:
    """What the older names say; where the newer ones contradict them, these are changed."""
    with suppress(RuntimeError):
        return torch.get_float32_matmul_precision(), _CUDNN.allow_tf32
    for each, said in zip(_NEWER, ("ieee", "tf32", "tf32", "ieee"), strict=True):
        each.fp32_precision = said
    allowed = False
    with suppress(RuntimeError):
        allowed = _CUDNN.allow_tf32
    return torch.get_float32_matmul_precision(), allowed


@cache
def _unheard() -> None:
    """Have torch 2.10 say now that there are newer names, which it says once: both have to be set."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _older()


def fewest_digits(
    make: Callable[[str, str], Made],
    scoring: Callable[[Made], Scoring],
    pictures: Callable[[], Sequence[Pixels]],
    key: str,
) -> Made:
    """The engine with the first of `FASTEST_FIRST` that moves no weight by more than `MOST` standard errors.

    Parameters
    ----------
    make : callable
        A precision, and a note for the description, to an engine.
    scoring : callable
        An engine to how it scores as it is, never compiled.
    pictures : callable without arguments
        Gives the pictures (h, w, 3) that are tried.
    key : str
        As for `remembered`.

    Returns
    -------
    Engine
        Its description says what the check found; f32, where none of the others will do.

    Raises
    ------
    DeviceLost
        When the GPU has failed meanwhile.
    """
    exact = cache(lambda: scoring(make("f32", "")))

    def measured(precision: str) -> float:
        return movement(scoring(make(precision, "")), exact(), pictures())

    tried = []
    for precision in FASTEST_FIRST:
        try:
            most = remembered(key, precision, partial(measured, precision))
        except DeviceLost:
            raise
        except Exception as error:  # layers that cannot be had so, or memory that does not suffice: not remembered
            tried.append(f"{precision} does not run ({type(error).__name__})")
            continue
        if most <= MOST:
            return make(precision, f"weights move by {most:.2g} standard errors of 64 samples")
        tried.append(f"{precision} moves weights by {most:.2g} standard errors of 64 samples")
    return make("f32", ", ".join(tried))


def remembered(key: str, precision: str, measure: Callable[[], float]) -> float:
    """What a check of a precision found, made once for each model and machine and remembered on disk.

    Parameters
    ----------
    key : str
        Names the model, the engine and the device; empty, nothing is remembered.
    precision : str
        That was checked.
    measure : callable without arguments
        Makes the check.

    Returns
    -------
    float
        To four digits.

    Raises
    ------
    Exception
        Whatever `measure` raises.
    """
    rows = _read()
    if key and precision in rows.get(key, {}):
        return rows[key][precision]
    found = float(f"{measure():.4g}")
    folder = cache_folder()
    if key and folder:
        rows = _read()
        kept = json.dumps({**rows, key: {**rows.get(key, {}), precision: found}}, indent=1)
        write_atomically(folder / _FOUND, kept.encode())
    return found


def _read() -> dict[str, dict[str, float]]:
    folder = cache_folder()
    try:
        kept = json.loads((folder / _FOUND).read_text("utf-8")) if folder else {}
    except (OSError, ValueError, RecursionError):
        return {}
    rows = kept.items() if isinstance(kept, dict) else ()
    return {key: row for key, row in rows if isinstance(row, dict) and all(map(_is_number, row.values()))}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
