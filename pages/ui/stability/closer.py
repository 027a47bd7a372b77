"""A closer look at the repeats of one method."""

from __future__ import annotations

import streamlit as st

import lime_core as lc
from lime_core.reports.verdict import without_weights
from pages.ui.figures.charts import PLAIN, curves_figure, pairs_figure, spread_figure
from pages.ui.figures.comparison import Comparison, value_maps
from pages.ui.figures.sentences import sentence
from pages.ui.stability.repeats import Repeats, finished_probes, read_in

VIEWS = ("Where it moves", "Fewer samples", "Error bars", "Pairs")


def look_closer(
    comparison: Comparison, repeats: Repeats, settings: lc.FitSettings, k: int, segmentation: lc.Segmentation
) -> None:
    """One of several closer looks at a time: the others need not be drawn."""
    view = st.segmented_control(
        "Look closer", VIEWS, default=VIEWS[0], required=True, key="closer", persist_state="session"
    )
    if nothing := without_weights(*comparison.values()):
        st.info(nothing)
    elif not methods_to_compare(comparison):
        st.info("One repeat has nothing to be compared with. Press Compare for the others.")
    elif view == VIEWS[1]:
        _fewer_samples(comparison, repeats, settings, k, segmentation)
    elif view == VIEWS[2]:
        st.plotly_chart(
            spread_figure(comparison), config=PLAIN, key="spread",
            alt="The spread that the error bars of single runs predict beside the one that is seen, for each method.",
        )  # fmt: skip
        st.caption(
            "A point for each superpixel. On the line, one run knows how far it would move; below it, its error bars "
            "are wider than need be."
        )
    else:
        name = _one_of(comparison)
        if view == VIEWS[3]:
            st.plotly_chart(
                pairs_figure(comparison[name], k), config=PLAIN, key="pairs",
                alt=f"Jaccard index of the top {k} for each pair of repeats of {lc.METHODS[name].title}.",
            )  # fmt: skip
            return
        grid = st.grid(4, min_column_width=190)
        for figure in value_maps(comparison[name], k):
            with grid.cell():
                st.image(figure.pixels, width="stretch", output_format="PNG", alt=figure.alt)
                st.caption(f"**{figure.title}**  \n{sentence(f'{figure.low} to {figure.high}')}")


def methods_to_compare(comparison: Comparison) -> list[str]:
    """The methods of which there are repeats to compare."""
    return [name for name, report in comparison.items() if len(report.explanations) > 1 and report.weights.any()]


def _one_of(comparison: Comparison) -> str:
    """The method to look at."""
    names = methods_to_compare(comparison)
    if len(names) == 1:
        return names[0]
    return st.segmented_control(
        "Method", names, default=names[0], required=True, key=f"closer-{'-'.join(names)}",
        format_func=lambda name: lc.METHODS[name].title, label_visibility="collapsed",
    )  # fmt: skip


def _fewer_samples(
    comparison: Comparison, repeats: Repeats, settings: lc.FitSettings, k: int, segmentation: lc.Segmentation
) -> None:
    """Every figure against the number of samples; samples that are there need not be asked for again."""
    several = {name: report for name, report in comparison.items() if len(report.explanations) > 1}
    metrics = {m.key: m for report in several.values() for m in report.metrics(k)}
    key = st.selectbox(
        "Figure", list(metrics), format_func=lambda key: metrics[key].name, key="curve", persist_state="session"
    )
    ranking = next(iter(comparison.values())).ranking
    curves = {}
    for name, report in several.items():
        probes, sizes = finished_probes(repeats, name), lc.curve_sizes(report.n_samples)
        read = read_in(name, segmentation)
        curves[name] = lc.curve(probes, lc.METHODS[name].settings(settings), sizes, ranking, read)
    figure = curves_figure(curves, k, key)
    st.plotly_chart(figure, config=PLAIN, key="curves", alt=f"{metrics[key].name} against the number of samples.")
    st.caption(
        f"{metrics[key].help} The model was not asked again: the first samples of each repeat are a shorter run."
        + (" The dashed line is what chance gives." if metrics[key].chance is not None else "")
    )
