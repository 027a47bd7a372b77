"""What each control costs, counted in pictures that the model was asked to score: the README's table as tests."""

import numpy as np
import pytest

import lime_core as lc
from tests.support.planted import BLACK, GRID, textured_picture

SCENE = {"segmenter": GRID, "hiding": BLACK}


@pytest.fixture
def store():
    return lc.ProbeStore()


@pytest.fixture
def ask(store, picture, planted, counting):
    """Explain from the shared store; returns how many pictures the model was asked to score for it."""

    def run(num_samples=200, picture=picture, model=planted, **changes):
        before = counting.rows
        spec = lc.ProbeSpec.of(picture, model, **{**SCENE, **changes})
        *_, probe = store.grow(spec, picture, model, num_samples)
        lc.explain(probe)
        return counting.rows - before

    run()
    return run


@pytest.mark.parametrize(
    "changes",
    [
        {"picture": textured_picture(9)},
        {"segmenter": lc.Grid(2, 4)},
        {"hiding": lc.Color(color=(9, 9, 9))},
        {"hiding": lc.SuperpixelMean()},
        {"sampler": lc.Bernoulli(p=0.7)},
        {"sampler": lc.LimeMasks()},
        {"seed": 1},
    ],
    ids=str,
)
def test_what_a_row_depends_on_asks_for_all_samples(ask, changes):
    assert ask(**changes) == 200
    assert ask(**changes) == 0
    assert ask() == 0


def test_another_model_asks_for_all_samples(ask, counting):
    other = lc.wrap_model(counting, kind="values", name="another")
    assert ask(model=other) == 200


def test_more_samples_ask_for_the_extra_ones_only(ask):
    assert ask(num_samples=600) == 400


def test_fewer_samples_ask_for_none(ask):
    ask(num_samples=600)
    assert ask(num_samples=300) == 0


def test_another_seed_for_a_repeat_keeps_the_repeats_that_are_there(ask):
    assert [ask(seed=seed) for seed in (1, 2, 3, 4)] == [200] * 4
    assert [ask(seed=seed) for seed in range(6)] == [0, 0, 0, 0, 0, 200]


@pytest.mark.parametrize(
    "fit",
    [
        {"class_index": 0},
        {"class_index": 2},
        {"space": "value"},
        *[{"kernel": kernel} for kernel in (lc.CosineKernel(0.5), lc.L2Kernel(2.0), lc.NoKernel())],
        *[{"surrogate": cls()} for cls in lc.SURROGATES.values()],
        {"surrogate": lc.Ridge(alpha=30.0)},
        *[{"feature_selection": cls()} for cls in lc.SELECTIONS.values()],
    ],
    ids=str,
)
def test_the_fit_asks_for_nothing(probe, counting, fit):
    before = counting.rows
    lc.explain(probe, **fit)
    assert counting.rows == before


@pytest.mark.parametrize("view", [lc.View(), lc.View(num_features=3), lc.View(opacity=0.9), lc.View(show="against")])
def test_the_view_asks_for_nothing(probe, counting, view):
    e = lc.explain(probe)
    before = counting.rows
    e.overlay(view)
    e.heatmap("bicubic")
    e.image_and_mask()
    assert counting.rows == before


def test_several_classes_come_from_one_probe(probe, counting):
    before = counting.rows
    weights = {tuple(lc.explain(probe, class_index).weights) for class_index in range(3)}
    assert len(weights) == 3
    assert counting.rows == before


def test_a_prior_and_its_strength_ask_for_nothing(probe, own_prior, counting):
    before = counting.rows
    for strength in (0.0, 3.0, 1e5):
        for cls in lc.SURROGATES_WITH_PRIOR.values():
            lc.explain(probe, 1, surrogate=cls(), prior=own_prior, prior_strength=strength)
    assert counting.rows == before


def test_the_row_with_a_prior_has_the_probes_of_lime(picture, planted):
    spec = lc.ProbeSpec.of(picture, planted, sampler=lc.FoldOver(), **SCENE)
    assert lc.METHODS["glime_prior"].spec(spec) == lc.METHODS["lime"].spec(spec)


def test_deletion_and_insertion_at_all_strengths_ask_for_each_picture_once(store, ask, picture, planted, own_prior):
    probes = [store.get(lc.ProbeSpec.of(picture, planted, **SCENE))]
    reports = lc.at_strengths(probes, lc.FitSettings(1, prior=own_prior))
    spec = lc.Removal().spec_of_all([report.explanations[0] for report in reports])
    *_, probe = store.grow(spec, picture, planted, 10_000)
    assert len(np.unique(probe.masks, axis=0)) == len(probe) < len(reports) * 32
    assert len(lc.faithfulness_at(reports, probe)) == len(reports)
