"""One picture of many, and the way through them; in this process, with models that count what they are asked."""

import errno
import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

import lime_core as lc
from lime_core.batch import pool as batch_run
from lime_core.batch import shards
from lime_core.batch.run import InProcess
from lime_core.batch.shards import Shards, shard_bytes
from lime_core.batch.table import Mean, Row
from lime_core.engines.fixed_batches import InFixedBatches
from lime_core.engines.torch_engine import BatchShapes, TorchEngine
from lime_core.models import facts
from lime_core.priors.summary import load_summary_and_row, summary_bytes
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture

ROWS = 40 + 2 + 2 * 15
"""Pictures that the model is asked about for each one that is explained: samples, then deletion and insertion."""


@pytest.fixture
def pictures():
    return [textured_picture(seed) for seed in range(4)]


@pytest.fixture
def job(planted):
    return lc.Job.of(planted, segmenter=GRID, hiding=BLACK, num_samples=40)


def finished(job, pictures, folder, model, resume=False):
    return sorted(lc.run_batch(job, pictures, folder, model, resume), key=lambda outcome: outcome.index)


def same(first, second):
    """Equal but for the seconds."""
    return shard_bytes(JOB.digest, replace(first, seconds=0.0)) == shard_bytes(JOB.digest, replace(second, seconds=0.0))


JOB = lc.Job(lc.ModelFacts("m", "f", "e", "values"))


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
        {"probing": lc.ProbeSettings(GRID, BLACK, lc.FoldOver())},
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
        ({"classes": 0}, "classes must be at least 1, got 0"),
        ({"settings": lc.FitSettings(space="logit")}, "space must be one of value for this model, got 'logit'"),
        ({"settings": lc.FitSettings(class_index=0), "classes": 2}, "classes must be 1"),
    ],
)
def test_a_job_that_cannot_be_says_why(job, wrong, message):
    with pytest.raises(ValueError, match=message):
        replace(job, **wrong)


def test_a_row_is_read_back_as_it_was_written(job, picture, planted):
    result = replace(job, faithfulness=False).run(picture, planted)
    row = json.loads(json.dumps(result.row, allow_nan=False))
    again = lc.PictureResult.of_row(result.summary, row)
    assert str(again.figures) == str(result.figures)  # NaN is not equal to itself
    assert np.isnan(again.figures[0].deletion)
    assert again.row == result.row


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


def damage(path, how):
    contents = path.read_bytes()
    if how == "empty":
        path.write_bytes(b"")
    elif how == "cut off":
        path.write_bytes(contents[: len(contents) // 2])
    elif how == "a bit":
        middle = len(contents) // 2
        path.write_bytes(contents[:middle] + bytes([contents[middle] ^ 1]) + contents[middle + 1 :])


def test_a_shard_whose_row_cannot_be_is_computed_again(job, pictures, planted, counting, tmp_path):
    finished(job, pictures[:1], tmp_path, planted)
    path = Shards(tmp_path, job.digest, job.record).folder / "pictures" / f"{pictures[0].digest}.npz"
    summary, row = load_summary_and_row(path)
    for wrong in ({"seconds": 10**400}, {"superpixels": None}, {"figures": ["x"]}, {"figures": 3}):
        path.write_bytes(summary_bytes(summary, row | wrong))
        assert Shards(tmp_path, job.digest, job.record).read(pictures[0].digest) is None
    before = counting.rows
    finished(job, pictures[:1], tmp_path, planted, resume=True)
    assert counting.rows == before + ROWS


@pytest.mark.parametrize("how", ["empty", "cut off", "a bit"])
def test_a_damaged_shard_is_computed_again(job, pictures, planted, counting, tmp_path, how):
    first = finished(job, pictures, tmp_path, planted)
    damage(Shards(tmp_path, job.digest, job.record).folder / "pictures" / f"{pictures[2].digest}.npz", how)
    again = finished(job, pictures, tmp_path, planted, resume=True)
    assert counting.rows == (len(pictures) + 1) * ROWS
    assert [outcome.computed for outcome in again] == [False, False, True, False]
    assert same(again[2].result, first[2].result)


def test_a_shard_of_another_picture_or_job_is_computed_again(job, pictures, planted, counting, tmp_path):
    finished(job, pictures, tmp_path, planted)
    folder = Shards(tmp_path, job.digest, job.record).folder / "pictures"
    (folder / f"{pictures[0].digest}.npz").write_bytes((folder / f"{pictures[1].digest}.npz").read_bytes())
    result = replace(job, probing=lc.ProbeSettings(GRID, BLACK, seed=5)).run(pictures[2], planted)
    (folder / f"{pictures[2].digest}.npz").write_bytes(
        shard_bytes(replace(job, probing=lc.ProbeSettings(GRID, BLACK, seed=5)).digest, result)
    )
    before = counting.rows
    again = finished(job, pictures, tmp_path, planted, resume=True)
    assert counting.rows == before + 2 * ROWS
    assert [outcome.computed for outcome in again] == [True, False, True, False]


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


def test_a_full_disk_ends_the_run_and_leaves_whole_files(job, pictures, planted, counting, tmp_path, monkeypatch):
    write, written = shards.write_files, []

    def full(folder, contents):
        if folder.name == "pictures" and len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.extend(contents if folder.name == "pictures" else [])
        write(folder, contents)

    monkeypatch.setattr(shards, "write_files", full)
    with pytest.raises(OSError, match="No space left on device"):
        finished(job, pictures, tmp_path, planted)
    monkeypatch.undo()
    kept = list((Shards(tmp_path, job.digest, job.record).folder / "pictures").iterdir())
    assert sorted(path.name for path in kept) == sorted(written)
    before = counting.rows
    again = finished(job, pictures, tmp_path, planted, resume=True)
    assert counting.rows == before + 2 * ROWS
    assert not any(outcome.error for outcome in again)


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


def test_other_names_of_classes_and_other_versions_make_another_job(job, planted, monkeypatch):
    named = replace(planted, class_names=("first", "second", "last"))
    assert lc.Job.of(named).digest != lc.Job.of(planted).digest
    monkeypatch.setattr(facts, "versions", lambda: {"torch": "another"})
    assert lc.Job.of(planted, segmenter=GRID, hiding=BLACK, num_samples=40).digest != job.digest


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            {"token": "random"},
            r"functions without a name \(planted\) as models, which may differ; give wrap_model a name",
        ),
        ({"engine": "torch"}, r"in different ways \(Python function · planted and torch\)"),
        ({"versions": (("torch", "0"),)}, "different versions of lime_core, .*torch.*; install the same ones"),
        ({"name": "other"}, r"different models \(planted and other\)"),
    ],
)
def test_processes_whose_models_differ_say_in_what(job, other, message):
    job.model.check_same(replace(job.model))
    with pytest.raises(lc.LimeError, match=message):
        job.model.check_same(replace(job.model, **other))


def test_a_pool_takes_a_second_run_after_one_that_was_left(job, pictures, planted, tmp_path):
    pool = InProcess(planted)
    missing = lc.Found("nowhere.png", None, "There is no file.")
    left = lc.run_batch(job, [pictures[0], missing, pictures[1]], tmp_path / "a", pool)
    assert next(left).error  # with a picture still inside
    left.close()
    assert [outcome.error for outcome in finished(job, pictures[1:], tmp_path / "b", pool)] == [""] * 3


def test_a_loader_that_fails_in_whatever_way_says_so():
    def broken():
        raise FileNotFoundError("weights.pt")

    assert str(batch_run.loaded(broken)) == "The model could not be loaded: FileNotFoundError: weights.pt"


def test_a_pool_with_another_model_is_refused(job, planted, tmp_path):
    other = replace(planted, name="other")
    with pytest.raises(ValueError, match="the pool must have the job's model"):
        lc.run_batch(job, [], tmp_path, other)
    with pytest.raises(ValueError, match="the job is for planted"):
        job.spec(textured_picture(), other)
    with pytest.raises(ValueError, match="the pool must have the job's model"):
        lc.run_batch(job, [], tmp_path, InProcess(other))


def test_the_same_prior_comes_from_shards_and_from_explanations(job, pictures, planted, tmp_path):
    from_disk = [outcome.result.summary for outcome in finished(job, pictures, tmp_path, planted)]
    own = [job.run(picture, planted).summary for picture in pictures[::-1]]
    assert lc.build_prior(from_disk, 3, clusters=5) == lc.build_prior(own, 3, clusters=5)


class Padding:
    """An engine that prepares every size anew, and has too little memory for large ones."""

    description, padded, usual, batch_size = "fake", True, 8, 64

    def __init__(self, most=8):
        self.sizes, self.most, self.shapes = [], most, BatchShapes()

    def scorer(self, image, hidden, labels):
        score = self.unpadded(image, hidden, labels)
        return lambda masks: self.shapes.padded(masks, score)[: len(masks)]

    def unpadded(self, image, hidden, labels):
        def score(masks):
            if len(masks) > self.most:
                raise MemoryError
            self.sizes.append(len(masks))
            return masks[:, :2] + 1

        return score


def test_batches_of_a_fixed_size_do_not_depend_on_what_was_asked_before(planted, probe):
    engine = Padding()
    engine.shapes = BatchShapes([16, 64])  # of other pictures
    fixed = InFixedBatches(engine)
    assert fixed.batch_size == 8
    scene = probe.scene
    score = fixed.scorer(scene.image, scene.hidden, scene.segmentation.labels)
    masks = lc.Bernoulli()(8, 16, 0)
    for n in (3, 8, 5):
        np.testing.assert_array_equal(score(masks[:n]), masks[:n, :2] + 1)
    assert engine.sizes == [8, 8, 8]
    assert planted.in_fixed_batches().in_fixed_batches().engine.batch_size == planted.engine.batch_size


def test_a_padding_engine_pads_to_the_fixed_size_whatever_it_was_asked_before(planted, probe, monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda module, **how: module)
    sizes = []
    small = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))
    small.register_forward_pre_hook(lambda module, given: sizes.append(len(given[0])))
    engine = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32", compiled=True)
    scene, masks = (probe.scene.image, probe.scene.hidden, probe.scene.segmentation.labels), lc.Bernoulli()(64, 16, 0)
    engine.scorer(*scene)(masks[:20])  # someone else's, of a size between
    sizes.clear()
    fixed = InFixedBatches(engine)
    answers = [fixed.scorer(*scene)(masks[:n]) for n in (8, 3)]
    assert sizes == [8, 8]
    np.testing.assert_array_equal(answers[0][:3], answers[1])


def test_batches_shrink_where_memory_does_not_suffice(planted, picture):
    engine = Padding(most=4)
    model = replace(planted, engine=engine)
    result = lc.Job.of(model, segmenter=GRID, hiding=BLACK, num_samples=20, faithfulness=False).run(picture, model)
    assert set(engine.sizes) == {4}
    assert result.num_samples == 20


def test_a_seed_out_of_range_is_refused_wherever_it_is_given():
    for make in (partial(lc.Job.of, JOB.model), lc.ProbeSettings):
        with pytest.raises(ValueError, match="seed must lie in"):
            make(seed=-1)
