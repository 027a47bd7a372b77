"""A store of segmentations that many users share: one photo is cut at a time, in several ways at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import nullcontext
from functools import partial

from lime_core.engines.preprocessing import Preprocessing
from lime_core.label_maps.label_map import LabelMap
from lime_core.models.classifier import Classifier
from lime_core.pictures.picture import Picture
from lime_core.superpixels.segmentation import Segmentation, segment_view
from lime_core.superpixels.segmentations import Segmentations
from lime_core.superpixels.segmenter import Segmenter

KEPT = 64
"""Segmentations that are kept at most."""

_Key = tuple[str, Preprocessing | None, Segmenter]
"""What a segmentation depends on: the picture's digest, what the model sees of it, and the segmenter."""


class SegmentationStore:
    """Segmentations, bounded in number and bytes; the least recently used leaves first.

    Its methods may be called from many threads at once.

    Parameters
    ----------
    max_bytes : int
        How much they may hold; the last one is kept beyond it.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._kept: OrderedDict[_Key, Segmentation] = OrderedDict()
        self._lock = threading.Lock()
        self._cutting = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def segmentation(self, picture: Picture, model: Classifier, segmenter: Segmenter) -> Segmentation:
        """Cut the crop that the model sees into superpixels, once, and keep them.

        Parameters
        ----------
        picture : Picture
            The photo.
        model : Classifier
            Its preprocessing says which crop it sees.
        segmenter : Segmenter
            What cuts it; of several each is kept.

        Returns
        -------
        Segmentation
            Of the crop.

        Raises
        ------
        ValueError, LimeError
            What `segment_view` raises.
        """
        each = partial(self._each, picture, model)
        members = segmenter.members if isinstance(segmenter, Segmentations) else (segmenter,)
        kept = all(self._look_up(_key(picture, model, member)) for member in members)
        with nullcontext() if kept else self._cutting:  # what is kept need not wait
            if not isinstance(segmenter, Segmentations):
                return each(segmenter)
            if not kept:
                model.view(picture)  # once, for threads that would all decode it
            return Segmentation.of_each(segmenter, each)

    def _each(self, picture: Picture, model: Classifier, segmenter: Segmenter) -> Segmentation:
        key = _key(picture, model, segmenter)
        segmentation = self._look_up(key)
        if segmentation is None:
            segmentation = segment_view(picture, model, segmenter)
            with self._lock:
                self._kept[key] = segmentation
                while len(self._kept) > KEPT or (len(self._kept) > 1 and self._nbytes() > self.max_bytes):
                    self._kept.popitem(last=False)
        return segmentation

    def _look_up(self, key: _Key) -> Segmentation | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _nbytes(self) -> int:
        cuts = self._kept.values()
        return sum(cut.image.nbytes + cut.labels.nbytes + getattr(cut.made_by, "nbytes", 0) for cut in cuts)


def _key(picture: Picture, model: Classifier, segmenter: Segmenter) -> _Key:
    return picture.digest, model.preprocessing, segmenter.emptied() if isinstance(segmenter, LabelMap) else segmenter
