"""Pictures with superpixels hidden: on the processor for models that take whole pictures, else before the network."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lime_core.arrays import Labels, Masks, Pixels
from lime_core.engines.preprocessing import Preprocessing, in_channels
from lime_core.networks.running import layout_of


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


def normalised(pictures: Pixels, seen: Preprocessing) -> NDArray[np.float32]:
    """Pictures as a network takes them.

    Parameters
    ----------
    pictures : ndarray (n, h, w, 3) of uint8
        RGB, of the size that the network takes.
    seen : Preprocessing
        Its normalisation and channels.

    Returns
    -------
    ndarray (n, c, h, w) of float32
        One channel after another.
    """
    batch = in_channels(pictures, seen.channels, seen.order).astype(np.float32) / np.float32(255.0)
    mean, std = (np.array(each, dtype=np.float32) for each in (seen.mean, seen.std))
    return np.ascontiguousarray(((batch - mean) / std).transpose(0, 3, 1, 2))


class MaskedModel(nn.Module):
    """A model whose inputs are masks.

    Parameters
    ----------
    model : nn.Module
        Takes normalised pictures (b, c, h, w) and returns (b, k).
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self._together = layout_of(model) == torch.channels_last

    def forward(
        self, masks: Tensor, superpixels: Tensor, hidden: Tensor, difference: Tensor, whose: Tensor | None = None
    ) -> Tensor:
        """Answers to masked pictures, `hidden + shown · difference`.

        Parameters
        ----------
        masks : Tensor (b, d) of float32
            1 = superpixel shown, 0 = hidden.
        superpixels : Tensor (h·w,) of int32
            The superpixel of each pixel, 0..d-1.
        hidden : Tensor (1, c, h, w) of float32
            The normalised picture with all superpixels hidden; also (b, c, h, w), one for each mask.
        difference : Tensor (1, c, h, w) of float32
            The normalised picture minus the hidden one.
        whose : Tensor (b,) of int64, optional
            Which of m segmentations each mask is of, where superpixels are (m, h·w), and hidden picture and difference
            (m, c, h, w).

        Returns
        -------
        Tensor (b, k)
            The model's answers.
        """
        # Looked up, not multiplied with a one-hot segmentation: that costs more with every superpixel.
        if whose is None:
            shown = masks.index_select(1, superpixels)
        else:
            shown = masks.gather(1, superpixels.long().index_select(0, whose))
            hidden, difference = hidden.index_select(0, whose), difference.index_select(0, whose)
        pictures = torch.addcmul(hidden, shown.view(-1, 1, *hidden.shape[2:]), difference)
        # Convolutions are twice as fast on a CPU, and faster on a GPU, when the channels lie together.
        layout = torch.channels_last if self._together else torch.contiguous_format
        return self.model(pictures.contiguous(memory_format=layout))
