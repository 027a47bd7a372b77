"""Looks: how often one of two must be chosen until a preference is told, when it is looked at again and again.

From the tenth choice on there is a look after each.  At all of them together, somebody without a preference is told one
in no more than 5 of 100 runs, so each look is stricter than a single test would be.

References
----------
Pocock (1977), "Group sequential methods in the design and analysis of clinical trials", Biometrika, for looks of equal
strictness; the chance here is counted exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

FIRST_LOOK, LAST_LOOK = 10, 40
"""Answers before anything is told, and those after which the question counts as open."""

CHANCE = 0.05
"""How often somebody without a preference is told one."""


@cache
def boundary(told: int) -> int:
    """Find how often one of two must be chosen to be told at this look.

    Parameters
    ----------
    told : int from `FIRST_LOOK` to `LAST_LOOK`
        Choices so far.

    Returns
    -------
    int
        The least number; above `told` where even all would not do.
    """
    return _boundaries()[told - FIRST_LOOK]


@cache
def _boundaries() -> tuple[int, ...]:
    """For each look the least number of wins, with the highest level at which all looks together keep to `CHANCE`."""
    tails = {
        told: [2 * sum(math.comb(told, k) for k in range(wins, told + 1)) / 2**told for wins in range(told + 2)]
        for told in range(FIRST_LOOK, LAST_LOOK + 1)
    }
    best: tuple[int, ...] = ()
    for level in sorted({tail for each in tails.values() for tail in each if tail <= CHANCE}):
        bounds = tuple(next(wins for wins, tail in enumerate(each) if tail <= level) for each in tails.values())
        if false_alarms(bounds) > CHANCE:
            break
        best = bounds
    return best


def false_alarms(bounds: Sequence[int]) -> float:
    """Count exactly how often somebody without a preference is told one.

    Parameters
    ----------
    bounds : sequence of int
        For each look from `FIRST_LOOK` on the wins that are needed.

    Returns
    -------
    float
        A probability.
    """
    ways, alarms = {0: 1.0}, 0.0
    for told in range(1, FIRST_LOOK + len(bounds)):
        further: dict[int, float] = {}
        for wins, chance in ways.items():
            for more in (0, 1):
                further[wins + more] = further.get(wins + more, 0.0) + chance / 2
        if told >= FIRST_LOOK:
            bound = bounds[told - FIRST_LOOK]
            hit = {wins for wins in further if max(wins, told - wins) >= bound}
            alarms += sum(further.pop(wins) for wins in hit)
        ways = further
    return alarms
