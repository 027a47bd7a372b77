"""The command `tune`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from lime_core.catalog.loading import load_model
from lime_core.cli.batch import check_folder
from lime_core.console.options import num_samples_of, options_of, preset_of
from lime_core.console.terminal import Progress, UsageError, model_at_work, say, unwritten
from lime_core.errors import ModelUnavailable
from lime_core.explanation.settings import FitSettings
from lime_core.files.writing import write_files
from lime_core.findings.importance import importances
from lime_core.findings.losses import Losses
from lime_core.findings.travel import journeys, left_out_in_words, parts_in_words
from lime_core.models.classifier import Classifier
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import Picture
from lime_core.pictures.sources import from_paths
from lime_core.probing.spec import ProbeSettings
from lime_core.reports.numbers import two_decimals, weight_text
from lime_core.tuning.setting import Setting, usually_varied
from lime_core.tuning.space import Space
from lime_core.tuning.study import Study
from lime_core.tuning.trial import Case, Trial, cases_of, mean_of

CSV, JSON = "settings.csv", "settings.json"
"""What is written."""


def tune(arguments: Namespace) -> None:
    """Search settings for photos and models, a line for each trial, and write what was found."""
    check_folder(arguments, arguments.out, "--out")
    models = _models(arguments)
    space = _space(arguments, models[0])
    pictures = list(_photos(arguments))
    with model_at_work():
        cases = cases_of(pictures, models)
    if not cases:
        raise UsageError("there are no photos in " + ", ".join(arguments.photos))
    try:
        study = Study(space, cases, arguments.floor, file=arguments.study)
    except ValueError as error:
        raise UsageError(f"--{error}") from error
    say(f"{len(cases)} cases, {len(space.probings)} ways of asking, {len(space.fittings)} ways of fitting each")
    if study.trials:
        say(f"{len(study.trials)} trials are there already")
    rows, minutes = arguments.budget
    stopped = False
    try:
        for trial in study.run(rows, minutes, on_progress=_Bar()):
            say(_line(study, trial))
    except KeyboardInterrupt:
        stopped = True
    if study.begun:
        _report(study, arguments.out)
    elif not stopped and not study.trials:
        raise UsageError("--budget is too small for one trial; give more samples")
    if stopped:
        kept = f", {len(study.trials)} trials stay in {arguments.study}, and the same command goes on"
        raise KeyboardInterrupt("stopped" + (kept if arguments.study else ""))


class _Bar:
    """A bar for each trial."""

    def __init__(self) -> None:
        self._done, self._bar = 0, Progress(sys.stderr)

    def __call__(self, done: int, total: int) -> None:
        if done < self._done:
            self._bar = Progress(sys.stderr)
        self._done = done
        self._bar(done, total)


def _models(arguments: Namespace) -> list[Classifier]:
    try:
        return [load_model(name, arguments.device, arguments.precision) for name in arguments.models]
    except (ModelUnavailable, ValueError) as error:
        raise UsageError(str(error)) from error


def _space(arguments: Namespace, model: Classifier) -> Space:
    """What varies, and the settings to begin with."""
    if preset_of(arguments).needs_prior:
        raise UsageError(f"--preset {arguments.preset} is a fit with a prior, which settings are searched without")
    options = options_of(arguments)
    probing = ProbeSettings(options["segmenter"], options["hiding"], options["sampler"], arguments.seed)
    fit = [options[role] for role in ("kernel", "surrogate", "feature_selection")]
    try:
        base = Setting(
            probing, num_samples_of(arguments, options["segmenter"]), FitSettings(None, arguments.space, *fit)
        )
        vary = arguments.vary
        if vary is None:
            vary = [f"{name}={','.join(values)}" for name, values in usually_varied(base, model.kind).items()]
        return Space.of(vary, base)
    except ValueError as error:
        raise UsageError(f"--vary: {error}") from error


def _photos(arguments: Namespace) -> Iterator[Picture]:
    """The photos, each once; one that cannot be read is told."""
    seen = set()
    for found in islice(from_paths(arguments.photos), arguments.limit):
        if found.picture is None:
            say(f"left out: {found.name}: {found.error}")
        elif found.picture.digest not in seen:
            seen.add(found.picture.digest)
            yield found.picture


def _words(setting: Setting, base: Setting) -> str:
    return ", ".join(f"{part} {text}" for part, text in setting.apart(base).items()) or "the settings to begin with"


def _line(study: Study, trial: Trial) -> str:
    """What a trial has found, and what is the best so far."""
    own = float(np.max(np.nan_to_num(mean_of(trial.gains), nan=-np.inf)))
    told = f"gain {_gain(own, study.cases[0])}" if np.isfinite(own) else "no photo can be explained so"
    if study.begun:
        losses = Losses.of(study)
        told += f", best so far {_gain(losses.mean_gains[losses.best()], study.cases[0])}"
    return f"trial {len(study.trials)}: {_words(trial.probing, study.space.base)}: {told}"


def _gain(gain: float, case: Case) -> str:
    return "unknown" if np.isnan(gain) else weight_text(gain, SPACES[case.model.kind][0])


def _report(study: Study, folder: Path) -> None:
    """Say and write what was found."""
    losses = Losses.of(study)
    best, base = losses.best(), losses.settings[0]
    gains = [_gain(losses.mean_gains[place], study.cases[0]) for place in (best, 0)]
    say(f"best: {_words(losses.settings[best], base)}")
    say(
        f"  gain {gains[0]}, {gains[1]} with the settings to begin with; stability "
        f"{two_decimals(losses.stability[best])}; R2 on samples that were not fitted "
        f"{two_decimals(losses.held_out_r2[best])}"
    )
    if losses.usable[best] and not losses.usable[0]:
        say(f"  the settings to begin with are not as steady as asked for: {two_decimals(losses.stability[0])}")
    if shares := importances(losses):
        say("  decided by " + ", ".join(f"{part} {share:.0%}" for part, share in shares.items()))
    classes = [case.model.class_name(case.class_index or 0) for case in study.cases]
    for journey in journeys(losses, classes):
        say(journey.in_words())
    for told in (parts_in_words(losses), left_out_in_words(losses)):
        if told:
            say(told)
    try:
        record = json.dumps(losses.to_record(), indent=1)
        write_files(folder, {CSV: [losses.to_csv().encode()], JSON: [record.encode()]})
    except OSError as error:
        raise unwritten(folder, error) from error
    say(f"files in {folder.resolve()}")
