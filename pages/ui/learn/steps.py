"""The first steps: the photo, its superpixels, and some of its hidden versions."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import streamlit as st

import lime_core as lc
from lime_core.drawing.overlay import png_bytes
from lime_core.files.names import noun_of
from lime_core.reports.numbers import score_text, superpixels_in_words
from lime_core.reports.sentences import count
from pages.ui.explain.view import choose_whose, cut_as_chosen
from pages.ui.figures.charts import PLAIN
from pages.ui.figures.sentences import sentence
from pages.ui.learn import words
from pages.ui.learn.charts import answers_figure, answers_table
from pages.ui.runs import caches
from pages.ui.sidebar.controls import title
from pages.ui.sidebar.model import SHOWN, first_answers
from pages.ui.sidebar.probe import Plan


def show_photo(chosen: caches.Chosen, image: lc.Segmentation) -> None:
    """The crop that the model sees, and what the model says of it."""
    st.subheader("1 · The photo", anchor="photo")
    model, answers = chosen.model, first_answers(chosen.class_index)
    height, width = image.labels.shape
    kind = "most likely " * (model.kind != "values") + noun_of(model.kind, several=True)
    kind += " and the one that is explained" * (len(answers) > SHOWN)
    st.markdown(sentence(words.photo_in_words(model, width, height)))
    st.image(png_bytes(image.image), width="stretch", output_format="PNG", alt="The crop that the model sees.")
    unit = model.unit or lc.SPACES[model.kind][0]
    name = next(name for index, name, _ in answers if index == chosen.class_index)
    told = ", ".join(f"{name} {score_text(score, unit)}" for _, name, score in answers)
    st.plotly_chart(
        answers_figure(answers, chosen.class_index, unit), config=PLAIN, key="learn-answers", alt=f"The {kind}: {told}."
    )
    st.caption(sentence(f"The steps below explain {name}."))
    with st.expander("As a table"):
        st.table(
            answers_table(answers, unit, noun_of(model.kind)), hide_index=True, border="horizontal", alt=f"The {kind}."
        )


def show_superpixels(chosen: caches.Chosen, plan: Plan) -> int:
    """The crop as it is cut, with what cut it; returns whose superpixels are shown, of several segmentations."""
    st.subheader("2 · Superpixels", anchor="superpixels")
    text, picture = st.container(), st.container()
    shown = choose_whose(plan.segmentation)
    cut = cut_as_chosen(plan.segmentation, shown)
    text.markdown(
        f"The crop is cut into {count(cut.in_photo, 'superpixel')}: parts that are shown or hidden as a whole."
    )
    alt = f"The crop that the model sees, cut into {cut.in_photo} superpixels."
    picture.image(caches.preview(chosen, cut), width="stretch", output_format="PNG", alt=alt)
    st.caption(sentence(f"Cut by {_option(cut.made_by, lc.SEGMENTERS)}."))
    if len(plan.segmentation.parts) > 1:
        st.caption(
            f"There are {superpixels_in_words(plan.segmentation.counts_in_photo)}, which share the samples. Steps 2 to "
            "5 are of this one; the map is the mean of all."
        )
    return shown


def show_hidden(member: lc.Probe, samples: lc.FittedSamples, e: lc.Explanation) -> None:
    """Some of the pictures that the model was shown, each with what it said."""
    st.subheader("3 · Hidden versions", anchor="hidden")
    rows, unit = samples.telling(), e.score_unit
    st.markdown(
        "The model is asked again and again, each time with other superpixels hidden. "
        + sentence(words.telling_in_words(samples, len(rows)))
    )
    pictures = member.scene.masked(member.masks[rows])
    grid = st.grid(4, min_column_width=150, gap="small")
    for row, picture in zip(rows.tolist(), pictures, strict=True):
        with grid.cell():
            st.image(
                png_bytes(picture),
                width="stretch",
                output_format="PNG",
                caption=sentence(f"sample {row} · {score_text(float(samples.scores[row]), unit)}"),
                alt=words.sample_in_words(samples, row, e.class_name, unit),
            )
    hiding = _option(member.spec.hiding, lc.HIDINGS)
    st.caption(sentence(f"Below each: its number, and what the model says for {e.class_name}. Hide color: {hiding}."))


def _option(option: Any, table: dict[str, Any]) -> str:
    """An option with its settings, as its controls call them."""
    name = next((name for name, cls in table.items() if cls is type(option)), type(option).__name__)
    called = {f.name: title(f.name).lower() for f in fields(option) if f.metadata}
    return words.settings_in_words(option, title(name), called)
