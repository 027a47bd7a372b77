"""Whether a global prior helps: G-LIME beside ridge of the same total penalty, on scikit-learn's digits.

A small network is trained on 1000 digits, enlarged to 64 × 64 pixels.  Explanations of 500 of them make the priors, and
100 other digits are explained, cut into 8 × 8 cells that are hidden in the mean color of the picture, with 32 to 512
samples and several seeds.  Shrinking moves an explanation too, and a prior can steady it however wrong it is: so each
row with a prior stands beside ridge of the same total penalty, and one of the priors has its words mixed up.  What the
figures are is in `digits_table`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

import lime_core as lc
from lime_core.arrays import read_only
from lime_core.evaluation.agreement import jaccard, mean_of_pairs
from lime_core.judging.removal import InOrder
from lime_core.sampling.sampler import Sampler
from lime_core.surrogates.surrogate import Surrogate
from tests.benchmarks.digits_table import NO_PRIOR, Figures, Key, table
from tests.benchmarks.small_network import CLASSES, enlarged, trained

Floats = NDArray[np.float64]

TOP = 5
GRID, HIDING = lc.Grid(8, 8), lc.ImageMean()
PLAIN, WITH_PRIOR = lc.Ridge(alpha=1.0), lc.RidgeWithPrior(alpha=1.0)
REFERENCE_SEED = 10_000


@dataclass(frozen=True)
class Kind:
    """How a prior is built; `mixed_up` gives each word the weights of another one."""

    method: str
    clusters: int = 100
    position: float = 0.0
    mixed_up: bool = False


# Chosen on digits that are not among those measured: of 20 to 800 words by looks, 100 expect best.
KINDS = {
    "normlime": Kind("normlime"),
    "average": Kind("average"),
    "signed": Kind("signed"),
    "normlime, looks and place": Kind("normlime", 300, position=3.0),
    "signed, looks and place": Kind("signed", 300, position=3.0),
    "signed, place": Kind("signed", 64, position=100.0),
    "mixed up": Kind("signed", 300, position=3.0, mixed_up=True),
}


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    judged : how many of the repeats are judged by deletion and insertion, and on fresh samples
    strengths : of the priors; the surrogate's own alpha comes on top, as in the app
    """

    training: int = 1000
    prior_pictures: int = 500
    prior_samples: int = 512
    pictures: int = 100
    samples: tuple[int, ...] = (32, 64, 128, 256, 512)
    repeats: int = 5
    judged: int = 2
    reference: int = 20_000
    fresh: int = 1000
    strengths: tuple[float, ...] = (10.0, 50.0, 200.0)


@dataclass(frozen=True)
class Way:
    """A kind of prior, the total penalty, and the settings that have both."""

    kind: str
    penalty: float
    settings: lc.FitSettings


def run() -> list[dict[str, object]]:
    """One row for each number of samples and way of fitting."""
    sizes = Sizes()
    pictures, digits = enlarged()
    model = trained(pictures[: sizes.training], digits[: sizes.training])
    others = [model.top(picture, 1)[0][0] for picture in pictures[sizes.training :]]
    print(f"{np.mean(others == digits[sizes.training :]):.3f} of {len(others)} other digits right", flush=True)
    made = priors(summaries(model, pictures[: sizes.prior_pictures], sizes.prior_samples), KINDS)
    found = []
    for picture in pictures[sizes.training : sizes.training + sizes.pictures]:
        found.append(measured(picture, model, ways(made, sizes.strengths), sizes))
        if len(found) % 10 == 0:
            print(f"{time.strftime('%H:%M:%S')}  {len(found)} of {sizes.pictures} digits", flush=True)
    return table(found)


def probed(
    picture: lc.Picture, model: lc.Classifier, samples: int, seed: int, sampler: Sampler | None = None
) -> lc.Probe:
    return lc.probe_image(picture, model, samples, GRID, HIDING, sampler, seed)


def settings(surrogate: Surrogate, prior: lc.GlobalPrior | None = None, strength: float = 0.0) -> lc.FitSettings:
    """All superpixels are fitted: which ones a selection takes would be a second reason to move."""
    return lc.FitSettings(surrogate=surrogate, feature_selection=lc.AllFeatures(), prior=prior, prior_strength=strength)


def summaries(model: lc.Classifier, pictures: Sequence[lc.Picture], samples: int) -> list[lc.PictureSummary]:
    """What each picture adds to a prior: its most likely class, explained by plain ridge."""
    probes = (probed(picture, model, samples, 0, lc.FoldOver()) for picture in pictures)
    return [lc.PictureSummary.of([lc.fit(probe, settings(PLAIN))]) for probe in probes]


def priors(made: Sequence[lc.PictureSummary], kinds: Mapping[str, Kind]) -> dict[str, lc.GlobalPrior]:
    """A prior of each kind."""
    found = {}
    for name, kind in kinds.items():
        found[name] = prior = lc.build_prior(made, CLASSES, kind.clusters, kind.method, kind.position)
        if kind.mixed_up:
            other = np.random.default_rng(0).permutation(len(prior.centroids))
            found[name] = replace(prior, weights=prior.weights[:, other], counts=prior.counts[:, other])
    return found


def ways(made: Mapping[str, lc.GlobalPrior], strengths: Sequence[float]) -> list[Way]:
    """Plain ridge; and for each strength ridge of its total penalty, and every prior."""
    found = [Way(NO_PRIOR, PLAIN.alpha, settings(PLAIN))]
    for strength in strengths:
        total = WITH_PRIOR.alpha + strength
        found.append(Way(NO_PRIOR, total, settings(lc.Ridge(total))))
        found += [Way(kind, total, settings(WITH_PRIOR, prior, strength)) for kind, prior in made.items()]
    return found


def measured(picture: lc.Picture, model: lc.Classifier, tried: Sequence[Way], sizes: Sizes) -> dict[Key, Figures]:
    """The figures of one picture: for each number of samples and way, and for the reference itself."""
    reference = probed(picture, model, sizes.reference, REFERENCE_SEED)
    truth, fresh = lc.fit(reference, settings(PLAIN)), reference.first(sizes.fresh)
    probes = [probed(picture, model, max(sizes.samples), seed) for seed in range(sizes.repeats)]
    found = {
        (n, way.kind, way.penalty): [lc.fit(probe.first(n), way.settings) for probe in probes]
        for n in sizes.samples
        for way in tried
    }
    asked = [e for repeats in found.values() for e in repeats[: sizes.judged]]
    *areas, true_areas = removed([*asked, truth], model)
    figures = {
        key: _figures(repeats, truth, areas[i * sizes.judged :][: sizes.judged], fresh)
        for i, (key, repeats) in enumerate(found.items())
    }
    return figures | {(sizes.reference, NO_PRIOR, PLAIN.alpha): _figures([truth], truth, [true_areas], probes[0])}


def removed(explanations: Sequence[lc.Explanation], model: lc.Classifier) -> list[tuple[float, float]]:
    """Areas under deletion and insertion of explanations of one picture; the model is asked once about equal masks."""
    specs = [lc.Removal().spec(e) for e in explanations]
    orders = [spec.sampler for spec in specs if isinstance(spec.sampler, InOrder)]
    masks = [order(order.rows(), len(order.order), 0) for order in orders]
    together = np.concatenate(masks)
    _, first, which = np.unique(np.packbits(together > 0, axis=1), axis=0, return_index=True, return_inverse=True)
    scene, size = explanations[0].scene, model.engine.batch_size
    score = model.engine.scorer(scene.image, scene.hidden, scene.segmentation.labels)
    answers = np.concatenate([score(together[first[start : start + size]]) for start in range(0, len(first), size)])
    outputs = np.split(answers[which.ravel()], len(explanations))
    probes = [
        lc.Probe(spec, scene, read_only(rows), read_only(answered), model.kind, model.class_names)
        for spec, rows, answered in zip(specs, masks, outputs, strict=True)
    ]
    curves = [lc.faithfulness_of(e, probe) for e, probe in zip(explanations, probes, strict=True)]
    return [(found.deletion.auc, found.insertion.auc) for found in curves]


def _figures(
    repeats: Sequence[lc.Explanation], truth: lc.Explanation, areas: Sequence[tuple[float, float]], fresh: lc.Probe
) -> Figures:
    weights = np.stack([e.weights for e in repeats])
    deletion, insertion = np.mean(areas, axis=0)
    return Figures(
        known=_known(repeats[0], truth),
        jaccard=mean_of_pairs(jaccard(weights, TOP, "absolute")),
        true=float(jaccard(np.vstack([truth.weights, weights]), TOP, "absolute")[0, 1:].mean()),
        errors=np.linalg.norm(weights - truth.weights, axis=1) / np.linalg.norm(truth.weights),
        deletion=float(deletion),
        insertion=float(insertion),
        r2=float(np.mean([e.r2 for e in repeats])),
        fresh=float(np.mean([lc.held_out_r2(e, fresh) for e in repeats[: len(areas)]])),
        share=float(np.mean([e.prior_share for e in repeats])),
    )


def _known(e: lc.Explanation, truth: lc.Explanation) -> float:
    """The correlation of what the prior of `e` expects with the true weights; 0 where it expects nothing."""
    prior, found = e.settings.prior, e.scene.description
    if prior is None or found is None or e.settings.class_index is None:
        return math.nan
    expected = prior.project(found.columns(prior.position), e.settings.class_index).mean
    a, b = expected - expected.mean(), truth.weights - truth.weights.mean()
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length > 0 else 0.0
