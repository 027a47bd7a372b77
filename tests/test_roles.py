"""What may stand for an option: itself, its name, its class, a function where that is enough."""

from __future__ import annotations

import ast
import functools
import inspect
import json
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

import lime_core as lc
from lime_core.surrogates.table import surrogate_of
from tests.support.planted import BLACK, GRID
from tests.truths.test_layering import CORE, PAGES, module

ROLES = [
    ("segmenter", lc.SEGMENTERS, "segmenter", lc.Quickshift()),
    ("hiding", lc.HIDINGS, "hiding", lc.SuperpixelMean()),
    ("sampler", lc.SAMPLERS, "sampler", lc.FoldOver()),
    ("kernel", lc.KERNELS, "kernel", lc.CosineKernel()),
    ("surrogate", lc.SURROGATES, "surrogate", lc.Ridge()),
    ("feature_selection", lc.SELECTIONS, "feature_selection", lc.AutoSelection()),
]
NAMED = [(role, name, cls) for role, table, _, _ in ROLES for name, cls in table.items() if cls is not lc.LabelMap]


def read(role, value):
    of = lc.ProbeSettings.of if role in ("segmenter", "hiding", "sampler") else lc.FitSettings.of
    settings = of(**{role: value})
    assert type(settings)(**{role: value}) == settings
    return getattr(settings, role)


@pytest.mark.parametrize(("role", "name", "cls"), NAMED)
def test_a_name_and_a_class_are_the_option_with_its_usual_settings(role, name, cls):
    assert read(role, name) == read(role, cls) == read(role, cls()) == cls()


@pytest.mark.parametrize(("role", "table", "argument", "usual"), ROLES)
def test_none_is_the_recommended_one_and_a_wrong_name_says_which_there_are(role, table, argument, usual):
    assert read(role, None) == usual
    with pytest.raises(ValueError, match=f"^{argument} must be one of {', '.join(table)}, got 'nonsense'"):
        read(role, "nonsense")


def test_a_name_that_is_nearly_right_is_said():
    with pytest.raises(ValueError, match=r"got 'quickshit' \(near: quickshift\)"):
        read("segmenter", "quickshit")


@pytest.mark.parametrize("role", [role for role, *_ in ROLES])
def test_an_option_of_another_role_is_refused(role):
    for other, table, *_ in ROLES:
        for cls in (cls for cls in table.values() if other != role and cls is not lc.LabelMap):
            for value in (cls(), cls):
                with pytest.raises(TypeError, match=f"^{role} must be an option such as"):
                    read(role, value)


def test_a_label_map_needs_its_labels_which_do_by_themselves():
    labels = np.arange(16).reshape(4, 4)
    assert read("segmenter", labels) == lc.LabelMap.of(labels)
    for value in ("label_map", lc.LabelMap):
        with pytest.raises(TypeError, match="segmenter must be made with its settings, and LabelMap has some without"):
            read("segmenter", value)


@pytest.mark.parametrize(
    ("value", "color"),
    [
        (0, (0, 0, 0)),
        (255, (255, 255, 255)),
        (np.uint8(7), (7, 7, 7)),
        ((1, 2, 3), (1, 2, 3)),
        ([1, 2, 3], (1, 2, 3)),
        (np.array([1, 2, 3]), (1, 2, 3)),
        ("#010203", (1, 2, 3)),
    ],
)
def test_a_number_is_a_hide_color_as_in_lime(value, color, picture, planted):
    assert read("hiding", value) == lc.Color(color)
    hidden = lc.probe_image(picture, planted, 2, segmenter=GRID, hiding=value).scene.hidden
    assert (hidden == color).all()
    assert lc.Removal(hiding=value).hiding == lc.Color(color)


@pytest.mark.parametrize("value", [256, -1, 0.5, True, (1, 2), [[0, 0, 0]], "#12", float("nan"), (0, 0, 300)])
def test_what_is_no_color_says_so_by_the_name_of_the_argument(value):
    with pytest.raises(ValueError, match=r"^hiding must be"):
        read("hiding", value)


def test_zero_is_black_and_not_the_mean(picture, planted):
    """`x or default` would take 0 for nothing."""
    black, mean = (lc.explain_image(picture, planted, 0, 60, GRID, hiding) for hiding in (0, None))
    assert black.spec.hiding == BLACK
    assert not np.array_equal(black.weights, mean.weights)


def fallbacks(tree: ast.AST) -> list[str]:
    """`x or default` where x is an argument that may be None: a 0, an empty list or a False would be dropped."""
    found = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            arguments = [*function.args.posonlyargs, *function.args.args]
            defaults = dict(zip(reversed(arguments), reversed(function.args.defaults), strict=False))
            defaults |= {a: d for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True) if d}
            text = "str | None"  # an empty text says nothing
            none = {a.arg for a, d in defaults.items() if isinstance(d, ast.Constant) and d.value is None}
            optional = none - {a.arg for a in defaults if a.annotation and ast.unparse(a.annotation) == text}
            found += [
                f"{function.name}: {ast.unparse(node)}"
                for node in ast.walk(function)
                if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or)
                if isinstance(node.values[0], ast.Name) and node.values[0].id in optional
            ]
    return found


def test_a_fallback_is_found():
    assert fallbacks(ast.parse("def f(x, y=None):\n    return x or 1, y or 2, 3 or y")) == ["f: y or 2"]


@pytest.mark.parametrize("path", [*CORE, *PAGES], ids=module)
def test_no_argument_that_may_be_none_falls_back_by_or(path):
    assert not fallbacks(ast.parse(path.read_text("utf-8")))


# Functions


def stripes(image):
    return np.broadcast_to(np.arange(image.shape[1]) // 8, image.shape[:2])


def inverted(image, labels):
    return 255 - image


def share(masks):
    return masks.mean(axis=1)


FUNCTIONS = {"segmenter": stripes, "hiding": inverted, "kernel": share}


@pytest.mark.parametrize("role", FUNCTIONS)
def test_a_function_is_taken_saved_under_its_name_and_said_not_to_be_replayable(role, picture, planted, tmp_path):
    options = {"segmenter": GRID, "hiding": BLACK} | {role: FUNCTIONS[role]}
    e = lc.explain_image(picture, planted, 0, 60, **options)
    assert e == e
    assert lc.explain_image(picture, planted, 0, 60, **options).spec == e.spec
    folder = e.save(tmp_path / "out")
    written = json.loads((folder / "manifest.json").read_text("utf-8"))
    name = FUNCTIONS[role].__name__
    assert written[role] == {"name": "function", "function": name, "replayable": False}
    with pytest.raises(lc.ReplayMismatch, match=f"it was made with the function '{name}', whose code no file holds"):
        lc.replay(folder, picture, planted)
    with pytest.raises(ValueError, match=f"^{role} must be an option of a table"):
        lc.Job.of(planted, **{role: FUNCTIONS[role]})


@pytest.mark.parametrize("role", ["sampler", "surrogate", "feature_selection"])
def test_where_a_function_is_not_enough_it_is_refused(role):
    with pytest.raises(TypeError, match=f"^{role} must be an option such as .*, got a function"):
        read(role, lambda *given: np.zeros(3))
    with pytest.raises(TypeError, match=f"^{role} must be an option such as"):
        read(role, BaseEstimator())


@pytest.mark.parametrize("role", FUNCTIONS)
def test_a_function_that_takes_something_else_is_refused(role):
    with pytest.raises(TypeError, match=rf"^{role} must be .*a function of \("):
        read(role, lambda a, b, c, d: None)


def test_functions_of_every_kind_have_a_name():
    class Cuts:
        def __call__(self, image):
            return stripes(image)

        def cut(self, image):
            return stripes(image)

    names = [
        read("segmenter", f).name for f in (stripes, lambda image: 0, Cuts(), Cuts().cut, functools.partial(stripes))
    ]
    assert names == ["stripes", "<lambda>", "Cuts", "cut", "stripes"]


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (np.zeros((32, 32), int), lc.TooFewSuperpixels, "The function that cuts it must return at least two different"),
        (np.zeros((3, 3), int), ValueError, r"labels that the segmenter returns must have the shape \(32, 32\), got"),
        (None, ValueError, "labels that the segmenter returns must have the shape"),
        (np.full((32, 32), 0.5), ValueError, "must be whole numbers, got float64 with fractions"),
        (np.full((32, 32), np.nan), ValueError, "must be whole numbers, got float64 with fractions, NaN"),
        (np.full((32, 32), 2.0**60), ValueError, "got float64 of 9.0072e\\+15 and more, which cannot tell"),
        (np.full((32, 32), "x"), ValueError, "must be whole numbers, got <U1"),
        (np.arange(1024).reshape(32, 32).repeat(2, 0).repeat(2, 1)[:32, :32], None, ""),
        (np.arange(1024).reshape(32, 32) - 500, None, ""),
        ((np.arange(1024).reshape(32, 32) // 64).astype(float), None, ""),
    ],
)
def test_what_a_function_returns_is_checked(labels, error, message, picture, planted):
    def cut(image):
        return labels

    if error:
        with pytest.raises(error, match=message):
            lc.probe_image(picture, planted, 2, segmenter=cut)
    else:
        probe = lc.probe_image(picture, planted, 2, segmenter=cut)
        assert probe.scene.segmentation.d == len(np.unique(labels))


def test_too_many_superpixels_of_a_function_are_refused():
    image = np.zeros((64, 64, 3), np.uint8)
    with pytest.raises(lc.TooManySuperpixels, match="into 4096 superpixels"):
        lc.segment(image, lc.ProbeSettings.of(lambda image: np.arange(4096).reshape(64, 64)).segmenter)


def test_a_hiding_and_a_kernel_that_return_something_else_are_refused(picture, planted, probe):
    for hiding in (lambda image, labels: image[0], lambda image, labels: image / 255.0, lambda image, labels: None):
        with pytest.raises(ValueError, match="the hiding '<lambda>'"):
            lc.probe_image(picture, planted, 2, segmenter=GRID, hiding=hiding)
    for kernel in (lambda masks: masks, lambda masks: -masks[:, 0] - 1, lambda masks: masks[:, 0] * np.nan, np.shape):
        with pytest.raises(ValueError, match=r"the kernel '(<lambda>|shape)'"):
            lc.explain(probe, kernel=kernel)


def test_an_option_of_ones_own_stays_as_it_is():
    @dataclass(frozen=True)
    class Own:
        def __call__(self, masks):
            return np.ones(len(masks))

    assert read("kernel", Own()) == Own()
    assert read("kernel", Own) == Own()


def test_an_option_of_ones_own_has_to_be_hashable():
    @dataclass
    class Loose:
        def __call__(self, masks):
            return np.ones(len(masks))

    with pytest.raises(TypeError, match="kernel must be hashable, as a frozen dataclass is, got a Loose"):
        read("kernel", Loose())


def test_a_prior_makes_the_usual_surrogate_one_that_takes_it(own_prior, tmp_path):
    assert surrogate_of(None, prior=True) == lc.RidgeWithPrior()
    path = own_prior.save(tmp_path / "prior.npz")
    for value in (own_prior, path, str(path), path.read_bytes()):
        settings = lc.FitSettings.of(prior=value, prior_strength=3)
        assert settings == lc.FitSettings(prior=own_prior, prior_strength=3, surrogate=lc.RidgeWithPrior())
    with pytest.raises(lc.BadPrior, match="could not be read"):
        lc.FitSettings.of(prior=tmp_path / "none.npz")


# Models and pictures


class Brightness(ClassifierMixin, BaseEstimator):
    def predict_proba(self, pictures):
        bright = pictures.mean(axis=(1, 2, 3)) / 255.0
        return np.stack([1.0 - bright, bright], axis=1)

    def predict(self, pictures):
        return self.predict_proba(pictures).argmax(axis=1)


class Keras:
    def __call__(self, pictures):
        raise AssertionError("predict comes first")

    def predict(self, pictures):
        return Brightness().predict_proba(pictures)


def test_an_object_that_predicts_is_a_model(picture):
    expected = lc.explain_image(picture, Brightness().predict_proba, 1, 60, GRID, 0).weights
    for model in (Brightness(), Keras(), Keras().predict):
        np.testing.assert_array_equal(lc.explain_image(picture, model, 1, 60, GRID, 0).weights, expected)
    assert lc.load_model(Brightness()).name.startswith("Brightness#")


@pytest.mark.parametrize("model", [None, 3, Brightness, object(), lc.Ridge(), lambda: None])
def test_what_cannot_predict_says_what_it_would_have_to_be(model, picture):
    with pytest.raises(TypeError, match=r"^model must be a Classifier, the name of one, a function"):
        lc.explain_image(picture, model)


def test_a_picture_may_be_whatever_load_picture_reads(picture, planted, tmp_path):
    from PIL import Image

    path = tmp_path / "photo.png"
    Image.fromarray(picture.pixels).save(path)
    expected = lc.explain_image(picture, planted, 0, 60, GRID, 0)
    folder = expected.save(tmp_path / "out")
    for given in (path, str(path), path.read_bytes(), Image.open(path), picture.pixels, picture.pixels / 255.0):
        np.testing.assert_array_equal(lc.explain_image(given, planted, 0, 60, GRID, 0).weights, expected.weights)
        np.testing.assert_array_equal(planted.view(given), picture.pixels)
        assert planted.top(given) == planted.top(picture)
        assert planted.crop_box(given) == planted.crop_box(picture)
        assert lc.crops(given, 1) == lc.crops(picture, 1)
        assert lc.ProbeSpec.of(given, planted) == lc.ProbeSpec.of(picture, planted)
        assert lc.probe_image(given, planted, 2, GRID).spec.picture == picture.digest
        np.testing.assert_array_equal(lc.replay(folder, given, planted).weights, expected.weights)
    with pytest.raises(lc.BadPicture, match=r"There is no file 'nowhere\.jpg'"):
        lc.explain_image("nowhere.jpg", planted)
    with pytest.raises(ValueError, match=r"^picture must be a path"):
        planted.top(3)


@pytest.mark.parametrize("number", [60, 60.0, np.int32(60), np.float64(60)])
def test_whole_numbers_of_every_type_are_numbers(number, picture, planted):
    assert len(lc.probe_image(picture, planted, number, GRID, seed=np.int64(3))) == 60
    assert lc.ProbeSettings(seed=number) == lc.ProbeSettings(seed=60)
    assert type(lc.ProbeSettings(seed=number).seed) is int


@pytest.mark.parametrize("number", [200_000, 10**8, np.int64(200_000)])
def test_more_features_than_there_can_be_are_all(number, probe):
    for selection in (lc.AutoSelection, lc.HighestWeights, lc.ForwardSelection, lc.LassoPath):
        assert len(lc.explain(probe, feature_selection=selection(number)).features) == 16


def test_the_words_of_lime_are_those_of_its_own_explainer_only():
    """Ours differ in meaning here and there: one way to say each."""
    assert not {"hide_color", "top_labels", "labels"} & set(inspect.signature(lc.explain_image).parameters)
