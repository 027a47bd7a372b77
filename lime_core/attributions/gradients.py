"""Methods that look inside of a torch network: Grad-CAM and integrated gradients, as Captum computes them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from lime_core.arrays import Floats
from lime_core.attributions.attribution import finite
from lime_core.attributions.network import Network, followed
from lime_core.attributions.question import Question, Tally
from lime_core.ending import native_code
from lime_core.knobs import Bounded, knob, switch

_BATCH = 8
"""Pictures whose gradients are computed at once."""

_ONE_AT_A_TIME = threading.Lock()
"""Gradients take a network's memory several times."""


@dataclass(frozen=True)
class GradCam(Bounded):
    """Grad-CAM: the last maps of a network, weighted by what they do to the score, and enlarged to the crop.

    Parameters
    ----------
    positive_only : bool, default True
        Only what speaks for the class, as in the paper.

    References
    ----------
    Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra (2017), "Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization", ICCV.  Computed by `captum.attr.LayerGradCam`; of the paper's score before the softmax
    where the space is "logit".
    """

    positive_only: bool = switch(True, help="Only what raises the score, as in the paper.")

    title: ClassVar[str] = "Grad-CAM"
    package: ClassVar[str] = "Captum"

    def __call__(self, question: Question) -> tuple[Floats, int]:
        from captum.attr import LayerAttribution, LayerGradCam

        tally = Tally(1, question.on_progress)
        with native_code(), _ONE_AT_A_TIME, followed(self.title, tally):
            network = Network(question, self.title)
            picture = network.pictures(question.scene.image)
            layer = network.last_map(picture)
            found = LayerGradCam(network.score, layer).attribute(
                picture.requires_grad_(), relu_attributions=self.positive_only
            )
            size = question.scene.image.shape[:2]
            values = LayerAttribution.interpolate(found, size, "bilinear")
            tally.add(1)
        return finite(values[0, 0].detach().numpy().astype(np.float64), self.title), 1


@dataclass(frozen=True)
class IntegratedGradients(Bounded):
    """Integrated gradients: the gradients on the straight way from the hidden picture to the shown one.

    The map sums to the score of the shown picture minus that of the hidden one, but for the steps.

    Parameters
    ----------
    steps : int in [8, 500], default 50
        Pictures on the way, each asked for its gradient.

    Raises
    ------
    ValueError
        For steps outside of their range.

    References
    ----------
    Sundararajan, Taly, Yan (2017), "Axiomatic Attribution for Deep Networks", ICML.  Computed by
    `captum.attr.IntegratedGradients`.
    """

    steps: int = knob(50, 8, 500, step=1, help="Pictures on the way from the hidden picture to the shown one.")

    title: ClassVar[str] = "Integrated gradients"
    package: ClassVar[str] = "Captum"

    def __call__(self, question: Question) -> tuple[Floats, int]:
        from captum.attr import IntegratedGradients as Integrated

        tally = Tally(self.steps, question.on_progress)
        with native_code(), _ONE_AT_A_TIME, followed(self.title, tally):
            network = Network(question, self.title)

            def score(pictures: Tensor) -> Tensor:
                tally.add(len(pictures))
                return network.score(pictures)

            found = Integrated(score).attribute(
                network.pictures(question.scene.image),
                network.pictures(question.scene.hidden),
                n_steps=self.steps,
                internal_batch_size=_BATCH,
            )
        return finite(found[0].sum(0).detach().numpy().astype(np.float64), self.title), tally.done
