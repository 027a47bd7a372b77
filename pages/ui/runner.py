"""What pages share and what takes long: models, probes, progress, and errors as messages.

The only file with Streamlit's caches.  Nothing is keyed on arrays (large ones are hashed from a sample of their
elements): models go by name, probes by their spec, pictures by their digest.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import numpy as np
import streamlit as st

import lime_core as lc
from lime_core.arrays import Labels, Pixels
from lime_core.rendering import png_bytes
from pages.ui.figures import preview_picture

log = logging.getLogger("lime_dashboard")

REDRAW = 1.0
"""Seconds between two drawings of a map that is still growing."""

TELL = 0.2
"""Seconds between two words of progress: a page that is told of every batch keeps the processor from the model."""


@dataclass(frozen=True)
class Chosen:
    """What every page explains: the photo, the model and the class, set in the sidebar."""

    picture: lc.Picture
    model: lc.Classifier
    class_index: int


@dataclass(frozen=True)
class Step:
    """How far a probe has grown, and when it should be done; `draw` says that it is time to show it."""

    done: int
    total: int
    seconds_left: float
    draw: bool


@st.cache_resource(show_spinner=False)
def store() -> lc.ProbeStore:
    """The probes of everyone who uses this app."""
    return lc.ProbeStore()


@st.cache_resource(max_entries=2, show_spinner="Loading the model …")
def model(name: str) -> lc.Classifier:
    """A model by name, kept for everyone; the two used last stay in memory."""
    return lc.load_model(name)


def preview(chosen: Chosen, segmentation: lc.Segmentation) -> bytes:
    """The crop with a line around every superpixel as PNG; drawn once, for every redraw of the page shows it."""
    return _preview(
        chosen.picture.digest,
        repr(chosen.model.preprocessing),
        repr(segmentation.made_by),
        chosen.model.view(chosen.picture),
        segmentation.labels,
    )


@st.cache_data(max_entries=100, show_spinner=False)
def _preview(picture: str, seen: str, segmenter: str, _image: Pixels, _labels: Labels) -> bytes:
    return png_bytes(preview_picture(_image, _labels))


@st.cache_resource(show_spinner=False)
def warm_up(name: str) -> threading.Thread:
    """Converts a model and measures its batch size in the background, once for each server.

    Both are kept on disk, so that whoever chooses a first photo need not wait for them.
    """

    def load() -> None:
        try:
            lc.load_model(name).engine.batch_size  # noqa: B018 - measured when it is first asked for
        except lc.LimeError:
            log.info("%s could not be prepared", name, exc_info=True)

    thread = threading.Thread(target=load, name=f"warm-up {name}", daemon=True)
    thread.start()
    return thread


@st.cache_resource(show_spinner=False)
def rates() -> dict[tuple[str, str], float]:
    """Samples a second that each model was last seen to score."""
    return {}


def _key(classifier: lc.Classifier) -> tuple[str, str]:
    return classifier.name, classifier.engine.description


def rate(classifier: lc.Classifier) -> float:
    """Samples a second of a model; measured on two small batches before the first run, and by every run after it."""
    key = _key(classifier)
    if key not in rates():
        seen = classifier.preprocessing
        side = (seen.height, seen.width) if seen else (224, 224)
        batch = np.zeros((classifier.engine.batch_size, *side, 3), dtype=np.uint8)
        classifier.engine.score(batch)
        start = time.perf_counter()
        classifier.engine.score(batch)
        rates()[key] = len(batch) / (time.perf_counter() - start)
    return rates()[key]


def grow(spec: lc.ProbeSpec, chosen: Chosen, num_samples: int) -> Iterator[Step]:
    """Grow the shared probe of `spec`, yielding every `TELL` seconds and whenever there is more to draw."""
    kept = store().get(spec)
    before = len(kept) if kept else 0
    expected = rate(chosen.model)
    start = told = time.perf_counter()
    with closing(store().grow(spec, chosen.picture, chosen.model, num_samples)) as probes:
        for probe in probes:
            now = time.perf_counter()
            done, spent = len(probe), now - start
            if done > before and spent >= REDRAW / 2:
                expected = rates()[_key(chosen.model)] = (done - before) / spent
            # The first map comes with the first batch; who waits for a turn has nothing new to see.
            draw = before < done < num_samples and done >= 2 and (before < 2 or spent >= REDRAW)
            if draw or now - told >= TELL:
                told = now
                yield Step(done, num_samples, (num_samples - done) / expected, draw)


@contextmanager
def messages() -> Iterator[None]:
    """Turns a LimeError into its sentence on the page; anything else is logged and shown as an id."""
    try:
        yield
    except lc.LimeError as error:
        st.error(str(error), icon=":material/error:")
    except Exception:
        number = uuid.uuid4().hex[:8]
        log.exception("unexpected error %s", number)
        st.error(
            f"Something went wrong here (id {number}). The other controls still work; the log has the details.",
            icon=":material/error:",
        )
