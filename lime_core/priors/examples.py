"""What superpixels look like to people: each as a small picture, and the most typical ones of a visual word."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import find_objects

from lime_core.arrays import Labels, Pixels, check_shape, read_only

SIDE = 32
"""Pixels of a look's side."""

Looks = NDArray[np.uint8]
"""(d, 32, 32, 3) uint8, a small picture of each superpixel."""

_MARGIN = 1.2  # of the longer side of a superpixel's bounding box
_PAPER = 232  # what stands outside of the picture, and what fading goes towards
_FADED = 0.75


@dataclass(frozen=True, eq=False)
class Examples:
    """The superpixels that are most typical of each visual word.

    pictures : (c, e, 32, 32, 3) uint8, the most typical first; black where there are fewer than e
    counts : (c,) int64, how many there are, 0..e

    Raises ValueError for arrays of other shapes or dtypes, or counts that cannot be.
    """

    pictures: NDArray[np.uint8] = field(repr=False)
    counts: NDArray[np.int64] = field(repr=False)

    def __post_init__(self) -> None:
        check_shape("pictures", self.pictures, None, None, SIDE, SIDE, 3)
        check_shape("counts", self.counts, len(self.pictures))
        if self.pictures.dtype != np.uint8 or self.counts.dtype != np.int64:
            raise ValueError(f"pictures must be uint8 and counts int64, got {self.pictures.dtype}, {self.counts.dtype}")
        if ((self.counts < 0) | (self.counts > self.pictures.shape[1])).any():
            raise ValueError(f"counts must lie in [0, {self.pictures.shape[1]}], got {self.counts.tolist()}")
        object.__setattr__(self, "pictures", read_only(self.pictures))
        object.__setattr__(self, "counts", read_only(self.counts))

    @staticmethod
    def of(
        looks: Looks,
        words: NDArray[np.intp],
        distances: NDArray[np.floating],
        origins: NDArray[np.intp],
        c: int,
        count: int,
    ) -> Examples:
        """At most `count` for each of c words, each of another picture as far as there are others.

        looks, words, distances, origins : (n, 32, 32, 3) and (n,), of each superpixel: what it looks like, its word,
            how far it is from that, and which picture it is from
        """
        pictures = np.zeros((c, count, SIDE, SIDE, 3), dtype=np.uint8)
        counts = np.zeros(c, dtype=np.int64)
        for word, chosen in enumerate(_typical(words, distances, origins, c, count)):
            counts[word] = len(chosen)
            pictures[word, : len(chosen)] = looks[chosen]
        return Examples(pictures, counts)

    def __getitem__(self, word: int) -> Looks:
        """(m, 32, 32, 3) uint8, the looks of one word, m being its count."""
        found: Looks = self.pictures[word, : self.counts[word]]
        return found


def looks_of(image: Pixels, labels: Labels) -> Looks:
    """(d, 32, 32, 3) uint8: the square around each superpixel with a little margin; what is not its own is faded.

    image : (h, w, 3) uint8
    labels : (h, w), 0..d-1, every one present

    Raises ValueError when the two do not have the same size.
    """
    check_shape("image", image, None, None, 3)
    check_shape("labels", labels, *image.shape[:2])
    grey = image.mean(axis=2, keepdims=True)
    faded = np.broadcast_to((1 - _FADED) * grey + _FADED * _PAPER, image.shape).astype(np.uint8)
    found = np.empty((int(labels.max()) + 1, SIDE, SIDE, 3), dtype=np.uint8)
    for superpixel, box in enumerate(find_objects(labels + 1)):
        side = math.ceil(_MARGIN * max(along.stop - along.start for along in box))
        (rows, top), (columns, left) = (_window(*spans, side) for spans in zip(box, labels.shape, strict=True))
        own = (labels[rows, columns] == superpixel)[..., None]
        square = np.full((side, side, 3), _PAPER, dtype=np.uint8)
        seen = np.where(own, image[rows, columns], faded[rows, columns])
        square[top : top + len(seen), left : left + seen.shape[1]] = seen
        found[superpixel] = np.asarray(Image.fromarray(square).resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    return found


def _window(span: slice, length: int, side: int) -> tuple[slice, int]:
    """What a window of `side` around a span shows of an axis, and where in the window that begins.

    The window stays inside of the axis, or has it in its middle.
    """
    start = min(max((span.start + span.stop - side) // 2, 0), length - side) if side <= length else (length - side) // 2
    return slice(max(start, 0), min(start + side, length)), max(-start, 0)


def _typical(
    words: NDArray[np.intp], distances: NDArray[np.floating], origins: NDArray[np.intp], c: int, count: int
) -> Iterator[NDArray[np.intp]]:
    """For each word the superpixels (≤ count,) that are nearest to it, nearest first."""
    for word in range(c):
        members = np.flatnonzero(words == word)
        members = members[np.argsort(distances[members], kind="stable")]
        another = np.zeros(len(members), dtype=bool)
        another[np.unique(origins[members], return_index=True)[1]] = True
        yield members[np.sort(np.argsort(~another, kind="stable")[:count])]
