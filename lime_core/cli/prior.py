"""The commands `prior build`, `prior show` and `prior import`."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np

from lime_core.batch.table import Row
from lime_core.cli.batch import check_apart, check_folder, interruptible, job_of, outcomes, pool_of, report
from lime_core.cli.terminal import UsageError, say, unwritten
from lime_core.models.families import imagenet_names
from lime_core.models.zoo import MODELS
from lime_core.priors.building import build_prior
from lime_core.priors.files import load_prior
from lime_core.priors.interpretdl import import_prior
from lime_core.priors.prior import GlobalPrior
from lime_core.priors.summary import PictureSummary

_LISTED = 10


def build(asked: Namespace) -> None:
    """Explain many pictures and build a prior of what they say."""
    _check_out(asked)
    check_apart(asked, asked.out, "--out")
    check_folder(asked, asked.work, "--work")
    rows: list[Row] = []
    summaries: dict[str, PictureSummary] = {}
    classes = 0
    with closing(pool_of(asked)) as pool:
        job = job_of(asked, pool.model)
        with interruptible(job, asked.work):
            for outcome in outcomes(asked, job, pool, asked.work, "--work"):
                rows.append(Row.of(outcome))
                if outcome.result:
                    found, classes = outcome.result.summary, outcome.result.classes
                    summaries[outcome.picture] = found if asked.examples else replace(found, looks=None)
            pool.close()
            report(job, rows, asked.work)
            told: dict[str, Any] = {"job": job.digest, "classes_explained": job.classes}
            if asked.source:
                told["source"] = asked.source
            fitted = asked.clusters, asked.kind, asked.position
            _save(build_prior(summaries.values(), classes, *fitted, told, asked.examples), asked)


def show(asked: Namespace) -> None:
    """Say what a prior is."""
    prior = load_prior(asked.file)
    _describe(prior)
    known = sorted(prior.classes, key=lambda index: (-int(prior.counts[index].sum()), index))
    names = _class_names(prior)
    for index in known if asked.all else known[:_LISTED]:
        seen, total = int((prior.counts[index] > 0).sum()), int(prior.counts[index].sum())
        say(f"  {index:>5} {names.get(index, ''):<30.30} {seen:>5} words of {total} superpixels")
    if len(known) > _LISTED and not asked.all:
        say(f"  and {len(known) - _LISTED} more classes; --all lists them")


def import_(asked: Namespace) -> None:
    """Make a prior of InterpretDL's files."""
    if not asked.trust:
        raise UsageError(
            "these files are pickles, and a pickle can run any program; add --trust if they come from someone you trust"
        )
    _check_out(asked)
    prior = import_prior(asked.files, asked.num_classes)
    _save(prior, asked)
    say(f"its features are {prior.made_by['features']}: explanations here refuse it, `prior show` prints it")


def _check_out(asked: Namespace) -> None:
    if asked.out.suffix != ".npz" or asked.out.is_dir():
        raise UsageError(f"--out must be a file that ends in .npz, got {str(asked.out)!r}")


def _save(prior: GlobalPrior, asked: Namespace) -> None:
    try:
        prior.save(asked.out)
    except OSError as error:
        raise unwritten(asked.out, error) from error
    _describe(prior)
    say(f"prior in {asked.out.resolve()}")


def _describe(prior: GlobalPrior) -> None:
    (k, words), known = prior.weights.shape, prior.counts[prior.classes]
    sign, unit = "for and against" if prior.signed else "for only", _shown(prior.unit) or "score"
    say(f"{words} visual words of {prior.centroids.shape[1]} features, weights {sign}, of the {unit}")
    say(f"{len(known)} of {k} classes known")
    if len(known):
        say(f"{100 * (known > 0).mean():.0f} % of the words seen in a known class, on average")
        say(f"{np.median(known[known > 0]):.0f} superpixels in the median behind each weight, {known.sum()} in all")
    if prior.position:
        say(f"position counts {prior.position:g} beside the features")
    for key, value in sorted(prior.made_by.items()):
        say(f"  {_shown(key)}: {_shown(value)}")
    say(f"  digest: {prior.digest}")


def _class_names(prior: GlobalPrior) -> dict[int, str]:
    """Names where the model is known to tell ImageNet's classes apart."""
    model = prior.made_by.get("model")  # from a file that may come from anybody
    known = isinstance(model, str) and model in MODELS and len(prior.weights) == 1000
    return dict(enumerate(imagenet_names() if known else ()))


def _shown(value: object) -> str:
    """Text without characters that move the cursor, hide others or reorder them."""
    return "".join(character for character in str(value) if character.isprintable())
