"""R² of a map on samples that it was not fitted on, of the same picture and settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lime_core.arrays import Indices
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.pooling import movement, pooled_r2
from lime_core.models.scores import SPACES, weighted_r2
from lime_core.probing.probe import Probe


def held_out_r2(e: Explanation, probe: Probe) -> float:
    """Weighted R² of the explanation on samples that it was not fitted on; no model is asked.

    What its own R² has beyond this, the fit took from chance.

    Parameters
    ----------
    e : Explanation
        Whose fit is tried on other samples.
    probe : Probe
        Of the explanation's spec, for the samples after those that were fitted; or of another seed, for all but the
        full picture.  Samples that were drawn together with a fitted one are left out.

    Returns
    -------
    float
        At most 1, and below 0 where the mean score would predict better.  NaN where the score never changes or no
        sample has a weight, and for a tree, which is not kept.

    Raises
    ------
    ValueError
        For a probe that differs in more, fewer than 2 such samples of each segmentation, or another seed of a sampler
        that shows each mask once: its masks would be those that were fitted.
    """
    if e.members and replace(probe.spec, seed=e.spec.seed) == e.spec:
        pairs = list(zip(e.members, probe.members, strict=False))  # of a few samples some have no map
    else:
        pairs = [(e, probe)]
    fresh = [_fresh(*pair) for pair in pairs]
    if (most := max(map(len, fresh))) < 2:
        of_one = " of a segmentation" if len(pairs) > 1 else ""
        raise ValueError(f"the probe must have at least 2 samples{of_one} that were not fitted, got {most}")
    found = [_on_fresh(*pair, rows) for pair, rows in zip(pairs, fresh, strict=True) if len(rows) >= 2]
    return pooled_r2([r2 for r2, _ in found], [moved for _, moved in found])


def _fresh(e: Explanation, probe: Probe) -> Indices:
    """Rows of one segmentation that were not fitted."""
    spec, d = probe.spec, len(e.weights)
    if replace(spec, seed=e.spec.seed) != e.spec or not np.array_equal(probe.scene.segmentation.labels, e.segments):
        raise ValueError("the probe must differ from the explanation's in its seed or its length only")
    if spec.seed != e.spec.seed and spec.sampler.limit(d) is not None:
        raise ValueError("this sampler has the same masks with any seed: take more samples of the explanation's")
    fitted = e.n_samples if spec.seed == e.spec.seed else 1
    clusters = spec.sampler.clusters(len(probe), d, spec.seed)
    return np.flatnonzero(clusters > clusters[fitted - 1]) if len(probe) > fitted else np.arange(0)


def _on_fresh(e: Explanation, probe: Probe, fresh: Indices) -> tuple[float, float]:
    """R² of one segmentation on these rows, and how much the scores move."""
    space = e.settings.space or SPACES[probe.kind][0]
    masks, scores = probe.masks[fresh], probe.scores(e.settings.class_index or 0, space)
    rounding, scores = probe.rounding(scores, space), scores[fresh]
    weights = e.settings.kernel(masks) if probe.spec.sampler.weighted else np.ones(len(fresh))
    r2 = weighted_r2(scores, e.intercept + masks.astype(np.float64) @ e.weights, weights, rounding)
    return r2, movement(scores, weights)
