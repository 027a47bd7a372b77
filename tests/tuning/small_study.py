"""A study of which every answer takes no time: a model that adds up its cells, and a space of twelve ways of asking."""

import sys
import time

import numpy as np
from sqlalchemy import event

import lime_core as lc

EFFECTS = np.random.default_rng(0).normal(size=(4, 4))
VARY = [
    "segmenter=grid,slic",
    "grid.rows=2,4",
    "slic.n_segments=8,16",
    "num_samples=40,80,160",
    "ridge.alpha=0.1..10/4",
]


class Model:
    """Counts what it is asked, and takes its time where it is told to."""

    def __init__(self, pause=0.0):
        self.rows, self.pause = 0, pause

    def __call__(self, shown):
        self.rows += len(shown)
        time.sleep(self.pause)
        cells = shown.reshape(len(shown), 4, 16, 4, 16, 3).mean(axis=(2, 4, 5)) / 255
        total = (cells * EFFECTS).sum(axis=(1, 2))
        return np.stack([1 / (1 + np.exp(-total - 0.2 * np.sin(50 * total))), np.full(len(shown), 0.1)], axis=1)


def space():
    return lc.Space.of(VARY, lc.Setting(lc.ProbeSettings(lc.Grid(3, 3)), 60, lc.FitSettings(feature_selection="none")))


def cases(model=None):
    wrapped = lc.wrap_model(Model() if model is None else model, name="small")
    parts = lc.gallery_picture("coffee").pixels
    return [lc.Case(lc.load_picture(parts[:64, 64 * n : 64 * n + 64]), wrapped, 0) for n in range(2)]


def limited(storage, pragma):
    """From now on the database does less, for whoever connects to it."""

    @event.listens_for(storage.engine, "connect")
    def connected(connection, record):
        connection.execute(f"PRAGMA {pragma}")

    storage.remove_session()
    storage.engine.dispose()


if __name__ == "__main__":  # a process of its own: FILE [PAUSE]
    study = lc.Study(space(), cases(Model(float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)), file=sys.argv[1])
    for trial in study.run():
        sys.stdout.write(f"{trial.probing.values}\n")
        sys.stdout.flush()
