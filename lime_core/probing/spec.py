"""What a probe depends on: everything that a row does, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lime_core.arguments import whole
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.pictures.picture import PictureLike, picture_of
from lime_core.probing.hiding import Hiding, HidingLike, SuperpixelMean, hiding_of
from lime_core.sampling.in_turns import InTurns, seed_of_member
from lime_core.sampling.sampler import Sampler
from lime_core.sampling.samplers import FoldOver, SamplerLike, sampler_of
from lime_core.superpixels.quickshift import Quickshift
from lime_core.superpixels.segmentations import Segmentations
from lime_core.superpixels.segmenter import Segmenter
from lime_core.superpixels.segmenters import SegmenterLike, segmenter_of

MAX_SEED = 2**31 - 1
MAX_SAMPLES = 10_000_000
"""More masks than memory holds of any picture."""


@dataclass(frozen=True)
class ProbeSettings:
    """What a model is asked about a picture, and nothing of the picture and the model; but for the masks as lime.

    Each option may also be given as `explain_image` takes it: by its name, its class or None.

    Parameters
    ----------
    segmenter : Segmenter, default `Quickshift()`
        Cuts the crop into superpixels.
    hiding : Hiding, default `SuperpixelMean()`
        Makes what stands where a superpixel is hidden.
    sampler : Sampler, default `FoldOver()`
        Draws the masks.
    seed : int in [0, 2³¹ - 1], default 0
        That of the sampler.

    Raises
    ------
    ValueError, TypeError
        For a seed outside of its range, or what is no such option.
    """

    segmenter: Segmenter = Quickshift()
    hiding: Hiding = SuperpixelMean()
    sampler: Sampler = FoldOver()
    seed: int = 0

    def __post_init__(self) -> None:
        read = segmenter_of(self.segmenter), hiding_of(self.hiding), sampler_of(self.sampler), seed_of(self.seed)
        for name, value in zip(("segmenter", "hiding", "sampler", "seed"), read, strict=True):
            object.__setattr__(self, name, value)

    @property
    def options(self) -> dict[str, Any]:
        """The option of each role, by the role's name in a manifest."""
        return {"segmenter": self.segmenter, "hiding": self.hiding, "sampler": self.sampler}

    def spec(self, picture: PictureLike, model: ModelLike) -> ProbeSpec:
        """Bind these settings to a picture and a model.

        Parameters
        ----------
        picture, model : Picture and Classifier, or what `load_picture` and `load_model` take
            What is to be explained, and what is to be asked.

        Returns
        -------
        ProbeSpec
            What the rows of a probe with these settings depend on.
        """
        picture, model = picture_of(picture), load_model(model)
        return self.spec_of(picture.digest, model.name, model.fingerprint, model.engine.description)

    def spec_of(self, picture: str, model: str, fingerprint: str, engine: str) -> ProbeSpec:
        """Do the same as `spec` by the facts of picture and model alone.

        Parameters
        ----------
        picture, model, fingerprint, engine : str
            As of `ProbeSpec`.

        Returns
        -------
        ProbeSpec
            As of `spec`.
        """
        return ProbeSpec(picture, model, fingerprint, engine, self.segmenter, self.hiding, self.sampler, self.seed)

    @staticmethod
    def of(
        segmenter: SegmenterLike | None = None,
        hiding: HidingLike | None = None,
        sampler: SamplerLike | None = None,
        seed: int = 0,
    ) -> ProbeSettings:
        """Settle these options; what is None is as of `ProbeSettings`.

        Parameters
        ----------
        segmenter, hiding, sampler : Segmenter, Hiding, Sampler, optional
            Or what stands for one, as in `explain_image`.
        seed : int in [0, 2³¹ - 1], default 0
            As of `ProbeSettings`.

        Returns
        -------
        ProbeSettings
            The settings with these options.

        Raises
        ------
        ValueError, TypeError
            For a seed outside of its range, or what is no such option.
        """
        return ProbeSettings(segmenter_of(segmenter), hiding_of(hiding), sampler_of(sampler), seed)


@dataclass(frozen=True)
class ProbeSpec:
    """Everything that a row of a probe depends on, and nothing else; the number of samples is not in it.

    Parameters
    ----------
    picture : str
        The picture's digest.
    model : str
        The model's name.
    fingerprint : str
        That of the model's weights, layers and preprocessing.
    engine : str
        The engine's description.
    segmenter, hiding, sampler : Segmenter, Hiding, Sampler
        As of `ProbeSettings`.
    seed : int in [0, 2³¹ - 1]
        As of `ProbeSettings`.

    Raises
    ------
    ValueError
        For a seed outside of its range.
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
        object.__setattr__(self, "seed", seed_of(self.seed))

    @property
    def settings(self) -> ProbeSettings:
        """What is asked, without the picture and the model."""
        return ProbeSettings(self.segmenter, self.hiding, self.sampler, self.seed)

    @staticmethod
    def bytes_of(specs: Iterable[ProbeSpec]) -> int:
        """Count the memory of the arrays in options, such as the labels of a `LabelMap`.

        Parameters
        ----------
        specs : iterable of ProbeSpec
            They may share options, also as members of several; each is counted once.

        Returns
        -------
        int
            Bytes.
        """
        options = (option for spec in specs for each in spec.members for option in each.settings.options.values())
        return sum({id(option): option.nbytes for option in options if hasattr(option, "nbytes")}.values())

    @property
    def members(self) -> tuple[ProbeSpec, ...]:
        """Of several segmentations that of each, with a seed of its own; else this one alone."""
        if not isinstance(self.segmenter, Segmentations):
            return (self,)
        return tuple(
            replace(self, segmenter=segmenter, seed=seed_of_member(self.seed, member))
            for member, segmenter in enumerate(self.segmenter.members)
        )

    def reachable(self, num_samples: int, counts: int | Sequence[int]) -> int:
        """How many of so many samples there can be: a sampler that shows each mask once comes to an end.

        Parameters
        ----------
        num_samples : int
            How many are asked for.
        counts : int or sequence of int
            Number of superpixels; of several segmentations that of each, as `Segmentation.counts` has them.

        Returns
        -------
        int
            `num_samples`, or the sampler's limit where that is lower.

        Raises
        ------
        TooManySuperpixels
            Where it would not come to an end in time.
        """
        each = (counts,) if isinstance(counts, int) else tuple(counts)
        limit = InTurns(self.sampler, each).limit()
        return num_samples if limit is None else min(num_samples, limit)

    @staticmethod
    def of(
        picture: PictureLike,
        model: ModelLike,
        segmenter: SegmenterLike | None = None,
        hiding: HidingLike | None = None,
        sampler: SamplerLike | None = None,
        seed: int = 0,
    ) -> ProbeSpec:
        """Settle these options, as `ProbeSettings.of`, for a picture and a model.

        Parameters
        ----------
        picture, model, segmenter, hiding, sampler : optional but for the first two
            As in `explain_image`.
        seed : int in [0, 2³¹ - 1], default 0
            As of `ProbeSettings`.

        Returns
        -------
        ProbeSpec
            What the rows of such a probe depend on.

        Raises
        ------
        ValueError
            For a seed outside of its range.
        """
        return ProbeSettings.of(segmenter, hiding, sampler, seed).spec(picture, model)


def seed_of(seed: object) -> int:
    """Read a seed that every sampler can take; raises ValueError or TypeError for another."""
    return whole("seed", seed, 0, MAX_SEED)
