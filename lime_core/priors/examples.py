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

MOST_EXAMPLES = 1000
"""Of a word."""

Looks = NDArray[np.uint8]
"""(d, 32, 32, 3) uint8, a small picture of each superpixel."""

_MARGIN = 1.2  # of the longer side of a superpixel's bounding box
_PAPER = 232  # what stands outside of the picture, and what fading goes towards
_FADED = 0.75


@dataclass(frozen=True, eq=False)
class Examples:
    """The superpixels that are most typical of each visual word.

    Parameters
    ----------
    pictures : (c, e, 32, 32, 3) uint8
        Looks of each word's superpixels, the most typical first; black where there are fewer than e, at most 1000.
    counts : (c,) int64
        How many there are of each word, 0..e.

    Raises
    ------
    ValueError
        For arrays of other shapes or dtypes, or counts that cannot be.
    """

    pictures: NDArray[np.uint8] = field(repr=False)
    counts: NDArray[np.int64] = field(repr=False)

    def __post_init__(self) -> None:
        check_shape("pictures", self.pictures, None, None, SIDE, SIDE, 3)
        check_shape("counts", self.counts, len(self.pictures))
        if self.pictures.dtype != np.uint8 or self.counts.dtype != np.int64:
            raise ValueError(f"pictures must be uint8 and counts int64, got {self.pictures.dtype}, {self.counts.dtype}")
        if self.pictures.shape[1] > MOST_EXAMPLES:
            raise ValueError(f"pictures must be at most {MOST_EXAMPLES} of each word, got {self.pictures.shape[1]}")
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
        """Choose at most `count` for each of c words, each of another picture as far as there are others.

        Parameters
        ----------
        looks : (n, 32, 32, 3) uint8
            What each superpixel looks like.
        words : (n,) int
            The word of each, 0..c-1.
        distances : (n,) floats
            How far each is from its word; the nearest are the most typical.
        origins : (n,) int
            The number of the picture that each is from.
        c : int
            How many words there are.
        count : int
            The most examples of a word; at least 1.

        Returns
        -------
        instance of Examples
            Those of each word, the most typical first.

        Raises
        ------
        ValueError
            When there is no word, or `count` is below 1.
        """
        pictures = np.zeros((c, count, SIDE, SIDE, 3), dtype=np.uint8)
        counts = np.zeros(c, dtype=np.int64)
        for word, members in enumerate(_typical(words, distances, origins, c, count)):
            counts[word] = len(members)
            pictures[word, : len(members)] = looks[members]
        return Examples(pictures, counts)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        return self.pictures.nbytes + self.counts.nbytes

    def __getitem__(self, word: int) -> Looks:
        """(m, 32, 32, 3) uint8, the looks of one word, m being its count."""
        looks: Looks = self.pictures[word, : self.counts[word]]
        return looks


def looks_of(image: Pixels, labels: Labels) -> Looks:
    """Cut out the square around each superpixel with a little margin; what is not its own is faded.

    Parameters
    ----------
    image : (h, w, 3) uint8
        The crop, RGB.
    labels : (h, w) int
        The superpixel of each pixel, 0..d-1, every one present.

    Returns
    -------
    (d, 32, 32, 3) uint8
        A small picture of each superpixel.

    Raises
    ------
    ValueError
        When the two do not have the same size.
    """
    check_shape("image", image, None, None, 3)
    check_shape("labels", labels, *image.shape[:2])
    grey = image.mean(axis=2, keepdims=True)
    faded = np.broadcast_to((1 - _FADED) * grey + _FADED * _PAPER, image.shape).astype(np.uint8)
    looks = np.empty((int(labels.max()) + 1, SIDE, SIDE, 3), dtype=np.uint8)
    for superpixel, box in enumerate(find_objects(labels + 1)):
        side = math.ceil(_MARGIN * max(along.stop - along.start for along in box))
        (rows, top), (columns, left) = (_window(*spans, side) for spans in zip(box, labels.shape, strict=True))
        own = (labels[rows, columns] == superpixel)[..., None]
        square = np.full((side, side, 3), _PAPER, dtype=np.uint8)
        cut = np.where(own, image[rows, columns], faded[rows, columns])
        square[top : top + len(cut), left : left + cut.shape[1]] = cut
        looks[superpixel] = np.asarray(Image.fromarray(square).resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    return looks


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
