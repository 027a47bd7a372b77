"""The repeats of all methods as one archive."""

from __future__ import annotations

from lime_core.takeaway.archive import pack
from lime_core.takeaway.comparison import files
from lime_core.takeaway.several import several_files
from pages.ui.figures.comparison import Comparison
from pages.ui.takeaway.offering import offer

HOLDS = (
    "One ZIP: the maps of all methods and repeats (stability.png), weights.csv with each repeat, arrays.npz, "
    "stability.json with every figure, manifest.json with all settings and seeds, and explain.py, which computes all "
    "of them again in Python."
)


def offer_repeats(comparison: Comparison, k: int) -> None:
    """The button, where all methods have the same repeats: while they grow, some have more than others."""
    if len({report.seeds for report in comparison.values()}) == 1:
        offer(lambda: _packed(comparison, k), "stability.zip", HOLDS, "take-away")


def _packed(comparison: Comparison, k: int) -> bytes:
    groups = {name: report.explanations for name, report in comparison.items()}
    about = "Explains one photo again and again, with each method."
    return pack(files(comparison, k) | several_files(groups, about, {"k": k}))
