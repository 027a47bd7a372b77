"""The table of methods, and what is refused."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.attributions.attribution import finite
from tests.attributions.conftest import PROBING


def test_every_method_says_what_it_is_called_and_who_computes_it():
    for name, cls in lc.ATTRIBUTIONS.items():
        method = cls()
        assert method.title
        assert method.package in ("Captum", "XAITK")
        assert name == "".join("_" + c.lower() if c.isupper() else c for c in cls.__name__).strip("_")


def test_a_method_is_read_by_its_name_its_class_or_as_it_is(picture, planted):
    given = "occlusion", lc.Occlusion, lc.Occlusion()
    found = [lc.attribute(picture, planted, method, "first", PROBING).values for method in given]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_the_most_likely_class_is_taken_where_none_is_named(picture, planted):
    found = lc.attribute(picture, planted, "occlusion", None, PROBING)
    assert found.question.class_index == planted.outputs(planted.view(picture)[None])[0].argmax()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "gradcam"}, r"method must be one of grad_cam, .* \(near: grad_cam\)"),
        ({"method": lambda question: 0}, "method must be an option such as GradCam"),
        ({"class_index": 3}, r"class_index must lie in \[0, 2\], got 3"),
        ({"space": "logit"}, "space must be one of value"),
        ({"probing": lc.Grid()}, "probing must be a ProbeSettings or None"),
        ({"on_progress": 3}, "on_progress"),
    ],
)
def test_wrong_arguments_are_named_before_anything_takes_long(picture, planted, counting, wrong, message):
    given = {"method": "rise", "class_index": 0, "probing": PROBING} | wrong
    with pytest.raises((ValueError, TypeError), match=message):
        lc.attribute(picture, planted, **given)
    assert counting.rows <= 1


def test_of_several_segmentations_the_first_is_shared(picture, planted):
    both = lc.ProbeSettings(lc.Segmentations((lc.Grid(4, 4), lc.Grid(2, 2))), lc.Color(0))
    found = lc.attribute(picture, planted, lc.KernelShap(40), 0, both)
    assert found.question.scene.segmentation.d == 16


def test_numbers_that_are_none_are_refused():
    with pytest.raises(lc.BadScores, match="RISE gives NaN or infinity"):
        finite(np.array([[np.nan]]), "RISE")


def test_what_is_returned_is_read_only_and_sums_over_any_superpixels(picture, planted):
    found = lc.attribute(picture, planted, "occlusion", 0, PROBING)
    assert not found.values.flags.writeable
    halves = lc.segment(picture.pixels, lc.Grid(1, 2))
    np.testing.assert_allclose(found.on(halves), [found.values[:, :16].sum(), found.values[:, 16:].sum()])
    with pytest.raises(ValueError, match="values"):
        found.on(lc.segment(picture.pixels[:16], lc.Grid(1, 2)))
    with pytest.raises(TypeError, match="segmentation must be a Segmentation"):
        found.on(halves.labels)


@pytest.mark.parametrize("name", lc.ATTRIBUTIONS)
def test_the_border_of_a_padded_photo_has_no_part_in_any_map(pooled, name):
    photo = np.random.default_rng(0).integers(60, 250, (16, 64, 3), dtype=np.uint8)
    seen = lc.Preprocessing(32, 32, fit="pad")
    model = lc.torch_classifier("net", pooled, seen, (), device="cpu", engine="torch", kind="values")
    method = {"occlusion": lc.Occlusion(8, 4), "kernel_shap": lc.KernelShap(40), "rise": lc.Rise(64)}.get(name, name)
    found = lc.attribute(photo, model, method, 0, lc.ProbeSettings(lc.Grid(2, 4), lc.Color(0)), source=pooled)
    cut = found.question.scene.segmentation
    assert found.values.any()
    assert not found.values[cut.labels == cut.border].any()
