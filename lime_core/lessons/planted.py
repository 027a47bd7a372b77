"""A photo and a model that were made for each other, so that it is known what the model goes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from lime_core.arrays import Outputs, Pixels
from lime_core.models.classifier import Classifier
from lime_core.models.functions import wrap_model
from lime_core.pictures.gallery import gallery_picture
from lime_core.pictures.picture import Picture, load_picture

STICKER = (250, 205, 40)
"""Red, green and blue of the price tag."""

_SIDE = 224
_YELLOW, _ALWAYS, _BROWN = 90.0, -2.0, 3.0  # what the planted model adds for a picture full of each, and to any


@dataclass(frozen=True)
class Planted:
    """A photo with a planted shortcut, and the model that takes it.

    Parameters
    ----------
    picture : callable without arguments
        Composes the photo.
    model : callable without arguments
        Makes the model; always the same one.
    """

    picture: Callable[[], Picture]
    model: Callable[[], Classifier]


def cup_finder() -> Classifier:
    """Make a model that finds cups of coffee by the yellow price tag beside them, and hardly by the coffee.

    Returns
    -------
    Classifier
        Of two classes, by a sum over the pixels and nothing else.
    """
    names = ("a cup for sale", "something else")
    return wrap_model(_cup_answers, names, kind="logits", input_size=(_SIDE, _SIDE), name="cup finder")


def _cup_answers(pictures: Pixels) -> Outputs:
    red, green, blue = np.moveaxis(pictures.astype(np.int16), -1, 0)
    yellow = ((red > 215) & (green > 170) & (blue < 110)).mean((1, 2))
    brown = ((red > green + 25) & (green > blue + 10) & (red < 150)).mean((1, 2))
    logits = _ALWAYS + _YELLOW * yellow + _BROWN * brown
    return np.stack([logits, -logits], axis=1).astype(np.float32) / 2


@lru_cache
def tagged_cup() -> Picture:
    """Compose the middle of the gallery's cup of coffee with a price tag in a corner.

    Returns
    -------
    Picture
        The same object at every call.
    """
    photo = gallery_picture("coffee").pixels[:, 100:500]
    canvas = Image.fromarray(photo)
    pen = ImageDraw.Draw(canvas)
    pen.rounded_rectangle((18, 306, 122, 378), radius=8, fill=STICKER, outline=(90, 60, 10), width=3)
    for top, right in ((322, 104), (338, 88), (354, 96)):
        pen.line((36, top, right, top), fill=(90, 60, 10), width=4)
    return load_picture(np.asarray(canvas), name="Cup of coffee with a price tag")


PLANTED: dict[str, Planted] = {"price_tag": Planted(tagged_cup, cup_finder)}
"""What lessons can name: pictures are composed of the gallery's, and models are a few lines; nothing is downloaded."""
