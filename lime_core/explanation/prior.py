"""A prior as far as a fit knows it: expected weights of superpixels, and where one is read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from os import PathLike
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import shown
from lime_core.arrays import Weights, read_only
from lime_core.features.description import Features
from lime_core.models.classifier import Classifier
from lime_core.probing.scene import Scene
from lime_core.roles import registered

Words = NDArray[np.intp]
"""(d,) the visual word of each superpixel, 0..c-1."""


@dataclass(frozen=True, eq=False)
class Projection:
    """A prior laid over a picture.

    Parameters
    ----------
    mean : (d,) float64 array
        The expected weights, up to a factor; zero where nothing is known.
    coverage : float
        Share of the superpixels whose word has been seen with the class, 0..1; 0 when the class is not known at all.
    words : (d,) int array
        The visual word of each superpixel, 0..c-1.
    """

    mean: Weights
    coverage: float
    words: Words


class Prior(Protocol):
    """Expected weights of superpixels, known from elsewhere: what a fit and its reports ask of them.

    `GlobalPrior` is one.
    """

    @property
    def position(self) -> float:
        """How much the place of a superpixel counts beside its features, see `Description.columns`."""
        ...

    @property
    def unit(self) -> str:
        """The score that the expected weights are of, such as "probability"."""
        ...

    @property
    def digest(self) -> str:
        """Of all that the expected weights depend on; two priors with the same one are the same."""
        ...

    @property
    def made_by(self) -> Mapping[str, Any]:
        """Plain values for JSON that say where it comes from."""
        ...

    def check(self, kind: str, fingerprint: str, classes: int) -> None:
        """Raise an error when it is for features of another kind, another model or another class list.

        Parameters
        ----------
        kind : str
            Of the features of the superpixels, see `Description`.
        fingerprint : str
            SHA-256 of the model's weights, see `Classifier`.
        classes : int
            How many classes the model has.

        Raises
        ------
        PriorMismatch
            When one of these is not what the prior was made for.
        """
        ...

    def check_model(self, model: Classifier) -> None:
        """Raise an error when it fits no picture of this model, which is asked nothing.

        Parameters
        ----------
        model : Classifier
            The model that is to be explained.

        Raises
        ------
        PriorMismatch
            As `check`, and for features of another size.
        """
        ...

    def knows(self, class_index: int) -> bool:
        """Whether it expects anything for a class.

        Parameters
        ----------
        class_index : int
            The class, 0..k-1.

        Returns
        -------
        bool
            False where it leaves every fit of this class as it is without a prior.
        """
        ...

    def project(self, features: Features, class_index: int) -> Projection:
        """Lay the prior over the superpixels of a picture.

        Parameters
        ----------
        features : (d, f) float32 array
            What each superpixel looks like, see `Description.columns`.
        class_index : int
            The class that is explained, 0..k-1.

        Returns
        -------
        Projection
            The expected weights of these superpixels.

        Raises
        ------
        PriorMismatch
            For features of another size, or a class beyond its class list.
        """
        ...


@runtime_checkable
class LookingPrior(Prior, Protocol):
    """A prior that has its own way to look at superpixels, instead of the features that every scene has.

    `ClassActivation` is one.
    """

    @property
    def kind(self) -> str:
        """What its features are."""
        ...

    def look(self, scene: Scene) -> Features:
        """Say what the superpixels of a crop look like; asks no engine.

        Parameters
        ----------
        scene : Scene
            The crop with its superpixels.

        Returns
        -------
        (d, f) float32
            What `project` takes.
        """
        ...


def laid_over(prior: Prior, features: Features, class_index: int, border: int | None) -> Projection:
    """Lay a prior over the superpixels of a padded photo as over those of any other: its border counts nowhere.

    Parameters
    ----------
    prior : Prior
        One that takes the features that every scene has.
    features, class_index : (d, f) float32 array, int
        As of `Prior.project`.
    border : int or None
        The superpixel that the photo is padded with, as `Segmentation.border`.

    Returns
    -------
    Projection
        Of all superpixels; that of the border is expected to weigh nothing, and the coverage is that of the others.

    Raises
    ------
    PriorMismatch
        As `Prior.project`.
    """
    expected = prior.project(features, class_index)
    if border is None:
        return expected
    mean = expected.mean.copy()
    mean[border] = 0.0
    inside = prior.project(np.delete(features, border, axis=0), class_index)
    return Projection(read_only(mean), inside.coverage, expected.words)


PriorLike = Prior | str | bytes | PathLike[str]
"""What `prior_of` reads."""


@singledispatch
def prior_of(value: Any) -> Prior:
    """Read a prior; where its files are known, paths are registered.

    Parameters
    ----------
    value : Prior, or str, bytes or path-like
        A prior, or what `load_prior` takes.

    Returns
    -------
    Prior
        The prior.

    Raises
    ------
    TypeError
        For anything else.
    BadPrior
        For a file that is none.
    """
    if isinstance(value, str | bytes | PathLike) and (further := registered(prior_of, value, "lime_core.priors.files")):
        read: Prior = further(value)
        return read
    if isinstance(value, type) or not all(
        hasattr(value, name) for name in ("check", "check_model", "knows", "project")
    ):
        raise TypeError(f"prior must be a prior, such as load_prior gives, or the path of its file, got {shown(value)}")
    prior: Prior = value
    return prior
