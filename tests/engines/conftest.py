"""A scene to score, what is shown of it, and an empty cache folder."""

import numpy as np
import pytest

import lime_core as lc


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """Where graphs are kept, in a cache folder that nobody has used."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "lime_core" / "openvino"


@pytest.fixture
def scene():
    rng = np.random.default_rng(0)
    image, hidden = rng.integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    return image, hidden, lc.segment(image, lc.Grid(4, 4)).labels


def shown(masks, scene):
    image, hidden, labels = scene
    return np.where(masks[:, labels][..., None] > 0, image, hidden)
