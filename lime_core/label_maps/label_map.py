"""Label maps: superpixels of one's own, as a segmenter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Labels, Pixels, digest, numbered, read_only, whole_numbers
from lime_core.errors import BadPicture, TooFewSuperpixels

_ALIKE = 0.02  # how far two ratios of width to height may differ, as a share


@dataclass(frozen=True)
class LabelMap:
    """Superpixels that the user gives: the labels of every pixel of the picture that the model sees.

    Made by `LabelMap.of` and `load_label_map`; it is compared and hashed by the digest of its labels.  Where a
    photo is explained it may be of the whole photo, upright as it is shown, or of the crop that the model sees, in any
    size of that shape (see `covers`).  Called with a picture it is a map of this picture: it is scaled (nearest pixel),
    and one whose ratio of width to height differs by more than 2% raises BadPicture.

    Parameters
    ----------
    digest : str
        SHA-256 of the labels, their shape and dtype.
    labels : ndarray (h, w) of int32
        The superpixel of every pixel, 0..d-1, every one present; read-only.
    """

    to_get_more: ClassVar[str] = "Give a label map with at least two different values."

    digest: str
    labels: Labels = field(repr=False, compare=False)

    @property
    def nbytes(self) -> int:
        """Memory of the labels in bytes."""
        return self.labels.nbytes

    def emptied(self) -> LabelMap:
        """A map without labels that is equal to this one: a key that holds no memory.

        Returns
        -------
        LabelMap
            Of the same digest.
        """
        return LabelMap(self.digest, np.empty((0, 0), np.int32))

    @staticmethod
    def of(labels: NDArray[Any]) -> LabelMap:
        """A label map from an array.

        Parameters
        ----------
        labels : ndarray (h, w) of integers, of booleans, or of floats that are whole numbers
            Any numbers; pixels with the same one make a superpixel.

        Returns
        -------
        LabelMap
            With superpixels numbered 0..d-1 in the order of these numbers.

        Raises
        ------
        BadPicture
            When the array is empty, has another number of dimensions, or holds anything but whole numbers; floats from
            where they can no longer tell whole numbers apart, 2⁵³ for those of 64 bits, are refused too.
        TooFewSuperpixels
            When all numbers are the same.
        """
        try:
            labels = np.asarray(labels)
        except ValueError as error:
            raise BadPicture("A label map is an array, and these rows have different lengths.") from error
        if labels.ndim != 2 or labels.size == 0:
            raise BadPicture(
                "A label map has one whole number for each pixel, two dimensions in all; "
                f"this one has the shape {labels.shape} and holds {labels.dtype}."
            )
        try:
            numbers = whole_numbers("The values of a label map", labels)
        except ValueError as error:
            raise BadPicture(f"{error}.") from error
        count, superpixels = numbered(numbers)
        if count < 2:
            raise TooFewSuperpixels(f"The label map has a single value. {LabelMap.to_get_more}")
        return LabelMap(digest(superpixels), read_only(superpixels))

    def cropped(self, left: float, top: float, right: float, bottom: float) -> LabelMap:
        """The part inside a box, for a map of the whole photo where the model sees a crop.

        Parameters
        ----------
        left, top, right, bottom : float
            The box in pixels of this map, rounded; what lies outside of the map is cut off.

        Returns
        -------
        LabelMap
            With its superpixels numbered anew.

        Raises
        ------
        BadPicture
            When nothing of the map lies inside.
        TooFewSuperpixels
            When a single superpixel does.
        """
        left, top, right, bottom = (max(0, round(edge)) for edge in (left, top, right, bottom))
        return LabelMap.of(self.labels[top:bottom, left:right])

    def covers(self, photo: tuple[int, int], crop: tuple[int, int]) -> Literal["photo", "crop"]:
        """Whether this is a map of the whole photo or of the crop that the model sees, told by its shape.

        Parameters
        ----------
        photo, crop : tuple of two int
            (h, w) of the photo and of the crop.

        Returns
        -------
        {"photo", "crop"}
            "crop" for a map of exactly its size, else what has its ratio of width to height, within 2%.  Of both it is
            the closer one, and the photo where they are alike, as with a square photo.

        Raises
        ------
        BadPicture
            When it has the shape of neither.
        """
        if self.labels.shape == crop:
            return "crop"
        to_photo, to_crop = _apart(self.labels.shape, photo), _apart(self.labels.shape, crop)
        if min(to_photo, to_crop) > _ALIKE:
            own, whole, part = (f"{width} × {height}" for height, width in (self.labels.shape, photo, crop))
            turned = _apart(self.labels.shape[::-1], photo) <= _ALIKE
            raise BadPicture(
                f"The label map has {own} pixels, the photo {whole} and the crop that the model sees {part}: "
                + (
                    "turn the map as the photo is shown, upright."
                    if turned
                    else "give a map with the ratio of width to height of one of them."
                )
            )
        return "photo" if to_photo <= to_crop else "crop"

    def on_crop(
        self, photo: tuple[int, int], crop: tuple[int, int], box: tuple[float, float, float, float]
    ) -> LabelMap:
        """The same superpixels on the crop that the model sees, each pixel with the label that lies nearest.

        Parameters
        ----------
        photo, crop : tuple of two int
            (h, w) of the photo and of the crop.
        box : tuple of four float
            Left, top, right and bottom of the crop in pixels of the photo.

        Returns
        -------
        LabelMap
            With (h, w) of the crop; where the crop reaches beyond the photo is a superpixel of its own.

        Raises
        ------
        BadPicture
            When the map has neither the shape of the photo nor that of the crop.
        TooFewSuperpixels
            When the crop lies in a single superpixel.
        """
        if self.covers(photo, crop) == "crop":
            return self if self.labels.shape == crop else LabelMap.of(scaled(self.labels, crop))
        left, top, right, bottom = box
        rows, down = _nearest(top, bottom, crop[0], photo[0], self.labels.shape[0])
        columns, across = _nearest(left, right, crop[1], photo[1], self.labels.shape[1])
        labels = np.where(down[:, None] & across, self.labels[rows[:, None], columns], self.labels.max() + 1)
        if (labels == labels[0, 0]).all():
            raise TooFewSuperpixels(
                "The crop that the model sees lies in a single superpixel of the label map. "
                "Give a map that cuts the middle of the photo."
            )
        return LabelMap.of(labels)

    def __call__(self, image: Pixels) -> NDArray[Any]:
        size = image.shape[:2]
        if _apart(self.labels.shape, size) > _ALIKE:
            raise BadPicture(
                f"The label map has {self.labels.shape[1]} × {self.labels.shape[0]} pixels, but the model sees "
                f"{size[1]} × {size[0]}: give a map of the crop, or of the whole photo."
            )
        return self.labels if self.labels.shape == size else scaled(self.labels, size)


def _apart(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """How far the ratios of width to height of two shapes differ, as a share of the second."""
    return abs(one[1] * other[0] - one[0] * other[1]) / (one[0] * other[1])


def scaled(labels: NDArray[Any], size: tuple[int, ...]) -> NDArray[Any]:
    """Labels in another size, to the nearest pixel.

    Parameters
    ----------
    labels : ndarray (h, w) or (h, w, c)
        Of any dtype.
    size : tuple of two int
        The other (h, w).

    Returns
    -------
    ndarray
        Of that size and the same dtype.
    """
    row = np.arange(size[0]) * labels.shape[0] // size[0]
    column = np.arange(size[1]) * labels.shape[1] // size[1]
    return labels[row[:, None], column[None, :]]


def _nearest(
    start: float, end: float, steps: int, length: int, count: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Which of `count` pixels that fill 0..`length` lie nearest to the middles of `steps` parts of start..end.

    The second array is False where a middle lies outside of 0..`length`.
    """
    middles = start + (np.arange(steps) + 0.5) * (end - start) / steps
    nearest = np.floor(middles * count / length).astype(np.intp).clip(0, count - 1)
    return nearest, (middles >= 0) & (middles < length)
