"""Batches of one size: the same rows give the same answers to the last bit, whatever a process has scored before.

The size that is fastest is measured, so it can differ from run to run, and on a GPU a batch is padded to whichever
sizes have been there before.  Rounding depends on both.  Where results of several processes are compared or put
together, every one of them takes the size that its engine usually takes, and pads to that alone; where memory does not
suffice, to the sizes that this picture has seen.
"""

from __future__ import annotations

from collections.abc import Callable

from lime_core.arrays import Labels, Outputs, Pixels
from lime_core.engines.engine import Engine, Scorer
from lime_core.engines.torch_engine import BatchShapes

USUAL = 32
"""Rows in a batch of an engine that does not say how many are `usual`; near the best of a CPU with OpenVINO."""


class InFixedBatches:
    """An engine that is asked for as many rows at a time; fewer only at an end, or where memory does not suffice.

    Parameters
    ----------
    engine : Engine
        Its `usual`, `padded` and `unpadded` are used where it has them, as `TorchEngine` does.

    Attributes
    ----------
    description : str
        The engine's.
    batch_size : int
        The rows of a batch: as many as are `usual` with the engine, else `USUAL`.
    padded : bool
        Whether the engine pads smaller batches.
    """

    def __init__(self, engine: Engine) -> None:
        self.description = engine.description
        self.batch_size: int = getattr(engine, "usual", USUAL)
        self.padded: bool = getattr(engine, "padded", False)
        self._engine = engine
        self._unpadded: Callable[[Pixels, Pixels, Labels], Scorer] | None = getattr(engine, "unpadded", None)

    def scorer(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        """How masks of one picture are scored, padded to `batch_size` alone where the engine pads.

        Parameters
        ----------
        image, hidden, labels : ndarray
            As for `Engine.scorer`.

        Returns
        -------
        Scorer
            As for `Engine.scorer`.
        """
        if not self.padded or self._unpadded is None:
            return self._engine.scorer(image, hidden, labels)
        # The engine's own padding remembers the batches of other pictures, and of other users.
        score, shapes = self._unpadded(image, hidden, labels), BatchShapes([self.batch_size])
        return lambda masks: shapes.padded(masks, score)[: len(masks)]

    def score(self, pictures: Pixels) -> Outputs:
        """Answers to whole pictures, from the engine itself.

        Parameters
        ----------
        pictures : ndarray (n, h, w, 3) of uint8
            Of the size that the model takes.

        Returns
        -------
        ndarray (n, k) of float32
            The model's answers.
        """
        return self._engine.score(pictures)
