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
    """

    height: int
    width: int
    resize: int
    interpolation: str = "bilinear"
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    def view(self, photo: Pixels) -> Pixels:
        """The crop (height, width, 3) uint8 of a photo (h, w, 3) uint8 that the model sees."""
        resized = transforms.resize(
            Image.fromarray(photo), [self.resize], InterpolationMode(self.interpolation), antialias=True
        )
        return read_only(np.asarray(transforms.center_crop(resized, [self.height, self.width])))

    def crop_box(self, height: int, width: int) -> Box:
        """Where the crop lies on a photo of this size."""
        scale = min(height, width) / self.resize
        left, top = (width - self.width * scale) / 2, (height - self.height * scale) / 2
        return left, top, left + self.width * scale, top + self.height * scale
