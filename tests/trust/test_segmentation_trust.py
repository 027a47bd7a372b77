"""What several segmentations agree on, in figures and in words; and everything else that is said of their map."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from tests.support.planted import BLACK, GRID, PairModel, textured_picture

MEMBERS = (GRID, lc.Grid(3, 5), lc.Grid(5, 3))


def of_rows(shown):
    """Two classes: how bright the first row of cells is, and the last."""
    cells = shown.reshape(len(shown), 4, 8, 4, 8, 3).mean(axis=(2, 4, 5)) / 255
    return np.stack([cells[:, 0].sum(axis=1), cells[:, 3].sum(axis=1)], axis=1)


@pytest.fixture(scope="module")
def pairs_probe():
    picture = textured_picture()
    model = lc.wrap_model(PairModel(picture), kind="values", name="pairs")
    return lc.probe_image(picture, model, 300, MEMBERS, BLACK, sampler=lc.Bernoulli()), picture, model


def test_error_of_segmentation_is_their_spread_without_what_chance_adds(pairs_probe):
    e = lc.explain(pairs_probe[0], 0)
    read = lc.readings(e)
    beyond = read.var(axis=0, ddof=1) - 3 * e.standard_error**2
    np.testing.assert_allclose(lc.segmentation_error(e), np.sqrt(np.maximum(beyond, 0) / 3), rtol=1e-12)
    assert (lc.segmentation_error(e) > 0).any()
    assert np.isnan(lc.segmentation_error(e.members[0])).all()


def test_words_count_segmentations_and_compare_them_with_chance(pairs_probe):
    e = lc.explain(pairs_probe[0], 0)
    *clauses, _ = lc.segmentations_in_words(e, 2)
    speaks_for, against = lc.segmentations_for(e)
    for clause, (superpixel, weight) in zip(clauses, e.top(2), strict=True):
        count = (speaks_for if weight > 0 else against)[superpixel]
        side = "higher" if weight > 0 else "lower"
        assert clause == f"superpixel {superpixel} makes the value {side} in {count} of 3"
    spread = lc.readings(e).var(axis=0, ddof=1) / 3
    for share, words in (
        (0.25, "segmentation decides more than chance"),
        (0.75, "chance decides more than segmentation"),
    ):
        planted = replace(e, standard_error=np.sqrt(share * spread))  # so much of the spread is chance
        assert lc.segmentations_in_words(planted, 2)[-1].endswith(f": {words}.")
    still = replace(e, members=(e.members[0],) * 3)  # they do not differ at all
    assert lc.segmentations_in_words(still)[-1].startswith("In these they differ no more than chance does")
    assert lc.segmentations_in_words(e.members[0]) == []
    assert lc.segmentations_in_words(lc.explain(pairs_probe[0], 0, surrogate=lc.Tree())) == []


def test_a_class_is_spoken_for_or_against(picture):
    model = lc.wrap_model(lambda shown: shown[:, :16].mean(axis=(1, 2, 3))[:, None] / 255 * [[1.0, 0.0]], kind="logits")
    e = lc.explain(lc.probe_image(picture, model, 90, MEMBERS, BLACK), 0)
    assert lc.segmentations_in_words(e, 1)[0].endswith("for the class in 3 of 3")


def test_r2_on_other_samples_is_that_of_each_segmentation_by_how_much_its_scores_move(pairs_probe):
    probe, settings = pairs_probe[0], lc.FitSettings(0)
    found = [lc.cross_fitted_r2(member, settings) for member in probe.members]
    assert min(found) < lc.cross_fitted_r2(probe, settings) < max(found)
    one = lc.probe_image(pairs_probe[1], pairs_probe[2], 100, lc.Segmentations((GRID,)), BLACK)
    alone = lc.probe_image(pairs_probe[1], pairs_probe[2], 100, GRID, BLACK)
    assert lc.cross_fitted_r2(one, settings) == lc.cross_fitted_r2(alone, settings)


def test_held_out_samples_are_those_of_each(pairs_probe):
    probe, picture, model = pairs_probe
    e = lc.explain(probe.first(150), 0)
    found = [lc.held_out_r2(member, own) for member, own in zip(e.members, probe.members, strict=True)]
    assert min(found) < lc.held_out_r2(e, probe) < max(found)
    left = moved = 0.0
    for member, own in zip(e.members, probe.members, strict=True):
        scores, masks = own.scores(0, "value")[50:], own.masks[50:]
        weights = e.settings.kernel(masks)
        left += weights @ (scores - member.intercept - masks @ member.weights) ** 2
        moved += weights @ (scores - np.average(scores, weights=weights)) ** 2
    assert lc.held_out_r2(e, probe) == pytest.approx(1.0 - left / moved, rel=1e-6)
    few = lc.explain(probe.first(148), 0)  # of 150 rows two of the first two have one fresh each, of the last none
    with pytest.raises(ValueError, match="at least 2 samples of a segmentation that were not fitted, got 1"):
        lc.held_out_r2(few, probe.first(150))
    assert lc.held_out_r2(few, probe.first(153)) <= 1  # two of the first, one or two of the others
    other = lc.probe_image(picture, model, 300, MEMBERS, BLACK, sampler=lc.Bernoulli(), seed=9)
    assert lc.held_out_r2(e, other) == pytest.approx(lc.held_out_r2(e, probe), abs=0.1)
    with pytest.raises(ValueError, match="in its seed or its length only"):
        lc.held_out_r2(e, probe.members[0])


def test_pairs_are_looked_for_in_the_samples_of_the_first(pairs_probe):
    probe = pairs_probe[0]
    found, alone = (lc.interactions(each, lc.FitSettings(0)) for each in (probe, probe.members[0]))
    np.testing.assert_array_equal(found.pairs, alone.pairs)
    np.testing.assert_array_equal(found.q_values, alone.q_values)


def test_curves_and_soft_stability_are_of_the_superpixels_that_weights_are_read_in(pairs_probe):
    picture = pairs_probe[1]
    model = lc.wrap_model(of_rows, kind="logits", name="rows")
    e = lc.explain(lc.probe_image(picture, model, 120, MEMBERS, BLACK), 0)
    for shown in (e, lc.read_in(e, lc.Grid(2, 2))):
        found = lc.faithfulness(shown, model)
        assert found.spec.segmenter == shown.scene.segmentation.made_by
        assert found.deletion.scores[0] == pytest.approx(found.insertion.scores[-1])
        assert found.insertion.auc > found.deletion.auc
        assert 0 <= lc.soft_stability(shown, model).rate <= 1


def test_soft_stability_asks_for_the_superpixels_that_are_drawn(picture):
    model = lc.wrap_model(of_rows, kind="logits", name="rows")
    e = lc.explain(lc.probe_image(picture, model, 120, MEMBERS, BLACK), 0)
    for shown in (e, lc.read_in(e, lc.Grid(2, 3)), lc.read_in(e.members[0], lc.Grid(2, 3))):
        addition = lc.Addition()
        spec = addition.spec(shown)
        *_, probe = lc.grow(lc.open_probe(spec, picture, model, shown.scene.segmentation), addition.rows(shown), model)
        assert lc.soft_stability(shown, model).rate == lc.soft_stability_of(shown, probe).rate


def test_repeats_of_several_segmentations_have_all_of_them(pairs_probe):
    _, picture, model = pairs_probe
    report = lc.stability(picture, model, 3, 90, 0, MEMBERS, BLACK)
    assert [len(e.members) for e in report.explanations] == [3, 3, 3]
    assert all(member.covariance.size == 0 for e in report.explanations for member in e.members)
    spec = lc.ProbeSpec.of(picture, model, MEMBERS, BLACK)
    for asked, cut in ((spec, GRID), (replace(spec, segmenter=GRID), spec.segmenter)):
        with pytest.raises(ValueError, match="segmentation must be of all members"):
            lc.open_probe(asked, picture, model, lc.segment(picture.pixels, cut))
