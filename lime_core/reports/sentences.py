"""How far an explanation can be trusted, in figures and in words that a student understands."""

from __future__ import annotations

import math

from lime_core.explanation.explanation import Explanation
from lime_core.priors.class_activation import ClassActivation
from lime_core.priors.prior import GlobalPrior
from lime_core.reports.numbers import score_text, two_decimals
from lime_core.reports.verdict import MOSTLY_PRIOR, more_samples, verdict

ENOUGH_SAMPLES = 10
"""Samples for each superpixel below which much of a fit can be noise (the rule of thumb of lime's author)."""


CONFIRMS_ITSELF = "This photo helped to build the prior, which confirms itself here: agreement with it proves nothing."
"""Of a photo that is among those of the prior."""


def remarks(e: Explanation) -> list[str]:
    """Say what else a reader of a map must know.

    Parameters
    ----------
    e : Explanation
        The map.

    Returns
    -------
    list of str
        Sentences; empty when there is nothing.
    """
    sentences = []
    d = (e.members or (e,))[0].scene.segmentation.in_photo  # those that were fitted, whatever the map is read in
    if e.exact or e.constant or len(e.members) > 1:
        pass  # nothing is left to chance, or there is nothing; that of several is in how far they agree
    elif e.n_samples < ENOUGH_SAMPLES * d:
        sentences.append(few_samples(e.n_samples, d))
    elif e.effective_samples < ENOUGH_SAMPLES * d:
        few = f"{e.effective_samples:.0f} effective samples of {e.n_samples}"
        sentences.append(f"{few} are few for {count(d, 'superpixel')}. {more_samples(e)[1]}")
    inert = int(e.inert.sum()) - (e.scene.segmentation.border is not None)  # which is meant to be inert
    if inert:
        sentences.append(
            f"{count(inert, 'superpixel')} cannot be explained: hiding changes no pixel there. "
            "Another hide color helps."
        )
    if e.constant:
        return sentences
    if bounds := e.shortfall.bounds:
        sentences.append(
            f"For {count(bounds, 'sample')} of {e.n_samples} the model gave a probability of exactly 0 or 1: their "
            "log-odds are only bounds."
        )
    if not e.signed:
        may = "raise the value or lower it" if of_values(e) else "speak for the class or against it"
        sentences.append(
            f"A tree gives importances without a sign: a superpixel may {may}. Its R² is that of the samples it was "
            "grown on, and flatters it."
        )
    return sentences + prior_remarks(e)


def of_values(e: Explanation) -> bool:
    """Whether the score is a value, which a superpixel raises or lowers, and not that of a class.

    Parameters
    ----------
    e : Explanation
        The map.

    Returns
    -------
    bool
        True for a model that gives values.
    """
    return e.settings.space == "value"


def directions(e: Explanation) -> tuple[str, str]:
    """Name what negative and positive weights do.

    Parameters
    ----------
    e : Explanation
        The map.

    Returns
    -------
    (str, str)
        "against" and "for" a class, "lower" and "higher" of a value.
    """
    return ("lower", "higher") if of_values(e) else ("against", "for")


def prior_in_words(e: Explanation) -> str:
    """Say what the prior did to the weights.

    Parameters
    ----------
    e : Explanation
        The map.

    Returns
    -------
    str
        Sentences; empty where it did nothing.
    """
    prior = e.settings.prior
    if prior is None or math.isnan(e.prior_scale):
        return ""
    unit = f" (in {prior.unit})" if prior.unit else ""
    whose = "class activation map" if isinstance(prior, ClassActivation) else "prior"
    scale, score = float(f"{e.prior_scale:.2g}"), score_in_words(e)
    return (
        f"The {whose} makes {e.mean_prior_share:.0%} of a weight on average and knows {e.prior_coverage:.0%} of the "
        f"superpixels. Its weights{unit} were multiplied by {scale:g} to fit the {score}. "
        "Error bars are about the samples: they do not tell where the prior is wrong."
    )


def prior_remarks(e: Explanation) -> list[str]:
    """Say what a reader of a map with a prior must know.

    Parameters
    ----------
    e : Explanation
        The map.

    Returns
    -------
    list of str
        Sentences; empty when there is nothing.
    """
    if e.settings.prior is None:
        return []
    if e.prior_coverage == 0:
        assert e.settings.class_index is not None
        knows_class = e.settings.prior.knows(e.settings.class_index)
        what = "this output" if of_values(e) else "this class"
        extent = f"no superpixel here by what it has seen of {what}" if knows_class else f"nothing about {what}"
        return [f"The prior knows {extent}: the map is that of the plain surrogate."]
    if e.settings.prior_strength == 0 or len(e.features) == 0:
        return []
    if math.isnan(e.prior_scale):
        return ["The prior expects nothing of any superpixel here: the map is that of the plain surrogate."]
    if e.prior_scale == 0:
        return [
            "The samples contradict the prior, so its weights were multiplied by 0: what is left of it pulls all "
            "weights towards zero."
        ]
    found = []
    if isinstance(e.settings.prior, GlobalPrior) and e.settings.prior.built_from(e.spec.picture, e.scene.crop_of):
        found.append(CONFIRMS_ITSELF)
    if e.mean_prior_share > MOSTLY_PRIOR and isinstance(e.settings.prior, ClassActivation):
        found.append(
            f"The class activation map makes {e.mean_prior_share:.0%} of the weights: this map says more about the "
            "model's last layer than about what happens when parts are hidden. A lower strength lets the samples speak."
        )
    elif e.mean_prior_share > MOSTLY_PRIOR:
        found.append(
            f"The prior makes {e.mean_prior_share:.0%} of the weights: this map says more about other pictures than "
            "about this one. A lower strength lets this one speak."
        )
    return found


def few_samples(samples: int, d: int) -> str:
    """Warn of fewer than `ENOUGH_SAMPLES` samples for each superpixel.

    Parameters
    ----------
    samples, d : int
        How many samples and superpixels there are.

    Returns
    -------
    str
        The warning, with the number of samples to take.
    """
    each = 10 * samples // d / 10  # rounded down: 9.98 is not yet enough
    return (
        f"{each} samples for each superpixel is little: below {ENOUGH_SAMPLES} much of the map can be noise. "
        f"Take {math.ceil(ENOUGH_SAMPLES * d / 100) * 100} samples or fewer superpixels."
    )


def score_in_words(e: Explanation) -> str:
    """Name the score that is explained.

    Parameters
    ----------
    e : Explanation
        The map.

    Returns
    -------
    str
        Its space; of a value also what it is counted in, where that is known.
    """
    return f"{e.settings.space} in {e.value_unit}" if e.value_unit else str(e.settings.space)


def count(number: int, noun: str) -> str:
    """Say how many: 1 superpixel, 3 superpixels.

    Parameters
    ----------
    number, noun : int, str
        How many, and what in the singular.

    Returns
    -------
    str
        Both, the noun with an s for all numbers but 1.
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def in_words(explanation: Explanation, unseen: float = math.nan) -> str:
    """Say how far a map can be trusted, and the local prediction beside the model's score.

    Parameters
    ----------
    explanation : Explanation
        The map.

    Returns
    -------
    str
        The verdict, the predictions, what the prior did, and the remarks.
    """
    e = explanation
    judged, prior, unit = verdict(e, unseen), prior_in_words(e), e.score_unit
    fit = "" if e.constant else f" (R² {two_decimals(e.r2)})"
    predicts = f"the map predicts {score_text(e.local_prediction, unit)}; "
    return " ".join(
        (
            f"{judged.headline}{fit}. {judged.sentence}",
            f"For the full picture {'' if e.constant else predicts}the model says {score_text(e.model_score, unit)}.",
            *([prior] if prior else []),
            *remarks(e),
        )
    )
