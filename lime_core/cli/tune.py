"""The command `tune`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from lime_core.catalog.loading import load_model
from lime_core.cli.batch import check_folder
from lime_core.console.options import num_samples_of, options_of, preset_of
from lime_core.console.terminal import Progress, UsageError, model_at_work, say, unwritten, warn
from lime_core.errors import LimeError, ModelUnavailable, as_sentence
from lime_core.explanation.settings import FitSettings
from lime_core.files.writing import write_files
from lime_core.findings.importance import importances
from lime_core.findings.losses import Losses
from lime_core.findings.problems import problems_in_words, unexplained
from lime_core.findings.travel import journeys, left_out_in_words, parts_in_words
from lime_core.models.classifier import Classifier
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import Picture
from lime_core.pictures.sources import from_paths
from lime_core.probing.spec import ProbeSettings
from lime_core.reports.numbers import two_decimals, weight_text
from lime_core.tuning.setting import SPACE, Setting, usually_varied
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
    pictures, failed = _photos(arguments)
    every = len(pictures) + failed
    if not pictures:
        raise UsageError("there are no photos in " + ", ".join(arguments.photos))
    with model_at_work():
        cases = cases_of(pictures, models)
    try:
        study = Study(space, cases, arguments.floor, file=arguments.study)
    except ValueError as error:
        raise UsageError(f"--{error}") from error
    say(f"{len(cases)} cases, {len(space.probings)} ways of asking, {len(space.fittings)} ways of fitting each")
    if study.trials:
        say(f"{len(study.trials)} trials are there already")
    ended_by = _search(study, *arguments.budget)
    if study.begun:
        failed += _report(study, arguments.out)
    elif ended_by is None:
        raise _unbegun(study, *arguments.budget)
    if ended_by is not None:
        raise _with_what_stays(ended_by, study, arguments.study) from ended_by
    if failed:
        raise LimeError(f"{failed} of {every} photos could not be explained; the files are written all the same.")


def _search(study: Study, rows: int | None, minutes: float | None) -> BaseException | None:
    """Try one way of asking after the other, and give what has ended that before its time."""
    try:
        for trial in study.run(rows, minutes, on_progress=_Bar()):
            say(_line(study, trial))
    except BrokenPipeError:  # nobody reads what is said
        raise
    except (Exception, KeyboardInterrupt) as error:
        return error
    return None


def _unbegun(study: Study, rows: int | None, minutes: float | None) -> Exception:
    """Why there is nothing to report."""
    if study.trials or study.rows_begun:
        return LimeError(
            "The settings to begin with are being tried by another process; run the same command again when it is done."
        )
    return UsageError(f"--budget is too small for one trial; give more {'samples' if minutes is None else 'minutes'}")


def _with_what_stays(error: BaseException, study: Study, file: Path | None) -> BaseException:
    """The error, and how to go on."""
    kept = f"{len(study.trials)} trials stay in {file}"
    if isinstance(error, KeyboardInterrupt):
        return KeyboardInterrupt(f"stopped, {kept}, and the same command goes on" if file else "stopped")
    told = as_sentence(error)
    return LimeError(f"{told.removesuffix('.')}. {kept}." if file else told)


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
    has = [space for space in SPACES[model.kind] if space != "logit"]  # it has no R² that compares with others
    given = [("--space", arguments.space)] if arguments.space else []
    for name, _, values in (text.partition("=") for text in arguments.vary or ()):
        given += [("--vary: space", value.strip()) for value in values.split(",") if name.strip() == SPACE]
    for flag, value in given:
        if value not in has:
            raise UsageError(f"{flag} must be {' or '.join(has)} for a search with this model, got {value!r}")
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


def _photos(arguments: Namespace) -> tuple[list[Picture], int]:
    """The photos, each once by the name under which it was found; and how many cannot be read, which is told."""
    photos: dict[str, Picture] = {}
    left_out = 0
    for found in islice(from_paths(arguments.photos), arguments.limit):
        if found.picture is None:
            say(f"left out: {found.name}: {found.error}")
            left_out += 1
        else:
            photos.setdefault(found.picture.digest, replace(found.picture, name=found.name))
    return list(photos.values()), left_out


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


def _report(study: Study, folder: Path) -> int:
    """Say and write what was found, and count the photos that could not be explained."""
    losses = Losses.of(study)
    for problem in problems_in_words(losses):
        warn(problem)
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
    for journey in journeys(losses):
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
    return unexplained(losses)
