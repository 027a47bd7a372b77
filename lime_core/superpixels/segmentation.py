"""Superpixels: the parts of a picture that are shown or hidden together.

A segmenter is a frozen dataclass that turns pixels into labels of any kind; `segment` numbers them 0..d-1 and refuses
fewer than two.  Numbering matters: `lime` compares with 0..d-1 too, but takes whatever ids a segmenter returns, and
loses the last superpixel of one that starts at 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import shown
from lime_core.arrays import Floats, Labels, Pixels, check_shape, numbered, read_only, whole_numbers
from lime_core.errors import TooFewSuperpixels, TooManySuperpixels
from lime_core.label_maps.centroids import centroids
from lime_core.label_maps.label_map import LabelMap
from lime_core.models.classifier import Classifier
from lime_core.pictures.picture import Picture
from lime_core.superpixels.overlap import shares
from lime_core.superpixels.segmentations import Segmentations, at_once
from lime_core.superpixels.segmenter import Segmenter


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A picture cut into `d` superpixels.

    Parameters
    ----------
    image : (h, w, 3) uint8, read-only
        The crop that was cut.
    labels : (h, w) int32, read-only
        The superpixel of every pixel, 0..d-1, every one present.
    made_by : Segmenter
        What cut it.
    border : int, optional
        The superpixel that is no part of the photo: what its crop was padded with.  It is never hidden.
    parts : tuple of Segmentation, default ()
        Of `Segmentations` one for each member; its own labels are those of the first.
    """

    image: Pixels
    labels: Labels
    made_by: Segmenter
    border: int | None = None
    parts: tuple[Segmentation, ...] = ()

    @property
    def d(self) -> int:
        """How many superpixels there are."""
        return int(self.labels.max()) + 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(d,) pixels in each superpixel."""
        return np.bincount(self.labels.ravel(), minlength=self.d)

    @cached_property
    def centers(self) -> Floats:
        """(d, 2) float64 row and column of the pixel of each superpixel that is nearest to its centre of mass."""
        return read_only(centroids(self.labels, self.d))

    @property
    def counts(self) -> tuple[int, ...]:
        """How many superpixels there are in each of several segmentations, or in the only one."""
        return tuple(part.d for part in self.parts) or (self.d,)

    @property
    def in_photo(self) -> int:
        """How many superpixels can be hidden: all but the border of a padded photo."""
        return self.d - (self.border is not None)

    @property
    def pixels_in_photo(self) -> int:
        """How many pixels show the photo: what shares of the picture are of."""
        return self.labels.size - (0 if self.border is None else int(self.sizes[self.border]))

    @property
    def photo_shares(self) -> Floats:
        """(d,) float64 share of the pixels that show the photo, which sum to 1; the border has none of them."""
        return np.where(np.arange(self.d) == self.border, 0.0, self.sizes / self.pixels_in_photo)

    @property
    def counts_in_photo(self) -> tuple[int, ...]:
        """As `counts`, without the border of a padded photo: what is told of how many there are."""
        return tuple(part.in_photo for part in self.parts) or (self.in_photo,)

    @property
    def part(self) -> tuple[slice, slice] | None:
        """Rows and columns that show the photo; None where nothing is padded."""
        if self.border is None:
            return None
        photo = self.labels != self.border
        rows, columns = (np.flatnonzero(photo.any(axis=axis)) for axis in (1, 0))
        return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)

    def cuts_alike(self, other: Segmentation) -> bool:
        """Tell whether another segmentation of this picture has the same superpixels, however they are numbered.

        Parameters
        ----------
        other : Segmentation
            Of the same picture.

        Returns
        -------
        bool
            Whether they are the same.
        """
        return self.d == other.d and bool((shares(self.labels, other.labels).max(axis=0) == 1.0).all())

    @staticmethod
    def of_each(segmenter: Segmentations, cut: Callable[[Segmenter], Segmentation]) -> Segmentation:
        """Cut a picture in several ways at a time.

        Parameters
        ----------
        segmenter : Segmentations
            The ways; those that leave fewer than two superpixels are left out, and those that cut as one before.
        cut : callable
            Gives the segmentation of each, called as `at_once` does.

        Returns
        -------
        Segmentation
            With the superpixels of the first, a part for each, and `Segmentations` of those that are there.

        Raises
        ------
        TooFewSuperpixels
            Where none is left; what the first of them says.
        """
        cuts = at_once(segmenter.members, cut)
        parts: list[Segmentation] = []
        for part in cuts:
            if isinstance(part, Segmentation) and not any(part.cuts_alike(each) for each in parts):  # it counts once
                parts.append(part)
        if not parts:
            raise next(each for each in cuts if isinstance(each, TooFewSuperpixels))
        first = parts[0]
        members = Segmentations(tuple(part.made_by for part in parts))
        return Segmentation(first.image, first.labels, members, first.border, tuple(parts))


MAX_SUPERPIXELS = 2000
"""More need tens of thousands of samples to say anything, and a d × d matrix for the fit."""


def segment(image: Pixels, segmenter: Segmenter, part: tuple[slice, slice] | None = None) -> Segmentation:
    """Cut a picture into superpixels, and number them 0..d-1 in the order of their labels.

    Parameters
    ----------
    image : (h, w, 3) uint8
        The crop that the model sees.
    segmenter : Segmenter
        What cuts it.
    part : tuple of two slice, optional
        The rows and columns that show the photo; the border around them becomes one superpixel more, the last.

    Returns
    -------
    Segmentation
        At least 2 superpixels beside the border, with labels (h, w) int32.

    Raises
    ------
    TooFewSuperpixels
        When fewer than two come out; the message names the setting to turn.
    TooManySuperpixels
        When more than `MAX_SUPERPIXELS` come out.
    BadPicture
        When a `LabelMap` has another ratio of width to height than the crop.
    ValueError
        When `image` or the labels have the wrong shape, or labels are no whole numbers.
    TypeError
        For what is no image, segmenter or part.
    """
    check_shape("image", image, None, None, 3)
    if isinstance(segmenter, type) or not (callable(segmenter) and hasattr(segmenter, "to_get_more")):
        raise TypeError(
            "segmenter must be an option such as Quickshift(), or what ProbeSettings.of makes of a name or a function, "
            f"got {shown(segmenter)}"
        )
    if part is not None and not (isinstance(part, tuple) and [type(each) for each in part] == [slice, slice]):
        raise TypeError(f"part must be a slice of rows and one of columns, or None, got {shown(part)}")
    if isinstance(segmenter, Segmentations):
        return Segmentation.of_each(segmenter, lambda member: segment(image, member, part))
    inside = image if part is None else image[part]
    if isinstance(segmenter, LabelMap) and segmenter.labels.shape == image.shape[:2]:  # of all that the model sees
        raw = segmenter.labels if part is None else segmenter.labels[part]
    else:
        raw = np.asarray(segmenter(inside))
    check_shape("the labels that the segmenter returns", raw, *inside.shape[:2])
    d, labels = numbered(whole_numbers("the labels that the segmenter returns", raw))
    if d < 2:
        raise TooFewSuperpixels(
            f"The whole picture became one superpixel, so there is nothing to compare. {segmenter.to_get_more}"
        )
    if d > MAX_SUPERPIXELS:
        raise TooManySuperpixels(
            f"The picture was cut into {d} superpixels, and no more than {MAX_SUPERPIXELS} can be explained. "
            "Make them larger."
        )
    if part is None:
        return Segmentation(read_only(image), read_only(labels), segmenter)
    bordered = np.full(image.shape[:2], d, dtype=np.int32)
    bordered[part] = labels
    return Segmentation(read_only(image), read_only(bordered), segmenter, border=d)


def segment_view(picture: Picture, model: Classifier, segmenter: Segmenter) -> Segmentation:
    """Cut what a model sees of a photo into superpixels.

    Whoever cuts a photo does it here: a label map can be of the whole photo, which nobody knows who has the crop alone.

    Parameters
    ----------
    picture : Picture
        The whole photo.
    model : Classifier
        Its preprocessing says which crop it sees; a border that pads the photo becomes a superpixel, never hidden.
    segmenter : Segmenter
        What cuts it.

    Returns
    -------
    Segmentation
        Of the crop.  `made_by` is the segmenter, in place of a label map the same superpixels on the crop alone.

    Raises
    ------
    TooFewSuperpixels, TooManySuperpixels, ValueError
        As `segment`.
    BadPicture
        When a `LabelMap` has neither the shape of the photo nor that of the crop.
    """
    crop = model.view(picture)
    if isinstance(segmenter, Segmentations):
        return Segmentation.of_each(segmenter, lambda member: segment_view(picture, model, member))
    if isinstance(segmenter, LabelMap):
        photo, size = (picture.height, picture.width), (crop.shape[0], crop.shape[1])
        segmenter = segmenter.on_crop(photo, size, model.crop_box(picture))
    seen = model.preprocessing
    return segment(crop, segmenter, seen.photo_part(picture.height, picture.width) if seen else None)
