"""Relevance: how much each pixel of the model's view matters for a class, whoever says so.

Maps of different methods and segmentations compare pixel by pixel.  The map of an explanation spreads the weight of
each superpixel evenly over its pixels, so a large superpixel has to be worth its size; what another method says comes
as an array.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import shown
from lime_core.arrays import Floats, Pixels, Scores, check_shape, read_only
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.settings import class_index_of
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import PictureLike, picture_of
from lime_core.probing.probe import Probe
from lime_core.probing.scene import Scene
from lime_core.probing.spec import ProbeSettings, ProbeSpec
from lime_core.superpixels.segmentation import Segmentation, segment

RelevanceLike = Explanation | NDArray[Any]
"""What `relevance_map` reads."""


def relevance_map(relevance: RelevanceLike) -> Floats:
    """Read how relevant each pixel of the model's view is.

    Parameters
    ----------
    relevance : Explanation, or (h, w) array of numbers
        Of an explanation its `pixel_weights`, in the unit of the score; an array as it is.  Positive speaks for the
        class.

    Returns
    -------
    (h, w) float64, read-only
        The map; over each superpixel of an explanation it sums to the weight.

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        For an array of another shape or dtype, or with NaN or infinity.
    """
    if isinstance(relevance, Explanation):
        return read_only(relevance.pixel_weights())
    if not isinstance(relevance, np.ndarray):
        raise TypeError(f"relevance must be an Explanation or an array of the view's (h, w), got {shown(relevance)}")
    check_shape("relevance", relevance, None, None)
    if relevance.dtype.kind not in "biuf":
        raise ValueError(f"relevance must hold numbers, got {relevance.dtype}")
    found = relevance.astype(np.float64)
    if not np.isfinite(found).all():
        raise ValueError("relevance must be finite, got NaN or infinity")
    return read_only(found)


@dataclass(frozen=True, eq=False)
class Subject:
    """What a map is judged on: what a model sees of a photo, and the class.

    Parameters
    ----------
    image : (h, w, 3) uint8, read-only
        The view.
    part : tuple of two slice, or None
        Rows and columns of the photo on it, where it has a border.
    spec : ProbeSpec
        The photo and the model; an explanation's own segmenter and hiding, for an array the usual ones.
    class_index : int or None
        The class; None takes the most likely one.
    segmentation : Segmentation or None
        The explanation's superpixels; None for an array.
    """

    image: Pixels
    part: tuple[slice, slice] | None
    spec: ProbeSpec
    class_index: int | None
    segmentation: Segmentation | None

    @staticmethod
    def of(
        relevance: RelevanceLike, picture: PictureLike | None, model: ModelLike | None, class_index: int | str | None
    ) -> Subject:
        """Find out what a map is of.

        Parameters
        ----------
        relevance : Explanation, or (h, w) array of numbers
            An explanation knows all of it by itself.
        picture, model : Picture and Classifier, or what stands for one
            The photo and the model of an array.
        class_index : int or str, optional
            The class, or its name; None takes that of the explanation.

        Returns
        -------
        Subject
            With the part of the photo on the view.

        Raises
        ------
        ValueError, TypeError
            For an array without a picture and a model or of another shape than the view, an explanation of another
            picture, or an unknown class.
        """
        classifier = None if model is None else load_model(model)
        photo = None if picture is None else picture_of(picture)
        index = class_index_of(class_index, classifier.class_names if classifier else ())
        if isinstance(relevance, Explanation):
            if photo is not None and photo.digest != relevance.spec.picture:
                raise ValueError("picture must be the one that was explained; leave it out")
            cut = relevance.scene.segmentation
            index = relevance.settings.class_index if index is None else index
            return Subject(cut.image, cut.part, relevance.alone, index, cut)
        values = relevance_map(relevance)
        if photo is None or classifier is None:
            missing = "picture" if photo is None else "model"
            raise ValueError(f"{missing} must be given for a relevance that is an array, got None")
        view, seen = classifier.view(photo), classifier.preprocessing
        check_shape("relevance", values, *view.shape[:2])
        part = seen.photo_part(photo.height, photo.width) if seen else None
        return Subject(view, part, ProbeSettings().spec(photo, classifier), index, None)

    def scene(self, spec: ProbeSpec) -> Scene:
        """Cut the view and hide its superpixels as a spec says.

        Parameters
        ----------
        spec : ProbeSpec
            Of this photo and model; a label map in it is one of the view.

        Returns
        -------
        Scene
            With the explanation's own superpixels where the segmenter is its own.

        Raises
        ------
        LimeError, ValueError
            As `segment`.
        """
        own = self.segmentation is not None and spec.segmenter == self.spec.segmenter
        cut = self.segmentation if own else segment(self.image, spec.segmenter, self.part)
        assert cut is not None
        return Scene.of(cut, spec.hiding)


def class_scores(probe: Probe, class_index: int | None, space: str | None) -> Scores:
    """Compute the scores that a map is judged by.

    Parameters
    ----------
    probe : Probe
        With the full picture at least.
    class_index : int or None
        The class; None takes the most likely one.
    space : str or None
        Which score; None takes the first of the model's `SPACES`.

    Returns
    -------
    (n,) float64
        The score of each row, in the unit of the space.

    Raises
    ------
    ValueError
        For a class or space that the model does not have.
    """
    index = probe.most_likely()[0] if class_index is None else class_index
    return probe.scores(index, SPACES[probe.kind][0] if space is None else space)
