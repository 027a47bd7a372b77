"""Every option that a page draws controls for."""

from __future__ import annotations

import lime_core as lc

OPTIONS = [
    cls
    for table in (lc.SEGMENTERS, lc.HIDINGS, lc.SAMPLERS, lc.SURROGATES, lc.KERNELS, lc.SELECTIONS)
    for cls in table.values()
    if cls is not lc.LabelMap
] + [lc.View]
