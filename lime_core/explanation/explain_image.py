"""A picture explained in one call."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Pixels
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.fitting import fit, projected
from lime_core.explanation.settings import FitSettings, Prior
from lime_core.models.classifier import Classifier
from lime_core.models.zoo import load_model
from lime_core.pictures.picture import Picture
from lime_core.probing.growing import grow, open_probe
from lime_core.probing.hiding import Hiding
from lime_core.probing.segmentation import Segmenter
from lime_core.probing.spec import ProbeSettings
from lime_core.sampling.kernels import Kernel
from lime_core.sampling.sampler import Sampler
from lime_core.scores import SPACES
from lime_core.surrogates.selection import Selection
from lime_core.surrogates.surrogate import Surrogate


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
    prior: Prior | None = None,
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
    settings = FitSettings.of(class_index, space, kernel, surrogate, feature_selection, prior, prior_strength)
    classifier = load_model(model)
    if prior is not None:
        prior.check_model(classifier)
    spec = ProbeSettings.of(segmenter, hiding, sampler, seed).spec(picture, classifier)
    probe = open_probe(spec, picture, classifier)
    for longer in grow(probe, num_samples, classifier):
        if len(probe) == 0:  # a wrong class or prior should not cost all samples
            longer.scores(class_index or 0, space or SPACES[longer.kind][0])
            projected(longer, settings, class_index or 0)
        probe = longer
        if on_progress:
            on_progress(len(probe), num_samples)
    return fit(probe, settings)
