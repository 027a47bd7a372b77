"""A page that draws hostile texts wherever Streamlit reads Markdown, each as `sentence` gives it."""

import streamlit as st

from pages.ui.figures.sentences import sentence
from tests.support.hostile import HOSTILE

raw = "raw" in st.query_params  # as they are, to see what would happen
texts = [text.replace("\ud800", "") if raw else sentence(text) for text in HOSTILE]
for number, text in enumerate(texts):
    with st.container(key=f"text-{number}"):
        st.markdown(text)
        st.markdown(f"### {text}")
        st.markdown(f"before {text} after")
        st.caption(text, help=text)
        st.error(text)
        st.warning(f"{text} The map goes on without it.")
        st.info(text)
        st.success(text, title="Settled")
        st.image("assets/icon.png", caption=text, width=30)
        st.button(text, key=f"button-{number}")
        st.progress(0.5, text=text)
with st.container(key="labels"):
    st.segmented_control("Segments", texts, key="segments")
    st.pills("Pills", texts, key="pills")
    st.metric("Metric", 1, help="\n\n".join(texts))
    st.table({"text": texts})
