"""What the strength of the prior does to the repeats of one picture: steadier, and further from the model.

The repeats are those of LIME on the Stability page, so whoever has been there asks for nothing new.  Deletion and
insertion are asked for on their own, each picture on the way once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from lime_core.reports.sentences import count, prior_remarks
from lime_core.reports.verdict import NOTHING
from pages.ui.figures.charts import PLAIN
from pages.ui.figures.sentences import seconds, sentence
from pages.ui.figures.strengths import effect_figure, effect_in_words, effect_table
from pages.ui.runs import caches, growing, running
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.prior import choose_strength
from pages.ui.sidebar.probe import pick_num_samples, plan_with
from pages.ui.stability.methods import choose_repeats_and_top
from pages.ui.stability.repeats import (
    budget,
    finished_probes,
    missing_samples,
    repeats_of,
    run_repeats,
    too_much,
)

RUN, ON_THE_WAY = "effect", "effect-on-the-way"
METHOD = "glime_prior"
REMOVAL = lc.Removal(steps=20)


def show_effect(
    chosen: caches.Chosen, prior: lc.GlobalPrior, class_index: int, probing: lc.ProbeSettings, settings: lc.FitSettings
) -> None:
    """The controls and buttons, chart and table; then the run, if one is under way.  An error is said and ends it.

    prior, class_index : what is looked at on the page
    probing, settings : as the sidebar has them; the surrogate is taken in its form with a prior
    """
    with errors_as_messages():
        try:
            _draw(chosen, prior, class_index, probing, settings)
        except Exception:
            end_effect()
            raise


def _draw(
    chosen: caches.Chosen, prior: lc.GlobalPrior, class_index: int, probing: lc.ProbeSettings, settings: lc.FitSettings
) -> None:
    head, progress, controls = st.container(), st.empty(), st.container(horizontal=True, gap="medium")
    running.show_failure(RUN, progress)
    try:
        surrogate = lc.with_prior(settings.surrogate)
    except ValueError:
        head.markdown("### What the strength does")
        controls.info("The surrogate at the left takes no prior; choose another one.", icon=":material/arrow_back:")
        end_effect()
        return
    with controls:
        plan = plan_with(probing, chosen, pick_num_samples("stability-samples", width=200))
        strength = choose_strength(prior, surrogate, width=200)
        times, k = choose_repeats_and_top(plan.segmentation.in_photo)
    settings = replace(settings, class_index=class_index, surrogate=surrogate, prior=prior, prior_strength=strength)
    repeats = repeats_of(plan, chosen, (METHOD,), times)
    refusal = too_much(repeats, chosen, sum(plan.segmentation.counts))
    under_way = not refusal and running.begin(RUN, repeats)
    with head:
        cost = budget(plan, repeats, missing_samples(repeats), caches.rate(chosen.model))
        running.header(RUN, "Repeat", under_way, "What the strength does", cost)
    if refusal:
        running.end(RUN)
        progress.warning(refusal, icon=":material/memory:")
    probes = finished_probes(repeats, METHOD)
    if len(probes) >= 2:
        _show(probes, chosen, settings, k, other_run=under_way)
    else:
        running.end(ON_THE_WAY)
        st.markdown(
            f"Press **Repeat**: this picture is explained {times} times with other samples, and fitted with a prior "
            "from weak to strong. The Stability page shares its samples with this one."
        )
    if under_way:
        run_repeats(RUN, repeats, chosen, progress)


def end_effect() -> None:
    """Ends its runs, where it is not drawn."""
    running.end(RUN)
    running.end(ON_THE_WAY)


def _show(probes: Sequence[lc.Probe], chosen: caches.Chosen, settings: lc.FitSettings, k: int, other_run: bool) -> None:
    """Chart and table of the repeats that are there, and the button for deletion and insertion."""
    if all(e.constant for e in lc.report_of(probes, settings).explanations):
        st.info(NOTHING.sentence, title=NOTHING.headline, icon=":material/warning:")
        running.end(ON_THE_WAY)
        return
    usual, now = lc.usual_strengths(settings.surrogate), settings.prior_strength
    compared = sorted({*usual, now})
    reports = lc.at_strengths(probes, settings, compared)
    # Not of the strength that is set: a slider that is moved should ask for nothing.
    judged = [report for strength, report in zip(compared, reports, strict=True) if strength in usual]
    spec = REMOVAL.spec_of_all([e for report in judged for e in report.explanations])
    pictures = spec.reachable(10**9, probes[0].masks.shape[1])
    removals = caches.store().get(spec)
    have = min(len(removals), pictures) if removals else 0
    faithfulness = lc.faithfulness_at(judged, removals, REMOVAL) if removals and have == pictures else None
    curves = dict(zip(usual, faithfulness, strict=True)) if faithfulness else {}
    effect = lc.effect_of(reports, k, [curves.get(strength, ()) for strength in compared])

    st.plotly_chart(
        effect_figure(effect, k, now), config=PLAIN, key="effect-chart",
        alt=effect_in_words(effect),
    )  # fmt: skip
    st.caption(
        f"Each point is the mean of {count(len(probes), 'repeat')} with the same samples; the dotted line is "
        "the strength that is set. Further right the prior counts for more: where R² falls, the map says less about "
        "this picture, however steady it gets. A prior that this very photo helped to build knows its answer already."
    )
    explanations = [e for report in reports for e in report.explanations]
    telling = [reports[compared.index(now)].explanations[0], *(e for e in explanations if e.prior_scale == 0)]
    for remark in dict.fromkeys(text for e in telling for text in prior_remarks(e)):
        st.caption(f":material/warning: {sentence(remark)}")
    if isinstance(settings.surrogate, lc.BayesianRidgeWithPrior):
        st.caption("The precision of the noise is fitted here, whatever is set on the other pages.")
    unit = probes[0].unit or (faithfulness[0][0].space if faithfulness else "")
    st.table(effect_table(effect, k, unit), hide_index=True, border="horizontal", alt=effect_in_words(effect))
    st.caption("In brackets what chance gives. “Known to it” is the share of superpixels that the prior has seen.")
    if other_run:  # its repeats change what is to be asked
        running.end(ON_THE_WAY)
    else:
        _on_the_way(spec, pictures, have, chosen)


def _on_the_way(spec: lc.ProbeSpec, pictures: int, have: int, chosen: caches.Chosen) -> None:
    """The button that asks for deletion and insertion, and the run behind it."""
    under_way = running.begin(ON_THE_WAY, spec)
    left = pictures - have
    cost = f"≈ {seconds(left / caches.rate(chosen.model))}" if left else "all there, costs nothing"
    head, progress = st.container(), st.empty()
    running.show_failure(ON_THE_WAY, progress)
    with head:
        cost = f"{pictures} pictures, those of all strengths and repeats, each once · {cost}"
        running.header(ON_THE_WAY, "Ask", under_way, "Deletion and insertion", cost, level=4)
    st.caption(
        "The model is asked whether it finds important what the maps call important: superpixels go, the strongest "
        "first, or come in that order. The figure is the mean score on the way; low is good for deletion, high for "
        "insertion."
    )
    if under_way:
        _run(spec, pictures, chosen, progress)


def _run(spec: lc.ProbeSpec, pictures: int, chosen: caches.Chosen, progress: DeltaGenerator) -> None:
    steps = growing.grow_each([growing.Wanted("Deletion and insertion", spec, pictures, chosen)], set())
    running.run(ON_THE_WAY, steps, progress)
