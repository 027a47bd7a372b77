"""Importance: which parts of a setting decide how good its map is."""

from __future__ import annotations

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution
from optuna.importance import FanovaImportanceEvaluator

from lime_core.findings.losses import Losses


def importances(losses: Losses, seed: int = 0) -> dict[str, float]:
    """Split the variance of the mean gain between settings among their parts.

    Parameters
    ----------
    losses : Losses
        Settings that were judged.
    seed : int, default 0
        Of the random forest.

    Returns
    -------
    dict of str to float
        By the name of each part that varies its share of the variance, the largest first; empty where fewer than four
        settings have a gain, or none is better than another.

    References
    ----------
    Hutter, Hoos, Leyton-Brown (2014), "An Efficient Approach for Assessing Hyperparameter Importance", ICML; Optuna's
    `FanovaImportanceEvaluator`.
    """
    gains = losses.mean_gains
    known = np.flatnonzero(~np.isnan(gains))
    values = [losses.settings[place].values for place in known]
    choices = {part: tuple(dict.fromkeys(each[part] for each in values)) for part in (values[0] if values else ())}
    varied = {part: CategoricalDistribution(each) for part, each in choices.items() if len(each) > 1}
    if len(known) < 4 or not varied or np.ptp(gains[known]) == 0:
        return {}
    study = optuna.create_study(direction="maximize")
    study.add_trials(
        [
            optuna.trial.create_trial(
                params={part: each[part] for part in varied}, distributions=dict(varied), value=float(gains[place])
            )
            for each, place in zip(values, known, strict=True)
        ]
    )
    found = optuna.importance.get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed))
    return {part: float(share) for part, share in found.items()}
