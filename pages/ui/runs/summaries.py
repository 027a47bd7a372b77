"""What single pictures add to priors, kept for all readers: bounded in bytes, the least recently used leaves first.

The label maps that they are found by count too.

No streamlit here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

import lime_core as lc


@dataclass(frozen=True)
class SummaryKey:
    """Everything that the summary of a picture depends on.

    settings : without a class
    classes : how many are explained, most likely first
    """

    spec: lc.ProbeSpec
    num_samples: int
    settings: lc.FitSettings
    classes: int


class Summaries:
    """The summaries of pictures that are finished."""

    def __init__(self, max_bytes: int = 500_000_000) -> None:
        self.max_bytes = max_bytes
        self._summaries: OrderedDict[SummaryKey, lc.PictureSummary] = OrderedDict()
        self._nbytes = 0
        self._lock = threading.Lock()

    def __contains__(self, key: SummaryKey) -> bool:
        with self._lock:
            return key in self._summaries

    def get(self, key: SummaryKey) -> lc.PictureSummary | None:
        """The summary, or None where it has not been made, or had to leave."""
        with self._lock:
            if key in self._summaries:
                self._summaries.move_to_end(key)
            return self._summaries.get(key)

    def keep(self, key: SummaryKey, summary: lc.PictureSummary) -> None:
        """Keep a summary; others leave where there is no room."""
        with self._lock:
            if key not in self._summaries:
                self._summaries[key] = summary
                self._nbytes += summary.nbytes
            while self._nbytes + lc.ProbeSpec.bytes_of(key.spec for key in self._summaries) > self.max_bytes:
                self._nbytes -= self._summaries.popitem(last=False)[1].nbytes
