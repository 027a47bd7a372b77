"""`lime`'s explainer for images: its words, its defaults and its numbers.

`explain_image` is the way of this package: photos that are cropped as the model sees them, error bars, and the R² of
every class are there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from lime_core.arguments import number, one_of, shown, switch, whole
from lime_core.arrays import Floats
from lime_core.lime_interface.asking import answers_of, hidden_of, image_of, samples_of, segments_of
from lime_core.lime_interface.fitting import check_regressor, exponential, fit_of, labels_of, sample_weights_of
from lime_core.lime_interface.image_explanation import Array, ImageExplanation
from lime_core.models.estimators import predict_of
from lime_core.probing.spec import MAX_SAMPLES
from lime_core.roles import is_function
from lime_core.sampling.samplers import lime_draws
from lime_core.surrogates.selection import SELECTIONS, AllFeatures, Selection, lasso_path


class LimeImageExplainer:
    """`lime`'s explainer for images: the same words give the same masks and weights as `lime` 0.2.0.1.

    What is odd about `lime` is kept where it changes numbers: superpixels are taken by the ids that a segmentation
    gives them, so that of ids that begin at 1 the last superpixel is never hidden; means are rounded down in an image
    of whole numbers; the generator goes on from one image to the next; and each image without a `random_seed` takes one
    number of it, though scikit-image's quickshift needs none any more.

    Parameters
    ----------
    kernel_width : float, default 0.25
        Width of the kernel, above 0.
    kernel : callable, optional
        Called as kernel(distances, kernel_width=...); returns the weight of each sample.  None takes
        sqrt(exp(-distance² / kernel_width²)), the `CosineKernel` of this package.
    verbose : bool, default False
        Whether to print intercept, local prediction and the model's answer of each label.
    feature_selection : str, default "auto"
        A name in `SELECTIONS`; "auto" is forward selection for six superpixels or fewer, else the highest weights.
    random_state : int or numpy.random.RandomState, optional
        What masks are drawn with; None draws others each time.

    Raises
    ------
    ValueError, TypeError
        For an argument out of range or of another type.

    References
    ----------
    Ribeiro, Singh, Guestrin (2016), "Why should I trust you?"; package `lime` 0.2.0.1, `lime_image`.
    """

    def __init__(
        self,
        kernel_width: float = 0.25,
        kernel: Callable[..., Floats] | None = None,
        verbose: bool = False,
        feature_selection: str = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        width = number("kernel_width", kernel_width, 0)
        if width == 0:
            raise ValueError("kernel_width must be above 0, got 0")
        if kernel is not None:
            is_function("kernel", kernel, "distances", "kernel_width")
        self.feature_selection = one_of("feature_selection", feature_selection, SELECTIONS)
        self.verbose = switch("verbose", verbose)
        self._kernel: Callable[..., Floats] = partial(exponential if kernel is None else kernel, kernel_width=width)
        try:
            self.random_state: np.random.RandomState = check_random_state(random_state)
        except (ValueError, TypeError) as error:
            raise TypeError(
                f"random_state must be a seed from 0 to 2³²-1, a RandomState or None, got {shown(random_state)}"
            ) from error

    def explain_instance(
        self,
        image: Array,
        classifier_fn: Callable[[Array], Any],
        labels: Iterable[int] = (1,),
        hide_color: float | Sequence[float] | Array | None = None,
        top_labels: int | None = 5,
        num_features: int = 100000,
        num_samples: int = 1000,
        batch_size: int = 10,
        segmentation_fn: Callable[[Array], Array] | None = None,
        distance_metric: str | Callable[..., float] = "cosine",
        model_regressor: Any = None,
        random_seed: int | None = None,
        progress_bar: bool = True,
    ) -> ImageExplanation:
        """Explain what a classifier says of an image.

        Parameters
        ----------
        image : (h, w, 3) or (h, w) array
            Of any numbers: samples are made of them as they are, so that an image in -1..1 stays in -1..1.
        classifier_fn : callable, or object that predicts
            Takes images (n, h, w, 3) in the dtype of the image, and returns (n, k).
        labels : iterable of int, default (1,)
            What is explained where `top_labels` is None or 0.
        hide_color : float, or one for each channel, optional
            What stands in the place of hidden superpixels; 0 is black where 0 means black.  None takes the mean of each
            superpixel.
        top_labels : int, optional, default 5
            Explain so many of the most likely labels, and not `labels`.
        num_features : int, default 100000
            The most superpixels that get a weight.
        num_samples : int, default 1000
            How many images are asked about, the full one among them.
        batch_size : int, default 10
            How many of them `classifier_fn` is given at once.
        segmentation_fn : callable, optional
            Image to labels (h, w), such as `lime`'s `SegmentationAlgorithm` or a segmenter of this package.  None takes
            `Quickshift()`.
        distance_metric : str or callable, default "cosine"
            As of `sklearn.metrics.pairwise_distances`.
        model_regressor : scikit-learn regressor, optional
            With `coef_`, `intercept_`, and `sample_weight` in its `fit`.  None takes a ridge of alpha 1.
        random_seed : int, optional
            Leaves the generator alone before masks are drawn.
        progress_bar : bool, default True
            Whether to show a bar, where tqdm is installed.

        Returns
        -------
        ImageExplanation
            Weights of the superpixels for each label.

        Raises
        ------
        ValueError, TypeError
            For an argument out of range or of another type.
        TooFewSuperpixels
            When the segmentation leaves fewer than two.
        BadScores
            When `classifier_fn` returns NaN or another shape.
        """
        image, count = image_of(image), 0 if top_labels is None else whole("top_labels", top_labels, 0)
        ask, with_bar = predict_of(classifier_fn, "classifier_fn"), switch("progress_bar", progress_bar)
        num_samples = whole("num_samples", num_samples, 2, most=MAX_SAMPLES)
        batch_size = whole("batch_size", batch_size, 1)
        selection = self._selection(num_features)
        check_regressor(model_regressor)
        if random_seed is None:
            self.random_state.randint(0, high=1000)
        else:
            whole("random_seed", random_seed, -sys.maxsize, sys.maxsize)
        segments = segments_of(image, segmentation_fn)
        hidden = hidden_of(image, segments, hide_color)
        masks = lime_draws(self.random_state, num_samples, len(np.unique(segments)))
        sample_weights = sample_weights_of(masks, distance_metric, self._kernel)
        answers = answers_of(ask, samples_of(image, hidden, segments, masks, with_bar), batch_size)
        likely = [int(label) for label in np.argsort(answers[0])[-count:]] if count else None
        chosen = labels_of(labels, answers.shape[1]) if likely is None else likely
        fits = {label: fit_of(masks, answers[:, label], sample_weights, selection, model_regressor) for label in chosen}
        for label, fit in fits.items() if self.verbose else ():
            right = float(answers[0, label])
            sys.stdout.write(f"Intercept {fit.intercept}\nPrediction_local {fit.local_pred}\nRight: {right}\n")
        last = fits[chosen[-1]]
        return ImageExplanation(
            image,
            segments,
            {label: fit.intercept for label, fit in fits.items()},
            {label: fit.weights for label, fit in fits.items()},
            last.score,
            last.local_pred,
            None if likely is None else likely[::-1],
        )

    def _selection(self, num_features: int) -> Selection:
        most = whole("num_features", num_features, 1)
        if self.feature_selection == "lasso_path":
            return partial(lasso_path, num_features=most, as_in_lime=True)
        kind: Any = SELECTIONS[self.feature_selection]
        selection: Selection = kind() if kind is AllFeatures else kind(most)
        return selection
