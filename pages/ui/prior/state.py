"""How far the building of a prior has come: which pictures are finished, what is missing, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lime_core.reports.sentences import count
from pages.ui.figures.priors import contact_sheet
from pages.ui.figures.sentences import seconds
from pages.ui.prior.pictures import Row
from pages.ui.prior.plan import Plan
from pages.ui.runs import caches

MOST = 2000
"""Crops of all pictures together, at most."""

GONE = "It is no longer there."
"""Why a picture is left out that was there at first, and not when its turn came."""

SHEET = 56
"""Small pictures that are shown, at most."""


@dataclass(frozen=True)
class State:
    """How far a plan has come.

    rows : the pictures that can be read
    finished : row by row, whether nothing is left to ask about it
    missing : samples that the model has to be asked for
    refused : digest of a crop -> why it was left out
    """

    rows: Sequence[Row]
    finished: Sequence[bool]
    missing: int
    refused: dict[str, str]

    @property
    def done(self) -> int:
        """How many pictures are finished."""
        return sum(self.finished)


def crop_digests() -> dict[str, list[str]]:
    """digest of a picture -> those of its crops, as far as they have been cut in this session."""
    return st.session_state.setdefault("prior-crop-digests", {})


def _refused(plan: Plan | None, anew: bool = False) -> dict[str, str]:
    """digest of a crop -> why it was left out of this plan; `anew` forgets it, to try again."""
    last = st.session_state.get("prior-left-out")
    if last is None or last[0] != plan or anew:
        st.session_state["prior-left-out"] = last = (plan, {})
    return last[1]


def state_of(plan: Plan | None, rows: Sequence[Row], anew: bool = False) -> State:
    """What is there of a plan; `anew` gives those that were left out another try."""
    readable, left_out, crops = [row for row in rows if not row.error], _refused(plan, anew), crop_digests()
    if plan is None:
        return State([], [], 0, left_out)
    finished, missing = [], 0
    for row in readable:
        digests = crops.get(row.digest, [row.digest])[: plan.crops]
        keys = [plan.summary_key(digest) for digest in digests if digest not in left_out]
        lacking = [key for key in keys if key not in caches.summaries()]
        samples = sum(min(plan.num_samples, len(caches.store().get(key.spec) or ())) for key in lacking)
        uncut = 0 if left_out.get(row.digest) == GONE else plan.crops - len(digests)
        missing += (len(lacking) + uncut) * plan.num_samples - samples
        finished.append(not lacking and not uncut)
    return State(readable, finished, missing, left_out)


def budget(plan: Plan | None, state: State, rate: float) -> str:
    """What building costs, in one line."""
    if plan is None or not state.rows:
        return "No pictures yet"
    if all(state.finished):
        cost = "all there, costs nothing"
    else:
        cost = f"≈ {seconds(state.missing / rate)}" if state.missing else "only the fits are missing"
    crops = f" × {plan.crops} crops" if plan.crops > 1 else ""
    return f"{count(len(state.rows), 'picture')}{crops} × {plan.num_samples} samples · {cost}"


def too_much(plan: Plan | None, state: State) -> str:
    """What to say where there are too many crops for one page; else empty."""
    if plan is None or plan.crops * len(state.rows) <= MOST:
        return ""
    many = plan.crops * len(state.rows)
    return f"{many} crops are too many for this page, which takes {MOST}. Take fewer of each picture."


def offers_part(state: State) -> bool:
    """Says that a run was not finished; whether a prior of the finished pictures alone has just been asked for."""
    if not 0 < state.done < len(state.rows):
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(
            f"{state.done} of {count(len(state.rows), 'picture')} are finished. Build asks about the others.",
            icon=":material/hourglass_bottom:",
        )
        return st.button(f"Build from {state.done} now", key="prior-part", width="content")


def show_pictures(place: DeltaGenerator, state: State) -> None:
    """The pictures, bright as soon as they are finished."""
    small = [(row.small, done) for row, done in zip(state.rows, state.finished, strict=True) if row.small is not None]
    if small:
        beginning = f"The first {SHEET} of " if len(small) > SHEET else ""
        place.image(
            contact_sheet(*zip(*small[:SHEET], strict=True)),
            output_format="PNG",
            alt=f"{beginning}{count(len(state.rows), 'picture')}; {state.done} of them finished.",
        )


def show_list(rows: Sequence[Row], state: State) -> None:
    """Every picture with its size, and what was left out and why."""
    if not rows:
        return
    crops = crop_digests()
    finished = dict(zip((row.digest for row in state.rows), state.finished, strict=True))
    states = []
    for row in rows:
        reasons = [state.refused[d] for d in crops.get(row.digest, [row.digest]) if d in state.refused]
        states.append(row.error or (reasons or ["finished" if finished.get(row.digest) else ""])[0])
    left_out = sum(text not in ("", "finished") for text in states)
    label = f"{count(len(rows), 'picture')}, {left_out} left out" if left_out else count(len(rows), "picture")
    with st.expander(label, icon=":material/warning:" if left_out else None, key="prior-list"):
        st.dataframe(
            {"picture": [row.name for row in rows], "size": [row.size for row in rows], "state": states},
            hide_index=True,
            height=min(300, 36 * len(rows) + 40),
            alt="Every picture with its size and its state.",
        )
