"""Whether a model may calculate with fewer digits: rounding must stay below the noise of sampling."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from lime_core.arrays import Floats, Labels, Masks, Pixels
from lime_core.engines.engine import Engine, Scorer

Scoring = Callable[[Pixels, Pixels, Labels], Scorer]
"""`Engine.scorer`."""

NEAR = 0.02
"""How far bf16 may move a score, as a share of how far masks move it, for "auto" to take it.

Weights then move by about a tenth of their standard error with a thousand samples.
"""

MOST = 0.2
"""Standard errors that fewer digits may move a weight by, see `movement`."""

_CELLS = 6
_MASKS = 32
_AT_A_TIME = 16


def rounding(rough: Engine, exact: Engine, height: int, width: int) -> float:
    """How far fewer digits move a score, as a share of how far masks move it.

    Asked of 32 masks on a picture of soft colors (height, width): how far the score of its class moves from engine to
    engine, beside how far it moves from mask to mask.

    Parameters
    ----------
    rough, exact : Engine
        The one with fewer digits, and the one that it is compared with.
    height, width : int
        Pixels of the picture, those that the model takes.

    Returns
    -------
    float
        Of the standard deviations; not a number where the rough answers are none.
    """
    rng = np.random.default_rng(0)
    picture = soft_colors(rng, height, width)
    labels = _cells(height, width, _CELLS)
    masks = (rng.random((_MASKS, int(labels.max()) + 1)) < 0.5).astype(np.float32)
    masks[0] = 1.0
    grey = np.full_like(picture, 128)
    expected, answers = (engine.scorer(picture, grey, labels)(masks) for engine in (exact, rough))
    index = int(expected[0].argmax())
    moved, spread = (answers - expected)[:, index].std(), expected[:, index].std()
    return float(moved / spread) if spread else float("inf" if moved else 0)


def movement(rough: Scoring, exact: Scoring, pictures: Sequence[Pixels]) -> float:
    """The most that fewer digits move a weight by, in its own standard errors.

    Asked of 64 masks on each picture, cut into 4 × 4 cells: the weights of its class, by least squares, with both.

    Parameters
    ----------
    rough, exact : callable
        `Engine.scorer` of the one with fewer digits, and of the one that it is compared with.
    pictures : sequence of ndarray (h, w, 3) of uint8
        Of the size that the model takes.

    Returns
    -------
    float
        Over all pictures and cells; infinite where answers are not finite, or where nothing is uncertain that
        rounding moves.
    """
    most = 0.0
    for image in pictures:
        labels = _cells(image.shape[0], image.shape[1], 4)
        masks = np.random.default_rng(1).random((64, int(labels.max()) + 1)) < 0.5
        masks[0] = True
        hidden = np.broadcast_to(image.mean(axis=(0, 1)).round().astype(np.uint8), image.shape).copy()
        expected, answers = (
            _answers(scoring(image, hidden, labels), masks.astype(np.float32)) for scoring in (exact, rough)
        )
        if not (np.isfinite(answers).all() and np.isfinite(expected).all()):
            return np.inf
        index = int(expected[0].argmax())
        design = np.column_stack([np.ones(len(masks)), masks])
        fitting = np.linalg.pinv(design)
        residuals = expected[:, index] - design @ (fitting @ expected[:, index])
        errors = np.sqrt(fitting**2 @ residuals**2)[1:]
        moved = np.abs(fitting @ (answers - expected)[:, index])[1:]
        least = np.finfo(np.float32).eps * np.abs(expected[:, index]).max()  # below it nothing is said by either
        moved[moved <= least] = 0.0
        with np.errstate(divide="ignore"):
            in_errors = np.divide(moved, errors, out=np.zeros_like(moved), where=moved > 0)
        most = max(most, float(in_errors.max()))
    return most


def _answers(score: Scorer, masks: Masks) -> Floats:
    """(n, k) float64 answers to masks, a few at a time."""
    parts = [score(masks[start : start + _AT_A_TIME]) for start in range(0, len(masks), _AT_A_TIME)]
    return np.concatenate(parts).astype(np.float64)


def soft_colors(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """A picture of soft colors.

    Parameters
    ----------
    rng : Generator
        Draws them.
    height, width : int
        Its pixels.

    Returns
    -------
    ndarray (height, width, 3) of uint8
        Seven colors by seven, blended.
    """
    coarse = Image.fromarray(rng.integers(0, 256, (7, 7, 3), dtype=np.uint8))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))


def _cells(height: int, width: int, count: int) -> Labels:
    """(height, width) cells of a grid, as many down as across."""
    rows, columns = np.arange(height) * count // height, np.arange(width) * count // width
    return np.unique(rows[:, None] * count + columns, return_inverse=True)[1].reshape(height, width)
