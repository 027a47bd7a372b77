"""From a probe to an explanation: score, kernel, surrogate.  No model is asked, it takes milliseconds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lime_core.arrays import read_only
from lime_core.errors import PriorMismatch
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.settings import FitSettings, Prior, Projection
from lime_core.probing.probe import Probe
from lime_core.sampling.kernels import Kernel
from lime_core.scores import SPACES, constant, weighted_r2
from lime_core.surrogates.selection import Selection
from lime_core.surrogates.surrogate import Expected, Samples, Surrogate
from lime_core.surrogates.with_prior import with_prior
from lime_core.version import versions


def explain(
    probe: Probe,
    class_index: int | None = None,
    space: str | None = None,
    kernel: Kernel | None = None,
    surrogate: Surrogate | None = None,
    feature_selection: Selection | None = None,
    prior: Prior | None = None,
    prior_strength: float = 0.0,
) -> Explanation:
    """Explain one class with the samples that are there; what is left out is `lime`'s default.

    Raises
    ------
    ValueError
        for a class or score space that the probe does not have, fewer than two samples, or a prior for a surrogate that
        takes none.
    PriorMismatch
        for a prior of other classes, other features or another model.
    """
    return fit(probe, FitSettings.of(class_index, space, kernel, surrogate, feature_selection, prior, prior_strength))


def fit(probe: Probe, settings: FitSettings) -> Explanation:
    """`explain` with its settings as one object.

    The kernel is not applied to samples whose law has it already, see `Sampler.weighted`.
    """
    if len(probe) < 2:
        raise ValueError(f"an explanation needs at least 2 samples, got {len(probe)}")
    class_index = probe.most_likely()[0] if settings.class_index is None else settings.class_index
    space = settings.space or SPACES[probe.kind][0]
    scores = probe.scores(class_index, space)
    sampler, d = probe.spec.sampler, probe.masks.shape[1]
    sample_weights = settings.kernel(probe.masks) if sampler.weighted else np.ones(len(probe))
    # A score that does not move has nothing to explain: what a fit would find is rounding.
    still = constant(scores)
    # An inert superpixel's column is noise: the picture is the same with it and without it.
    live = np.flatnonzero(~probe.scene.inert & (not still))
    clusters = sampler.clusters(len(probe), d, probe.spec.seed)
    samples = Samples(probe.masks[:, live].astype(np.float64), scores, sample_weights, clusters)
    chosen = settings.feature_selection(samples) if len(live) else np.arange(0)
    known = projected(probe, settings, class_index)
    weights, covariance, share, scale = np.zeros(d), np.full((d, d), np.nan), np.zeros(d), math.nan
    entered = np.arange(0)
    intercept = float(np.average(scores, weights=sample_weights))
    predicted = np.full(len(scores), intercept)
    if len(chosen):
        samples = samples.only(chosen)
        expected = None if known is None else Expected(known.mean[live[chosen]], settings.prior_strength)
        if expected is None or expected.strength == 0 or not expected.mean.any():
            found = settings.surrogate(samples)
        else:
            found = with_prior(settings.surrogate)(samples, expected)
            scale = found.prior_scale
        if found.prior_share is not None:
            share[live[chosen]] = found.prior_share
        if found.entered is not None:
            entered = live[chosen][found.entered]
        weights[live[chosen]] = found.weights
        covariance[np.ix_(live[chosen], live[chosen])] = found.covariance
        predicted, intercept = found.predicted, found.intercept
    limit = sampler.limit(d)
    if limit == len(probe):
        covariance[np.ix_(weights != 0, weights != 0)] = 0.0
    elif limit:  # masks are drawn without putting them back, so less and less is left to chance
        covariance *= 1.0 - len(probe) / limit
    return Explanation(
        weights=read_only(weights),
        intercept=intercept,
        standard_error=read_only(np.sqrt(np.diag(covariance))),
        covariance=read_only(covariance),
        r2=weighted_r2(scores, predicted, sample_weights),
        local_prediction=float(predicted[0]),
        model_score=float(scores[0]),
        effective_samples=float(sample_weights.sum() ** 2 / (sample_weights**2).sum()),
        features=read_only(live[chosen]),
        prior_share=read_only(share),
        prior_scale=scale,
        prior_coverage=known.coverage if known else 0.0,
        entered=read_only(entered),
        class_name=_class_name(probe, class_index),
        scene=probe.scene,
        spec=probe.spec,
        n_samples=len(probe),
        settings=replace(settings, class_index=class_index, space=space),
        versions=versions(),
    )


def projected(probe: Probe, settings: FitSettings, class_index: int) -> Projection | None:
    """The prior of these settings laid over the probe's superpixels; None without a prior."""
    if settings.prior is None:
        return None
    found = probe.scene.description
    if found is None:
        raise PriorMismatch("This probe does not know what its superpixels look like, so no prior can be laid over it.")
    settings.prior.check(found.kind, probe.spec.fingerprint, probe.outputs.shape[1])
    return settings.prior.project(found.columns(settings.prior.position), class_index)


def _class_name(probe: Probe, class_index: int) -> str:
    return probe.class_names[class_index] if class_index < len(probe.class_names) else f"class {class_index}"
