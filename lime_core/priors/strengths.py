"""What the strength of a prior does to the explanations of one picture: how steady, how close to the model, how true.

A strong prior is perfectly steady and can be perfectly wrong, so steadiness is never looked at alone: beside it stand
the R² of the fits, how much of the weights the prior made, and deletion and insertion, which ask the model whether it
finds important what the maps call important.

Fitting at other strengths asks the model nothing.  Deletion and insertion do, but the orders at neighbouring strengths
share most of their steps: `Removal.spec_of_all` says which pictures there are, each once, and `faithfulness_at` reads
the curves of all explanations from the answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lime_core.arrays import read_only
from lime_core.evaluation.stability import report_of
from lime_core.evaluation.stability_report import StabilityReport
from lime_core.explanation.prior import Prior
from lime_core.explanation.settings import FitSettings
from lime_core.judging.faithfulness import Faithfulness, faithfulness_of
from lime_core.judging.removal import InOrder, InOrders, Removal
from lime_core.priors.class_activation import ACTIVATION_STRENGTH, ClassActivation
from lime_core.probing.probe import Probe
from lime_core.probing.spec import ProbeSpec
from lime_core.surrogates.linear import BayesianRidge
from lime_core.surrogates.surrogate import Surrogate
from lime_core.surrogates.with_prior import BayesianRidgeWithPrior, with_prior

USUAL_STRENGTH = 30.0
"""Where a reader starts, in the unit of a ridge's alpha."""

STRENGTHS = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0, 30_000.0, 100_000.0)
"""From no prior to nothing else, in the unit of a ridge's alpha."""

OF_FITTED_NOISE = 3.0
"""By how much the strengths of a Bayesian ridge are larger that fits its noise: a third of the variance is noise."""


@dataclass(frozen=True)
class AtStrength:
    """The figures of one strength, each the mean over the repeats.

    Parameters
    ----------
    strength : float
        Of the prior, in the unit of the surrogate's, see `usual_strengths`.
    jaccard, chance : float, float or None
        Mean Jaccard index of the top k of two repeats, and of two random sets, 0..1; NaN and None for one repeat.
    relative_spread : float
        As `StabilityReport` has it: 0 is frozen.
    r2 : float
        Weighted R² of the fits, at most 1.
    prior_share : float
        How much of the weights the prior made, 0..1.
    prior_coverage : float
        Share of the superpixels that the prior knows, 0..1.
    deletion, insertion : float or None
        Areas under the curves, in the unit of the score; NaN for maps without a weight, and None where the model was
        not asked.
    """

    strength: float
    jaccard: float
    chance: float | None
    relative_spread: float
    r2: float
    prior_share: float
    prior_coverage: float
    deletion: float | None = None
    insertion: float | None = None


def usual_strengths(surrogate: Surrogate) -> tuple[float, ...]:
    """Give `STRENGTHS` in the unit of a surrogate.

    Parameters
    ----------
    surrogate : Surrogate
        In its plain form, or in the one that takes a prior.

    Returns
    -------
    tuple of float
        Ascending, from 0; for a Bayesian ridge times the precision of its noise where that is given, else times 3.
    """
    unit = _unit(surrogate)
    return tuple(strength * unit for strength in STRENGTHS)


def usual_strength(prior: Prior, surrogate: Surrogate, usual: float = 0.0) -> float:
    """Say where a reader starts with a prior.

    Parameters
    ----------
    prior : Prior
        What the surrogate is pulled towards.
    surrogate : Surrogate
        In its plain form, or in the one that takes a prior.
    usual : float, default 0
        In the unit of a ridge's alpha; 0 is `ACTIVATION_STRENGTH` for a class activation map, else `USUAL_STRENGTH`.

    Returns
    -------
    float
        The same in the unit of the surrogate, as `usual_strengths` has it.
    """
    usual = usual or (ACTIVATION_STRENGTH if isinstance(prior, ClassActivation) else USUAL_STRENGTH)
    return usual * _unit(surrogate)


def _unit(surrogate: Surrogate) -> float:
    """The strength that pulls with a surrogate as much as 1 does with a ridge."""
    match surrogate:
        case BayesianRidgeWithPrior(fit_noise=False, noise_precision=precision):
            return precision
        case BayesianRidge() | BayesianRidgeWithPrior():
            return OF_FITTED_NOISE
    return 1.0


def at_strengths(
    probes: Sequence[Probe],
    settings: FitSettings,
    strengths: Sequence[float] = STRENGTHS,
    ranking: str = "absolute",
) -> tuple[StabilityReport, ...]:
    """Fit all repeats anew at each strength of the prior; no model is asked.

    Parameters
    ----------
    probes : sequence of Probe
        The repeats, which differ in their seed only.
    settings : FitSettings
        With a prior, whatever its strength, and a surrogate that can take one.
    strengths : sequence of float, default `STRENGTHS`
        In the unit of the surrogate, see `usual_strengths`; at least 0.
    ranking : str, default "absolute"
        How superpixels are ranked: by |weight|, or "signed" by weight.

    Returns
    -------
    tuple of StabilityReport
        A report on the repeats for each strength.

    Raises
    ------
    ValueError
        For settings without a prior, a surrogate that takes none, a strength below 0, and what `report_of` raises.
    PriorMismatch
        For a prior of other classes, other features or another model.
    """
    if settings.prior is None:
        raise ValueError("settings must have a prior, got none")
    settings = replace(settings, surrogate=with_prior(settings.surrogate))
    return tuple(report_of(probes, replace(settings, prior_strength=strength), ranking) for strength in strengths)


def faithfulness_at(
    reports: Sequence[StabilityReport], probe: Probe, removal: Removal | None = None, space: str | None = None
) -> tuple[tuple[Faithfulness, ...], ...]:
    """Read deletion and insertion of each explanation from the rows that are there; no model is asked.

    Parameters
    ----------
    reports : sequence of StabilityReport
        One for each strength, as `at_strengths` gives them.
    probe : Probe
        With all rows of the spec that `Removal.spec_of_all` gives for the explanations.
    removal : Removal, optional
        The one whose spec that is; None takes `Removal()`.
    space : str, optional
        Score space of the curves; None takes the probability, or the value.

    Returns
    -------
    tuple of tuples of Faithfulness
        That of each explanation of each report.

    Raises
    ------
    ValueError
        For another probe, one that is not finished, or an unknown space.
    """
    removal, sampler = Removal() if removal is None else removal, probe.spec.sampler
    if not isinstance(sampler, InOrders) or len(probe) < sampler.limit(probe.masks.shape[1]):
        raise ValueError("the probe must have all rows of the spec that Removal.spec_of_all gives")
    return tuple(
        tuple(faithfulness_of(e, _along(probe, removal.spec(e)), space) for e in report.explanations)
        for report in reports
    )


def effect_of(
    reports: Sequence[StabilityReport], k: int, asked: Sequence[Sequence[Faithfulness]] | None = None
) -> tuple[AtStrength, ...]:
    """Sum up each report in its figures.

    Parameters
    ----------
    reports : sequence of StabilityReport
        One for each strength, as `at_strengths` gives them.
    k : int
        The size of the top sets.
    asked : sequence of sequences of Faithfulness, optional
        What `faithfulness_at` gives for the reports; an empty entry, or None for all, where the model was not asked.

    Returns
    -------
    tuple of AtStrength
        The figures of each report.
    """
    effects = []
    for number, report in enumerate(reports):
        jaccard = next(metric for metric in report.metrics(k) if metric.key == "jaccard")
        first = report.explanations[0]
        curves = asked[number] if asked else ()
        # A map without weights has no order in which superpixels could go.
        known = report.weights.any()
        areas = np.array([(f.deletion.auc, f.insertion.auc) if known else (math.nan, math.nan) for f in curves])
        effects.append(
            AtStrength(
                strength=first.settings.prior_strength,
                jaccard=jaccard.value,
                chance=jaccard.chance,
                relative_spread=report.relative_spread,
                r2=report.r2,
                prior_share=report.prior_share,
                prior_coverage=first.prior_coverage,
                deletion=float(areas[:, 0].mean()) if curves else None,
                insertion=float(areas[:, 1].mean()) if curves else None,
            )
        )
    return tuple(effects)


def _along(probe: Probe, spec: ProbeSpec) -> Probe:
    """The rows of a probe of several orders that belong to the spec of one of them."""
    assert isinstance(spec.sampler, InOrder)
    assert isinstance(probe.spec.sampler, InOrders)
    masks = spec.sampler(spec.sampler.rows(), probe.masks.shape[1], spec.seed)
    outputs = probe.outputs[probe.spec.sampler.rows(masks)]
    return replace(probe, spec=spec, masks=read_only(masks), outputs=read_only(outputs))
