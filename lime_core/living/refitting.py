"""What of a fit a page can do again, and what it needs for that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lime_core.explanation.settings import FitSettings
from lime_core.explanation.stages import projected, samples_of
from lime_core.living.packing import packed, packed_masks
from lime_core.probing.probe import Probe
from lime_core.sampling.kernels import CosineKernel, L2Kernel
from lime_core.surrogates.linear import LeastSquares, Ridge
from lime_core.surrogates.selection import AllFeatures, AutoSelection, HighestWeights
from lime_core.surrogates.with_prior import RidgeWithPrior

_WITH_WIDTH = (CosineKernel, L2Kernel)
_DIGITS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_LARGEST_STRENGTH = 100_000.0
_MOST_FORWARD = 6
"""Up to here `AutoSelection` selects one superpixel after the other, which can leave the order to chance."""


def why_not(probe: Probe, settings: FitSettings) -> str:
    """Say why a page cannot fit with these settings.

    Parameters
    ----------
    probe : Probe
        What is fitted.
    settings : FitSettings
        Surrogate and feature selection count.

    Returns
    -------
    str
        A sentence; empty where it can.
    """
    surrogate, selection = settings.surrogate, settings.feature_selection
    if not isinstance(surrogate, Ridge | LeastSquares | RidgeWithPrior):
        return (
            "Kernel width and penalty stay as they were made: this page can refit ridge and least squares, and these "
            f"are the weights that {type(surrogate).__name__} gave."
        )
    most = max(probe.scene.counts)
    match selection:
        case AllFeatures():
            return ""
        case AutoSelection(num_features=number) if number >= max(most, _MOST_FORWARD + 1):
            return ""
        case HighestWeights(num_features=number) if number >= most:
            return ""
    return (
        "Kernel width and penalty stay as they were made: this page refits all superpixels, and these are the weights "
        f"of those that {type(selection).__name__} selected."
    )


def kernel_of(probe: Probe, settings: FitSettings) -> dict[str, Any]:
    """Say which width a page may turn, or why there is none.

    Parameters
    ----------
    probe : Probe
        Whose sampler may have the kernel in its law.
    settings : FitSettings
        The kernel counts.

    Returns
    -------
    dict
        "width" and the "stops" of its slider; or "why", a sentence.
    """
    if not probe.spec.sampler.weighted:
        return {"why": "The samples were drawn closer to the full picture already, so there is no kernel width."}
    match settings.kernel:
        case CosineKernel(width=width):
            return {"width": width, "stops": stops(0.01, 10.0, width)}
        case L2Kernel(width=width):
            return {"width": width, "stops": stops(0.1, 50.0, width)}
    return {"why": "The kernel of this explanation has no width."}


def penalty_of(settings: FitSettings) -> dict[str, Any]:
    """Say which penalty a page may turn.

    Parameters
    ----------
    settings : FitSettings
        Of a surrogate that a page can fit.

    Returns
    -------
    dict
        "alpha", that of a ridge, and the "stops" of its slider.
    """
    alpha = float(getattr(settings.surrogate, "alpha", 0.0))  # least squares has none
    return {"alpha": alpha, "stops": [0.0, *stops(0.001, 1000.0, alpha)] if alpha else [0.0, *stops(0.001, 1000.0)]}


def pull_of(settings: FitSettings) -> dict[str, Any]:
    """Say which strength of a prior a page may turn.

    Parameters
    ----------
    settings : FitSettings
        With a prior.

    Returns
    -------
    dict
        "strength" and the "stops" of its slider.
    """
    strength = float(settings.prior_strength)
    return {"strength": strength, "stops": [0.0, *stops(0.1, _LARGEST_STRENGTH, *([strength] if strength else []))]}


def stops(low: float, high: float, *also: float) -> list[float]:
    """List the values of a logarithmic slider.

    Parameters
    ----------
    low, high : float, above 0
        The range, ends included.
    *also : float
        Values that are to be among them.

    Returns
    -------
    list of float
        Rising, with no more than two digits but for the ends and those that are given.
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    series = {float(f"{digit}e{power}") for power in powers for digit in _DIGITS}
    return sorted({low, high, *also} | {value for value in series if low <= value <= high})


def to_fit(member: Probe, settings: FitSettings, classes: Sequence[int]) -> dict[str, Any]:
    """Pack what a page fits: the samples of one segmentation.

    Parameters
    ----------
    member : Probe
        Of one segmentation.
    settings : FitSettings
        With the space; kernel and prior count.
    classes : sequence of int
        Those that the page has.

    Returns
    -------
    dict
        Ready for JSON.
    """
    each = [replace(settings, class_index=index) for index in classes]
    read = [samples_of(member, one) for one in each]
    samples, sampler, (n, d) = read[0][0], member.spec.sampler, member.masks.shape
    kernel = settings.kernel if sampler.weighted else None
    sizes = np.unique(sampler.clusters(n, d, member.spec.seed), return_counts=True)[1]
    limit = sampler.limit(d)
    expected = [projected(member, one, one.class_index or 0) for one in each]
    return {
        "n": n,
        "masks": packed_masks(member.masks),
        "distance": packed(kernel.distance(member.masks)) if isinstance(kernel, _WITH_WIDTH) else None,
        "sampleWeights": None if isinstance(kernel, _WITH_WIDTH) else packed(samples.sample_weights),
        "clusters": packed(sizes, "<u4") if len(sizes) < n else None,
        "inert": packed(member.scene.inert, "u1"),
        "chance": 1.0 if limit is None else 1.0 - n / limit,
        "scores": [packed(one.scores) for one, _, _ in read],
        "rounding": packed(np.array([rounding for _, _, rounding in read])),
        "expected": [None if one is None else packed(one.mean) for one in expected],
    }
