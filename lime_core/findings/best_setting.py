"""The best setting for one photo: a search with a small budget, in a fixed order, in place of many by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lime_core.arguments import is_a
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.errors import LimeError
from lime_core.explanation.settings import class_index_of
from lime_core.findings.losses import Losses
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import Picture, PictureLike, load_picture
from lime_core.probing.spec import MAX_SAMPLES
from lime_core.reports.numbers import two_decimals, weight_text
from lime_core.sampling.kernels import CosineKernel
from lime_core.stores.probe_store import ProbeStore
from lime_core.superpixels.segmentations import Segmentations
from lime_core.tuning.setting import Setting
from lime_core.tuning.space import Space
from lime_core.tuning.trial import FLOOR, Case, Trial
from lime_core.tuning.trying import cost_of, try_out

BUDGET = 4
"""How many times the samples of one explanation a search for one photo may ask for, what judging takes with it."""

WIDTHS = (0.25, 1.0)
"""Of a cosine kernel, beside the base's."""


@dataclass(frozen=True, eq=False)
class BestSetting:
    """What was found for one photo.

    Parameters
    ----------
    losses : Losses
        Every setting that was judged on the photo; the base first.
    rows : int
        How often the model was asked.
    """

    losses: Losses
    rows: int

    @property
    def setting(self) -> Setting:
        """The best of them, which may be the base."""
        return self.losses.settings[self.losses.best()]

    def in_words(self) -> str:
        """Say what was chosen, and why.

        Returns
        -------
        str
            One sentence.
        """
        losses, best = self.losses, self.losses.best()
        space = SPACES[losses.cases[0].model.kind][0]
        gain, before = (weight_text(losses.mean_gains[place], space) for place in (best, 0))
        if best == 0:
            return f"Of {len(losses.settings)} settings none is better: the relevance gain is {gain}."
        told = f"Best of {len(losses.settings)} settings: {self.setting.apart_in_words(losses.settings[0])}"
        if losses.choosable[0]:
            return f"{told}. The relevance gain is {gain}, and was {before}."
        if np.isnan(losses.gains[0, 0]):
            return f"{told}. The relevance gain is {gain}; with the settings before there is no map."
        now, then = (two_decimals(losses.stability[place]) for place in (best, 0))
        return f"{told}. Stability is {now}, and was {then}, too low to choose by the relevance gain."


def find_setting(
    picture: PictureLike,
    model: ModelLike,
    class_index: int | str | None = None,
    base: Setting | None = None,
    floor: float = FLOOR,
    store: ProbeStore | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> BestSetting:
    """Search the best setting for one photo, with at most `BUDGET` times the samples of one explanation.

    Widths of a cosine kernel and both scores are fitted to the samples of the base; where that has a single
    segmentation, to those of several too.  What then is left of the budget goes to more samples of the better one.

    Parameters
    ----------
    picture, model, class_index : optional but for the first two
        As in `explain_image`.
    base : Setting, optional
        Where the search begins, and what it has to beat.  None takes the recommended one.
    floor : float in [-1, 1], default 0.5
        As of `Study`.
    store : ProbeStore, optional
        Where samples are taken from and kept.
    on_progress : callable, optional
        Called with (asked, at most) after each batch; what it raises ends the search.

    Returns
    -------
    BestSetting
        What was found.

    Raises
    ------
    LimeError
        Where the budget does not suffice to judge the base, the photo cannot be explained with any setting, or as
        `explain_image`.
    ValueError, TypeError
        As `explain_image` and `Space`.
    """
    base = Setting.of_preset() if base is None else base
    is_a("base", base, Setting, "a Setting")
    picture = picture if isinstance(picture, Picture) else load_picture(picture)
    model, store = load_model(model), ProbeStore() if store is None else store
    index = class_index_of(class_index, model.class_names)
    case = Case(picture, model, model.top(picture, 1)[0][0] if index is None else index)
    search = _Search(case, _space(base, model.kind), floor, store, on_progress)
    search.try_next(base)
    if not isinstance(base.probing.segmenter, Segmentations):
        search.try_next(replace(base, probing=replace(base.probing, segmenter=Segmentations())))
    best = search.losses.settings[search.losses.best()]
    search.try_next(replace(best, num_samples=search.reach, fitting=base.fitting))
    if np.isnan(search.losses.gains).all():
        raise LimeError(search.trials[0].problems[0])
    return BestSetting(search.losses, search.rows)


def _space(base: Setting, kind: str) -> Space:
    """The base, with what may vary of its fit."""
    kernel = base.fitting.kernel
    widths = (kernel, *map(CosineKernel, WIDTHS)) if isinstance(kernel, CosineKernel) else ()
    spaces = (base.fitting.space, None, "log-odds") if len(SPACES[kind]) > 1 else ()
    return Space(base, kernel=widths, space=spaces, prior=base.fitting.prior)


class _Search:
    """Trials of one case, as far as the budget goes."""

    def __init__(
        self,
        case: Case,
        space: Space,
        floor: float,
        store: ProbeStore,
        on_progress: Callable[[int, int], None] | None,
    ) -> None:
        self._case, self._space, self._floor, self._store = case, space, floor, store
        self._tell, self._budget = on_progress, BUDGET * space.base.num_samples
        self.trials: list[Trial] = []
        self.rows = 0
        if (least := self._cost(space.base)) > self._budget:
            least = -(-(least - space.base.num_samples) // (BUDGET - 1))
            raise LimeError(f"A search for settings begins with {least} samples or more.")

    def _cost(self, probing: Setting) -> int:
        """What a trial asks for, without the samples that an earlier one has."""
        had = [trial.probing.num_samples for trial in self.trials if trial.probing.probing == probing.probing]
        return cost_of(probing, 1, len(self._space.fittings)) - max(had, default=0)

    @property
    def reach(self) -> int:
        """How many samples the best so far can have for what is left of the budget: a multiple of the base's."""
        usual = self._space.base.num_samples
        judging = cost_of(self._space.base, 1, len(self._space.fittings)) - usual
        return min(usual * (1 + max(self._budget - self.rows - judging, 0) // usual), MAX_SAMPLES)

    @property
    def losses(self) -> Losses:
        return Losses.of_trials(self.trials, self._space.fittings, [self._case], self._floor)

    def try_next(self, probing: Setting) -> None:
        """Try out a way of asking, unless it has been tried or might ask for too much."""
        cost = self._cost(probing)
        if self.rows + cost > self._budget or any(trial.probing == probing for trial in self.trials):
            return
        begin, shared = self.rows, cost_of(probing, 1, len(self._space.fittings)) - cost

        def tell(done: int, _: int) -> None:
            if self._tell:
                self._tell(begin + max(done - shared, 0), self._budget)

        trial = try_out(probing, self._space.fittings, [self._case], self._floor, tell, self._store)
        self.rows += max(trial.rows - shared, 0)
        self.trials.append(trial)
