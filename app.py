"""The shell: pages, and what all of them share in the sidebar - photo, model and class."""

import streamlit as st

from pages.ui.figures.maps import crop_preview
from pages.ui.runs import caches, messages
from pages.ui.sidebar import model, opening, photo

st.set_page_config(page_title="LIME dashboard", page_icon="assets/icon.png", layout="wide")
caches.warm_up("efficientnet_lite0")
prior = st.Page("pages/prior.py", title="Prior", icon=":material/photo_library:")
page = st.navigation(
    [
        st.Page("pages/explain.py", title="Explain", icon=":material/center_focus_strong:"),
        st.Page("pages/stability.py", title="Stability", icon=":material/repeat:"),
        prior,
    ],
    position="top",
)

picture, shell = None, opening.Shell()
with st.sidebar, messages.messages():
    picture = photo.choose()
with st.sidebar, messages.messages():
    if picture or page == prior:  # which is built from other pictures
        preview = st.container()
        classifier = model.choose_model()
        shell = opening.Shell(classifier)
    if picture:
        with preview:
            st.image(
                crop_preview(picture, classifier.crop_box(picture)),
                width="stretch",
                alt=f"The photo {picture.name}; the part that the model sees is bright.",
            )
            for sentence in picture.notice:
                st.caption(sentence)
        shell = opening.Shell(classifier, caches.Chosen(picture, classifier, model.choose_class(picture, classifier)))

# Less empty space above the page: the map belongs above the fold.  In a phone's window there is less of it.
st.html(
    "<style>.st-key-page { margin-top: -3.6rem; } @media (max-width: 640px) { .st-key-page { margin-top: -2.4rem; } }"
    "</style>"
)
with opening.inside(shell), st.container(key="page"):
    page.run()
