"""The way through many pictures: each is asked once, in any order, and what goes wrong with one is its row."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.batch.run import InProcess
from lime_core.batch.shards import shard_bytes
from lime_core.batch.table import Mean, Row
from tests.batch.conftest import ROWS, finished, same
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture


def test_resuming_asks_the_model_nothing_and_gives_the_same(job, pictures, planted, counting, tmp_path):
    first = finished(job, pictures, tmp_path, planted)
    assert counting.rows == len(pictures) * ROWS
    assert all(outcome.computed and not outcome.error for outcome in first)
    again = finished(job, reversed(pictures), tmp_path, planted, resume=True)[::-1]
    assert counting.rows == len(pictures) * ROWS
    assert not any(outcome.computed for outcome in again)
    for one, other in zip(first, again, strict=True):
        assert shard_bytes(job.digest, one.result) == shard_bytes(job.digest, other.result)
    finished(job, [*pictures, textured_picture(9)], tmp_path, planted, resume=True)
    assert counting.rows == (len(pictures) + 1) * ROWS


def test_what_is_computed_does_not_depend_on_the_order(job, pictures, planted, tmp_path):
    first = finished(job, pictures, tmp_path / "a", planted)
    backwards = finished(job, pictures[::-1], tmp_path / "b", planted)[::-1]
    assert all(same(one.result, other.result) for one, other in zip(first, backwards, strict=True))


def test_results_that_are_there_are_not_touched_unless_asked(job, pictures, planted, counting, tmp_path):
    finished(job, pictures[:1], tmp_path, planted)
    before = counting.rows
    with pytest.raises(lc.LimeError, match="holds results of this job already: resume it"):
        lc.run_batch(job, pictures, tmp_path, planted)
    assert counting.rows == before
    assert len(finished(replace(job, num_samples=41), pictures, tmp_path, planted)) == 4  # another job


def test_a_picture_that_comes_twice_is_computed_once_and_has_two_rows(job, pictures, planted, counting, tmp_path):
    twins = [pictures[0], replace(pictures[0], name="twin"), pictures[1]]
    found = finished(job, twins, tmp_path, planted)
    assert counting.rows == 2 * ROWS
    assert [outcome.name for outcome in found] == ["texture 0", "twin", "texture 1"]
    assert [outcome.computed for outcome in found] == [True, False, True]
    assert same(found[0].result, found[1].result)
    assert Mean.of([Row.of(outcome) for outcome in found], "r2").pictures == 2


def test_what_goes_wrong_with_a_picture_is_its_row(job, pictures, planted, counting, tmp_path):
    flat = lc.load_picture(np.zeros((32, 32, 3), dtype=np.uint8), name="black")
    missing = lc.Found("nowhere.png", None, "There is no file.")
    found = finished(job, [missing, flat, pictures[0], flat], tmp_path, planted)
    assert [outcome.error for outcome in found] == [
        "There is no file.",
        "Hiding changes no superpixel of this picture: there is nothing to explain.",
        "",
        found[1].error,
    ]
    assert counting.rows == 40 + ROWS  # the same failure is not paid for twice
    assert [outcome.result is None for outcome in found] == [True, True, False, True]
    finished(job, [missing, flat, pictures[0]], tmp_path, planted, resume=True)
    assert counting.rows == 80 + ROWS  # but it is tried again


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(KeyError("layer"), "KeyError: 'layer'"), (lc.BadScores("The model is ill."), "The model is ill.")],
)
def test_a_model_that_fails_on_one_picture_goes_on_with_the_next(pictures, tmp_path, error, sentence):
    class Failing(AdditiveModel):
        def __call__(self, shown):
            first, self.rows = self.rows == 0, self.rows + 1
            if first:
                raise error
            return super().__call__(shown)

    model = lc.wrap_model(Failing(pictures[0]), kind="values", name="failing")
    job = lc.Job.of(model, segmenter=GRID, hiding=BLACK, num_samples=40)
    assert [outcome.error for outcome in finished(job, pictures[:2], tmp_path, model)] == [sentence, ""]


def test_a_lost_gpu_ends_the_run(pictures, tmp_path):
    def lost(shown):
        raise RuntimeError("CUDA error: an illegal memory access was encountered\nand more")

    model = lc.wrap_model(lost, kind="values", name="lost")
    with pytest.raises(lc.DeviceLost, match="illegal memory access was encountered"):
        finished(lc.Job.of(model, segmenter=GRID), pictures, tmp_path, model)


def test_pictures_are_read_one_at_a_time(job, planted, tmp_path):
    read = []

    def reading():
        for seed in range(4):
            read.append(seed)
            yield textured_picture(seed)

    for done, _ in enumerate(lc.run_batch(job, reading(), tmp_path, planted), start=1):
        assert len(read) <= done + 1


def test_another_function_without_a_name_is_another_model(picture, pictures, tmp_path):
    first, second = AdditiveModel(picture), AdditiveModel(picture, seed=2)
    wrapped = [replace(lc.wrap_model(each, kind="values"), name="as in another process") for each in (first, second)]
    for model in wrapped:
        model.engine.description = "as in another process"
    jobs = [lc.Job.of(model, segmenter=GRID, hiding=BLACK, num_samples=40) for model in wrapped]
    assert jobs[0].model.fingerprint == jobs[1].model.fingerprint
    for job, model, each in zip(jobs, wrapped, (first, second), strict=True):
        finished(job, pictures, tmp_path, model, resume=True)
        assert each.rows == len(pictures) * ROWS
        finished(job, pictures, tmp_path, model, resume=True)
        assert each.rows == len(pictures) * ROWS  # the same function finds what it has answered


def test_a_pool_with_another_model_is_refused(job, planted, tmp_path):
    other = replace(planted, name="other")
    with pytest.raises(ValueError, match=r"the pool must have the job's model, .* of which there differ: name$"):
        lc.run_batch(job, [], tmp_path, other)
    with pytest.raises(ValueError, match="the job is for planted"):
        job.spec(textured_picture(), other)
    with pytest.raises(ValueError, match="the pool must have the job's model"):
        lc.run_batch(job, [], tmp_path, InProcess(other))


def test_several_segmentations_explain_many_pictures_also_where_one_of_them_cuts_nothing(pictures, tmp_path, planted):
    several = lc.Segmentations((lc.Felzenszwalb(2000.0, min_size=5000), GRID, lc.Grid(3, 5)))
    job = lc.Job.of(planted, segmenter=several, hiding=BLACK, num_samples=40, faithfulness=True)
    found = finished(job, pictures[:2], tmp_path, planted)
    assert [outcome.error for outcome in found] == ["", ""]
    *_, probe = lc.grow(lc.open_probe(job.spec(pictures[0], planted), pictures[0], planted), 40, planted)
    assert len(probe.members) == 2
    np.testing.assert_allclose(found[0].result.summary.weights[0], lc.explain(probe).weights, rtol=1e-5)
    again = finished(job, pictures[:2], tmp_path, planted, resume=True)
    assert [outcome.computed for outcome in again] == [False, False]


@pytest.mark.parametrize("among_others", [False, True])
def test_a_label_map_of_whole_photos_is_taken_to_what_the_model_sees(pictures, tmp_path, planted, among_others):
    rows, columns = np.indices((pictures[0].height, pictures[0].width))
    whole = lc.LabelMap.of(rows * 4 // pictures[0].height * 4 + columns * 4 // pictures[0].width)
    seeing = replace(planted, preprocessing=lc.Preprocessing(40, 32, 32))
    segmenter = lc.Segmentations((GRID, whole)) if among_others else whole
    job = lc.Job.of(seeing, segmenter=segmenter, hiding=BLACK, num_samples=40)
    (found,) = finished(job, pictures[:1], tmp_path, seeing)
    assert found.error == ""
    *_, probe = lc.grow(lc.open_probe(job.spec(pictures[0], seeing), pictures[0], seeing), 40, seeing)
    np.testing.assert_allclose(found.result.summary.weights[0], lc.explain(probe).weights, rtol=1e-5)
    with pytest.raises(ValueError, match=r"the probe must have the spec that Job\.spec gives"):
        job.result(replace(probe, spec=replace(probe.spec, segmenter=lc.Grid(9, 9))), seeing)
