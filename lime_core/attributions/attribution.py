"""What a method of attribution says of every pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from lime_core.arguments import is_a
from lime_core.arrays import Floats, check_shape
from lime_core.attributions.question import Question
from lime_core.errors import BadScores
from lime_core.superpixels.segmentation import Segmentation


class AttributionMethod(Protocol):
    """A method of attribution with its settings; a frozen dataclass in `ATTRIBUTIONS`.

    Attributes
    ----------
    title : str
        Its name on screen.
    package : str
        Which package computes it.
    """

    title: ClassVar[str]
    package: ClassVar[str]

    def __call__(self, question: Question) -> tuple[Floats, int]:
        """Answer a question.

        Parameters
        ----------
        question : Question
            What is asked.

        Returns
        -------
        values : (h, w) float64
            Positive speaks for the class.
        asked : int
            Pictures that the model was asked about.

        Raises
        ------
        UnfitMethod
            When the method cannot be used with this model; says why.
        BadScores
            When the model's answers cannot be explained.
        """
        ...


@dataclass(frozen=True, eq=False)
class Attribution:
    """What a method says of every pixel of a crop.

    Parameters
    ----------
    method : AttributionMethod
        The method with its settings.
    values : (h, w) float64, read-only
        Positive speaks for the class; in what unit depends on the method.
    question : Question
        What was asked: model, crop, class and score.
    asked : int
        Pictures that the model was asked about.
    """

    method: AttributionMethod
    values: Floats
    question: Question
    asked: int

    @property
    def class_name(self) -> str:
        """Name of the explained class."""
        return self.question.model.class_name(self.question.class_index)

    def on(self, segmentation: Segmentation) -> Floats:
        """Sum the map over superpixels.

        Parameters
        ----------
        segmentation : Segmentation
            Of the same crop.

        Returns
        -------
        (d,) float64
            Of each superpixel the sum over its pixels; together they are the sum of the map.

        Raises
        ------
        TypeError, ValueError
            For what is no segmentation, or one of another size.
        """
        is_a("segmentation", segmentation, Segmentation, "a Segmentation, as segment gives")
        return summed(self.values, segmentation)


def summed(values: Floats, segmentation: Segmentation) -> Floats:
    """Sum a map over the superpixels of a segmentation.

    Parameters
    ----------
    values : (h, w) float64
        One number for each pixel.
    segmentation : Segmentation
        Of a crop of that size.

    Returns
    -------
    (d,) float64
        Of each superpixel the sum over its pixels.

    Raises
    ------
    ValueError
        For a map of another size.
    """
    check_shape("values", values, *segmentation.labels.shape)
    sums = np.bincount(segmentation.labels.ravel(), weights=values.ravel(), minlength=segmentation.d)
    return np.asarray(sums, dtype=np.float64)


def finite(values: Floats, title: str) -> Floats:
    """Refuse a map with numbers that are none.

    Parameters
    ----------
    values : (h, w) float64
        What a method found.
    title : str
        Of the method, for the message.

    Returns
    -------
    (h, w) float64
        The same.

    Raises
    ------
    BadScores
        For NaN or infinity.
    """
    if not np.isfinite(values).all():
        raise BadScores(f"{title} gives NaN or infinity for this model and picture.")
    return values
