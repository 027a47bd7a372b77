"""The commands on one photo: explain it, repeat that and compare, replay a saved explanation.

Each takes the arguments that `main` has read.  Results go to stdout, progress to stderr.
"""

from __future__ import annotations

import math
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np

from lime_core.cli.options import chosen
from lime_core.cli.terminal import Progress, UsageError, say, unwritten
from lime_core.errors import BadPicture, BadPrior, ModelUnavailable, PriorMismatch
from lime_core.evaluation.settling import settled, until_settled
from lime_core.evaluation.stability import grow_repeats, report_of
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.fitting import fit
from lime_core.explanation.methods import METHODS
from lime_core.explanation.settings import FitSettings
from lime_core.models.classifier import Classifier
from lime_core.models.zoo import load_model
from lime_core.pictures.gallery import GALLERY, gallery_picture
from lime_core.pictures.label_map import LabelMap, load_label_map
from lime_core.pictures.picture import Picture, load_picture
from lime_core.priors.files import load_prior
from lime_core.priors.strengths import USUAL_STRENGTH
from lime_core.probing.growing import grow, open_probe
from lime_core.probing.probe import Probe
from lime_core.probing.segmentation import segment
from lime_core.probing.spec import MAX_SEED, ProbeSettings, ProbeSpec
from lime_core.reports import comparison
from lime_core.reports.numbers import number
from lime_core.reports.replay import replay as replayed
from lime_core.reports.saving import save_explanation
from lime_core.reports.sentences import in_words, prior_remarks
from lime_core.scores import SPACES
from lime_core.surrogates.with_prior import with_prior


def explain(asked: Namespace) -> None:
    """Explain a photo and write the files."""
    picture, model, spec, settings = _prepared(asked)
    probe = open_probe(spec, picture, model)
    total, progress = spec.reachable(asked.num_samples, probe.scene.segmentation.d), Progress(sys.stderr)
    growing, k = grow(probe, asked.num_samples, model), asked.until_settled
    for longer in until_settled(growing, settings, k) if k else growing:
        probe = longer
        progress(len(probe), total)
    explanation = fit(probe, settings)
    try:
        folder = save_explanation(explanation, asked.out)
    except OSError as error:
        raise unwritten(asked.out, error) from error
    for notice in picture.notice:
        say(notice)
    say(f"{explanation.class_name}{_probability(probe, explanation)}")
    _summary(explanation)
    if k:
        say(f"the top {k} are {'settled' if settled(probe, settings, k) else 'not settled'} with {len(probe)} samples")
    say(f"files in {folder.resolve()}")


def stability(asked: Namespace) -> None:
    """Explain a photo again and again with each method, and write how far the repeats agree."""
    if asked.seed + asked.repeats - 1 > MAX_SEED:
        raise UsageError(f"--seed must be at most {MAX_SEED - asked.repeats + 1} for {asked.repeats} repeats")
    if asked.sampler and "current" not in asked.methods:
        raise UsageError(f"--sampler {asked.sampler} is what the method current asks with; add current to --methods")
    prior = {METHODS[name].prior for name in asked.methods}
    if asked.prior is None and "needed" in prior:
        raise UsageError("the method glime_prior needs a prior; give one with --prior FILE")
    if asked.prior is not None and prior == {"none"}:
        raise UsageError("--prior is for the methods glime_prior and current; add one of them to --methods")
    picture, model, spec, settings = _prepared(asked)
    specs = {name: METHODS[name].spec(spec) for name in asked.methods}
    probes: dict[ProbeSpec, tuple[Probe, ...]] = dict.fromkeys(specs.values(), ())  # two methods may probe alike
    segmentation = segment(model.view(picture), spec.segmenter)
    total = asked.repeats * sum(one.reachable(asked.num_samples, segmentation.d) for one in probes)
    progress = Progress(sys.stderr)
    for one in probes:
        for longer in grow_repeats(one, picture, model, asked.repeats, asked.num_samples, segmentation):
            probes[one] = longer
            progress(sum(len(probe) for asked_for in probes.values() for probe in asked_for), total)
    first = probes[specs[asked.methods[0]]][0]
    if settings.class_index is None:  # once, for all methods
        settings = replace(settings, class_index=first.most_likely()[0])
    reports = {
        name: report_of(probes[specs[name]], METHODS[name].settings(settings), asked.ranking) for name in asked.methods
    }
    try:
        folder = comparison.save(reports, asked.top, asked.out)
    except OSError as error:
        raise unwritten(asked.out, error) from error
    for notice in picture.notice:
        say(notice)
    explanation = reports[asked.methods[0]].explanations[0]
    say(f"{explanation.class_name}{_probability(first, explanation)}")
    say(f"{segmentation.d} superpixels, {asked.repeats} repeats of {asked.num_samples} samples at most")
    for line in comparison.table(reports, asked.top):
        say(line)
    for remark in dict.fromkeys(text for each in reports.values() for text in prior_remarks(each.explanations[0])):
        say(remark)
    say(f"files in {folder.resolve()}")


def replay(asked: Namespace) -> None:
    """Ask the model again and compare with what was saved."""
    picture = _picture(asked.photo)
    explanation = replayed(asked.manifest, picture, on_progress=Progress(sys.stderr))
    say(f"the same weights again: {explanation.class_name}, {explanation.spec.model}")
    _summary(explanation)


def _prepared(asked: Namespace) -> tuple[Picture, Classifier, ProbeSpec, FitSettings]:
    """What `explain` and `stability` are asked about, checked before any sample is paid for."""
    if asked.out.exists() and not asked.out.is_dir():
        raise UsageError(f"--out {asked.out} is no folder")
    options = chosen(asked)
    picture = _picture(asked.photo)
    try:
        model = load_model(asked.model, asked.device, asked.precision)
    except (ModelUnavailable, ValueError) as error:
        raise UsageError(str(error)) from error
    if asked.space and asked.space not in SPACES[model.kind]:
        raise UsageError(f"--space must be one of {', '.join(SPACES[model.kind])} for this model, got {asked.space!r}")
    if asked.label_map:
        options["segmenter"] = _label_map(asked.label_map, picture, model)
    class_index = None if asked.wanted is None else _class_index(asked.wanted, picture, model)
    spec = ProbeSettings(options["segmenter"], options["hiding"], options["sampler"], asked.seed).spec(picture, model)
    plain = FitSettings(class_index, asked.space, options["kernel"], options["surrogate"], options["feature_selection"])
    return picture, model, spec, _with_prior(asked, plain, model)


def _with_prior(asked: Namespace, settings: FitSettings, model: Classifier) -> FitSettings:
    """The settings with the prior that was asked for, and the surrogate in the form that takes one."""
    if asked.prior is None:
        if asked.prior_strength is not None:
            raise UsageError("--prior-strength is that of a prior; give one with --prior FILE")
        return settings
    try:
        surrogate = with_prior(settings.surrogate)
    except ValueError as error:
        raise UsageError(f"--prior: --surrogate {asked.surrogate} takes no prior, take another") from error
    try:
        prior = load_prior(asked.prior)
        prior.check_model(model)
    except (BadPrior, PriorMismatch) as error:
        raise UsageError(f"--prior {asked.prior}: {error}") from error
    strength = USUAL_STRENGTH if asked.prior_strength is None else asked.prior_strength
    return replace(settings, surrogate=surrogate, prior=prior, prior_strength=strength)


def _picture(photo: str) -> Picture:
    if not photo.startswith("gallery:"):
        try:
            return load_picture(Path(photo))
        except BadPicture as error:
            raise UsageError(str(error)) from error
    name = photo.removeprefix("gallery:")
    if name not in GALLERY:
        raise UsageError(f"there is no sample photo {name!r}; there are {', '.join(GALLERY)}")
    return gallery_picture(name)


def _label_map(file: str, picture: Picture, model: Classifier) -> LabelMap:
    labels = load_label_map(file)
    whole = labels.labels.shape == picture.pixels.shape[:2]
    return labels.cropped(*model.crop_box(picture)) if whole else labels


def _class_index(wanted: str, picture: Picture, model: Classifier) -> int:
    names = model.class_names
    if wanted.removeprefix("-").isdecimal():
        count = len(names) or model.outputs(model.view(picture)[None]).shape[1]
        if not 0 <= int(wanted) < count:
            raise UsageError(f"--class must lie in 0..{count - 1}, got {wanted}")
        return int(wanted)
    exact = [index for index, name in enumerate(names) if name.casefold() == wanted.casefold()]
    found = exact or [index for index, name in enumerate(names) if wanted.casefold() in name.casefold()]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"--class: no class of {model.name} has {wanted!r} in its name")
    listed = ", ".join(f"{index} {names[index]}" for index in found[:10])
    more = f" and {len(found) - 10} more" if len(found) > 10 else ""
    raise UsageError(f"--class: {wanted!r} fits {len(found)} classes, give one by its number: {listed}{more}")


def _probability(probe: Probe, explanation: Explanation) -> str:
    if probe.kind == "values":
        return f": {number(explanation.model_score)}"
    class_index = explanation.settings.class_index
    return f": probability {number(float(probe.scores(class_index or 0, 'probability')[0]))}"


def _summary(explanation: Explanation) -> None:
    d, n = len(explanation.weights), explanation.n_samples
    say(f"{d} superpixels, {n} samples, {n / d:.0f} for each")
    say(in_words(explanation))
    order = np.argsort(-np.abs(explanation.weights), kind="stable")
    strongest = [int(i) for i in order[:5] if explanation.weights[i] != 0]
    say("strongest superpixels:" if strongest else "no superpixel has a weight")
    for i in strongest:
        weight = number(float(explanation.weights[i]), signed=explanation.signed)
        share = "" if math.isnan(explanation.prior_scale) else f"  prior {explanation.prior_share[i]:.0%}"
        say(f"  {i:>4}  {weight} ± {number(float(explanation.standard_error[i]))}{share}")
