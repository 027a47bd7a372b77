"""Shards: what is damaged or another's is computed again, and what is written is whole."""

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lime_core as lc
from lime_core.batch import shards
from lime_core.batch.result import MOST_CLASSES
from lime_core.batch.shards import Shards, shard_bytes
from lime_core.priors.summary import load_summary_and_row, summary_bytes
from tests.batch.conftest import ROWS, finished, same
from tests.support.planted import BLACK, GRID, textured_picture


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


def test_as_many_classes_as_a_job_may_have_are_read_back(picture, tmp_path):
    names = [f"{'a class with a long name ' * 10}{index}" for index in range(1200)]
    model = lc.wrap_model(lambda pixels: np.tile(np.linspace(0, 1, 1200), (len(pixels), 1)), names, kind="values",
                          name="many", unit="é" * 32)  # fmt: skip
    job = lc.Job.of(model, lc.Grid(1, 2), BLACK, num_samples=4, classes=MOST_CLASSES, faithfulness=False)
    (outcome,) = finished(job, [picture], tmp_path, model)
    assert outcome.error == ""
    assert len(outcome.result.figures) == MOST_CLASSES
    with pytest.raises(ValueError, match=r"classes must lie in \[1, 1000\], got 1001"):
        replace(job, classes=1001)


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


def test_the_same_prior_comes_from_shards_and_from_explanations(job, pictures, planted, tmp_path):
    from_disk = [outcome.result.summary for outcome in finished(job, pictures, tmp_path, planted)]
    own = [job.run(picture, planted).summary for picture in pictures[::-1]]
    assert lc.build_prior(from_disk, 3, clusters=5) == lc.build_prior(own, 3, clusters=5)


@pytest.mark.parametrize("letter", ["漢", "😀", "é", "x", "a\ud800b", ".", "/"])
def test_a_photo_of_any_name_has_its_map(job, planted, tmp_path, letter):
    drawn = replace(job, view=lc.View())
    photo = replace(textured_picture(0), name=letter * 70 + ".png")
    [outcome] = finished(drawn, [photo], tmp_path, planted)
    [map] = Shards(tmp_path, drawn.digest, drawn.record, drawn.view).maps.iterdir()
    assert map.name.endswith(f"-{photo.digest[:12]}-{outcome.result.figures[0].class_index}.png")
    assert len(map.name.encode()) <= 143  # what disks that encrypt names have
    assert finished(drawn, [photo], tmp_path, planted, resume=True)[0].computed is False


def test_maps_are_listed_once_however_many_pictures_are_there(job, pictures, planted, tmp_path, monkeypatch):
    drawn = replace(job, view=lc.View())
    finished(drawn, pictures, tmp_path, planted)
    maps = Shards(tmp_path, drawn.digest, drawn.record, drawn.view).maps
    next(maps.glob(f"*-{pictures[2].digest[:12]}-*.png")).unlink()
    listed, glob = [], Path.glob
    monkeypatch.setattr(Path, "glob", lambda path, pattern: [listed.append(path), glob(path, pattern)][1])
    again = finished(drawn, [*pictures, pictures[2]], tmp_path, planted, resume=True)
    assert [outcome.computed for outcome in again] == [False, False, True, False, False]
    assert listed.count(maps) == 1
    assert len(list(maps.iterdir())) == 4
