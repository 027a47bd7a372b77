"""Every surrogate by its name."""

from __future__ import annotations

from typing import Any

from lime_core.roles import Role
from lime_core.surrogates.linear import BayesianRidge, ElasticNet, Lasso, LeastSquares, Ridge
from lime_core.surrogates.surrogate import Surrogate
from lime_core.surrogates.tree import Tree
from lime_core.surrogates.with_prior import SURROGATES_WITH_PRIOR, RidgeWithPrior

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

_ROLE = Role("surrogate", SURROGATES, ("signed",))

SurrogateLike = Surrogate | str | type
"""What `surrogate_of` reads."""


def surrogate_of(value: Any, prior: bool = False) -> Surrogate:
    """Read what is fitted to the scores.

    Parameters
    ----------
    value : Surrogate, str or None
        An option, its name in `SURROGATES` or its class; None for a ridge, as in lime.
    prior : bool, default False
        Whether there is a prior, so that None is a ridge that takes one.

    Returns
    -------
    Surrogate
        The option.

    Raises
    ------
    ValueError, TypeError
        For anything else; the message says what there is.
    """
    if value is None:
        return RidgeWithPrior() if prior else Ridge()
    return _ROLE.of(value)
