"""The commands `prior build`, `prior show` and `prior import`."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np

from lime_core.batch.table import Row
from lime_core.catalog.loading import MODELS
from lime_core.cli.batch import check_apart, check_folder, check_whole, interruptible, job_of, outcomes, pool_of, report
from lime_core.console.terminal import UsageError, check_writable, say, unwritten
from lime_core.interpretdl.importing import import_prior
from lime_core.models.answers import MOST_OUTPUTS
from lime_core.priors.building import build_prior
from lime_core.priors.files import load_prior
from lime_core.priors.prior import GlobalPrior
from lime_core.priors.summary import PictureSummary
from lime_core.zoo.families import imagenet_names

_LISTED = 10


def build(arguments: Namespace) -> None:
    """Explain many pictures and build a prior of what they say."""
    _check_out(arguments)
    check_apart(arguments, arguments.out, "--out")
    check_folder(arguments, arguments.work, "--work")
    rows: list[Row] = []
    summaries: dict[str, PictureSummary] = {}
    classes = 0
    with closing(pool_of(arguments)) as pool:
        job = job_of(arguments, pool.model)
        with interruptible(job, arguments.work):
            for outcome in outcomes(arguments, job, pool, arguments.work, "--work"):
                rows.append(Row.of(outcome))
                if outcome.result:
                    summary, classes = outcome.result.summary, outcome.result.classes
                    if classes > MOST_OUTPUTS:  # after the first picture, and not after all
                        raise UsageError(f"a prior has {MOST_OUTPUTS} classes at most, and the model has {classes}")
                    summaries[outcome.picture] = summary if arguments.examples else replace(summary, looks=None)
            pool.close()
            report(job, rows, arguments.work)
            facts: dict[str, Any] = {"job": job.digest, "classes_explained": job.classes}
            if arguments.source:
                facts["source"] = arguments.source
            settings = arguments.clusters, arguments.kind, arguments.position
            prior = build_prior(summaries.values(), classes, *settings, facts, arguments.examples)
            _save(prior, arguments, "; take fewer --clusters, --resume asks about no picture again")
    check_whole(rows)


def show(arguments: Namespace) -> None:
    """Say what a prior is."""
    prior = load_prior(arguments.file)
    _describe(prior)
    classes = sorted(prior.classes, key=lambda index: (-int(prior.counts[index].sum()), index))
    names = _class_names(prior)
    for index in classes if arguments.all else classes[:_LISTED]:
        words, total = int((prior.counts[index] > 0).sum()), int(prior.counts[index].sum())
        say(f"  {index:>5} {names.get(index, ''):<30.30} {words:>5} words of {total} superpixels")
    if len(classes) > _LISTED and not arguments.all:
        say(f"  and {len(classes) - _LISTED} more classes; --all lists them")


def import_(arguments: Namespace) -> None:
    """Make a prior of InterpretDL's files."""
    if not arguments.trust:
        raise UsageError(
            "these files are pickles, and a pickle can run any program; add --trust if they come from someone you trust"
        )
    _check_out(arguments)
    prior = import_prior(arguments.files, arguments.num_classes)
    _save(prior, arguments)
    say(f"its features are {prior.made_by['features']}: explanations here refuse it, `prior show` prints it")


def _check_out(arguments: Namespace) -> None:
    check_writable(arguments.out.parent, "--out")
    if arguments.out.suffix != ".npz" or arguments.out.is_dir():
        raise UsageError(f"--out must be a file that ends in .npz, got {str(arguments.out)!r}")


def _save(prior: GlobalPrior, arguments: Namespace, advice: str = "") -> None:
    try:
        prior.save(arguments.out)
    except OSError as error:
        raise unwritten(arguments.out, error) from error
    except ValueError as error:  # it is too large to be read back
        raise UsageError(f"{error}{advice}") from error
    _describe(prior)
    say(f"prior in {arguments.out.resolve()}")


def _describe(prior: GlobalPrior) -> None:
    (k, words), counts = prior.weights.shape, prior.counts[prior.classes]
    sign, unit = "for and against" if prior.signed else "for only", prior.unit or "score"
    say(f"{words} visual words of {prior.centroids.shape[1]} features, weights {sign}, of the {unit}")
    say(f"{len(counts)} of {k} classes known")
    if len(counts):
        say(f"{100 * (counts > 0).mean():.0f}% of the words seen in a known class, on average")
        say(f"{np.median(counts[counts > 0]):.0f} superpixels in the median behind each weight, {counts.sum()} in all")
    if prior.position:
        say(f"position counts {prior.position:g} beside the features")
    if prior.digests is not None:
        say(f"digests of {len(prior.digests)} pictures that it was built from, crops and their photos among them")
    for key, value in sorted(prior.made_by.items()):
        say(f"  {key}: {value}")
    say(f"  digest: {prior.digest}")


def _class_names(prior: GlobalPrior) -> dict[int, str]:
    """Names where the model is known to tell ImageNet's classes apart."""
    model = prior.made_by.get("model")  # from a file that may come from anybody
    on_imagenet = isinstance(model, str) and model in MODELS and len(prior.weights) == 1000
    return dict(enumerate(imagenet_names() if on_imagenet else ()))
