"""Composed pictures, where the truth is known: two photos side by side, of which a model can have seen a class in one.

What explains the class of the left photo should lie on the left.  The pointing game asks where the map is highest, the
relevance mass accuracy how much of what speaks for the class lies inside.  Both take any mask of the truth, so they
judge by what people have drawn too; neither asks the model.

References
----------
Zhang, Bargal, Lin, Brandt, Shen, Sclaroff (2018), "Top-Down Neural Attention by Excitation Backprop", IJCV 126, for the
pointing game.
Arras, Osman, Samek (2022), "CLEVR-XAI: A benchmark dataset for the ground truth evaluation of neural network
explanations", Information Fusion 81, for the relevance mass accuracy; relevance against the class counts as none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lime_core.arguments import one_of, shown, whole
from lime_core.arrays import check_shape, read_only
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.explanation.explanation import Explanation
from lime_core.judging.relevance import RelevanceLike, relevance_map
from lime_core.pictures.picture import Picture, PictureLike, load_picture, picture_of

Truth = NDArray[np.bool_]
"""(h, w) bool, True where the map should be."""

SIDES = ("left", "right")


@dataclass(frozen=True)
class Composed:
    """Two photos side by side.

    Parameters
    ----------
    picture : Picture
        Both, each on one half of the width.
    """

    picture: Picture

    def truth(self, model: ModelLike, side: str = "left") -> Truth:
        """Find the half of one photo on what a model sees.

        Parameters
        ----------
        model : Classifier, or what stands for one
            Its preprocessing says which crop it sees.
        side : {"left", "right"}, default "left"
            Which photo.

        Returns
        -------
        (h, w) bool, read-only
            True where the middle of a pixel of the view lies on that photo; False on a border.

        Raises
        ------
        ValueError
            For another side.
        """
        one_of("side", side, SIDES)
        classifier = load_model(model)
        left, top, right, bottom = classifier.crop_box(self.picture)
        h, w = classifier.view(self.picture).shape[:2]
        x = left + (np.arange(w) + 0.5) * (right - left) / w
        y = top + (np.arange(h) + 0.5) * (bottom - top) / h
        middle = self.picture.width / 2
        across = (x >= 0) & (x < middle) if side == "left" else (x >= middle) & (x < self.picture.width)
        return read_only(((y >= 0) & (y < self.picture.height))[:, None] & across)


def compose(left: PictureLike, right: PictureLike, height: int = 448, width: int = 448) -> Composed:
    """Set two photos side by side, each scaled and cut around its middle until it fills its half.

    Parameters
    ----------
    left, right : Picture, or what `load_picture` takes
        The photos.
    height : int in [32, 2048], default 448
        Of the composed picture, in pixels.
    width : int in [32, 2048], default 448
        Of the composed picture; of an odd width the left half is a pixel narrower.

    Returns
    -------
    Composed
        The picture, with the two names in its own.

    Raises
    ------
    BadPicture, ValueError
        As `load_picture`; ValueError for another height or width.
    """
    height, width = whole("height", height, 32, 2048), whole("width", width, 32, 2048)
    photos, halves = (_read("left", left), _read("right", right)), (width // 2, width - width // 2)
    fitted = [
        np.asarray(ImageOps.fit(Image.fromarray(photo.pixels), (half, height), Image.Resampling.BICUBIC))
        for photo, half in zip(photos, halves, strict=True)
    ]
    return Composed(load_picture(np.concatenate(fitted, axis=1), name=" beside ".join(p.name for p in photos)))


def pointing_game(relevance: RelevanceLike, truth: Truth) -> float:
    """Say whether the highest pixel of a map lies inside of the truth.

    There is no tolerance around the truth; widen the mask where there should be one.

    Parameters
    ----------
    relevance : Explanation, or (h, w) array of numbers
        The map: of an explanation its `pixel_weights` on the photo, without the border of a padded one, an array as it
        is; positive speaks for the class.
    truth : (h, w) bool
        Where the map should be, of the same size.

    Returns
    -------
    float
        1 for inside, 0 for outside; where several pixels are equally high, as on a superpixel, the share of them that
        lies inside.  A map that is the same everywhere has the truth's share of the area, which is chance.

    Raises
    ------
    ValueError, TypeError
        For a truth of another shape or dtype, or without a pixel, and for what is no map.
    """
    values, inside = _checked(relevance, truth)
    part = relevance.scene.segmentation.part if isinstance(relevance, Explanation) else None
    if part is not None:  # the border's 0 is the highest where all of the photo speaks against the class
        values, inside = values[part], inside[part]
    return float(inside[values == values.max()].mean())


def relevance_mass_accuracy(relevance: RelevanceLike, truth: Truth) -> float:
    """Measure how much of what speaks for the class lies inside of the truth.

    Parameters
    ----------
    relevance, truth : Explanation or (h, w) array of numbers, and (h, w) bool
        As in `pointing_game`.

    Returns
    -------
    float
        Share of the positive relevance, 0..1; NaN where none is positive.  Relevance that is spread evenly has the
        truth's share of the area.

    Raises
    ------
    ValueError, TypeError
        As `pointing_game`.
    """
    values, inside = _checked(relevance, truth)
    speaking = values.clip(0)
    return float(speaking[inside].sum() / speaking.sum()) if speaking.any() else math.nan


def _checked(relevance: RelevanceLike, truth: Truth) -> tuple[NDArray[np.float64], Truth]:
    values = relevance_map(relevance)
    check_shape("truth", truth, None, None)
    if truth.dtype != np.bool_ or not truth.any():
        raise ValueError(f"truth must be bool with at least one True, got {shown(truth)}")
    if truth.shape != values.shape:
        raise ValueError(f"relevance and truth must have the same shape, got {values.shape} and {truth.shape}")
    return values, truth


def _read(name: str, value: PictureLike) -> Picture:
    try:
        return picture_of(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name} must be a photo: {error}") from None
