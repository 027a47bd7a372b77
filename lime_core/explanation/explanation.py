"""An explanation and the settings that it was fitted with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lime_core import files
from lime_core.arrays import Indices, Labels, Pixels, Weights
from lime_core.drawing import heatmap, lime_mask
from lime_core.drawing import overlay as rendering
from lime_core.explanation.settings import FitSettings
from lime_core.probing.probe import Scene
from lime_core.probing.spec import ProbeSpec


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """What each superpixel adds to the score of one class, and how far that can be trusted.

    weights : (d,) float64, in the unit of the score: its change when the superpixel is shown; positive speaks for the
        class.  Zero for superpixels that feature selection left out and for inert ones.  Importances of a tree are
        not negative and say nothing about direction (`signed` is False).
    standard_error : (d,) float64, how far each weight would move with another seed; NaN where it is not known, as for
        superpixels without a weight.  It does not count that another seed might select other superpixels.  Exactly
        zero once all masks were asked (`exact`).
    covariance : (d, d) float64, of the weights over seeds; its diagonal is the square of standard_error
    intercept : the surrogate's score of the empty picture; NaN for a tree
    r2 : weighted R² on the samples, at most 1; NaN when the score never changes
    local_prediction, model_score : the surrogate's and the model's score of the full picture
    effective_samples : (Σw)² / Σw² of the sample weights, at most n_samples
    features : (f,) superpixels that the surrogate was given, in the order of selection
    prior_share : (d,) how much of each weight the prior made, 0..1, see `prior_surrogates`; 0 without a prior.  The
        more, the steadier and the less about this picture
    prior_scale : what the prior's weights were multiplied with to fit the scores; NaN where no prior was used
    prior_coverage : share of the superpixels whose kind the prior has seen with this class; 0 without a prior.  At 0
        the fit is the plain one
    entered : (≤ f,) superpixels in the order in which they enter the elastic net's path, G-LIME's ranking; empty for
        surrogates without a path
    settings : with class_index and space filled in
    """

    weights: Weights
    intercept: float
    standard_error: Weights
    covariance: NDArray[np.float64]
    r2: float
    local_prediction: float
    model_score: float
    effective_samples: float
    features: Indices
    prior_share: Weights
    prior_scale: float
    prior_coverage: float
    entered: Indices
    class_name: str
    scene: Scene
    spec: ProbeSpec
    n_samples: int
    settings: FitSettings
    versions: Mapping[str, str]

    def __repr__(self) -> str:
        known = f"{self.class_name}, {len(self.weights)} superpixels, {self.n_samples} samples, R² {self.r2:.2f}"
        return f"Explanation({known}, strongest {', '.join(str(s) for s, _ in self.top(3))})"

    @property
    def image(self) -> Pixels:
        """The crop (h, w, 3) uint8 that was explained."""
        return self.scene.image

    @property
    def segments(self) -> Labels:
        """(h, w) int32 superpixels of the crop, 0..d-1."""
        return self.scene.segmentation.labels

    @property
    def signed(self) -> bool:
        """False where the weights are importances without a direction."""
        return self.settings.surrogate.signed

    @property
    def exact(self) -> bool:
        """True where every mask there is was asked: another seed gives the same weights."""
        return self.n_samples == self.spec.sampler.limit(len(self.weights))

    @property
    def mean_prior_share(self) -> float:
        """The mean of `prior_share` over the superpixels that have a weight; 0 where none has."""
        weighted = self.weights != 0
        return float(self.prior_share[weighted].mean()) if weighted.any() else 0.0

    @property
    def entry_places(self) -> NDArray[np.intp]:
        """(d,) the place of each superpixel in `entered`, from 1; 0 for those that are not in it."""
        places = np.zeros(len(self.weights), dtype=np.intp)
        places[self.entered] = np.arange(1, len(self.entered) + 1)
        return places

    @property
    def inert(self) -> NDArray[np.bool_]:
        """(d,) True for superpixels that cannot be explained: hiding them changes no pixel."""
        return self.scene.inert

    def top(self, count: int = 5) -> list[tuple[int, float]]:
        """The superpixels with the largest |weight| and their weights, strongest first; never those of weight zero."""
        order = heatmap.ranked(self.weights, "both", count, 0.0)
        return [(int(superpixel), float(self.weights[superpixel])) for superpixel in order]

    def heatmap(self, upsampling: str = "nearest") -> NDArray[np.float32]:
        """(h, w) float32 signed weight of every pixel; `upsampling` is "nearest" or "bicubic"."""
        return heatmap.heatmap(self.segments, self.weights, upsampling)

    def overlay(self, view: rendering.View | None = None, scale: int = 1, limit: float | None = None) -> Pixels:
        """The picture (h·scale, w·scale, 3) uint8 with the explanation drawn on it, see `rendering.overlay`."""
        return rendering.overlay(
            self.image, self.segments, self.weights, view or rendering.View(), scale=scale, limit=limit
        )

    def image_and_mask(
        self,
        positive_only: bool = True,
        negative_only: bool = False,
        hide_rest: bool = False,
        num_features: int = 5,
        min_weight: float = 0.0,
    ) -> tuple[NDArray[np.generic], Labels]:
        """Picture and mask as `lime`'s `get_image_and_mask` makes them."""
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

    def save(self, folder: str | Path) -> Path:
        """Write manifest.json, weights.csv, arrays.npz, overlay.png and report.html into `folder`, made if missing."""
        return files.save(self, folder)
