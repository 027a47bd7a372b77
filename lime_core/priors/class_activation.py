"""The class activation map of a model as a prior: what its own last layer says about each superpixel.

Where the answers of a network are a linear layer of the mean of its last map, each superpixel has a share of the logit
of every class, see `last_map`.  One pass gives these shares.  They do not say what happens when the superpixel is
hidden, which changes the map elsewhere too: so they are a prior, whose factor the samples decide, and no explanation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from lime_core.arrays import read_only
from lime_core.catalog.loading import ModelLike, load_model, network_of
from lime_core.errors import ModelUnavailable, PriorMismatch
from lime_core.explanation.prior import Projection
from lime_core.features.description import Features
from lime_core.features.last_map import LastMap, summed
from lime_core.models.classifier import Classifier
from lime_core.models.scores import SPACES
from lime_core.probing.scene import Scene

CLASS_ACTIVATION = "class-activation"
"""Its name where priors are named, such as on the command line and in a manifest."""

ACTIVATION_STRENGTH = 3.0
"""Where a reader starts, in the unit of a ridge's alpha: it knows this picture, so it need not be strong."""


@dataclass(frozen=True, eq=False)
class ClassActivation:
    """The class activation map of one model, as a prior for it; `class_activation` makes one from a model.

    Parameters
    ----------
    last_map : LastMap
        The network up to its last map, and its linear layer.
    model, fingerprint : str
        The name and the fingerprint of the model.
    unit : str
        The score that the shares add up to: "logit", or "value".
    """

    last_map: LastMap = field(repr=False)
    model: str
    fingerprint: str
    unit: str
    _looked: WeakKeyDictionary[Scene, Features] = field(default_factory=WeakKeyDictionary, init=False, repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClassActivation) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def position(self) -> float:
        """0: where a superpixel is counts by the map alone."""
        return 0.0

    @property
    def kind(self) -> str:
        """What its features are: the channels of the last map, summed over each superpixel."""
        return f"last map, {' × '.join(map(str, self.last_map.shape))}"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the model's fingerprint, which has all that the shares depend on beside the picture."""
        return activation_digest(self.fingerprint)

    @property
    def made_by(self) -> Mapping[str, Any]:
        """Its source, the model and the size of the map."""
        facts = {"model": self.model, "fingerprint": self.fingerprint, "features": self.kind}
        return {"source": "class activation map", **facts}

    def check(self, kind: str, fingerprint: str, classes: int) -> None:
        """Raise PriorMismatch when it is of another model, or has another number of classes.

        Parameters
        ----------
        kind, fingerprint : str
            Of features, and of the model's weights.
        classes : int
            How many the model has.

        Raises
        ------
        PriorMismatch
            When one of them is another; says which.
        """
        if (kind, fingerprint) != (self.kind, self.fingerprint):
            raise PriorMismatch(
                f"The class activation map is that of {self.model}, and the weights or settings of this model are "
                "others. Make one of this model."
            )
        if len(self.last_map.weights) != classes:
            raise PriorMismatch(
                f"The class activation map is for {len(self.last_map.weights)} classes, and the model has {classes}."
            )

    def check_model(self, model: Classifier) -> None:
        """Raise PriorMismatch when it is that of another model; asks the model nothing.

        Parameters
        ----------
        model : Classifier
            The model that is to be explained.

        Raises
        ------
        PriorMismatch
            As `check`.
        """
        k = len(self.last_map.weights)
        self.check(self.kind, model.fingerprint, len(model.class_names) or k)

    def knows(self, class_index: int) -> bool:
        """Whether the model has this class.

        Parameters
        ----------
        class_index : int
            The class.

        Returns
        -------
        bool
            True for 0..k-1.
        """
        return 0 <= class_index < len(self.last_map.weights)

    def look(self, scene: Scene) -> Features:
        """Sum the last map over the superpixels of a crop: one pass for each scene, however often it is asked.

        Parameters
        ----------
        scene : Scene
            The crop with its superpixels.

        Returns
        -------
        (d, channels) float32
            Each pixel counts with its share of the crop.
        """
        if scene not in self._looked:
            found = summed(self.last_map(scene.image), scene.segmentation.labels)
            self._looked[scene] = read_only(found)
        return self._looked[scene]

    def project(self, features: Features, class_index: int) -> Projection:
        """Give each superpixel its share of the logit of a class.

        Parameters
        ----------
        features : (d, channels) float32
            What `look` gives.
        class_index : int
            The explained class, 0..k-1.

        Returns
        -------
        Projection
            Shares that add up to the logit without its bias, where the crop has a whole number of pixels for each cell
            of the map; the coverage is 1, and there are no words, so all of them are 0.

        Raises
        ------
        PriorMismatch
            For features of another size, or a class that the model does not have.
        """
        weights = self.last_map.weights
        if features.ndim != 2 or features.shape[1] != weights.shape[1]:
            raise PriorMismatch(f"The last map has {weights.shape[1]} channels, and was given {features.shape}.")
        if not self.knows(class_index):
            raise PriorMismatch(f"The model has {len(weights)} classes, class {class_index} is none of them.")
        shares = features.astype(np.float64) @ weights[class_index].astype(np.float64)
        return Projection(read_only(shares), 1.0, read_only(np.zeros(len(shares), dtype=np.intp)))


def class_activation(model: ModelLike, source: Any = None) -> ClassActivation:
    """Make the prior of a model's own class activation map.

    The network is built once more, on the CPU, and kept beside the model as long as the prior is.

    Parameters
    ----------
    model : Classifier, or what `load_model` takes
        The model that is to be explained.
    source : nn.Module, str or Path, optional
        The torch module that `torch_classifier` made it of, or what `load_model` loaded it by; None takes its name.

    Returns
    -------
    ClassActivation
        For `explain_image(..., prior=..., prior_strength=3)`, and whatever else takes a prior.

    Raises
    ------
    PriorMismatch
        When the model has no such form (a vision transformer, VGG), or is no torch module (ONNX files, functions), or
        the source is another one.
    LimeError
        What loading the model raises.

    References
    ----------
    Zhou, Khosla, Lapedriza, Oliva, Torralba (2016), "Learning Deep Features for Discriminative Localization", CVPR.
    """
    classifier = load_model(model)
    known_by = model if isinstance(model, str | Path) else None
    try:
        network, seen = network_of(classifier, known_by if source is None else source)
        last_map = LastMap(network, seen)
    except ModelUnavailable as error:
        raise PriorMismatch(f"{classifier.name} has no class activation map here: {error.public}") from error
    except ValueError as error:
        raise PriorMismatch(
            f"{classifier.name} has no class activation map: {error}. Only networks have one whose last map is "
            "averaged and goes through one linear layer, such as EfficientNet, ResNet and DenseNet."
        ) from error
    made = ClassActivation(last_map, classifier.name, classifier.fingerprint, SPACES[classifier.kind][-1])
    made.check_model(classifier)
    return made


def activation_digest(fingerprint: str) -> str:
    """The digest of a model's class activation map as a prior.

    Parameters
    ----------
    fingerprint : str
        That of the model.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(f"{CLASS_ACTIVATION} 1 {fingerprint}".encode()).hexdigest()
