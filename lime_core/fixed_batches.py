"""Batches of one size: the same rows give the same answers to the last bit, whatever a process has scored before.

The size that is fastest is measured, so it can differ from run to run, and on a GPU a batch is padded to whichever
sizes have been there before.  Rounding depends on both.  Where results of several processes are compared or put
together, every one of them takes the size that its engine usually takes, and pads to that alone.
"""

from __future__ import annotations

from dataclasses import replace

from lime_core.arrays import Labels, Outputs, Pixels
from lime_core.engines import BatchShapes, Engine, Scorer
from lime_core.models import Classifier

USUAL = 32
"""Rows in a batch of an engine that does not say how many are `usual`; near the best of a CPU with OpenVINO."""


class InFixedBatches:
    """An engine that is asked for as many rows at a time; fewer only at an end, or where memory does not suffice."""

    def __init__(self, engine: Engine) -> None:
        self.description = engine.description
        self.batch_size: int = getattr(engine, "usual", USUAL)
        self.padded: bool = getattr(engine, "padded", False)
        self._engine = engine
        self._shapes = BatchShapes([self.batch_size])

    def scorer(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        score = self._engine.scorer(image, hidden, labels)
        if not self.padded:
            return score
        return lambda masks: self._shapes.padded(masks, score)[: len(masks)]

    def score(self, pictures: Pixels) -> Outputs:
        return self._engine.score(pictures)


def in_fixed_batches(model: Classifier) -> Classifier:
    """The same model in batches of a fixed size."""
    if isinstance(model.engine, InFixedBatches):
        return model
    return replace(model, engine=InFixedBatches(model.engine))
