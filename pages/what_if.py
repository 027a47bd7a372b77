"""What if: superpixels hidden by hand, what the model says then and what the map says, and superpixels of one's own."""

import streamlit as st

from pages.ui.explain.run import open_run
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.opening import Sidebar, open_sidebar
from pages.ui.sidebar.probe import plan_explanation
from pages.ui.what_if import by_hand
from pages.ui.what_if.hand import hand

RUN = "what-if"


def page() -> None:
    """The gallery while no photo is chosen, else the picture with its tools."""
    sidebar = open_sidebar(RUN, plan_explanation)
    if sidebar:
        with errors_as_messages():
            what_if(sidebar)


def what_if(sidebar: Sidebar) -> None:
    """The picture and what is said of it; then the run for the map, if one is under way."""
    by = hand()
    run = open_run(RUN, "Explain", "What if · ", sidebar, by.plan(sidebar.plan, sidebar.chosen))
    by.keep_told()
    with st.container():  # always there: the picture does not begin anew when the message comes or goes
        if (probe := by_hand.samples_of(run.plan)) is not None:
            run.say_what_lacks(probe)
    lent = by_hand.Lent.of(sidebar, run.plan, by, probe)
    if run.under_way:
        by_hand.draw(lent)  # with the page, whose run it would have to wait for
        run.go_on()
    else:
        by_hand.alone(lent)


page()
