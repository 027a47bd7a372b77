"""The methods by name, and how one is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import NoneType

import numpy as np
from torch import nn

from lime_core.arguments import is_a, one_of
from lime_core.arrays import read_only
from lime_core.attributions.attribution import Attribution, AttributionMethod
from lime_core.attributions.gradients import GradCam, IntegratedGradients
from lime_core.attributions.perturbing import KernelShap, Occlusion, Rise
from lime_core.attributions.question import Question
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.explanation.settings import class_index_of
from lime_core.models.scores import SPACES, scores
from lime_core.pictures.picture import PictureLike, picture_of
from lime_core.probing.scene import Scene
from lime_core.probing.spec import ProbeSettings
from lime_core.roles import Role, is_function
from lime_core.superpixels.quickshift import Quickshift
from lime_core.superpixels.segmentation import segment_view

ATTRIBUTIONS: dict[str, type[AttributionMethod]] = {
    "grad_cam": GradCam,
    "integrated_gradients": IntegratedGradients,
    "occlusion": Occlusion,
    "kernel_shap": KernelShap,
    "rise": Rise,
}

_ROLE = Role("method", ATTRIBUTIONS, needs=("title", "package"))

AttributionMethodLike = AttributionMethod | str | type
"""What `attribute` reads as a method."""


def attribute(
    picture: PictureLike,
    model: ModelLike,
    method: AttributionMethodLike,
    class_index: int | str | None = None,
    probing: ProbeSettings | None = None,
    space: str | None = None,
    source: nn.Module | str | Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Attribution:
    """Ask another method what speaks for a class, about the same crop and the same hidden picture as LIME's.

    Parameters
    ----------
    picture : Picture, or what `load_picture` takes
        The photo.
    model : Classifier, or what `load_model` takes
        The model.
    method : AttributionMethod, str or type
        A method with its settings, its name in `ATTRIBUTIONS`, or its class.
    class_index : int or str, optional
        The class, or its name.  None takes the most likely one.
    probing : ProbeSettings, optional
        Superpixels (of several segmentations the first) and hide color.  None takes quickshift, and the mean color of
        each superpixel.
    space : str, optional
        The score, see `SPACES`.  None takes the first of the model's.
    source : nn.Module, str or Path, optional
        The torch module that the model was made of, or what it was loaded by, for methods that need gradients.  None
        takes the model's name.
    on_progress : callable, optional
        Called with (done, total) of the pictures that the model is asked about; what it raises ends the method.

    Returns
    -------
    Attribution
        A number for each pixel, 0 on the border of a padded photo, and how many pictures were asked about.

    Raises
    ------
    UnfitMethod
        When the method cannot be used with this model; says why.
    BadScores
        When the model's answers cannot be explained.
    ValueError, TypeError
        For an unknown method, class or space, or what is no ProbeSettings.
    LimeError
        As `segment_view`, and what loading picture or model raises.
    """
    is_a("probing", probing, (ProbeSettings, NoneType), "a ProbeSettings or None")
    if on_progress is not None:
        is_function("on_progress", on_progress, "done", "total")
    asked: AttributionMethod = _ROLE.of(method)
    photo, classifier = picture_of(picture), load_model(model)
    space = SPACES[classifier.kind][0] if space is None else one_of("space", space, SPACES[classifier.kind])
    index = class_index_of(class_index, classifier.class_names)
    probing = ProbeSettings(Quickshift()) if probing is None else probing
    cut = segment_view(photo, classifier, probing.segmenter)
    scene = Scene.of(cut, probing.hiding).members[0]
    outputs = classifier.outputs(cut.image[None])
    index = int(outputs[0].argmax()) if index is None else index
    scores(outputs, classifier.kind, index, space)  # refuses a class that there is not, before anything takes long
    question = Question(classifier, scene, index, space, source, on_progress)
    values, count = asked(question)
    seen = scene.segmentation
    if seen.border is not None:  # nothing hides it, but squares, soft masks and coarse maps reach over the edge
        values = np.where(seen.labels == seen.border, 0.0, values)
    return Attribution(asked, read_only(values), question, count)
