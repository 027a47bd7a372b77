"""What a model sees is what its own transform makes, and the crop box lies where it was cut."""

import numpy as np
import pytest
from PIL import Image
from torchvision.models import get_model_weights

from lime_core.zoo.loading import MODELS

NAMES = ["resnet50", "inception_v3", "vit_l_16", "swin_v2_t", "convnext_tiny"]


@pytest.fixture(params=[(451, 300), (300, 451), (224, 224), (100, 80)], ids=str)
def photo(request):
    height, width = request.param
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", NAMES)
def test_the_view_is_what_torchvisions_own_transform_makes(name, photo, monkeypatch):
    preset = get_model_weights(name).DEFAULT.transforms()
    expected = preset(Image.fromarray(photo)).numpy()
    seen = _preprocessing(name, monkeypatch)
    view = seen.view(photo).astype(np.float32).transpose(2, 0, 1) / 255
    normalised = (view - np.reshape(seen.mean, (3, 1, 1))) / np.reshape(seen.std, (3, 1, 1))
    np.testing.assert_allclose(normalised, expected, atol=2e-6)


def test_the_crop_box_lies_where_the_view_was_cut(lite0):
    ramp = np.broadcast_to(np.linspace(0, 255, 600).round().astype(np.uint8)[None, :, None], (300, 600, 3))
    view = lite0.preprocessing.view(np.ascontiguousarray(ramp))
    left, top, right, bottom = lite0.preprocessing.crop_box(300, 600)
    assert right - left == pytest.approx(bottom - top)
    assert view[0, 0, 0] == pytest.approx(left / 600 * 255, abs=2)
    assert view[0, -1, 0] == pytest.approx(right / 600 * 255, abs=2)


def test_the_view_leaves_the_photo_alone_and_cannot_be_written(lite0, photo):
    before = photo.copy()
    view = lite0.preprocessing.view(photo)
    np.testing.assert_array_equal(photo, before)
    assert not view.flags.writeable


def _preprocessing(name, monkeypatch):
    """What the model sees, without building the model or reading its weights."""
    monkeypatch.setattr("lime_core.zoo.families.get_model", lambda *_, **__: None)
    monkeypatch.setattr("lime_core.zoo.families._load_strictly", lambda *_: None)
    return MODELS[name].build(MODELS[name].weights)[1]
