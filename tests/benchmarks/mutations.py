"""A hundred thousand mutated files and names: how many were read, and that nothing but a LimeError came of them."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from pathlib import Path

from tests.support.attacks import attacks

COUNT = int(os.environ.get("MUTATIONS", "100000"))
SEED = int(os.environ.get("MUTATIONS_SEED", "1"))


def run() -> list[dict[str, object]]:
    """The kinds share the mutations; a fault stops nothing and stands in the table with its number."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        every = attacks(Path(folder))
        for kind, attack in every.items():
            start, count = time.monotonic(), COUNT // len(every)
            faults = attack.faults(count, SEED)
            rows.append(
                {
                    "kind": kind,
                    "mutations": count,
                    "faults": len(faults),
                    "first": faults[0] if faults else "",
                    "s": time.monotonic() - start,
                    "largest MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                }
            )
    return rows
