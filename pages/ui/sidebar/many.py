"""How each of many pictures is asked about: the controls of one photo, without the photo."""

from __future__ import annotations

from dataclasses import dataclass

import lime_core as lc
from pages.ui.runs import caches
from pages.ui.sidebar import controls, probe


@dataclass(frozen=True)
class Manner:
    """What all pictures are asked with."""

    segmenter: lc.Segmenter
    hiding: lc.Hiding
    sampler: lc.Sampler
    seed: int


def asks_about_many(button: str) -> Manner | None:
    """Segmentation, hide color, sampler and seed; None while a file is waited for."""
    controls.group("Asks the model again", f"A change here needs new samples of every picture: press {button}.")
    segmenter = probe.pick_segmenter()
    if segmenter is None:
        return None
    return Manner(segmenter, probe.pick_hiding(), *probe.pick_sampler_and_seed())


def plan_for(manner: Manner, chosen: caches.Chosen, num_samples: int) -> probe.Plan:
    """The same for one photo.

    Raises TooFewSuperpixels or BadPicture for settings that do not cut it.
    """
    segmenter = probe.for_the_crop(manner.segmenter, chosen)
    spec = lc.ProbeSpec.of(chosen.picture, chosen.model, segmenter, manner.hiding, manner.sampler, manner.seed)
    segmentation = caches.store().segmentation(chosen.picture, chosen.model, segmenter)
    return probe.Plan(spec, segmentation, num_samples, num_samples, 0)
