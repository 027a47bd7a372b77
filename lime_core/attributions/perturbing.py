"""Methods that ask any model about changed pictures: occlusion and KernelSHAP by Captum, RISE by XAITK."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lime_core.arrays import Floats, Scores
from lime_core.attributions.attribution import finite
from lime_core.attributions.question import Question, Tally
from lime_core.ending import native_code
from lime_core.knobs import Bounded, knob

_ONE_SEED = threading.Lock()
"""Captum draws from torch's own generator, which all threads share."""

_BLOCK = 32
"""Masks of RISE that are drawn from one seed."""


class _Moves:
    """How far scores lie from the first, in a unit of their own: what moves can be little beside the score.

    Captum ends in float32, whatever it is handed.

    The unit is the first size that is not zero, which is the same for those before.
    """

    first: float | None = None
    unit: float = 0.0

    def of(self, scores: Scores) -> Floats:
        """Bring scores (n,) into the unit."""
        self.first = float(scores[0]) if self.first is None else self.first
        moves = scores - self.first
        self.unit = self.unit or float(np.abs(moves).max())
        return np.asarray(moves / (self.unit or 1.0))

    def back(self, found: NDArray[Any]) -> Floats:
        """Bring what was found of them into the unit of the scores."""
        return found.astype(np.float64) * self.unit


@dataclass(frozen=True)
class Occlusion(Bounded):
    """Occlusion: what the score loses while a square moves over the crop and hides what is under it.

    Parameters
    ----------
    window, stride : int in [4, 128], default 32 and 16
        Side of the square, and how far it moves each time, in pixels of the crop.

    Raises
    ------
    ValueError
        For a window or stride outside of its range, or a stride above the window, which would leave gaps.

    References
    ----------
    Zeiler, Fergus (2014), "Visualizing and Understanding Convolutional Networks", ECCV.  Computed by
    `captum.attr.Occlusion`, with the question's hidden picture under the square.
    """

    window: int = knob(32, 4, 128, step=4, help="Side of the square that hides, in pixels of the crop.")
    stride: int = knob(16, 4, 128, step=4, help="How far the square moves each time, in pixels of the crop.")

    title: ClassVar[str] = "Occlusion"
    package: ClassVar[str] = "Captum"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.stride > self.window:
            raise ValueError(f"Occlusion: stride must be at most the window ({self.window}), got {self.stride}")

    def __call__(self, question: Question) -> tuple[Floats, int]:
        from captum.attr import Occlusion as Occluding

        image, hidden = (
            torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float()
            for pixels in (question.scene.image, question.scene.hidden)
        )
        sides = [min(self.window, side) for side in image.shape[2:]]
        places = [-(-(side - own) // self.stride) + 1 for side, own in zip(image.shape[2:], sides, strict=True)]
        tally, moves = Tally(1 + places[0] * places[1], question.on_progress), _Moves()

        def score(pictures: Tensor) -> Tensor:
            pixels = pictures.permute(0, 2, 3, 1).round().to(torch.uint8).numpy()
            found = question.of_pictures(pixels)
            tally.add(len(pixels))
            return torch.from_numpy(moves.of(found))

        found = Occluding(score).attribute(
            image,
            (3, *sides),
            (3, self.stride, self.stride),
            hidden,
            perturbations_per_eval=question.model.engine.batch_size,
        )
        return finite(moves.back(found[0, 0].numpy()), self.title), tally.done


@dataclass(frozen=True)
class KernelShap(Bounded):
    """KernelSHAP: Shapley values of the superpixels, by least squares on sets that the Shapley kernel favors.

    The map spreads the value of each superpixel evenly over its pixels, and sums to the score of the shown picture
    minus that of the hidden one.  Inert superpixels, in which hiding changes no pixel, are in no set: 0.

    Parameters
    ----------
    num_samples : int in [10, 20 000], default 500
        Sets of superpixels that the model is asked about.
    seed : int in [0, 2³¹ - 1], default 0
        Another seed draws other sets.

    Raises
    ------
    ValueError
        For a number or seed outside of its range.

    References
    ----------
    Lundberg, Lee (2017), "A Unified Approach to Interpreting Model Predictions", NeurIPS.  Computed by
    `captum.attr.KernelShap`.
    """

    num_samples: int = knob(500, 10, 20_000, step=10, log=True, help="Sets of superpixels that the model is asked for.")
    seed: int = knob(0, 0, 2**31 - 1, step=1, help="Another seed draws other sets.")

    title: ClassVar[str] = "KernelSHAP"
    package: ClassVar[str] = "Captum"

    def __call__(self, question: Question) -> tuple[Floats, int]:
        from captum.attr import KernelShap as Shapley

        cut, live = question.scene.segmentation, np.flatnonzero(~question.scene.inert)
        tally = Tally(self.num_samples if len(live) > 1 else 2 * len(live), question.on_progress)
        moves = _Moves()

        def score(shown: Tensor) -> Tensor:
            masks = np.ones((len(shown), cut.d), dtype=np.float32)
            masks[:, live] = shown.numpy()
            found = question.of_masks(masks)
            tally.add(len(found))
            return torch.from_numpy(moves.of(found))

        values, ends = np.zeros(cut.d), (torch.ones(1, len(live)), torch.zeros(1, len(live)))
        if len(live) == 1:  # no sets to draw: it is what showing it adds
            values[live] = moves.back(-score(torch.cat(ends))[1:].numpy())
        elif len(live):
            with native_code(), _ONE_SEED, torch.random.fork_rng(devices=[]):
                torch.manual_seed(self.seed)
                found = Shapley(score).attribute(
                    *ends, n_samples=self.num_samples, perturbations_per_eval=question.model.engine.batch_size
                )
            values[live] = moves.back(found[0].numpy())
        return finite((values / cut.sizes)[cut.labels], self.title), tally.done


@dataclass(frozen=True)
class Rise(Bounded):
    """RISE: how the score goes with what soft random masks show of every pixel.

    Parameters
    ----------
    num_masks : int in [32, 20 000], default 1000
        Masked pictures that the model is asked about; masks are drawn in blocks of 32, each of a seed of its own.
    cells : int in [2, 32], default 8
        Rows and columns of the coarse grid whose cells are shown with a chance of one half.
    seed : int in [0, 2³¹ - 1], default 0
        Another seed draws other masks.

    Raises
    ------
    ValueError
        For a number outside of its range.

    References
    ----------
    Petsiuk, Das, Saenko (2018), "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC.  Masks are
    those of `xaitk_saliency`'s `RISEGrid`, and the sums its `weight_regions_by_scalar`: the mean of (score minus the
    mean score) times (mask minus one half), over the variance of a cell, so that its unit is the score's.  The paper
    leaves the mean score in, and a score that never moves has a map of noise.
    """

    num_masks: int = knob(1000, 32, 20_000, step=32, log=True, help="Masked pictures that the model is asked about.")
    cells: int = knob(8, 2, 32, step=1, help="Rows and columns of the coarse grid that masks are drawn on.")
    seed: int = knob(0, 0, 2**31 - 1, step=1, help="Another seed draws other masks.")

    title: ClassVar[str] = "RISE"
    package: ClassVar[str] = "XAITK"

    def __call__(self, question: Question) -> tuple[Floats, int]:
        from xaitk_saliency.impls.perturb_image.rise import RISEGrid
        from xaitk_saliency.utils.masking import weight_regions_by_scalar

        image, hidden = (pixels.astype(np.float32) for pixels in (question.scene.image, question.scene.hidden))
        tally, moves, moved = Tally(self.num_masks, question.on_progress), _Moves(), 0.0
        summed, shown = np.zeros((2, *image.shape[:2]))
        for block, start in enumerate(range(0, self.num_masks, _BLOCK)):
            count, seed = min(_BLOCK, self.num_masks - start), np.random.SeedSequence([self.seed, block])
            grid = RISEGrid(count, self.cells, 0.5, int(seed.generate_state(1)[0]), threads=0)
            masks = grid.perturb(question.scene.image)
            mixed = np.rint(hidden + masks[..., None] * (image - hidden)).astype(np.uint8)
            found = moves.of(question.of_pictures(mixed))
            summed += weight_regions_by_scalar(found[:, None], masks - 0.5, inv_masks=False, normalize=False)[0]
            shown += (masks - 0.5).sum(axis=0, dtype=np.float64)
            moved += float(found.sum())
            tally.add(count)
        values = summed - moved / self.num_masks * shown  # without the mean of all scores, which is known only now
        return finite(moves.back(values / (0.25 * self.num_masks)), self.title), tally.done
