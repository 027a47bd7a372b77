"""One picture of many: what a job asks, what makes it another job, and what it cannot be."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import lime_core as lc
from lime_core.models import facts
from tests.batch.conftest import JOB, ROWS, same
from tests.support.planted import BLACK, GRID


def test_a_result_is_what_an_explanation_and_its_faithfulness_say(job, picture, planted, counting):
    result = job.run(picture, planted)
    assert counting.rows == ROWS
    probe = lc.probe_image(picture, planted, 40, GRID, BLACK, seed=job.spec(picture, planted).seed)
    e = lc.explain(probe)
    measured = lc.faithfulness(e, planted)
    (figures,) = result.figures
    assert (figures.class_index, figures.class_name) == (e.settings.class_index, e.class_name)
    assert (figures.r2, figures.model_score, figures.local_prediction) == (e.r2, e.model_score, e.local_prediction)
    assert (figures.deletion, figures.insertion) == (measured.deletion.auc, measured.insertion.auc)
    np.testing.assert_array_equal(result.summary.weights[0], e.weights.astype(np.float32))
    assert (result.superpixels, result.num_samples, result.classes) == (16, 40, 3)
    assert result.seconds > 0


def test_the_border_of_a_padded_photo_is_none_of_its_superpixels(picture, counting):
    padded = lc.wrap_model(counting, kind="values", name="padded", input_size=(32, 32), fit="pad")
    job = lc.Job.of(padded, segmenter=lc.Grid(2, 4), hiding=BLACK, num_samples=40, faithfulness=False)
    assert job.run(lc.load_picture(picture.pixels[:16]), padded).superpixels == 8


def test_the_most_likely_classes_are_explained_in_their_order(job, picture, planted):
    result = replace(job, classes=2).run(picture, planted)
    order = np.argsort(-planted.outputs(picture.pixels[None])[0])[:2]
    assert [figures.class_index for figures in result.figures] == order.tolist() == result.summary.classes.tolist()
    named = replace(job, settings=lc.FitSettings(class_index=int(order[1]))).run(picture, planted)
    np.testing.assert_array_equal(named.summary.weights[0], result.summary.weights[1])


def test_a_probe_that_others_have_grown_gives_the_same_result_and_asks_nothing(job, picture, planted, counting):
    job = replace(job, faithfulness=False)
    *_, longer = lc.grow(lc.open_probe(job.spec(picture, planted), picture, planted), 64, planted)
    before = counting.rows
    found = job.result(longer, planted)
    assert counting.rows == before
    assert same(found, job.run(picture, planted))
    with pytest.raises(ValueError, match="the probe must have 40 samples, got 30"):
        job.result(longer.first(30), planted)
    with pytest.raises(ValueError, match=r"the probe must have the spec that Job\.spec gives"):
        replace(job, probing=replace(job.probing, seed=1)).result(longer, planted)


def test_the_seed_comes_from_the_picture(job, pictures, planted):
    seeds = {job.spec(picture, planted).seed for picture in pictures}
    assert len(seeds) == 4
    renamed = replace(pictures[0], name="another name")
    assert job.spec(renamed, planted) == job.spec(pictures[0], planted)
    assert replace(job, probing=replace(job.probing, seed=1)).spec(pictures[0], planted).seed not in seeds


@pytest.mark.parametrize(
    "other",
    [
        {"probing": lc.ProbeSettings(lc.Grid(4, 5), BLACK)},
        {"probing": lc.ProbeSettings(GRID, lc.ImageMean())},
        {"probing": lc.ProbeSettings(GRID, BLACK, lc.Bernoulli())},
        {"settings": lc.FitSettings(kernel=lc.NoKernel())},
        {"settings": lc.FitSettings(surrogate=lc.Ridge(2.0))},
        {"settings": lc.FitSettings(feature_selection=lc.AllFeatures())},
        {"settings": lc.FitSettings(class_index=1)},
        {"num_samples": 41},
        {"classes": 2},
        {"faithfulness": False},
        {"probing": lc.ProbeSettings(GRID, BLACK, seed=1)},
    ],
)
def test_every_setting_makes_another_job(job, other):
    assert replace(job, **other).digest != job.digest


def test_models_that_differ_make_other_jobs_and_equal_ones_do_not(job):
    for other in ({"name": "n"}, {"fingerprint": "other"}, {"engine": "torch · cpu · bf16"}, {"kind": "logits"}):
        assert replace(job, model=replace(job.model, **other)).digest != job.digest
    assert replace(job).digest == job.digest
    spelled_out = replace(job, settings=lc.FitSettings(space="value"))
    assert spelled_out.digest == job.digest  # what is left out is what the model has first


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"num_samples": 1}, "num_samples must be at least 2, got 1"),
        ({"classes": 0}, r"classes must lie in \[1, 1000\], got 0"),
        ({"classes": 1001}, r"classes must lie in \[1, 1000\], got 1001"),
        ({"settings": lc.FitSettings(space="logit")}, "space must be one of value for this model, got 'logit'"),
        ({"settings": lc.FitSettings(class_index=0), "classes": 2}, "classes must be 1"),
    ],
)
def test_a_job_that_cannot_be_says_why(job, wrong, message):
    with pytest.raises(ValueError, match=message):
        replace(job, **wrong)


def test_other_names_of_classes_and_other_versions_make_another_job(job, planted, monkeypatch):
    named = replace(planted, class_names=("first", "second", "last"))
    assert lc.Job.of(named).digest != lc.Job.of(planted).digest
    monkeypatch.setattr(facts, "versions", lambda engine: {"torch": "another"})
    assert lc.Job.of(planted, segmenter=GRID, hiding=BLACK, num_samples=40).digest != job.digest


def test_a_seed_out_of_range_is_refused_wherever_it_is_given():
    for make in (partial(lc.Job.of, JOB.model), lc.ProbeSettings):
        with pytest.raises(ValueError, match="seed must lie in"):
            make(seed=-1)


def test_a_crop_counts_as_its_photo_in_a_prior(job, picture, planted):
    part = lc.crops(picture, 1)[0]
    seen = replace(lc.load_picture(np.roll(picture.pixels, 8, axis=0)), crop_of=part.crop_of)
    summary = replace(job, faithfulness=False).run(seen, planted).summary
    prior = lc.build_prior([summary], 3, clusters=4)
    assert prior.built_from(picture.digest)
    assert prior.built_from(seen.digest)
    assert not prior.built_from(part.digest)


def test_a_function_is_no_member_of_several_segmentations_that_results_are_known_by(planted):
    for cut in (lambda image: image[..., 0] // 128, ["grid", lambda image: image[..., 0] // 128]):
        with pytest.raises(ValueError, match="segmenter must be an option of a table"):
            lc.Job.of(planted, segmenter=cut)
