"""ONNX files as classifiers, on each runtime."""

import pytest

import lime_core as lc
from tests.support.networks import SEEN
from tests.support.own_models import export


@pytest.fixture
def onnx(tmp_path):
    """Writes a torch network, or an ONNX model as it is, and makes a classifier of the file."""

    def make(model, seen=SEEN, names=(), last=False, **settings):
        path = tmp_path / "net.onnx"
        if hasattr(model, "SerializeToString"):
            path.write_bytes(model.SerializeToString())
        elif model is not None:
            export(model, path, seen.channels, seen.height, last=last)
        return lc.onnx_classifier("net", path, seen, tuple(names), **{"device": "cpu", "precision": "f32", **settings})

    return make


@pytest.fixture(params=["openvino", "onnxruntime"])
def engine(request):
    """Each runtime that is installed."""
    pytest.importorskip(request.param, reason=f"{request.param} is not installed")
    return request.param
