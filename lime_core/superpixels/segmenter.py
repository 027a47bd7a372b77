"""What cuts a picture into superpixels promises."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray

from lime_core.arrays import Pixels


class Segmenter(Protocol):
    """Cuts a picture (h, w, 3) uint8 into labels (h, w), integers of any numbering.

    Attributes
    ----------
    to_get_more : str
        A sentence: which setting to turn when fewer than two superpixels come out.
    """

    to_get_more: ClassVar[str]

    def __call__(self, image: Pixels) -> NDArray[Any]:
        """Label the superpixel of every pixel.

        Parameters
        ----------
        image : (h, w, 3) uint8
            The crop that the model sees; it stays as it is.

        Returns
        -------
        (h, w) integers of any numbering
            The same for the pixels of a superpixel; `segment` numbers them 0..d-1.

        Raises
        ------
        BadPicture
            When a `LabelMap` has another ratio of width to height than the crop.
        """
        ...
