"""What a method of attribution is asked, and how it tells of its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from lime_core.arrays import Masks, Pixels, Scores
from lime_core.models.classifier import Classifier
from lime_core.models.scores import check_outputs, scores
from lime_core.probing.scene import Scene


@dataclass(frozen=True, eq=False)
class Question:
    """What a method is asked: how much a class has of its score from which part of a crop.

    Parameters
    ----------
    model : Classifier
        Who answers.
    scene : Scene
        The crop that the model sees, its superpixels, and the hidden version of it.
    class_index : int
        The class.
    space : str
        The score, see `SPACES`.
    source : nn.Module, str or Path, optional
        Where the network of the model is, as `network_of` takes it; only methods that need gradients ask for it.
    on_progress : callable, optional
        Called with (done, total) of the pictures that the model is asked about; what it raises ends the method.
    """

    model: Classifier
    scene: Scene
    class_index: int
    space: str
    source: nn.Module | str | Path | None = None
    on_progress: Callable[[int, int], None] | None = None

    def of_pictures(self, pictures: Pixels) -> Scores:
        """Score whole pictures.

        Parameters
        ----------
        pictures : (n, h, w, 3) uint8
            At the size that the model takes.

        Returns
        -------
        (n,) float64
            Scores of the class.

        Raises
        ------
        BadScores
            When the model's answers cannot be explained.
        """
        return scores(self.model.outputs(pictures), self.model.kind, self.class_index, self.space)

    def of_masks(self, masks: Masks) -> Scores:
        """Score the crop with some superpixels hidden.

        Parameters
        ----------
        masks : (n, d) float32
            1 = shown, 0 = hidden.

        Returns
        -------
        (n,) float64
            Scores of the class.

        Raises
        ------
        BadScores
            When the model's answers cannot be explained.
        """
        cut = self.scene.segmentation
        outputs = self.model.engine.scorer(self.scene.image, self.scene.hidden, cut.labels)(masks)
        check_outputs(outputs, self.model.kind)
        return scores(outputs, self.model.kind, self.class_index, self.space)


@dataclass
class Tally:
    """Counts the pictures that a method asks about, and tells of them.

    Parameters
    ----------
    total : int
        How many it will be.
    on_progress : callable, optional
        Called with (done, total) whenever some are done.
    """

    total: int
    on_progress: Callable[[int, int], None] | None = None
    done: int = field(default=0, init=False)
    raised: Exception | None = field(default=None, init=False)

    def add(self, pictures: int) -> None:
        """Count some more.

        Parameters
        ----------
        pictures : int
            That were just asked about.
        """
        self.done += pictures
        if self.on_progress:
            try:
                self.on_progress(min(self.done, self.total), self.total)
            except Exception as error:
                self.raised = error
                raise
