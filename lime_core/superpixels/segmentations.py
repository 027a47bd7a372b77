"""Several segmentations of one picture at once.

Which superpixels a picture is cut into decides more about a map than the masks that are drawn, and no error bar of one
segmentation says so.  Several, each with its share of the samples, agree where the model has a reason and differ where
the borders made the map; their mean is closer to what the model looks at than any of them.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import Any, ClassVar, TypeVar

from numpy.typing import NDArray

from lime_core.arguments import is_a, shown
from lime_core.arrays import Pixels
from lime_core.errors import TooFewSuperpixels
from lime_core.knobs import several
from lime_core.label_maps.label_map import LabelMap
from lime_core.superpixels.clusters import CompactWatershed, Slic
from lime_core.superpixels.quickshift import Quickshift
from lime_core.superpixels.regions import Felzenszwalb, Grid
from lime_core.superpixels.segmenter import Segmenter

Cut = TypeVar("Cut")

MEMBERS: dict[str, Segmenter] = {
    "quickshift": Quickshift(),
    "slic": Slic(),
    "felzenszwalb": Felzenszwalb(scale=300.0, min_size=200),
    "grid": Grid(),
    "compact_watershed": CompactWatershed(),
}
"""Those that can be chosen by name, as they are by default; but felzenszwalb would cut three times as fine as the
others, into more superpixels than its share of the samples can tell apart."""

_MOST = 20
"""More share the samples among so many that none has enough."""


@dataclass(frozen=True)
class Segmentations:
    """Several segmentations, which samples are drawn for in turn; weights are read in the superpixels of the first.

    Parameters
    ----------
    members : tuple of Segmenter
        The segmentations, from 1 to 20 that differ; also by the names in `MEMBERS`.

    Raises
    ------
    ValueError, TypeError
        For no member, more than 20, two that are equal, or what cannot be a member.
    """

    to_get_more: ClassVar[str] = "Take another member, or let it cut finer."

    members: tuple[Segmenter, ...] = several(
        ("quickshift", "slic", "felzenszwalb", "grid"),
        MEMBERS,
        help="Which segmentations; weights are read in the superpixels of the first.",
    )

    def __post_init__(self) -> None:
        is_a("members", self.members, (tuple, list), "a tuple of segmenters")
        named: list[Any] = list(self.members)
        read = tuple(MEMBERS[each] if isinstance(each, str) and each in MEMBERS else each for each in named)
        object.__setattr__(self, "members", read)
        if not 1 <= len(self.members) <= _MOST:
            raise ValueError(f"members must be 1 to {_MOST} segmenters, got {len(self.members)}")
        for member in self.members:
            if isinstance(member, str):
                raise ValueError(f"members must be names of {', '.join(MEMBERS)}, got {shown(member)}")
            if isinstance(member, Segmentations | type) or not (callable(member) and hasattr(member, "to_get_more")):
                known = ", ".join(MEMBERS)
                raise TypeError(f"members must be options such as Grid() or names of {known}, got {shown(member)}")
        if len(set(self.members)) < len(self.members):
            raise ValueError(f"members must differ, got {shown(self.members)}")

    def __call__(self, image: Pixels) -> NDArray[Any]:
        return self.members[0](image)


def at_once(members: Sequence[Segmenter], cut: Callable[[Segmenter], Cut]) -> list[Cut | TooFewSuperpixels]:
    """Cut a picture in several ways at a time, for what cuts it lets other threads run.

    Parameters
    ----------
    members : sequence of Segmenter
        The ways, at least one.
    cut : callable
        Cuts in one of them.  Those of one kind in `MEMBERS` come one after the other, since they share what they find;
        any other, such as a function, in this thread.

    Returns
    -------
    list
        What `cut` returns for each, or the error where there are too few superpixels.

    Raises
    ------
    Exception
        Whatever else `cut` raises, once all are through.
    """
    known = tuple(type(each) for each in MEMBERS.values())
    here: list[int] = []
    kinds: dict[type, list[int]] = {}
    for place, member in enumerate(members):
        (kinds.setdefault(type(member), []) if isinstance(member, known) else here).append(place)
    found: dict[int, Cut | BaseException] = {}
    waiting = deque(kinds.values())

    def work(places: Sequence[int]) -> None:
        for place in places:
            try:
                found[place] = cut(members[place])
            except (Exception, SystemExit) as error:  # the second one ends whoever asks, too
                found[place] = error

    def help_out() -> None:
        with suppress(IndexError):  # nothing is left
            while True:
                work(waiting.popleft())

    wanted = min(len(kinds), os.cpu_count() or 1) - (not here)  # this thread helps too, if it has nothing of its own
    started: list[Thread] = []
    with suppress(RuntimeError):  # no thread can be started, or the process is about to end
        for _ in range(wanted):
            helper = Thread(target=help_out, daemon=True)
            helper.start()
            started.append(helper)
    work(here)
    help_out()
    for helper in started:
        helper.join()
    cuts: list[Cut | TooFewSuperpixels] = []
    for place in range(len(members)):
        each = found[place]
        if isinstance(each, BaseException) and not isinstance(each, TooFewSuperpixels):
            raise each
        cuts.append(each)
    return cuts


def least_samples(segmenter: Segmenter) -> int:
    """Tell how many samples a fit needs at least.

    Parameters
    ----------
    segmenter : Segmenter
        What cuts the picture.

    Returns
    -------
    int
        2, the full picture and one beside it; of several segmentations, of which each has its full picture, one more
        than there are.
    """
    return 1 + (len(segmenter.members) if isinstance(segmenter, Segmentations) else 1)


def comes_of(cut: Segmenter, asked: Segmenter) -> bool:
    """Tell whether a picture that was to be cut in one way can have been cut in another.

    Of several segmentations those are left out that leave one piece, and a label map of a whole photo becomes its part
    in the crop.

    Parameters
    ----------
    cut, asked : Segmenter
        What a picture was cut by, and what was asked for.

    Returns
    -------
    bool
        Of label maps whether both are some, as the photo is not known.
    """
    if isinstance(cut, Segmentations) != isinstance(asked, Segmentations):
        return False
    left = iter(asked.members if isinstance(asked, Segmentations) else (asked,))
    members = cut.members if isinstance(cut, Segmentations) else (cut,)
    return all(any(each == one or type(each) is type(one) is LabelMap for one in left) for each in members)
