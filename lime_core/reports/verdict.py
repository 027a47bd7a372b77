"""Whether a map can be trusted, and what keeps it from fitting where it does not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lime_core.evaluation.pixel_map import pixel_map, segmentation_agreement
from lime_core.evaluation.stability_report import StabilityReport
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.shortfall import FITS_WELL
from lime_core.surrogates.linear import BayesianRidge, ElasticNet, Lasso, Ridge
from lime_core.surrogates.tree import Tree
from lime_core.surrogates.with_prior import BayesianRidgeWithPrior, ElasticNetWithPrior, RidgeWithPrior

FITS_ANYTHING = 3
"""Effective samples for each superpixel below which R² is high whatever the model does."""

MOSTLY_PRIOR = 0.5
"""Mean share of the prior above which a map says more about other pictures than about this one."""

_FAIR = 0.5

_AGREE, _AGREE_IN_PART = 0.7, 0.5
"""Correlations with the map of as many other segmentations, from which it is called good, and fair."""


@dataclass(frozen=True)
class Verdict:
    """How far a map can be trusted.

    Parameters
    ----------
    level : str
        "good", "fair" or "weak".
    headline, sentence : str
        The same for people to read, in a few words and in one or two sentences.
    """

    level: str
    headline: str
    sentence: str


NOTHING = Verdict(
    "weak",
    "Nothing to explain",
    "The score is the same whatever is hidden. Try another class, score, hide color or segmentation.",
)
"""Of every explanation that is `constant`, and what is said in its place wherever one is shown."""


def without_weights(*reports: StabilityReport) -> str:
    """Say why repeats are not compared.

    Parameters
    ----------
    *reports : StabilityReport
        Of one class of one picture.

    Returns
    -------
    str
        A sentence where no repeat has a weight; else empty.
    """
    explanations = [e for report in reports for e in report.explanations]
    if not all(e.empty for e in explanations):
        return ""
    constant = all(e.constant for e in explanations)
    return f"{NOTHING.headline}. {NOTHING.sentence}" if constant else "No superpixel has a weight in any repeat."


def verdict(e: Explanation, unseen: float = math.nan) -> Verdict:
    """Judge a map, and name what keeps it down: the model, a setting of the fit, or the segmentation.

    That of one segmentation is judged by its fit's weighted R², the mean of several by how far these agree: R² is that
    of each alone, with its share of the samples.

    Parameters
    ----------
    e : Explanation
        The map.
    unseen : float, optional
        R² on samples that were not fitted, as `cross_fitted_r2` gives: without any a map says nothing, and several
        segmentations that have few samples each agree on nothing.

    Returns
    -------
    Verdict
        "good" from an R² of 0.8, "fair" from 0.5; "weak" below, for too few samples, for a map without weights or with
        nothing in it beyond chance, and where the score never changes.  Of several segmentations "good" from an
        agreement of 0.7, "fair" from 0.5, and where the prior makes most of it; "weak" below, and where R² is below
        0.5.
    """
    if e.constant:
        return NOTHING
    few = not e.exact and e.effective_samples < FITS_ANYTHING * fitted_to(e)
    if few and (len(e.members) < 2 or len(e.features) == 0):
        return Verdict("weak", "Too few samples to tell", _too_few(e))
    if e.empty:
        return Verdict("weak", "No superpixel has a weight", f"{_cause(e)} {_remedy(e)}")
    if len(e.members) > 1 and (e.r2 >= _FAIR or (few and unseen <= 0.0)):
        return _of_several(e, few, unseen)
    if e.r2 >= _FAIR and unseen <= 0.0 and not e.exact:
        fitted = f"The map explains {e.r2:.0%} of the samples that it was fitted to, and nothing of others."
        return Verdict("weak", "Nothing beyond chance", f"{fitted} Ask for more, or cut into fewer superpixels.")
    only = "" if e.r2 >= _FAIR else "only "
    explains = f"The map explains {only}{max(e.r2, 0.0):.0%} of how the score moves when parts are hidden."
    if e.r2 >= FITS_WELL:
        return Verdict("good", "Good fit", explains)
    if e.r2 >= _FAIR:
        held = f" {_cause(e)} {_remedy(e)}" if e.shortfall.cause else ""
        trust = " Trust the strongest superpixels, not their exact order."
        return Verdict("fair", "Fair fit", f"{explains}{held}{trust}")
    return Verdict(
        "weak",
        "Weak fit: read this map with care",
        f"{explains} {_cause(e)} {_remedy(e)}",
    )


def by_pixel_in_words(e: Explanation) -> str:
    """Say what a map by pixel shows.

    Parameters
    ----------
    e : Explanation
        Of several segmentations.

    Returns
    -------
    str
        A sentence.
    """
    return f"The mean of {len(e.members)} segmentations, pixel by pixel: what 1% of the picture adds."


def fitted_to(e: Explanation) -> int:
    """Count the weights that samples are fitted to: those of each of several segmentations.

    Parameters
    ----------
    e : Explanation
        The map.

    Returns
    -------
    int
        Superpixels that surrogates were given, and those that could have been where they were given none.
    """
    return sum(len(member.features) or _live(member) for member in e.members or (e,))


def _live(e: Explanation) -> int:
    return len(e.weights) - int(e.inert.sum())


def _of_several(e: Explanation, few: bool, unseen: float) -> Verdict:
    """How far the segmentations agree: what borders and chance made of each is in that."""
    count, most = len(e.members), max(len(member.features) for member in e.members)
    each = f"Each of the {count} segmentations has {e.n_samples // count} samples for up to {most} superpixels"
    if few and unseen <= 0.0:
        narrow, remedy = more_samples(e)
        left = f", of which {e.effective_samples / count:.0f} are effective" if narrow else ""
        return Verdict("weak", "Nothing beyond chance in each segmentation", f"{each}{left}: too few. {remedy}")
    agreement = segmentation_agreement(e)
    known = f"Pixel by pixel, the map of {count} others would correlate with this one by about {agreement:.2f}."
    if e.shortfall.cause:
        known += f" {_cause(e)} {_remedy(e)}"
    if agreement >= _AGREE_IN_PART and e.mean_prior_share > MOSTLY_PRIOR:
        return Verdict("fair", "The prior makes the segmentations agree", f"{known} It is the same in all of them.")
    if agreement >= _AGREE:
        return Verdict("good", "The segmentations agree", known)
    if agreement >= _AGREE_IN_PART:
        trust = "Trust the strongest superpixels, not their exact order."
        return Verdict("fair", "The segmentations agree in part", f"{known} {trust}")
    trust = "Trust only what nearly all of them say."
    return Verdict("weak", "The segmentations differ", f"{known} {_apart(e, each)} {trust}")


def _apart(e: Explanation, each: str) -> str:
    """What makes several maps differ, and so whether more samples would help."""
    found = pixel_map(e)
    known = ~np.isnan(found.error)  # nothing is on the border of a padded photo, nor where hiding changes no pixel
    if not found.spread[known].any():
        return f"{each}."
    # Of the variance over segmentations, what sampling gives each of them.
    chance, apart = len(e.members) * np.mean(found.error[known] ** 2), np.mean(found.spread[known] ** 2)
    if chance > apart / 2:
        return f"Most of the difference is chance, and more samples would help. {each}."
    return "Most of the difference is made by their borders."


def _too_few(e: Explanation) -> str:
    """Why samples are too few, and what to do."""
    narrow, remedy = more_samples(e)
    effective = f"{e.effective_samples:.0f} effective" + (f" of {e.n_samples}" if narrow else "")
    tell = "tell nothing" if e.empty else "fit almost any map: R² flatters it"
    return f"So few samples ({effective}, for {fitted_to(e)} superpixels) {tell}. {remedy}"


def more_samples(e: Explanation) -> tuple[bool, str]:
    """Whether the kernel is to blame for too few samples, of which it takes half or more; and what to do."""
    if e.effective_samples >= e.n_samples / 2:
        return False, "Ask for more."
    if e.n_samples < FITS_ANYTHING * fitted_to(e):
        return True, "Widen the kernel, and ask for more."
    return True, "It is the kernel that leaves so few: widen it."


def _cause(e: Explanation) -> str:
    """What plain least squares makes of the same samples, and so whose fault it is."""
    additive = f"{max(e.shortfall.additive_r2, 0.0):.0%}"
    if e.shortfall.cause:
        return f"It is not the model: plain least squares on the same samples explains {additive}."
    return "The model does something that adding up superpixels cannot show."


def _remedy(e: Explanation) -> str:
    """What to turn."""
    match e.shortfall.cause:
        case "selection":
            return f"Feature selection leaves {len(e.features)} of {_live(e)} superpixels; let it keep more."
        case "prior":
            return f"The prior, at a strength of {e.settings.prior_strength:g}, pulls harder than they do; lower it."
        case "surrogate":
            return _surrogate_remedy(e)
    log_odds = "log-odds, " if e.settings.space == "probability" else ""
    return f"Try {log_odds}other superpixels, or another hide color."


def _surrogate_remedy(e: Explanation) -> str:
    does = "removes every weight" if e.empty else "takes too much off the weights"
    match e.settings.surrogate:
        case Ridge(alpha=alpha) | RidgeWithPrior(alpha=alpha):
            return f"The penalty of {alpha:g} {does}; lower alpha."
        case Lasso(share=share) | ElasticNet(share=share) | ElasticNetWithPrior(share=share) if share is not None:
            return f"The penalty, {share:.2g} of the largest, {does}; lower its share."
        case Lasso(alpha=alpha) | ElasticNet(alpha=alpha) | ElasticNetWithPrior(alpha=alpha):
            return f"The penalty of {alpha:g} {does}; lower alpha, or give a share of the largest in its place."
        case BayesianRidge() | BayesianRidgeWithPrior():
            return f"The penalty that the evidence favors {does}; take ridge with a low alpha."
        case Tree(max_depth=depth, min_samples_leaf=leaf):
            return f"A tree of depth {depth} with {leaf} samples in a leaf is too coarse; let it grow, or take ridge."
        case other:
            return f"The surrogate {type(other).__name__} {does}; take another, such as ridge."
