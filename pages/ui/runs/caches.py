"""What pages share: models and their rates, probes, summaries, priors, previews; the only file with Streamlit's caches.

Nothing is keyed on arrays (large ones are hashed from a sample of their elements): models go by name, probes by their
spec, pictures by their digest.
"""

from __future__ import annotations

import atexit
import gc
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

import lime_core as lc
from lime_core.drawing.overlay import png_bytes
from lime_core.ending import native_code
from pages.ui.figures.maps import preview_picture
from pages.ui.runs.kept import Kept
from pages.ui.runs.messages import log
from pages.ui.runs.summaries import Summaries

for name in lc.__all__:
    getattr(lc, name)  # at once: visitors who come together would else each import a part of it

MODELS = 3
"""Models that stay in memory: as many as a page compares."""

READY = Path(__file__).parents[3] / "assets" / "priors"
"""Where the priors are that come with the app."""


@dataclass(frozen=True)
class Chosen:
    """What every page explains: the photo, the model and the class, set in the sidebar."""

    picture: lc.Picture
    model: lc.Classifier
    class_index: int


@st.cache_resource(show_spinner=False)
def store() -> lc.ProbeStore:
    """The probes of everyone who uses this app."""
    return lc.ProbeStore()


@st.cache_resource(show_spinner=False)
def kept() -> Kept:
    """What all sessions keep of what was brought to them."""
    return Kept()


@st.cache_resource(show_spinner=False)
def shared(what: str) -> dict[Any, Any]:
    """What pages keep for everyone under one name; whoever puts something in bounds it."""
    return {}


@st.cache_resource(show_spinner=False)
def summaries() -> Summaries:
    """What single pictures add to priors, for everyone who uses this app."""
    return Summaries()


def ready_priors() -> dict[str, lc.GlobalPrior]:
    """The priors that come with the app, by name."""
    return _ready_priors(str(READY))


def activation(model: lc.Classifier) -> lc.ClassActivation:
    """The class activation map of a model.  Raises PriorMismatch where it has none."""
    found = _activation(model.name, model.fingerprint, model)
    if isinstance(found, tuple):
        raise lc.PriorMismatch(*found)
    return found


@st.cache_resource(show_spinner=False, max_entries=4)
def _activation(name: str, fingerprint: str, _model: lc.Classifier) -> lc.ClassActivation | tuple[object, ...]:
    try:
        return lc.class_activation(_model)
    except lc.PriorMismatch as error:
        if isinstance(error.__cause__, lc.ModelUnavailable):  # found out at once, and weights may come yet
            raise
        return error.args  # what is returned is kept; the error itself would hold the network


@st.cache_resource(show_spinner=False)
def _ready_priors(folder: str) -> dict[str, lc.GlobalPrior]:
    priors = {}
    for path in sorted(Path(folder).glob("*.npz")):
        try:
            priors[f"{path.stem}, ready-made"] = lc.load_prior(path)
        except lc.LimeError:
            log.warning("%s is left out", path, exc_info=True)
    return priors


def downloads_allowed() -> bool:
    """Whether who runs the server lets visitors start downloads of weights."""
    return os.environ.get("LIME_DOWNLOADS") == "1"


def model(name: str, precision: str) -> lc.Classifier:
    """A model by name, kept for everyone; the `MODELS` used last stay in memory.

    One that lacks the precision calculates as "auto" does.  What took long and failed, such as a download, is not tried
    again for a minute, whatever is redrawn.  A page must not hold on to a model between two drawings, or it stays there
    as long as somebody's tab is open.
    """
    failures, start = shared("failures"), time.monotonic()  # until when not to try again, and what was said
    there = lc.model_precisions(name)  # a GPU that fails takes its precisions along, and models are loaded anew
    asked = name, precision if precision in there else there[0], there, lc.described_models().stamp(name)
    if asked in failures and start < failures[asked][0]:
        raise lc.ModelUnavailable(*failures[asked][1])
    try:
        return _model(*asked)
    except lc.ModelUnavailable as error:
        if time.monotonic() - start > 1:
            if len(failures) >= 100:
                failures.clear()
            failures[asked] = time.monotonic() + 60, error.args
        raise


@st.cache_resource(max_entries=MODELS, show_spinner="Loading the model …")
def _model(name: str, precision: str, there: tuple[str, ...], files: tuple[int, ...]) -> lc.Classifier:
    if name.endswith(".toml"):  # a file of this machine, which is not for visitors to name
        raise lc.ModelUnavailable(f"There is no model {name!r}.")
    return lc.load_model(name, precision=precision, download=downloads_allowed())


def preview(chosen: Chosen, segmentation: lc.Segmentation, width: int | None = None) -> bytes:
    """The crop with a line around every superpixel as PNG; drawn once, for every redraw of the page shows it.

    width : that it is shown with, where this is less than it has; Streamlit would make it smaller at every redraw
    """
    seen = repr(chosen.model.preprocessing), repr(segmentation.made_by)
    return _preview(chosen.picture.digest, *seen, width, segmentation)


@st.cache_data(max_entries=100, show_spinner=False)
def _preview(picture: str, seen: str, segmenter: str, width: int | None, _segmentation: lc.Segmentation) -> bytes:
    return png_bytes(preview_picture(_segmentation.image, _segmentation.labels, width))


def interactions(probe: lc.Probe, settings: lc.FitSettings) -> lc.Interactions:
    """The pairs that act only together; looked for once for each class and score: no other setting counts."""
    key = (repr(probe.spec), len(probe), settings.class_index, settings.space)
    return _interactions(key, probe, settings)


@st.cache_resource(max_entries=100, show_spinner=False)
def _interactions(key: tuple[object, ...], _probe: lc.Probe, _settings: lc.FitSettings) -> lc.Interactions:
    return lc.interactions(_probe, _settings)


def described(chosen: Chosen, segmentation: lc.Segmentation) -> lc.Description:
    """What the superpixels of a photo look like to a model; described once."""
    # With the engine, in whose name is a process: what a visitor's process claims to be is not what others have.
    model = f"{chosen.model.name} {chosen.model.fingerprint} {chosen.model.engine.description}"
    key = (chosen.picture.digest, model, repr(segmentation.made_by))
    return _described(key, chosen.model, segmentation)


@st.cache_resource(max_entries=50, show_spinner=False)
def _described(key: tuple[str, str, str], _classifier: lc.Classifier, _segmentation: lc.Segmentation) -> lc.Description:
    return lc.describe(_classifier, _segmentation.image, _segmentation.labels)


@st.cache_resource(show_spinner=False)
def warm_up(name: str) -> threading.Thread:
    """Converts a model and measures its batch size in the background, once for each server.

    Both are kept on disk, so that whoever chooses a first photo need not wait for them.
    """

    @native_code()
    def load() -> None:
        try:
            lc.load_model(name).engine.batch_size  # noqa: B018 - measured when it is first asked for
        except lc.LimeError:
            log.info("%s could not be prepared", name, exc_info=True)
        # Streamlit collects garbage after every drawing, and would look through all of torch's objects each time, for
        # longer than drawing takes.  What is there by now stays there.
        gc.collect()
        gc.freeze()

    atexit.register(gc.freeze)  # for the same reason: Python collects garbage once more when it ends
    thread = threading.Thread(target=load, name=f"warm-up {name}", daemon=True)
    thread.start()
    return thread


def note_rate(classifier: lc.Classifier, samples_a_second: float) -> None:
    """Keeps the rate of a model that a run has just measured."""
    rates = shared("rates")
    if len(rates) >= 1000:  # those of models that visitors brought do not come again
        rates.clear()
    rates[classifier.name, classifier.engine.description] = samples_a_second


def rate(classifier: lc.Classifier) -> float:
    """Samples a second of a model; measured on two small batches before the first run, and by every run after it."""
    key = classifier.name, classifier.engine.description
    known: float | None = shared("rates").get(key)
    if known is None:
        view = classifier.preprocessing
        size = (view.height, view.width) if view else (224, 224)
        batch = np.zeros((classifier.engine.batch_size, *size, 3), dtype=np.uint8)
        classifier.engine.score(batch)
        start = time.perf_counter()
        classifier.engine.score(batch)
        known = len(batch) / (time.perf_counter() - start)
        note_rate(classifier, known)
    return known


def outputs(classifier: lc.Classifier) -> int:
    """How many numbers a model answers with for a picture; one without class names is asked, once."""
    key = classifier.name, classifier.fingerprint, classifier.engine.description
    return len(classifier.class_names) or _outputs(key, classifier)


@st.cache_data(max_entries=100, show_spinner=False)
def _outputs(key: tuple[str, ...], _classifier: lc.Classifier) -> int:
    view = _classifier.preprocessing
    size = (view.height, view.width) if view else (224, 224)
    return _classifier.outputs(np.zeros((1, *size, 3), dtype=np.uint8)).shape[1]


def too_much(samples: int, chosen: Chosen, d: int, less: str) -> str:
    """What to say when so many answers would not stay in memory together, with `less` of what to take; else empty."""
    size, limit = samples * 4 * (outputs(chosen.model) + d), store().max_bytes
    if size <= limit:
        return ""
    return (
        f"The answers would take {size / 1e9:.1f} GB, and {limit / 1e9:.1f} GB are kept for all readers. Take fewer "
        f"{less}."
    )
