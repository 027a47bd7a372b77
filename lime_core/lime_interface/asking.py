"""Images of any dtype, their superpixels and samples, and what a classifier answers, as `lime` goes about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from skimage.color import gray2rgb

from lime_core.arguments import shown
from lime_core.arrays import whole_numbers
from lime_core.errors import BadScores, TooFewSuperpixels
from lime_core.lime_interface.image_explanation import Array
from lime_core.models.scores import check_outputs
from lime_core.superpixels.segmentations import Segmentations
from lime_core.superpixels.segmenters import segmenter_of


def image_of(image: Any) -> Array:
    """Read an image; a grey one gets three channels."""
    array = np.asarray(image) if hasattr(image, "__array__") and not isinstance(image, type) else np.array(None)
    if array.ndim not in (2, 3) or array.dtype.kind not in "biuf" or 0 in array.shape:
        raise TypeError(
            f"image must be an array of numbers (h, w, 3) or (h, w), such as np.array(Image.open(path)), got "
            f"{shown(image)}"
        )
    return gray2rgb(array) if array.ndim == 2 else array


def segments_of(image: Array, segmentation_fn: Any) -> Array:
    """Cut an image; the ids of the superpixels stay as they are."""
    segmenter = segmenter_of(segmentation_fn, "segmentation_fn")
    if isinstance(segmenter, Segmentations):
        raise ValueError("segmentation_fn must be one segmentation, got several; explain_image takes these")
    segments = np.asarray(segmenter(image))
    if segments.shape != image.shape[:2]:
        raise ValueError(f"segmentation_fn must return labels of the shape {image.shape[:2]}, got {shown(segments)}")
    whole_numbers("the labels that segmentation_fn returns", segments)
    if segments.min() == segments.max():
        raise TooFewSuperpixels(
            "segmentation_fn made one superpixel of the whole image, so there is nothing to compare; it must return at "
            "least two different labels."
        )
    return segments


def hidden_of(image: Array, segments: Array, hide_color: Any) -> Array:
    """Make the image in which every superpixel is hidden, in the dtype of the image."""
    hidden = image.copy()
    if hide_color is None:
        for superpixel in np.unique(segments):
            inside = image[segments == superpixel]
            hidden[segments == superpixel] = [np.mean(inside[:, channel]) for channel in range(image.shape[2])]
        return hidden
    try:
        color = np.asarray(hide_color)
    except ValueError:  # a list of lists of different lengths
        color = np.array(None)
    whole_numbers = image.dtype.kind in "iu"
    limits = np.iinfo(image.dtype) if whole_numbers else None
    if color.dtype.kind not in "biuf" or color.shape not in ((), (1,), image.shape[2:], image.shape):
        raise TypeError(
            f"hide_color must be a number, one for each of the {image.shape[2]} channels, or None, got "
            f"{shown(hide_color)}"
        )
    if not np.isfinite(color).all() or (limits and not limits.min <= color.min() <= color.max() <= limits.max):
        raise ValueError(f"hide_color must fit into the image of {image.dtype}, got {shown(hide_color)}")
    hidden[:] = color
    return hidden


def samples_of(image: Array, hidden: Array, segments: Array, masks: Array, progress_bar: bool) -> Iterator[Array]:
    """Yield the image of each mask."""
    ids = segments.astype(np.int64)
    known = (ids >= 0) & (ids < masks.shape[1])  # others are never hidden, as in lime
    columns = np.where(known, ids, 0)
    for row in _with_bar(masks, progress_bar):
        yield np.where((known & (row[columns] == 0))[..., None], hidden, image)


def _with_bar(masks: Array, progress_bar: bool) -> Iterable[Array]:
    if progress_bar:
        try:
            from tqdm.auto import tqdm  # type: ignore[import-untyped]
        except ImportError:  # it is no part of what this package needs
            return masks
        bar: Iterable[Array] = tqdm(masks)
        return bar
    return masks


def answers_of(ask: Callable[[Array], Any], samples: Iterator[Array], batch_size: int) -> Array:
    """Ask about all samples, a batch at a time.

    Raises BadScores when the answers are no finite numbers (n, k).
    """
    rows: list[Array] = []
    batch: list[Array] = []

    def finish() -> None:
        # Copied, for a function may write its next answers into the same array.
        answers = np.asarray(ask(np.array(batch))).copy()
        if answers.ndim < 2 and len(batch) == 1:  # a squeeze takes the axis of a single image too
            answers = answers.reshape(1, -1)
        if answers.ndim != 2 or len(answers) != len(batch) or answers.dtype.kind not in "biuf":
            raise BadScores(
                f"classifier_fn must return numbers of the shape ({len(batch)}, classes) for {len(batch)} images, got "
                f"{shown(answers)}."
            )
        check_outputs(answers, "values", first_row=len(rows))
        if rows and answers.shape[1] != len(rows[0]):
            raise BadScores(f"classifier_fn returned {len(rows[0])} classes, and then {answers.shape[1]}.")
        rows.extend(answers)
        batch.clear()

    for sample in samples:
        batch.append(sample)
        if len(batch) == batch_size:
            finish()
    if batch:
        finish()
    return np.array(rows)
