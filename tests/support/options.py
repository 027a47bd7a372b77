"""Every option that a page draws controls for."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields, replace

import lime_core as lc

OPTIONS = [
    cls
    for table in (lc.SEGMENTERS, lc.HIDINGS, lc.SAMPLERS, lc.SURROGATES, lc.KERNELS, lc.SELECTIONS)
    for cls in table.values()
    if cls is not lc.LabelMap
] + [lc.View]


def changed(option):
    """The option with each of its settings at both ends of its range, or at every other choice; one at a time."""
    for f in fields(option):
        rules = f.metadata
        if "options" in rules:
            values = rules["options"]
        elif "switch" in rules:
            values = (True, False)
        elif "color" in rules:
            values = ((1, 2, 3), (255, 255, 255))
        elif "several" in rules:
            known = tuple(rules["several"].values())
            values = known[:2], known[2:5]
        else:
            values = (rules["low"], rules["high"]) if "low" in rules else ()
        for value in values:
            with suppress(ValueError):  # two settings can exclude each other
                yield replace(option, **{f.name: value})
