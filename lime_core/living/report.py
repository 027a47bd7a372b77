"""The living report: one HTML file in which an explanation is refitted and drawn anew, without server and network."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from dataclasses import replace
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from lime_core.arguments import is_a, whole
from lime_core.drawing.view import View
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.fitting import fit
from lime_core.explanation.settings import FitSettings
from lime_core.files.names import noun_of
from lime_core.files.option_texts import option_text
from lime_core.living.contents import classes_of, contents
from lime_core.probing.probe import Probe
from lime_core.reports.manifest import TABLES
from lime_core.reports.numbers import cut_in_words
from lime_core.reports.sentences import in_words, of_values, score_in_words
from lime_core.trust.cross_fit import cross_fitted_r2

SCRIPTS = ("linear_algebra.js", "fit.js", "map.js", "numbers.js", "unpacking.js", "page.js")
"""In this order they make one script."""

_MOST_CLASSES = 20


def living_report(
    probe: Probe,
    settings: FitSettings,
    view: View | None = None,
    classes: int = 5,
    card: str = "",
    unseen: float = math.nan,
) -> str:
    """Write an explanation as one HTML file with sliders that refit it in the browser.

    The file holds the crop, its superpixels, the masks and the scores of some classes, so that class, kernel width,
    penalty and the strength of a prior can be turned by whoever opens it: offline, without this package and without the
    model.  Its numbers are those of `fit`.  Ridge and least squares on all superpixels are refitted, with a prior too;
    other surrogates and selections keep their weights, and the page says so.

    Parameters
    ----------
    probe : Probe
        Masks and what the model answered to them, at least 2.
    settings : FitSettings
        With which the page begins, and to which its button "As it was made" returns.
    view : View, optional
        How the map is drawn at first; None takes `View()`.  A heat map keeps the edges of superpixels.
    classes : int in [1, 20], default 5
        How many classes can be chosen: that of the settings and the most likely of the others.
    card : str, default ""
        A fragment of HTML that stands below the map, as it is; its scripts do not run.
    unseen : float, optional
        R² on samples that were not fitted, as `cross_fitted_r2` gives; NaN takes that of the probe.

    Returns
    -------
    str
        The contents of the file, to be written as UTF-8.

    Raises
    ------
    ValueError, TypeError
        For what `fit` refuses, a number of classes out of range, or an argument of another type.
    PriorMismatch
        As `fit`.
    """
    is_a("probe", probe, Probe, "a Probe, as probe_image and open_probe give")
    is_a("settings", settings, FitSettings, "FitSettings, as FitSettings.of makes them")
    view = View() if view is None else view
    is_a("view", view, View, "a View or None")
    classes = whole("classes", classes, 1, _MOST_CLASSES)
    is_a("card", card, str, "a text of HTML")
    is_a("unseen", unseen, (int, float), "a number, as cross_fitted_r2 gives")
    e = fit(probe, settings)
    if unseen != unseen:  # NaN
        unseen = cross_fitted_r2(probe, e.settings)
    explained = e.settings.class_index
    fits = [
        e if index == explained else fit(probe, replace(e.settings, class_index=index))
        for index in classes_of(probe, e.settings, classes)
    ]
    data = contents(probe, fits, fits.index(e), view)
    script = _script()
    return Template(_text("page.html")).substitute(
        policy=_policy(script),
        title=escape(f"{e.class_name}: what {e.spec.model} looked at"),
        style=_text("page.css"),
        about=f"{cut_in_words(_counts(e), e.n_samples)} · explained score: {escape(score_in_words(e))}",
        caption=_caption(e),
        noun=noun_of(probe.kind).capitalize(),
        weights=_weights(e),
        said=escape(in_words(e, unseen)),
        facts=_facts(e),
        card=card,
        data=_in_script(json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))),
        script=script,
    )


@cache
def _text(name: str) -> str:
    return files("lime_core.living").joinpath(name).read_text("utf-8")


@cache
def _script() -> str:
    return "\n".join(["", *map(_text, SCRIPTS)])


def _policy(script: str) -> str:
    """Nothing is loaded, and no script runs but the page's own."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _in_script(text: str) -> str:
    """JSON that no name in it can end: as HTML its element ends at the first </script>, wherever that stands."""
    return text.replace("<", "\\u003c")


def _caption(e: Explanation) -> str:
    ways = ("raises the value", "lowers it") if of_values(e) else ("speaks for the class", "speaks against it")
    if not e.signed:
        return "Drawn is what is important; importances do not say in which direction."
    return f"A solid line {ways[0]}, a dashed line {ways[1]}."


def _weights(e: Explanation) -> str:
    if not e.signed:
        return "Each superpixel's share of what the tree's questions explain; the shares sum to 1."
    return (
        "What showing the superpixel adds to the score, and its standard error: how far it would move with other "
        "samples. The line on a bar is the 95% interval."
    )


def _counts(e: Explanation) -> list[int]:
    return [member.scene.segmentation.in_photo for member in e.members or (e,)]


def _facts(e: Explanation) -> str:
    """How it was made, as rows of a table."""
    options = e.spec.settings.options | e.settings.options
    facts = {
        "model": e.spec.model,
        "picture (SHA-256)": e.spec.picture,
        "samples": f"{e.n_samples}, seed {e.spec.seed}",
        **{role.replace("_", " "): _option(role, option) for role, option in options.items()},
        "made with": ", ".join(f"{name} {e.versions[name]}" for name in ("lime_core", "numpy")),
    }
    if e.settings.prior is not None:
        facts["prior"] = f"{e.settings.prior.digest}, strength {e.settings.prior_strength:g}"
    rows = (f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>' for name, text in facts.items())
    return "\n".join(rows)


def _option(role: str, option: Any) -> str:
    try:
        return option_text(option, TABLES[role])
    except ValueError:  # one that is in no table, which a saved explanation would refuse
        return type(option).__name__
