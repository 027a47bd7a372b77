"""Growing a probe: ask the model for more rows, a batch at a time.

Rows are only ever added, so progress, cancelling and going on later need no further machinery, and every probe on the
way is valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from lime_core.arguments import is_a, whole
from lime_core.arrays import Outputs
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.features.description import describe_with
from lime_core.label_maps.label_map import LabelMap
from lime_core.models.answers import check_classes
from lime_core.models.classifier import Classifier
from lime_core.models.scores import check_outputs
from lime_core.pictures.picture import PictureLike, picture_of
from lime_core.probing.asking import SceneScorer, answers_to
from lime_core.probing.hiding import HidingLike
from lime_core.probing.probe import Probe
from lime_core.probing.scene import Scene
from lime_core.probing.spec import MAX_SAMPLES, ProbeSettings, ProbeSpec
from lime_core.sampling.in_turns import InTurns
from lime_core.sampling.samplers import SamplerLike
from lime_core.superpixels.segmentation import Segmentation, segment_view
from lime_core.superpixels.segmentations import Segmentations
from lime_core.superpixels.segmenters import SegmenterLike


def open_probe(
    spec: ProbeSpec, picture: PictureLike, model: ModelLike, segmentation: Segmentation | None = None
) -> Probe:
    """Open a probe without samples.

    Parameters
    ----------
    spec : ProbeSpec
        What the probe is to depend on, with the segmenter, the hiding and the sampler.
    picture, model : Picture and Classifier, or what `load_picture` and `load_model` take
        The picture and the model of that spec; the model is not asked.
    segmentation : Segmentation, optional
        One of this picture that is already there is used as it is.

    Returns
    -------
    Probe
        With masks (0, d) and outputs (0, 0).  Its spec is the one given, with a `LabelMap` as it lies on the crop.

    Raises
    ------
    TooFewSuperpixels
        When the segmenter leaves fewer than two.
    TooManySuperpixels
        When it leaves more than can be explained, see `segment`.
    BadPicture
        When the segmenter is a `LabelMap` with the shape neither of the photo nor of the crop.
    TypeError, ValueError
        For what is no spec, picture, model or segmentation; for one segmentation where the spec has several,
        and for several where it has one.
    """
    is_a("spec", spec, ProbeSpec, "a ProbeSpec, as ProbeSettings.spec gives")
    is_a("segmentation", segmentation, (Segmentation, type(None)), "a Segmentation, as segment gives, or None")
    picture, model = picture_of(picture), load_model(model)
    if segmentation is None:
        segmentation = segment_view(picture, model, spec.segmenter)
    if bool(segmentation.parts) != isinstance(spec.segmenter, Segmentations):
        raise ValueError(
            "segmentation must be of all members of the spec's segmenter, as segment gives, and of no more"
        )
    if isinstance(spec.segmenter, LabelMap | Segmentations):  # of a label map rows depend on its part in the crop
        spec = replace(spec, segmenter=segmentation.made_by)
    scene = Scene.of(segmentation, spec.hiding, partial(describe_with, model.early), picture.crop_of)
    return Probe.empty(spec, scene, model)


def grow(probe: Probe, num_samples: int, model: ModelLike) -> Iterator[Probe]:
    """Ask the model for more rows, a batch at a time, until the probe has `num_samples`; yields every longer probe.

    Rows that are there are not asked again, and the arrays are copied once for each call, not once for each batch.

    Parameters
    ----------
    probe : Probe
        The rows that are there; it stays as it is.
    num_samples : int, at least 1
        How many rows in all.  Where the sampler has no more masks than that, the probe ends with them.
    model : Classifier, or a name
        The model that the probe belongs to.  Of a plain function, the Classifier that `wrap_model` made of it.

    Yields
    ------
    Probe
        After each batch, one that is longer by that batch; none where the probe is long enough.

    Raises
    ------
    ValueError, TypeError
        When `num_samples` is no whole number of at least 1, or the model is not the probe's.
    TooManySuperpixels
        When the sampler cannot take so many: one that shows all masks, or fold-over above 2048.
    BadScores
        When the model returns NaN, infinity or the wrong shape (names the rows), or probabilities outside of 0..1, or
        memory does not suffice for one sample, or the number of classes is not that of the names or of the answers
        before.  Where memory does not suffice for a batch, the batch is halved.
    """
    is_a("probe", probe, Probe, "a Probe, as probe_image and open_probe give")
    num_samples, model, spec = whole("num_samples", num_samples, 1), load_model(model), probe.spec
    probe.check_model(model)
    scene, done = probe.scene, len(probe)
    num_samples = spec.reachable(num_samples, scene.counts)
    if done >= num_samples:
        return
    whole("num_samples", num_samples, 1, most=MAX_SAMPLES)
    masks = InTurns(spec.sampler, scene.counts)(num_samples, spec.seed)
    known = probe.outputs
    outputs: Outputs = np.empty((0, 0), dtype=np.float32)
    scorer = SceneScorer(model.engine, scene)
    for rows in answers_to(scorer, masks, done, scorer.size):
        end = done + len(rows)
        check_outputs(rows, probe.kind, first_row=done)
        check_classes(rows, len(probe.class_names) or outputs.shape[1] or known.shape[1])
        if len(outputs) == 0 or not np.can_cast(rows.dtype, outputs.dtype):
            outputs = np.empty((num_samples, rows.shape[1]), dtype=np.result_type(known, rows))
            if done:
                outputs[:done] = known
        outputs[done:end] = rows
        done, known = end, outputs[:end]
        yield probe._with(masks[:done], known)


def grown(
    probe: Probe,
    num_samples: int,
    model: Classifier,
    check: Callable[[Probe], object],
    on_progress: Callable[[int, int], None] | None,
) -> Probe:
    """Grow a probe to its end in one call.

    Parameters
    ----------
    probe : Probe
        The rows that are there.
    num_samples : int, at least 1
        How many rows in all.
    model : Classifier
        The model that the probe belongs to.
    check : callable
        Called with the probe of the first batch: a class that the model does not have should not cost all pictures.
    on_progress : callable or None
        Called with (done, num_samples) after each batch; what it raises ends the run.

    Returns
    -------
    Probe
        With all rows.

    Raises
    ------
    ValueError, TypeError, LimeError
        As `grow`, and what `check` raises.
    """
    before = len(probe)
    for longer in grow(probe, num_samples, model):
        if len(probe) == before:
            check(longer)
        probe = longer
        if on_progress:
            on_progress(len(probe), num_samples)
    return probe


def probe_image(
    picture: PictureLike,
    model: ModelLike,
    num_samples: int = 500,
    segmenter: SegmenterLike | None = None,
    hiding: HidingLike | None = None,
    sampler: SamplerLike | None = None,
    seed: int = 0,
) -> Probe:
    """Make a probe of `num_samples` rows in one call.

    Parameters
    ----------
    picture, model : Picture and Classifier, or what `load_picture` and `load_model` take
        The photo, of which the crop that the model sees is explained; and who is asked.
    num_samples : int, at least 1, default 500
        How many rows; fewer where the sampler has no more masks.
    segmenter, hiding, sampler : Segmenter, Hiding and Sampler, optional
        Or what stands for one, as in `explain_image`.
    seed : int in [0, 2³¹ - 1], default 0
        Another seed draws other masks.

    Returns
    -------
    Probe
        Masks (n, d) and outputs (n, k).

    Raises
    ------
    ValueError, TypeError
        For a seed or a `num_samples` out of range, or what is no picture, model or option.
    LimeError
        What `open_probe` and `grow` raise.
    """
    num_samples = whole("num_samples", num_samples, 1)
    picture, model = picture_of(picture), load_model(model)
    probe = open_probe(ProbeSettings.of(segmenter, hiding, sampler, seed).spec(picture, model), picture, model)
    for longer in grow(probe, num_samples, model):
        probe = longer
    return probe
