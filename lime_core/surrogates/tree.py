"""The regression tree, as a surrogate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from lime_core.arrays import Design, Scores
from lime_core.knobs import Bounded, knob
from lime_core.surrogates.surrogate import Samples, SurrogateFit


@dataclass(frozen=True)
class Tree(Bounded):
    """Regression tree, as MATLAB's `imageLIME` fits by default: importances of the splits, which sum to 1.

    Importances have no sign: a superpixel may speak for the class or against it.  There is no intercept (NaN) and no
    standard error (NaN).

    Parameters
    ----------
    max_depth : int in [1, 20], default 6
        Questions from the root to a leaf: deeper fits more, noise too.
    min_samples_leaf : int in [1, 100], default 5
        Samples that must share a leaf: more makes it smoother.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    MATLAB's `imageLIME` with Model="tree"; scikit-learn's `DecisionTreeRegressor`.
    """

    signed: ClassVar[bool] = False
    max_depth: int = knob(6, 1, 20, step=1, help="Questions from the root to a leaf: deeper fits more, noise too.")
    min_samples_leaf: int = knob(5, 1, 100, step=1, help="Samples that must share a leaf: more makes it smoother.")

    def __call__(self, samples: Samples) -> SurrogateFit:
        # scikit-learn finds the weight of one side of a split by subtraction: below rounding it is 0, and 0/0 follows.
        least = len(samples.scores) * float(np.finfo(np.float64).eps)
        tree = DecisionTreeRegressor(
            max_depth=self.max_depth,
            min_samples_leaf=self.min_samples_leaf,
            min_weight_fraction_leaf=least,
            random_state=0,
        )
        # In a unit of their own and around 0: a tree splits nothing whose squares are below a fixed size.
        unit, mean = samples.spread, float(np.average(samples.scores, weights=samples.sample_weights))
        tree.fit(samples.masks, samples.centred_scores / unit, sample_weight=samples.sample_weights)
        f = samples.masks.shape[1]
        unknown = np.full((f, f), np.nan)

        def predict(masks: Design) -> Scores:
            scores: Scores = mean + unit * tree.predict(masks)
            return scores

        return SurrogateFit(
            tree.feature_importances_, float("nan"), unknown, predict(samples.masks), predicting=predict
        )
