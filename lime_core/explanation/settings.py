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

    mean : (d,) float64, the expected weights, up to a factor; zero where nothing is known
    coverage : share of the superpixels whose word has been seen with the class, 0 when the class is not known at all
    words : (d,) the visual word of each superpixel
    """

    mean: Weights
    coverage: float
    words: Words


class Prior(Protocol):
    """Expected weights of superpixels, known from elsewhere: what a fit and its reports ask of them.

    position : how much the place of a superpixel counts beside its features, see `Description.columns`
    unit : the score that the expected weights are of, such as "probability"
    digest : of all that the expected weights depend on; two priors with the same one are the same
    made_by : plain values for JSON that say where it comes from
    """

    @property
    def position(self) -> float: ...

    @property
    def unit(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def made_by(self) -> Mapping[str, Any]: ...

    def check(self, kind: str, fingerprint: str, classes: int) -> None:
        """Raise PriorMismatch when it is for features of another kind, another model or another class list."""
        ...

    def check_model(self, model: Classifier) -> None:
        """Raise PriorMismatch when it fits no picture of this model, which is asked nothing."""
        ...

    def knows(self, class_index: int) -> bool:
        """Whether it expects anything for this class."""
        ...

    def project(self, features: Features, class_index: int) -> Projection:
        """The expected weights of superpixels with these features (d, f)."""
        ...


@dataclass(frozen=True)
class FitSettings:
    """What turns a probe into an explanation; changing any of it never asks the model.

    class_index : None takes the class that is most likely for the full picture
    space : None takes the model's first: probability, or value
    prior : expected weights towards which the surrogate is pulled, in its form that takes one, see `with_prior`
    prior_strength : how strong the pull is, in the unit of a ridge's alpha; at 0 there is none
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
        """The same with the plain surrogate and no prior."""
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
        """The settings of these options; what is None is as in lime, with a prior a ridge that takes one."""
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
