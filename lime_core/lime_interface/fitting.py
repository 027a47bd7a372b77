"""Weights of one label from masks and answers, as `lime_base` fits them, with the surrogates of this package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import pairwise_distances, r2_score
from sklearn.utils.validation import has_fit_parameter

from lime_core.arguments import shown, whole
from lime_core.arrays import Floats, SampleWeights
from lime_core.lime_interface.image_explanation import Array
from lime_core.roles import is_function
from lime_core.surrogates.linear import ridge_weights
from lime_core.surrogates.selection import Selection
from lime_core.surrogates.surrogate import Samples


@dataclass(frozen=True, eq=False)
class LabelFit:
    """What was fitted for one label: the attributes of `ImageExplanation` that are kept for each."""

    intercept: float
    weights: list[tuple[int, float]]
    score: float
    local_pred: Floats


def exponential(distances: Floats, kernel_width: float) -> Floats:
    """Weigh samples as `lime` does."""
    return np.sqrt(np.exp(-(distances**2) / kernel_width**2))


def sample_weights_of(masks: Array, distance_metric: Any, kernel: Callable[[Floats], Floats]) -> SampleWeights:
    """Weigh the samples by how far their masks are from the full image."""
    if not isinstance(distance_metric, str):
        is_function("distance_metric", distance_metric, "one", "other")
    try:
        distances = pairwise_distances(masks, masks[:1], metric=distance_metric).ravel()
    except (ValueError, TypeError) as error:
        raise ValueError(
            "distance_metric must be one that sklearn.metrics.pairwise_distances takes for masks, such as 'cosine' or "
            f"'l2', got {shown(distance_metric)}"
        ) from error
    weights = np.asarray(kernel(distances))
    fits = weights.shape == distances.shape and weights.dtype.kind in "biuf"
    if not fits or not np.isfinite(weights).all() or weights.min() < 0 or not weights.any():
        raise ValueError(
            f"kernel must return {len(distances)} finite weights of at least 0, some of them above it, got "
            f"{shown(weights)}"
        )
    return weights.astype(np.float64)


def labels_of(labels: Any, classes: int) -> list[int]:
    """Read the labels that are to be explained."""
    if isinstance(labels, str | bytes | dict) or not np.iterable(labels):
        raise TypeError(f"labels must be a sequence of class numbers, got {shown(labels)}")
    read = [whole("labels", label, -classes, classes - 1) for label in labels]
    if not read:
        raise ValueError("labels must hold at least one class number, got none")
    return read


def check_regressor(regressor: Any) -> None:
    """Raise TypeError unless it can be fitted with sample weights, or is None."""
    if regressor is None:
        return
    methods = all(callable(getattr(regressor, method, None)) for method in ("fit", "predict"))
    if isinstance(regressor, type) or not methods or not has_fit_parameter(regressor, "sample_weight"):
        raise TypeError(
            "model_regressor must be a regressor of scikit-learn whose fit takes sample_weight, such as "
            f"sklearn.linear_model.Lasso(0.01), got {shown(regressor)}"
        )


def fit_of(
    masks: Array, scores: Array, sample_weights: SampleWeights, selection: Selection, regressor: Any
) -> LabelFit:
    """Fit one label: choose superpixels, then the regressor, or a ridge of alpha 1 for None."""
    samples = Samples(masks.astype(np.float64), scores.astype(np.float64), sample_weights)
    chosen = selection(samples)
    if regressor is None:
        given = samples.only(chosen)
        weights = ridge_weights(given, alpha=1.0)
        mean = np.average(given.masks, axis=0, weights=sample_weights)
        intercept = np.average(given.scores, weights=sample_weights) - mean @ weights
        predicted = intercept + given.masks @ weights
    else:
        regressor.fit(masks[:, chosen], scores, sample_weight=sample_weights)
        if not hasattr(regressor, "coef_"):
            raise TypeError(f"model_regressor must have coef_ once it is fitted, got {shown(regressor)}")
        weights, intercept = np.ravel(regressor.coef_), regressor.intercept_
        predicted = regressor.predict(masks[:, chosen])
    order = sorted(zip(chosen, weights, strict=True), key=lambda pair: abs(pair[1]), reverse=True)
    return LabelFit(
        float(intercept),
        [(int(superpixel), float(weight)) for superpixel, weight in order],
        float(r2_score(scores, predicted, sample_weight=sample_weights)),
        np.asarray(predicted[:1], dtype=np.float64),
    )
