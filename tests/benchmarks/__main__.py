"""Run the benchmarks named as arguments, or all of them; print tables and write bench.json."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib import import_module
from pathlib import Path

from lime_core.version import versions

BENCHMARKS = {
    "speed": "speed.run",
    "agreement": "agreement.run",
    "growth": "growth.run",
    "parts": "parts.run",
    "gpu": "gpu.run",
    "fit": "fit.run",
    "screen": "screen.run",
    "presses": "presses.run",
    "quality": "samplers.quality",
    "samplers": "samplers.run",
    "defaults": "defaults.run",
    "segmentations": "segmentations.run",
    "digits": "digits.run",
    "priors": "photo_priors.run",
    "fills": "fills.run",
    "tuned": "tuned.run",
    "found": "found.run",
    "mutations": "mutations.run",
}
"""name -> module and function; imported when they are run, since a server need not have a browser."""


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"unknown benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    found: dict[str, object] = {"machine": _machine(), "versions": dict(versions())}
    for name in names or BENCHMARKS:
        module, function = BENCHMARKS[name].split(".")
        rows = getattr(import_module(f"tests.benchmarks.{module}"), function)()
        found[name] = rows
        print(f"\n{name}")
        _print(rows)
    Path("bench.json").write_text(json.dumps(found, indent=2) + "\n")
    return 0


def _machine() -> str:
    """The processor, its cores and what matters of it."""
    known = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    name = next((line.split(":")[1].strip() for line in known.splitlines() if line.startswith("model name")), "")
    return f"{name or platform.machine()}, {os.cpu_count()} cores, {'with' if 'amx_bf16' in known else 'without'} AMX"


def _print(rows: list[dict[str, object]]) -> None:
    """Rows with the same keys as a table."""
    heads = list(rows[0])
    cells = [[f"{row[h]:.4g}" if isinstance(row[h], float) else str(row[h]) for h in heads] for row in rows]
    widths = [max(len(h), *(len(line[i]) for line in cells)) for i, h in enumerate(heads)]
    for line in [heads, *cells]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
