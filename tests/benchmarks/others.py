"""Other methods that ask the model about masked pictures, as their papers have them: RISE and KernelSHAP.

References
----------
Petsiuk, Das, Saenko (2018), "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC.
Lundberg, Lee (2017), "A Unified Approach to Interpreting Model Predictions", NeurIPS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import lime_core as lc

CELLS = 8
"""Rows and columns of the coarse grid of RISE."""

BATCH = 32


def rise(
    picture: lc.Picture, model: lc.Classifier, index: int, totals: Sequence[int], seed: int = 0
) -> dict[int, NDArray[np.float64]]:
    """Number of samples -> map (h, w) of the mean probability where a pixel is shown; hidden is the mean color."""
    image = model.view(picture)
    hidden, summed, shown, maps = image.mean(axis=(0, 1)), np.zeros(image.shape[:2]), np.zeros(image.shape[:2]), {}
    masks, done = _soft_masks(image.shape[0], image.shape[1], np.random.default_rng(seed)), 0
    for total in totals:
        while done < total:
            batch = np.stack([next(masks) for _ in range(min(BATCH, total - done))])
            mixed = np.rint(image * batch[..., None] + hidden * (1.0 - batch[..., None])).astype(np.uint8)
            scores = model.probabilities(mixed)[:, index]
            summed += np.tensordot(scores, batch, axes=1)
            shown += batch.sum(axis=0)
            done += len(batch)
        maps[total] = summed / shown
    return maps


def _soft_masks(height: int, width: int, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
    """Coarse masks of which half is shown, enlarged with soft edges and shifted at random."""
    cell = -(-height // CELLS), -(-width // CELLS)
    while True:
        coarse = (rng.random((CELLS + 1, CELLS + 1)) < 0.5).astype(np.float32)
        size = ((CELLS + 1) * cell[1], (CELLS + 1) * cell[0])
        large = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BILINEAR), dtype=np.float64)
        down, right = rng.integers(0, cell[0]), rng.integers(0, cell[1])
        yield large[down : down + height, right : right + width]


def kernel_shap(
    scene: lc.Scene, model: lc.Classifier, index: int, totals: Sequence[int], seed: int = 0
) -> dict[int, NDArray[np.float64]]:
    """Number of samples -> map (h, w) of Shapley values, spread over the pixels of their superpixels.

    Sets are drawn by the Shapley kernel, each with its complement, and the values add up to what all of them add.
    """
    cut = scene.segmentation
    masks = coalitions(max(totals), cut.d, np.random.default_rng(seed))
    score = model.engine.scorer(scene.image, scene.hidden, cut.labels)
    answers = np.concatenate([score(masks[start : start + BATCH]) for start in range(0, len(masks), BATCH)])
    spec = lc.ProbeSettings(cut.made_by).spec_of("", model.name, model.fingerprint, model.engine.description)
    scores = lc.Probe(spec, scene, masks, answers, model.kind, model.class_names).scores(index, "probability")
    return {n: (shapley_values(masks[:n], scores[:n]) / cut.sizes)[cut.labels] for n in totals}


def coalitions(n: int, d: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(n, d) all, none, and then sets in pairs with their complements, of sizes that the Shapley kernel favors."""
    sizes = np.arange(1, d)
    likely = 1.0 / (sizes * (d - sizes))
    rows = [np.ones(d), np.zeros(d)]
    while len(rows) < n:
        row = np.zeros(d)
        row[rng.permutation(d)[: rng.choice(sizes, p=likely / likely.sum())]] = 1.0
        rows += [row, 1.0 - row]
    return np.array(rows[:n], dtype=np.float32)


def shapley_values(masks: NDArray[np.float32], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """(d,) least squares on what was drawn by the kernel, with the sum of all values given by the first two rows."""
    whole = scores[0] - scores[1]
    drawn, moved = masks[2:].astype(np.float64), scores[2:] - scores[1]
    free, target = drawn[:, :-1] - drawn[:, -1:], moved - drawn[:, -1] * whole
    gram = free.T @ free
    values = np.linalg.solve(gram + 1e-9 * np.trace(gram) * np.eye(len(gram)), free.T @ target)
    return np.append(values, whole - values.sum())
