"""From a probe to an explanation: score, kernel, surrogate, prior.  No model is asked, it takes milliseconds."""

from __future__ import annotations

import contextlib
import math
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lime_core import rendering
from lime_core.arrays import Labels, Pixels, Weights, read_only
from lime_core.errors import PriorMismatch
from lime_core.hiding import Hiding
from lime_core.kernels import CosineKernel, Kernel
from lime_core.models import Classifier
from lime_core.pictures import Picture
from lime_core.prior_surrogates import Expected, RidgeWithPrior, with_prior
from lime_core.priors import GlobalPrior, Projection
from lime_core.probing import Probe, ProbeSpec, Scene, grow, open_probe
from lime_core.sampling import Sampler
from lime_core.scores import SPACES, constant, weighted_r2
from lime_core.segmentation import Segmenter
from lime_core.selection import AutoSelection, Features, Selection
from lime_core.surrogates import Ridge, Surrogate
from lime_core.version import __version__
from lime_core.zoo import load_model


@dataclass(frozen=True)
class FitSettings:
    """What turns a probe into an explanation; changing any of it never asks the model.

    class_index : None takes the class that is most likely for the full picture
    space : None takes the model's first: probability, or value
    prior : expected weights towards which the surrogate is pulled, in its form that takes one, see `with_prior`
    prior_strength : how strong the pull is, in the unit of a ridge's alpha; at 0 there is none
    """

    class_index: int | None = None
    space: str | None = None
    kernel: Kernel = CosineKernel()
    surrogate: Surrogate = Ridge()
    feature_selection: Selection = AutoSelection()
    prior: GlobalPrior | None = None
    prior_strength: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.prior_strength) and self.prior_strength >= 0):
            raise ValueError(f"prior_strength must be a number of at least 0, got {self.prior_strength}")

    @staticmethod
    def of(
        class_index: int | None = None,
        space: str | None = None,
        kernel: Kernel | None = None,
        surrogate: Surrogate | None = None,
        feature_selection: Selection | None = None,
        prior: GlobalPrior | None = None,
        prior_strength: float = 0.0,
    ) -> FitSettings:
        """The settings of these options; what is None is as in lime, with a prior a ridge that takes one."""
        usual = FitSettings()
        return FitSettings(
            class_index,
            space,
            kernel or usual.kernel,
            surrogate or (RidgeWithPrior() if prior else usual.surrogate),
            feature_selection or usual.feature_selection,
            prior,
            prior_strength,
        )


@dataclass(frozen=True, eq=False)
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
    features: Features
    prior_share: Weights
    prior_scale: float
    prior_coverage: float
    entered: Features
    class_name: str
    scene: Scene
    spec: ProbeSpec
    n_samples: int
    settings: FitSettings
    versions: Mapping[str, str]

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
    def inert(self) -> NDArray[np.bool_]:
        """(d,) True for superpixels that cannot be explained: hiding them changes no pixel."""
        return self.scene.inert

    def top(self, count: int = 5) -> list[tuple[int, float]]:
        """The superpixels with the largest |weight| and their weights, strongest first; never those of weight zero."""
        order = rendering.ranked(self.weights, "both", count, 0.0)
        return [(int(superpixel), float(self.weights[superpixel])) for superpixel in order]

    def heatmap(self, upsampling: str = "nearest") -> NDArray[np.float32]:
        """(h, w) float32 signed weight of every pixel; `upsampling` is "nearest" or "bicubic"."""
        return rendering.heatmap(self.segments, self.weights, upsampling)

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
        return rendering.image_and_mask(
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
        from lime_core import report  # the report draws explanations, so it stands above this module

        return report.save(self, folder)


def explain(
    probe: Probe,
    class_index: int | None = None,
    space: str | None = None,
    kernel: Kernel | None = None,
    surrogate: Surrogate | None = None,
    feature_selection: Selection | None = None,
    prior: GlobalPrior | None = None,
    prior_strength: float = 0.0,
) -> Explanation:
    """Explain one class with the samples that are there; what is left out is `lime`'s default.

    Raises
    ------
    ValueError
        for a class or score space that the probe does not have, fewer than two samples, or a prior for a surrogate that
        takes none.
    PriorMismatch
        for a prior of other classes, other features or another model.
    """
    return fit(probe, FitSettings.of(class_index, space, kernel, surrogate, feature_selection, prior, prior_strength))


def fit(probe: Probe, settings: FitSettings) -> Explanation:
    """`explain` with its settings as one object.

    The kernel is not applied to samples whose law has it already, see `Sampler.weighted`.
    """
    if len(probe) < 2:
        raise ValueError(f"an explanation needs at least 2 samples, got {len(probe)}")
    class_index = probe.most_likely()[0] if settings.class_index is None else settings.class_index
    space = settings.space or SPACES[probe.kind][0]
    scores = probe.scores(class_index, space)
    sampler, d = probe.spec.sampler, probe.masks.shape[1]
    sample_weights = settings.kernel(probe.masks) if sampler.weighted else np.ones(len(probe))
    # A score that does not move has nothing to explain: what a fit would find is rounding.
    still = constant(scores)
    # An inert superpixel's column is noise: the picture is the same with it and without it.
    live = np.flatnonzero(~probe.scene.inert & (not still))
    masks = probe.masks[:, live].astype(np.float64)
    chosen = settings.feature_selection(masks, scores, sample_weights) if len(live) else np.arange(0)
    known = _projected(probe, settings, class_index)
    weights, covariance, share, scale = np.zeros(d), np.full((d, d), np.nan), np.zeros(d), math.nan
    entered = np.arange(0)
    intercept = float(np.average(scores, weights=sample_weights))
    predicted = np.full(len(scores), intercept)
    if len(chosen):
        clusters = sampler.clusters(len(probe), d, probe.spec.seed)
        samples = masks[:, chosen], scores, sample_weights, clusters
        expected = None if known is None else Expected(known.mean[live[chosen]], settings.prior_strength)
        if expected is None or expected.strength == 0 or not expected.mean.any():
            found = settings.surrogate(*samples)
        else:
            found = with_prior(settings.surrogate)(*samples, expected)
            scale = found.prior_scale
        if found.prior_share is not None:
            share[live[chosen]] = found.prior_share
        if found.entered is not None:
            entered = live[chosen][found.entered]
        weights[live[chosen]] = found.weights
        covariance[np.ix_(live[chosen], live[chosen])] = found.covariance
        predicted, intercept = found.predicted, found.intercept
    limit = sampler.limit(d)
    if limit == len(probe):
        covariance[np.ix_(weights != 0, weights != 0)] = 0.0
    elif limit:  # masks are drawn without putting them back, so less and less is left to chance
        covariance *= 1.0 - len(probe) / limit
    return Explanation(
        weights=read_only(weights),
        intercept=intercept,
        standard_error=read_only(np.sqrt(np.diag(covariance))),
        covariance=read_only(covariance),
        r2=weighted_r2(scores, predicted, sample_weights),
        local_prediction=float(predicted[0]),
        model_score=float(scores[0]),
        effective_samples=float(sample_weights.sum() ** 2 / (sample_weights**2).sum()),
        features=read_only(live[chosen]),
        prior_share=read_only(share),
        prior_scale=scale,
        prior_coverage=known.coverage if known else 0.0,
        entered=read_only(entered),
        class_name=_class_name(probe, class_index),
        scene=probe.scene,
        spec=probe.spec,
        n_samples=len(probe),
        settings=replace(settings, class_index=class_index, space=space),
        versions=versions(),
    )


def explain_image(
    picture: Picture,
    model: Classifier | str | Callable[[Pixels], NDArray[np.floating]],
    class_index: int | None = None,
    num_samples: int = 1000,
    segmenter: Segmenter | None = None,
    hiding: Hiding | None = None,
    sampler: Sampler | None = None,
    kernel: Kernel | None = None,
    surrogate: Surrogate | None = None,
    feature_selection: Selection | None = None,
    space: str | None = None,
    prior: GlobalPrior | None = None,
    prior_strength: float = 0.0,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Explain a picture in one call: `probe_image`, then `explain`; `on_progress(done, num_samples)` after each batch.

    Raises
    ------
    LimeError
        what the model, the segmentation and the scores can raise.
    ValueError
        for an argument out of range.
    """
    classifier, pulled = load_model(model), FitSettings(prior=prior, prior_strength=prior_strength)
    probe = open_probe(ProbeSpec.of(picture, classifier, segmenter, hiding, sampler, seed), picture, classifier)
    for longer in grow(probe, num_samples, classifier):
        if len(probe) == 0:  # a wrong class or prior should not cost all samples
            longer.scores(class_index or 0, space or SPACES[longer.kind][0])
            _projected(longer, pulled, class_index or 0)
        probe = longer
        if on_progress:
            on_progress(len(probe), num_samples)
    return explain(probe, class_index, space, kernel, surrogate, feature_selection, prior, prior_strength)


def _projected(probe: Probe, settings: FitSettings, class_index: int) -> Projection | None:
    """The prior of these settings laid over the probe's superpixels; None without a prior."""
    if settings.prior is None:
        return None
    found = probe.scene.description
    if found is None:
        raise PriorMismatch("This probe does not know what its superpixels look like, so no prior can be laid over it.")
    settings.prior.check(found.kind, probe.spec.fingerprint, probe.outputs.shape[1])
    return settings.prior.project(found.columns(settings.prior.position), class_index)


def _class_name(probe: Probe, class_index: int) -> str:
    return probe.class_names[class_index] if class_index < len(probe.class_names) else f"class {class_index}"


@cache
def versions() -> Mapping[str, str]:
    """Versions of what the numbers depend on."""
    names = ("numpy", "scipy", "scikit-learn", "scikit-image", "pillow", "torch", "torchvision", "openvino", "timm")
    found = {}
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return MappingProxyType({"lime_core": __version__, "python": platform.python_version(), **found})
