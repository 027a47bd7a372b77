"""An explanation and the settings that it was fitted with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import whole
from lime_core.arrays import Floats, Indices, Weights, shown_of
from lime_core.drawing import heatmap
from lime_core.drawing.drawn import Drawn
from lime_core.drawing.view import View
from lime_core.explanation.settings import FitSettings
from lime_core.explanation.shortfall import Shortfall
from lime_core.files import writing
from lime_core.probing.scene import Scene
from lime_core.probing.spec import ProbeSpec
from lime_core.sampling.in_turns import InTurns


@dataclass(frozen=True, eq=False)
class LocalMap:
    """The linear map of an explanation: what it says of hidden versions of the picture.

    Parameters
    ----------
    weights : (d,) float64 array
        Change of the score when a superpixel is shown.
    intercept : float
        The score while none is.
    """

    weights: Weights
    intercept: float

    def __call__(self, shown: Any) -> Floats:
        """Add up the intercept and the weights of what is shown.

        Parameters
        ----------
        shown : (m, d) bool array
            True where a version shows a superpixel.

        Returns
        -------
        (m,) float64
            The score that follows for each version, in the unit of the score.

        Raises
        ------
        ValueError
            For an array of another shape or dtype.
        """
        return self.intercept + shown_of(shown, len(self.weights)) @ self.weights


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(Drawn):
    """What each superpixel adds to the score of one class, and how far that can be trusted.

    `explain`, `fit` and `explain_image` make it.  Weights are in the unit of the score; arrays are read-only.

    Parameters
    ----------
    weights : (d,) float64 array
        Change of the score when the superpixel is shown; positive speaks for the class.  Zero where it was left out, or
        is inert.  Importances of a tree are not negative and without direction (`signed` is False).
    intercept : float
        The surrogate's score of the empty picture; NaN for a tree.
    standard_error : (d,) float64 array
        How far each weight would move with another seed; NaN where it is not known, as without a weight.  It does not
        count that another seed might select other superpixels.  Exactly zero once all masks were asked (`exact`).
    covariance : (d, d) float64 array
        Of the weights over seeds; its diagonal is the square of standard_error.
    r2 : float
        Weighted R² on the samples, at most 1; NaN when the score never changes (`constant`).
    local_prediction, model_score : float
        The surrogate's and the model's score of the full picture.
    effective_samples : float
        (Σw)² / Σw² of the sample weights, at most n_samples.
    features : (f,) int array
        Superpixels that the surrogate was given, in the order of selection.
    prior_share : (d,) float64 array
        How much of each weight the prior made, 0..1, see `surrogates.with_prior`; 0 without a prior.
    prior_scale : float
        What the prior's weights were multiplied with to fit the scores; NaN where no prior was used.
    prior_coverage : float
        Share of superpixels whose kind it has seen with the class, 0..1; 0 without a prior.  At 0 the fit is plain.
    entered : (≤ f,) int array
        Superpixels in the order in which they enter the elastic net's path, G-LIME's ranking; empty without a path.
    class_name : str
        Name of the explained class, "class 7" where the model has no names, "output 7" of values.
    scene, spec, n_samples : Scene, ProbeSpec and int
        The crop with its superpixels; what the samples depend on, from picture to seed; and how many were fitted.
    settings : FitSettings
        With class_index and space filled in.
    versions : mapping of str to str
        Package name to version, of what the numbers depend on.
    shortfall : Shortfall, default Shortfall()
        What keeps a map that does not fit well from doing so, and how many scores are bounds.
    value_unit : str, default ""
        What the model's values are counted in, such as "years"; empty where it gives none, or nobody says.
    members : tuple of Explanation, default ()
        Of several segmentations that of each, whose mean this is; empty for one.
    """

    weights: Weights
    intercept: float
    standard_error: Weights
    covariance: NDArray[np.float64]
    r2: float
    local_prediction: float
    model_score: float
    effective_samples: float
    features: Indices
    prior_share: Weights
    prior_scale: float
    prior_coverage: float
    entered: Indices
    class_name: str
    scene: Scene
    spec: ProbeSpec
    n_samples: int
    settings: FitSettings
    versions: Mapping[str, str]
    shortfall: Shortfall = Shortfall()
    value_unit: str = ""
    members: tuple[Explanation, ...] = ()

    def __repr__(self) -> str:
        facts = f"{self.class_name}, {len(self.weights)} superpixels, {self.n_samples} samples"
        if self.constant:
            return f"Explanation({facts}, nothing to explain)"
        strongest = ", ".join(str(s) for s, _ in self.top(3)) or "none"
        return f"Explanation({facts}, R² {self.r2:.2f}, strongest {strongest})"

    @property
    def constant(self) -> bool:
        """True where the score is the same whatever is hidden: there is nothing to explain."""
        return math.isnan(self.r2)

    @property
    def empty(self) -> bool:
        """True where no superpixel has a weight: nothing to rank, compare or draw."""
        return not self.weights.any()

    @property
    def signed(self) -> bool:
        """False where the weights are importances without a direction."""
        return self.settings.surrogate.signed

    @property
    def unit(self) -> str:
        """The unit of the weights: that of the score, or "importance" where they have no sign."""
        return self.score_unit if self.signed else "importance"

    @property
    def score_unit(self) -> str:
        """The unit of the score: its space; in place of "value" what the values are counted in, where that is known."""
        return self.value_unit or self.settings.space or ""

    @property
    def exact(self) -> bool:
        """True where every mask there is was asked: another seed gives the same weights."""
        if self.members:  # rows end with the member that has the fewest masks; the others are then not exact
            return len(self.members) == len(self.scene.members) and all(member.exact for member in self.members)
        return self.n_samples == self.limit

    @property
    def limit(self) -> int | None:
        """How many samples there can be; None where they never end, see `Sampler.limit`."""
        counts = self.scene.counts if self.members else (len(self.weights),)
        return InTurns(self.spec.sampler, counts).limit()

    @property
    def mean_prior_share(self) -> float:
        """The mean of `prior_share` over the superpixels that have a weight; 0 where none has."""
        weighted = self.weights != 0
        return float(self.prior_share[weighted].mean()) if weighted.any() else 0.0

    @property
    def entry_places(self) -> NDArray[np.intp]:
        """(d,) the place of each superpixel in `entered`, from 1; 0 for those that are not in it."""
        places = np.zeros(len(self.weights), dtype=np.intp)
        places[self.entered] = np.arange(1, len(self.entered) + 1)
        return places

    @property
    def alone(self) -> ProbeSpec:
        """The spec of a probe of its superpixels alone: of one segmentation as it was cut, `spec`."""
        return replace(self.spec, segmenter=self.scene.segmentation.made_by) if self.members else self.spec

    @property
    def own(self) -> bool:
        """False where the weights were read in other superpixels than those that were cut, of several the first."""
        return self.alone.segmenter == self.spec.members[0].segmenter

    def top(self, count: int = 5) -> list[tuple[int, float]]:
        """Superpixels with the largest |weight| and their weights, strongest first; never those of weight zero.

        Parameters
        ----------
        count : int, default 5
            The most to list, not negative (else ValueError); of equal ones the lower id comes first.

        Returns
        -------
        list of (int, float)
            Superpixel, 0..d-1, and its weight.
        """
        order = heatmap.ranked(self.weights, "both", whole("count", count, 0), 0.0)
        return [(int(superpixel), float(self.weights[superpixel])) for superpixel in order]

    @property
    def local_map(self) -> LocalMap:
        """The linear map alone, which says what follows from it for hidden versions.

        Raises ValueError for importances of a tree, which have no direction: no score follows from them.
        """
        if not self.signed:
            raise ValueError("importances of a tree have no direction: no score follows from them")
        return LocalMap(self.weights, self.intercept)

    def save(self, folder: str | Path, view: View | None = None) -> Path:
        """Write manifest, weights, arrays, map, report, card and script, as `save_explanation`.

        Parameters
        ----------
        folder : str or Path
            Made if missing; files of these names in it are replaced.
        view : View, optional
            How it is drawn; None takes `View()`.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        TypeError, ValueError, OSError
            For what is no path; when an option or the prior has no form in a file; when the folder cannot be written.
        """
        return writing.save(self, folder, view)
