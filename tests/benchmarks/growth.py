"""What more samples and more superpixels cost: seconds, and memory above the loaded model (lite0, chelsea)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lime_core as lc

SAMPLES = (100, 300, 1000, 3000, 10_000)
GRIDS = ((2, 5), (5, 5), (5, 10), (10, 10), (20, 20))
_PAGE = 4096


def run() -> list[dict[str, object]]:
    """One row for each number of samples with quickshift, then for each number of superpixels with 1000 samples."""
    model = lc.load_model("efficientnet_lite0")
    picture = lc.gallery_picture("chelsea")
    lc.probe_image(picture, model, 50)  # what is prepared once belongs to the model
    usual = lc.Quickshift()
    rows = [_row(picture, model, usual, samples) for samples in SAMPLES]
    return rows + [_row(picture, model, lc.Grid(*grid), 1000) for grid in GRIDS]


def _row(picture: lc.Picture, model: lc.Classifier, segmenter: lc.Segmenter, samples: int) -> dict[str, object]:
    with _memory() as peak:
        start = time.perf_counter()
        probe = lc.probe_image(picture, model, samples, segmenter=segmenter)
        probing = time.perf_counter() - start
        lc.explain(probe)
        fitting = time.perf_counter() - start - probing
    return {
        "superpixels": probe.scene.segmentation.d,
        "samples": samples,
        "segmenting and probing s": probing,
        "samples/s": samples / probing,
        "fit ms": 1000 * fitting,
        "MB above the model": peak[0],
    }


@contextmanager
def _memory() -> Iterator[list[float]]:
    """The most memory that is in use above what it was at first, in MB."""
    before, most, done = _resident(), [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            most[0] = max(most[0], _resident() - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1e6
