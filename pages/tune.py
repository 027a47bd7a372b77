"""Tune: which settings, for these photos and models, and what of that holds for others."""

import streamlit as st

from pages.ui.runs import running
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.opening import SidebarForMany, open_sidebar_for_many
from pages.ui.tune.base import leave_if_carried
from pages.ui.tune.findings import show_findings
from pages.ui.tune.plan import choose_plan, cost, too_much
from pages.ui.tune.search import begin_budget, choose_budget, run_search

RUN = "tune"
ABOUT = """
Press **Search**: ways of asking are tried one after the other on these photos, and of each all ways of fitting. The
[relevance gain](https://arxiv.org/abs/2401.06654) ranks them, which asks the model whether a map is right; stability is
a condition. What was found is kept, so that a search can be ended at any time, and goes on later.

What is best on one photo need not be best on another: choose several, some of one class or output, and a second model,
and the page says what holds for them all.
"""


def page() -> None:
    """The search with its controls, and what it has found; no photo at the left is needed."""
    leave_if_carried()
    sidebar = open_sidebar_for_many(RUN, "Search")
    if sidebar:
        with errors_as_messages():
            tune(sidebar)


def tune(sidebar: SidebarForMany) -> None:
    """The controls, what was found, then the search, if one is under way."""
    head, progress = st.container(), st.empty()
    running.show_failure(RUN, progress)
    found = bool(st.session_state.get("tune-found"))  # then the findings belong above the fold
    with st.expander("Photos, models, and what may vary", expanded=not found, key=f"tune-plan-{found}"):
        plan = choose_plan(sidebar)
        budget = choose_budget()
    refusal = too_much(plan) if plan else ""
    if refusal:
        progress.warning(refusal, icon=":material/memory:")
    elif plan is not None and running.pressed(RUN):
        begin_budget(budget, plan.study)
    under_way = running.begin(RUN, plan.study.digest) if plan and not refusal else running.end(RUN)
    with head:
        running.header(RUN, "Search", under_way, "Tune", cost(plan))
    begun = plan is not None and plan.study.begun
    st.session_state["tune-found"] = begun
    if plan is not None and begun:
        with st.container(), errors_as_messages():
            show_findings(plan.study, under_way)
    else:
        st.markdown(ABOUT)
    if plan is not None and under_way:
        run_search(RUN, plan, progress)


page()
