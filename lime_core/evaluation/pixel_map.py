"""The map of several segmentations by pixel, with how far it would be another with another segmentation.

Three things make a map what it is: the model, the masks that were drawn, and the superpixels.  The error of sampling
covers the masks; the spread over segmentations covers the superpixels and what the masks of each add to it.

References
----------
Spearman (1910), "Correlation calculated from faulty data", and Brown (1910), "Some experimental results in the
correlation of mental abilities", British Journal of Psychology 3, for what means of so many agree by.
Smyth (2004), "Linear models and empirical Bayes methods for assessing differential expression", for variances of few
values that are pulled towards their mean: where a handful of segmentations agree by chance, they would otherwise claim
to be certain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from lime_core.arguments import is_a, number
from lime_core.arrays import Floats, read_only
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.pooling import readings

_PULL = 2.0
"""Degrees of freedom that the mean variance over the picture counts for beside those of the pixel itself."""


@dataclass(frozen=True, eq=False)
class PixelMap:
    """What each pixel adds to the score, and how far that can be trusted; arrays are read-only.

    Parameters
    ----------
    weights : (h, w) float64
        In the unit of the score; positive speaks for the class.  They sum to what all superpixels add.
    spread : (h, w) float64
        Standard deviation over the segmentations; NaN where there is one only.
    error : (h, w) float64
        Standard error of sampling: how far `weights` would move with another seed; NaN where it is not known.
    segmentations : int
        How many there are.
    part : tuple of two slice, optional
        Rows and columns that show the photo, where a border pads it: nothing is said of that.
    """

    weights: Floats
    spread: Floats
    error: Floats
    segmentations: int
    part: tuple[slice, slice] | None = None

    def band(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Find where the map of one more segmentation would lie, pixel by pixel.

        Parameters
        ----------
        level : float in (0, 1), default 0.95
            The probability that it lies there, if it were cut as differently as these are.

        Returns
        -------
        low, high : (h, w) float64
            The ends, in the unit of `weights`; 0 on the border, and NaN of one segmentation.

        Raises
        ------
        ValueError
            For a level outside of 0..1.

        References
        ----------
        Smyth (2004), see the module.
        """
        level = number("level", level)
        if not 0 < level < 1:
            raise ValueError(f"level must lie between 0 and 1, got {level}")
        if self.segmentations < 2:
            nothing = np.full_like(self.weights, math.nan)
            return nothing, nothing
        own, photo = self.segmentations - 1, self.part or (...,)
        squares, reach = self.spread[photo] ** 2, np.zeros(self.weights.shape)
        variance = (own * squares + _PULL * np.mean(squares)) / (own + _PULL)
        reach[photo] = student.ppf(0.5 + level / 2.0, own + _PULL) * np.sqrt(
            variance * (1.0 + 1.0 / self.segmentations)
        )
        return self.weights - reach, self.weights + reach


def pixel_map(e: Explanation) -> PixelMap:
    """Spread an explanation over the pixels; no model is asked.

    Parameters
    ----------
    e : Explanation
        Of several segmentations, or of one.

    Returns
    -------
    PixelMap
        The mean over the segmentations, its spread and its error.

    Raises
    ------
    TypeError
        For what is no explanation.
    """
    is_a("e", e, Explanation, "an Explanation, as explain and explain_image give")
    members = e.members or (e,)
    maps = [member.pixel_weights() for member in members]
    errors = [(m.standard_error / m.scene.segmentation.sizes)[m.segments] for m in members]
    known = ~np.isnan(errors)
    unknown = np.any(~known & (np.array(maps) != 0), axis=0)
    variance = np.where(known, np.square(errors), 0.0).sum(axis=0) / len(members) ** 2
    return PixelMap(
        read_only(np.asarray(np.mean(maps, axis=0))),
        read_only(np.std(maps, axis=0, ddof=1) if len(maps) > 1 else np.full(maps[0].shape, math.nan)),
        read_only(np.where(known.any(axis=0) & ~unknown, np.sqrt(variance), math.nan)),
        len(members),
        e.scene.segmentation.part,
    )


def segmentations_for(e: Explanation) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count in how many segmentations each superpixel speaks for the class, and in how many against it.

    Parameters
    ----------
    e : Explanation
        Of several segmentations, or of one.

    Returns
    -------
    speaks_for, against : (d,) int64
        Each from 0 to the number of segmentations; together fewer where some say nothing of its pixels.
    """
    read = readings(e)
    return (read > 0).sum(axis=0), (read < 0).sum(axis=0)


def segmentation_agreement(e: Explanation) -> float:
    """Estimate how far as many other segmentations would draw the same map; no model is asked.

    Parameters
    ----------
    e : Explanation
        Of m segmentations.

    Returns
    -------
    float
        The correlation of this map with that of m others which differ as these do, m·r / (1 + (m - 1)·r) with r the
        mean correlation by pixel of two of its maps, which is 0 where a map is the same everywhere; 0..1, and 0 where
        r is negative.  NaN of one segmentation.

    Raises
    ------
    TypeError
        For what is no explanation.

    References
    ----------
    Spearman (1910), Brown (1910), see the module.
    """
    is_a("e", e, Explanation, "an Explanation, as explain and explain_image give")
    count = len(e.members)
    if count < 2:
        return math.nan
    photo = e.scene.segmentation.part or (...,)  # borders are alike in all maps
    maps = np.array([member.pixel_weights()[photo].ravel() for member in e.members])
    size = np.abs(maps).max(axis=1)
    maps -= maps.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(maps, axis=1)
    flat = lengths <= 1e-12 * size * np.sqrt(maps.shape[1])  # what rounding leaves of a map without any contrast
    unit = np.where(flat[:, None], 0.0, maps / np.where(flat, 1.0, lengths)[:, None])
    together = unit @ unit.T
    mean = max((together.sum() - np.trace(together)) / (count * (count - 1)), 0.0)
    return float(min(count * mean / (1.0 + (count - 1) * mean), 1.0))
