"""Repeats of an explanation, method by method: what they ask, what they cost, which are finished, what they show."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from lime_core.reports.numbers import superpixels_in_words, two_decimals
from lime_core.reports.sentences import count, prior_remarks
from lime_core.reports.verdict import without_weights
from pages.ui.figures import sentences
from pages.ui.figures.comparison import Comparison, has_prior
from pages.ui.runs import caches, growing, running
from pages.ui.sidebar.probe import Plan


@dataclass(frozen=True)
class Repeats:
    """Probes by method and seed, and how many samples each of them has when it is finished.

    times : how often each method explains the picture
    """

    methods: tuple[str, ...]
    specs: tuple[lc.ProbeSpec, ...]
    samples: tuple[int, ...]
    times: int

    @property
    def probes(self) -> list[tuple[str, lc.ProbeSpec, int]]:
        """What progress says of each probe, the probe, and its samples; methods that ask alike share theirs."""
        step = len(self.methods)
        distinct: dict[lc.ProbeSpec, tuple[str, lc.ProbeSpec, int]] = {}
        for number, (spec, samples) in enumerate(zip(self.specs, self.samples, strict=True)):
            title = lc.METHODS[self.methods[number % step]].title
            distinct.setdefault(spec, (f"{title}, repeat {1 + number // step} of {self.times}", spec, samples))
        return list(distinct.values())

    def of(self, method: str) -> list[tuple[lc.ProbeSpec, int]]:
        """Spec and samples of each repeat of a method."""
        start = self.methods.index(method)
        step = len(self.methods)
        return list(zip(self.specs[start::step], self.samples[start::step], strict=True))


def repeats_of(plan: Plan, chosen: caches.Chosen, methods: Sequence[str], times: int) -> Repeats:
    """The repeats of a plan: seed by seed, so that the columns of all methods fill together."""
    seeded = [replace(plan.spec, seed=(plan.spec.seed + number) % 2**31) for number in range(times)]
    ways = [(lc.METHODS[method], _cuts(lc.METHODS[method], plan, chosen)) for method in methods]
    specs = tuple(method.spec(spec, number, cuts) for number, spec in enumerate(seeded) for method, cuts in ways)
    own, counts = plan.spec.segmenter, plan.segmentation.counts  # any other is one segmentation
    samples = (spec.reachable(plan.num_samples, counts if spec.segmenter == own else counts[:1]) for spec in specs)
    return Repeats(tuple(methods), specs, tuple(samples), times)


def _cuts(method: lc.Method, plan: Plan, chosen: caches.Chosen) -> tuple[lc.Segmenter, ...]:
    """The segmentations that repeats of a method have, without those that leave this photo in one piece."""
    asked = method.segmenters(plan.spec.segmenter)
    if len(asked) == 1:
        return asked
    cuts = []
    for segmenter in asked:
        with suppress(lc.TooFewSuperpixels):
            cuts.append(caches.store().segmentation(chosen.picture, chosen.model, segmenter).made_by)
    return tuple(cuts)


def missing_samples(repeats: Repeats) -> int:
    """Samples that the model has to be asked for."""
    return sum(max(0, samples - len(caches.store().get(spec) or ())) for _, spec, samples in repeats.probes)


def too_much(repeats: Repeats, chosen: caches.Chosen, d: int) -> str:
    """What to say when the answers would not stay in memory together; else empty."""
    samples = sum(samples for _, _, samples in repeats.probes)
    return caches.too_much(samples, chosen, d, "repeats, methods or samples")


def run_repeats(name: str, repeats: Repeats, chosen: caches.Chosen, progress: DeltaGenerator) -> None:
    """Ask for what is missing, each probe once."""
    wanted = [growing.Wanted(*probe, chosen) for probe in repeats.probes]
    running.run(name, growing.grow_each(wanted, running.once(name, repeats)), progress)


def finished_reports(
    repeats: Repeats, settings: lc.FitSettings, ranking: str, segmentation: lc.Segmentation
) -> dict[str, lc.StabilityReport]:
    """A report on the repeats of each method that have all their samples; methods without one are left out."""
    probes = {name: finished_probes(repeats, name) for name in repeats.methods}
    return {
        name: lc.report_of(each, lc.METHODS[name].settings(settings), ranking, read_in(name, segmentation))
        for name, each in probes.items()
        if each
    }


def read_in(method: str, segmentation: lc.Segmentation) -> lc.Segmentation | None:
    """The superpixels that a method is read in which has other ones; None for the others."""
    return segmentation if lc.METHODS[method].segmentations else None


def two_spreads(comparison: Comparison, k: int) -> str:
    """How far other segmentations move the map beside other seeds; empty where one of them was not compared.

    Repeats of several segmentations at once are none of these: each segmentation has its share of the samples.
    """
    seeds = [name for name in comparison if not lc.METHODS[name].segmentations and not _of_several(comparison[name])]
    others = [name for name in comparison if lc.METHODS[name].segmentations]
    if not seeds or not others or without_weights(*comparison.values()):
        return ""
    method = next((name for name in ("foldover", "current") if name in seeds), seeds[0])
    found = []
    for name in (others[0], method):
        if len(comparison[name].explanations) < 2:
            return ""
        found.append(next(m.value for m in comparison[name].metrics(k) if m.key == "relative_spread"))
    between, chance = (two_decimals(value) for value in found)
    return (
        f"Relative spread between segmentations {between}, between seeds ({lc.METHODS[method].title}) {chance}: "
        "the first has both in it, for each repeat has another seed too."
    )


def _of_several(report: lc.StabilityReport) -> bool:
    return len(report.explanations[0].members) > 1


def finished_probes(repeats: Repeats, method: str) -> list[lc.Probe]:
    """The finished probes of a method."""
    probes = [(caches.store().get(spec), n) for spec, n in repeats.of(method)]
    return [probe.first(n) for probe, n in probes if probe and len(probe) >= n]


def budget(plan: Plan, repeats: Repeats, missing: int, rate: float) -> str:
    """What the comparison costs, in one line."""
    most = max(repeats.samples, default=plan.num_samples)
    cost = f"≈ {sentences.seconds(missing / rate)}" if missing else "all there, costs nothing"
    cut, methods = superpixels_in_words(plan.segmentation.counts_in_photo), count(len(repeats.methods), "method")
    return f"{cut} · {methods} × {repeats.times} repeats × {most} samples · {cost}"


def row_width(report: lc.StabilityReport) -> int | Literal["stretch"]:
    """How wide a method's maps stand on the page: three or fewer do not grow to fill it."""
    n = len(report.explanations)
    return "stretch" if n > 3 else 230 * n


def headline(report: lc.StabilityReport, k: int) -> str:
    """The figures that matter most, in one line."""
    if nothing := without_weights(report):
        return nothing
    prior = f" · prior's share: **{report.prior_share:.0%}**" if has_prior(report) else ""
    if len(report.explanations) < 2:
        return f"1 repeat · R² {two_decimals(report.r2)}{prior}"
    figures = {metric.key: metric for metric in report.metrics(k)}
    jaccard, spread = figures["jaccard"], figures["relative_spread"]
    chance = "" if jaccard.chance is None else f" (chance {two_decimals(jaccard.chance)})"
    return (
        f"{jaccard.name}: **{two_decimals(jaccard.value)}**{chance} · {spread.name.lower()}: "
        f"**{two_decimals(spread.value)}** · R²: **{two_decimals(report.r2)}**{prior}"
    )


def about_the_prior(comparison: Comparison) -> str:
    """What a reader of a row with a prior must know; empty where there is none."""
    pulled = [report.explanations[0] for report in comparison.values() if has_prior(report)]
    if not pulled:
        return ""
    remarks = prior_remarks(pulled[0])
    return " ".join(["A strong prior is perfectly steady and can be perfectly wrong: look at its share.", *remarks])
