"""The code that runs is told, and not what its file has become; and what is installed is known wherever it lies."""

import importlib.util
import os
import sys

import pytest
import torch

from lime_core.fingerprints.sources import is_of_package
from tests.fingerprints.test_fingerprint import own

WRITTEN = """\
import torch
from tests.support.networks import Net

class Made(Net):
    @torch.no_grad()
    def forward(self, pictures):
        return super().forward(pictures) * FACTOR
"""


def test_the_code_that_runs_is_seen_and_not_what_its_file_has_become(tmp_path, monkeypatch):
    def imported():
        spec = importlib.util.spec_from_file_location("made", path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "made", module)
        spec.loader.exec_module(module)
        return module.Made()

    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "made.py"
    path.write_text(WRITTEN.replace("FACTOR", "1"))
    running = imported()
    before = own(running)
    path.write_text(WRITTEN.replace("FACTOR", "25"))
    edited = own(running)
    assert edited != own(imported())
    path.write_text(WRITTEN.replace("FACTOR", "1"))
    assert own(imported()) == before != own_of(25, path, imported)


def own_of(factor, path, imported):
    path.write_text(WRITTEN.replace("FACTOR", str(factor)))
    return own(imported())


@pytest.mark.parametrize("place", ["site-packages", "dist-packages"])
def test_what_is_installed_for_a_user_is_installed(place):
    assert is_of_package(f"/home/somebody/.local/lib/python3.11/{place}/anything/layers.py")
    assert not is_of_package("/home/somebody/layers.py")
    assert is_of_package(torch.__file__)
    assert is_of_package(os.__file__)
