"""Planted models for runs in several processes, and a command line that takes one of them.

    python -m tests.support.planted_batch batch PHOTOS... --out DIR ...

What a model does to its process is told by the environment, which processes inherit:

PLANTED_KILLS : "N" kills the process that started this one once it has scored N batches, "self N" itself
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np

import lime_core as lc
from lime_core.cli import batch
from lime_core.cli.main import main
from tests.support.planted import AdditiveModel, textured_picture

OPTIONS = ("--segmenter", "grid", "--set", "grid.rows=4", "--set", "grid.columns=4", "--hiding", "color",
           "--set", "color.color=0,0,0", "--num-samples", "40")  # fmt: skip

DEADLY, DEADLY_ONCE = 250, 253
"""The brightness of pictures that kill, each between this and two more; no textured picture is as bright."""


def bright_picture(least: int) -> lc.Picture:
    pixels = np.random.default_rng(0).integers(least, least + 3, (32, 32, 3), dtype=np.uint8)
    return lc.load_picture(pixels, name=f"bright {least}")


class Killing(AdditiveModel):
    """Kills a process, as the environment tells, or its own where it sees a bright picture.

    once : a file that is made before a picture kills that does so once
    """

    def __init__(self, once: Path | None = None) -> None:
        super().__init__(textured_picture())
        self._once, self._batches = once, 0

    def __call__(self, pictures):
        self._batches += 1
        *whose, number = os.environ.get("PLANTED_KILLS", "0").split()
        if self._batches == int(number):
            os.kill(os.getpid() if whose else os.getppid(), signal.SIGKILL)
        if self._once and self._is_killed_by(int(pictures[0].min())):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(pictures)

    def _is_killed_by(self, brightness: int) -> bool:
        if brightness >= DEADLY_ONCE and not self._once.exists():
            self._once.touch()
            return True
        return DEADLY <= brightness < DEADLY_ONCE


def load(name: str = "", device: str = "", precision: str = "") -> lc.Classifier:
    return lc.wrap_model(Killing(), kind="values", name="planted", class_names=("first", "second", "third"))


def load_deadly(once: str) -> lc.Classifier:
    """Bright pictures kill the process that explains them, the brightest of them once, see `Killing`."""
    return lc.wrap_model(Killing(Path(once)), kind="values", name="planted", class_names=("first", "second", "third"))


def load_nothing() -> lc.Classifier:
    raise lc.ModelUnavailable("There is no such model.")


def load_and_die() -> lc.Classifier:
    os._exit(3)


if __name__ == "__main__":
    batch.load_model = load
    sys.exit(main())
