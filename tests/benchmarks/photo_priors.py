"""What priors are worth on photos of your own: global ones, and the class activation map of the model itself.

COUNT photos of the folder are tried, PRIOR_PHOTOS of the others build the global priors, of all classes together: few
folders have many photos of one of a thousand classes.  Figures are means over the photos that are tried.

    prior r      correlation of what the prior expects with the true weights
    repeats      Jaccard index of the five strongest superpixels of two seeds
    true 5       how many of the true five strongest are found, 0..1
    error        relative error of the weights, the median over the photos
    insertion    area under the curve, of the first seed and the first INSERTION photos: high is good
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import lime_core as lc
from lime_core.sampling.sampler import Sampler
from tests.benchmarks.photos import MODEL, NOTHING, Asked, agreement, chosen, error, fitted, overlap, paths, read

SEEDS = 4
SIZES = (64, 128, 256)
BUILT_WITH = 200
SAMPLERS: Mapping[str, Sampler] = {"fold-over": lc.FoldOver(), "plain": lc.Bernoulli()}
STRENGTHS = (10.0, 50.0)
ACTIVATION = "class activation"
STEPS = 10


@dataclass(frozen=True)
class Figures:
    """Of one photo, sampler, number of samples and way of fitting."""

    known: float
    repeats: float
    true: float
    error: float
    insertion: float


Key = tuple[str, int, str, float]
"""Sampler, number of samples, prior, strength."""


def run() -> list[dict[str, object]]:
    """One row for each sampler, number of samples, prior and strength."""
    tried = chosen(40)
    if not tried:
        return NOTHING
    model = lc.load_model(MODEL)
    others = [path for path in paths() if path not in set(tried)]
    count = int(os.environ.get("PRIOR_PHOTOS", 400))
    built = global_priors(others[:: max(len(others) // count, 1)][:count], model)
    priors: dict[str, lc.Prior] = {**built, ACTIVATION: lc.class_activation(model)}
    found = []
    for number, (picture, name) in enumerate(read(tried)):
        judged = number < int(os.environ.get("INSERTION", len(tried)))
        try:
            asked = Asked(picture, model)
            truth = asked.truth()
        except lc.TooFewSuperpixels as nothing:
            print(f"{name}: {nothing}")
            continue
        index = truth.most_likely()[0]
        probes = {
            sampler: [asked.probe(made, seed, max(SIZES)) for seed in range(SEEDS)]
            for sampler, made in SAMPLERS.items()
        }
        found.append(measured(probes, index, fitted(truth, index), priors, model if judged else None))
    return table(found)


def global_priors(photos: Sequence[Path], model: lc.Classifier) -> dict[str, lc.GlobalPrior]:
    """Priors of all classes together, by looks and by looks and place."""
    made = []
    for picture, name in read(photos):
        try:
            probe = Asked(picture, model).probe(lc.FoldOver(), 0, BUILT_WITH)
            made.append(lc.PictureSummary.of([fitted(probe, probe.most_likely()[0])], looks=False))
        except lc.LimeError as nothing:
            print(f"{name}: {nothing}", file=sys.stderr)
    return pooled(made, len(model.class_names))


def pooled(made: Sequence[lc.PictureSummary], classes: int) -> dict[str, lc.GlobalPrior]:
    """Priors of these summaries that expect the same of every class."""
    alike = [replace(one, classes=np.zeros_like(one.classes)) for one in made]
    found = {}
    for name, clusters, position in (("looks", 100, 0.0), ("looks and place", 300, 1.0)):
        prior = lc.build_prior(alike, 1, clusters, "signed", position)
        everyone = np.repeat(prior.weights, classes, axis=0), np.repeat(prior.counts, classes, axis=0)
        found[name] = replace(prior, weights=everyone[0], counts=everyone[1])
    return found


def measured(
    probes: Mapping[str, Sequence[lc.Probe]],
    index: int,
    truth: lc.Explanation,
    priors: Mapping[str, lc.Prior],
    model: lc.Classifier | None,
) -> dict[Key, Figures]:
    """The figures of one photo; without a model no insertion."""
    ways: list[tuple[str, float]] = [("none", 0.0), (ACTIVATION, 3.0)]
    ways += [(name, strength) for name in priors if name != ACTIVATION for strength in STRENGTHS]
    found = {}
    for sampler, repeats in probes.items():
        for n in SIZES:
            for name, strength in ways:
                fits = [fitted(probe.first(n), index, priors.get(name), strength) for probe in repeats]
                found[sampler, n, name, strength] = figures(fits, truth, repeats[0], priors.get(name), model)
    return found


def figures(
    fits: Sequence[lc.Explanation],
    truth: lc.Explanation,
    probe: lc.Probe,
    prior: lc.Prior | None,
    model: lc.Classifier | None,
) -> Figures:
    """Of the repeats of one photo."""
    weights = np.stack([e.weights for e in fits])
    expected = None if prior is None else expectation(prior, probe, truth)
    removal = lc.Removal(steps=STEPS)
    return Figures(
        known=np.nan if expected is None else correlation(expected, truth.weights),
        repeats=agreement(weights),
        true=float(np.mean([overlap(one, truth.weights) for one in weights])),
        error=float(np.mean([error(one, truth.weights) for one in weights])),
        insertion=np.nan if model is None else lc.insertion(fits[0], model, removal).auc,
    )


def expectation(prior: lc.Prior, probe: lc.Probe, truth: lc.Explanation) -> np.ndarray:
    """(d,) what a prior expects of a photo's superpixels."""
    index = truth.settings.class_index or 0
    if isinstance(prior, lc.LookingPrior):
        return prior.project(prior.look(probe.scene), index).mean
    description = probe.scene.description
    assert description is not None
    return prior.project(description.columns(prior.position), index).mean


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Of two (d,); 0 where one of them does not vary."""
    a, b = a - a.mean(), b - b.mean()
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length > 0 else 0.0


def table(found: Sequence[Mapping[Key, Figures]]) -> list[dict[str, object]]:
    """Over all photos."""
    rows: list[dict[str, object]] = []
    for key in found[0]:
        each = [one[key] for one in found]
        sampler, samples, prior, strength = key
        row: dict[str, object] = {"sampler": sampler, "samples": samples, "prior": prior, "strength": strength}
        judged = [one.insertion for one in each if not np.isnan(one.insertion)]
        row |= {"photos": len(each), "prior r": float(np.mean([one.known for one in each]))}
        row |= {"repeats": float(np.mean([one.repeats for one in each]))}
        row |= {"true 5": float(np.mean([one.true for one in each]))}
        row |= {"error": float(np.median([one.error for one in each]))}
        row["insertion"] = float(np.mean(judged)) if judged else float("nan")
        rows.append(row)
    return rows
