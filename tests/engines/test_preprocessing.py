"""What a model sees is what its own transform makes, and the crop box lies where it was cut."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.models import get_model_weights
from torchvision.transforms import functional as transforms

import lime_core as lc
from lime_core.catalog.loading import MODELS
from lime_core.engines.preprocessing import FITS, in_channels
from lime_core.reports.sentences import remarks

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


def test_the_views_of_all_presets_of_torchvision_are_their_own(monkeypatch):
    photo = np.random.default_rng(1).integers(0, 256, (213, 340, 3), dtype=np.uint8)
    tried = set()
    for name in (name for name, entry in MODELS.items() if entry.family == "torchvision"):
        preset, seen = get_model_weights(name).DEFAULT.transforms(), _preprocessing(name, monkeypatch)
        if seen in tried:
            continue
        tried.add(seen)
        preset.mean, preset.std = [0.0] * 3, [1.0] * 3
        expected = (preset(Image.fromarray(photo)).numpy().transpose(1, 2, 0) * 255).round()
        np.testing.assert_array_equal(seen.view(photo), expected)
    assert len(tried) > 15


SIZES = st.integers(1, 90)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(FITS), SIZES, SIZES, SIZES, SIZES, st.one_of(st.none(), SIZES), st.sampled_from([1, 3]))
def test_nothing_is_black_that_is_white_in_the_photo_and_the_box_says_what_is_seen(
    fit, height, width, high, wide, resize, channels
):
    seen = lc.Preprocessing(
        height, width, resize, fit=fit, fill=(9, 9, 9), mean=(0.5,) * channels, std=(0.5,) * channels, channels=channels
    )
    view = seen.view(np.full((high, wide, 3), 255, dtype=np.uint8))
    assert view.shape == (height, width, 3)
    left, top, right, bottom = seen.crop_box(high, wide)
    part = seen.photo_part(high, wide)
    inside = np.zeros((height, width), dtype=bool)
    inside[part or (slice(None), slice(None))] = True
    assert (view[inside] == 255).all()
    assert (view[~inside] == 9).all()
    assert (part is None) == inside.all()
    slack = 1e-6 * max(high, wide)
    if fit == "crop":
        assert part is None
        assert -slack <= left < right <= wide + slack
        assert -slack <= top < bottom <= high + slack
    elif fit == "squash":
        assert 0 <= left < right <= wide
        assert 0 <= top < bottom <= high
        if (resize or 0) <= min(height, width):
            assert (left, top, right, bottom) == (0, 0, wide, high)
    else:
        assert left <= 0 < wide <= right + slack
        assert top <= 0 < high <= bottom + slack
        assert inside.any(axis=1).all() or inside.any(axis=0).all()  # as large as it can be


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("size", [(60, 150), (150, 60), (64, 64), (299, 299)])
@pytest.mark.parametrize("photo", [(400, 900), (900, 400), (500, 500)])
def test_the_box_lies_where_the_view_was_cut_for_every_fit(fit, size, photo):
    down, across = np.linspace(0, 255, photo[0]), np.linspace(0, 255, photo[1])
    ramp = np.stack([*np.broadcast_arrays(down[:, None], across[None, :]), np.zeros(photo)], axis=2).round()
    seen = lc.Preprocessing(*size, 256 if size[0] == 299 else None, fit=fit)
    view = seen.view(ramp.astype(np.uint8)).astype(float)
    left, top, right, bottom = seen.crop_box(*photo)
    rows, columns = seen.photo_part(*photo) or (slice(0, size[0]), slice(0, size[1]))
    for axis, part, low, high, end in ((0, rows, top, bottom, photo[0]), (1, columns, left, right, photo[1])):
        steps = np.arange(part.start, part.stop) + 0.5
        at = low + (high - low) * steps / size[axis]  # where the box says that each pixel is in the photo
        found = view[:, columns.start][rows, 0] if axis == 0 else view[rows.start, :][columns, 1]
        np.testing.assert_allclose(found[2:-2], (at * 255 / end)[2:-2], atol=2.5)


@pytest.mark.parametrize("photo", [(300, 300), (100, 700), (700, 100), (120, 300)])
def test_an_input_that_is_not_square_is_covered(photo):
    picture = lc.load_picture(np.full((*photo, 3), 255, dtype=np.uint8))
    model = lc.wrap_model(lambda pictures: np.ones(len(pictures)) / 2, ("a", "b"), input_size=(120, 300))
    view = model.view(picture)
    assert view.shape == (120, 300, 3)
    assert view.min() == 255
    left, top, right, bottom = model.crop_box(picture)
    assert (right - left) / (bottom - top) == pytest.approx(300 / 120, rel=0.01)


def test_a_photo_that_is_resized_to_less_than_the_crop_is_enlarged_until_it_covers_it():
    white = np.full((400, 600, 3), 255, dtype=np.uint8)
    assert lc.Preprocessing(299, 299, 256).view(white).min() == 255
    assert lc.Preprocessing(299, 299, 256).crop_box(400, 600) == pytest.approx((100, 0, 500, 400), abs=1)


def test_the_border_of_a_padded_photo_is_grey_and_a_superpixel_that_is_never_hidden(picture):
    photo = wide(picture)
    for fill in (None, (200, 10, 10)):
        seen = lc.Preprocessing(64, 64, fit="pad", fill=fill)
        image = seen.view(photo.pixels)
        np.testing.assert_array_equal(image[0, 0], fill or (124, 116, 104))
        model = lc.Classifier("m", (), "values", seen, lc.wrap_model(brightness, kind="values").engine)
        e = lc.explain_image(photo, model, 0, 200, lc.Grid(2, 4), lc.Color(), surrogate=lc.Ridge(1e-6))
        rows, columns = seen.photo_part(photo.height, photo.width)
        assert (rows, columns) == (slice(16, 48), slice(0, 64))
        assert e.scene.segmentation.border == 8
        assert (e.segments == 8).sum() == 64 * 32
        assert not (e.segments[rows, columns] == 8).any()
        assert np.flatnonzero(e.inert).tolist() == [8]
        assert e.weights[8] == 0
        np.testing.assert_array_equal(e.scene.hidden[:16], image[:16])
        assert not e.scene.hidden[rows, columns].any()
        cells = image[rows, columns].reshape(2, 16, 4, 16, 3).sum(axis=(1, 3, 4)) / (64 * 64 * 3 * 255)
        np.testing.assert_allclose(e.weights[:8], cells.ravel(), atol=1e-6)
        assert "cannot be explained" not in " ".join(remarks(e))


def wide(picture):
    """A photo of 32 × 64 pixels."""
    return lc.load_picture(np.tile(picture.pixels, (2, 2, 1))[:32, :64])


def brightness(pictures):
    return pictures.mean(axis=(1, 2, 3))[:, None] / 255.0


def test_a_padded_explanation_is_replayed_and_a_label_map_fits_photo_and_view(picture, tmp_path):
    photo = wide(picture)
    model = lc.wrap_model(brightness, kind="values", input_size=(64, 64), fit="pad", name="brightness")
    labels = lc.LabelMap.of(np.arange(64)[None, :] // 16 + np.zeros((32, 1), dtype=int))
    e = lc.explain_image(photo, model, 0, 100, labels, lc.Color())
    assert e.segments[20].tolist() == [0] * 16 + [1] * 16 + [2] * 16 + [3] * 16
    assert set(e.segments[0]) == {4}
    e.save(tmp_path)
    again = lc.replay(tmp_path, photo, model)
    np.testing.assert_array_equal(again.segments, e.segments)
    np.testing.assert_allclose(again.weights, e.weights)


def test_a_model_of_grey_pictures_is_given_the_luma():
    rgb = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    grey = np.asarray(Image.fromarray(rgb).convert("L"))
    np.testing.assert_array_equal(in_channels(rgb, 1)[..., 0], grey)
    np.testing.assert_array_equal(in_channels(np.repeat(grey[..., None], 3, axis=2), 1)[..., 0], grey)
    assert in_channels(rgb, 3) is rgb
    seen = lc.Preprocessing(50, 70, mean=(0.5,), std=(0.2,), channels=1)
    np.testing.assert_array_equal(seen.view(rgb), np.repeat(grey[..., None], 3, axis=2))


@pytest.mark.parametrize("size", [(64, 64), (48, 96)])
def test_a_photo_may_be_squashed_to_more_than_the_input_of_which_the_middle_is_cut(size):
    photo = np.random.default_rng(0).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    scale = 72 / min(size)
    whole = transforms.resize(Image.fromarray(photo), [round(scale * side) for side in size], antialias=True)
    seen = lc.Preprocessing(*size, 72, fit="squash")
    np.testing.assert_array_equal(seen.view(photo), np.asarray(transforms.center_crop(whole, list(size))))
    left, top, right, bottom = seen.crop_box(300, 200)
    np.testing.assert_allclose([left, right], [100 - 100 / scale, 100 + 100 / scale])
    np.testing.assert_allclose([top, bottom], [150 - 150 / scale, 150 + 150 / scale])
    assert seen.photo_part(300, 200) is None
    assert lc.Preprocessing(*size, 8, fit="squash").crop_box(300, 200) == (0, 0, 200, 300)


@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_a_model_of_bgr_is_given_the_channels_the_other_way_round(engine, scene):
    network = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    seen = lc.Preprocessing(16, 16, mean=(0.1, 0.4, 0.7), std=(0.5, 0.25, 0.2), order="BGR")
    model = lc.torch_classifier("means", network, seen, ["blue", "green", "red"], "cpu", "f32", engine, "values")
    image, hidden, labels = scene
    expected = np.stack([(each[..., ::-1].mean((0, 1)) / 255 - seen.mean) / seen.std for each in (image, hidden)])
    np.testing.assert_allclose(model.outputs(np.stack([image, hidden])), expected, rtol=1e-4)
    masks = np.array([np.ones(16), np.zeros(16)], np.float32)
    np.testing.assert_allclose(model.engine.scorer(image, hidden, labels)(masks), expected, rtol=1e-4)
    other = lc.torch_classifier("means", network, replace(seen, order="RGB"), (), "cpu", "f32", engine, "values")
    assert model.fingerprint != other.fingerprint
    border = replace(seen, mean=(0.0, 0.4, 1.0), width=64, fit="pad").view(image)[0, 0]
    assert border.tolist() == [255, 102, 0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"fit": "stretch"}, "fit must be one of crop, squash, pad, got 'stretch'"),
        ({"height": 0}, "height must be at least 1, got 0"),
        ({"resize": 0}, "resize must be at least 1, got 0"),
        ({"fill": (0, 0)}, r"fill must be three numbers in 0..255, got \(0, 0\)"),
        ({"fill": (0, 0, 256)}, "fill must be three numbers"),
        ({"channels": 4}, "channels must be 1 or 3, got 4"),
        ({"channels": 1}, "mean and std must have an entry for each of 1 channels, got 3 and 3"),
        ({"mean": (0.5,)}, "mean and std must have an entry for each of 3 channels, got 1 and 3"),
        ({"height": 32.5}, "height must be a whole number, got 32.5"),
        ({"std": (0, 0, 0)}, "std must be above 0 for each channel, got 0"),
        ({"std": (0.2, -0.2, 0.2)}, "std must be above 0 for each channel, got -0.2"),
        ({"mean": (0.5, 0.5, float("nan"))}, "mean must be numbers of a size that pictures can have, got nan"),
        ({"order": "rgb"}, "order must be one of RGB, BGR, got 'rgb'"),
        ({"interpolation": "cubic"}, "interpolation must be one of nearest, .*bicubic.*, got 'cubic'"),
    ],
)
def test_settings_that_cannot_be_say_what_can(wrong, message):
    with pytest.raises(ValueError, match=message):
        lc.Preprocessing(**{"height": 8, "width": 8, **wrong})


@pytest.mark.parametrize("name", ["mean", "std"])
@pytest.mark.parametrize("wrong", [0.5, None, "0.5", {0.5, 0.4, 0.3}, ("a", "b", "c"), (True, False, True)])
def test_means_and_deviations_are_numbers_of_each_channel(name, wrong):
    with pytest.raises(TypeError, match=f"^{name} must be a tuple with a number for each channel, got"):
        lc.Preprocessing(8, 8, **{name: wrong})


def test_whole_numbers_of_any_type_are_sizes():
    sizes = lc.Preprocessing(8.0, np.int64(8), np.float32(9))
    assert repr(sizes) == repr(lc.Preprocessing(8, 8, 9))


def test_lists_are_taken_as_tuples():
    lists = lc.Preprocessing(8, 8, mean=[0.5] * 3, std=[0.5] * 3, fill=[0, 0, 0])
    assert lists == lc.Preprocessing(8, 8, mean=(0.5,) * 3, std=(0.5,) * 3, fill=(0, 0, 0))
    assert hash(lists)


def test_settings_that_came_later_stand_in_the_repr_only_where_they_are_not_the_usual_ones():
    first = "Preprocessing(height=8, width=9, resize=10, interpolation='bilinear', mean=(0.5, 0.5, 0.5), std=(1, 1, 1))"
    assert repr(lc.Preprocessing(8, 9, 10, "bilinear", (0.5,) * 3, (1,) * 3)) == first
    later = repr(lc.Preprocessing(8, 9, fit="pad", fill=(0, 0, 0)))
    assert later.endswith(", fit='pad', fill=(0, 0, 0))")
    for enlarged in (lc.Preprocessing(64, 96, 64), lc.Preprocessing(96, 96, 64)):
        assert repr(enlarged).endswith(", fit='crop')")  # its view was padded with black under the shorter one


def _preprocessing(name, monkeypatch):
    """What the model sees, without building the model or reading its weights."""
    monkeypatch.setattr("lime_core.zoo.families.network", lambda *_, **__: None)
    monkeypatch.setattr("lime_core.zoo.families.load_into", lambda *_: None)
    return MODELS[name].build(MODELS[name].weights)[1]
