"""The facts of a model: what results of several processes must have in common."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from lime_core.arguments import is_a
from lime_core.errors import LimeError
from lime_core.models.classifier import Classifier
from lime_core.version import versions


@dataclass(frozen=True)
class ModelFacts:
    """What a job has to know of a model: two models with the same facts give the same results.

    The code of a function is in no fingerprint: its name vouches for it (`wrap_model`); one without is like no other.

    Parameters
    ----------
    name, fingerprint : str
        Those of the classifier.
    engine : str
        Its description, which names device and precision.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What its outputs are, see `scores`.
    class_names : str, default ""
        SHA-256 of the names of its classes, which results hold.
    token : str, default ""
        Random, of a function without a name.
    versions : tuple of (str, str), default ()
        Name and version of the packages where it runs.
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
        """The facts of a classifier in this process.

        Parameters
        ----------
        model : Classifier
            Any.

        Returns
        -------
        ModelFacts
            With the versions of the packages that are installed here.
        """
        is_a("model", model, Classifier, "a Classifier, as load_model and wrap_model give")
        names = hashlib.sha256(json.dumps(model.class_names).encode()).hexdigest()
        facts = model.name, model.fingerprint, model.engine.description, model.kind, names, model.token
        return ModelFacts(*facts, tuple(versions(model.engine.description).items()))

    def check_same(self, other: ModelFacts) -> None:
        """Raise LimeError when another process has a model of other facts.

        Parameters
        ----------
        other : ModelFacts
            The facts in the other process.

        Raises
        ------
        LimeError
            Says what differs: functions without a name, the engine, the versions of packages, or the model.
        """
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
