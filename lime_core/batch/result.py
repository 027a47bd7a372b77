"""What is kept of one picture of many: what it adds to a prior, and its figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lime_core.drawing.overlay import png_bytes
from lime_core.drawing.view import View
from lime_core.explanation.explanation import Explanation
from lime_core.files.records import plain
from lime_core.judging.faithfulness import Faithfulness
from lime_core.priors.summary import PictureSummary

MOST_CLASSES = 1000
"""Of a picture: the figures of all are in the header of one file, which is read back up to a million bytes."""


@dataclass(frozen=True)
class ClassFigures:
    """The figures of one explained class of a picture.

    Parameters
    ----------
    class_index, class_name : int, str
        The class, 0..k-1, and its name.
    model_score, local_prediction : float
        The model's and the surrogate's score of the full picture.
    r2 : float
        Weighted R² of the fit, at most 1; NaN where the score never changes.
    deletion, insertion : float
        Areas under the curves in the unit of the score; NaN where they were not measured, or no weight
        orders superpixels.
    unit : str, default ""
        Of the scores and areas: the score space, or what values are counted in; empty in results of version 0.1.
    """

    class_index: int
    class_name: str
    model_score: float
    local_prediction: float
    r2: float
    deletion: float
    insertion: float
    unit: str = ""


@dataclass(frozen=True, eq=False)
class PictureResult:
    """What is kept of a picture.

    Parameters
    ----------
    summary : PictureSummary
        What it adds to a prior.
    figures : (m,) tuple of ClassFigures
        Of each explained class, the most likely first.
    superpixels, num_samples : int
        How many there were: of several segmentations those of the first, without the border of a padded photo.
    classes : int
        How many the model has.
    seconds : float
        How long it took; the one thing that differs from run to run.
    maps : (m,) tuple of bytes, default ()
        PNG files of the classes' maps, where the job draws them; not kept with the rest.
    """

    summary: PictureSummary
    figures: tuple[ClassFigures, ...]
    superpixels: int
    num_samples: int
    classes: int
    seconds: float
    maps: tuple[bytes, ...] = ()

    @property
    def row(self) -> dict[str, Any]:
        """All but the summary and the maps in plain types, with None for NaN."""
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
        """Make a result of its summary and what `row` gave.

        Parameters
        ----------
        summary : PictureSummary
            That of the result.
        row : mapping
            All but the summary in plain types, with None for NaN.

        Returns
        -------
        PictureResult
            The result.

        Raises
        ------
        KeyError, TypeError, ValueError
            For what is no such row, or one of other classes than the summary.
        """
        figures = tuple(_class_figures(figures) for figures in row["figures"])
        if [one.class_index for one in figures] != summary.classes.tolist():
            raise ValueError("the figures are of other classes than the summary")
        counts = int(row["superpixels"]), int(row["num_samples"]), int(row["classes"])
        return PictureResult(summary, figures, *counts, seconds=float(row["seconds"]))


def _class_figures(written: Mapping[str, Any]) -> ClassFigures:
    numbers = ("model_score", "local_prediction", "r2", "deletion", "insertion")
    score, local, r2, deleted, inserted = (
        math.nan if written[name] is None else float(written[name]) for name in numbers
    )
    unit = str(written.get("unit", ""))
    index, name = int(written["class_index"]), str(written["class_name"])
    return ClassFigures(index, name, score, local, r2, deleted, inserted, unit)


def figures_of(explanation: Explanation, curves: Faithfulness | None) -> ClassFigures:
    """Take the figures of an explanation.

    Parameters
    ----------
    explanation : Explanation
        That of one class.
    curves : Faithfulness or None
        Its deletion and insertion; None where they were not measured.

    Returns
    -------
    ClassFigures
        The figures.
    """
    e, class_index = explanation, explanation.settings.class_index
    assert class_index is not None
    # A map without weights has no order in which superpixels could go.
    deleted, inserted = (curves.deletion.auc, curves.insertion.auc) if curves and not e.empty else (math.nan, math.nan)
    return ClassFigures(
        class_index, e.class_name, e.model_score, e.local_prediction, e.r2, deleted, inserted, e.score_unit
    )


def maps_of(explanations: Sequence[Explanation], view: View | None) -> tuple[bytes, ...]:
    """Draw the maps of a picture's classes.

    Parameters
    ----------
    explanations : (m,) sequence of Explanation
        One for each class.
    view : View or None
        How they are drawn; None draws none.

    Returns
    -------
    (m,) tuple of bytes
        A PNG file of each.
    """
    return tuple(png_bytes(e.overlay(view, scale=3)) for e in explanations) if view else ()


@dataclass(frozen=True, eq=False)
class Outcome:
    """A picture's row.

    Parameters
    ----------
    index : int
        Its place among the pictures, from 0.
    name, picture : str
        Its name and its digest, which is empty where it could not be read.
    result : PictureResult or None
        None where there is none, then `error` says why.
    error : str, default ""
        Why there is no result, for people to read; empty where there is one.
    computed : bool, default False
        Whether there is a new result; False where it was on disk already, came twice, or could not be had.
    """

    index: int
    name: str
    picture: str
    result: PictureResult | None
    error: str = ""
    computed: bool = False
