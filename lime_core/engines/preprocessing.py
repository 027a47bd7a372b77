"""What a model sees of a photo: resized, and cropped in the middle, as its own transform does.

The crop is what is segmented, hidden, shown and explained; a photo is never squashed to a square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as transforms

from lime_core.arrays import Pixels, read_only

Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels of the photo; outside of it where the model pads."""


@dataclass(frozen=True)
class Preprocessing:
    """Resize the shorter side to `resize`, then cut `height` × `width` from the middle; normalise by `mean`, `std`.

    These are torchvision's own resize and centre crop on a Pillow image, so the pixels are those of its presets.

    Parameters
    ----------
    height, width : int
        Pixels of the crop, which is what the model takes; black is added where the resized photo is smaller.
    resize : int
        Pixels of the shorter side of the photo after resizing.
    interpolation : str, default "bilinear"
        A value of torchvision's `InterpolationMode`, such as "bicubic".
    mean, std : tuple of three float
        Of each channel, for values in 0..1: a pixel v becomes (v / 255 - mean) / std.  ImageNet's if left out.
    """

    height: int
    width: int
    resize: int
    interpolation: str = "bilinear"
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    def view(self, photo: Pixels) -> Pixels:
        """The crop of a photo that the model sees.

        Parameters
        ----------
        photo : ndarray (h, w, 3) of uint8
            RGB, of any size.

        Returns
        -------
        ndarray (height, width, 3) of uint8
            Not normalised; read-only.

        Raises
        ------
        ValueError
            For an interpolation that torchvision does not know.
        """
        resized = transforms.resize(
            Image.fromarray(photo), [self.resize], InterpolationMode(self.interpolation), antialias=True
        )
        return read_only(np.asarray(transforms.center_crop(resized, [self.height, self.width])))

    def crop_box(self, height: int, width: int) -> Box:
        """Where the crop lies on a photo.

        Parameters
        ----------
        height, width : int
            Pixels of the photo.

        Returns
        -------
        tuple of four float
            Left, top, right and bottom in pixels of the photo; outside of it where the model pads.
        """
        scale = min(height, width) / self.resize
        left, top = (width - self.width * scale) / 2, (height - self.height * scale) / 2
        return left, top, left + self.width * scale, top + self.height * scale
