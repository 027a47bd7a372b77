"""What each sample of a fit showed, scored and counted, and what the map makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lime_core.arguments import is_a, whole
from lime_core.arrays import Floats, Indices, SampleWeights, Scores, read_only
from lime_core.explanation.settings import FitSettings
from lime_core.explanation.stages import filled, fit_samples, order_of, projected, samples_of
from lime_core.probing.probe import Probe

BEGIN = 10
"""Samples that a walk begins with."""


@dataclass(frozen=True, eq=False)
class FittedSamples:
    """The samples of one fit, each with what the surrogate predicts for it; `fitted_samples` makes it.

    Parameters
    ----------
    shown : (n,) float64, read-only
        Share of the superpixels that a sample shows, 0..1.
    scores, predicted : (n,) float64, read-only
        The model's score and that of the surrogate, in the unit of the score.
    sample_weights : (n,) float64, read-only
        How much a sample counts in the fit; all 1 where the sampler draws as often as the kernel would count.
    by_shown : (d + 1,) float64, read-only
        What a sample counts that shows 0, 1, ... d of the d superpixels.
    settings : FitSettings
        With class_index and space filled in.
    in_photo : int
        How many of the superpixels are of the photo: all but the border of a padded one, which the kernel counts.
    shown_in_photo : (n,) float64, read-only
        How many of these a sample shows.
    """

    shown: Floats
    scores: Scores
    predicted: Scores
    sample_weights: SampleWeights
    by_shown: SampleWeights
    settings: FitSettings
    in_photo: int
    shown_in_photo: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def telling(self, count: int = 8) -> Indices:
        """Choose samples that stand for all: from the highest score to the lowest in equal steps of rank.

        Parameters
        ----------
        count : int, default 8
            The most to choose, at least 1.

        Returns
        -------
        (≤ count,) integers
            Rows, highest score first, without row 0, which is the full picture; all others where there are no more.

        Raises
        ------
        ValueError
            For a count below 1.
        """
        count = whole("count", count, 1)
        order = 1 + np.argsort(-self.scores[1:], kind="stable")
        if not len(order):
            return order
        return order[np.unique(np.round(np.linspace(0, len(order) - 1, count)).astype(np.intp))]


def fitted_samples(probe: Probe, settings: FitSettings) -> FittedSamples:
    """Look at a fit sample by sample; no model is asked.

    Parameters
    ----------
    probe : Probe
        Of one segmentation, such as one of `Probe.members`, with at least 2 samples.
    settings : FitSettings
        As those of `fit`.

    Returns
    -------
    FittedSamples
        Of the very fit that `fit` makes of this probe; the weighted mean of the scores is predicted where no superpixel
        has a weight.

    Raises
    ------
    ValueError
        For a probe of several segmentations, and as `fit`.
    PriorMismatch
        As `fit`.
    """
    is_a("probe", probe, Probe, "a Probe, as probe_image and open_probe give")
    is_a("settings", settings, FitSettings, "FitSettings, as FitSettings.of makes them")
    if probe.scene.parts:
        raise ValueError(f"probe must be of one segmentation, got {len(probe.scene.parts)}: take one of its members")
    if len(probe) < 2:
        raise ValueError(f"probe must have at least 2 samples, got {len(probe)}")
    settings = filled(probe, settings)
    samples, live, _ = samples_of(probe, settings)
    projection = projected(probe, settings, settings.class_index or 0)
    # The errors of the weights, which take most of the time, are not needed.
    expected = None if projection is None else projection.mean[live]
    order = order_of(probe)
    _, found = fit_samples(replace(samples.rows(order), errors=False), settings, expected)
    scores, counted, d = samples.scores, samples.sample_weights, probe.masks.shape[1]
    predicted = np.full(len(scores), np.average(scores, weights=counted))
    if found is not None:
        predicted[order] = found.predicted
    cut = probe.scene.segmentation
    photo = np.arange(d) if cut.border is None else np.delete(np.arange(d), cut.border)
    first = np.tri(d + 1, d, -1, dtype=np.float32)  # row k shows the first k superpixels
    return FittedSamples(
        shown=read_only(probe.masks.mean(axis=1, dtype=np.float64)),
        scores=read_only(scores),
        predicted=read_only(predicted),
        sample_weights=read_only(counted),
        by_shown=read_only(settings.kernel(first) if probe.spec.sampler.weighted else np.ones(d + 1)),
        settings=settings,
        in_photo=len(photo),
        shown_in_photo=read_only(probe.masks[:, photo].sum(axis=1, dtype=np.float64)),
    )


def walk_sizes(n: int) -> tuple[int, ...]:
    """Where to stop on a walk through n samples: 10, 20, 40, ... and n itself.

    Parameters
    ----------
    n : int
        Samples that are there, at least 1.

    Returns
    -------
    tuple of int
        Numbers of samples, rising; the last is n.

    Raises
    ------
    ValueError
        For an n below 1.
    """
    n = whole("n", n, 1)
    return (*(BEGIN * 2**power for power in range(n.bit_length()) if BEGIN * 2**power < n), n)
