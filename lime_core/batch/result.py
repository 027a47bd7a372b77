"""What is kept of one picture of many: what it adds to a prior, and its figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lime_core.knobs import plain
from lime_core.priors.summary import PictureSummary


@dataclass(frozen=True)
class ClassFigures:
    """The figures of one explained class; deletion and insertion are areas in the unit of the score.

    Deletion and insertion are NaN where they were not measured, r2 where the score never changes.
    """

    class_index: int
    class_name: str
    model_score: float
    local_prediction: float
    r2: float
    deletion: float
    insertion: float


@dataclass(frozen=True, eq=False)
class PictureResult:
    """What is kept of a picture.

    summary : what it adds to a prior
    figures : (m,) of each explained class, the most likely first
    superpixels, num_samples : how many there were
    classes : how many the model has
    seconds : how long it took; the one thing that differs from run to run
    """

    summary: PictureSummary
    figures: tuple[ClassFigures, ...]
    superpixels: int
    num_samples: int
    classes: int
    seconds: float

    @property
    def row(self) -> dict[str, Any]:
        """All but the summary in plain types, with None for NaN."""
        written: dict[str, Any] = plain(
            {
                "figures": [asdict(figures) for figures in self.figures],
                "superpixels": self.superpixels,
                "num_samples": self.num_samples,
                "classes": self.classes,
                "seconds": self.seconds,
            }
        )
        return written

    @staticmethod
    def of_row(summary: PictureSummary, row: Mapping[str, Any]) -> PictureResult:
        """Back from `row`.  Raises KeyError, TypeError or ValueError for what is none."""
        figures = tuple(_class_figures(figures) for figures in row["figures"])
        if [one.class_index for one in figures] != summary.classes.tolist():
            raise ValueError("the figures are of other classes than the summary")
        counts = int(row["superpixels"]), int(row["num_samples"]), int(row["classes"])
        return PictureResult(summary, figures, *counts, seconds=float(row["seconds"]))


def _class_figures(written: Mapping[str, Any]) -> ClassFigures:
    numbers = ("model_score", "local_prediction", "r2", "deletion", "insertion")
    found = [math.nan if written[name] is None else float(written[name]) for name in numbers]
    return ClassFigures(int(written["class_index"]), str(written["class_name"]), *found)


@dataclass(frozen=True, eq=False)
class Outcome:
    """A picture's row.

    index : its place among the pictures, from 0
    name, picture : its name and its digest, which is empty where it could not be read
    result : None where there is none, then `error` says why
    computed : whether there is a new result; False where it was on disk already, came twice, or could not be had
    """

    index: int
    name: str
    picture: str
    result: PictureResult | None
    error: str = ""
    computed: bool = False
