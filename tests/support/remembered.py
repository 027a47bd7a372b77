"""Models that stay loaded, and answers that are asked for once: as the app keeps them, for tests that begin anew often.

What a model answers is its own; only who asks the same about the same picture again is not kept waiting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from lime_core.arrays import Labels, Masks, Outputs, Pixels
from lime_core.catalog import loading
from lime_core.engines.engine import Scorer
from lime_core.engines.openvino_engine import GraphEngine

_Answers = dict[bytes, np.ndarray]


class Remembering:
    """Stands before the scorers of engines; an engine's answers to a scene are kept by their masks."""

    def __init__(self) -> None:
        self.asked = 0
        self._of_engines: dict[GraphEngine, dict[bytes, _Answers]] = {}
        self._scorer = GraphEngine.scorer

    def scorer(self, engine: GraphEngine, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        """How masks are scored that were not scored before."""
        scene = hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in (image, hidden, labels)))
        known = self._of_engines.setdefault(engine, {}).setdefault(scene.digest(), {})
        ask = self._scorer(engine, image, hidden, labels)

        def score(masks: Masks) -> Outputs:
            keys = [row.tobytes() for row in np.ascontiguousarray(masks, dtype=np.float32)]
            new = list(dict.fromkeys(row for row, key in enumerate(keys) if key not in known))
            if new:
                self.asked += len(new)
                known.update(zip([keys[row] for row in new], ask(masks[new]), strict=True))
            return np.stack([known[key] for key in keys])

        return score


@contextmanager
def remembered() -> Iterator[Remembering]:
    """Models and answers are kept meanwhile."""
    remembering = Remembering()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "torch_classifier", _kept(loading.torch_classifier))
        patch.setattr(GraphEngine, "scorer", lambda *given: remembering.scorer(*given))
        yield remembering


def _kept(make):
    """The classifier of a name, a device, a precision and an engine, made once."""
    made = {}

    def classifier(name, module, preprocessing, class_names, device="auto", precision="auto", engine="auto", **further):
        key = name, device, precision, engine
        if key not in made:
            made[key] = make(name, module, preprocessing, class_names, *key[1:], **further)
        return made[key]

    return classifier
