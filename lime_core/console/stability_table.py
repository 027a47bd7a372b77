"""Methods side by side as lines of text."""

from __future__ import annotations

from lime_core.reports.numbers import metric_text, two_decimals
from lime_core.reports.verdict import without_weights
from lime_core.takeaway.comparison import Comparison, title

_COLUMNS = {
    "jaccard": "Jaccard",
    "spearman": "Spearman",
    "kendalls_w": "Kendall's W",
    "rank_biased_overlap": "RBO",
    "relative_spread": "rel. spread",
    "predicted": "pred./obs.",
    "r2": "R²",
}


def table(reports: Comparison, k: int) -> list[str]:
    """Put the figures of each method into lines of text, chance levels in brackets.

    Parameters
    ----------
    reports, k : mapping of str to StabilityReport, int
        The reports of one class of one picture by the names of their methods, and the size of the top sets.

    Returns
    -------
    list of str
        The lines, without ends of lines.
    """
    pulled = any(report.explanations[0].settings.prior is not None for report in reports.values())
    names = {**_COLUMNS, "jaccard": f"Jaccard top {k}", **({"prior": "prior's share"} if pulled else {})}
    rows = [["", "samples", *names.values()]]
    for name, report in reports.items():
        figures = {m.key: metric_text(m) for m in report.metrics(k)}
        figures["predicted"] = two_decimals(report.predicted_over_observed)
        figures["prior"] = two_decimals(report.prior_share)
        rows.append([title(name), str(report.n_samples), *(figures[key] for key in names)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    about = "In brackets what chance gives; higher is steadier, but for the relative spread (rel. spread)."
    lines.append(without_weights(*reports.values()) or about)
    if pulled:
        lines.append("A strong prior is perfectly steady and can be perfectly wrong: read its share beside R².")
    return lines
