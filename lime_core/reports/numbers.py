"""Numbers as text."""

from __future__ import annotations

import math


def number(value: float, digits: int = 3, *, signed: bool = False) -> str:
    """Write a number with a true minus sign.

    Parameters
    ----------
    value : float
        The number, or NaN.
    digits : int, default 3
        How many are significant.
    signed : bool, default False
        Whether a number that is not negative gets a plus sign.

    Returns
    -------
    str
        The text; "not known" for NaN.
    """
    if math.isnan(value):
        return "not known"
    return f"{value:{'+' if signed else ''}.{digits}g}".replace("-", "−")


def two_decimals(value: float) -> str:
    """Write a number for a table.

    Parameters
    ----------
    value : float
        The number, or what is none.

    Returns
    -------
    str
        Two decimals and a true minus sign; "–" for NaN and infinity.
    """
    return f"{value:.2f}".replace("-", "−") if math.isfinite(value) else "–"
