"""Pictures with superpixels hidden, made on the processor, for models that take whole pictures."""

from __future__ import annotations

import numpy as np

from lime_core.arrays import Labels, Masks, Pixels


class Masking:
    """One picture, of which masks say what is shown.

    Parameters
    ----------
    image, hidden : ndarray (h, w, 3) of uint8
        The picture, and what stands in its place where it is hidden.
    labels : ndarray (h, w) of int32
        The superpixel of every pixel.
    """

    def __init__(self, image: Pixels, hidden: Pixels, labels: Labels) -> None:
        self._shape = image.shape
        self._hidden = hidden.ravel()
        self._difference = image.ravel() ^ self._hidden
        self._superpixels = np.repeat(labels.ravel(), 3).astype(np.intp)

    def __call__(self, masks: Masks) -> Pixels:
        """Make the pictures.

        Parameters
        ----------
        masks : ndarray (n, d) of float32
            A superpixel counts as shown where its mask is above 0.5.

        Returns
        -------
        ndarray (n, h, w, 3) of uint8
            New ones, which whoever gets them may write to.
        """
        # By bits, which is eight times as fast as choosing each pixel: all ones where it is shown, none where not.
        bits = np.where(masks > 0.5, np.uint8(0xFF), np.uint8(0))
        pictures = np.take(bits, self._superpixels, axis=1)
        pictures &= self._difference
        pictures ^= self._hidden
        return pictures.reshape(-1, *self._shape)
