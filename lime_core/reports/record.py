"""What a manifest says of an explanation: every setting, every figure, and how far it may be trusted."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from lime_core.drawing.view import View
from lime_core.evaluation.certainty import top_certainty
from lime_core.explanation.explanation import Explanation
from lime_core.files.records import plain, to_json
from lime_core.priors.class_activation import CLASS_ACTIVATION, ClassActivation
from lime_core.reports.beside import PRIOR
from lime_core.reports.manifest import SCHEMA, TABLES
from lime_core.reports.sentences import remarks
from lime_core.reports.verdict import verdict

TOP = 5
"""How many of the strongest superpixels a manifest names, and at most judges together."""


def manifest(explanation: Explanation, view: View | None = None, unseen: float = math.nan) -> dict[str, Any]:
    """Write down everything about an explanation but its arrays.

    Parameters
    ----------
    explanation : Explanation
        Of any picture and model.
    view : View, optional
        How it is drawn beside it; None leaves that out.
    unseen : float, optional
        R² on samples that were not fitted, as `cross_fitted_r2` gives of its samples; NaN where it is not known.

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
    options, cut = spec.settings.options | settings.options, explanation.scene.segmentation
    live = len(explanation.weights) - int(explanation.inert.sum())
    top = min(TOP, max(live - 1, 0))  # of all of them there is nothing to be certain of
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
                "cross_fitted_r2": unseen,
                "intercept": explanation.intercept,
                "local_prediction": explanation.local_prediction,
                "model_score": explanation.model_score,
                "effective_samples": explanation.effective_samples,
                "d": len(explanation.weights),
                **({} if cut.border is None else {"in_photo": cut.in_photo}),
                "top": top,
                "top_certainty": top_certainty(explanation, top) if top and explanation.covariance.size else math.nan,
            },
            "trust": _trust(explanation, unseen),
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


def _trust(e: Explanation, unseen: float) -> dict[str, Any]:
    """How far it may be trusted, and its strongest superpixels: what a card says that needs more than figures."""
    judged = verdict(e, unseen)
    shares = e.scene.segmentation.photo_shares
    return {
        "level": judged.level,
        "headline": judged.headline,
        "sentence": judged.sentence,
        "remarks": remarks(e),
        "signed": e.signed,
        "exact": e.exact,
        "segmentations": max(1, len(e.members)),
        "strongest": [
            {
                "superpixel": superpixel,
                "weight": weight,
                "standard_error": e.standard_error[superpixel],
                "share_of_picture": shares[superpixel],
            }
            for superpixel, weight in e.top(TOP)
        ],
    }
