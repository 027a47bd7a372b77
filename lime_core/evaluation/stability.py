"""Stability: the same explanation with other masks, again and again, and how far the repeats agree.

Repeats differ in their seed only: superpixels are cut once and the class is fixed by the first.  Only `grow_repeats`
and `stability` ask the model; a report is made from probes that are there, so another class, kernel or surrogate, and
the curve over fewer samples, cost nothing but their fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Pixels, read_only
from lime_core.evaluation import agreement
from lime_core.evaluation.stability_report import StabilityReport
from lime_core.explanation.fitting import fit
from lime_core.explanation.settings import FitSettings, Prior
from lime_core.models.classifier import Classifier
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import Picture
from lime_core.probing.growing import grow, open_probe
from lime_core.probing.hiding import Hiding
from lime_core.probing.probe import Probe
from lime_core.probing.segmentation import Segmentation, Segmenter
from lime_core.probing.spec import ProbeSettings, ProbeSpec
from lime_core.sampling.kernels import Kernel
from lime_core.sampling.sampler import Sampler
from lime_core.surrogates.selection import Selection
from lime_core.surrogates.surrogate import Surrogate
from lime_core.zoo.loading import load_model


def stability(
    picture: Picture,
    model: Classifier | str | Callable[[Pixels], NDArray[np.floating]],
    repeats: int = 5,
    num_samples: int = 500,
    class_index: int | None = None,
    segmenter: Segmenter | None = None,
    hiding: Hiding | None = None,
    sampler: Sampler | None = None,
    kernel: Kernel | None = None,
    surrogate: Surrogate | None = None,
    feature_selection: Selection | None = None,
    space: str | None = None,
    prior: Prior | None = None,
    prior_strength: float = 0.0,
    seed: int = 0,
    ranking: str = "absolute",
    on_progress: Callable[[int, int, int, int], None] | None = None,
) -> StabilityReport:
    """Explain a picture `repeats` times, with the seeds seed, seed + 1, ..., and compare.

    Superpixels are cut once; the model is asked about repeats · num_samples pictures.

    Parameters
    ----------
    picture, model : Picture, and Classifier, str or callable
        As in `explain_image`.
    repeats : int, default 5
        How many explanations are compared, at least 2.
    num_samples : int, default 500
        Masks that the model is asked about in each repeat, at least 2.
    class_index : int, optional
        The class to explain, 0..k-1.  None takes the class that is most likely for the full picture, for all repeats.
    segmenter, hiding, sampler, kernel, surrogate, feature_selection, space, prior, prior_strength : optional
        As in `explain_image`, with the same defaults.
    seed : int, default 0
        Of the first repeat; that of the last is at most 2³¹-1.
    ranking : {"absolute", "signed"}, default "absolute"
        Whether superpixels are ranked by |weight| or by weight.
    on_progress : callable, optional
        Called after each batch as on_progress(finished, repeats, done, num_samples): how many repeats were finished
        before the one that is under way, and how many samples that one has.  What it raises ends the run.

    Returns
    -------
    StabilityReport
        The explanations, without their covariance, and how far they agree.

    Raises
    ------
    LimeError
        What the model, the segmentation, the scores and the prior can raise, as `explain_image`.
    ValueError
        For an argument out of range, and else as `explain_image`.
    """
    agreement.check_ranking(ranking)
    classifier = load_model(model)
    if prior is not None:
        prior.check_model(classifier)
    spec = ProbeSettings.of(segmenter, hiding, sampler, seed).spec(picture, classifier)
    settings = FitSettings.of(class_index, space, kernel, surrogate, feature_selection, prior, prior_strength)
    probes: tuple[Probe, ...] = ()
    each = 0
    for longer in grow_repeats(spec, picture, classifier, repeats, num_samples):
        if not probes:
            each = spec.reachable(num_samples, longer[0].scene.segmentation.d)
            if class_index is not None:  # a wrong class should not cost all samples
                longer[0].scores(class_index, space or SPACES[longer[0].kind][0])
        probes = longer
        if on_progress:
            on_progress(len(probes) - 1, repeats, len(probes[-1]), each)
    return report_of(probes, settings, ranking)


def grow_repeats(
    spec: ProbeSpec,
    picture: Picture,
    model: Classifier,
    repeats: int,
    num_samples: int,
    segmentation: Segmentation | None = None,
) -> Iterator[tuple[Probe, ...]]:
    """Probe with `spec`'s seed and those after it, one repeat after the other.

    Parameters
    ----------
    spec : ProbeSpec
        Of the first repeat; the others differ from it in their seed only.
    picture, model : Picture and Classifier
        Those that the spec names.
    repeats : int
        How many probes, at least 2.
    num_samples : int
        Masks that the model is asked about for each, at least 2.
    segmentation : Segmentation, optional
        One of this picture that is already there, used as it is.  None cuts the picture once.

    Yields
    ------
    tuple of Probe
        All probes after each batch; the last may be under way, those before it have all their samples.

    Raises
    ------
    ValueError
        For fewer than 2 repeats or samples, a seed beyond 2³¹-1, or another model than the spec's.
    LimeError
        TooFewSuperpixels, TooManySuperpixels and BadScores, as `open_probe` and `grow`.
    """
    if repeats < 2:
        raise ValueError(f"repeats must be at least 2, got {repeats}")
    if num_samples < 2:
        raise ValueError(f"num_samples must be at least 2, got {num_samples}")
    finished: tuple[Probe, ...] = ()
    for each in [replace(spec, seed=spec.seed + i) for i in range(repeats)]:
        probe = open_probe(each, picture, model, segmentation)
        segmentation = probe.scene.segmentation
        for longer in grow(probe, num_samples, model):
            probe = longer
            yield (*finished, probe)
        finished = (*finished, probe)


def report_of(
    probes: Sequence[Probe], settings: FitSettings | None = None, ranking: str = "absolute"
) -> StabilityReport:
    """Report on probes that are there; no model is asked.

    Parameters
    ----------
    probes : sequence of Probe
        At least one; of the same picture, superpixels and length, each with a seed of its own.
    settings : FitSettings, optional
        What each is fitted with.  None takes `FitSettings()`; without a class it is the one that is most likely for the
        full picture in the first probe.
    ranking : {"absolute", "signed"}, default "absolute"
        Whether superpixels are ranked by |weight| or by weight.

    Returns
    -------
    StabilityReport
        The explanations, without their covariance, and how far they agree.

    Raises
    ------
    ValueError, PriorMismatch
        For no probes, probes that differ in more than their seed or in length, or that have a seed in common, or an
        unknown ranking; and what `fit` raises.
    """
    if not probes:
        raise ValueError("probes must hold at least one, got none")
    first, settings = probes[0], settings or FitSettings()
    for probe in probes[1:]:
        if replace(probe.spec, seed=first.spec.seed) != first.spec:
            raise ValueError("probes must differ in their seed only, got another picture, model, sampler or hiding")
        if not np.array_equal(probe.scene.segmentation.labels, first.scene.segmentation.labels):
            raise ValueError("probes must have the same superpixels")
        if len(probe) != len(first):
            raise ValueError(f"probes must have as many samples each, got {len(first)} and {len(probe)}")
    if len({probe.spec.seed for probe in probes}) < len(probes):
        raise ValueError("probes must each have a seed of their own: the same one again agrees with itself")
    if settings.class_index is None:
        settings = replace(settings, class_index=first.most_likely()[0])
    # Nothing in a report needs the covariances, and all of them together take d² numbers for each repeat.
    none = read_only(np.empty((0, 0)))
    return StabilityReport(tuple(replace(fit(probe, settings), covariance=none) for probe in probes), ranking)


def curve(
    probes: Sequence[Probe], settings: FitSettings | None, sizes: Sequence[int], ranking: str = "absolute"
) -> tuple[StabilityReport, ...]:
    """Report on the first m samples of the probes, for each m in `sizes`; no model is asked.

    Samplers are prefix-stable, so each report is the one that m samples would have given.

    Parameters
    ----------
    probes, settings : sequence of Probe, and FitSettings or None
        As in `report_of`.
    sizes : sequence of int
        Numbers of samples, each in 2..n with n the length of the shortest probe; see `curve_sizes`.
    ranking : str, default "absolute"
        As in `report_of`.

    Returns
    -------
    tuple of StabilityReport
        One for each size, in their order.

    Raises
    ------
    ValueError, PriorMismatch
        For sizes outside 2..n, and what `report_of` raises.
    """
    shortest = min((len(probe) for probe in probes), default=0)
    for size in sizes:
        if not 2 <= size <= shortest:
            raise ValueError(f"sizes must lie in [2, {shortest}], the samples that are there, got {size}")
    return tuple(report_of([probe.first(size) for probe in probes], settings, ranking) for size in sizes)


def curve_sizes(n: int) -> tuple[int, ...]:
    """Where to look at a curve over n samples: 32, 64, 128, ... and n itself.

    Parameters
    ----------
    n : int
        Samples that are there.

    Returns
    -------
    tuple of int
        Numbers of samples, rising; the last is n.
    """
    return (*(2**power for power in range(5, 64) if 2**power < n), n)
