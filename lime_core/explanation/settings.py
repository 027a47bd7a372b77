"""What turns a probe into an explanation: score, kernel, surrogate, selection, and a prior as far as a fit knows it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Weights
from lime_core.models.classifier import Classifier
from lime_core.models.description import Features
from lime_core.sampling.kernels import CosineKernel, Kernel
from lime_core.surrogates.linear import Ridge
from lime_core.surrogates.selection import AutoSelection, Selection
from lime_core.surrogates.surrogate import Surrogate
from lime_core.surrogates.with_prior import RidgeWithPrior, without_prior

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


@dataclass(frozen=True)
class FitSettings:
    """What turns a probe into an explanation; changing any of it never asks the model.

    Parameters
    ----------
    class_index : int, optional
        The class to explain, 0..k-1.  None takes the class that is most likely for the full picture.
    space : str, optional
        The score that is explained, one of `SPACES` for what the model gives.  None takes the model's first:
        probability, or value.
    kernel : Kernel, default CosineKernel()
        How much each sample counts, by how close its mask is to the full picture.
    surrogate : Surrogate, default Ridge()
        The simple model that is fitted to the scores.
    feature_selection : Selection, default AutoSelection()
        Which superpixels the surrogate is given.
    prior : Prior, optional
        Expected weights towards which the surrogate is pulled, in its form that takes one, see `with_prior`.
    prior_strength : float, default 0.0
        How strong the pull is, 0 or more, in the unit of a ridge's alpha; at 0 there is none.

    Raises
    ------
    ValueError
        For a prior_strength that is negative or not finite.
    """

    class_index: int | None = None
    space: str | None = None
    kernel: Kernel = CosineKernel()
    surrogate: Surrogate = Ridge()
    feature_selection: Selection = AutoSelection()
    prior: Prior | None = None
    prior_strength: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.prior_strength) and self.prior_strength >= 0):
            raise ValueError(f"prior_strength must be a number of at least 0, got {self.prior_strength}")

    @property
    def options(self) -> dict[str, Any]:
        """The option of each role, by the role's name in a manifest."""
        return {"kernel": self.kernel, "surrogate": self.surrogate, "feature_selection": self.feature_selection}

    def without_prior(self) -> FitSettings:
        """Take the prior away, and the surrogate back to its plain form.

        Returns
        -------
        FitSettings
            With `without_prior` of the surrogate, no prior and a strength of 0.
        """
        return replace(self, surrogate=without_prior(self.surrogate), prior=None, prior_strength=0.0)

    @staticmethod
    def of(
        class_index: int | None = None,
        space: str | None = None,
        kernel: Kernel | None = None,
        surrogate: Surrogate | None = None,
        feature_selection: Selection | None = None,
        prior: Prior | None = None,
        prior_strength: float = 0.0,
    ) -> FitSettings:
        """Make settings of options that may be left out.

        Parameters
        ----------
        class_index, space : int and str, optional
            As the fields.
        kernel, surrogate, feature_selection : Kernel, Surrogate and Selection, optional
            None is as in `lime`, and with a prior the surrogate is a ridge that takes one, `RidgeWithPrior()`.
        prior, prior_strength : Prior and float, optional
            As the fields.

        Returns
        -------
        FitSettings
            The settings of these options.

        Raises
        ------
        ValueError
            For a prior_strength that is negative or not finite.
        """
        usual = FitSettings()
        return FitSettings(
            class_index,
            space,
            kernel or usual.kernel,
            surrogate or (RidgeWithPrior() if prior else usual.surrogate),
            feature_selection or usual.feature_selection,
            prior,
            prior_strength,
        )
