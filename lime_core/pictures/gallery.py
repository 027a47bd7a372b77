"""Sample photos that are on this machine already: inside the wheels of scikit-image and scikit-learn.

They are read from the packages' folders by path, so that nothing is ever downloaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib.resources import files

import numpy as np
from PIL import Image

from lime_core.arrays import Pixels
from lime_core.pictures.picture import Picture, load_picture


@dataclass(frozen=True)
class GalleryItem:
    """A sample photo.

    Parameters
    ----------
    name : str
        Its key in `GALLERY`.
    title : str
        Its title on screen.
    credit : str
        Who took it, its licence, and where it is from where the licence asks for that.
    _contents : callable without arguments
        Reads the bytes of its file, or composes its pixels (h, w, 3) uint8.
    """

    name: str
    title: str
    credit: str
    _contents: Callable[[], bytes | Pixels] = field(repr=False, compare=False)

    def open(self) -> Picture:
        """The photo, read anew.

        Returns
        -------
        Picture
            With `name` as its name.
        """
        return load_picture(self._contents(), name=self.name)


@lru_cache
def gallery_picture(name: str) -> Picture:
    """The sample photo of this name, read once.

    Parameters
    ----------
    name : str
        A key of `GALLERY`, such as "chelsea".

    Returns
    -------
    Picture
        The same object at every call.

    Raises
    ------
    ValueError
        For an unknown name, saying which are known.
    """
    if name not in GALLERY:
        raise ValueError(f"name must be one of {', '.join(GALLERY)}, got {name!r}")
    return GALLERY[name].open()


def _file(package: str, path: str) -> bytes:
    return files(package).joinpath(path).read_bytes()


def _cat_and_coffee() -> Pixels:
    """The cat's face above the cup, (451, 451, 3) uint8: two objects of which it is known where each is.

    Face and cup are both about as wide as high, so beside each other they would not fit into a square.
    """
    cat = gallery_picture("chelsea").pixels[57:287]
    cup = gallery_picture("coffee").pixels[16:310]
    below = (cat.shape[1], cat.shape[1] - cat.shape[0])
    return np.concatenate([cat, np.asarray(Image.fromarray(cup).resize(below, Image.Resampling.LANCZOS))])


_FLICKR = "CC BY 2.0, https://www.flickr.com/photos"

GALLERY: dict[str, GalleryItem] = {
    item.name: item
    for item in (
        GalleryItem(
            "chelsea",
            "Chelsea the cat",
            "Stefan van der Walt, CC0",
            partial(_file, "skimage", "data/chelsea.png"),
        ),
        GalleryItem(
            "coffee",
            "Cup of coffee",
            "Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0",
            partial(_file, "skimage", "data/coffee.png"),
        ),
        GalleryItem(
            "rocket",
            "Launch of a rocket",
            "SpaceX, public domain",
            partial(_file, "skimage", "data/rocket.jpg"),
        ),
        GalleryItem(
            "astronaut",
            "Astronaut Eileen Collins",
            "NASA, public domain",
            partial(_file, "skimage", "data/astronaut.png"),
        ),
        GalleryItem(
            "china",
            "Palace in China",
            f"danielbuechele, {_FLICKR}/danielbuechele/6061409035",
            partial(_file, "sklearn", "datasets/images/china.jpg"),
        ),
        GalleryItem(
            "flower",
            "Flower",
            f"vultilion, {_FLICKR}/vultilion/6056698931",
            partial(_file, "sklearn", "datasets/images/flower.jpg"),
        ),
        GalleryItem(
            "cat_and_coffee",
            "Cat and coffee",
            "composed of the photos by Stefan van der Walt and Rachel Michetti, CC0",
            _cat_and_coffee,
        ),
    )
}
"""Sample photos by name, in the order in which they are shown."""
