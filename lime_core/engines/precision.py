"""Whether a model may calculate with fewer digits: rounding to bf16 must stay below the noise of sampling."""

from __future__ import annotations

import numpy as np
from PIL import Image

from lime_core.engines.engine import Engine

NEAR = 0.02
"""How far bf16 may move a score, as a share of how far masks move it, for "auto" to take it.

Weights then move by about a tenth of their standard error with a thousand samples.
"""

_CELLS = 6
_MASKS = 32


def near(rough: Engine, exact: Engine, height: int, width: int) -> bool:
    """Whether two engines of one model give the same weights, beside the noise of sampling.

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
    bool
        True where the standard deviation of the one is at most `NEAR` times that of the other.
    """
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (7, 7, 3), dtype=np.uint8))
    picture = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
    rows, columns = np.arange(height) * _CELLS // height, np.arange(width) * _CELLS // width
    labels = np.unique(rows[:, None] * _CELLS + columns, return_inverse=True)[1].reshape(height, width)
    masks = (rng.random((_MASKS, int(labels.max()) + 1)) < 0.5).astype(np.float32)
    masks[0] = 1.0
    grey = np.full_like(picture, 128)
    expected, answers = (engine.scorer(picture, grey, labels)(masks) for engine in (exact, rough))
    index = int(expected[0].argmax())
    return bool((answers - expected)[:, index].std() <= NEAR * expected[:, index].std())
