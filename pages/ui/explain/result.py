"""An explanation on the page: the map, how far to trust it, bars and table, other classes, and the download."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

import lime_core as lc
from lime_core.arrays import Indices
from lime_core.drawing.heatmap import ranked, symmetric_limit
from lime_core.drawing.overlay import png_bytes
from lime_core.drawing.palette import color_bar
from lime_core.files.names import noun_of, told_apart
from lime_core.reports.numbers import axis_title, scale_ends, score_text, two_decimals
from lime_core.reports.sentences import directions, prior_in_words, remarks
from lime_core.reports.verdict import NOTHING, by_pixel_in_words, verdict
from lime_core.trust.cross_fit import unseen_in_words
from pages.ui.explain.view import read_as_chosen
from pages.ui.figures import sentences
from pages.ui.figures.charts import PLAIN
from pages.ui.figures.maps import map_picture
from pages.ui.figures.weights import weights_figure, weights_table
from pages.ui.takeaway.offering import EXPLANATION, offer

LOOK = {
    "good": (st.success, ":material/check_circle:"),
    "fair": (st.info, ":material/info:"),
    "weak": (st.warning, ":material/warning:"),
}


NAMED = 3
"""How many pairs are named and joined by a line."""


def show_map(e: lc.Explanation, view: lc.View, pairs: Indices | None) -> None:
    """The map with its color bar, and a line for each of the pairs; a map without weights has no scale."""
    limit = e.color_limit(view)
    pixels = map_picture(e, view, limit, pairs)
    st.image(png_bytes(pixels), width="stretch", output_format="PNG", alt=sentences.summary(e))
    if view.colored and not e.empty:
        low, high = scale_ends(limit, e.unit)
        down, up = directions(e)
        low, high = (f"{down} {low}", f"{up} {high}") if e.signed else (low, f"most important {high}")
        low, high = sentences.sentence(low), sentences.sentence(high)
        colors = color_bar(limit, width=120, height=12, ends=view.ends)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":small[{low}]", width="content")
            st.image(colors if e.signed else colors[:, 60:], output_format="PNG", alt="The scale of the colors.")
            st.markdown(f":small[{high}]", width="content")
        if e.by_pixel(view):
            st.caption(sentences.sentence(by_pixel_in_words(e)))


def show_trust(e: lc.Explanation, probe: lc.Probe, k: int, together: lc.Interactions) -> float:
    """R², the explanation's prediction beside the model's, what acts only together, and what follows from them.

    Returns R² on samples that were not fitted.
    """
    grid = st.grid(3, min_column_width=95)
    grid.metric(
        "model says",
        score_text(e.model_score, e.settings.space or "value"),
        help="The model's score of the full picture.",
    )
    grid.metric(
        "map says",
        score_text(e.local_prediction, e.settings.space or "value"),
        help="What the surrogate predicts for the full picture. Far from the model's score means: not faithful here.",
    )
    grid.metric("R²", two_decimals(e.r2), help="Share of the score's movement that the map explains; 1 is all of it.")
    if e.value_unit:  # beside the numbers there is no room for it
        st.caption(sentences.sentence(f"Both in {e.value_unit}."))
    if pull := prior_in_words(e):
        share, sentence = st.columns([1, 2], vertical_alignment="center")
        share.metric(
            "from the prior",
            f"{e.mean_prior_share:.0%}",
            help="How much of a weight the prior made, on average. The more, the steadier the map, and the less it "
            "says about this picture.",
        )
        sentence.caption(sentences.sentence(pull))
    unseen = lc.cross_fitted_r2(probe, e.settings)
    if told := unseen_in_words(e.r2, unseen):
        st.caption(sentences.sentence(told), help="Each fifth of the samples is predicted by a fit to the others.")
    trust = verdict(e, unseen)
    box, icon = LOOK[trust.level]
    box(sentences.sentence(trust.sentence), title=sentences.sentence(trust.headline), icon=icon)
    rivals = len(e.weights) - int(e.inert.sum()) - 1
    if certain := sentences.top_certain(e, min(k, rivals)) if rivals > 0 else "":
        st.caption(
            f":material/leaderboard: {sentences.sentence(certain)}",
            help="How likely the strongest superpixels are the right set: from the error bars of this one run.",
        )
    if not e.constant and e.own and (len(together) or len(e.members) < 2):  # few samples of the first rarely tell
        *pairs, meaning = lc.interactions_in_words(together, NAMED)
        # Where the map leaves much unexplained, how much of that the pairs explain stands in sight.
        said = " · ".join(pairs if pairs and trust.level == "good" else [*pairs, meaning])
        st.caption(f":material/link: {sentences.sentence(said)}", help=sentences.sentence(meaning if pairs else ""))
    if shared := lc.segmentations_in_words(e):
        st.caption(
            f":material/dashboard: {sentences.sentence(' · '.join(shared))}",
            help="Each segmentation has its share of the samples and a map of its own; this map is their mean.",
        )
    for remark in remarks(e):
        st.caption(f":material/warning: {sentences.sentence(remark)}")
    return unseen


def show_weights(e: lc.Explanation, view: lc.View) -> None:
    """Bars and table of the weights; none where there is nothing to explain, which the verdict says."""
    if e.constant:
        return
    drawn = ranked(e.weights, view.show, view.num_features, view.min_weight)
    bars, table = st.tabs(["Weights", "Table"])
    with bars:
        if len(drawn):
            st.plotly_chart(
                weights_figure(e, view, symmetric_limit(e.weights)),
                config=PLAIN,
                key="weights",
                alt=sentences.summary(e),
            )
            if not np.isnan(e.standard_error[drawn]).any():
                st.caption(f"{sentences.certain_signs(e, drawn)} Lines are 95% error bars from this one run.")
            if len(e.members) > 1:
                st.caption("Each dot is what one segmentation alone says; the bar is their mean.")
            if e.prior_share[drawn].any():
                st.caption("The pale end of a bar is the share that the prior made.")
        elif e.empty:
            st.info("No superpixel has a weight.")
        else:
            st.info("No superpixel has a weight to show. Show both signs, or lower the minimum weight.")
    with table:
        half_width = None
        if np.isfinite(e.standard_error).any():
            unit = 100.0 if e.settings.space == "probability" else 1.0
            title = sentences.sentence(axis_title(e.score_unit))
            half_width = st.number_input(
                f"Wanted error bar, ± {title}",
                1e-9,  # weights of a class that is never likely are as small
                100.0 if unit == 100.0 else 1e9,  # values may be of any size
                0.5 if unit == 100.0 else 0.1,
                step=0.1,
                format="%g",
                key=f"wanted-{unit:g}",
                persist_state="session",
                help="The last column says how many samples would make each error bar as short as this.",
            )
            half_width /= unit
        if len(e.entered):
            st.caption("“enters” is the place in the order of entry into the elastic net's path: G-LIME's own ranking.")
        st.dataframe(
            weights_table(e, half_width),
            hide_index=True,
            height=340,
            key="table",
            alt=f"All weights. {sentences.summary(e)}",
        )


def offer_classes(probe: lc.Probe, settings: lc.FitSettings, view: lc.View, shown: int) -> None:
    """Other classes or outputs, folded away; none where there is only one."""
    if probe.outputs.shape[1] < 2:
        return
    values = probe.kind == "values"
    label = "The first outputs side by side" if values else "The most likely classes side by side"
    classes = st.expander(label, key="classes", on_change="rerun")
    if classes.open:  # three more maps, which nobody waits for while they are folded away
        with classes:
            show_classes(probe, settings, view, shown)


def show_classes(probe: lc.Probe, settings: lc.FitSettings, view: lc.View, shown: int) -> None:
    """The most likely classes side by side, or the first outputs; on one scale, from the same samples."""
    first = range(min(3, probe.outputs.shape[1])) if probe.kind == "values" else probe.most_likely(3)
    explanations = [read_as_chosen(lc.fit(probe, replace(settings, class_index=index)), shown) for index in first]
    limit = max((e.color_limit(view) for e in explanations if not e.empty), default=1.0)
    small = replace(view, numbers=False)
    named = dict(enumerate(probe.class_names)) | {i: e.class_name for i, e in zip(first, explanations, strict=True)}
    names = told_apart(named, noun_of(probe.kind))
    grid = st.grid(len(explanations), min_column_width=190)
    for index, e in zip(first, explanations, strict=True):
        score = score_text(e.model_score, e.score_unit)
        grid.image(
            png_bytes(map_picture(e, small, limit)),
            output_format="PNG",
            width="stretch",
            alt=sentences.summary(e),
            caption=sentences.sentence(
                f"{names[index]} · {score} · {NOTHING.headline if e.constant else f'R² {two_decimals(e.r2)}'}"
            ),
        )
    st.caption("One scale for all; the same samples, so the model was asked once.")


def offer_download(e: lc.Explanation, view: lc.View, pairs: Indices | None, unseen: float, probe: lc.Probe) -> None:
    """Everything as one archive: overlay and reports as the map is seen, and what computes it again."""
    offer(lambda: lc.explanation_bytes(e, view, pairs, unseen, probe), "explanation.zip", EXPLANATION, "take-away")
