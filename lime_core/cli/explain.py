"""The commands on one photo: explain it, repeat that and compare, replay a saved explanation.

Each takes the arguments that `main` has read.  Results go to stdout, progress to stderr.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from lime_core.arguments import near
from lime_core.catalog.loading import load_model
from lime_core.cli.class_folders import clear_earlier, interruptible
from lime_core.console.options import num_samples_of, options_of, picture_named, preset_of, view_of
from lime_core.console.stability_table import table
from lime_core.console.summary import say_score, say_summary
from lime_core.console.terminal import Progress, UsageError, asking, check_writable, say, unwritten
from lime_core.errors import BadPrior, ModelUnavailable, PriorMismatch
from lime_core.evaluation.settling import settled, until_settled
from lime_core.evaluation.stability import grow_repeats, report_of
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.fitting import fit
from lime_core.explanation.settings import FitSettings
from lime_core.files.names import noun_of
from lime_core.label_maps.label_file import load_label_map
from lime_core.models.classifier import Classifier
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import Picture
from lime_core.presets.methods import METHODS
from lime_core.priors.class_activation import CLASS_ACTIVATION, class_activation
from lime_core.priors.files import load_prior
from lime_core.priors.strengths import usual_strength
from lime_core.probing.growing import grow, open_probe
from lime_core.probing.probe import Probe
from lime_core.probing.spec import MAX_SEED, ProbeSettings, ProbeSpec
from lime_core.reports.numbers import superpixels_in_words
from lime_core.reports.replay import replay_with_samples
from lime_core.reports.sentences import prior_remarks
from lime_core.superpixels.segmentation import segment_view
from lime_core.surrogates.with_prior import with_prior
from lime_core.takeaway import comparison
from lime_core.takeaway.saving import save_explanation
from lime_core.trust.addition import Addition
from lime_core.trust.cross_fit import cross_fitted_r2, unseen_in_words
from lime_core.trust.interactions import interactions, interactions_in_words
from lime_core.trust.segmentation_trust import segmentations_in_words
from lime_core.trust.soft_stability import soft_stability


def explain(arguments: Namespace) -> None:
    """Explain a photo and write the files."""
    picture, model, spec, settings = _prepared(arguments)
    if arguments.soft_stability and model.kind == "values":
        raise UsageError(f"--soft-stability is for models that give classes; {model.name} gives values")
    probe = open_probe(spec, picture, model)
    num_samples = num_samples_of(arguments, spec.segmenter)
    total, progress = spec.reachable(num_samples, probe.scene.counts), Progress(sys.stderr)
    growing, k = asking(grow(probe, num_samples, model)), _settling(arguments, probe)
    for longer in until_settled(growing, settings, k) if k else growing:
        probe = longer
        progress(len(probe), total)
    if len(probe) < total:  # what is said next has a line of its own
        progress(len(probe), len(probe))
    for notice in model.notices(picture):
        say(notice)
    classes = _classes(arguments, probe, settings)
    with interruptible(arguments.out, len(classes), noun_of(model.kind, several=True)) as written:
        for each, out in classes:
            explanation = fit(probe, each)
            unseen = cross_fitted_r2(probe, explanation.settings)
            try:
                folder = save_explanation(explanation, out, view_of(arguments), unseen=unseen, probe=probe)
                earlier = [] if written else clear_earlier(arguments.out, folder)
            except OSError as error:
                raise unwritten(out, error) from error
            written.append(folder)
            say_score(probe, explanation)
            say_summary(explanation, unseen)
            _say_trust(arguments, probe, explanation, unseen, model)
            say(f"files in {folder.resolve()}")
            if left := [str(path) for path in earlier if path not in {own for _, own in classes}]:
                say(f"removed what an earlier run had left in {', '.join(left)}")


def _settling(arguments: Namespace, probe: Probe) -> int:
    """How many superpixels have to be settled: not all, which are the strongest in any order; 0 where nothing has."""
    return min(arguments.until_settled, probe.scene.segmentation.in_photo - 1)


def _say_trust(arguments: Namespace, probe: Probe, explanation: Explanation, unseen: float, model: Classifier) -> None:
    """What the samples say about the map beyond its own fit, and what further ones do."""
    if told := unseen_in_words(explanation.r2, unseen):
        say(told)
    if not explanation.constant:
        together = interactions(probe, explanation.settings)
        if len(together) or len(explanation.members) < 2:  # few samples of the first rarely tell
            for line in interactions_in_words(together):
                say(line)
    for line in segmentations_in_words(explanation):
        say(line)
    if r := arguments.soft_stability:
        addition, none = Addition(r=r, seed=arguments.seed), Addition.obstacle(explanation)
        say(none or soft_stability(explanation, model, addition, Progress(sys.stderr)).in_words())
    if (k := _settling(arguments, probe)) and not explanation.constant:
        state = "settled" if settled(probe, explanation.settings, k) else "not settled"
        say(f"the top {k} are {state} with {len(probe)} samples")


def _classes(arguments: Namespace, probe: Probe, settings: FitSettings) -> list[tuple[FitSettings, Path]]:
    """The settings of each class that is explained, and its folder: --out itself where there is one."""
    if arguments.top_labels == 1:
        return [(settings, arguments.out)]
    likely = enumerate(probe.most_likely(arguments.top_labels), 1)
    return [(replace(settings, class_index=index), arguments.out / f"{place}-{index}") for place, index in likely]


def stability(arguments: Namespace) -> None:
    """Explain a photo again and again with each method, and write how far the repeats agree."""
    if arguments.seed + arguments.repeats - 1 > MAX_SEED:
        raise UsageError(f"--seed must be at most {MAX_SEED - arguments.repeats + 1} for {arguments.repeats} repeats")
    if arguments.sampler and "current" not in arguments.methods:
        raise UsageError(
            f"--sampler {arguments.sampler} is what the method current asks with; add current to --methods"
        )
    prior = {METHODS[name].prior for name in arguments.methods}
    if arguments.prior is None and "needed" in prior:
        raise UsageError("the method glime_prior needs a prior; give one with --prior FILE")
    if arguments.prior is not None and prior == {"none"}:
        raise UsageError("--prior is for the methods glime_prior and current; add one of them to --methods")
    picture, model, spec, settings = _prepared(arguments)
    segmentation = segment_view(picture, model, spec.segmenter)
    spec = replace(spec, segmenter=segmentation.made_by)  # without members that leave the photo in one piece
    specs = {name: METHODS[name].spec(spec) for name in arguments.methods}
    probes: dict[ProbeSpec, tuple[Probe, ...]] = dict.fromkeys(specs.values(), ())  # two methods may probe alike
    cuts = {each.made_by: each for each in (*segmentation.parts, segmentation)}
    num_samples = num_samples_of(arguments, spec.segmenter)
    total = arguments.repeats * sum(one.reachable(num_samples, cuts[one.segmenter].counts) for one in probes)
    progress = Progress(sys.stderr)
    for one in probes:
        repeated = grow_repeats(one, picture, model, arguments.repeats, num_samples, cuts[one.segmenter])
        for longer in asking(repeated):
            probes[one] = longer
            progress(sum(len(probe) for repeats in probes.values() for probe in repeats), total)
    first = probes[specs[arguments.methods[0]]][0]
    if settings.class_index is None:  # once, for all methods
        settings = replace(settings, class_index=first.most_likely()[0])
    reports = {
        name: report_of(probes[specs[name]], METHODS[name].settings(settings), arguments.ranking)
        for name in arguments.methods
    }
    try:
        folder = comparison.save(reports, arguments.top, arguments.out)
    except OSError as error:
        raise unwritten(arguments.out, error) from error
    for notice in model.notices(picture):
        say(notice)
    explanation = reports[arguments.methods[0]].explanations[0]
    say_score(first, explanation)
    cut = superpixels_in_words(segmentation.counts_in_photo)
    say(f"{cut}, {arguments.repeats} repeats of {num_samples} samples at most")
    for line in table(reports, arguments.top):
        say(line)
    for remark in dict.fromkeys(text for each in reports.values() for text in prior_remarks(each.explanations[0])):
        say(remark)
    say(f"files in {folder.resolve()}")


def replay(arguments: Namespace) -> None:
    """Ask the model again and compare with what was saved."""
    picture = picture_named(arguments.photo)
    progress = Progress(sys.stderr)
    explanation, probe = replay_with_samples(arguments.manifest, picture, arguments.model, progress)
    say(f"the same weights again: {explanation.class_name}, {explanation.spec.model}")
    say_summary(explanation, cross_fitted_r2(probe, explanation.settings))


def _prepared(arguments: Namespace) -> tuple[Picture, Classifier, ProbeSpec, FitSettings]:
    """What `explain` and `stability` are asked about, checked before any sample is paid for."""
    check_writable(arguments.out, "--out")
    if arguments.class_name is not None and getattr(arguments, "top_labels", 1) > 1:
        raise UsageError("--class and --top-labels both say which classes are explained; give one")
    options = options_of(arguments)
    picture = picture_named(arguments.photo)
    try:
        model = load_model(arguments.model, arguments.device, arguments.precision)
    except (ModelUnavailable, ValueError) as error:
        raise UsageError(str(error)) from error
    if arguments.space and arguments.space not in SPACES[model.kind]:
        raise UsageError(
            f"--space must be one of {', '.join(SPACES[model.kind])} for this model, got {arguments.space!r}"
        )
    if arguments.label_map:
        options["segmenter"] = load_label_map(arguments.label_map)
    num_samples_of(arguments, options["segmenter"])
    class_index = None if arguments.class_name is None else _class_index(arguments.class_name, picture, model)
    spec = ProbeSettings(options["segmenter"], options["hiding"], options["sampler"], arguments.seed).spec(
        picture, model
    )
    plain = FitSettings(
        class_index, arguments.space, options["kernel"], options["surrogate"], options["feature_selection"]
    )
    return picture, model, spec, _with_prior(arguments, plain, model)


def _with_prior(arguments: Namespace, settings: FitSettings, model: Classifier) -> FitSettings:
    """The settings with the prior that was asked for, and the surrogate in the form that takes one."""
    if arguments.prior is None:
        if arguments.prior_strength is not None:
            raise UsageError("--prior-strength is that of a prior; give one with --prior FILE")
        if preset_of(arguments).needs_prior:
            raise UsageError(f"--preset {arguments.preset} needs a prior; give one with --prior FILE")
        return settings
    try:
        surrogate = with_prior(settings.surrogate)
    except ValueError as error:
        raise UsageError(f"--prior: --surrogate {arguments.surrogate} takes no prior, take another") from error
    named = arguments.prior == CLASS_ACTIVATION  # a file of this name is ./class-activation
    try:
        prior = class_activation(model, arguments.model) if named else load_prior(arguments.prior)
        prior.check_model(model)
    except (BadPrior, PriorMismatch) as error:
        raise UsageError(f"--prior {arguments.prior}: {error}") from error
    strength = arguments.prior_strength
    if strength is None:
        strength = usual_strength(prior, surrogate, preset_of(arguments).settings.prior_strength)
    return replace(settings, surrogate=surrogate, prior=prior, prior_strength=strength)


def _class_index(wanted: str, picture: Picture, model: Classifier) -> int:
    names = model.class_names
    if wanted.removeprefix("-").isdecimal():
        count = len(names) or model.outputs(model.view(picture)[None]).shape[1]
        if not 0 <= int(wanted) < count:
            raise UsageError(f"--class must lie in 0..{count - 1}, got {wanted}")
        return int(wanted)
    exact = [index for index, name in enumerate(names) if name.casefold() == wanted.casefold()]
    fitting = exact or [index for index, name in enumerate(names) if wanted.casefold() in name.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        meant = near(wanted, names)
        hint = f"; near are {meant}" if meant else ""
        raise UsageError(f"--class: no class of {model.name} has {wanted!r} in its name{hint}")
    listed = ", ".join(f"{index} {names[index]}" for index in fitting[:10])
    more = f" and {len(fitting) - 10} more" if len(fitting) > 10 else ""
    raise UsageError(f"--class: {wanted!r} fits {len(fitting)} classes, give one by its number: {listed}{more}")
