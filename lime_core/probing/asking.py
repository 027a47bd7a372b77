"""Asking a model about the masks of one scene, batch by batch, as far as memory goes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from lime_core.arrays import Masks, Outputs
from lime_core.engines.batch_size import within_memory
from lime_core.engines.engine import Ahead, Engine, ForSeveral, Given, Pending, Together, Whose, joined
from lime_core.errors import BadScores
from lime_core.probing.scene import Scene
from lime_core.sampling.in_turns import columns_of

AHEAD = 2
"""Batches that are under way with an engine that can be asked before it has answered."""


class SceneScorer:
    """Scores masks of a scene, each of several segmentations with its own hidden picture.

    Parameters
    ----------
    engine : Engine
        Runs the model.
    scene : Scene
        Of one segmentation, or of several that take turns.

    Attributes
    ----------
    size : int
        Rows to begin with at once: a batch of the engine, or one of each segmentation where it cannot take several
        together.
    ahead : int
        How many batches may be begun before one is waited for.
    """

    def __init__(self, engine: Engine, scene: Scene) -> None:
        self.size = engine.batch_size
        self._counts = scene.counts
        scenes = given(scene)
        self._together: Together | None = None
        if len(scenes) > 1 and isinstance(engine, ForSeveral) and engine.takes_several:
            self._together = engine.together(scenes)
            self._scorers = [self._together(np.arange(1))]
        else:
            self.size *= len(scenes)
            self._scorers = [engine.scorer(*each) for each in scenes]
        self.ahead = AHEAD if all(isinstance(scorer, Ahead) for scorer in self._scorers) else 1

    def begin(self, first: int, masks: Masks) -> Pending:
        """Ask about masks; an engine that can goes on with them while others are begun.

        Parameters
        ----------
        first : int
            The row of the probe that the masks begin with: it says whose turn it is.
        masks : ndarray (b, d) of float32
            One batch; of several segmentations with the columns of all.

        Returns
        -------
        Pending
            Gives the answers (b, k), in order.

        Raises
        ------
        Exception
            Whatever the engine raises, here or when the answers are waited for.
        """
        if len(self._counts) == 1:
            return _begun(self._scorers[0], masks)
        whose, own = in_own_columns(self._counts, first, masks)
        if self._together:
            return _begun(self._together(whose), own)
        places = [np.flatnonzero(whose == member) for member in range(len(self._counts))]
        pending = [
            _begun(scorer, own[rows, :count])
            for scorer, count, rows in zip(self._scorers, self._counts, places, strict=True)
            if len(rows)
        ]

        def wait() -> Outputs:
            answers = joined([each() for each in pending])
            in_order = np.empty_like(answers)
            in_order[np.concatenate(places)] = answers
            return in_order

        return wait


def answers_to(scorer: SceneScorer, masks: Masks, done: int, size: int) -> Iterator[Outputs]:
    """Answers to masks, batch by batch; the next batch is begun before one is waited for, where the engine can.

    Parameters
    ----------
    scorer : SceneScorer
        Asks the model.
    masks : ndarray (n, d) of float32
        All rows of the probe.
    done : int
        How many have been answered.
    size : int, at least 1
        Rows of a batch; halved where memory does not suffice.

    Yields
    ------
    ndarray (b, k)
        Of the rows that come next.

    Raises
    ------
    BadScores
        When memory does not suffice for one row, or there is not one answer for each.
    Exception
        Whatever the engine raises.
    """
    under_way: deque[tuple[int, Pending]] = deque()
    begun, ahead = done, scorer.ahead
    while done < len(masks):
        while begun < len(masks) and len(under_way) < ahead:
            end = min(begun + size, len(masks))
            pending = within_memory(partial(scorer.begin, begun, masks[begun:end]), end - begun)
            if pending is not None:
                under_way.append((end, pending))
                begun = end
            elif under_way:  # what runs may have the memory
                break
            else:
                size = _half(end - begun)
        end, pending = under_way.popleft()
        rows = within_memory(pending, end - done)
        if rows is None:  # of which some devices speak only when they are waited for
            size, ahead = (_half(end - done), 1) if ahead == 1 else (size, 1)
            begun = done
            under_way.clear()
            continue
        check_count(rows, end - done)
        yield rows
        done = end


def given(scene: Scene) -> list[Given]:
    """What an engine is given of a scene.

    Parameters
    ----------
    scene : Scene
        Of one segmentation, or of several.

    Returns
    -------
    list of tuple (image, hidden, labels)
        As for `Engine.scorer`, one of each segmentation.
    """
    return [(each.image, each.hidden, each.segmentation.labels) for each in scene.members]


def in_own_columns(counts: Sequence[int], first: int, masks: Masks) -> tuple[Whose, Masks]:
    """Find the segmentation that each mask is of, and its superpixels alone.

    Parameters
    ----------
    counts : sequence of int
        How many superpixels each segmentation has, as of `Scene.counts`.
    first : int
        The row of the probe that the masks begin with: it says whose turn it is.
    masks : ndarray (b, d) of float32
        With the columns of all segmentations.

    Returns
    -------
    tuple of ndarray (b,) of int64 and ndarray (b, d) of float32
        Which of them each row is of, and its mask, with d of the segmentation that has the most superpixels.
    """
    whose = np.arange(first, first + len(masks), dtype=np.int64) % len(counts)
    own = np.zeros((len(masks), max(counts)), masks.dtype)
    for member, columns in enumerate(columns_of(counts)):
        rows = whose == member
        own[rows, : counts[member]] = masks[rows, columns]
    return whose, own


def check_count(answers: Outputs, rows: int) -> None:
    """Raise BadScores for answers to fewer or more rows than were asked about.

    Parameters
    ----------
    answers : ndarray (b, k)
        The model's answers.
    rows : int
        How many there were.

    Raises
    ------
    BadScores
        When there is not one answer for each.
    """
    if len(answers) != rows:
        raise BadScores(f"The model was given {rows} pictures and answered for {len(answers)}.")


def _begun(scorer: object, masks: Masks) -> Pending:
    if isinstance(scorer, Ahead):
        return scorer.begin(masks)
    assert callable(scorer)
    answers = scorer(masks)
    return lambda: answers


def _half(rows: int) -> int:
    if rows == 1:
        raise BadScores("There is not enough memory to ask the model about a single sample.")
    return rows // 2
