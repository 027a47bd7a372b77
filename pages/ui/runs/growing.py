"""What pages share and what takes long: models, probes, progress, and errors as messages.

The only file with Streamlit's caches.  Nothing is keyed on arrays (large ones are hashed from a sample of their
elements): models go by name, probes by their spec, pictures by their digest.
"""

from __future__ import annotations

import atexit
import gc
import logging
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

import lime_core as lc
from lime_core.arrays import Labels, Pixels
from lime_core.drawing.overlay import png_bytes
from lime_core.ending import native_code
from pages.ui.figures.maps import preview_picture
from pages.ui.runs.summaries import Summaries

log = logging.getLogger("lime_dashboard")

READY = Path(__file__).parents[3] / "assets" / "priors"
"""Where the priors are that come with the app."""

REDRAW = 1.0
"""Seconds between two drawings of a map that is still growing; drawing takes time from the model."""

SHARPER = 1.6
"""By how much a map must have grown to be worth another drawing: its noise falls with the root of the samples."""

FIRST_LOOK = 0.5
"""Seconds that the page is held back for, so that it comes with its first map; others may be in front."""

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
    """How far a run has come, and when it should be done; `draw` says that it is time to show it."""

    done: int
    total: int
    seconds_left: float
    draw: bool
    what: str = ""


@st.cache_resource(show_spinner=False)
def store() -> lc.ProbeStore:
    """The probes of everyone who uses this app."""
    return lc.ProbeStore()


@st.cache_resource(show_spinner=False)
def summaries() -> Summaries:
    """What single pictures add to priors, for everyone who uses this app."""
    return Summaries()


def ready_priors() -> dict[str, lc.GlobalPrior]:
    """The priors that come with the app, by name."""
    return _ready_priors(str(READY))


@st.cache_resource(show_spinner=False)
def _ready_priors(folder: str) -> dict[str, lc.GlobalPrior]:
    found = {}
    for path in sorted(Path(folder).glob("*.npz")):
        try:
            found[f"{path.stem}, ready-made"] = lc.load_prior(path)
        except lc.LimeError:
            log.warning("%s is left out", path, exc_info=True)
    return found


@st.cache_resource(max_entries=2, show_spinner="Loading the model …")
def model(name: str, precision: str) -> lc.Classifier:
    """A model by name, kept for everyone; the two used last stay in memory.

    A page must not hold on to it between two drawings, or it stays there as long as somebody's tab is open.
    """
    return lc.load_model(name, precision=precision)


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


def described(picture: lc.Picture, classifier: lc.Classifier, segmentation: lc.Segmentation) -> lc.Description:
    """What the superpixels of a picture look like to a model; found out once."""
    key = (picture.digest, classifier.fingerprint, repr(segmentation.made_by))
    return _described(key, classifier, picture, segmentation)


@st.cache_resource(max_entries=50, show_spinner=False)
def _described(
    key: tuple[str, str, str], _classifier: lc.Classifier, _picture: lc.Picture, _segmentation: lc.Segmentation
) -> lc.Description:
    return lc.describe(_classifier, _classifier.view(_picture), _segmentation.labels)


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


def settled(spec: lc.ProbeSpec, num_samples: int, settings: lc.FitSettings, k: int) -> bool:
    """Whether the samples that are there, `num_samples` at most, settle the k strongest; never for k = 0."""
    probe = store().get(spec)
    return bool(k and probe and len(probe) >= 2 and lc.settled(probe.first(num_samples), settings, k))


def grow(
    spec: lc.ProbeSpec, chosen: Chosen, num_samples: int, settings: lc.FitSettings | None = None, settle: int = 0
) -> Iterator[Step]:
    """Grow the shared probe of `spec`, yielding every `TELL` seconds and whenever there is more to draw.

    Ends before where so many of the strongest superpixels are to be settled, and are with these settings.
    """
    if settings and settled(spec, num_samples, settings, settle):
        return
    kept = store().get(spec)
    before = len(kept) if kept else 0
    expected = rate(chosen.model)
    start = told = time.perf_counter()
    with closing(store().grow(spec, chosen.picture, chosen.model, num_samples)) as growing:
        probes = lc.until_settled(growing, settings, settle) if settings and settle else growing
        for probe in probes:
            now = time.perf_counter()
            done, spent = len(probe), now - start
            if done > before and spent >= REDRAW / 2:
                expected = rates()[_key(chosen.model)] = (done - before) / spent
            left = (num_samples - done) / expected
            # Who waits for a turn has nothing new to see, and who is nearly there gets the last map soon.
            draw = 2 <= done < num_samples and (
                before < 2 or (done >= SHARPER * before and spent >= REDRAW and left >= REDRAW)
            )
            if draw or now - told >= TELL:
                told = now
                yield Step(done, num_samples, left, draw)


def grow_each(
    probes: Sequence[tuple[str, lc.ProbeSpec, int]], chosen: Chosen, done: set[lc.ProbeSpec]
) -> Iterator[Step]:
    """Grow one shared probe after the other; what is finished is worth a drawing, one that is half done is not.

    probes : what to say of each, the probe, and how many samples it is to have
    done : those that this run has grown.  They are not asked for again, even if the store had to let them go since.
    """
    missing = [0 if spec in done else max(0, samples - len(store().get(spec) or ())) for _, spec, samples in probes]
    total, start = sum(samples for _, _, samples in probes), time.perf_counter()
    for number, (what, spec, samples) in enumerate(probes):
        if not missing[number]:
            continue
        later = sum(missing[number + 1 :])
        for step in grow(spec, chosen, samples):
            left = step.seconds_left + later / rate(chosen.model)
            yield Step(total - later - (samples - step.done), total, left, False, f"{what} · ")
        done.add(spec)
        if later and time.perf_counter() - start >= REDRAW:
            yield Step(total - later, total, later / rate(chosen.model), True)


def first_look(spec: lc.ProbeSpec, chosen: Chosen, num_samples: int) -> None:
    """Ask for a first batch at once: it takes less time than drawing a page without a map would."""
    end = time.perf_counter() + FIRST_LOOK
    with closing(store().grow(spec, chosen.picture, chosen.model, num_samples)) as probes:
        for probe in probes:
            if len(probe) >= 2 or time.perf_counter() >= end:
                return


@contextmanager
def messages() -> Iterator[None]:
    """Turns an error into its sentence on the page."""
    try:
        yield
    except Exception as error:
        st.error(sentence(error), icon=":material/error:")


def sentence(error: Exception) -> str:
    """What a reader is told: a LimeError's own words; anything else is logged and told as an id."""
    if isinstance(error, lc.LimeError):
        return str(error)
    number = uuid.uuid4().hex[:8]
    log.error("unexpected error %s", number, exc_info=error)
    return f"Something went wrong here (id {number}). The other controls still work; the log has the details."
