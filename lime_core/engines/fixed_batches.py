"""Batches of one size: the same rows give the same answers to the last bit, whatever a process has scored before.

The size that is fastest is measured, so it can differ from run to run, and on a GPU a batch is padded to whichever
sizes have been there before.  Rounding depends on both.  Where results of several processes are compared or put
together, every one of them takes the size that its engine usually takes, and pads to that alone; where memory does not
suffice, to the sizes that this picture has seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np

from lime_core.arrays import Labels, Masks, Outputs, Pixels
from lime_core.engines.engine import Ahead, Engine, Pending, Scorer

Answers = TypeVar("Answers")

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
        if isinstance(score, Ahead):
            return PaddedScorer(score.begin, shapes)
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


class BatchShapes:
    """The batch sizes that a device has been prepared for; a smaller batch is padded to the next of them.

    Parameters
    ----------
    sizes : iterable of int, default ()
        Those to begin with.
    """

    def __init__(self, sizes: Iterable[int] = ()) -> None:
        self._sizes = set(sizes)

    def padded(self, masks: Masks, run: Callable[[Masks], Answers]) -> Answers:
        """What `run` answers to the masks with empty ones added behind them.

        A size that fails is forgotten, and so is every larger one: half of a batch that was too large for the memory
        must not be padded to it again.

        Parameters
        ----------
        masks : ndarray (b, d) of float32
            One batch.
        run : callable
            Masks to answers (size, k), or to `Pending` ones.

        Returns
        -------
        Answers
            What `run` returns; the first b rows are those of the masks, and size is b where no larger one is known.

        Raises
        ------
        Exception
            Whatever `run` raises.
        """
        size = min((size for size in list(self._sizes) if size >= len(masks)), default=len(masks))
        filled = np.zeros((size, masks.shape[1]), dtype=np.float32)
        filled[: len(masks)] = masks
        try:
            answers = run(filled)
        except Exception:
            self._sizes = {smaller for smaller in list(self._sizes) if smaller < size}
            raise
        self._sizes.add(size)
        return answers


class PaddedScorer:
    """Scores masks as `Ahead` does, in batches of sizes that were there before.

    Parameters
    ----------
    launch : callable
        Begins with masks; may answer with more rows than it was given.
    shapes : BatchShapes, optional
        Pads the masks; None gives them as they come.
    """

    def __init__(self, launch: Callable[[Masks], Pending], shapes: BatchShapes | None = None) -> None:
        self._launch, self._shapes = launch, shapes

    def __call__(self, masks: Masks) -> Outputs:
        """Score masks, and wait for the answers."""
        return self.begin(masks)()

    def begin(self, masks: Masks) -> Pending:
        """Score masks without waiting.

        Parameters
        ----------
        masks : ndarray (b, d) of float32
            One batch.

        Returns
        -------
        Pending
            Gives the answers (b, k).

        Raises
        ------
        Exception
            Whatever `launch` raises.
        """
        answers = self._shapes.padded(masks, self._launch) if self._shapes else self._launch(masks)
        return lambda: answers()[: len(masks)]
