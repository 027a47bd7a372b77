"""What a probe depends on: everything that a row does, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from lime_core.models.classifier import Classifier
from lime_core.pictures.picture import Picture
from lime_core.probing.hiding import Hiding, SuperpixelMean
from lime_core.probing.segmentation import Quickshift, Segmenter
from lime_core.sampling.sampler import Sampler
from lime_core.sampling.samplers import Bernoulli

MAX_SEED = 2**31 - 1


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
        if not 0 <= self.seed <= MAX_SEED:
            raise ValueError(f"seed must lie in [0, {MAX_SEED}], got {self.seed}")

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
        """The spec of these settings; what is left out is quickshift, superpixel mean and Bernoulli(½), as in lime."""
        return ProbeSpec(
            picture.digest,
            model.name,
            model.fingerprint,
            model.engine.description,
            segmenter or Quickshift(),
            hiding or SuperpixelMean(),
            sampler or Bernoulli(),
            seed,
        )
