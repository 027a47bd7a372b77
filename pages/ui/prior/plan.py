"""What a prior is to be built from and how: the settings of its page.

A `Plan` is what the model has to be asked for; `Words` is what is made of its answers, and costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

import lime_core as lc
from lime_core.files.names import noun_of
from pages.ui.pictures.sources import Source
from pages.ui.runs.summaries import SummaryKey

KINDS = {"normlime": "NormLIME", "average": "Average", "signed": "Signed"}

WHAT = {
    "normlime": "A superpixel counts by its square over the sum of its picture: the strongest decide. Words can only "
    "speak for a class or raise a value.",
    "average": "The mean size of the weights, whatever their sign. Words can only speak for a class or raise a value.",
    "signed": "The mean weight with its sign. Words can speak for a class and against it, raise a value and lower it.",
}
"""What each kind of global weights is."""


@dataclass(frozen=True)
class Plan:
    """What is asked of each picture; equal plans lead to the same summaries.

    model : name, fingerprint and engine of the model
    crops : how many pictures each one makes, the whole one among them
    classes : how many are explained, most likely first
    """

    source: Source
    probing: lc.ProbeSettings
    settings: lc.FitSettings
    model: tuple[str, str, str]
    crops: int
    classes: int
    num_samples: int

    def summary_key(self, digest: str) -> SummaryKey:
        """What the summary of the picture with this digest depends on."""
        return SummaryKey(self.probing.spec_of(digest, *self.model), self.num_samples, self.settings, self.classes)


@dataclass(frozen=True)
class Words:
    """What is made of the summaries; nothing here asks the model.

    named : whether the name is the reader's own
    """

    method: str
    clusters: int
    position: float
    examples: int
    name: str
    named: bool


def choose_plan(
    source: Source | None, probing: lc.ProbeSettings, settings: lc.FitSettings, model: lc.Classifier
) -> Plan | None:
    """The controls of what is asked of each picture; None without pictures."""
    grid = st.grid(3, min_column_width=100)
    with grid.cell():
        crops = st.number_input(
            "Crops of each", 1, 20, 1, key="prior-crops", persist_state="session",
            help="1 is the whole picture only. Others are random parts of it: more superpixels from few pictures.",
        )  # fmt: skip
    with grid.cell():
        classes = st.number_input(
            f"{noun_of(model.kind, several=True).capitalize()} of each",
            1, 20, 5, key="prior-classes", persist_state="session",
            help=f"How many are explained, {'highest' if model.kind == 'values' else 'most likely'} first. "
            "More do not ask the model again as long as its answers are kept.",
        )  # fmt: skip
    with grid.cell():
        num_samples = st.number_input(
            "num_samples", 100, 5000, 300, step=100, key="prior-samples", persist_state="session",
            help="How often the model is asked about each picture. A prior is a mean over many superpixels, so fewer "
            "do than for a single map.",
        )  # fmt: skip
    if source is None:
        return None
    identity = model.name, model.fingerprint, model.engine.description
    return Plan(source, probing, settings, identity, crops, classes, num_samples)


def choose_words(source: Source | None, settings: lc.FitSettings) -> Words:
    """The controls of what is made of the model's answers; `settings` are those that they are fitted with."""
    method = st.segmented_control(
        "Kind of global weights",
        list(lc.GLOBAL_WEIGHTS),
        default="signed",
        format_func=KINDS.__getitem__,
        required=True,
        key="prior-method",
        persist_state="session",
        help="  \n".join(f"**{title}**: {WHAT[name]}" for name, title in KINDS.items()),
    )
    unsigned = method == "signed" and isinstance(settings.surrogate, lc.Tree)
    st.caption("A tree's importances have no sign: this is the same as Average here." if unsigned else WHAT[method])
    grid = st.grid(2, min_column_width=100)
    with grid.cell():
        clusters = st.number_input(
            "Words", 2, 1000, 30, step=10, key="prior-clusters", persist_state="session",
            help="Into how many visual words the superpixels are sorted. More tell finer looks apart, and know less "
            "about each.",
        )  # fmt: skip
    with grid.cell():
        position = st.number_input(
            "Position", 0.0, 5.0, 0.0, step=0.1, key="prior-position", persist_state="session",
            help="How much it counts where a superpixel lies. At 0 looks alone decide; at 1 the opposite side of the "
            "picture is as far as another look.",
        )  # fmt: skip
    usual = "" if source is None else f"{source.note}, {KINDS[method]}, {clusters} words"
    name = st.text_input(
        "Name", key="prior-title", persist_state="session", max_chars=80, placeholder=usual,
        help="What the prior is called in this session and in its file.",
    )  # fmt: skip
    examples = st.toggle(
        "Examples of each word", True, key="prior-examples", persist_state="session",
        help="Keep up to four small pictures of each word, also in the file. They are parts of your pictures: "
        "switch this off where those are not to be given away.",
    )  # fmt: skip
    own = name.strip()
    return Words(method, clusters, position, 4 if examples else 0, own or usual, bool(own))
