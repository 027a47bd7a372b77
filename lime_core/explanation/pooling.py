"""One explanation out of those of several segmentations, and any explanation read in other superpixels.

Maps of two segmentations of one picture agree less than those of two seeds, and no error bar of either says so.  Here
each segmentation is explained from its own samples; the weight of a superpixel is spread evenly over its pixels, and
the maps by pixel are averaged.  What a superpixel of any segmentation weighs is then the sum over its pixels: linear in
the weights of the members, so that its error follows from theirs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lime_core.arguments import is_a
from lime_core.arrays import Floats, SampleWeights, Scores, read_only
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.shortfall import Shortfall
from lime_core.label_maps.label_map import LabelMap
from lime_core.probing.scene import Scene
from lime_core.superpixels.overlap import shares
from lime_core.superpixels.segmentation import Segmentation, segment
from lime_core.superpixels.segmenters import SegmenterLike, segmenter_of


def pooled(members: Sequence[Explanation], scene: Scene, moved: Sequence[float]) -> Explanation:
    """Average the maps of several segmentations.

    Parameters
    ----------
    members : sequence of Explanation
        Of one class of one picture, each of its own segmentation; at least 1.
    scene : Scene
        Of the superpixels that the mean is read in, with those of the members as its parts.
    moved : sequence of float
        How much the scores of each member move, see `movement`.

    Returns
    -------
    Explanation
        With these `members`; of one alone all figures are its own, to the last digit.
    """
    first = replace(members[0], scene=scene, members=tuple(members))
    if len(members) == 1:
        return first
    return replace(
        _read(first),
        intercept=_mean([e.intercept for e in members]),
        r2=pooled_r2([e.r2 for e in members], moved),
        local_prediction=_mean([e.local_prediction for e in members]),
        effective_samples=sum(e.effective_samples for e in members),
        prior_scale=_mean([e.prior_scale for e in members if not math.isnan(e.prior_scale)]),
        prior_coverage=_mean([e.prior_coverage for e in members]),
        n_samples=sum(e.n_samples for e in members),
        shortfall=_shortfall([e.shortfall for e in members]),
    )


def read_in(e: Explanation, segmentation: Segmentation | SegmenterLike) -> Explanation:
    """Read a map in other superpixels: each weighs what the map says of its pixels; no model is asked.

    A superpixel's weight is spread evenly over its pixels, so one that is cut in two gives to each half by its area.

    Parameters
    ----------
    e : Explanation
        Of one segmentation or several.
    segmentation : Segmentation, or what stands for a segmenter in `explain_image`
        Superpixels of the same picture: a `Segmentation` of it, an option that cuts it, or labels (h, w) of the crop.

    Returns
    -------
    Explanation
        With these superpixels; its `members` are those of `e`, or `e` alone.  The figures of the fit stay; errors are
        NaN where `e` has no covariance, as in a `StabilityReport`.

    Raises
    ------
    ValueError, TypeError
        For a segmentation of another picture, and what `segment` raises.
    LimeError
        As `segment`.
    """
    is_a("e", e, Explanation, "an Explanation, as explain and explain_image give")
    own = e.scene.segmentation
    if not isinstance(segmentation, Segmentation):
        cut = segmenter_of(segmentation, "segmentation")
        if isinstance(cut, LabelMap) and cut.labels.shape != own.labels.shape:
            size = f"labels of the crop, {own.labels.shape}, or a Segmentation"
            raise ValueError(f"segmentation must be an option, {size}, got labels {cut.labels.shape}")
        try:
            segmentation = segment(e.image, cut, own.part)
        except ValueError as error:
            raise ValueError(f"segmentation: {error}") from None
    if not np.array_equal(segmentation.image, e.image):
        raise ValueError("segmentation must be of the picture that was explained")
    if segmentation.part != own.part:
        raise ValueError("segmentation must have the border that the photo is padded with")
    alone = segmentation.parts[0] if segmentation.parts else segmentation
    scene = replace(Scene.of(alone, e.spec.hiding), parts=e.scene.members)
    return _read(replace(e, scene=scene, members=e.members or (e,)))


def readings(e: Explanation) -> Floats:
    """Read the map of each segmentation in the superpixels of the explanation.

    Parameters
    ----------
    e : Explanation
        Of m segmentations, or of one.

    Returns
    -------
    (m, d) float64
        What each segmentation alone says of each superpixel; its mean are the weights.
    """
    members = e.members or (e,)
    return np.stack([shares(member.segments, e.segments) @ member.weights for member in members])


def _read(e: Explanation) -> Explanation:
    """What is linear in the weights of the members, read in the superpixels of the scene; the rest stays."""
    members, labels = e.members, e.segments
    d, share = e.scene.segmentation.d, 1.0 / len(members)
    weights, covariance, known = np.zeros(d), np.zeros((d, d)), np.zeros(d, dtype=np.bool_)
    unknown = np.zeros(d, dtype=np.bool_)
    given, strength, by_prior = np.zeros(d, dtype=np.bool_), np.zeros(d), np.zeros(d)
    for each in members:
        lies = shares(each.segments, labels)
        weights += share * (lies @ each.weights)
        spread = share * lies
        errors, own = each.standard_error, each.covariance
        if not own.size:  # a stability report keeps none
            errors, own = np.full_like(errors, np.nan), np.zeros((len(errors), len(errors)))
        covariance += spread @ np.nan_to_num(own) @ spread.T
        known |= lies[:, ~np.isnan(errors)].any(axis=1)
        unknown |= lies[:, np.isnan(errors) & (each.weights != 0)].any(axis=1)
        given |= lies[:, each.features].any(axis=1)
        strength += lies @ np.abs(each.weights)
        by_prior += lies @ (np.abs(each.weights) * each.prior_share)
    # What has no error bar counts as certain only where it has no weight: it was left out, or hiding changes nothing.
    known &= ~unknown
    covariance[~known], covariance[:, ~known] = np.nan, np.nan
    by_prior = np.divide(by_prior, strength, out=np.zeros(d), where=strength > 0)
    return replace(
        e,
        weights=read_only(weights),
        standard_error=read_only(np.sqrt(np.diag(covariance))),
        covariance=read_only(covariance),
        features=read_only(np.flatnonzero(given)),
        prior_share=read_only(by_prior),
        entered=read_only(np.arange(0)),
    )


def movement(scores: Scores, sample_weights: SampleWeights) -> float:
    """Measure how much scores move.

    Parameters
    ----------
    scores : (n,) float64
        Of the samples.
    sample_weights : (n,) float64
        Theirs.

    Returns
    -------
    float
        The root of the weighted sum of squared distances from the weighted mean; 0 where none has a weight.
    """
    if not sample_weights.any():
        return 0.0
    moved = scores - np.average(scores, weights=sample_weights)
    size = float(np.abs(moved).max())  # the squares of what is tiny would be lost
    return size * math.sqrt(float(sample_weights @ (moved / size) ** 2)) if size else 0.0


def pooled_r2(r2: Sequence[float], moved: Sequence[float]) -> float:
    """Find R² of several fits together, of which each has a mean of its own.

    Parameters
    ----------
    r2 : sequence of float
        Of each; NaN where its score does not move.
    moved : sequence of float
        The `movement` of each.

    Returns
    -------
    float
        What is left by all, as a share of what moves, taken from 1; that of the first where the kernel leaves each a
        single sample, and NaN where no score moves.
    """
    fits = [(one, size) for one, size in zip(r2, moved, strict=True) if not math.isnan(one)]
    known = [(one, size) for one, size in fits if size > 0] or fits[:1]
    if len(known) < 2:
        return known[0][0] if known else math.nan
    largest = max(size for _, size in known)
    shares = [(one, (size / largest) ** 2) for one, size in known]
    return 1.0 - sum((1.0 - one) * share for one, share in shares) / sum(share for _, share in shares)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def _shortfall(members: Sequence[Shortfall]) -> Shortfall:
    """What they lack on average, and what at least half of them lack it for."""
    (cause, times), *_ = [*Counter(each.cause for each in members if each.cause).most_common(1), ("", 0)]
    additive = [each.additive_r2 for each in members if not math.isnan(each.additive_r2)]
    return Shortfall(_mean(additive), cause if 2 * times >= len(members) else "", sum(each.bounds for each in members))
