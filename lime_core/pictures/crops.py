"""Random crops of a picture, which many pictures can be made of."""

from __future__ import annotations

import numpy as np

from lime_core.arrays import digest, read_only
from lime_core.pictures.decoding import MIN_SIDE
from lime_core.pictures.picture import Picture

_SMALLEST_SHARE = 0.2


def crops(picture: Picture, count: int, seed: int = 0) -> list[Picture]:
    """Random crops of a picture, of its shape and with 0.2 to 1 of its area, as far as 16 pixels a side allow.

    Crop i depends on the picture, `seed` and i only, so more crops begin with the same ones.

    Parameters
    ----------
    picture : Picture
        The whole picture.
    count : int
        How many, from 1.
    seed : int, default 0
        From 0.

    Returns
    -------
    list of Picture
        Their names say which part they are.

    Raises
    ------
    ValueError
        When `count` is below 1 or `seed` below 0.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    return [crop(picture, number, seed) for number in range(1, count + 1)]


def crop(picture: Picture, number: int, seed: int = 0) -> Picture:
    """One of the `crops`, for whoever does not want to hold all of them.

    Parameters
    ----------
    picture : Picture
        The whole picture.
    number : int
        Which crop, from 1.
    seed : int, default 0
        From 0.

    Returns
    -------
    Picture
        Its name says which part it is.

    Raises
    ------
    ValueError
        When `number` is below 1 or `seed` below 0.
    """
    if number < 1:
        raise ValueError(f"number must be at least 1, got {number}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0, got {seed}")
    rng = np.random.default_rng((seed, number))
    share, down, right = rng.uniform(_SMALLEST_SHARE, 1.0), rng.random(), rng.random()
    height = _side(picture.height * share**0.5, picture.height)
    width = _side(share * picture.height * picture.width / height, picture.width)
    top, left = int(down * (picture.height - height + 1)), int(right * (picture.width - width + 1))
    pixels = picture.pixels[top : top + height, left : left + width].copy()
    name = f"{picture.name} (crop {number}: {width} × {height} at {left}, {top})"
    return Picture(read_only(pixels), name, digest(pixels), picture.notice)


def _side(length: float, whole: int) -> int:
    return min(max(round(length), MIN_SIDE), whole)
