"""Weights files where a download would put them, and no network."""

import hashlib
import urllib.error
from dataclasses import replace

import pytest
import torch

import lime_core as lc
from lime_core.zoo.families import torchvision_entry


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """An empty cache and no network."""

    def refuse(*_, **__):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: None)
    return tmp_path


@pytest.fixture
def publish(offline, monkeypatch):
    """Makes a torchvision model whose weights file holds what is given, under a name with the right sum."""

    def published(name, contents):
        entry = torchvision_entry(name)
        entry.weights.parent.mkdir(parents=True)
        torch.save(contents, entry.weights)
        digest = hashlib.sha256(entry.weights.read_bytes()).hexdigest()
        entry = replace(entry, weights=entry.weights.rename(entry.weights.with_name(f"{name}-{digest[:8]}.pth")))
        monkeypatch.setitem(lc.MODELS, name, entry)
        return entry

    return published
