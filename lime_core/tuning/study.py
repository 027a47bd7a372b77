"""A study: trials of a space on photos and models, chosen by Optuna one after the other, kept in memory or in a file.

A file is an SQLite database that Optuna's own tools open.  A study is found again in it by what it depends on: space,
photos, models, floor and seed.  It can be stopped and resumed at any time, and several processes can work on one.

References
----------
Akiba et al. (2019), "Optuna: A Next-generation Hyperparameter Optimization Framework", KDD.  Watanabe (2023),
"Tree-Structured Parzen Estimator", arXiv 2304.11127, for the sampler.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import numpy as np
import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from lime_core.arguments import is_a, number, whole
from lime_core.errors import LimeError
from lime_core.models.scores import SPACES
from lime_core.stores.probe_store import ProbeStore
from lime_core.tuning.search import WithoutRepeats, distributions, point_of
from lime_core.tuning.setting import Setting
from lime_core.tuning.space import ASKED, Space
from lime_core.tuning.storage import UNKEPT, Place, at_work, ended, speak, study_storage, taken, unkept_as_sentence
from lime_core.tuning.trial import FLOOR, Case, Trial, mean_of
from lime_core.tuning.trying import cost_of, try_out

_FOUND, _FITTING = "found", "fitting"
"""What is written beside a trial: what was found, and its best way of fitting."""


class Study:
    """A search for settings on photos and models.

    Parameters
    ----------
    space : Space
        What may vary.
    cases : sequence of Case
        Photos and models, at least one.
    floor : float in [-1, 1], default 0.5
        The stability, see `FitScores`, that a setting must have on average over the cases.
    seed : int, default 0
        Another one searches in another order.
    file : Path, str or optuna.storages.BaseStorage, optional
        The SQLite database, or a storage of Optuna; None keeps the study in memory, with this object.

    Raises
    ------
    ValueError, TypeError, LimeError
        For no cases, or no such object; for models of probabilities and of values together, or a score that they lack.
    """

    def __init__(
        self, space: Space, cases: Sequence[Case], floor: float = FLOOR, seed: int = 0, file: Place | None = None
    ) -> None:
        is_a("space", space, Space, "a Space")
        if not cases or not all(isinstance(case, Case) for case in cases):
            raise ValueError("cases must be at least one Case")
        self.space, self.cases = space, tuple(cases)
        self.floor, self.seed = number("floor", floor, -1), whole("seed", seed, 0)
        if self.floor > 1:
            raise ValueError(f"floor must be at most 1, got {floor}")
        if len({(SPACES[case.model.kind][0], case.model.unit) for case in cases}) > 1:
            raise LimeError("The models answer in different units, so their gains cannot be compared. Take one kind.")
        for score in {fitting.space for fitting in space.fittings} - {None, *SPACES[cases[0].model.kind]}:
            raise LimeError(f"{cases[0].model.name} has no {score}: leave it out of the scores that vary.")
        self._probings = {point_of(setting.values, ASKED): setting for setting in space.probings}
        self._points, self._fittings = tuple(self._probings), space.fittings
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        opened = study_storage(file) if isinstance(file, Path | str) else file
        self._storage = optuna.storages.InMemoryStorage() if opened is None else opened
        self._study: optuna.Study | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the trials depend on."""
        asked = [setting.to_record() for setting in self._probings.values()]
        fits = [Setting(fitting=fitting).to_record() for fitting in self._fittings]
        facts = asked, fits, [case.key for case in self.cases], self.floor, self.seed
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    @property
    def trials(self) -> tuple[Trial, ...]:
        """What has been found, in the order in which it was asked for."""
        return tuple(
            Trial.of_record(self._probings[point_of(each.params, ASKED)], json.loads(each.user_attrs[_FOUND]))
            for each in self._of(TrialState.COMPLETE)
        )

    @property
    def begun(self) -> bool:
        """Whether the base has been tried, which everything is compared with."""
        return any(trial.probing == self.space.base for trial in self.trials)

    @property
    def left(self) -> int:
        """How many ways of asking have not been tried to the end."""
        return len(self._points) - len({point_of(each.params, ASKED) for each in self._of(TrialState.COMPLETE)})

    def run(
        self,
        rows: int | None = None,
        minutes: float | None = None,
        trials: int | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        store: ProbeStore | None = None,
    ) -> Generator[Trial, None, None]:
        """Try one way of asking after the other, the base's first; none is tried twice.

        Parameters
        ----------
        rows : int, optional
            How often all trials of the study may ask, earlier ones included; one that might take more is not begun.
        minutes : float, optional
            After how long no further trial begins.
        trials : int, optional
            How many trials, at most.
        on_progress : callable, optional
            Called with (asked, in all) of the trial after each batch; what it raises ends the trial as not begun.
        store : ProbeStore, optional
            Where samples are taken from and kept.

        Yields
        ------
        Trial
            Each, as soon as it is kept.

        Raises
        ------
        LimeError, ValueError
            As `fit` and `relevance_gain`; where the file cannot be read or written.
        """
        end = None if minutes is None else time.monotonic() + 60 * number("minutes", minutes, 0)
        done = 0
        with unkept_as_sentence(self._storage), at_work() as claim:
            study = optuna.create_study(
                storage=self._storage,
                study_name=self._name,
                directions=["maximize", "minimize"],  # the gain, and the samples
                load_if_exists=True,
            )
            while (trials is None or done < trials) and (end is None or time.monotonic() < end):
                asked = self._ask(study, claim)
                if asked is None:
                    return
                probing = self._probings[point_of(asked.params, ASKED)]
                if rows is not None and sum(trial.rows for trial in self.trials) + self.rows_begun > rows:
                    study.tell(asked, state=TrialState.FAIL)
                    return
                with suppress(UpdateFinishedTrialError):  # given up by another process after a long silence
                    yield self._tried_out(study, asked, probing, on_progress, store)
                    done += 1

    def _below(self) -> float:
        """Stands as the gain of what cannot be explained: below every other so far, in whatever unit these are."""
        gains = [each.values[0] for each in self._of(TrialState.COMPLETE)]
        return min(gains, default=0.0) - (max(map(abs, gains), default=0.0) or 1.0)

    @property
    def _name(self) -> str:
        return f"lime {self.digest[:16]}"

    @property
    def rows_begun(self) -> int:
        """How often all trials that are being tried at this moment, by any process, may ask."""
        running = [self._probings[point_of(each.params, ASKED)] for each in self._of(TrialState.RUNNING)]
        return sum(cost_of(probing, len(self.cases), len(self._fittings)) for probing in running)

    def _tried_out(
        self,
        study: optuna.Study,
        asked: optuna.Trial,
        probing: Setting,
        on_progress: Callable[[int, int], None] | None,
        store: ProbeStore | None,
    ) -> Trial:
        """Try a way of asking, and keep what was found."""
        spoke = time.time()

        def tell(done: int, total: int) -> None:
            nonlocal spoke
            spoke = speak(asked, spoke)
            if on_progress:
                on_progress(done, total)

        try:
            found = try_out(probing, self._fittings, self.cases, self.floor, tell, store)
            best, record = found.best(self.floor), found.to_record()
            gain = float(mean_of(found.gains)[best])
            fitted = Setting(probing.probing, probing.num_samples, self._fittings[found.judged[best]])
            asked.set_user_attr(_FOUND, json.dumps(record))
            asked.set_user_attr(_FITTING, json.dumps(fitted.apart(self.space.base)))
            asked.set_constraint("stability", 0.0 if found.usable(self.floor) else 1.0)
            study.tell(asked, [gain if np.isfinite(gain) else self._below(), float(probing.num_samples)])
        except BaseException:
            with suppress(*UNKEPT):  # what went wrong before is what is told
                study.tell(asked, state=TrialState.FAIL, skip_if_finished=True)
            raise
        return Trial.of_record(probing, record)

    def _ask(self, study: optuna.Study, claim: Callable[[optuna.Trial], None]) -> optuna.Trial | None:
        """The next trial, which this run claims; None where all ways of asking were tried or are being tried."""
        for each in self._of(TrialState.RUNNING):
            if ended(each):
                study.tell(each.number, state=TrialState.FAIL, skip_if_finished=True)
        while True:
            tried = {point_of(each.params, ASKED) for each in self._of(TrialState.COMPLETE, TrialState.RUNNING)}
            if len(tried) == len(self._points):
                return None
            study.sampler = WithoutRepeats(self._points, tried, (self.seed * 1_000_003 + len(tried)) % 2**32)
            asked = study.ask()
            claim(asked)  # before what it tries: of a trial that is killed in between, nobody would know whose it was
            for name, values in distributions(self._points).items():
                asked.suggest_categorical(name, values.choices)
            if not taken(asked, lambda: self._of(TrialState.COMPLETE, TrialState.RUNNING)):
                speak(asked)
                return asked
            study.tell(asked, state=TrialState.FAIL)

    def _of(self, *states: TrialState) -> list[FrozenTrial]:
        """The trials in these states that say what is tried; one without is being written at this moment."""
        with unkept_as_sentence(self._storage):
            if self._study is None:
                with suppress(KeyError):  # it has not run, and looking at it leaves nothing behind
                    self._study = optuna.load_study(study_name=self._name, storage=self._storage)
            found = self._study.get_trials(deepcopy=False, states=states) if self._study else []
        return [each for each in found if len(each.params) == len(ASKED)]
