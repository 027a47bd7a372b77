"""What is said of other photos, classes and models follows from the numbers."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from tests.findings.test_losses import PLANTED, losses_of


def test_each_pair_of_cases_is_one_journey_of_its_kind():
    gains = np.array(PLANTED)[:, [0, 1, 2, 1]]
    losses = losses_of(gains, models=("one", "one", "one", "two"), photos=(0, 1, 2, 0), classes=(0, 0, 1, 0))
    photo, other_class, model = lc.journeys(losses)
    own = [losses.best([place]) for place in range(4)]
    assert [each.pairs for each in (photo, other_class, model)] == [2, 4, 2]
    assert photo.loss == pytest.approx(np.mean([losses.losses[own[0], 1], losses.losses[own[1], 0]]))
    assert photo.base_loss == pytest.approx(np.mean([losses.losses[0, 0], losses.losses[0, 1]]))
    assert model.loss == pytest.approx(np.mean([losses.losses[own[0], 3], losses.losses[own[3], 0]]))


def test_two_classes_of_one_name_are_two_and_two_models_of_one_name_too():
    def wrapped(kind):
        return lc.wrap_model(lambda shown: np.zeros((len(shown), 2)), ("crane", "crane"), name="one", kind=kind)

    gains = np.array(PLANTED)[:, [0, 1, 2, 1]]
    planted = losses_of(gains, models=("one",) * 4, photos=(0, 1, 2, 2))
    models, numbers = [wrapped("probabilities")] * 3 + [wrapped("logits")], (0, 1, 0, 0)
    cases = tuple(lc.Case(case.picture, *each) for case, *each in zip(planted.cases, models, numbers, strict=True))
    assert [each.pairs for each in lc.journeys(replace(planted, cases=cases))] == [2, 4, 2]


def test_a_class_that_was_left_open_is_neither_the_same_nor_another_one():
    assert [each.pairs for each in lc.journeys(losses_of(PLANTED))] == [0, 0, 2]


@pytest.mark.parametrize(
    ("loss", "base", "verdict"),
    [
        (0.04, 0.2, "They hold."),
        (0.15, 0.3, "They hold better than these, and tuning anew is better still."),
        (0.3, 0.2, "Tune anew, or keep these."),
        (0.05, 0.02, "Tune anew, or keep these."),
    ],
)
def test_the_verdict_follows_from_the_losses(loss, base, verdict):
    told = lc.Journey("model", 12, loss, base).in_words()
    assert told.startswith(f"For another model, settings that were found on one photo lose {loss:.0%} of the best gain")
    assert told.endswith(verdict)
    assert "only" in lc.Journey("model", 1, loss, base).in_words()
    unknown = lc.Journey("class", 0, np.nan, np.nan), lc.Journey("class", 0, np.nan, np.nan, "output")
    assert unknown[0].in_words() == "Nothing is known of a photo of another class: give one."
    assert unknown[1].in_words() == "Nothing is known of a photo of another output: give one."


def test_parts_are_to_be_tuned_where_holding_them_costs():
    #  grid 3 × 3, grid 4 × 4, SLIC with 100, SLIC with 200 samples and alpha 9
    losses = losses_of([[0.1, 0.1, 0.1], [0.40, 0.20, 0.20], [0.38, 0.19, 0.40], [0.38, 0.20, 0.38]])
    held = losses.settings[losses.best()].values
    assert held["segmenter"] == "slic"
    found = lc.parts_to_tune(losses)
    assert set(found) == {"segmenter", "num_samples", "surrogate"}
    assert found["segmenter"] == pytest.approx((0.05 + 0 + 0) / 3)  # with SLIC, the other parts free
    assert list(found.values()) == sorted(found.values(), reverse=True)
    told = lc.parts_in_words(losses)
    assert told.startswith("Can be kept: ")
    assert "segmenter (slic)" in told
    torn = losses_of([[0.1, 0.1, 0.1], [0.4, 0.1, 0.1], [0.1, 0.4, 0.4], [0.1, 0.39, 0.4]])
    assert "To be tuned anew: segmenter (25% lost, asks the model again)" in lc.parts_in_words(torn)


def test_nothing_is_said_of_parts_where_nothing_varies():
    one = losses_of(PLANTED)
    alone = lc.Losses(
        one.settings[:1], one.cases, one.gains[:1], one.held_out_r2[:1], one.stability[:1], one.usable[:1]
    )
    assert lc.parts_to_tune(alone) == {}
    assert lc.parts_in_words(alone) == ""


def test_what_a_search_is_worth_on_other_photos_is_said_beside_the_base():
    losses = losses_of(PLANTED)
    said = lc.left_out_in_words(losses)
    lost, base = losses.left_out().mean(), losses.losses[0].mean()
    assert f"loses {lost:.0%} of the best gain on it" in said
    assert f"the settings to begin with lose {base:.0%} on it." in said
    alone = losses_of(PLANTED, models=("one", "one", "one"), photos=(0, 0, 0))
    assert lc.left_out_in_words(alone) == ""


def test_what_is_not_known_is_not_said():
    gains = np.array(PLANTED)
    gains[:, 1] = np.nan
    photo, other_class, model = lc.journeys(losses_of(gains, classes=(0, 0, 1)))
    assert photo.pairs == other_class.pairs == 0
    assert photo.in_words() == "Nothing is known of another photo of the same class: give one."
    assert model.pairs == 2
    assert "nan" not in model.in_words()
    single = losses_of(PLANTED, models=("one", "one", "one"), photos=(0, 0, 0))
    assert lc.parts_in_words(single) == "", "one photo says nothing of others"
