"""What a probe depends on: everything that a row does, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lime_core.models.classifier import Classifier
from lime_core.pictures.picture import Picture
from lime_core.probing.hiding import Hiding, SuperpixelMean
from lime_core.probing.segmentation import Quickshift, Segmenter
from lime_core.sampling.sampler import Sampler
from lime_core.sampling.samplers import Bernoulli

MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class ProbeSettings:
    """What a model is asked about a picture, and nothing of the picture and the model; the defaults are lime's."""

    segmenter: Segmenter = Quickshift()
    hiding: Hiding = SuperpixelMean()
    sampler: Sampler = Bernoulli()
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= MAX_SEED:
            raise ValueError(f"seed must lie in [0, {MAX_SEED}], got {self.seed}")

    @property
    def options(self) -> dict[str, Any]:
        """The option of each role, by the role's name in a manifest."""
        return {"segmenter": self.segmenter, "hiding": self.hiding, "sampler": self.sampler}

    def spec(self, picture: Picture, model: Classifier) -> ProbeSpec:
        """These settings for a picture and a model."""
        return self.spec_of(picture.digest, model.name, model.fingerprint, model.engine.description)

    def spec_of(self, picture: str, model: str, fingerprint: str, engine: str) -> ProbeSpec:
        """The same by the facts of picture and model alone, see `ProbeSpec`."""
        return ProbeSpec(picture, model, fingerprint, engine, self.segmenter, self.hiding, self.sampler, self.seed)

    @staticmethod
    def of(
        segmenter: Segmenter | None = None,
        hiding: Hiding | None = None,
        sampler: Sampler | None = None,
        seed: int = 0,
    ) -> ProbeSettings:
        """The settings of these options; what is None is as in lime."""
        usual = ProbeSettings()
        return ProbeSettings(segmenter or usual.segmenter, hiding or usual.hiding, sampler or usual.sampler, seed)


@dataclass(frozen=True)
class ProbeSpec:
    """Everything that a row of a probe depends on, and nothing else; the number of samples is not in it.

    picture is the picture's digest, fingerprint that of the model's weights, engine the engine's description.
    """

    picture: str
    model: str
    fingerprint: str
    engine: str
    segmenter: Segmenter
    hiding: Hiding
    sampler: Sampler
    seed: int

    def __post_init__(self) -> None:
        self.settings  # noqa: B018 - checks them

    @property
    def settings(self) -> ProbeSettings:
        """What is asked, without the picture and the model."""
        return ProbeSettings(self.segmenter, self.hiding, self.sampler, self.seed)

    def reachable(self, num_samples: int, d: int) -> int:
        """How many of so many samples there can be: a sampler that shows each mask once comes to an end.

        Raises TooManySuperpixels where it would not come to an end in time.
        """
        limit = self.sampler.limit(d)
        return num_samples if limit is None else min(num_samples, limit)

    @staticmethod
    def of(
        picture: Picture,
        model: Classifier,
        segmenter: Segmenter | None = None,
        hiding: Hiding | None = None,
        sampler: Sampler | None = None,
        seed: int = 0,
    ) -> ProbeSpec:
        """`ProbeSettings.of` these options for a picture and a model."""
        return ProbeSettings.of(segmenter, hiding, sampler, seed).spec(picture, model)
