"""The facts of a model: what results of several processes must have in common."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from lime_core.errors import LimeError
from lime_core.models.classifier import Classifier
from lime_core.version import versions


@dataclass(frozen=True)
class ModelFacts:
    """What a job has to know of a model: two models with the same facts give the same results.

    The code of a function is in no fingerprint: its name vouches for it (`wrap_model`); one without is like no other.

    engine : its description, which names device and precision
    kind : what its outputs are, see `scores`
    class_names : SHA-256 of the names of its classes, which results hold
    token : random, of a function without a name
    versions : of the packages where it runs
    """

    name: str
    fingerprint: str
    engine: str
    kind: str
    class_names: str = ""
    token: str = ""
    versions: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(model: Classifier) -> ModelFacts:
        names = hashlib.sha256(json.dumps(model.class_names).encode()).hexdigest()
        told = model.name, model.fingerprint, model.engine.description, model.kind, names, model.token
        return ModelFacts(*told, tuple(versions().items()))

    def check_same(self, other: ModelFacts) -> None:
        """Raise LimeError, which says what differs, when another process has a model of other facts."""
        if self == other:
            return
        if self.token != other.token:
            problem = f"have functions without a name ({self.name}) as models, which may differ; give wrap_model a name"
        elif self.engine != other.engine:
            ways = f"{self.engine} and {other.engine}"
            problem = f"run the model in different ways ({ways}); name the device and the precision"
        elif differing := sorted({name for name, _ in set(self.versions) ^ set(other.versions)}):
            problem = f"have different versions of {', '.join(differing)}; install the same ones"
        else:
            problem = f"have different models ({self.name} and {other.name}); give all of them one"
        raise LimeError(f"The processes whose results belong together {problem}.")
