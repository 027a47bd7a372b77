"""Losses: what each setting gains in each case, and how much of the best that there was it leaves.

A setting that was found on some photos has to be judged on others: `left_out` chooses without each photo in turn.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Floats, read_only
from lime_core.explanation.settings import FitSettings
from lime_core.files.records import harmless
from lime_core.tuning.setting import Setting
from lime_core.tuning.study import Study
from lime_core.tuning.trial import Case, Trial, mean_of, recorded


@dataclass(frozen=True, eq=False)
class Losses:
    """s settings in c cases; arrays are read-only.

    Parameters
    ----------
    settings : tuple of s Setting
        The base first.
    cases : tuple of c Case
        Photos and models.
    gains : (s, c) float64
        The symmetric relevance gain, in the unit of the score; NaN where a case cannot be explained so.
    held_out_r2, stability : (s,) float64
        Means over the cases, see `FitScores`.
    usable : (s,) bool
        Whether a setting is steady enough.
    problems : tuple of s tuples of c str, optional
        Why a case cannot be explained so; empty where it can.
    """

    settings: tuple[Setting, ...]
    cases: tuple[Case, ...]
    gains: Floats
    held_out_r2: Floats
    stability: Floats
    usable: NDArray[np.bool_]
    problems: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        if not self.problems:  # nobody knows of any
            object.__setattr__(self, "problems", (("",) * len(self.cases),) * len(self.settings))

    @staticmethod
    def of(study: Study) -> Losses:
        """Gather what a study has judged.

        Parameters
        ----------
        study : Study
            With a trial of its base, see `Study.begun`.

        Returns
        -------
        Losses
            A row for each way of asking with each way of fitting that was judged.

        Raises
        ------
        ValueError
            For a study without that.
        """
        base = study.space.base
        trials = sorted(study.trials, key=lambda trial: trial.probing != base)
        if not trials or trials[0].probing != base:  # another process may still be at it
            raise ValueError("study must have a trial of its base; run it first")
        return Losses.of_trials(trials, study.space.fittings, study.cases, study.floor)

    @staticmethod
    def of_trials(
        trials: Sequence[Trial], fittings: Sequence[FitSettings], cases: Sequence[Case], floor: float
    ) -> Losses:
        """Gather what trials have judged.

        Parameters
        ----------
        trials : sequence of Trial
            At least one; that of the base first.
        fittings, cases, floor : sequences of FitSettings and of Case, float
            Those of the trials, as in `try_out`.

        Returns
        -------
        Losses
            As of `of`.
        """
        judged = [(trial, place, fit) for trial in trials for place, fit in enumerate(trial.judged)]
        stability = np.array([mean_of(trial.stability)[fit] for trial, _, fit in judged])
        return Losses(
            tuple(Setting(trial.probing.probing, trial.probing.num_samples, fittings[fit]) for trial, _, fit in judged),
            tuple(cases),
            read_only(np.array([trial.gains[:, place] for trial, place, _ in judged])),
            read_only(np.array([mean_of(trial.held_out_r2)[fit] for trial, _, fit in judged])),
            read_only(stability),
            read_only(stability >= floor),
            tuple(trial.problems for trial, _, _ in judged),
        )

    @property
    def whole(self) -> NDArray[np.bool_]:
        """(s,) which settings explain every case that any of them does."""
        unknown = np.isnan(self.gains)
        return np.asarray(~unknown[:, ~unknown.all(axis=0)].any(axis=1) & ~unknown.all(axis=1))

    @property
    def choosable(self) -> NDArray[np.bool_]:
        """(s,) which settings may be chosen: the usable ones that are `whole`, and all of these where none is."""
        both = self.usable & self.whole
        return both if both.any() else self.whole

    @property
    def losses(self) -> Floats:
        """(s, c) how much of the best gain of a case a setting leaves, as a share; 0 is the best that was found.

        NaN where the gain is not known, or no setting gains anything.
        """
        best = np.max(np.where(self.choosable[:, None], self.gains, -np.inf), axis=0, initial=-np.inf)
        return read_only(np.where(best > 0, (best - self.gains) / np.where(best > 0, best, 1.0), np.nan))

    @property
    def mean_gains(self) -> Floats:
        """(s,) mean gain over the cases in which it is known."""
        return read_only(mean_of(self.gains.T))

    @property
    def mean_losses(self) -> Floats:
        """(s,) mean loss over the cases in which it is known."""
        return read_only(mean_of(self.losses.T))

    @property
    def ranked(self) -> tuple[int, ...]:
        """Places of all settings: what may be chosen first, and of both what loses least, and then what gains most."""
        return self._ranked(slice(None))

    def best(self, cases: Sequence[int] | None = None) -> int:
        """Find the setting that loses least on average, and of equals gains most.

        Parameters
        ----------
        cases : sequence of int, optional
            Places of the cases that count; None takes all.

        Returns
        -------
        int
            Its place in `settings`, the first of `ranked`; the base where none can be chosen.
        """
        return self._ranked(slice(None) if cases is None else list(cases))[0] if self.choosable.any() else 0

    def _ranked(self, cases: slice | list[int]) -> tuple[int, ...]:
        lost, gained = mean_of(self.losses[:, cases].T), mean_of(self.gains[:, cases].T)
        keys = np.nan_to_num(-gained, nan=np.inf), np.nan_to_num(lost, nan=np.inf), ~self.choosable
        return tuple(int(place) for place in np.lexsort(keys))

    def left_out(self) -> Floats:
        """Judge the search on photos that it did not see.

        Returns
        -------
        (c,) float64
            What is lost in each case by the setting that is best on all other photos; NaN for a single photo.
        """
        digests = [case.picture.digest for case in self.cases]
        lost = np.full(len(digests), np.nan)
        for place, digest in enumerate(digests):
            if others := [other for other, each in enumerate(digests) if each != digest]:
                lost[place] = self.losses[self.best(others), place]
        return read_only(lost)

    def front(self) -> tuple[int, ...]:
        """List the settings that no other beats in both mean gain and samples.

        Returns
        -------
        tuple of int
            Places in `settings`, the fewest samples first.
        """
        gains, counts = self.mean_gains, np.array([setting.num_samples for setting in self.settings])
        order = [place for place in np.lexsort((-gains, counts)) if self.choosable[place]]
        front: list[int] = []
        for place in order:
            if not front or gains[place] > gains[front[-1]] + 1e-9 * np.abs(gains[place]):
                front.append(int(place))
        return tuple(front)

    def to_record(self) -> dict[str, Any]:
        """Write the table as JSON has it.

        Returns
        -------
        dict
            "cases", each with photo, its digest, model, class and its name; and "settings", in the order of `ranked`,
            each with what `Setting.to_record` writes, gains, losses, problems, means, "usable"; None is unknown.
        """
        losses = self.losses
        settings = [
            {
                "setting": self.settings[place].to_record(),
                "gains": [recorded(gain) for gain in self.gains[place]],
                "losses": [recorded(loss) for loss in losses[place]],
                "held_out_r2": recorded(self.held_out_r2[place]),
                "stability": recorded(self.stability[place]),
                "usable": bool(self.usable[place]),
                "problems": list(self.problems[place]),
            }
            for place in self.ranked
        ]
        return {"cases": [dict(zip(_NAMES, _named(case), strict=True)) for case in self.cases], "settings": settings}

    def to_csv(self) -> str:
        """Write the table.

        Returns
        -------
        str
            CSV with a row for each setting in each case: the case as in `to_record`, parts, figures, and the problem.
        """
        out, losses, figures = io.StringIO(), self.losses, ("gain", "loss", "held-out R2", "stability")
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow([*_NAMES, *self.settings[0].values, *figures, "usable", "problem"])
        for place, setting in enumerate(self.settings):
            for number, case in enumerate(self.cases):
                own = self.gains[place, number], losses[place, number], self.held_out_r2[place], self.stability[place]
                told = ["" if np.isnan(figure) else f"{figure:.6g}" for figure in own]
                told += ["yes" if self.usable[place] else "no", self.problems[place][number]]
                facts = ("" if fact is None else harmless(str(fact)) for fact in _named(case))
                rows.writerow([*facts, *setting.values.values(), *told])
        return out.getvalue()


_NAMES = ("photo", "picture", "model", "class_index", "class")


def _named(case: Case) -> tuple[str | int | None, ...]:
    """What `_NAMES` are of a case; no class where the most likely one was left open."""
    name = None if case.class_index is None else case.model.class_name(case.class_index)
    return case.picture.name, case.picture.digest, case.model.name, case.class_index, name
