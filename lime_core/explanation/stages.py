"""The stages of a fit: the samples of a probe, what a prior expects of them, selection and surrogate."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lime_core.arrays import Indices, Weights
from lime_core.errors import PriorMismatch
from lime_core.explanation.prior import LookingPrior, Projection, laid_over
from lime_core.explanation.settings import FitSettings
from lime_core.models.scores import SPACES, constant
from lime_core.probing.probe import Probe
from lime_core.surrogates.surrogate import Expected, Samples, SurrogateFit
from lime_core.surrogates.with_prior import with_prior


def filled(probe: Probe, settings: FitSettings) -> FitSettings:
    """Fill in the class and the score space where the settings leave them open.

    Parameters
    ----------
    probe : Probe
        Whose most likely class and first space these are.
    settings : FitSettings
        With both, or without.

    Returns
    -------
    FitSettings
        With both.
    """
    index = probe.most_likely()[0] if settings.class_index is None else settings.class_index
    return replace(settings, class_index=index, space=settings.space or SPACES[probe.kind][0])


def samples_of(probe: Probe, settings: FitSettings) -> tuple[Samples, Indices, float]:
    """What a surrogate is fitted to, with the columns of all superpixels that can be explained.

    Parameters
    ----------
    probe : Probe
        Masks and what the model answered to them.
    settings : FitSettings
        With the class and the space.

    Returns
    -------
    samples : Samples
        A row for each mask.
    live : (f,) integers
        The superpixels of its columns: none where the score does not move, which a fit would take for something.
    rounding : float
        How far apart scores can be by rounding, see `constant`.

    Raises
    ------
    ValueError
        For a class or a space that the probe does not have.
    """
    space, sampler = settings.space or SPACES[probe.kind][0], probe.spec.sampler
    scores = probe.scores(settings.class_index or 0, space)
    sample_weights = settings.kernel(probe.masks) if sampler.weighted else np.ones(len(probe))
    rounding = math.inf if probe.scene.inert.all() else probe.rounding(scores, space)
    still = constant(scores[sample_weights > 0], rounding)
    # An inert superpixel's column is noise: the picture is the same with it and without it.
    live = np.flatnonzero(~probe.scene.inert & (not still))
    clusters = sampler.clusters(len(probe), probe.masks.shape[1], probe.spec.seed)
    return Samples(probe.masks[:, live].astype(np.float64), scores, sample_weights, clusters), live, rounding


def order_of(probe: Probe) -> Indices | slice:
    """Say in which order rows are fitted.

    Parameters
    ----------
    probe : Probe
        Masks and what the model answered to them.

    Returns
    -------
    (n,) integers or slice
        As they were asked.  All masks are sorted, the full picture first: seeds have them in orders of their own, and
        only in one order give the same digits, on which it hangs which of equals a fit takes.
    """
    if probe.spec.sampler.limit(probe.masks.shape[1]) == len(probe):
        return np.lexsort(probe.masks.T)[::-1]
    return slice(None)


def fit_samples(
    samples: Samples, settings: FitSettings, expected: Weights | None = None
) -> tuple[Indices, SurrogateFit | None]:
    """Select superpixels and fit the surrogate to them.

    Parameters
    ----------
    samples : Samples
        With the columns of all superpixels that can be explained.
    settings : FitSettings
        Surrogate, feature selection and the strength of the prior.
    expected : (f,) float64, optional
        What the prior expects of the columns, up to a factor; None without one.

    Returns
    -------
    selected : (any,) integers
        Columns, in the order of selection.
    surrogate_fit : SurrogateFit or None
        Of these columns; None where there are none.

    Raises
    ------
    ValueError
        When the surrogate returns weights or scores that are NaN or infinity.
    """
    selected = settings.feature_selection(samples) if samples.masks.shape[1] else np.arange(0)
    if not len(selected):
        return selected, None
    samples = samples.only(selected)
    if expected is None or settings.prior_strength == 0 or not expected[selected].any():
        fitted = settings.surrogate(samples)
    else:
        pulled = with_prior(settings.surrogate)
        fitted = pulled(samples, Expected(expected[selected], settings.prior_strength))
    if not (np.isfinite(fitted.weights).all() and np.isfinite(fitted.predicted).all()):
        name = type(settings.surrogate).__name__
        raise ValueError(f"surrogate must return finite weights and scores, got NaN or infinity from {name}")
    return selected, fitted


def projected(probe: Probe, settings: FitSettings, class_index: int) -> Projection | None:
    """Lay the prior of these settings over the probe's superpixels.

    Parameters
    ----------
    probe : Probe
        With at least one sample, whose outputs say how many classes there are.
    settings : FitSettings
        With the prior, if any.
    class_index : int
        The class that is explained.

    Returns
    -------
    Projection or None
        Expected weights of the superpixels; None without a prior.

    Raises
    ------
    PriorMismatch
        For a prior of other classes, other features or another model, or a probe that does not know what its
        superpixels look like.
    """
    prior, spec, classes = settings.prior, probe.spec, probe.outputs.shape[1]
    if prior is None:
        return None
    if isinstance(prior, LookingPrior):
        prior.check(prior.kind, spec.fingerprint, classes)
        return prior.project(prior.look(probe.scene), class_index)
    description = probe.scene.description
    if description is None:
        raise PriorMismatch("This probe does not know what its superpixels look like, so no prior can be laid over it.")
    prior.check(description.kind, spec.fingerprint, classes)
    return laid_over(prior, description.columns(prior.position), class_index, probe.scene.segmentation.border)
