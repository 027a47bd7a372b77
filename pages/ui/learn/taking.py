"""The walk as one archive: the map of the samples so far, and what each of them showed."""

from __future__ import annotations

import lime_core as lc
from lime_core.takeaway.archive import csv_bytes, pack
from lime_core.takeaway.saving import files_of
from pages.ui.takeaway.offering import EXPLANATION, offer

HOLDS = (
    f"{EXPLANATION} Beside it samples.csv: what each sample so far shows and counts, and what the model and map say "
    "of it."
)


def offer_walk(e: lc.Explanation, view: lc.View, probe: lc.Probe, member: lc.Probe, samples: lc.FittedSamples) -> None:
    """The button.

    probe : the samples so far, to which the map is fitted
    member, samples : those of the superpixels that are shown
    """

    def made() -> bytes:
        return pack({**files_of(e, view, probe=probe), "samples.csv": samples_csv(member, samples)})

    offer(made, "steps.zip", HOLDS, "take-away")


def samples_csv(member: lc.Probe, samples: lc.FittedSamples) -> bytes:
    """A row for each sample, with what is shown of each superpixel."""
    superpixels = [f"superpixel {index}" for index in range(member.masks.shape[1])]
    columns = zip(samples.sample_weights, samples.scores, samples.predicted, member.masks, strict=True)
    rows = [
        [row, *(repr(float(value)) for value in values), *(f"{value:g}" for value in shown)]
        for row, (*values, shown) in enumerate(columns)
    ]
    return csv_bytes(["sample", "counts", "model", "map", *superpixels], rows)
