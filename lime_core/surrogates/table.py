"""Every surrogate by its name."""

from __future__ import annotations

from lime_core.surrogates.linear import BayesianRidge, ElasticNet, Lasso, LeastSquares, Ridge
from lime_core.surrogates.surrogate import Surrogate
from lime_core.surrogates.tree import Tree
from lime_core.surrogates.with_prior import SURROGATES_WITH_PRIOR

SURROGATES: dict[str, type[Surrogate]] = {
    "ridge": Ridge,
    "lasso": Lasso,
    "elastic_net": ElasticNet,
    "least_squares": LeastSquares,
    "bayesian_ridge": BayesianRidge,
    "tree": Tree,
    **SURROGATES_WITH_PRIOR,
}
"""name -> class; the page, the command line, manifests and the contract tests take their surrogates from here."""
