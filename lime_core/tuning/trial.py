"""A case is a photo and a model, and a trial what was found of one way of asking in all cases."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Floats, read_only
from lime_core.errors import about
from lime_core.models.classifier import Classifier
from lime_core.pictures.picture import Picture
from lime_core.tuning.setting import Setting

FLOOR = 0.5
"""The stability that a setting has to have where nobody asks for another: what is lower is mostly chance.

With few samples for each superpixel the estimate is too low, so a stricter one would refuse maps that are steady.
"""


@dataclass(frozen=True)
class Case:
    """A photo, a model, and the class that is explained.

    Parameters
    ----------
    picture : Picture
        The photo.
    model : Classifier
        Who is asked.
    class_index : int, optional
        The class; None takes the most likely one.
    """

    picture: Picture
    model: Classifier
    class_index: int | None = None

    @property
    def key(self) -> tuple[str | int | None, ...]:
        """What its figures depend on: digest of the photo, the class, and the model with how it calculates."""
        model = self.model
        asked = model.name, model.fingerprint, model.engine.description, model.token
        return self.picture.digest, self.class_index, *asked


def cases_of(
    pictures: Sequence[Picture], models: Sequence[Classifier], classes: Sequence[int | None] | None = None
) -> tuple[Case, ...]:
    """Make a case of each photo with each model, of what the first model sees in the photo.

    Parameters
    ----------
    pictures : sequence of Picture
        The photos.
    models : sequence of Classifier
        The models.
    classes : sequence of int or None, optional
        For each photo the class to explain, as the first model counts; None takes the most likely one.

    Returns
    -------
    tuple of Case
        Photo by photo.  Of several classes of that name a model explains that of the same number, else that in the
        same place among them, or the last; one that has none explains its most likely one, and of values the output of
        that number, or its first.

    Raises
    ------
    ValueError
        For another number of classes than of photos.
    LimeError
        As `Classifier.top`; it begins with the photo, and the model where there are several.
    """
    wanted = [None] * len(pictures) if classes is None else list(classes)
    if len(wanted) != len(pictures):
        raise ValueError(f"classes must be {len(pictures)}, one for each picture, got {len(wanted)}")
    cases = []
    for picture, index in zip(pictures, wanted, strict=True):
        name, first, before = "", index, 0
        for place, model in enumerate(models):
            with about(picture.name, *[model.name][: len(models) - 1]):
                alike = [number for number, each in enumerate(model.class_names) if each == name]
                if place and alike:
                    index = first if first in alike else alike[: before + 1][-1]
                elif place and model.kind == "values":
                    index = first if first in [number for number, _, _ in model.top(picture, sys.maxsize)] else 0
                elif place or index is None:
                    index = model.top(picture, 1)[0][0]
            if not place:
                name, first = model.class_name(index or 0), index
                before = model.class_names[: index or 0].count(name)
            cases.append(Case(picture, model, index))
    return tuple(cases)


@dataclass(frozen=True, eq=False)
class Trial:
    """What was found of one way of asking, in c cases with f ways of fitting; arrays are read-only.

    Parameters
    ----------
    probing : Setting
        The way of asking; its way of fitting is the base's.
    held_out_r2, stability : (c, f) float64
        Of each way of fitting, see `FitScores`; NaN where it is not known.
    judged : tuple of int
        The ways of fitting that were judged, the base's first.
    gains : (c, j) float64
        Their symmetric relevance gain, in the unit of the score, which is the probability or the value.
    rows : int
        How often the models were asked in all.
    seconds : float
        How long it took.
    problems : tuple of c str
        Why a case cannot be explained so; empty where it can.
    """

    probing: Setting
    held_out_r2: Floats
    stability: Floats
    judged: tuple[int, ...]
    gains: Floats
    rows: int
    seconds: float
    problems: tuple[str, ...]

    def best(self, floor: float) -> int:
        """Find the way of fitting that is best on average over the cases.

        Parameters
        ----------
        floor : float
            The stability that it must have on average.

        Returns
        -------
        int
            Its place in `judged`: of those that are steady enough the one with the highest gain, and where none is the
            steadiest.
        """
        gains, steady = mean_of(self.gains), mean_of(self.stability)[list(self.judged)]
        enough = steady >= floor
        ranked = np.where(enough, gains, -np.inf) if enough.any() else steady
        return int(np.argmax(np.nan_to_num(ranked, nan=-np.inf)))

    def usable(self, floor: float) -> bool:
        """Say whether the best way of fitting is steady enough, and every case could be explained.

        Parameters
        ----------
        floor : float
            As of `best`.

        Returns
        -------
        bool
            False for what should not be chosen.
        """
        steady = mean_of(self.stability)[self.judged[self.best(floor)]]
        return not any(self.problems) and bool(steady >= floor)

    def to_record(self) -> dict[str, Any]:
        """Write what was found as JSON has it, to four places; not how was asked.

        Returns
        -------
        dict
            Lists and numbers, None for what is not known.
        """
        arrays = {name: _listed(getattr(self, name)) for name in ("held_out_r2", "stability", "gains")}
        return arrays | {
            "judged": list(self.judged),
            "rows": self.rows,
            "seconds": round(self.seconds, 3),
            "problems": list(self.problems),
        }

    @staticmethod
    def of_record(probing: Setting, record: Mapping[str, Any]) -> Trial:
        """Read what `to_record` wrote.

        Parameters
        ----------
        probing : Setting
            As of `Trial`.
        record : mapping of str to object
            The record.

        Returns
        -------
        Trial
            To four places as it was.
        """
        arrays = [read_only(np.array(record[name], dtype=np.float64)) for name in ("held_out_r2", "stability", "gains")]
        return Trial(
            probing,
            arrays[0],
            arrays[1],
            tuple(record["judged"]),
            arrays[2],
            int(record["rows"]),
            float(record["seconds"]),
            tuple(record["problems"]),
        )


def mean_of(figures: Floats) -> Floats:
    """Average over the cases in which a figure is known.

    Parameters
    ----------
    figures : (c, ...) float64
        A figure of each case; NaN where it is not known.

    Returns
    -------
    (...) float64
        The means; NaN where none is known.
    """
    known = ~np.isnan(figures)
    total = np.where(known, figures, 0.0).sum(axis=0)
    return np.divide(total, known.sum(axis=0), out=np.full(total.shape, np.nan), where=known.any(axis=0))


def _listed(array: NDArray[np.float64]) -> list[Any]:
    return [[recorded(value) for value in row] for row in array.tolist()]


def recorded(figure: float) -> float | None:
    """Write a figure for a record: of values in any unit six digits tell settings from each other.

    Parameters
    ----------
    figure : float
        Of any size, or NaN.

    Returns
    -------
    float or None
        To six significant digits; None for NaN, which JSON does not have.
    """
    return None if np.isnan(figure) else float(f"{figure:.6g}")
