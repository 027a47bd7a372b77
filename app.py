"""The shell: pages, and what all of them share in the sidebar - photo, model and class."""

import streamlit as st

from pages.ui import model, photo, runner
from pages.ui.figures import crop_preview

st.set_page_config(page_title="LIME dashboard", page_icon="assets/icon.png", layout="wide")
runner.warm_up("efficientnet_lite0")
page = st.navigation(
    [
        st.Page("pages/explain.py", title="Explain", icon=":material/center_focus_strong:"),
        st.Page("pages/stability.py", title="Stability", icon=":material/repeat:"),
    ],
    position="top",
)

st.session_state["chosen"] = None
with st.sidebar, runner.messages():
    picture = photo.choose()
    if picture:
        preview = st.container()
        classifier = model.choose_model()
        with preview:
            st.image(
                crop_preview(picture, classifier.crop_box(picture)),
                width="stretch",
                alt=f"The photo {picture.name}; the part that the model sees is bright.",
            )
            for sentence in picture.notice:
                st.caption(sentence)
        st.session_state["chosen"] = runner.Chosen(picture, classifier, model.choose_class(picture, classifier))

# Less empty space above the page: the map belongs above the fold.
st.html("<style>.st-key-page { margin-top: -3.6rem; }</style>")
try:
    with st.container(key="page"):
        page.run()
finally:
    st.session_state["chosen"] = None  # a tab left open must not keep a model in memory
