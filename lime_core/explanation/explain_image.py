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
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import Picture
from lime_core.probing.growing import grow, open_probe
from lime_core.probing.hiding import Hiding
from lime_core.probing.segmentation import Segmenter
from lime_core.probing.spec import ProbeSettings
from lime_core.sampling.kernels import Kernel
from lime_core.sampling.sampler import Sampler
from lime_core.surrogates.selection import Selection
from lime_core.surrogates.surrogate import Surrogate
from lime_core.zoo.loading import load_model


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
    """Explain a picture in one call: `probe_image`, then `explain`.

    What is left out is as in `lime`.  To explain another class, or with another kernel or surrogate, keep the probe of
    `probe_image` and call `explain`, which asks no model.

    Parameters
    ----------
    picture : Picture
        The photo, as `load_picture` gives it.  Explained is the crop of it that the model sees.
    model : Classifier, str or callable
        A classifier, a name in `MODELS` (or "timm/NAME"), or a function from pictures (n, h, w, 3) uint8 to
        probabilities (n, k), as `wrap_model` takes it; other functions and torch modules become classifiers by
        `wrap_model` and `torch_classifier`.
    class_index : int, optional
        The class to explain, 0..k-1.  None takes the class with the highest output for the full picture.
    num_samples : int, default 1000
        Masks that the model is asked about, the full picture among them; at least 2.  More make weights steadier; the
        error falls with the root of the number.  A sampler that shows each mask once may end before.
    segmenter : Segmenter, optional
        Cuts the crop into superpixels, see `SEGMENTERS`.  None takes `Quickshift()`.
    hiding : Hiding, optional
        What stands in the place of hidden superpixels, see `HIDINGS`.  None takes `SuperpixelMean()`.
    sampler : Sampler, optional
        Which superpixels each sample shows, see `SAMPLERS`.  None takes `Bernoulli()`, each with probability ½.
    kernel : Kernel, optional
        How much each sample counts, by how close its mask is to the full picture, see `KERNELS`.  None takes
        `CosineKernel()`.  Samplers whose law has the kernel already, such as `GlimeBinomial`, do without.
    surrogate : Surrogate, optional
        The simple model that is fitted to the scores, see `SURROGATES`.  None takes `Ridge()`, and with a prior
        `RidgeWithPrior()`.
    feature_selection : Selection, optional
        Which superpixels the surrogate is given, see `SELECTIONS`.  None takes `AutoSelection()`: all of them.
    space : str, optional
        The score that is explained: "probability", "log-odds" or "logit" for a model that gives logits, "probability"
        or "log-odds" for probabilities, "value" for values.  None takes the first of these, see `SPACES`.
    prior : Prior, optional
        Expected weights towards which the surrogate is pulled (G-LIME), such as a `GlobalPrior` of this model.
    prior_strength : float, default 0.0
        How strong the pull of the prior is, 0 or more, in the unit of a ridge's alpha.  At 0 there is none.
    seed : int, default 0
        Of the sampler, 0..2³¹-1.  The same seed and settings give the same masks.
    on_progress : callable, optional
        Called as on_progress(done, num_samples) after each batch, with the samples that are there.  What it raises
        ends the run.

    Returns
    -------
    Explanation
        What each superpixel adds to the score of the class, and how far that can be trusted.

    Raises
    ------
    LimeError
        What the model, the segmentation, the scores and the prior can raise: ModelUnavailable, TooFewSuperpixels,
        TooManySuperpixels, BadScores, PriorMismatch, and BadPicture for a label map of another shape
        than photo and crop.
    ValueError
        For an argument out of range, a score space that the model does not have, a prior for a surrogate that takes
        none, or a torch module in place of the model.

    References
    ----------
    Ribeiro, Singh, Guestrin (2016), "Why should I trust you?"; the defaults are those of the package `lime` 0.2.0.1.
    With a prior: Li et al. (2023), "G-LIME", Artificial Intelligence 314.
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
