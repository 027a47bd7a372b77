"""A store of probes that many users share.

Whoever wants more rows of a probe takes the next turn and scores one batch; everyone who waits for the same probe gets
it.  Turns are first come, first served across users and models, one batch a turn, of several segmentations one of each
unless one batch takes them all, so a long job never starves a short one, and leaving in the middle hurts nobody: what
was scored stays.  Where the engine takes several pictures, a batch that few rows would fill takes others' too.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Generator
from dataclasses import replace

from lime_core.arguments import is_a, whole
from lime_core.catalog.loading import load_model
from lime_core.models.answers import check_classes
from lime_core.models.classifier import Classifier
from lime_core.pictures.picture import Picture, picture_of
from lime_core.probing.growing import open_probe
from lime_core.probing.probe import Probe
from lime_core.probing.spec import MAX_SAMPLES, ProbeSpec
from lime_core.stores.answer_store import AnswerStore
from lime_core.stores.crowd import Crowd
from lime_core.stores.segmentation_store import SegmentationStore
from lime_core.stores.shared_probe import SharedProbe, Wish
from lime_core.stores.turns import WAKE, Turns
from lime_core.superpixels.segmentation import Segmentation
from lime_core.superpixels.segmenter import Segmenter


class ProbeStore:
    """The longest probe of each spec, bounded in bytes; the least recently used leaves first.

    Its methods may be called from many threads at once; `answers` to hidden versions are asked for in the same turns.

    Parameters
    ----------
    max_bytes : int, default 1 000 000 000
        How much probes may hold, in bytes, with the label maps by which they are found.  Probes that are in use are
        kept beyond it.
    """

    def __init__(self, max_bytes: int = 1_000_000_000) -> None:
        self.max_bytes = max_bytes
        self._entries: OrderedDict[ProbeSpec, SharedProbe] = OrderedDict()
        self._segmentations = SegmentationStore(max_bytes // 10)
        self._lock = threading.RLock()  # a generator that nobody holds any more may be closed inside
        self._turns = Turns()
        self._crowd = Crowd(self._turns)
        self.answers = AnswerStore(self._turns)

    def get(self, spec: ProbeSpec) -> Probe | None:
        """Look up what is there of a probe.

        Parameters
        ----------
        spec : ProbeSpec
            What the probe depends on.

        Returns
        -------
        Probe or None
            The longest one, with the names of classes of who asked for it first; None where there is none yet.
        """
        with self._lock:
            entry = self._entries.get(spec)
            if entry is None:
                return None
            self._entries.move_to_end(spec)
            return entry.probe

    def grow(
        self, spec: ProbeSpec, picture: Picture, model: Classifier, num_samples: int
    ) -> Generator[Probe, None, None]:
        """Yield the probe, ever longer, until it has `num_samples` rows, or all there can be.

        While others have their turn the probe is yielded as it is, every `WAKE` seconds; it may be empty at first.

        Parameters
        ----------
        spec : ProbeSpec
            What the probe depends on.
        picture : Picture
            The picture of that spec.
        model : Classifier
            The model of that spec.
        num_samples : int, at least 1
            How many rows in all.

        Yields
        ------
        Probe
            With `num_samples` rows at most, however long the one in the store is, and with the names of this model's
            classes, whatever they were called by who asked for its rows.

        Raises
        ------
        ValueError, LimeError
            What `open_probe` and `grow` raise; BadScores where there is another number of names than of answers.
        """
        is_a("spec", spec, ProbeSpec, "a ProbeSpec, as ProbeSettings.spec gives")
        picture, model = picture_of(picture), load_model(model)
        num_samples = whole("num_samples", num_samples, 1)
        entry = self._enter(spec)
        try:
            with entry.opening:
                if entry.probe is None:
                    segmentation = self.segmentation(picture, model, spec.segmenter)
                    entry.probe = open_probe(spec, picture, model, segmentation)
            num_samples = whole("num_samples", min(num_samples, entry.probe.limit or num_samples), 1, most=MAX_SAMPLES)
            wish = Wish(entry, num_samples, model)
            while not wish.met():
                with self._turns.ticket(wish) as ticket:
                    while not (self._turns.wait(ticket, WAKE, wish.met) or wish.met()):
                        yield _named(entry.probe.first(num_samples), model)
                    if not wish.met():
                        self._crowd.serve(wish)
                self._make_room()
                if len(entry.probe) < num_samples:
                    yield _named(entry.probe.first(num_samples), model)
            yield _named(entry.probe.first(num_samples), model)
        finally:
            self._leave(spec, entry)

    def segmentation(self, picture: Picture, model: Classifier, segmenter: Segmenter) -> Segmentation:
        """Cut the crop that the model sees into superpixels, once, and keep them.

        Parameters
        ----------
        picture : Picture
            The photo.
        model : Classifier
            Its preprocessing says which crop it sees.
        segmenter : Segmenter
            What cuts it.

        Returns
        -------
        Segmentation
            Of the crop; the last that were used are kept, in a tenth of `max_bytes`.

        Raises
        ------
        ValueError, LimeError
            What `segment_view` raises.
        """
        return self._segmentations.segmentation(picture, model, segmenter)

    def nbytes(self) -> int:
        """Count the bytes that all probes hold.

        Returns
        -------
        int
            The sum of their `Probe.nbytes`, and the label maps of their specs.
        """
        with self._lock:
            return self._nbytes()

    def _nbytes(self) -> int:
        probes = [entry.probe for entry in self._entries.values() if entry.probe]
        return sum(probe.nbytes for probe in probes) + ProbeSpec.bytes_of([*self._entries, *(p.spec for p in probes)])

    def _enter(self, spec: ProbeSpec) -> SharedProbe:
        with self._lock:
            entry = self._entries.setdefault(spec, SharedProbe())
            self._entries.move_to_end(spec)
            entry.users += 1
            return entry

    def _leave(self, spec: ProbeSpec, entry: SharedProbe) -> None:
        with self._lock:
            entry.users -= 1
            if entry.users == 0:
                entry.rest()
                if entry.probe is None:  # its picture could not be cut
                    del self._entries[spec]

    def _make_room(self) -> None:
        with self._lock:
            idle = [spec for spec, entry in self._entries.items() if entry.users == 0]
            while idle and self._nbytes() > self.max_bytes:
                del self._entries[idle.pop(0)]


def _named(probe: Probe, model: Classifier) -> Probe:
    if probe.class_names == model.class_names:
        return probe
    if len(probe):
        check_classes(probe.outputs, len(model.class_names))
    return replace(probe, class_names=model.class_names)
