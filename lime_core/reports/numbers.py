"""Numbers as text: one way for pages, reports, drawings and the command line."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lime_core.evaluation.stability_report import Metric
from lime_core.models.scores import WORDS


def number(value: float, digits: int = 3, *, signed: bool = False) -> str:
    """Write a number with a true minus sign.

    Parameters
    ----------
    value : float
        The number, or NaN.
    digits : int, default 3
        How many are significant, at least; what stands before the decimal point of less than a million is written out.
    signed : bool, default False
        Whether a number that is not negative gets a plus sign.

    Returns
    -------
    str
        The text, such as 0.00123, 12.3 or 1.23e-9; "not known" for NaN.
    """
    if math.isnan(value):
        return "not known"
    rounded = float(f"{value:z.{_precision(value, digits)}g}")  # what rounds up to 1000 has a digit more
    written = f"{rounded:{'+' if signed else ''}.{_precision(rounded, digits)}g}"
    mantissa, exponent, power = written.partition("e")
    return mantissa.replace("-", "−") + (f"e{int(power)}" if exponent else "")


def _precision(value: float, digits: int) -> int:
    return max(digits, len(str(int(abs(value))))) if abs(value) < 1e6 else digits


def two_decimals(value: float) -> str:
    """Write a figure for a table.

    Parameters
    ----------
    value : float
        The figure, or what is none.

    Returns
    -------
    str
        Two decimals and a true minus sign; "–" for NaN and infinity.
    """
    return f"{value:z.2f}".replace("-", "−") if math.isfinite(value) else "–"


def metric_text(metric: Metric) -> str:
    """Write a figure of a report.

    Parameters
    ----------
    metric : Metric
        The figure.

    Returns
    -------
    str
        Two decimals with what chance gives in brackets; "–" alone where it is not defined.
    """
    return with_chance(metric.value, metric.chance)


def with_chance(value: float, chance: float | None) -> str:
    """Write a figure with what chance gives in brackets.

    Parameters
    ----------
    value, chance : float, and float or None
        As those of a `Metric`.

    Returns
    -------
    str
        Two decimals each; "–" alone where there is no value.
    """
    beside = "" if chance is None or math.isnan(value) else f" ({two_decimals(chance)})"
    return f"{two_decimals(value)}{beside}"


def score_text(value: float, unit: str) -> str:
    """Write a score in its own unit.

    Parameters
    ----------
    value : float
        The score.
    unit : str
        One of `SPACES`, or what values are counted in.

    Returns
    -------
    str
        Probabilities in percent with a decimal, others with two and their unit; more where that would leave nothing.
    """
    if unit == "probability":
        return f"{value:z.1%}".replace("-", "−") if abs(value) >= 0.0005 or value == 0 else f"{number(100 * value)}%"
    return _with_unit(two_decimals(value) if 0.1 <= abs(value) < 1e9 or value == 0 else number(value), unit)


def weight_text(value: float, unit: str) -> str:
    """Write a weight in the unit of its score: percentage points for probabilities.

    Parameters
    ----------
    value : float
        The weight, in the unit of the score.
    unit : str
        One of `SPACES`, what values are counted in, or "importance", which has no sign.

    Returns
    -------
    str
        Three significant digits, with their sign, and behind them what values are counted in.
    """
    if unit == "probability":
        return f"{number(100 * value, signed=True)} pp"
    return _with_unit(number(value, signed=unit != "importance"), unit)


def size_text(value: float, unit: str) -> str:
    """Write the size of a weight's error or spread, in the unit of the weight and without a sign.

    Parameters
    ----------
    value : float
        The size, in the unit of the score, or NaN.
    unit : str
        As of `weight_text`.

    Returns
    -------
    str
        Three significant digits.
    """
    return "not known" if math.isnan(value) else weight_text(value, unit).removeprefix("+")


def axis_title(unit: str) -> str:
    """Name the unit of an axis or a column of bare numbers.

    Parameters
    ----------
    unit : str
        As of `weight_text`.

    Returns
    -------
    str
        The unit; that of probabilities are percentage points.
    """
    return "percentage points" if unit == "probability" else unit


def _with_unit(text: str, unit: str) -> str:
    """A number with what values are counted in behind it; scores of classes have a name and no unit."""
    return f"{text} {unit}" if unit and unit not in WORDS else text


def scale_ends(limit: float, unit: str) -> tuple[str, str]:
    """Write both ends of the symmetric scale of weights; of importances, which use its upper half, 0 and the limit.

    Parameters
    ----------
    limit : float
        The |weight| at both ends, above 0.
    unit : str
        As of `weight_text`.

    Returns
    -------
    (str, str)
        The lower and the upper end.
    """
    return "0" if unit == "importance" else weight_text(-limit, unit), weight_text(limit, unit)


def superpixels_in_words(counts: Sequence[int]) -> str:
    """Say how many superpixels there are.

    Parameters
    ----------
    counts : sequence of int
        Of each segmentation, as `Segmentation.counts_in_photo`.

    Returns
    -------
    str
        How many; of several segmentations between which numbers.
    """
    least, most = min(counts), max(counts)
    each = f"{least} to {most}" if least < most else f"{least}"
    superpixels = f"{each} superpixel{'s' if most != 1 else ''}"
    return superpixels if len(counts) == 1 else f"{len(counts)} segmentations of {superpixels}"


def cut_in_words(counts: Sequence[int], samples: int) -> str:
    """Say how many superpixels there are, and how many samples for each, or for each of several segmentations.

    Parameters
    ----------
    counts : sequence of int
        Superpixels of each segmentation.
    samples : int
        How many there are.

    Returns
    -------
    str
        All numbers.
    """
    each = f"{samples / len(counts):.0f} for each of them" if len(counts) > 1 else f"{samples / counts[0]:.0f} for each"
    return f"{superpixels_in_words(counts)} · {samples} samples · {each}"
