"""What a described model sees of a photo: its size, how a photo is brought to it, and how pixels become numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from torchvision.transforms import InterpolationMode

from lime_core.arguments import is_a, one_of, shown, whole
from lime_core.engines.preprocessing import FITS, MAX_SIDE, ORDERS, Preprocessing

SCALINGS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "0..1": ((0.0,), (1.0,)),
    "-1..1": ((0.5,), (0.5,)),
    "0..255": ((0.0,), (1 / 255,)),
}
"""scaling -> mean and std for values in 0..1, of each channel or for all."""

_SIZES = "a whole number of pixels, or [height, width]"


@dataclass(frozen=True)
class ModelInput:
    """The input of a described model, the table [input] of a `model.toml`; what is left out is what is usual.

    Parameters
    ----------
    size : tuple of two int, or int, optional
        Height and width, or one for both.  None takes that of the published weights, or what an ONNX file says.
    fit : {"", "crop", "squash", "pad"}
        How a photo is made to fit, see `Preprocessing`; empty crops.
    resize : int, optional
        Pixels of the shorter side before the middle is cut.  None takes that of the published weights, where size and
        fit are left out too; else the photo is scaled so that it just covers the input.
    interpolation : str, default ""
        As for `Preprocessing`; empty takes that of the published weights, or "bilinear".
    fill : tuple of three int, or int, optional
        Color of the border of the fit "pad", or its grey.  None takes the mean, which is zero for the model.
    channels : {None, 3, 1}
        None takes what the file of the weights says.
    order : {"", "RGB", "BGR"}
        Of three channels; empty is RGB.
    scaling : {"", "imagenet", "0..1", "-1..1", "0..255"}
        Which numbers the pixels become.  Instead of it mean and std can be given.
    mean, std : tuple of float
        Of each channel, for values in 0..1; one number counts for all channels.
    white : int, optional
        Which value was white in the training, of files with more than 8 bits, as for `Preprocessing`.

    Raises
    ------
    ValueError, TypeError
        Names what cannot be.
    """

    size: tuple[int, int] | None = None
    fit: str = ""
    resize: int | None = None
    interpolation: str = ""
    fill: tuple[int, int, int] | None = None
    channels: int | None = None
    order: str = ""
    scaling: str = ""
    mean: tuple[float, ...] = field(default=())
    std: tuple[float, ...] = field(default=())
    white: int | None = None

    def __post_init__(self) -> None:
        if self.size is not None:
            object.__setattr__(self, "size", _two_sides(self.size))
        if self.resize is not None:
            object.__setattr__(self, "resize", whole("resize", self.resize, 1, most=MAX_SIDE))
        known = {
            "fit": FITS,
            "interpolation": [mode.value for mode in InterpolationMode],
            "order": ORDERS,
            "scaling": SCALINGS,
        }
        for name, words in known.items():
            if not is_empty(value := getattr(self, name)):
                one_of(name, value, words)
        if self.fit == "pad" and self.resize is not None:
            raise ValueError('resize must be left out with fit = "pad", which scales a photo to fit wholly')
        if self.channels is not None:
            object.__setattr__(self, "channels", whole("channels", self.channels, 0))
            if self.channels not in (1, 3):
                raise ValueError(f"channels must be 1 or 3, got {shown(self.channels)}")
        self._check_numbers()

    def _check_numbers(self) -> None:
        for name in ("mean", "std"):
            object.__setattr__(self, name, _listed(name, getattr(self, name)))
        fill: Any = self.fill
        if isinstance(fill, int | np.integer) and not isinstance(fill, bool):
            object.__setattr__(self, "fill", (int(fill),) * 3)
        if fill is not None and self.fit != "pad":
            raise ValueError('fill must be left out unless fit = "pad", of whose border it is the color')
        if bool(self.mean) != bool(self.std):
            given, missing = ("mean", "std") if self.mean else ("std", "mean")
            raise ValueError(f"{missing} must be given too where {given} is")
        if self.scaling and self.mean:
            raise ValueError("scaling must be left out where mean and std are given, for both say the same")
        if self.scaling == "imagenet" and self.channels == 1:
            raise ValueError('scaling must be "0..1", "-1..1" or "0..255" for one channel, or give mean and std')
        if len(self.mean) != len(self.std):
            raise ValueError(f"mean and std must be of one length, got {len(self.mean)} and {len(self.std)}")
        counts = (1, 3) if self.channels is None else (1, self.channels)
        if self.mean and len(self.mean) not in counts:
            wanted = "1 or 3 numbers" if self.channels is None else f"a number for each of {self.channels} channels"
            raise ValueError(f"mean and std must have {wanted}, got {len(self.mean)}")
        # Preprocessing knows what colors, means and deviations can be.
        mean, std = (self.mean, self.std) if self.mean else SCALINGS["0..1"]
        channels = len(mean) if self.mean else 1
        known = Preprocessing(8, 8, fill=self.fill, channels=channels, mean=mean, std=std, white=self.white)
        object.__setattr__(self, "fill", known.fill)
        object.__setattr__(self, "white", known.white)

    @property
    def says_numbers(self) -> bool:
        """Whether it says which numbers the pixels become."""
        return bool(self.scaling or self.mean)

    def preprocessing(self, usual: Preprocessing) -> Preprocessing:
        """All of it, with what is usual where something is left out.

        Parameters
        ----------
        usual : Preprocessing
            Of the published weights, or of the size and the channels that a file says.

        Returns
        -------
        Preprocessing
            With the channels of `usual`.

        Raises
        ------
        ValueError
            Where mean and std are for another number of channels.
        """
        changed: dict[str, Any] = {}
        if self.size:
            changed |= {"height": self.size[0], "width": self.size[1]}
        if self.size or self.fit in ("squash", "pad") or self.resize:
            changed["resize"] = self.resize
        for name in ("fit", "interpolation", "order", "fill", "white"):
            if getattr(self, name):
                changed[name] = getattr(self, name)
        if self.says_numbers:
            mean, std = SCALINGS[self.scaling] if self.scaling else (self.mean, self.std)
            if self.scaling and self.order == "BGR":
                mean, std = mean[::-1], std[::-1]
            times = usual.channels if len(mean) == 1 else 1
            changed |= {"mean": mean * times, "std": std * times}
        return replace(usual, **changed)

    def given(self) -> dict[str, Any]:
        """What is not left out.

        Returns
        -------
        dict of str to value
            The table [input] of a `model.toml`.
        """
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, "", ())}


def is_empty(value: object) -> bool:
    """Whether a value is the empty text, which stands for what is left out.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    bool
        False for what is no text.
    """
    return isinstance(value, str) and not value


def _listed(name: str, value: Any) -> tuple[Any, ...]:
    """A number for each channel, also of one number or of NumPy's."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    listed = (value,) if isinstance(value, int | float | np.number) and not isinstance(value, bool) else value
    is_a(name, listed, (tuple, list), "a number for each channel, in a list")
    return tuple(each.item() if isinstance(each, np.generic) else each for each in listed)


def _two_sides(size: Any) -> tuple[int, int]:
    sides = size if isinstance(size, tuple | list) else (size, size)
    if len(sides) != 2:
        raise ValueError(f"size must be {_SIZES}, got {len(sides)} numbers")
    if any(isinstance(side, bool) or not isinstance(side, int | float | np.number) for side in sides):
        raise TypeError(f"size must be {_SIZES}, got {shown(size)}")
    height, width = (whole("size", side, 1, MAX_SIDE) for side in sides)
    return height, width
