"""What repeats of one explanation agree on: each figure with its direction, its chance level and a sentence.

Steady is not the same as right: what never changes is perfectly steady.  Read every figure beside the R² of its fits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from lime_core.arrays import Floats, Weights, read_only
from lime_core.evaluation import agreement, variation
from lime_core.explanation.explanation import Explanation


@dataclass(frozen=True)
class Metric:
    """One figure of a report.

    Parameters
    ----------
    key, name : str
        What the program and the reader call it.
    value, chance : float, and float or None
        NaN where it is not defined; and what chance gives, None where nothing is known.
    better, help : str
        Whether "higher" or "lower" is steadier, and a sentence that explains it.
    """

    key: str
    name: str
    value: float
    chance: float | None
    better: str
    help: str


@dataclass(frozen=True, eq=False)
class StabilityReport:
    """r explanations of one class that differ in their seed only, and how far they agree.

    Parameters
    ----------
    explanations : tuple of Explanation
        At least one (else ValueError), without covariance, which would take d² numbers for each.  With one, whatever
        compares repeats is NaN.
    ranking : {"absolute", "signed"}, default "absolute"
        How superpixels are ranked wherever they are (another raises ValueError), see `agreement`.
    """

    explanations: tuple[Explanation, ...]
    ranking: str = "absolute"

    def __post_init__(self) -> None:
        agreement.check_ranking(self.ranking)
        if not self.explanations:
            raise ValueError("explanations must hold at least one, got none")

    @cached_property
    def weights(self) -> Floats:
        """(r, d) weights of each repeat."""
        return read_only(np.stack([e.weights for e in self.explanations]))

    @cached_property
    def standard_errors(self) -> Floats:
        """(r, d) standard error of each weight as its own repeat estimates it; NaN where it is not known."""
        return read_only(np.stack([e.standard_error for e in self.explanations]))

    @cached_property
    def r2s(self) -> Floats:
        """(r,) weighted R² of each repeat."""
        return read_only(np.array([e.r2 for e in self.explanations]))

    @property
    def seeds(self) -> tuple[int, ...]:
        """(r,) seed of each repeat."""
        return tuple(e.spec.seed for e in self.explanations)

    @property
    def n_samples(self) -> int:
        """Samples of each repeat."""
        return self.explanations[0].n_samples

    @property
    def r2(self) -> float:
        """The mean R² of the repeats."""
        return float(self.r2s.mean())

    @property
    def prior_share(self) -> float:
        """How much of the weights the prior made, the mean of the repeats, 0..1; 0 without a prior."""
        return float(np.mean([e.mean_prior_share for e in self.explanations]))

    @property
    def mean(self) -> Weights:
        """(d,) mean weight."""
        return self.weights.mean(axis=0)

    @property
    def spread(self) -> Weights:
        """(d,) standard deviation of each weight from repeat to repeat."""
        return variation.spread(self.weights)

    @property
    def predicted_spread(self) -> Weights:
        """(d,) what the error bars of the single repeats say `spread` is: their root mean square; NaN without any."""
        finite = np.isfinite(self.standard_errors)
        total = (np.where(finite, self.standard_errors, 0.0) ** 2).sum(axis=0)
        return np.sqrt(np.where(finite.any(axis=0), total / np.maximum(finite.sum(axis=0), 1), math.nan))

    @property
    def predicted_over_observed(self) -> float:
        """How long the error bars are beside the spread that is there: 1 is right, below 1 they promise too much.

        Over all superpixels that have an error in every repeat; NaN without any, or without a spread beyond rounding.
        """
        finite = np.isfinite(self.standard_errors).all(axis=0)
        observed = float(np.linalg.norm(self.spread[finite]))
        moves = observed > 1e-9 * np.linalg.norm(self.mean)
        return float(np.linalg.norm(self.predicted_spread[finite])) / observed if moves else math.nan

    @property
    def relative_spread(self) -> float:
        """The spread of all weights as a share of the mean weights' length: 0 is frozen."""
        return variation.relative_spread(self.weights)

    @property
    def sign_agreement(self) -> Floats:
        """(d,) share of the repeats that have the sign which most have."""
        return variation.sign_agreement(self.weights)

    @property
    def spearman(self) -> float:
        """Mean rank correlation of two repeats, over the superpixels that can be explained."""
        return agreement.mean_of_pairs(variation.spearman(self._live, self.ranking)) if self._live.size else math.nan

    @property
    def kendalls_w(self) -> float:
        """Concordance of the ranks of all repeats, over the superpixels that can be explained."""
        return variation.kendalls_w(self._live, self.ranking) if self._live.size else math.nan

    @property
    def sign_entropy(self) -> float:
        """Mean entropy of the superpixels' signs in bits, over those that have a weight; NaN for one repeat."""
        signs = variation.sign_entropy(self.weights)[self.weights.any(axis=0)]
        return float(signs.mean()) if len(signs) and len(self.explanations) > 1 else math.nan

    def jaccard(self, k: int) -> float:
        """Mean Jaccard index of the top-k sets of two repeats, see `agreement.jaccard`.

        Parameters
        ----------
        k : int
            Size of the sets, at least 1 (else ValueError); above d it counts as d.

        Returns
        -------
        float
            0..1, higher is steadier; NaN for one repeat.
        """
        return agreement.mean_of_pairs(agreement.jaccard(self.weights, k, self.ranking))

    def rank_biased_overlap(self, p: float = 0.9) -> float:
        """Mean rank-biased overlap of two repeats, see `agreement.rank_biased_overlap`.

        Parameters
        ----------
        p : float, default 0.9
            In (0, 1) (else ValueError): the smaller, the more the first places count.

        Returns
        -------
        float
            0..1, higher is steadier; NaN for one repeat.
        """
        return agreement.mean_of_pairs(agreement.rank_biased_overlap(self.weights, self.ranking, p))

    def top_frequency(self, k: int) -> Floats:
        """Share of the repeats that have each superpixel in their top k.

        Parameters
        ----------
        k : int
            As in `jaccard`.

        Returns
        -------
        (d,) float64 array
            0..1; chance level k/d.
        """
        return agreement.top_frequency(self.weights, k, self.ranking)

    def metrics(self, k: int) -> tuple[Metric, ...]:
        """Every figure with its direction and its chance level.

        Parameters
        ----------
        k : int
            Size of the top sets, as in `jaccard`.

        Returns
        -------
        tuple of Metric
            Without those of signs for importances, which have none.
        """
        (r, d), signed = self._live.shape, self.explanations[0].signed
        chance_jaccard = self._chance(k, lambda a, b: agreement.chance_jaccard(d, a, b))
        chance_overlap = self._chance(max(d, 1), lambda a, b: agreement.chance_rank_biased_overlap(d, 0.9, a, b))
        chance_vsi = self._chance(k, lambda a, b: min(a, b) / max(d, 1) if a or b else 1.0)
        signs = self.sign_agreement[self.weights.any(axis=0)]
        figures = [
            Metric("jaccard", f"Jaccard of the top {k}", self.jaccard(k), chance_jaccard, "higher",
                   f"Superpixels that the top {k} of two repeats share, of all that are in either."),
            Metric("rank_biased_overlap", "Rank-biased overlap", self.rank_biased_overlap(), chance_overlap, "higher",
                   "Agreement of two whole rankings in which the first places count most (p = 0.9)."),
            Metric("spearman", "Spearman correlation", self.spearman, 0.0, "higher",
                   "Correlation of the ranks of two repeats; all superpixels count the same, weak ones too."),
            Metric("kendalls_w", "Kendall's W", self.kendalls_w, 1 / r, "higher",
                   "Concordance of the ranks of all repeats at once: 1 when all rank alike."),
            Metric("sign_agreement", "Sign agreement", float(signs.mean()) if len(signs) and r > 1 else math.nan,
                   variation.chance_sign_agreement(r), "higher",
                   "Share of the repeats that agree with the sign which most have, averaged over superpixels."),
            Metric("sign_entropy", "Sign entropy", self.sign_entropy, variation.chance_sign_entropy(r), "lower",
                   "Bits of doubt about each superpixel's sign, averaged over superpixels: 0 when it never changes."),
            Metric("vsi", f"VSI of the top {k}", variation.vsi(self.weights, k, self.ranking), chance_vsi,
                   "higher", "Share of a top set that another has too: Jaccard, and it looks higher."),
            Metric("csi", "CSI", variation.csi(self.weights, self.standard_errors), None, "higher",
                   "Share of pairs whose error bars of a superpixel touch; wide ones touch more, so never alone."),
            Metric("relative_spread", "Relative spread", self.relative_spread, math.sqrt(r) if signed else None,
                   "lower", "How far one repeat lies from the mean of all, as a share of the mean's length."),
            Metric("r2", "R²", self.r2, None, "higher",
                   "How much of the model's answers the fits explain: a steady map of a poor fit is no better."),
        ]  # fmt: skip
        return tuple(m for m in figures if signed or not m.key.startswith("sign"))  # importances are never negative

    @property
    def _live(self) -> Floats:
        """(r, ≤ d) weights of what can be explained: inert ones are always zero, which would pass for agreement."""
        return self.weights[:, ~self.explanations[0].inert]

    def _chance(self, k: int, chance: Callable[[int, int], float]) -> float | None:
        """Mean of `chance` over the sizes that the top sets of two repeats have; they may be short of k."""
        sizes = agreement.top_sets(self.weights, k, self.ranking).sum(axis=1)
        pairs = [chance(a, b) for a, b in combinations(sizes.tolist(), 2)]
        return sum(pairs) / len(pairs) if pairs and self.weights.any() else None
