"""Names belong to outputs, one for each, and what a function returns is counted at every answer."""

from unittest.mock import ANY

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.models.answers import named, names_of

GRID = lc.Grid(3, 3)
BLACK = lc.Color()


def lit(outputs):
    """The mean brightness, `outputs` times; (n,) where that is None."""

    def predict(pictures):
        bright = pictures.mean(axis=(1, 2, 3)) / 255.0
        return bright if outputs is None else np.tile(bright[:, None], outputs)

    return predict


@pytest.mark.parametrize("outputs", [None, 1])
@pytest.mark.parametrize("kind", ["probabilities", "logits", "sigmoid"])
def test_one_name_is_that_of_the_class_that_a_single_output_speaks_for(outputs, kind, picture):
    model = lc.wrap_model(lit(outputs), ("nsfw",), kind)
    assert model.class_names == ("not nsfw", "nsfw")
    [(index, name, probability), (other, opposite, rest)] = sorted(model.top(picture, 2), reverse=True)
    assert (index, name, other, opposite) == (1, "nsfw", 0, "not nsfw")
    bright = picture.pixels.mean() / 255.0
    assert probability == pytest.approx(bright if kind == "probabilities" else 1 / (1 + np.exp(-bright)), abs=1e-6)
    assert probability + rest == pytest.approx(1.0)
    e = lc.explain_image(picture, model, class_index=1, num_samples=64, segmenter=GRID, hiding=BLACK)
    assert e.class_name == "nsfw"
    assert (e.weights > 0).all()  # all of the picture adds brightness


def test_two_names_of_a_single_output_are_those_without_and_with_it(picture):
    model = lc.wrap_model(lambda pictures: np.full(len(pictures), 0.9), ("benign", "melanoma"))
    assert model.top(picture, 1) == [(1, "melanoma", pytest.approx(0.9))]


def test_a_single_value_stays_one_and_takes_one_name(picture):
    model = lc.wrap_model(lit(1), ("age",), "values")
    assert model.top(picture) == [(0, "age", pytest.approx(picture.pixels.mean() / 255.0, abs=1e-6))]


@pytest.mark.parametrize(
    ("outputs", "count", "kind"),
    [
        (3, 2, "probabilities"),
        (3, 5, "probabilities"),
        (3, 1, "probabilities"),
        (2, 1, "logits"),
        (1, 3, "sigmoid"),
        (None, 3, "probabilities"),
        (1, 2, "values"),
        (None, 2, "values"),
    ],
)
def test_another_number_of_names_than_outputs_is_refused_at_the_first_answer(outputs, count, kind, picture):
    names = [f"name {i}" for i in range(count)]
    model = lc.wrap_model(lit(outputs), names, kind)
    message = rf"The model returns {outputs or 1} numbers? for a picture, and there are {count} class names \('name 0'"
    with pytest.raises(lc.BadScores, match=message):
        model.top(picture)
    steps = []
    with pytest.raises(lc.BadScores, match=message):
        lc.explain_image(
            picture, model, num_samples=500, segmenter=GRID, on_progress=lambda done, _: steps.append(done)
        )
    assert not steps  # nothing was sampled that somebody could read


def test_a_model_of_its_own_engine_is_counted_too(picture):
    engine = lc.wrap_model(lit(3)).engine
    model = lc.Classifier("own", ("a", "b"), "values", None, engine)
    for ask in (lambda: model.top(picture), lambda: lc.probe_image(picture, model, 40, segmenter=GRID)):
        with pytest.raises(lc.BadScores, match="answered for 3 classes, and it has 2"):
            ask()


@pytest.mark.parametrize(
    "names", ["cat", b"cat", {"cat": 0, "dog": 1}, {0: "cat"}, {"cat", "dog"}, 3, (1, 2), ("a", None)]
)
@pytest.mark.parametrize("make", ["wrap_model", "Classifier"])
def test_names_that_are_no_sequence_of_str_say_what_is_wanted(names, make):
    def wrapped():
        return lc.wrap_model(lit(2), names)

    def own():
        return lc.Classifier("m", names, "values", None, lc.wrap_model(lit(2)).engine)

    with pytest.raises(TypeError, match="class_names must be a sequence of str in the order of the outputs, got"):
        wrapped() if make == "wrap_model" else own()


@pytest.mark.parametrize("names", [["a", "b"], ("a", "b"), np.array(["a", "b"]), {0: "a", 1: "b"}.values(), iter("ab")])
def test_any_ordered_names_are_taken_as_str(names):
    found = names_of(names)
    assert found == ("a", "b")
    assert all(type(name) is str for name in found)


def test_two_classes_may_have_the_same_name_and_none_needs_one(picture):
    assert lc.wrap_model(lit(2), ("crane", "crane")).class_name(1) == "crane"
    assert [name for _, name, _ in lc.wrap_model(lit(4)).top(picture)] == [f"class {i}" for i in range(4)]
    assert named((), 1, "probabilities") == ()


@pytest.mark.parametrize("grown", ["one run", "two runs", "store"])
@pytest.mark.parametrize(("before", "after"), [(3, 2), (2, 3), (None, 2), (2, None), (1, 2)])
@pytest.mark.parametrize("kind", ["values", "probabilities"])
def test_a_number_of_outputs_that_changes_is_refused_with_both_counts(before, after, kind, grown, picture):
    asked = []

    def predict(pictures):
        asked.append(len(pictures))
        return lit(before if len(asked) == 1 else after)(pictures)

    model = lc.wrap_model(predict, kind=kind, name="fickle")
    spec = lc.ProbeSettings(segmenter=GRID, hiding=BLACK).spec(picture, model)
    ways = {
        "store": lambda: list(lc.ProbeStore().grow(spec, picture, model, 100)),
        "one run": lambda: lc.probe_image(picture, model, 100, segmenter=GRID),
        "two runs": lambda: list(lc.grow(lc.probe_image(picture, model, 20, segmenter=GRID), 40, model)),
    }
    with pytest.raises(lc.BadScores, match=rf"returned {after or 1} numbers for a picture, and {before or 1} before"):
        ways[grown]()


def test_classes_that_change_in_an_engine_of_another_make_are_refused_too(picture):
    def flaky(later):
        engine = lc.wrap_model(lit(2)).engine
        engine._predict = lambda pictures: lit(2 if next(later) else 3)(pictures)
        return lc.Classifier("flaky", (), "values", None, engine)

    with pytest.raises(lc.BadScores, match="answered for 3 classes, and it has 2"):
        lc.probe_image(picture, flaky(iter([True, False, False])), 80, segmenter=GRID)


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int64, np.uint8, bool, object])
@pytest.mark.parametrize("kind", lc.SPACES)
def test_numbers_of_any_type_are_answers(dtype, kind, picture):
    model = lc.wrap_model(lambda pictures: np.ones(len(pictures), dtype=dtype), kind=kind)
    found = {"probabilities": 1.0, "values": 1.0}.get(kind, 1 / (1 + np.exp(-1.0)))
    assert model.top(picture, 1) == [(0 if kind == "values" else 1, ANY, pytest.approx(found))]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_tensor_that_torch_keeps_to_itself_is_an_answer(dtype, picture):
    model = lc.wrap_model(lambda pictures: torch.full((len(pictures), 2), 0.5, dtype=dtype, requires_grad=True))
    assert model.top(picture) == [(0, "class 0", 0.5), (1, "class 1", 0.5)]


def test_what_a_tensor_of_another_device_holds_is_fetched(picture):
    class OnDevice:
        """As a tensor on a GPU: an array comes of its copy on the CPU alone."""

        dtype = "torch.float32"

        def detach(self):
            return self

        def cpu(self):
            return np.array([[0.25, 0.75]])

        def __array__(self, dtype=None, copy=None):
            raise TypeError("can't convert cuda:0 device type tensor to numpy")

    assert lc.wrap_model(lambda _: OnDevice()).top(picture, 1) == [(1, "class 1", 0.75)]


@pytest.mark.parametrize(("ends", "black", "white"), [((0, 1), 0.0, 1.0), ([-1, 1], -1.0, 1.0), ((5.0, 9.5), 5.0, 9.5)])
def test_a_function_is_given_floats_of_its_range(ends, black, white):
    given = []

    def predict(pictures):
        given.append(pictures)
        return np.full((len(pictures), 2), 0.5)

    levels = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    model = lc.wrap_model(predict, pixel_range=ends)
    model.outputs(levels[None])
    assert given[0].dtype == np.float32
    assert (given[0].min(), given[0].max()) == (black, white)
    if ends == (0, 1):
        np.testing.assert_array_equal(given[0][0], levels.astype(np.float32) / np.float32(255))
    assert model.fingerprint != lc.wrap_model(predict).fingerprint
    e = lc.explain_image(levels, model, num_samples=20, segmenter=GRID)
    assert e.constant


@pytest.mark.parametrize("returned", [{"logits": [0.0, 1.0]}, None, "cat", [[0.0, 1.0], [1.0]], np.array([["a"]])])
def test_a_function_that_returns_no_numbers_says_what_it_returned(returned, picture):
    model = lc.wrap_model(lambda _: returned)
    with pytest.raises(lc.BadScores, match=f"returned a {type(returned).__name__}; expected an array"):
        model.top(picture)


@pytest.mark.parametrize("kind", lc.SPACES)
def test_a_model_of_each_kind_is_explained_judged_saved_and_replayed_in_each_space(kind, picture, tmp_path):
    model = lc.wrap_model(lit(3), ("a", "b", "b"), kind, name=f"lit {kind}")
    for space in lc.SPACES[kind]:
        options = {"segmenter": GRID, "hiding": BLACK, "seed": 3}
        e = lc.explain_image(picture, model, 1, 64, space=space, **options)
        e.save(tmp_path / space)
        np.testing.assert_allclose(lc.replay(tmp_path / space, picture, model).weights, e.weights)
        assert space in (tmp_path / space / "report.html").read_text("utf-8")
        assert len(lc.faithfulness(e, model, space=space).deletion.scores) > 2
        report = lc.stability(picture, model, repeats=2, num_samples=40, class_index=1, space=space, **options)
        assert report.weights.shape == (2, 9)
        job = lc.Job.of(model, num_samples=40, space=space, faithfulness=False, **options)
        assert job.run(picture, model).num_samples == 40


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        ({"input_size": 224}, TypeError, "input_size must be two whole numbers, height and width, or None, got 224"),
        ({"input_size": "ab"}, TypeError, "input_size must be two whole numbers, height and width, or None, got 'ab'"),
        ({"input_size": (8, 8, 3)}, TypeError, "input_size must be two whole numbers"),
        ({"input_size": ("a", "b")}, TypeError, "input_size must be a whole number, got 'a'"),
        ({"input_size": (8.5, 8)}, ValueError, "input_size must be a whole number, got 8.5"),
        ({"input_size": (0, 8)}, ValueError, "input_size must be at least 1, got 0"),
        ({"fit": "paddd"}, ValueError, "fit must be one of crop, squash, pad, got 'paddd'"),
        ({"kind": []}, ValueError, "kind must be one of .*, got a list"),
        ({"name": 3}, TypeError, "name must be a str, or None, got 3"),
        ({"pixel_range": 1}, TypeError, r"pixel_range must be two numbers, such as \(0, 1\), or None, got 1"),
        ({"pixel_range": "01"}, TypeError, "pixel_range must be two numbers"),
        ({"pixel_range": ("a", 1)}, TypeError, "pixel_range must be a finite number, got 'a'"),
        ({"pixel_range": (1, 0)}, ValueError, r"pixel_range must go from black to white, .*, got \(1, 0\)"),
        ({"pixel_range": (0, float("inf"))}, ValueError, "pixel_range must be a finite number, got inf"),
        ({"unit": 3, "kind": "values"}, TypeError, "unit must be a str, got 3"),
        (
            {"unit": "years"},
            ValueError,
            """unit is that of values, so it takes kind="values", got 'years' with kind="p""",
        ),
        ({"unit": "a\nb", "kind": "values"}, ValueError, "unit must be a word such as 'years' with at most 32 char"),
        ({"unit": " mm", "kind": "values"}, ValueError, "unit must be a word .* no spaces around it, got ' mm'"),
        ({"unit": "m" * 33, "kind": "values"}, ValueError, "unit must be a word"),
        ({"unit": "probability", "kind": "values"}, ValueError, "unit must be none of importance, probability, log-"),
    ],
)
def test_what_wrap_model_cannot_take_is_named(said, error, message):
    with pytest.raises(error, match=f"^{message}"):
        lc.wrap_model(lit(2), **said)


def test_a_unit_is_part_of_a_model_of_values_and_of_no_other():
    age, module = lit(1), torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(3, 1))
    years = lc.wrap_model(age, ("age",), "values", unit="years")
    assert (years.unit, lc.wrap_model(age, ("age",), "values").unit) == ("years", "")
    assert years.fingerprint != lc.wrap_model(age, ("age",), "values", unit="months").fingerprint
    seen = lc.Preprocessing(8, 8)
    years = lc.torch_classifier("age", module, seen, ("age",), engine="torch", kind="values", unit="years")
    plain = lc.torch_classifier("age", module, seen, ("age",), engine="torch", kind="values")
    assert (years.unit, plain.unit) == ("years", "")
    assert years.fingerprint != plain.fingerprint
    with pytest.raises(ValueError, match="unit is that of values"):
        lc.torch_classifier("age", module, seen, (), engine="torch", kind="logits", unit="years")


@pytest.mark.parametrize("size", [(8, 8), [8, 8], (8.0, np.int64(8)), np.array([8, 8])])
def test_the_size_of_the_input_may_be_any_two_whole_numbers(size):
    assert lc.wrap_model(lit(2), input_size=size).fingerprint == lc.wrap_model(lit(2), input_size=(8, 8)).fingerprint


class Estimator:
    """As in scikit-learn."""

    def predict_proba(self, pictures):
        return np.tile([0.25, 0.75], (len(pictures), 1))


def test_an_object_that_predicts_is_wrapped_with_names():
    model = lc.wrap_model(Estimator(), ("cat", "dog"), name="estimator")
    assert model.top(np.zeros((16, 16, 3), dtype=np.uint8), 1) == [(1, "dog", 0.75)]
    with pytest.raises(TypeError, match="predict must be a function from pictures to probabilities"):
        lc.wrap_model(3)
