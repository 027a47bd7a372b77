"""A compiled network, and whether it is to take the place of the one that it was made of."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lime_core.arrays import Labels, Masks, Pixels
from lime_core.engines.engine import Scorer
from lime_core.engines.precision import MOST, movement, soft_colors

COLUMNS = 256
"""Superpixels that a compiled network takes; a picture with more, in any of several segmentations, is run as ever."""

MEMBERS = 8
"""Scenes that it takes in one batch; more are run as ever."""

MOST_FAILURES = 3
"""So often a compiled network may fail before it is asked no more."""


class Compiled:
    """A compiled network.

    Parameters
    ----------
    run : callable
        What `MaskedModel` takes, of `MEMBERS` segmentations with masks (rows, COLUMNS), to answers.
    rows : int
        Of a batch.

    Attributes
    ----------
    failures : int
        How often it failed, and the network as it is was asked instead.
    """

    def __init__(self, run: Callable[..., Tensor], rows: int) -> None:
        self._run, self.rows, self.failures = run, rows, 0

    @staticmethod
    def load(package: Path, rows: int, device: torch.device) -> Compiled:
        """Read a package.

        Parameters
        ----------
        package : Path
            That `compile_module` wrote.
        rows : int
            Of a batch.
        device : torch.device
            Where it was compiled for.

        Returns
        -------
        Compiled
            Ready to be called, by one thread at a time.

        Raises
        ------
        Exception
            Whatever torch raises of a package that does not fit.
        """
        # One thread at a time launches; with its own queue the second batch would wait for the first one's answers.
        index = device.index or 0 if device.type == "cuda" else -1
        with torch.cuda.device(device) if device.type == "cuda" else nullcontext():
            run = torch._inductor.aoti_load_package(str(package), run_single_threaded=True, device_index=index)
        return Compiled(run, rows)

    def __call__(self, masks: Tensor, superpixels: Tensor, hidden: Tensor, difference: Tensor, whose: Tensor) -> Tensor:
        return self._run(masks, _filled(superpixels), _filled(hidden), _filled(difference), whose)

    def fits(self, masks: Masks, members: int = 1) -> bool:
        """Whether a batch fits into it without being mostly filled up.

        Parameters
        ----------
        masks : ndarray (b, d) of float32
            The batch.
        members : int, default 1
            Scenes that its rows are of.

        Returns
        -------
        bool
            False where the network as it is does better, and once this one has failed too often.
        """
        size = self.rows // 2 < len(masks) <= self.rows and masks.shape[1] <= COLUMNS and members <= MEMBERS
        return size and self.failures < MOST_FAILURES

    def padded(self, masks: Masks) -> Masks:
        """Masks with empty rows and columns up to the size that was compiled.

        Parameters
        ----------
        masks : ndarray (b, d) of float32
            At most `rows` by `COLUMNS`.

        Returns
        -------
        ndarray (rows, COLUMNS) of float32
            The first b rows and d columns are the masks.
        """
        filled = np.zeros((self.rows, COLUMNS), dtype=np.float32)
        filled[: len(masks), : masks.shape[1]] = masks
        return filled


def _filled(each: Tensor) -> Tensor:
    """What is there once for every member, with empty members behind, in the strides that it was compiled for."""
    filled = each.new_zeros(MEMBERS, *each.shape[1:])
    filled[: len(each)] = each
    return filled


ScoringWith = Callable[..., Scorer]
"""`Engine.scorer`, which takes `compiled` and `precision` too."""


def objection(compiled: Compiled, size: tuple[int, int], scoring: ScoringWith) -> str:
    """Why a compiled network is not to be taken: it has to answer as exactly as f32 nearly does, and faster.

    Parameters
    ----------
    compiled : Compiled
        The network.
    size : tuple of two int
        Height and width of its pictures.
    scoring : callable
        `Engine.scorer` of the network as it is, which takes a `Compiled` and a precision too.

    Returns
    -------
    str
        For people; empty where there is none.

    Raises
    ------
    Exception
        Whatever torch raises of a package that does not fit, or that does not run now.
    """
    rng = np.random.default_rng(0)
    pictures = [soft_colors(rng, *size) for _ in range(3)]

    def fast(image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        score = scoring(image, hidden, labels, compiled=compiled)
        # Filled up to the one size that it takes: else the network as it is would answer.
        return lambda masks: score(compiled.padded(masks))[: len(masks)]

    most = movement(fast, partial(scoring, precision="f32"), pictures)
    if compiled.failures:  # memory may have been wanting
        raise RuntimeError("it does not run")
    if most > MOST:
        return f"it moves weights by {most:.2g} standard errors"
    labels = np.arange(size[0] * size[1], dtype=np.int32).reshape(size) % COLUMNS
    masks = rng.integers(0, 2, (compiled.rows, COLUMNS)).astype(np.float32)
    fast_s, slow_s = seconds(*(partial(each(pictures[0], pictures[1], labels), masks) for each in (fast, scoring)))
    return "" if fast_s < slow_s else "it is no faster"


def seconds(*runs: Callable[[], object]) -> list[float]:
    """How long each of several takes: the least of five runs, in turns, so that whoever else is at work disturbs all.

    Parameters
    ----------
    *runs : callable without arguments
        What they return is not looked at.

    Returns
    -------
    list of float
        Seconds.
    """
    durations: list[list[float]] = [[] for _ in runs]
    for _ in range(5):
        for run, own in zip(runs, durations, strict=True):
            start = time.perf_counter()
            run()
            own.append(time.perf_counter() - start)
    return [min(own) for own in durations]
