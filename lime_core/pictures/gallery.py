"""Pictures at hand: sample photos that are on this machine already, and random crops that make many of one.

The photos lie inside the wheels of scikit-image and scikit-learn and are read from the packages' folders by path, so
that nothing is ever downloaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib.resources import files

import numpy as np
from PIL import Image

from lime_core.arguments import one_of, whole
from lime_core.arrays import Pixels, digest, read_only
from lime_core.pictures.decoding import MIN_SIDE
from lime_core.pictures.picture import Picture, PictureLike, Wide, load_picture, picture_of

_SMALLEST_SHARE = 0.2
_MOST = 100_000
"""That many crops are held at once; `crop` makes one after the other."""


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
    return _opened(one_of("name", name, GALLERY))


def gallery_name(digest: str) -> str:
    """Look for a sample photo by its pixels.

    Parameters
    ----------
    digest : str
        Of a picture.

    Returns
    -------
    str
        Its key in `GALLERY`; empty where it is none of them.
    """
    return _names().get(digest, "")


@lru_cache
def _names() -> dict[str, str]:
    """Digest -> name; the photos themselves are not kept."""
    return {item.open().digest: name for name, item in GALLERY.items()}


@lru_cache
def _opened(name: str) -> Picture:
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


def crops(picture: PictureLike, count: int, seed: int = 0) -> list[Picture]:
    """Random crops of a picture, of its shape and with 0.2 to 1 of its area, as far as 16 pixels a side allow.

    Crop i depends on the picture, `seed` and i only, so more crops begin with the same ones.

    Parameters
    ----------
    picture : Picture, or what `load_picture` takes
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
    ValueError, TypeError
        When `count` is no whole number of at least 1, or `seed` none of at least 0.
    """
    picture, count, seed = picture_of(picture), whole("count", count, 1, most=_MOST), whole("seed", seed, 0)
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
    ValueError, TypeError
        When `number` is no whole number of at least 1, or `seed` none of at least 0.
    """
    number, seed = whole("number", number, 1), whole("seed", seed, 0)
    rng = np.random.default_rng((seed, number))
    share, down, right = rng.uniform(_SMALLEST_SHARE, 1.0), rng.random(), rng.random()
    height = _side(picture.height * share**0.5, picture.height)
    width = _side(share * picture.height * picture.width / height, picture.width)
    top, left = int(down * (picture.height - height + 1)), int(right * (picture.width - width + 1))
    rows, columns = slice(top, top + height), slice(left, left + width)
    pixels = picture.pixels[rows, columns].copy()
    name = f"{picture.name} (crop {number}: {width} × {height} at {left}, {top})"
    origin = picture.crop_of or picture.digest
    if picture.wide is None:
        return Picture(read_only(pixels), name, digest(pixels), picture.notice, crop_of=origin)
    known, wide = digest(pixels, f"{picture.digest}{rows}{columns}"), partial(_part, picture.wide, rows, columns)
    return Picture(read_only(pixels), name, known, picture.notice, wide, origin)


def _part(wide: Wide, rows: slice, columns: slice, white: int) -> tuple[Pixels, tuple[str, ...]] | None:
    seen = wide(white)
    return seen and (seen[0][rows, columns].copy(), seen[1])


def _side(length: float, whole: int) -> int:
    return min(max(round(length), MIN_SIDE), whole)
