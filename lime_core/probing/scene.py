"""What of a picture is shown and hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Labels, Masks, Pixels, check_shape, read_only
from lime_core.engines.masking import Masking
from lime_core.errors import BadPicture
from lime_core.features.description import Description
from lime_core.probing.hiding import Hiding
from lime_core.superpixels.segmentation import Segmentation

Describing = Callable[[Pixels, Labels], Description]
"""Says how superpixels look: of the crop (h, w, 3) and its labels (h, w)."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What is shown and hidden: the crop that the model sees, its superpixels, and its hidden version.

    Parameters
    ----------
    segmentation : Segmentation
        The superpixels, with the crop that they are cut from.
    hidden : (h, w, 3) uint8, read-only
        The crop with every superpixel hidden.
    describing : callable without arguments that returns a Description, optional
        How its superpixels look to the first layers of the model, which only a prior asks; None where nobody knows.
        It holds those layers and not the model.
    parts : tuple of Scene, default ()
        Of several segmentations that of each; its own superpixels are those that weights are read in.
    crop_of : str, default ""
        As of `Picture`: the digest of the photo that the picture was cut from; empty for a whole one.
    """

    segmentation: Segmentation
    hidden: Pixels
    describing: Callable[[], Description] | None = None
    parts: tuple[Scene, ...] = ()
    crop_of: str = ""

    @staticmethod
    def of(
        segmentation: Segmentation, hiding: Hiding, describing: Describing | None = None, crop_of: str = ""
    ) -> Scene:
        """Hide the superpixels in this way.

        Parameters
        ----------
        segmentation : Segmentation
            The superpixels, with the crop that they are cut from.
        hiding : Hiding
            Makes the hidden picture.
        describing : callable (image, labels) -> Description, optional
            What `Scene` describes superpixels by.
        crop_of : str, default ""
            As in `Scene`.

        Returns
        -------
        Scene
            With the hidden picture, read-only; a border stays as it is.
        """
        if segmentation.parts:
            parts = tuple(Scene.of(part, hiding, describing, crop_of) for part in segmentation.parts)
            return replace(parts[0], parts=parts)
        hidden = hiding(segmentation.image, segmentation.labels)
        if segmentation.border is not None:
            hidden = np.where((segmentation.labels == segmentation.border)[..., None], segmentation.image, hidden)
        looking = partial(describing, segmentation.image, segmentation.labels) if describing else None
        return Scene(segmentation, read_only(hidden), looking, crop_of=crop_of)

    @property
    def members(self) -> tuple[Scene, ...]:
        """The scene of each of several segmentations; else this one alone."""
        return self.parts or (self,)

    @property
    def counts(self) -> tuple[int, ...]:
        """How many superpixels each member has: the columns of its masks."""
        return tuple(member.segmentation.d for member in self.members)

    @property
    def image(self) -> Pixels:
        """(h, w, 3) uint8, the crop that the model sees."""
        return self.segmentation.image

    def masked(self, masks: Masks) -> Pixels:
        """Make the pictures that the model is shown.

        Parameters
        ----------
        masks : (n, d) float32
            1 where one of the superpixels is shown, 0 where it is hidden; of several segmentations those of the first.

        Returns
        -------
        (n, h, w, 3) uint8
            The crop, with the hidden version where a superpixel is hidden.

        Raises
        ------
        ValueError
            For masks of another number of superpixels.
        """
        check_shape("masks", masks, None, self.segmentation.d)
        return Masking(self.image, self.hidden, self.segmentation.labels)(masks)

    def check_live(self) -> None:
        """Refuse a picture of which hiding changes nothing, such as one of a single color.

        Raises
        ------
        BadPicture
            Where every superpixel is inert.
        """
        if self.inert.all():
            raise BadPicture("Hiding changes no superpixel of this picture: there is nothing to explain.")

    @cached_property
    def description(self) -> Description | None:
        """What the d superpixels look like; worked out when it is first asked for, which can take a while."""
        return self.describing() if self.describing else None

    @cached_property
    def inert(self) -> NDArray[np.bool_]:
        """(d,) True where hiding changes no pixel: nothing can be said about such a superpixel."""
        if self.parts:
            changed = np.any([~part.inert[part.segmentation.labels] for part in self.parts], axis=0)
        else:
            changed = (self.image != self.hidden).any(axis=2)
        return read_only(np.bincount(self.segmentation.labels.ravel(), weights=changed.ravel()) == 0)
