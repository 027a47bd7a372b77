"""Removal: superpixels that go, or come, one after the other, and the curves of the score on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Scores, read_only
from lime_core.evaluation.agreement import RANKINGS
from lime_core.explanation.explanation import Explanation
from lime_core.knobs import Bounded, choice, knob
from lime_core.probing.hiding import Hiding, hiding_of
from lime_core.probing.probe import Probe
from lime_core.probing.spec import ProbeSpec
from lime_core.sampling.orders import CURVES, Counts, InOrder, InOrders
from lime_core.sampling.samplers import Bernoulli


@dataclass(frozen=True)
class Removal(Bounded):
    """In which order superpixels go, in how many steps, and what stands in their place.

    Parameters
    ----------
    ranking : {"signed", "absolute"}, default "signed"
        "signed" by weight, with weights of zero between those for the class and those against it; "absolute" by
        |weight|.  Of equal ones the lower id goes first.  A tree's importances rank the same either way.
    steps : int, default 100
        Most steps on the way, 2..400, evenly spaced in the number of superpixels; each asks the model about two
        pictures.
    hiding : Hiding, optional
        What stands in the place of superpixels that are gone, also as `explain_image` takes it: 0 is black.  None takes
        the explanation's.

    Raises
    ------
    ValueError
        For a ranking or a number of steps that is none of these.
    """

    ranking: str = choice(
        "signed", RANKINGS, help="Start with what speaks most for the class, or with what is strongest either way."
    )
    steps: int = knob(100, 2, 400, step=1, help="Most steps on the way; each asks the model about two pictures.")
    hiding: Hiding | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.hiding is not None:
            object.__setattr__(self, "hiding", hiding_of(self.hiding))

    def spec(self, e: Explanation, curves: tuple[str, ...] = CURVES) -> ProbeSpec:
        """Make the spec of what to ask for.

        Parameters
        ----------
        e : Explanation
            Whose superpixels go.
        curves : tuple of str, default CURVES
            Those of "deletion" and "insertion" that are wanted.

        Returns
        -------
        ProbeSpec
            For `grow` or a `ProbeStore`; its seed is that of the random orders.
        """
        sampler = InOrder(order_of(e, self.ranking), self.steps, curves)
        return replace(e.alone, sampler=sampler, hiding=e.spec.hiding if self.hiding is None else self.hiding, seed=0)

    def spec_of_all(self, explanations: Sequence[Explanation]) -> ProbeSpec:
        """Make the spec for several explanations of one scene; pictures that they share are asked for once.

        Parameters
        ----------
        explanations : sequence of Explanation
            At least one, all of the same picture, model and superpixels.

        Returns
        -------
        ProbeSpec
            For both curves of each, without random orders.

        Raises
        ------
        ValueError
            For none, or for explanations of different scenes.
        """
        if len({replace(e.alone, sampler=Bernoulli(), seed=0) for e in explanations}) != 1:
            raise ValueError("explanations must be at least one, and all of the same picture, model and superpixels")
        orders = tuple(dict.fromkeys(order_of(e, self.ranking) for e in explanations))
        spec, sampler = explanations[0].alone, InOrders(orders, self.steps)
        return replace(spec, sampler=sampler, hiding=spec.hiding if self.hiding is None else self.hiding, seed=0)

    def rows(self, e: Explanation, random_orders: int = 0) -> int:
        """How many pictures that is: twice the steps, and two less than that again for each random order.

        Parameters
        ----------
        e : Explanation
            Whose superpixels go; where there are fewer than `steps`, each is a step.
        random_orders : int, default 0
            As in `faithfulness`.

        Returns
        -------
        int
            Pictures that the model is asked about.
        """
        return InOrder(order_of(e, self.ranking), self.steps).rows(random_orders)


def order_of(e: Explanation, ranking: str) -> tuple[int, ...]:
    """All superpixels, the first to go first.

    Parameters
    ----------
    e : Explanation
        Whose weights rank them.
    ranking : {"signed", "absolute"}
        As in `Removal`.

    Returns
    -------
    tuple of int
        (d,) every superpixel once.
    """
    strength = np.abs(e.weights) if ranking == "absolute" else e.weights
    return tuple(np.argsort(-strength, kind="stable").tolist())


@dataclass(frozen=True, eq=False)
class Curve:
    """The score of the explained class while superpixels go (deletion) or come (insertion).

    Parameters
    ----------
    counts : (m,) int64 array
        How many have gone or come, from none to all.
    shares : (m,) float64 array
        Their share of the picture's area, from 0 to 1.
    scores : (m,) float64 array
        The score at each step, see `scores`.
    """

    counts: Counts
    shares: NDArray[np.float64]
    scores: Scores

    @property
    def auc(self) -> float:
        """The area under the curve by the trapezoid rule: the mean score along the way, in the unit of the score."""
        return float(np.trapezoid(self.scores, self.shares))


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """Deletion and insertion of one explanation.

    Parameters
    ----------
    deletion, insertion : Curve
        The score while superpixels go, and while they come, in the order of the explanation.
    space : str
        Of the scores, see `scores`.
    spec : ProbeSpec
        Of the masks that were asked for.
    random : (2r,) float64 array
        The areas under both curves of r random orders, in the unit of the score.
    """

    deletion: Curve
    insertion: Curve
    space: str
    spec: ProbeSpec
    random: NDArray[np.float64]

    @property
    def chance(self) -> float:
        """The mean area of random orders, in the unit of the score; NaN where none were asked for.

        Both curves have the same, as deletion along an order is insertion along its reverse.  Of an additive model it
        is exactly the mean of the full and the empty picture's scores, however few the orders.
        """
        return float(self.random.mean()) if len(self.random) else float("nan")

    @property
    def gain(self) -> float:
        """The area of insertion minus that of deletion, in the unit of the score: higher is better.

        Random orders give 0 on average if every superpixel is a step.
        """
        return self.insertion.auc - self.deletion.auc


def curves_of(probe: Probe, scores: Scores) -> list[list[Curve]]:
    """Read the curves along the explanation's order, and then along each finished random one.

    Parameters
    ----------
    probe : Probe
        Of a spec that `Removal.spec` gives, with the full and the empty picture at least.
    scores : (n,) float64 array
        Of its samples.

    Returns
    -------
    list of list of Curve
        For each order the curves that were asked for, in the order of `InOrder.curves`; the border of a padded photo
        is no part of any area.
    """
    sampler, cut = probe.spec.sampler, probe.scene.segmentation
    sizes = np.where(np.arange(cut.d) == cut.border, 0, cut.sizes)
    assert isinstance(sampler, InOrder)
    each, kinds = sampler.rows() - 2, sampler.curves
    curves: list[list[Curve]] = []
    for number, order in enumerate(sampler.orders(max(1, (len(probe) - 2) // each), probe.spec.seed)):
        shares = np.append(0, np.cumsum(sizes[order])) / sizes.sum()
        steps = scores[2 + number * each :][:each]
        ends = {"deletion": scores[:2], "insertion": scores[1::-1]}
        curves.append(
            [_curve(sampler.counts, shares, ends[kind], steps[i :: len(kinds)]) for i, kind in enumerate(kinds)]
        )
    return curves


def _curve(counts: Counts, shares: NDArray[np.float64], ends: Scores, steps: Scores) -> Curve:
    """From the scores of the first steps (m,), and the share (d + 1,) of so many superpixels."""
    points = np.concatenate([[0], counts[: len(steps)], [len(shares) - 1]])
    way = np.argsort(points)
    scores = np.concatenate([ends[:1], steps, ends[1:]])[way]
    return Curve(read_only(points[way]), read_only(shares[points[way]]), read_only(scores))
