"""What a model sees of a photo: resized and cropped in the middle as its own transform does, or squashed, or padded.

The view is what is segmented, hidden, shown and explained.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as transforms

from lime_core.arguments import one_of, shown, whole
from lime_core.arrays import Pixels, read_only

Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels of the photo; outside of it where the model pads."""

FITS = ("crop", "squash", "pad")
"""How a photo is made to fit a model's input."""

ORDERS = ("RGB", "BGR")
"""In which order a model takes the channels."""

MAX_SIDE = 16_384
"""Pixels of a side; no classifier takes more."""

_FIRST_FIELDS = 6
_LARGEST = float(np.finfo(np.float32).max)
"""Of a mean or std: networks take numbers of 32 bits."""


@dataclass(frozen=True)
class Preprocessing:
    """How a photo becomes what the model takes: `height` × `width`, normalised by `mean` and `std`.

    A crop is torchvision's own resize and centre crop on a Pillow image, so the pixels are those of its presets.

    Parameters
    ----------
    height, width : int
        Pixels of what the model takes.
    resize : int, optional
        Pixels of the shorter side after resizing, before the middle is cut; more where it would not cover the crop.
        None scales a photo so that it just covers the crop, or is squashed to it.  Not for the fit "pad".
    interpolation : str, default "bilinear"
        A value of torchvision's `InterpolationMode`, such as "bicubic".
    mean, std : tuple of float
        Of each channel, for values in 0..1: a pixel v becomes (v / 255 - mean) / std.  ImageNet's if left out.
    fit : {"crop", "squash", "pad"}
        "crop" cuts the middle of a photo that covers height × width; "squash" first gives it their proportions, which
        changes its own; "pad" shows the whole photo and fills the border, which is one superpixel without a weight.
    fill : tuple of three int, optional
        Color of that border, 0..255.  None takes `mean`, which is zero for the model.
    channels : {3, 1}
        1 for a model of grey pictures, which is given the luma of the photo; mean and std have one entry then.
    order : {"RGB", "BGR"}
        In which the model takes three channels, as Caffe and OpenCV have them the other way round; mean and std are in
        the same order.
    white : int, optional
        Which number was white in the training, 255..65535, such as 4095 for scans of 12 bits, where a file has numbers
        of more than 8 bits; what is below 0 is black.  None takes the bits that the file says, or that its numbers
        fill.  What has 8 bits, shares from 0 to 1 and arrays are taken as they are.

    Raises
    ------
    ValueError, TypeError
        For an unknown fit, interpolation or order, a size or a white that is no whole number, a fill that is no color,
        another number of channels, means or std, or std that are not above 0.
    """

    height: int
    width: int
    resize: int | None = None
    interpolation: str = "bilinear"
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    fit: str = "crop"
    fill: tuple[int, int, int] | None = None
    channels: int = 3
    order: str = "RGB"
    white: int | None = None

    def __post_init__(self) -> None:
        for name in ("height", "width", "resize"):
            if name != "resize" or self.resize is not None:
                size = whole(name, getattr(self, name), 1, most=MAX_SIDE)
                object.__setattr__(self, name, size)
        one_of("interpolation", self.interpolation, [mode.value for mode in InterpolationMode])
        one_of("fit", self.fit, FITS)
        one_of("order", self.order, ORDERS)
        object.__setattr__(self, "channels", whole("channels", self.channels, 0))
        if self.channels not in (1, 3):
            raise ValueError(f"channels must be 1 or 3, got {shown(self.channels)}")
        if self.white is not None:
            object.__setattr__(self, "white", whole("white", self.white, 255, most=65_535))
        for name in ("mean", "std"):
            object.__setattr__(self, name, _numbers(name, getattr(self, name)))
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError(
                f"mean and std must have an entry for each of {self.channels} channels, "
                f"got {len(self.mean)} and {len(self.std)}"
            )
        least: float = min(self.std)
        if least <= 0:
            raise ValueError(f"std must be above 0 for each channel, got {least:g}")
        if self.fill is not None:
            fill = (
                tuple(self.fill) if isinstance(self.fill, tuple | list | np.ndarray) and np.iterable(self.fill) else ()
            )
            if len(fill) != 3 or not all(_is_color(v) for v in fill):
                raise ValueError(
                    f"fill must be three numbers in 0..255, got {fill if 0 < len(fill) < 5 else shown(self.fill)}"
                )
            object.__setattr__(self, "fill", tuple(map(int, fill)))

    def __repr__(self) -> str:
        # Fingerprints of models are made of it, so settings that came later are left out where they are the usual ones.
        usual = {field.name: field.default for field in fields(self)[_FIRST_FIELDS:]}
        if self.fit == "crop" and self.resize is not None and self.resize < max(self.height, self.width):
            del usual["fit"]  # such a crop was filled up with black once, which was another view
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        parts = [f"{name}={value!r}" for name, value in shown.items() if name not in usual or value != usual[name]]
        return f"{type(self).__name__}({', '.join(parts)})"

    def view(self, photo: Pixels) -> Pixels:
        """What the model sees of a photo.

        Parameters
        ----------
        photo : ndarray (h, w, 3) of uint8
            RGB, of any size; by `white`, where there is one, see `Picture.by_white`.

        Returns
        -------
        ndarray (height, width, 3) of uint8
            Not normalised; grey where there is one channel; read-only.
        """
        image = Image.fromarray(photo)
        if self.channels == 1:
            image = image.convert("L")
        size, (top, left) = self._placed(*photo.shape[:2])
        image = transforms.resize(image, list(size), InterpolationMode(self.interpolation), antialias=True)
        resized = image.convert("RGB")
        if self.fit == "pad":
            channels = self.mean if self.order == "RGB" else self.mean[::-1]
            mean = tuple(min(255, max(0, round(255 * value))) for value in channels) * (3 // self.channels)
            view = Image.new("RGB", (self.width, self.height), self.fill or mean)
            view.paste(resized, (-left, -top))
        else:
            view = transforms.crop(resized, top, left, self.height, self.width)
        return read_only(np.asarray(view.convert("L").convert("RGB") if self.channels == 1 else view))

    def crop_box(self, height: int, width: int) -> Box:
        """Where the view lies on a photo.

        Parameters
        ----------
        height, width : int
            Pixels of the photo.

        Returns
        -------
        tuple of four float
            Left, top, right and bottom in pixels of the photo; outside of it where the photo is padded.
        """
        (rows, columns), (top, left) = self._placed(height, width)
        first, last = (column * width / columns for column in (left, left + self.width))
        upper, lower = (row * height / rows for row in (top, top + self.height))
        return first, upper, last, lower

    def photo_part(self, height: int, width: int) -> tuple[slice, slice] | None:
        """Where the photo lies on the view, if it does not fill it.

        Parameters
        ----------
        height, width : int
            Pixels of the photo.

        Returns
        -------
        tuple of two slice, or None
            Rows and columns of the view; None where there is no border.
        """
        (rows, columns), (top, left) = self._placed(height, width)
        if rows >= self.height and columns >= self.width:
            return None
        return slice(-top, rows - top), slice(-left, columns - left)

    def _placed(self, height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The size of the resized photo, and the row and column of it where the view begins."""
        if self.fit == "squash":
            scale = max(1.0, (self.resize or 0) / min(self.height, self.width))
            size = round(self.height * scale), round(self.width * scale)
            return size, (round((size[0] - self.height) / 2), round((size[1] - self.width) / 2))
        if self.fit == "pad":
            scale = min(self.height / height, self.width / width)
            size = min(self.height, max(1, round(height * scale))), min(self.width, max(1, round(width * scale)))
            return size, (-((self.height - size[0]) // 2), -((self.width - size[1]) // 2))
        size = (0, 0)
        if self.resize is not None:  # as torchvision rounds
            shorter, longer = self.resize, int(self.resize * max(height, width) / min(height, width))
            size = (shorter, longer) if height <= width else (longer, shorter)
        if size[0] < self.height or size[1] < self.width:
            scale = max(self.height / height, self.width / width)
            size = max(self.height, round(height * scale)), max(self.width, round(width * scale))
        return size, (round((size[0] - self.height) / 2), round((size[1] - self.width) / 2))


def _is_color(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and 0 <= int(value) <= 255


def _numbers(name: str, values: Any) -> tuple[float, ...]:
    """A number for each channel, as they were given: fingerprints hold them."""
    if not isinstance(values, tuple | list | np.ndarray) or not np.iterable(values):
        raise TypeError(f"{name} must be a tuple with a number for each channel, got {shown(values)}")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            raise TypeError(f"{name} must be a tuple with a number for each channel, got {shown(value)} in it")
        if not -_LARGEST <= value <= _LARGEST:
            raise ValueError(f"{name} must be numbers of a size that pictures can have, got {shown(value)} in it")
    return tuple(values)


def in_channels(pixels: NDArray[np.uint8], channels: int, order: str = "RGB") -> NDArray[np.uint8]:
    """Pixels with as many channels as a model takes.

    Parameters
    ----------
    pixels : ndarray (..., 3) of uint8
        RGB.
    channels : {3, 1}
        1 takes the luma, rounded as Pillow does; of a grey pixel it is the pixel itself.
    order : {"RGB", "BGR"}
        Of three channels.

    Returns
    -------
    ndarray (..., channels) of uint8
        The pixels themselves, or a view of them, where the model takes three.
    """
    if channels == 3:
        return pixels if order == "RGB" else pixels[..., ::-1]
    luma = pixels.astype(np.uint32) @ np.array([19595, 38470, 7471], dtype=np.uint32) + 0x8000
    return (luma >> 16).astype(np.uint8)[..., None]
