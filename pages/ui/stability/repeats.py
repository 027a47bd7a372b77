"""The repeats of the Stability page: which are wanted, which are there, and what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from lime_core.reports.sentences import count as counted
from lime_core.reports.sentences import prior_remarks
from pages.ui.figures import methods as comparison
from pages.ui.figures import sentences
from pages.ui.runs import caches, growing, running
from pages.ui.sidebar.probe import Plan


@dataclass(frozen=True)
class Wanted:
    """Probes by method and seed, and how many samples each of them has when it is finished."""

    methods: tuple[str, ...]
    specs: tuple[lc.ProbeSpec, ...]
    samples: tuple[int, ...]
    repeats: int

    @property
    def probes(self) -> list[tuple[str, lc.ProbeSpec, int]]:
        """What progress says of each probe, the probe, and its samples; methods that ask alike share theirs."""
        step = len(self.methods)
        found: dict[lc.ProbeSpec, tuple[str, lc.ProbeSpec, int]] = {}
        for number, (spec, samples) in enumerate(zip(self.specs, self.samples, strict=True)):
            title = lc.METHODS[self.methods[number % step]].title
            found.setdefault(spec, (f"{title}, repeat {1 + number // step} of {self.repeats}", spec, samples))
        return list(found.values())

    def of(self, method: str) -> list[tuple[lc.ProbeSpec, int]]:
        """Spec and samples of each repeat of a method."""
        start = self.methods.index(method)
        step = len(self.methods)
        return list(zip(self.specs[start::step], self.samples[start::step], strict=True))


def wanted(plan: Plan, methods: Sequence[str], repeats: int) -> Wanted:
    """Seed by seed, so that the columns of all methods fill together."""
    seeded = [replace(plan.spec, seed=(plan.spec.seed + number) % 2**31) for number in range(repeats)]
    specs = tuple(lc.METHODS[method].spec(spec) for spec in seeded for method in methods)
    d = plan.segmentation.d
    return Wanted(tuple(methods), specs, tuple(spec.reachable(plan.num_samples, d) for spec in specs), repeats)


def missing(wanted: Wanted) -> int:
    """Samples that the model has to be asked for."""
    kept = [(caches.store().get(spec), samples) for _, spec, samples in wanted.probes]
    return sum(max(0, samples - len(probe or ())) for probe, samples in kept)


def too_much(wanted: Wanted, chosen: caches.Chosen, d: int) -> str:
    """What to say when the answers would not stay in memory together; else empty."""
    classes = max(1, len(chosen.model.class_names))
    size = sum(samples for _, _, samples in wanted.probes) * 4 * (classes + d)
    limit = caches.store().max_bytes
    if size <= limit:
        return ""
    return (
        f"The answers would take {size / 1e9:.1f} GB, and {limit / 1e9:.1f} GB are kept for all readers. Take fewer "
        "repeats, methods or samples."
    )


def run(name: str, wanted: Wanted, chosen: caches.Chosen, progress: DeltaGenerator) -> None:
    """Ask for what is missing, each probe once."""
    key = f"{name}-done"
    kept = st.session_state.get(key)
    if kept is None or kept[0] != wanted:
        st.session_state[key] = kept = (wanted, set())
    running.run(name, growing.grow_each(wanted.probes, chosen, kept[1]), progress)


def finished(wanted: Wanted, settings: lc.FitSettings, ranking: str) -> dict[str, lc.StabilityReport]:
    """A report on the repeats of each method that have all their samples; methods without one are left out."""
    found = {name: probes(wanted, name) for name in wanted.methods}
    return {
        name: lc.report_of(each, lc.METHODS[name].settings(settings), ranking) for name, each in found.items() if each
    }


def probes(wanted: Wanted, method: str) -> list[lc.Probe]:
    """The finished probes of a method."""
    kept = [(caches.store().get(spec), n) for spec, n in wanted.of(method)]
    return [probe.first(n) for probe, n in kept if probe and len(probe) >= n]


def budget(plan: Plan, wanted: Wanted, missing: int, rate: float) -> str:
    """What the comparison costs, in one line."""
    most = max(wanted.samples, default=plan.num_samples)
    cost = f"≈ {sentences.seconds(missing / rate)}" if missing else "all there, costs nothing"
    superpixels, methods = counted(plan.segmentation.d, "superpixel"), counted(len(wanted.methods), "method")
    return f"{superpixels} · {methods} × {wanted.repeats} repeats × {most} samples · {cost}"


def headline(report: lc.StabilityReport, k: int) -> str:
    """The figures that matter most, in one line."""
    prior = f" · prior's share: **{report.prior_share:.0%}**" if comparison.has_prior(report) else ""
    if len(report.explanations) < 2:
        return f"1 repeat · R² {sentences.r2_text(report.r2)}{prior}"
    figures = {metric.key: metric for metric in report.metrics(k)}
    jaccard, spread = figures["jaccard"], figures["relative_spread"]
    chance = "" if jaccard.chance is None else f" (chance {jaccard.chance:.2f})"
    return (
        f"{jaccard.name}: **{comparison.number_text(jaccard.value)}**{chance} · {spread.name.lower()}: "
        f"**{comparison.number_text(spread.value)}** · R²: **{sentences.r2_text(report.r2)}**{prior}"
    )


def about_the_prior(found: comparison.Comparison) -> str:
    """What a reader of a row with a prior must know; empty where there is none."""
    pulled = [report.explanations[0] for report in found.values() if comparison.has_prior(report)]
    if not pulled:
        return ""
    remarks = prior_remarks(pulled[0])
    return " ".join(["", "A strong prior is perfectly steady and can be perfectly wrong: look at its share.", *remarks])
