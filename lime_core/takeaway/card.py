"""The card of an explanation: what was explained and how, how far it may be trusted, and what it does not say.

It is filled from a manifest alone, so that it can be made again of any explanation that was saved; what an earlier
manifest does not say is left out.  Its sections answer what NIST IR 8312 asks of an explanation (that there is one,
that it is meaningful, how accurate it is, and the limits of what is known), and what ISO/IEC TS 6254 asks (for whom, to
what end).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from lime_core.files.names import printable
from lime_core.priors.class_activation import CLASS_ACTIVATION
from lime_core.reports.numbers import score_text, size_text, two_decimals, weight_text
from lime_core.takeaway.settings_in_words import how_it_was_made, option_in_words


@dataclass(frozen=True)
class Section:
    """One part of a card.

    Parameters
    ----------
    title, answers : str
        Its heading, and what of the standards it answers.
    sentences : tuple of str
        Plain text.
    """

    title: str
    answers: str
    sentences: tuple[str, ...]


def card(manifest: Mapping[str, Any]) -> tuple[Section, ...]:
    """Fill the card of an explanation.

    Parameters
    ----------
    manifest : mapping
        As it is saved; one of an earlier version does too.

    Returns
    -------
    tuple of Section
        What was explained, for whom, how, what was found, how far to trust it, and what it does not say.

    Raises
    ------
    KeyError, TypeError
        For what is no manifest of an explanation.
    """
    return (
        Section("What was explained", "explanation", _what(manifest)),
        Section("For whom, and to what end", "stakeholders and objectives", _for_whom(manifest)),
        Section("How it was made", "approach", how_it_was_made(manifest)),
        Section("What it says", "meaningful", _says(manifest)),
        Section("How far it may be trusted", "explanation accuracy", _trusted(manifest)),
        Section("What it does not say", "knowledge limits", _limits(manifest)),
    )


def card_markdown(manifest: Mapping[str, Any]) -> str:
    """Write the card as Markdown.

    Parameters
    ----------
    manifest : mapping
        As of `card`.

    Returns
    -------
    str
        A heading for each section, and its sentences as a list.

    Raises
    ------
    KeyError, TypeError
        As `card`.
    """
    lines = [f"# Explanation card: {_escaped(_class(manifest))}", ""]
    for section in card(manifest):
        lines += [f"## {section.title} ({section.answers})", ""]
        lines += [f"- {_escaped(sentence)}" for sentence in section.sentences] + [""]
    lines.append("In brackets: the principles of NIST IR 8312, and the terms of ISO/IEC TS 6254.")
    return "\n".join(lines) + "\n"


def card_html(manifest: Mapping[str, Any]) -> str:
    """Write the card as a part of an HTML page.

    Parameters
    ----------
    manifest : mapping
        As of `card`.

    Returns
    -------
    str
        As of `card_markdown`, without the first heading and the last sentence.

    Raises
    ------
    KeyError, TypeError
        As `card`.
    """
    lists = ((each.title, "".join(f"<li>{escape(told)}</li>" for told in each.sentences)) for each in card(manifest))
    return "\n".join(f"<h2>{escape(title)}</h2>\n<ul>{items}</ul>" for title, items in lists)


def _escaped(text: str) -> str:
    """A text of anybody, of which Markdown makes nothing else."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&!])", r"\\\1", printable(text))


def _class(manifest: Mapping[str, Any]) -> str:
    return printable(str(manifest.get("class_name", f"class {manifest['class_index']}")))


def _values(manifest: Mapping[str, Any]) -> bool:
    return bool(manifest["space"] == "value")


def _unit(manifest: Mapping[str, Any]) -> str:
    return str(manifest.get("unit") or manifest["space"])


def _what(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    noun = "The output" if _values(manifest) else "The class"
    score = manifest["results"].get("model_score")
    told = "" if score is None else f", which is {score_text(score, _unit(manifest))} for the full picture"
    others = ", and nothing that lies outside of it"
    if manifest.get("prior", {}).get("name", CLASS_ACTIVATION) != CLASS_ACTIVATION:  # this photo may be among them
        others = ". prior.npz can hold parts of the pictures that built the prior"
    return (
        f"{noun} explained is “{_class(manifest)}” (number {manifest['class_index']}); its score is the "
        f"{manifest['space']}{told}.",
        f"The model is {printable(str(manifest['model']))}, whose weights, input and output have the fingerprint "
        f"{str(manifest['fingerprint'])[:12]}.",
        f"The photo has the digest {str(manifest['picture'])[:12]}. These files hold the crop of it that the model "
        f"sees, in arrays.npz, the pictures and the reports{others}.",
    )


def _for_whom(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    answer = "value" if _values(manifest) else "answer"
    return (
        f"It is for those who build, test or audit the model, and for those who use this {answer} and ask what it "
        "rests on.",
        "It helps to see whether the model goes by the parts of the photo that it should go by. It is no ground for a "
        "decision about what the photo shows, or about a person in it.",
    )


def _says(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    trust, unit = _trust(manifest), _unit(manifest)
    if "strongest" not in trust:
        return ("The weights of all superpixels are in weights.csv.",)
    if not trust["strongest"]:
        return ("No superpixel has a weight: the map says nothing.",)
    unit = unit if trust["signed"] else "importance"
    told = []
    for each in trust["strongest"]:
        error = each["standard_error"]
        beside = "" if error is None else f" ± {size_text(error, unit)}"
        share = each.get("share_of_picture")  # earlier manifests have one that counts the border of a padded photo
        of = "" if share is None else f" ({share:.0%} of the picture)"
        told.append(
            f"Superpixel {each['superpixel']}{of} {_does(manifest, each['weight'])}: "
            f"{weight_text(each['weight'], unit)}{beside}."
        )
    least = "A weight is the share of what a tree's questions explain; it has no direction."
    usual = f"A weight is what showing the superpixel adds to the {manifest['space']}, on average over the samples."
    return (usual if trust["signed"] else least, *told)


def _does(manifest: Mapping[str, Any], weight: float) -> str:
    if not _trust(manifest)["signed"]:
        return "is important"
    if _values(manifest):
        return "raises the value" if weight > 0 else "lowers the value"
    return "speaks for the class" if weight > 0 else "speaks against the class"


def _trusted(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    results, trust, unit = manifest["results"], _trust(manifest), _unit(manifest)
    told = [f"{trust['headline']}. {trust['sentence']}"] if trust else []
    if (r2 := results.get("r2")) is not None:
        unseen = results.get("cross_fitted_r2")
        beyond = "" if unseen is None else f", and {two_decimals(unseen)} on samples that were not fitted"
        told.append(f"R² is {two_decimals(r2)} on the samples that were fitted{beyond}.")
    local, model = results.get("local_prediction"), results.get("model_score")
    if local is not None and model is not None:
        told.append(
            f"For the full picture the map predicts {score_text(local, unit)}, the model says "
            f"{score_text(model, unit)}."
        )
    if (effective := results.get("effective_samples")) is not None:
        told.append(f"The fit rests on {effective:.0f} effective samples of {manifest['num_samples']}.")
    if trust.get("exact"):
        told.append("Every mask was asked: another seed gives the same weights.")
    elif (certain := results.get("top_certainty")) is not None:
        top = results["top"]
        are = "superpixel is the right one" if top == 1 else "superpixels are the right set"
        told.append(
            f"By the error bars of this one run, the {f'{top} ' * (top > 1)}strongest {are} with a chance of "
            f"{min(certain, 0.99):.0%}."
        )
    if (share := results.get("prior_share")) is not None:
        told.append(f"The prior made {share:.0%} of a weight, on average.")
    return (*told, *trust.get("remarks", ()))


def _limits(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    values = _values(manifest)
    return (
        "It does not say what the photo shows, or whether the model is right.",
        "It says what hiding parts does to the model's score. That is no cause in the world, and not what the model "
        "computes inside.",
        f"It holds for this photo, this model and this {'output' if values else 'class'}, not for others like them.",
        f"It holds for what stood in the place of hidden parts: {option_in_words(manifest['hiding'])}. That may itself "
        "look like something to the model, and another hide color can give another map.",
        "Nothing smaller than a superpixel is told apart, and parts that count only together share their weight or "
        "lose it. Other borders can give another map.",
        "Error bars are of the samples that were drawn, not of the segmentation, the hide color or the prior.",
        "What lies outside of the crop that the model sees was not looked at.",
    )


def _trust(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a manifest says of trust; an earlier one says nothing."""
    found: Mapping[str, Any] = manifest.get("trust", {})
    return found
