"""What the app recommends beside the masks of `lime`: fold-over against plain sampling, on photos of your own.

The network's rows are nearly all of the time, so equal numbers of samples are equal times; "seconds" shows that.  Rows
of plain sampling do not depend on each other, so the second half of a run of 1000 is another run of 500.
"""

from __future__ import annotations

import numpy as np

import lime_core as lc
from tests.benchmarks.photos import MODEL, NOTHING, Asked, chosen, error, fitted, overlap, read

SEEDS = 4
SAMPLES = 500
Found = dict[str, list[float]]
"""way -> relative error, overlap with the true five and seconds, means over the seeds."""

FOLDOVER, HALF, ALL = f"fold-over, {SAMPLES}", f"lime, {SAMPLES}", f"lime, {2 * SAMPLES}"


def run() -> list[dict[str, object]]:
    """One row for each way of sampling: medians over the photos, and on how many of them fold-over is better."""
    model, found = lc.load_model(MODEL), []
    for picture, name in read(chosen(100)):
        try:
            found.append(measured(Asked(picture, model)))
        except lc.TooFewSuperpixels as nothing:
            print(f"{name}: {nothing}")
    return table(found) if found else NOTHING


def measured(asked: Asked) -> Found:
    """The figures of one photo."""
    probes, seconds = [], []
    for seed in range(SEEDS):
        probes.append(asked.probe(lc.FoldOver(), seed, SAMPLES))
        seconds.append(asked.seconds)
    index = probes[0].most_likely()[0]
    truth = fitted(asked.truth(), index).weights
    long, took = [], []
    for seed in range(SEEDS // 2):
        long.append(asked.probe(lc.LimeMasks(), seed, 2 * SAMPLES))
        took.append(asked.seconds)
    halves = [half for probe in long for half in (probe.first(SAMPLES), second_half(probe))]
    return {
        name: [
            float(np.mean([measure(fitted(probe, index).weights, truth) for probe in probed]))
            for measure in (error, overlap)
        ]
        + [float(np.mean(times))]
        for name, probed, times in (
            (FOLDOVER, probes, seconds),
            (HALF, halves, [time / 2 for time in took]),
            (ALL, long, took),
        )
    }


def second_half(probe: lc.Probe) -> lc.Probe:
    """The full picture and the last rows of a run, as many in all as its first half has."""
    rows = np.r_[0, len(probe) - len(probe) // 2 + 1 : len(probe)]
    return probe._with(probe.masks[rows], probe.outputs[rows])


def table(found: list[Found]) -> list[dict[str, object]]:
    """A row for each way."""
    rows: list[dict[str, object]] = []
    for way in found[0]:
        errors, overlaps, seconds = np.array([each[way] for each in found]).T
        ours, known, _ = np.array([each[FOLDOVER] for each in found]).T
        row: dict[str, object] = {"samples": way, "photos": len(found), "median error": float(np.median(errors))}
        row |= {"median of the true 5": float(np.median(overlaps)), "mean of the true 5": float(overlaps.mean())}
        row["median s"] = float(np.median(seconds))
        row["fold-over has the lower error on"] = "" if way == FOLDOVER else int((ours < errors).sum())
        row["finds more of the 5"] = "" if way == FOLDOVER else int((known > overlaps).sum())
        row["as many"] = "" if way == FOLDOVER else int((known == overlaps).sum())
        rows.append(row)
    return rows
