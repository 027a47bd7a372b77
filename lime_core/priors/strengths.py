"""What the strength of a prior does to the explanations of one picture: how steady, how close to the model, how true.

A strong prior is perfectly steady and can be perfectly wrong, so steadiness is never looked at alone: beside it stand
the R² of the fits, how much of the weights the prior made, and deletion and insertion, which ask the model whether it
finds important what the maps call important.

Fitting at other strengths asks the model nothing.  Deletion and insertion do, but the orders at neighbouring strengths
share most of their steps: `Removal.spec_of_all` says which pictures there are, each once, and `faithfulness_at` reads
the curves of all explanations from the answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lime_core.arrays import read_only
from lime_core.evaluation.faithfulness import Faithfulness, faithfulness_of
from lime_core.evaluation.removal import InOrder, InOrders, Removal
from lime_core.evaluation.stability import report_of
from lime_core.evaluation.stability_report import StabilityReport
from lime_core.explanation.settings import FitSettings
from lime_core.probing.probe import Probe
from lime_core.probing.spec import ProbeSpec
from lime_core.surrogates.linear import BayesianRidge
from lime_core.surrogates.surrogate import Surrogate
from lime_core.surrogates.with_prior import BayesianRidgeWithPrior, with_prior

USUAL_STRENGTH = 30.0
"""Where a reader starts, in the unit of a ridge's alpha."""

STRENGTHS = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0, 30_000.0, 100_000.0)
"""From no prior to nothing else, in the unit of a ridge's alpha."""

PRECISION = 100.0
"""By how much the strengths of a Bayesian ridge are larger: about the precision of the noise of a probability."""


@dataclass(frozen=True)
class AtStrength:
    """The figures of one strength, each the mean over the repeats.

    jaccard, chance : of the top k of two repeats, and of two random sets; NaN and None for one repeat
    relative_spread : as `StabilityReport` has it
    r2 : weighted R² of the fits
    prior_share : how much of the weights the prior made, 0..1
    prior_coverage : share of the superpixels that the prior knows, 0..1
    deletion, insertion : areas under the curves, in the unit of the score; None where the model was not asked
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
    """`STRENGTHS` in the unit of this surrogate: a Bayesian ridge has the precision of its prior for a strength."""
    bayesian = isinstance(surrogate, BayesianRidge | BayesianRidgeWithPrior)
    return tuple(strength * (PRECISION if bayesian else 1.0) for strength in STRENGTHS)


def at_strengths(
    probes: Sequence[Probe],
    settings: FitSettings,
    strengths: Sequence[float] = STRENGTHS,
    ranking: str = "absolute",
) -> tuple[StabilityReport, ...]:
    """A report on the repeats for each strength of the prior of `settings`; no model is asked.

    Raises
    ------
    ValueError
        for settings without a prior, a surrogate that takes none, a strength below 0, and what `report_of` raises.
    PriorMismatch
        for a prior of other classes, other features or another model.
    """
    if settings.prior is None:
        raise ValueError("settings must have a prior, got none")
    settings = replace(settings, surrogate=with_prior(settings.surrogate))
    return tuple(report_of(probes, replace(settings, prior_strength=strength), ranking) for strength in strengths)


def faithfulness_at(
    reports: Sequence[StabilityReport], probe: Probe, removal: Removal | None = None, space: str | None = None
) -> tuple[tuple[Faithfulness, ...], ...]:
    """Deletion and insertion of each explanation of each report, from the rows that are there; no model is asked.

    probe : with all rows of the spec that `Removal.spec_of_all` gives for the explanations

    Raises ValueError for another probe, or one that is not finished.
    """
    removal, sampler = removal or Removal(), probe.spec.sampler
    if not isinstance(sampler, InOrders) or len(probe) < sampler.limit(probe.masks.shape[1]):
        raise ValueError("the probe must have all rows of the spec that Removal.spec_of_all gives")
    return tuple(
        tuple(faithfulness_of(e, _along(probe, removal.spec(e)), space) for e in report.explanations)
        for report in reports
    )


def effect_of(
    reports: Sequence[StabilityReport], k: int, asked: Sequence[Sequence[Faithfulness]] | None = None
) -> tuple[AtStrength, ...]:
    """The figures of each report; `k` is the size of the top sets, `asked` what `faithfulness_at` gives for them."""
    found = []
    for number, report in enumerate(reports):
        jaccard = next(metric for metric in report.metrics(k) if metric.key == "jaccard")
        first = report.explanations[0]
        curves = asked[number] if asked else ()
        found.append(
            AtStrength(
                strength=first.settings.prior_strength,
                jaccard=jaccard.value,
                chance=jaccard.chance,
                relative_spread=report.relative_spread,
                r2=report.r2,
                prior_share=report.prior_share,
                prior_coverage=first.prior_coverage,
                deletion=float(np.mean([f.deletion.auc for f in curves])) if curves else None,
                insertion=float(np.mean([f.insertion.auc for f in curves])) if curves else None,
            )
        )
    return tuple(found)


def _along(probe: Probe, spec: ProbeSpec) -> Probe:
    """The rows of a probe of several orders that belong to the spec of one of them."""
    assert isinstance(spec.sampler, InOrder)
    assert isinstance(probe.spec.sampler, InOrders)
    masks = spec.sampler(spec.sampler.rows(), probe.masks.shape[1], spec.seed)
    outputs = probe.outputs[probe.spec.sampler.rows(masks)]
    return Probe(spec, probe.scene, read_only(masks), read_only(outputs), probe.kind, probe.class_names)
