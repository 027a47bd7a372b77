"""What an explanation is drawn on, and how."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import is_a, shown
from lime_core.arrays import Floats, Indices, Labels, Pixels, Weights, whole_numbers
from lime_core.drawing import heatmap, lime_mask
from lime_core.drawing.marks import with_lines, with_texts
from lime_core.drawing.overlay import overlay as drawn_overlay
from lime_core.drawing.view import View
from lime_core.probing.scene import Scene


class Drawn:
    """What has weights for the superpixels of a scene, and is drawn on it.

    Attributes
    ----------
    weights : (d,) float64 array
        Of each superpixel.
    features : (f,) int array
        Superpixels that were considered, in the order of selection.
    scene : Scene
        The crop with its superpixels.
    members : tuple of Drawn
        Of several segmentations that of each, whose mean this is; empty for one.
    """

    weights: Weights
    features: Indices
    scene: Scene
    members: tuple[Drawn, ...] = ()

    @property
    def image(self) -> Pixels:
        """The crop (h, w, 3) uint8 that was explained."""
        return self.scene.image

    @property
    def segments(self) -> Labels:
        """(h, w) int32 superpixels of the crop, 0..d-1."""
        return self.scene.segmentation.labels

    @property
    def inert(self) -> NDArray[np.bool_]:
        """(d,) True for superpixels that cannot be explained: hiding them changes no pixel."""
        return self.scene.inert

    def pixel_weights(self) -> Floats:
        """Spread the weights over the pixels of their superpixels, evenly; of several segmentations the mean.

        Maps of different segmentations compare by pixel: what a superpixel weighs grows with its area.

        Returns
        -------
        (h, w) float64 array
            What each pixel adds to the score, in its unit; they sum to what all superpixels add.
        """
        maps = [(m.weights / m.scene.segmentation.sizes)[m.segments] for m in self.members or (self,)]
        return np.asarray(np.mean(maps, axis=0))

    def by_pixel(self, view: View) -> bool:
        """Whether a view shows the weight of each hundredth of the photo, and not of each superpixel.

        Parameters
        ----------
        view : View
            How it is drawn.

        Returns
        -------
        bool
            True for the heat map of several segmentations, whose mean has no superpixels of its own.
        """
        return view.style == "heatmap" and len(self.members) > 1

    def color_limit(self, view: View) -> float:
        """Find the end of the color scale that fits what a view shows.

        Parameters
        ----------
        view : View
            How it is drawn.

        Returns
        -------
        float
            The largest |weight|; by pixel that which one pixel of the photo in a hundred exceeds, for small superpixels
            of one segmentation stand out far above the mean of all; 1 where all are zero.
        """
        _, weights = self._shown(view)
        if self.by_pixel(view):
            part, by_pixel = self.scene.segmentation.part, weights.reshape(self.segments.shape)
            weights = np.quantile(np.abs(by_pixel if part is None else by_pixel[part]), 0.99)
        return heatmap.symmetric_limit(weights)

    def _shown(self, view: View) -> tuple[Labels, Weights]:
        """Superpixels (h, w) and weights that are drawn; by pixel each pixel is one."""
        if not self.by_pixel(view):
            return self.segments, self.weights
        pixels = np.arange(self.segments.size, dtype=np.int32).reshape(self.segments.shape)
        return pixels, self.pixel_weights().ravel() * (self.scene.segmentation.pixels_in_photo / 100)

    def heatmap(self, upsampling: str = "nearest") -> Floats:
        """Signed weight of every pixel.

        Parameters
        ----------
        upsampling : {"nearest", "bicubic", "none"}, default "nearest"
            The weight of its superpixel, or edges smoothed away; "none" is the coarse grid that "bicubic" enlarges.

        Returns
        -------
        (h, w) float64 array
            In the unit of the score, within ± max |weight|; of the shape of the grid for "none".

        Raises
        ------
        ValueError
            For another upsampling.
        """
        return heatmap.heatmap(self.segments, self.weights, upsampling)

    def overlay(
        self, view: View | None = None, scale: int = 1, limit: float | None = None, pairs: Indices | None = None
    ) -> Pixels:
        """Draw the explanation on a copy of the picture.

        Parameters
        ----------
        view : View, optional
            Style, colors and which superpixels are drawn.  None takes `View()`.
        scale : int, default 1
            How many times larger the picture is drawn, from 1.
        limit : float, optional
            |weight| at the end of the color scale, the same for pictures that are compared; None takes `color_limit`.
        pairs : (m, 2) int array, optional
            Superpixels that a line joins where both are drawn, such as those that act only together, see
            `interactions`.

        Returns
        -------
        (h·scale, w·scale, 3) uint8 array
            Lines and colors of `view` over the enlarged crop.

        Raises
        ------
        ValueError
            For a scale below 1, a limit not above 0, or pairs of superpixels that there are not.
        """
        view = View() if view is None else view
        is_a("view", view, View, "a View or None")
        limit = self.color_limit(view) if limit is None else limit
        if self.by_pixel(view):  # there are no superpixels to leave out or to smooth
            view = replace(view, min_weight=0.0, upsampling="nearest")
        pixels = drawn_overlay(self.image, *self._shown(view), view, scale=scale, limit=limit)
        places = self.scene.segmentation.centers
        drawn = heatmap.ranked(self.weights, view.show, view.most(len(self.weights)), view.min_weight)
        if pairs is not None:
            joined = _pairs(pairs, len(self.weights))
            pixels = with_lines(pixels, places[joined[np.isin(joined, drawn).all(axis=1)]], scale)
        if not view.numbers:
            return pixels
        named = drawn[: view.num_features]
        return with_texts(pixels, places[named], [str(superpixel) for superpixel in named], scale)

    def image_and_mask(
        self,
        positive_only: bool = True,
        negative_only: bool = False,
        hide_rest: bool = False,
        num_features: int = 5,
        min_weight: float = 0.0,
    ) -> tuple[NDArray[np.generic], Labels]:
        """Picture and mask as `get_image_and_mask` of `lime` 0.2.0.1 makes them, bit for bit.

        Parameters
        ----------
        positive_only, negative_only : bool, default True and False
            Only superpixels that speak for the class, or only those against it, of a |weight| above `min_weight`; with
            both False those of both signs, in green for the class and in red against it.
        hide_rest : bool, default False
            Zeros around the superpixels that are shown.
        num_features, min_weight : int and float, default 5 and 0.0
            The most superpixels to show, the strongest first; and their least |weight|, itself enough for both signs.

        Returns
        -------
        (h, w, 3) uint8 array, (h, w) int32 array
            Picture, float64 with `hide_rest`; mask, 1 for, -1 against (with one sign only: 1 where shown), 0 elsewhere.

        Raises
        ------
        ValueError
            When positive_only and negative_only are both True.
        """
        return lime_mask.image_and_mask(
            self.image,
            self.segments,
            self.weights,
            self.features,
            positive_only=positive_only,
            negative_only=negative_only,
            hide_rest=hide_rest,
            num_features=num_features,
            min_weight=min_weight,
        )


def _pairs(pairs: Indices, d: int) -> Indices:
    """Read the argument `pairs`; raises ValueError for what are no pairs of d superpixels."""
    try:
        read = np.asarray(pairs)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"pairs must have the shape (m, 2), got {shown(pairs)}") from error
    if read.ndim != 2 or read.shape[1] != 2:
        raise ValueError(f"pairs must have the shape (m, 2), got {read.shape}")
    read = whole_numbers("pairs", read)
    if read.size and not 0 <= read.min() <= read.max() < d:
        raise ValueError(f"pairs must be of superpixels 0..{d - 1}, got {shown(read.tolist())}")
    return read
