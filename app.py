"""What `streamlit run app.py` starts: the server with its doors, and the shell that is drawn for every visitor.

The shell is the pages, and what all of them share in the sidebar - photo, model and class.
"""

import os
from dataclasses import replace
from functools import partial

# Before NumPy comes.  Its threads wait for each other, be there only a thousand rows by forty columns: where a model or
# another visitor has one of the cores, a fit of 8 ms takes 190.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import streamlit as st
from starlette.middleware import Middleware

from pages.ui.doors.leaving import ends_in_order
from pages.ui.doors.memory import FreeMemory
from pages.ui.doors.origins import OwnOrigins
from pages.ui.doors.uploads import BoundedUploads

# Less empty space above the page and between controls: the map and the five controls that people come for belong above
# the fold.  In a phone's window there is less space above.
STYLE = """<style>
.st-key-page { margin-top: -3.6rem; }
@media (max-width: 640px) { .st-key-page { margin-top: -2.4rem; } }
[data-testid="stSidebarHeader"] { height: 2.2rem; margin-bottom: 0; }
[data-testid="stSidebarUserContent"] { padding-bottom: 1rem; }
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] { gap: 0.45rem; }
[class*="-row"] [data-testid="stPopoverButton"] [data-testid="stIconMaterial"] { display: none; }
[class*="-row"] [data-testid="stPopoverButton"] p { font-size: 0; }
[class*="-row"] [data-testid="stPopoverButton"] p::after { content: "…" / ""; font-size: 1rem; }
[data-testid="stSidebar"] [data-testid="stMarkdownContainer"] strong { white-space: nowrap; }
[data-testid] [data-testid="stCaptionContainer"], [data-testid] [data-testid="stWidgetLabel"][disabled] {
  color: color-mix(in srgb, currentColor 75%, transparent); opacity: 1; }
[class][data-testid][data-testid="stSliderThumbValue"],
button[class][data-variant][data-selected="true"]:is(*, :hover) {
  background-color: currentColor; }
[data-testid="stSliderThumbValue"] { border-radius: 0.25rem; padding: 0 0.25rem; }
[data-testid="stSliderThumbValue"] p, button[data-selected="true"] * { color: #ffffff; }
[data-testid="stTooltipHoverTarget"] button:not([data-testid]) { padding: 4px; margin: -4px; box-sizing: content-box; }
:is([data-testid="stMultiSelect"], [data-testid="stSelectbox"], [data-testid="stFileUploader"]) :is(button, input) {
  min-width: 24px; min-height: 24px; }
[role="dialog"] button[aria-label="Close"] { min-width: 24px; min-height: 24px; }
body:has([data-testid="stDialog"]) [data-testid="stPopoverBody"] { display: none; }
</style>"""


def draw() -> None:
    """The shell and the page in it."""
    # Here, so that the server answers before torch is there.
    from pages.ui.figures.sentences import sentence
    from pages.ui.runs import caches
    from pages.ui.runs.messages import errors_as_messages, message
    from pages.ui.sharing.arriving import say_what_was_wrong, take_link
    from pages.ui.sharing.offering import offer_link
    from pages.ui.sharing.opening import offer_opening
    from pages.ui.sidebar.controls import settings_stay
    from pages.ui.sidebar.model import choose_class, choose_model
    from pages.ui.sidebar.opening import Shell, drawn_with
    from pages.ui.sidebar.photo import choose_photo

    st.set_page_config(page_title="LIME dashboard", page_icon="assets/icon.png", layout="wide")
    caches.warm_up("efficientnet_lite0")
    prior = st.Page("pages/prior.py", title="Prior", icon=":material/photo_library:")
    compare = st.Page("pages/compare.py", title="Compare", icon=":material/compare:")
    tune = st.Page("pages/tune.py", title="Tune", icon=":material/tune:")
    lessons = st.Page("pages/lessons.py", title="Lessons", icon=":material/menu_book:")
    pages = [
        st.Page("pages/explain.py", title="Explain", icon=":material/center_focus_strong:"),
        st.Page("pages/stability.py", title="Stability", icon=":material/repeat:"),
        st.Page("pages/what_if.py", title="What if", icon=":material/visibility:"),
        compare,
        prior,
        tune,
        st.Page("pages/learn.py", title="Learn", icon=":material/school:"),
        lessons,
    ]
    page = st.navigation(pages, position="top")

    # Where `through_the_shell` leads on a new server.
    asked = st.query_params.pop("page", (lessons if "lesson" in st.query_params else page).url_path)
    for other in pages:
        if other.url_path == asked != page.url_path:
            st.switch_page(other, query_params=st.query_params.to_dict())
    with errors_as_messages():
        take_link(page.url_path)
    explain = page.url_path in ("", "explain")
    picture, shell = None, Shell(empty=offer_opening if explain else None)
    with st.sidebar, errors_as_messages():
        picture, places = choose_photo()
    for_many = page in (prior, tune)  # which have pictures of their own
    needed = (bool(picture) or for_many) and page is not lessons  # whose photos, models and settings are their own
    settings_stay(page.url_path if needed else None)
    if needed:
        with st.sidebar:
            try:
                classifier = choose_model()
                shell = replace(shell, model=classifier)
                if picture:
                    places.show(picture, classifier.crop_box(picture))
                    for change in classifier.notices(picture):
                        st.caption(sentence(change))
                    chosen = caches.Chosen(picture, classifier, choose_class(picture, classifier))
                    shell = replace(shell, chosen=chosen, offer=partial(offer_link, page.url_path))
            except Exception as error:  # the page says it, where there is room
                shell = replace(shell, problem=message(error))

    st.html(STYLE)
    with drawn_with(shell), st.container(key="page"):
        say_what_was_wrong()
        page.run()


if __name__ == "__main__":  # Streamlit draws
    draw()
else:  # Streamlit serves
    doors = [Middleware(OwnOrigins), Middleware(BoundedUploads), Middleware(FreeMemory)]
    app = st.App(__file__, middleware=doors, lifespan=ends_in_order)
