"""A download that fails while its file is made, as pages offer one."""

import streamlit as st


def fail() -> bytes:
    raise OSError(28, "No space left on device")


st.download_button("Download", data=fail, on_click="ignore")
