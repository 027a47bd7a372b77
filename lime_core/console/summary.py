"""What is said of an explanation on the command line."""

from __future__ import annotations

import math

import numpy as np

from lime_core.console.terminal import say
from lime_core.explanation.explanation import Explanation
from lime_core.probing.probe import Probe
from lime_core.reports.numbers import number, size_text, weight_text
from lime_core.reports.sentences import in_words


def say_score(probe: Probe, explanation: Explanation) -> None:
    """Say what is explained, and how likely it is or what value it has."""
    if probe.kind == "values":
        told = f"{number(explanation.model_score)} {explanation.value_unit}".rstrip()
    else:
        class_index = explanation.settings.class_index
        told = f"probability {number(float(probe.scores(class_index or 0, 'probability')[0]))}"
    say(f"{explanation.class_name}: {told}")


def say_summary(explanation: Explanation, unseen: float = math.nan) -> None:
    """Say how it was made, how good it is, and the strongest superpixels; `unseen` is R² on samples not fitted."""
    first, n = (explanation.members or (explanation,))[0], explanation.n_samples
    d = first.scene.segmentation.in_photo
    each = f"{n / d:.0f} for each" if len(explanation.members) < 2 else f"of {len(explanation.members)} segmentations"
    say(f"{d} superpixels, {n} samples, {each}")
    say(in_words(explanation, unseen))
    if explanation.constant:
        return
    order = np.argsort(-np.abs(explanation.weights), kind="stable")
    strongest = [int(i) for i in order[:5] if explanation.weights[i] != 0]
    say("strongest superpixels:" if strongest else "no superpixel has a weight")
    for i in strongest:
        weight = weight_text(float(explanation.weights[i]), explanation.unit)
        share = "" if math.isnan(explanation.prior_scale) else f"  prior {explanation.prior_share[i]:.0%}"
        say(f"  {i:>4}  {weight} ± {size_text(float(explanation.standard_error[i]), explanation.unit)}{share}")
