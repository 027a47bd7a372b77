"""When to stop asking: as soon as the strongest superpixels are certain; and the curve on the way, over fewer samples.

Looking often finds a lucky moment sooner or later.  So there are few looks, each at half as many samples again as the
last, and each must be five times as certain as the whole is to be.  Between exact equals a lucky moment is still found
now and then; either of them is then as right as the other.  The looks are at fixed numbers of samples: whether a probe
is settled does not depend on how it grew, nor on the size of a batch.

References
----------
Zhou, Hooker, Wang (2021), "S-LIME: Stabilized-LIME for Model Explanation", KDD, asks for samples until the order in
which superpixels enter is settled, and draws all of them anew each time; here those that are there are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lime_core.evaluation.certainty import top_certainty
from lime_core.evaluation.stability import report_of
from lime_core.evaluation.stability_report import StabilityReport
from lime_core.explanation.fitting import fit
from lime_core.explanation.settings import FitSettings
from lime_core.probing.probe import Probe
from lime_core.superpixels.segmentation import Segmentation

CERTAIN = 0.95
"""The probability of the right set at which it counts as settled."""

_FIRST = 3
_NEXT = 1.5
_LOOKS = 5

AT_A_LOOK = 1.0 - (1.0 - CERTAIN) / _LOOKS
"""The probability that a single look has to find."""


def settled(probe: Probe, settings: FitSettings, k: int, certainty: float = CERTAIN, signed: bool = False) -> bool:
    """Whether the k strongest superpixels, as a set, are right with this probability, at the last look.

    Never below three samples for each superpixel of each segmentation, where error bars are themselves a guess; always
    once all masks of few superpixels have been asked.

    Parameters
    ----------
    probe : Probe
        Finished or still growing.
    settings : FitSettings
        With a class.
    k : int
        Size of the set, at least 1.
    certainty : float, default 0.95
        Probability that the whole of the looks is to have; each look has to be five times as certain.
    signed : bool, default False
        Rank by the weight and leave out those below zero, otherwise by |weight|.

    Returns
    -------
    bool
        Whether asking can stop.

    Raises
    ------
    ValueError
        For a k below 1, and what `fit` raises; both only where there is a look.
    TooManySuperpixels
        When the sampler shows all masks, and there are too many.
    PriorMismatch
        As `fit`.
    """
    if len(probe) == probe.limit and all(len(member) == member.limit for member in probe.members):
        return True
    look = _last_look(probe)
    enough = 1.0 - (1.0 - certainty) / _LOOKS
    return look > 0 and top_certainty(fit(probe.first(look), settings), k, signed) >= enough


def until_settled(
    probes: Iterator[Probe], settings: FitSettings, k: int, certainty: float = CERTAIN, signed: bool = False
) -> Iterator[Probe]:
    """Pass ever longer probes on until they are `settled`, or come to their end.

    Parameters
    ----------
    probes : iterator of Probe
        What `grow` or `ProbeStore.grow` yields for the most samples that may be asked for.
    settings, k, certainty, signed : FitSettings, int, float and bool
        As in `settled`.

    Yields
    ------
    Probe
        Each of them; the last one is settled, or has all its samples.

    Raises
    ------
    ValueError, LimeError
        What `settled` and the probes raise.

    References
    ----------
    Zhou, Hooker, Wang (2021), S-LIME, see the module.
    """
    looked = 0
    for probe in probes:
        yield probe
        look = _last_look(probe) if len(probe) >= 2 else 0
        if look > looked:
            looked = look
            if settled(probe, settings, k, certainty, signed):
                return


def _last_look(probe: Probe) -> int:
    """Largest number of samples at which this probe is looked at; 0 while it is too short."""
    counts = probe.scene.counts  # of which each has its share of the samples
    look, following = 0.0, float(_FIRST * len(counts) * max(counts))
    while following <= len(probe):
        look, following = following, _NEXT * following
    return int(look)


def curve(
    probes: Sequence[Probe],
    settings: FitSettings | None,
    sizes: Sequence[int],
    ranking: str = "absolute",
    read: Segmentation | None = None,
) -> tuple[StabilityReport, ...]:
    """Report on the first m samples of the probes, for each m in `sizes`; no model is asked.

    Samplers are prefix-stable, so each report is the one that m samples would have given.

    Parameters
    ----------
    probes, settings : sequence of Probe, and FitSettings or None
        As in `report_of`.
    sizes : sequence of int
        Numbers of samples, each in 2..n with n the length of the shortest probe; see `curve_sizes`.
    ranking, read : str, default "absolute", and Segmentation, optional
        As in `report_of`.

    Returns
    -------
    tuple of StabilityReport
        One for each size, in their order.

    Raises
    ------
    ValueError, PriorMismatch
        For sizes outside 2..n, and what `report_of` raises.
    """
    shortest = min((len(probe) for probe in probes), default=0)
    for size in sizes:
        if not 2 <= size <= shortest:
            raise ValueError(f"sizes must lie in [2, {shortest}], the samples that are there, got {size}")
    return tuple(report_of([probe.first(size) for probe in probes], settings, ranking, read) for size in sizes)


def curve_sizes(n: int) -> tuple[int, ...]:
    """Where to look at a curve over n samples: 32, 64, 128, ... and n itself.

    Parameters
    ----------
    n : int
        Samples that are there.

    Returns
    -------
    tuple of int
        Numbers of samples, rising; the last is n.
    """
    return (*(2**power for power in range(5, 64) if 2**power < n), n)
