"""Explanations on disk.

A saved explanation is a folder: `manifest.json` has every setting and every figure, `arrays.npz` the arrays,
`weights.csv` the table, `overlay.png` the picture, `report.html` all of it to read, `card.md` what it says and does not
say, and `explain.py` a script that computes it again; `prior.npz` the prior, where one with a file was used, and
`living.html` a report with sliders, where its samples are given.  Of the photo they hold the crop that the
model sees, in arrays, pictures and reports, and nothing outside of it: its digest tells it.  A prior can hold parts of
the pictures that built it.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from lime_core.arguments import is_a, path_of
from lime_core.arrays import Indices
from lime_core.drawing.overlay import png_bytes
from lime_core.drawing.view import View
from lime_core.evaluation.pixel_map import pixel_map
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.fitting import fit
from lime_core.files import writing
from lime_core.files.records import harmless, plain
from lime_core.files.writing import write_files
from lime_core.living.report import living_report
from lime_core.priors.class_activation import ClassActivation
from lime_core.priors.files import prior_bytes
from lime_core.priors.prior import GlobalPrior
from lime_core.probing.probe import Probe
from lime_core.reports.beside import ARRAYS, FILES, LIVING, PRIOR, saved_files
from lime_core.reports.html import page
from lime_core.reports.record import manifest
from lime_core.takeaway.archive import csv_bytes, json_bytes, npz_bytes, pack
from lime_core.takeaway.card import card_html, card_markdown
from lime_core.takeaway.snippet import snippet
from lime_core.trust.cross_fit import cross_fitted_r2

SCALE = 3
"""How many pixels a pixel of the crop has on each side of the saved map."""


@writing.save.register
def save_explanation(
    explanation: Explanation,
    folder: str | Path,
    view: View | None = None,
    pairs: Indices | None = None,
    unseen: float = math.nan,
    probe: Probe | None = None,
) -> Path:
    """Write manifest.json, weights.csv, arrays.npz, overlay.png, report.html, card.md and explain.py into a folder.

    An explanation with a prior brings prior.npz along.  Files of these names in the folder are replaced, each at once;
    what an explanation that was saved there before has left beside them is removed, and nothing else.

    Parameters
    ----------
    explanation : Explanation
        With options of the tables, such as `SEGMENTERS`, and no other prior than a `GlobalPrior`, which lies beside the
        manifest, or a `ClassActivation`, which is made of the model anew.
    folder : str or Path
        Where to write, made if missing.
    view : View, optional
        How overlay and report show it; None takes `View()`.
    pairs : (m, 2) int array, optional
        Superpixels that a line joins on it, as of `Explanation.overlay`.
    unseen : float, optional
        R² on samples that were not fitted, as `cross_fitted_r2` gives; NaN takes that of the probe, where there is one.
    probe : Probe, optional
        The samples that the explanation was fitted to: with them a living report, living.html, is written too.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        When an option of the explanation is in no table, or its prior of another kind, and so could not be read back.
    OSError
        When the folder cannot be written; no part of a file stays behind.
    """
    place = path_of("folder", folder)
    earlier = saved_files(place)
    others = {PRIOR} - {*earlier} if (place / PRIOR).exists() else set()  # one that lay there and was used
    files = files_of(explanation, view, pairs, unseen, probe, others)
    write_files(place, {name: [content] for name, content in files.items()})
    for name in set(earlier) - set(files):
        (place / name).unlink(missing_ok=True)
    return place


def explanation_bytes(
    explanation: Explanation,
    view: View | None = None,
    pairs: Indices | None = None,
    unseen: float = math.nan,
    probe: Probe | None = None,
) -> bytes:
    """Pack the files that `save_explanation` writes into one zip archive, in memory; nothing is written to disk.

    Parameters
    ----------
    explanation : Explanation
        As for `save_explanation`.
    view, pairs, unseen, probe : View, (m, 2) int array, float and Probe, optional
        As of `save_explanation`.

    Returns
    -------
    bytes
        The contents of the archive; those of the same explanation are the same.

    Raises
    ------
    ValueError
        As `save_explanation` does.
    """
    return pack(files_of(explanation, view, pairs, unseen, probe))


def files_of(
    explanation: Explanation,
    view: View | None = None,
    pairs: Indices | None = None,
    unseen: float = math.nan,
    probe: Probe | None = None,
    others: Collection[str] = (),
) -> dict[str, bytes]:
    """Make the files that `save_explanation` writes.

    Parameters
    ----------
    explanation : Explanation
        As for `save_explanation`.
    view, pairs, unseen, probe : View, (m, 2) int array, float and Probe, optional
        As of `save_explanation`.
    others : collection of str, default ()
        Names that the manifest does not call its own: what lay there before belongs to somebody else.

    Returns
    -------
    dict of str to bytes
        Name to contents, in the order in which they are written.

    Raises
    ------
    ValueError
        As `save_explanation` does.
    """
    prior = explanation.settings.prior
    if not isinstance(prior, GlobalPrior | ClassActivation | None):
        raise ValueError(
            f"{type(prior).__name__} has no file, so it could not be read back; save what it explains without it"
        )
    view = View() if view is None else view
    is_a("view", view, View, "a View or None")
    if probe is not None and math.isnan(unseen):
        unseen = cross_fitted_r2(probe, explanation.settings)
    written = manifest(explanation, view, unseen)
    overlay, card = png_bytes(explanation.overlay(view, scale=SCALE, pairs=pairs)), card_html(written)
    living = None
    if probe is not None:  # it shows the superpixels that were cut, and has their card
        about = card if explanation.own else card_html(manifest(fit(probe, explanation.settings), view, unseen))
        living = living_report(probe, explanation.settings, view, card=about, unseen=unseen)
    files = {
        **({PRIOR: prior_bytes(prior)} if isinstance(prior, GlobalPrior) else {}),
        "weights.csv": weights_csv(explanation),
        ARRAYS: npz_bytes(arrays_of(explanation)),
        "overlay.png": overlay,
        "report.html": page(explanation, written, overlay, view, card).encode(),
        **({} if living is None else {LIVING: living.encode()}),
        "card.md": card_markdown(written).encode(),
        "explain.py": snippet(written).encode(),
    }
    # Last, so that a folder with a manifest has everything that the manifest speaks of.
    own = [name for name in (*files, FILES[-1]) if name not in others]
    return files | {FILES[-1]: json_bytes(written | {"files": own})}


def weights_csv(explanation: Explanation) -> bytes:
    """Write the table of the weights.

    Parameters
    ----------
    explanation : Explanation
        Of any picture and model.

    Returns
    -------
    bytes
        CSV, a row for each superpixel, the largest |weight| first.
    """
    shares, inert = explanation.scene.segmentation.photo_shares, explanation.inert
    centers = explanation.scene.segmentation.centers
    with_prior = explanation.settings.prior is not None
    with_order, places = len(explanation.entered) > 0, explanation.entry_places
    unit = [harmless(explanation.unit)] if explanation.value_unit else []
    last = ["prior_share"] * with_prior + ["entered"] * with_order + ["unit"] * len(unit)
    heads = ["superpixel", "weight", "standard_error", "share", "inert", "center_row", "center_column", *last]
    rows = []
    for i in np.argsort(-np.abs(explanation.weights), kind="stable"):
        weight, error = float(explanation.weights[i]), float(explanation.standard_error[i])
        row, column = (int(place) for place in centers[i])
        share = float(shares[i])
        last = [repr(float(explanation.prior_share[i]))] * with_prior + [str(places[i] or "")] * with_order + unit
        fixed = "yes" if inert[i] else "no"
        rows.append([int(i), repr(weight), plain(error), repr(share), fixed, row, column, *last])
    return csv_bytes(heads, rows)


def arrays_of(explanation: Explanation) -> dict[str, Any]:
    """Collect the arrays of an explanation.

    Parameters
    ----------
    explanation : Explanation
        Of any picture and model.

    Returns
    -------
    dict of str to ndarray
        Weights, standard errors, superpixels, the crop, and what the prior, the order of entry or several segmentations
        add.
    """
    with_prior = explanation.settings.prior is not None
    further: dict[str, Any] = {"prior_share": explanation.prior_share} if with_prior else {}
    if len(explanation.entered):
        further["entered"] = explanation.entered
    if explanation.members:
        found = pixel_map(explanation)
        further |= {"pixel_weights": found.weights, "pixel_spread": found.spread, "pixel_error": found.error}
        # Of few samples some segmentations have no weights, and a replay cuts by all.
        further |= {f"segments_{n}": each.segmentation.labels for n, each in enumerate(explanation.scene.members)}
        further |= {f"weights_{n}": member.weights for n, member in enumerate(explanation.members)}
    return {
        "weights": explanation.weights,
        "standard_error": explanation.standard_error,
        "segments": explanation.segments,
        "features": explanation.features,
        "image": explanation.image,
        **further,
    }
