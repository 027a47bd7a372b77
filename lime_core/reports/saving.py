"""Explanations on disk.

A saved explanation is a folder: `manifest.json` has every setting and every figure, `arrays.npz` the arrays,
`weights.csv` the table, `overlay.png` the picture and `report.html` all of it to read; `prior.npz` the prior, where one
with a file was used.  The photo is not saved: it is recognised by its digest.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lime_core.arguments import is_a, path_of
from lime_core.arrays import Indices
from lime_core.drawing.overlay import png_bytes
from lime_core.drawing.view import View
from lime_core.evaluation.pixel_map import pixel_map
from lime_core.explanation.explanation import Explanation
from lime_core.files import writing
from lime_core.files.records import harmless, plain, to_json
from lime_core.files.writing import write_files
from lime_core.priors.class_activation import CLASS_ACTIVATION, ClassActivation
from lime_core.priors.files import prior_bytes
from lime_core.priors.prior import GlobalPrior
from lime_core.reports.html import page
from lime_core.reports.manifest import PRIOR, SCHEMA, TABLES


def manifest(explanation: Explanation, view: View | None = None) -> dict[str, Any]:
    """Write down everything about an explanation but its arrays.

    Parameters
    ----------
    explanation : Explanation
        Of any picture and model.
    view : View, optional
        How it is drawn beside it; None leaves that out.

    Returns
    -------
    dict
        Ready for JSON: plain types, and None where a figure is NaN.

    Raises
    ------
    ValueError
        When an option is in no table, and so could not be read back.
    """
    spec, settings = explanation.spec, explanation.settings
    options = spec.settings.options | settings.options
    written: dict[str, Any] = plain(
        {
            "schema": SCHEMA,
            "picture": spec.picture,
            "model": spec.model,
            "fingerprint": spec.fingerprint,
            "engine": spec.engine,
            "class_index": settings.class_index,
            "class_name": explanation.class_name,
            "space": settings.space,
            **({"unit": explanation.value_unit} if explanation.value_unit else {}),
            "num_samples": explanation.n_samples,
            "seed": spec.seed,
            **{role: to_json(option, TABLES[role]) for role, option in options.items()},
            **({} if explanation.own else {"read_in": to_json(explanation.alone.segmenter, TABLES["segmenter"])}),
            **({} if view is None else {"view": asdict(view)}),
            "results": {
                "r2": explanation.r2,
                "intercept": explanation.intercept,
                "local_prediction": explanation.local_prediction,
                "model_score": explanation.model_score,
                "effective_samples": explanation.effective_samples,
                "d": len(explanation.weights),
            },
            "versions": explanation.versions,
        }
    )
    if settings.prior is not None:
        facts = {"digest": settings.prior.digest, "made_by": settings.prior.made_by}
        name = CLASS_ACTIVATION if isinstance(settings.prior, ClassActivation) else PRIOR
        written["prior"] = plain({"name": name, "strength": float(settings.prior_strength), **facts})
        figures = {"prior_scale": explanation.prior_scale, "prior_coverage": explanation.prior_coverage}
        written["results"] |= plain({**figures, "prior_share": explanation.mean_prior_share})
    return written


@writing.save.register
def save_explanation(
    explanation: Explanation, folder: str | Path, view: View | None = None, pairs: Indices | None = None
) -> Path:
    """Write manifest.json, weights.csv, arrays.npz, overlay.png and report.html into a folder.

    An explanation with a prior brings prior.npz along.  Files of these names in the folder are replaced, each at once.

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
    write_files(place, {name: [content] for name, content in _files(explanation, view, pairs).items()})
    return place


def explanation_bytes(explanation: Explanation, view: View | None = None, pairs: Indices | None = None) -> bytes:
    """Pack the files that `save_explanation` writes into one zip archive, in memory; nothing is written to disk.

    Parameters
    ----------
    explanation : Explanation
        As for `save_explanation`.
    view, pairs : View and (m, 2) int array, optional
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
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(explanation, view, pairs).items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _files(explanation: Explanation, view: View | None, pairs: Indices | None) -> dict[str, bytes]:
    """Name -> contents, in the order in which they are written."""
    prior = explanation.settings.prior
    if not isinstance(prior, GlobalPrior | ClassActivation | None):
        raise ValueError(
            f"{type(prior).__name__} has no file, so it could not be read back; save what it explains without it"
        )
    view = View() if view is None else view
    is_a("view", view, View, "a View or None")
    written = manifest(explanation, view)
    overlay = png_bytes(explanation.overlay(view, scale=3, pairs=pairs))
    return {
        **({PRIOR: prior_bytes(prior)} if isinstance(prior, GlobalPrior) else {}),
        "weights.csv": _csv(explanation).encode(),
        "arrays.npz": _npz(explanation),
        "overlay.png": overlay,
        "report.html": page(explanation, written, overlay, view).encode(),
        # Last, so that a folder with a manifest has everything that the manifest speaks of.
        "manifest.json": (json.dumps(written, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode(),
    }


def _csv(explanation: Explanation) -> str:
    sizes, inert = explanation.scene.segmentation.sizes, explanation.inert
    centers = explanation.scene.segmentation.centers
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    with_prior = explanation.settings.prior is not None
    with_order, places = len(explanation.entered) > 0, explanation.entry_places
    unit = [harmless(explanation.unit)] if explanation.value_unit else []
    last = ["prior_share"] * with_prior + ["entered"] * with_order + ["unit"] * len(unit)
    table.writerow(["superpixel", "weight", "standard_error", "share", "inert", "center_row", "center_column", *last])
    for i in np.argsort(-np.abs(explanation.weights), kind="stable"):
        weight, error = float(explanation.weights[i]), float(explanation.standard_error[i])
        row, column = (int(place) for place in centers[i])
        share = float(sizes[i] / sizes.sum())
        last = [repr(float(explanation.prior_share[i]))] * with_prior + [str(places[i] or "")] * with_order + unit
        fixed = "yes" if inert[i] else "no"
        table.writerow([int(i), repr(weight), plain(error), repr(share), fixed, row, column, *last])
    return text.getvalue()


def _npz(explanation: Explanation) -> bytes:
    buffer = io.BytesIO()
    with_prior = explanation.settings.prior is not None
    further: dict[str, Any] = {"prior_share": explanation.prior_share} if with_prior else {}
    if len(explanation.entered):
        further["entered"] = explanation.entered
    if explanation.members:
        found = pixel_map(explanation)
        further |= {"pixel_weights": found.weights, "pixel_spread": found.spread, "pixel_error": found.error}
    for place, member in enumerate(explanation.members):
        further |= {f"weights_{place}": member.weights, f"segments_{place}": member.segments}
    np.savez_compressed(
        buffer,
        weights=explanation.weights,
        standard_error=explanation.standard_error,
        segments=explanation.segments,
        features=explanation.features,
        image=explanation.image,
        **further,
    )
    return buffer.getvalue()
