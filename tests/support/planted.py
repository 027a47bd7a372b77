"""Models whose superpixel effects are known, and that count the pictures they were asked to score."""

from __future__ import annotations

import numpy as np

import lime_core as lc
from lime_core.arrays import Outputs, Pixels

GRID = lc.Grid(rows=4, columns=4)
BLACK = lc.Color(color=(0, 0, 0))


def textured_picture(seed: int = 0, side: int = 32) -> lc.Picture:
    """A picture of random pixels, none black, so that hiding changes every cell."""
    pixels = np.random.default_rng(seed).integers(60, 250, (side, side, 3), dtype=np.uint8)
    return lc.load_picture(pixels, name=f"texture {seed}")


class AdditiveModel:
    """Scores `classes` linear in the brightness of the 4 × 4 cells: hidden in black, each effect is known exactly.

    effects (classes, 16): what showing each cell of `picture` adds.
    """

    def __init__(self, picture: lc.Picture, classes: int = 3, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        self.rows = 0
        self.effects = rng.normal(0.0, 1.0, (classes, 16))
        self.bias = rng.normal(0.0, 1.0, classes)
        self._full = _cell_means(picture.pixels[None])[0]

    def __call__(self, pictures: Pixels) -> Outputs:
        self.rows += len(pictures)
        return (_cell_means(pictures) / self._full) @ self.effects.T + self.bias


class PairModel(AdditiveModel):
    """Adds, to class 0, an effect that is there only while the cells 3 and 5 are both shown."""

    def __call__(self, pictures: Pixels) -> Outputs:
        answers = super().__call__(pictures)
        shown = _cell_means(pictures) / self._full
        answers[:, 0] += 2.0 * shown[:, 3] * shown[:, 5]
        return answers


def _cell_means(pictures: Pixels) -> np.ndarray:
    n, height, width, _ = pictures.shape
    rows = pictures.reshape(n, 4, height // 4, width * 3).sum(axis=2, dtype=np.uint32)
    return rows.reshape(n, 4, 4, -1).sum(axis=3).reshape(n, 16) / (height * width * 3 / 16)


PRIOR_CLASSES = 4
"""Classes of the planted prior."""


def blobs(rng, d, words=3, f=5):
    """Features of `d` superpixels that look like one of `words` corners, and which."""
    which = rng.integers(0, words, d)
    return (np.eye(f)[which] + rng.normal(0, 0.01, (d, f))).astype(np.float32), which


class PixelModel:
    """Scores linear in the brightness of each pixel, so that with any fill every pixel's share is known exactly.

    effects (h, w): what a white pixel adds to the score of class 0; class 1 has the negative of it.
    """

    def __init__(self, shape: tuple[int, int] = (32, 32), seed: int = 2) -> None:
        self.rows = 0
        self.effects = np.random.default_rng(seed).normal(0.0, 1.0, shape)

    def __call__(self, pictures: Pixels) -> Outputs:
        self.rows += len(pictures)
        scores = (pictures.mean(axis=3) / 255 * self.effects).sum(axis=(1, 2))
        return np.stack([scores, -scores], axis=1)

    def shares(self, image: Pixels, hidden: Pixels) -> np.ndarray:
        """(h, w) what each pixel adds to the score of class 0 beyond what stands in its place."""
        return (image.astype(np.float64) - hidden).mean(axis=2) / 255 * self.effects
