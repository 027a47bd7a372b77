"""Stability: the same explanation with other masks, again and again, and how far the repeats agree.

Repeats differ in their seed only: superpixels are cut once and the class is fixed by the first.  Only `grow_repeats`
and `stability` ask the model; a report is made from probes that are there, so another class, kernel or surrogate, and
the curve over fewer samples, cost nothing but their fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import NoneType

import numpy as np

from lime_core.arguments import is_a, whole
from lime_core.arrays import read_only
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.evaluation import agreement
from lime_core.evaluation.stability_report import StabilityReport
from lime_core.explanation.fitting import fit
from lime_core.explanation.pooling import read_in
from lime_core.explanation.prior import PriorLike
from lime_core.explanation.settings import FitSettings, class_index_of
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import PictureLike, picture_of
from lime_core.probing.growing import grow, open_probe
from lime_core.probing.hiding import HidingLike
from lime_core.probing.probe import Probe
from lime_core.probing.spec import MAX_SEED, ProbeSettings, ProbeSpec
from lime_core.roles import is_function
from lime_core.sampling.kernels import KernelLike
from lime_core.sampling.samplers import SamplerLike
from lime_core.superpixels.segmentation import Segmentation, segment_view
from lime_core.superpixels.segmentations import least_samples
from lime_core.superpixels.segmenters import SegmenterLike
from lime_core.surrogates.selection import SelectionLike
from lime_core.surrogates.table import SurrogateLike

_MOST_REPEATS = 10_000


def stability(
    picture: PictureLike,
    model: ModelLike,
    repeats: int = 5,
    num_samples: int = 500,
    class_index: int | str | None = None,
    segmenter: SegmenterLike | None = None,
    hiding: HidingLike | None = None,
    sampler: SamplerLike | None = None,
    kernel: KernelLike | None = None,
    surrogate: SurrogateLike | None = None,
    feature_selection: SelectionLike | None = None,
    space: str | None = None,
    prior: PriorLike | None = None,
    prior_strength: float = 0.0,
    seed: int = 0,
    ranking: str = "absolute",
    on_progress: Callable[[int, int, int, int], None] | None = None,
) -> StabilityReport:
    """Explain a picture `repeats` times, with the seeds seed, seed + 1, ..., and compare.

    Superpixels are cut once; the model is asked about repeats · num_samples pictures.

    Parameters
    ----------
    picture, model : Picture and Classifier, or what stands for one
        As in `explain_image`.
    repeats : int, default 5
        How many explanations are compared, at least 2.
    num_samples : int, default 500
        Masks that the model is asked about in each repeat, at least 2.
    class_index : int or str, optional
        The class to explain, 0..k-1, or its name.  None takes the class that is most likely for the full picture, for
        all repeats.
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
    ValueError, TypeError
        For an argument out of range, and else as `explain_image`.
    """
    agreement.check_ranking(ranking)
    if on_progress is not None:
        is_function("on_progress", on_progress, "finished", "repeats", "done", "num_samples")
    probing = ProbeSettings.of(segmenter, hiding, sampler, seed)
    settings = FitSettings.of(None, space, kernel, surrogate, feature_selection, prior, prior_strength)
    picture, classifier = picture_of(picture), load_model(model)
    settings = replace(settings, class_index=class_index_of(class_index, classifier.class_names))
    if settings.prior is not None:
        settings.prior.check_model(classifier)
    spec = probing.spec(picture, classifier)
    probes: tuple[Probe, ...] = ()
    each = 0
    for longer in grow_repeats(spec, picture, classifier, repeats, num_samples):
        if not probes:
            each = spec.reachable(num_samples, longer[0].scene.counts)
            if settings.class_index is not None:  # a wrong class should not cost all samples
                longer[0].scores(settings.class_index, SPACES[longer[0].kind][0] if space is None else space)
        probes = longer
        if on_progress:
            on_progress(len(probes) - 1, repeats, len(probes[-1]), each)
    return report_of(probes, settings, ranking)


def grow_repeats(
    spec: ProbeSpec,
    picture: PictureLike,
    model: ModelLike,
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
    ValueError, TypeError
        For fewer than 2 repeats or samples, a seed beyond 2³¹-1, or another model than the spec's.
    LimeError
        TooFewSuperpixels, TooManySuperpixels and BadScores, as `open_probe` and `grow`.
    """
    is_a("spec", spec, ProbeSpec, "a ProbeSpec, as ProbeSettings.spec gives")
    repeats = whole("repeats", repeats, 2, most=_MOST_REPEATS)
    num_samples = whole("num_samples", num_samples, least_samples(spec.segmenter))
    whole("seed", spec.seed, 0, MAX_SEED - repeats + 1)
    picture, model = picture_of(picture), load_model(model)
    finished: tuple[Probe, ...] = ()
    segmentation = segment_view(picture, model, spec.segmenter) if segmentation is None else segmentation
    for each in [replace(spec, seed=spec.seed + i) for i in range(repeats)]:
        probe = open_probe(each, picture, model, segmentation)
        for longer in grow(probe, num_samples, model):
            probe = longer
            yield (*finished, probe)
        finished = (*finished, probe)


def report_of(
    probes: Sequence[Probe],
    settings: FitSettings | None = None,
    ranking: str = "absolute",
    read: Segmentation | None = None,
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
    read : Segmentation, optional
        Superpixels that all of them are read in, see `read_in`; then they may differ in their segmentation too.

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
    is_a("settings", settings, (FitSettings, NoneType), "FitSettings or None")
    is_a("probes", probes, Sequence, "a list of Probe")
    is_a("read", read, (Segmentation, NoneType), "a Segmentation, as segment gives, or None")
    if not probes:
        raise ValueError("probes must hold at least one, got none")
    for probe in probes:
        is_a("probes", probe, Probe, "a list of Probe")
    first, settings = probes[0], FitSettings() if settings is None else settings
    for probe in probes[1:]:
        cut = probe.spec.segmenter if read is None else first.spec.segmenter
        if replace(probe.spec, seed=first.spec.seed, segmenter=cut) != first.spec:
            raise ValueError("probes must differ in their seed only, got another picture, model, sampler or hiding")
        if read is None and not np.array_equal(probe.scene.segmentation.labels, first.scene.segmentation.labels):
            raise ValueError("probes must have the same superpixels")
        if len(probe) != len(first):
            raise ValueError(f"probes must have as many samples each, got {len(first)} and {len(probe)}")
    if len({probe.spec.seed for probe in probes}) < len(probes):
        raise ValueError("probes must each have a seed of their own: the same one again agrees with itself")
    if settings.class_index is None:
        settings = replace(settings, class_index=first.most_likely()[0])
    # Nothing in a report needs the covariances, and all of them together take d² numbers for each repeat.
    none = read_only(np.empty((0, 0)))
    found = [fit(probe, settings) for probe in probes]
    found = [e if read is None else read_in(e, read) for e in found]
    alone = [tuple(replace(member, covariance=none) for member in e.members) for e in found]
    kept = (replace(e, covariance=none, members=members) for e, members in zip(found, alone, strict=True))
    return StabilityReport(tuple(kept), ranking)
