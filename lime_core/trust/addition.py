"""Addition: the top of a map is shown, and beside it a few other superpixels appear."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from lime_core.drawing.heatmap import ranked
from lime_core.explanation.explanation import Explanation
from lime_core.knobs import Bounded, knob
from lime_core.probing.spec import ProbeSpec, seed_of
from lime_core.sampling.subsets import UNDRAWN, BesideTop


@dataclass(frozen=True)
class Addition(Bounded):
    """Which superpixels are shown for sure, how many may appear beside them, and how sure the rate is to be.

    Parameters
    ----------
    k : int, default 5
        Superpixels at the top, 1..2000: those with the largest weights above zero, fewer where fewer speak for the
        class.
    r : int, default 8
        The most others that appear beside them, 1..2000; fewer where there are fewer.
    epsilon : float, default 0.1
        How far the rate may be off, 0.01..0.5.
    delta : float, default 0.1
        The probability that it is further off than that, 0.001..0.5.
    seed : int in [0, 2³¹ - 1], default 0
        Another one draws other subsets.

    Raises
    ------
    ValueError, TypeError
        For a setting that is none of these.
    """

    k: int = knob(5, 1, 2000, step=1, help="Superpixels that are always shown: what speaks most for the class.")
    r: int = knob(8, 1, 2000, step=1, help="The most other superpixels that appear beside them.")
    epsilon: float = knob(0.1, 0.01, 0.5, step=0.01, help="How far the rate may be off.")
    delta: float = knob(0.1, 0.001, 0.5, step=0.001, help="The probability that it is further off than that.")
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "seed", seed_of(self.seed))

    @property
    def draws(self) -> int:
        """N, how many subsets make the rate so sure: the least whole number of at least ln(2 / δ) / (2 ε²)."""
        return math.ceil(math.log(2 / self.delta) / (2 * self.epsilon**2))

    def spec(self, e: Explanation) -> ProbeSpec:
        """Make the spec of what to ask for.

        Parameters
        ----------
        e : Explanation
            Whose top is shown.

        Returns
        -------
        ProbeSpec
            For `grow` or a `ProbeStore`; neither ε nor δ is in it, so that a surer rate asks for further rows only.

        Raises
        ------
        ValueError
            Where no superpixel speaks for the class, or no class is explained.
        """
        if reason := self.obstacle(e):
            raise ValueError(f"e has no soft stability: {reason}")
        border = e.scene.segmentation.border
        shown = {*ranked(e.weights, "for", self.k, 0.0).tolist(), *([] if border is None else [border])}
        sampler = BesideTop(tuple(sorted(shown)), min(self.r, len(e.weights) - len(shown)))
        return replace(e.alone, sampler=sampler, seed=self.seed)

    def rows(self, e: Explanation) -> int:
        """How many pictures that is: N, or as many as there are subsets; the full picture and the top alone.

        Parameters
        ----------
        e : Explanation
            Whose top is shown.

        Returns
        -------
        int
            Pictures that the model is asked about.

        Raises
        ------
        ValueError
            As `spec`.
        """
        return self.spec(e).reachable(UNDRAWN + self.draws, len(e.weights))

    @staticmethod
    def obstacle(e: Explanation) -> str:
        """Say why a map has no soft stability.

        Parameters
        ----------
        e : Explanation
            The map.

        Returns
        -------
        str
            A sentence; empty where it has one.
        """
        if e.settings.space == "value":
            return "The model gives values, of which none is the most likely."
        if not (e.weights > 0).any():
            return "No superpixel speaks for the class, so there is no top to show."
        return ""
