"""The figures of explanations with and without a prior, and what they come to over many pictures.

They are means over the pictures; ± is a standard error over them, and Δ the paired difference to ridge of the same
penalty with as many samples:

    prior r          correlation of what the prior expects with the reference: plain ridge from 20 000 samples
    Jaccard          of the five strongest superpixels of two seeds; × is how many times that of ridge
    true 5           the same between a seed and the reference
    error            relative error of the weights against the reference, the median over pictures and seeds
    deletion (d)     area under the curve: low is good;  insertion (i): high is good
    R2, fresh R2     on the samples that were fitted, and on others
    share            how much of the weights the prior made
    claim            whether it is twice as stable as ridge, and deletion and insertion are no worse by more than ±
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Key = tuple[int, str, float]
"""Number of samples, kind of prior, total penalty."""

NO_PRIOR = "none"


@dataclass(frozen=True, eq=False)
class Figures:
    """Of one picture, means over its repeats; errors (r,) has one for each."""

    known: float
    jaccard: float
    true: float
    errors: Floats
    deletion: float
    insertion: float
    r2: float
    fresh: float
    share: float


def table(found: Sequence[Mapping[Key, Figures]]) -> list[dict[str, object]]:
    """Means over the pictures, a row for each key."""
    return [
        _row(key, [each[key] for each in found], [each[key[0], NO_PRIOR, key[2]] for each in found]) for key in found[0]
    ]


def _row(key: Key, found: Sequence[Figures], ridge: Sequence[Figures]) -> dict[str, object]:
    def column(name: str, figures: Sequence[Figures] = found) -> Floats:
        return np.array([getattr(each, name) for each in figures])

    def mean(name: str) -> float:
        return float(column(name).mean())

    samples, kind, penalty = key
    steady = float(column("jaccard", ridge).mean())
    times = mean("jaccard") / steady if steady else math.inf
    row: dict[str, object] = {"samples": samples, "prior": kind, "penalty": penalty, "prior r": mean("known")}
    row |= {"Jaccard": mean("jaccard"), "×": times, "true 5": mean("true")}
    row["error"] = float(np.median(np.concatenate([each.errors for each in found])))
    worse = []
    for short, name, good in (("d", "deletion", -1), ("i", "insertion", 1)):
        further = column(name) - column(name, ridge)
        error = standard_error(further)
        worse.append(-good * float(further.mean()) > error)
        row |= {name: mean(name), f"±{short}": standard_error(column(name))}
        row |= {f"Δ{short}": float(further.mean()), f"±Δ{short}": error}
    row |= {"R2": mean("r2"), "fresh R2": mean("fresh"), "share": mean("share")}
    return row | {"claim": "" if kind == NO_PRIOR else "kept" if times >= 2 and not any(worse) else "missed"}


def standard_error(values: Floats) -> float:
    """Of the mean of these values."""
    return float(values.std(ddof=1)) / math.sqrt(len(values))
