"""Cases are every photo with every model, and models are asked about the same class where they both have it."""

import numpy as np
import pytest

import lime_core as lc
from tests.tuning.small_study import Model, cases, space


def model(name, answers, names):
    return lc.wrap_model(lambda shown: np.tile(answers, (len(shown), 1)), names, name=name)


PICTURES = [lc.gallery_picture(name) for name in ("chelsea", "coffee")]
FIRST = model("first", [0.1, 0.6, 0.3], ("dog", "cat", "cup"))
ALIKE = model("alike", [0.5, 0.2, 0.3], ("cup", "dog", "cat"))
OTHER = model("other", [0.2, 0.8], ("tree", "house"))
NAMELESS = lc.wrap_model(lambda shown: np.tile([0.2, 0.8], (len(shown), 1)), name="nameless")


def test_all_models_explain_the_class_of_the_first_where_they_have_it():
    found = lc.cases_of(PICTURES, [FIRST, ALIKE, OTHER])
    assert [case.model.name for case in found] == ["first", "alike", "other"] * 2
    assert [case.picture.name for case in found] == ["chelsea"] * 3 + ["coffee"] * 3
    assert [case.class_index for case in found] == [1, 2, 1] * 2


def test_a_class_can_be_given_for_each_photo():
    found = lc.cases_of(PICTURES, [FIRST, ALIKE], [2, None])
    assert [case.class_index for case in found] == [2, 0, 1, 2]
    with pytest.raises(ValueError, match="classes must be 2"):
        lc.cases_of(PICTURES, [FIRST], [2])


def test_of_several_classes_of_one_name_that_of_the_same_number_is_explained():
    twice, later = (model(name, [0.1, 0.6, 0.3], ("dog", *rest)) for name, rest in (("a", "xd"), ("b", ("x", "dog"))))
    first = model("first", [0.1, 0.6, 0.3], ("dog", "x", "dog"))
    assert [case.class_index for case in lc.cases_of(PICTURES[:1], [first, later, twice, later], [2])] == [2, 2, 0, 2]


@pytest.mark.parametrize(("asked", "moved"), [(1, 2), (3, 4)])
def test_two_classes_of_one_name_stay_two_where_another_model_counts_from_elsewhere(asked, moved):
    """As ImageNet's two cranes, of a network that has a class for the background in front of them all."""
    names = ("dog", "crane", "cup", "crane")
    own, shifted = model("own", [0.1, 0.2, 0.3, 0.4], names), model("shifted", [0.2] * 5, ("background", *names))
    assert [case.class_index for case in lc.cases_of(PICTURES[:1], [own, shifted], [asked])] == [asked, moved]


def test_a_model_without_names_explains_its_own_most_likely_class():
    assert [case.class_index for case in lc.cases_of(PICTURES[:1], [FIRST, NAMELESS])] == [1, 1]
    assert [case.class_index for case in lc.cases_of(PICTURES[:1], [NAMELESS, FIRST])] == [1, 1]


def test_a_model_of_values_explains_the_output_of_the_same_number():
    def values(name, answers):
        return lc.wrap_model(lambda shown: np.tile(answers, (len(shown), 1)), kind="values", name=name)

    pictures = [case.picture for case in cases()][:1]
    models = [values("three", [3.0, 1.0, 2.0]), values("others", [9.0, 7.0, 8.0]), values("one", [5.0])]
    assert [case.class_index for case in lc.cases_of(pictures, models, [1])] == [1, 1, 0]


def test_samples_of_a_store_are_asked_for_once_and_find_the_same():
    asking, store = Model(), lc.ProbeStore()
    own = cases(asking)

    def after(most):
        def tell(done, total):
            if done >= most:
                raise KeyboardInterrupt

        return tell

    study = lc.Study(space(), own)
    with pytest.raises(KeyboardInterrupt):
        next(study.run(on_progress=after(60), store=store))
    before = asking.rows
    (found,) = lc.Study(space(), own).run(trials=1, store=store)
    asked = asking.rows - before
    (usual,) = lc.Study(space(), own).run(trials=1)
    record = found.to_record() | {"seconds": 0}
    assert record == usual.to_record() | {"seconds": 0}
    assert asked < found.rows - 50


def test_a_model_that_fails_ends_the_trial_and_a_photo_that_cannot_be_cut_does_not():
    study = lc.Study(space(), cases(lambda shown: np.full((len(shown), 2), np.nan)))
    with pytest.raises(lc.BadScores):
        next(study.run())
    assert study.trials == ()
    flat = lc.load_picture(np.full((64, 64, 3), 128, dtype=np.uint8))
    whole = lc.Setting(lc.ProbeSettings(lc.Felzenszwalb()), 60)
    (trial,) = lc.Study(lc.Space(whole), [lc.Case(flat, cases()[0].model, 0)]).run()
    assert trial.problems[0]


def test_what_cannot_be_cut_or_sampled_so_is_a_problem_of_the_photo():
    every = lc.Setting(lc.ProbeSettings(lc.Grid(5, 5), sampler=lc.Enumerate()), 60)
    (trial,) = lc.Study(lc.Space(every), cases()).run()
    assert all("superpixels" in problem for problem in trial.problems)
    assert np.isnan(trial.gains).all()


def test_models_of_other_units_are_not_compared():
    values = lc.wrap_model(lambda shown: np.zeros((len(shown), 1)), kind="values", name="values")
    with pytest.raises(lc.LimeError, match="different units"):
        lc.Study(space(), [*cases(), lc.Case(PICTURES[0], values)])


def test_another_function_of_the_same_name_is_another_case():
    one, other = (lc.wrap_model(lambda shown: np.zeros((len(shown), 2))) for _ in range(2))
    assert lc.Case(PICTURES[0], one).key != lc.Case(PICTURES[0], other).key
    assert cases()[0].key == cases()[0].key


def failing(name, answers):
    """A model of two classes that fails on what is bright."""

    def answer(shown):
        told = np.tile(np.array([0.4, 0.6]), (len(shown), 1))
        told[shown.mean(axis=(1, 2, 3)) > 150] = answers
        return told

    return lc.wrap_model(answer, ("dog", "cat"), name=name)


def test_a_model_that_fails_on_one_photo_says_on_which():
    pixels = np.random.default_rng(0).integers(0, 100, (64, 64, 3), dtype=np.uint8)
    dark, bright = lc.load_picture(pixels, name="dark.png"), lc.load_picture(pixels + 150, name="bright.png")
    sound, broken = failing("sound", [0.4, 0.6]), failing("broken", np.nan)
    for models, begin in (([broken], "bright.png: "), ([broken, sound], "bright.png · broken: ")):
        with pytest.raises(lc.BadScores, match=f"^{begin}"):
            lc.cases_of([dark, bright], models)
        given = [lc.Case(picture, model, 0) for picture in (dark, bright) for model in models]
        with pytest.raises(lc.BadScores, match=f"^{begin}"):
            next(lc.Study(space(), given).run())
