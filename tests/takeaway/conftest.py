"""An explanation, the folder it was saved to, and how to change what stands there."""

import json

import pytest

import lime_core as lc


@pytest.fixture
def explanation(probe):
    return lc.explain(probe, class_index=1)


@pytest.fixture
def folder(explanation, tmp_path):
    return explanation.save(tmp_path / "new" / "folder")


def rewrite(folder, **changes):
    """The manifest in `folder` with these entries changed."""
    path = folder / "manifest.json"
    data = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(data | changes), "utf-8")
    return path
