"""A picture explained in one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lime_core.arguments import whole
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.fitting import fit
from lime_core.explanation.prior import PriorLike
from lime_core.explanation.settings import FitSettings, class_index_of
from lime_core.explanation.stages import projected
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import PictureLike, picture_of
from lime_core.probing.growing import grow, open_probe
from lime_core.probing.hiding import HidingLike
from lime_core.probing.spec import ProbeSettings
from lime_core.roles import is_function
from lime_core.sampling.kernels import KernelLike
from lime_core.sampling.samplers import SamplerLike
from lime_core.superpixels.segmentations import least_samples
from lime_core.superpixels.segmenters import SegmenterLike
from lime_core.surrogates.selection import SelectionLike
from lime_core.surrogates.table import SurrogateLike


def explain_image(
    picture: PictureLike,
    model: ModelLike,
    class_index: int | str | None = None,
    num_samples: int = 500,
    segmenter: SegmenterLike | None = None,
    hiding: HidingLike | None = None,
    sampler: SamplerLike | None = None,
    kernel: KernelLike | None = None,
    surrogate: SurrogateLike | None = None,
    feature_selection: SelectionLike | None = None,
    space: str | None = None,
    prior: PriorLike | None = None,
    prior_strength: float = 0.0,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Explain a picture in one call: `probe_image`, then `explain`.

    What is left out is as in the preset "recommended", but for one segmentation in place of several: `lime`'s.
    `PRESETS` has the settings of `lime` and of other packages too.
    Options may be given as objects, such as `Slic(n_segments=80)`, or with their usual settings by their names or
    classes, "slic" or `Slic`.  To explain another class, or with another kernel or surrogate, keep the probe of
    `probe_image` and call `explain`, which asks no model.

    Parameters
    ----------
    picture : Picture, or what `load_picture` takes
        The photo.  Explained is the crop of it that the model sees.
    model : Classifier, str, callable or object that predicts
        A classifier, a name in `MODELS` (or "timm/NAME"), or a function from pictures (n, h, w, 3) uint8 to
        probabilities (n, k), as `wrap_model` takes it, or an object with `predict_proba` or `predict`; other functions
        and torch modules become classifiers by `wrap_model` and `torch_classifier`.
    class_index : int or str, optional
        The class to explain, 0..k-1, or its name.  None takes the class with the highest output for the full picture.
    num_samples : int, default 500
        Masks that the model is asked about, the full picture among them; at least 2, of several segmentations one more
        than there are.  More make weights steadier; the
        error falls with the root of the number.  A sampler that shows each mask once may end before.
    segmenter : Segmenter, optional
        Cuts the crop into superpixels, see `SEGMENTERS`.  Labels (h, w), or a function that makes them of the crop, do
        too.  None takes `Quickshift()`.
    hiding : Hiding, optional
        What stands in the place of hidden superpixels, see `HIDINGS`.  A number from 0 (black) to 255 or three of them
        are a color, as `lime`'s hide_color; a function (image, labels) -> picture does too.  None takes
        `SuperpixelMean()`.
    sampler : Sampler, optional
        Which superpixels each sample shows, see `SAMPLERS`.  None takes `FoldOver()`, which shows each of them
        in half of the samples; `LimeMasks()` draws those of `lime`.
    kernel : Kernel, optional
        How much each sample counts, by how close its mask is to the full picture, see `KERNELS`; a function of the
        masks does too.  None takes `CosineKernel()`.  Samplers whose law has the kernel already, such as
        `GlimeBinomial`, do without.
    surrogate : Surrogate, optional
        The simple model that is fitted to the scores, see `SURROGATES`.  None takes `Ridge()`, and with a prior
        `RidgeWithPrior()`.
    feature_selection : Selection, optional
        Which superpixels the surrogate is given, see `SELECTIONS`.  None takes `AutoSelection()`: all of them.
    space : str, optional
        The score that is explained: "probability", "log-odds" or "logit" for a model that gives logits or answers
        for a sigmoid, "probability" or "log-odds" for probabilities, "value" for values.  None takes the first of
        these, see `SPACES`.
    prior : Prior, or the path of its file, optional
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
        TooManySuperpixels, BadScores, PriorMismatch, and BadPicture for a label map of
        another shape than photo and crop.
    ValueError, TypeError
        For an argument out of range or of another type, a class or score space that the model does not have, a prior
        for a surrogate that takes none, or a torch module in place of the model.

    References
    ----------
    Ribeiro, Singh, Guestrin (2016), "Why should I trust you?"; but for the masks and their number the defaults are
    those of the package `lime` 0.2.0.1.
    With a prior: Li et al. (2023), "G-LIME", Artificial Intelligence 314.
    """
    if on_progress is not None:
        is_function("on_progress", on_progress, "done", "num_samples")
    probing = ProbeSettings.of(segmenter, hiding, sampler, seed)
    num_samples = whole("num_samples", num_samples, least_samples(probing.segmenter))
    settings = FitSettings.of(None, space, kernel, surrogate, feature_selection, prior, prior_strength)
    picture, classifier = picture_of(picture), load_model(model)
    settings = replace(settings, class_index=class_index_of(class_index, classifier.class_names))
    if settings.prior is not None:
        settings.prior.check_model(classifier)
    probe = open_probe(probing.spec(picture, classifier), picture, classifier)
    for longer in grow(probe, num_samples, classifier):
        if len(probe) == 0:  # a wrong class or prior should not cost all samples
            tried = 0 if settings.class_index is None else settings.class_index
            longer.scores(tried, SPACES[longer.kind][0] if settings.space is None else settings.space)
            projected(longer, settings, tried)
        probe = longer
        if on_progress:
            on_progress(len(probe), num_samples)
    return fit(probe, settings)
