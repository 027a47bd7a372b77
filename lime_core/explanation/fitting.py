"""From a probe to an explanation: score, kernel, surrogate.  No model is asked, it takes milliseconds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lime_core.arguments import is_a
from lime_core.arrays import read_only
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.pooling import movement, pooled
from lime_core.explanation.prior import PriorLike
from lime_core.explanation.settings import FitSettings, class_index_of
from lime_core.explanation.shortfall import shortfall_of
from lime_core.explanation.stages import filled, fit_samples, order_of, projected, samples_of
from lime_core.models.answers import name_of
from lime_core.models.scores import constant, weighted_r2
from lime_core.probing.probe import Probe
from lime_core.sampling.kernels import KernelLike
from lime_core.surrogates.selection import SelectionLike
from lime_core.surrogates.table import SurrogateLike
from lime_core.surrogates.with_prior import without_prior
from lime_core.version import versions


def explain(
    probe: Probe,
    class_index: int | str | None = None,
    space: str | None = None,
    kernel: KernelLike | None = None,
    surrogate: SurrogateLike | None = None,
    feature_selection: SelectionLike | None = None,
    prior: PriorLike | None = None,
    prior_strength: float = 0.0,
) -> Explanation:
    """Explain one class with the samples that are there; what is left out is `lime`'s default.

    No model is asked: another class, score, kernel or surrogate costs a fit, which takes milliseconds.

    Parameters
    ----------
    probe : Probe
        Masks and what the model answered to them, at least 2.
    class_index, space, kernel, surrogate, feature_selection, prior, prior_strength : optional
        As in `explain_image`.

    Returns
    -------
    Explanation
        What each superpixel adds to the score of the class, and how far that can be trusted.

    Raises
    ------
    ValueError, TypeError
        For a class or score space that the probe does not have, fewer than two samples, a prior for a surrogate that
        takes none, a prior_strength that is negative or not finite, an argument of another type, or a surrogate that
        returns NaN or infinity.
    PriorMismatch
        For a prior of other classes, other features or another model, or a probe that does not know what its
        superpixels look like.
    """
    is_a("probe", probe, Probe, "a Probe, as probe_image and open_probe give")
    index = class_index_of(class_index, probe.class_names)
    return fit(probe, FitSettings.of(index, space, kernel, surrogate, feature_selection, prior, prior_strength))


def fit(probe: Probe, settings: FitSettings) -> Explanation:
    """Explain with the settings as one object; else as `explain`.

    The kernel is not applied to samples whose law has it already, see `Sampler.weighted`.  Inert superpixels are not
    given to the surrogate.  A prior that expects nothing of these superpixels leaves the fit as it is without one.

    Parameters
    ----------
    probe : Probe
        Masks and what the model answered to them, at least 2.
    settings : FitSettings
        Class, score, kernel, surrogate, feature selection and prior.

    Returns
    -------
    Explanation
        With the class and the score space filled in in its settings.

    Raises
    ------
    ValueError
        For a class or score space that the probe does not have, fewer than two samples, a prior for a surrogate that
        takes none, or a surrogate that returns NaN or infinity.
    PriorMismatch
        As `explain`.

    References
    ----------
    Garreau, Mardaoui (2021), "What does LIME really see in images?", ICML, for what the weights tend to with many
    samples.  The standard errors are the sandwich covariance of the surrogate's fit, which is that over seeds.
    """
    is_a("probe", probe, Probe, "a Probe, as probe_image and open_probe give")
    is_a("settings", settings, FitSettings, "FitSettings, as FitSettings.of makes them")
    if len(probe) < 2:
        raise ValueError(f"an explanation needs at least 2 samples, got {len(probe)}")
    settings = filled(probe, settings)
    if not probe.scene.parts:
        return _fit(probe, settings)[0]
    # The first rows of a few samples can be too few for some segmentations, never for the first.
    fitted = [_fit(member, settings) for member in probe.members if len(member) >= 2]
    if not fitted:
        least = len(probe.scene.parts) + 1
        raise ValueError(f"several segmentations need at least {least} samples, two of the first, got {len(probe)}")
    members, moved = zip(*fitted, strict=True)
    return replace(pooled(members, probe.scene, moved), spec=probe.spec, n_samples=len(probe))


def _fit(probe: Probe, settings: FitSettings) -> tuple[Explanation, float]:
    """The explanation of one segmentation, and how much the scores move."""
    samples, live, rounding = samples_of(probe, settings)
    samples = samples.rows(order_of(probe))
    everything, scores, sample_weights = samples, samples.scores, samples.sample_weights
    class_index, space = settings.class_index or 0, settings.space or ""
    d = probe.masks.shape[1]
    limit = probe.spec.sampler.limit(d)
    projection = projected(probe, settings, class_index)
    expected = None if projection is None else projection.mean[live]
    selected, surrogate_fit = fit_samples(samples, settings, expected)
    weights, covariance, share, scale = np.zeros(d), np.full((d, d), np.nan), np.zeros(d), math.nan
    entered = np.arange(0)
    intercept = float(np.average(scores, weights=sample_weights))
    predicted = np.full(len(scores), intercept)
    if surrogate_fit is not None:
        samples, scale = samples.only(selected), surrogate_fit.prior_scale
        if surrogate_fit.prior_share is not None:
            share[live[selected]] = surrogate_fit.prior_share
        if surrogate_fit.entered is not None:
            entered = live[selected][surrogate_fit.entered]
        weights[live[selected]] = surrogate_fit.weights
        covariance[np.ix_(live[selected], live[selected])] = surrogate_fit.covariance
        predicted, intercept = surrogate_fit.predicted, surrogate_fit.intercept
    r2, plain = weighted_r2(scores, predicted, sample_weights, rounding), without_prior(settings.surrogate)
    if np.count_nonzero(sample_weights) < 2 and not constant(scores, rounding):
        r2 = 0.0  # one sample never moves; all of them do
    missing = shortfall_of(everything, selected, r2, None if math.isnan(scale) else lambda: plain(samples).predicted)
    if limit == len(probe):
        covariance[np.ix_(weights != 0, weights != 0)] = 0.0
    elif limit:  # masks are drawn without putting them back, so less and less is left to chance
        covariance *= 1.0 - len(probe) / limit
    explanation = Explanation(
        weights=read_only(weights),
        intercept=intercept,
        standard_error=read_only(np.sqrt(np.diag(covariance))),
        covariance=read_only(covariance),
        r2=r2,
        local_prediction=float(predicted[0]),
        model_score=float(scores[0]),
        effective_samples=float(sample_weights.sum() ** 2 / (sample_weights**2).sum()),
        features=read_only(live[selected]),
        prior_share=read_only(share),
        prior_scale=scale,
        prior_coverage=projection.coverage if projection else 0.0,
        entered=read_only(entered),
        class_name=name_of(class_index, probe.class_names, probe.kind),
        scene=probe.scene,
        spec=probe.spec,
        n_samples=len(probe),
        settings=settings,
        versions=versions(probe.spec.engine),
        shortfall=replace(missing, bounds=probe.bounds(class_index, space)),
        value_unit=probe.unit,
    )
    return explanation, movement(scores, sample_weights)
