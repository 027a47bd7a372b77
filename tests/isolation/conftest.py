"""Processes that answer as they are told to."""

import sys
from pathlib import Path

import pytest

from lime_core.isolation import process
from lime_core.isolation.limits import ModelLimits
from lime_core.isolation.process import ModelProcess

WORKER = Path(__file__).parents[1] / "support" / "isolated_worker.py"
LIMITS = ModelLimits(memory_bytes=50_000_000, load_seconds=20, batch_seconds=20)


@pytest.fixture
def behaving(monkeypatch):
    """Starts processes of a behavior, and ends them; so are those that the core starts meanwhile."""
    started = []

    def start(behavior="good", limits=LIMITS, spare=False):
        command = (sys.executable, "-I", "-S", str(WORKER), behavior)
        monkeypatch.setattr(process, "WORKER", command)
        started.append(ModelProcess(limits, spare=spare))
        return started[-1]

    yield start
    for each in started:
        each.close()
