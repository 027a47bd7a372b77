"""The files of an explanation: all or none are written, and they say what it says, to the last digit."""

import csv
import dataclasses
import io
import json
import os
import tempfile
import zipfile
from html import escape
from pathlib import Path

import numpy as np
import pytest

import lime_core as lc
from lime_core.living.packing import packed
from lime_core.reports import sentences
from lime_core.reports.beside import FILES
from lime_core.reports.record import manifest
from lime_core.reports.verdict import verdict
from lime_core.takeaway.card import card_html
from lime_core.takeaway.saving import files_of
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture


def test_seven_files_are_written_and_nothing_else(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "manifest.json",
        "weights.csv",
        "arrays.npz",
        "overlay.png",
        "report.html",
        "card.md",
        "explain.py",
    }


def test_the_same_files_are_packed_in_memory(folder, explanation, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no folder"))
    monkeypatch.setattr(Path, "open", None)
    packed = lc.explanation_bytes(explanation)
    monkeypatch.undo()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in folder.iterdir()
        }
    assert lc.explanation_bytes(explanation) == packed


def test_with_its_samples_a_living_report_is_among_them(folder, explanation, probe):
    view = lc.View(style="outline")
    with zipfile.ZipFile(io.BytesIO(lc.explanation_bytes(explanation, view, probe=probe))) as archive:
        living = archive.read("living.html").decode()
        assert set(archive.namelist()) == {path.name for path in folder.iterdir()} | {"living.html"}
        assert lc.open_manifest(lc.explanation_bytes(explanation, probe=probe)).same_to_the_last_digit(explanation)
    assert "What it does not say" in living


def test_saving_again_replaces_the_files(folder, explanation, probe):
    lc.explain(probe, class_index=2).save(folder)
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["class_index"] == 2
    assert len(list(folder.iterdir())) == 7


def test_saving_again_leaves_nothing_of_what_was_saved_before(pulled, explanation, probe, tmp_path):
    lc.save_explanation(pulled, tmp_path, probe=probe)
    (tmp_path / "notes.txt").write_text("mine")
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, "notes.txt"}
    explanation.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, "notes.txt"} - {"living.html", "prior.npz"}


def test_files_of_somebody_else_stay_whatever_their_names_are(explanation, own_prior, tmp_path):
    for _ in range(2):
        own_prior.save(tmp_path / "prior.npz")
        (tmp_path / "living.html").write_text("mine")
        explanation.save(tmp_path)
    explanation.save(tmp_path)
    assert (tmp_path / "living.html").read_text() == "mine"
    assert lc.load_prior(tmp_path / "prior.npz") == own_prior


@pytest.mark.parametrize("manifest", ["", "{", "[]", "{}", '{"files": 3}', '{"files": ["../mine", "mine"]}'])
def test_a_manifest_of_anybody_names_nothing_to_remove(explanation, tmp_path, manifest):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "manifest.json").write_text(manifest)
    for place in (folder, tmp_path):
        (place / "mine").write_text("mine")
    explanation.save(folder)
    assert (folder / "mine").read_text() == (tmp_path / "mine").read_text() == "mine"


def test_a_manifest_names_the_files_that_were_written_with_it(pulled, probe):
    files = files_of(pulled, probe=probe)
    assert tuple(files) == FILES == tuple(json.loads(files["manifest.json"])["files"])


def test_a_disk_that_fails_leaves_the_old_files_whole_and_no_part_behind(folder, explanation, monkeypatch):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        explanation.save(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_is_torn_has_no_manifest(folder, explanation, monkeypatch):
    replace = os.replace

    def dying(part, path):
        if path.name == "overlay.png":
            raise KeyboardInterrupt
        replace(part, path)

    monkeypatch.setattr(os, "replace", dying)
    with pytest.raises(KeyboardInterrupt):
        explanation.save(folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "arrays.npz", "card.md", "explain.py", "overlay.png", "report.html", "weights.csv"
    ]  # fmt: skip


def test_saved_arrays_are_those_of_the_explanation_and_need_no_pickle(folder, explanation):
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {"weights", "standard_error", "segments", "features", "image"}
        for name in arrays:
            np.testing.assert_array_equal(arrays[name], getattr(explanation, name))


def test_the_table_lists_every_superpixel_by_its_weight_to_the_last_digit(folder, explanation):
    with (folder / "weights.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    weights = np.array([float(row["weight"]) for row in rows])
    ids = [int(row["superpixel"]) for row in rows]
    np.testing.assert_array_equal(weights, explanation.weights[ids])
    np.testing.assert_array_equal([float(row["standard_error"]) for row in rows], explanation.standard_error[ids])
    assert (np.diff(np.abs(weights)) <= 0).all()
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1.0)
    for row in rows:
        assert explanation.segments[int(row["center_row"]), int(row["center_column"])] == int(row["superpixel"])
        assert row["inert"] == "no"


def test_a_superpixel_that_cannot_be_explained_is_marked(planted, tmp_path):
    pixels = textured_picture().pixels.copy()
    pixels[:8, :8] = 0
    probe = lc.probe_image(lc.load_picture(pixels, name="dark corner"), planted, 100, segmenter=GRID, hiding=BLACK)
    folder = lc.explain(probe).save(tmp_path)
    with (folder / "weights.csv").open(newline="", encoding="utf-8") as file:
        assert [row["superpixel"] for row in csv.DictReader(file) if row["inert"] == "yes"] == ["0"]
    assert "hiding it changes nothing" in (folder / "report.html").read_text("utf-8")


def test_a_share_is_that_of_the_photo_without_its_border_in_every_file():
    photo = textured_picture()
    model = lc.wrap_model(AdditiveModel(photo), kind="values", name="planted", input_size=(32, 32), fit="pad")
    probe = lc.probe_image(lc.load_picture(photo.pixels[:16]), model, 40, lc.Grid(2, 2), BLACK)
    e = lc.explain(probe, 0)
    found = files_of(e, probe=probe)
    names = ("weights.csv", "manifest.json", "card.md", "report.html", "living.html")
    files = {name: found[name].decode() for name in names}
    rows = csv.DictReader(files["weights.csv"].splitlines())
    assert {int(row["superpixel"]): float(row["share"]) for row in rows} == {0: 0.25, 1: 0.25, 2: 0.25, 3: 0.25, 4: 0.0}
    strongest = json.loads(files["manifest.json"])["trust"]["strongest"]
    assert [each["share_of_picture"] for each in strongest] == [0.25] * 4
    for name in names[2:]:
        assert files[name].count("(25% of the picture)") == 4
    assert files["report.html"].count('<td class="number">25.0%</td>') == 4
    assert "12.5%" not in files["report.html"]
    assert f'"photoShares":"{packed(e.scene.segmentation.photo_shares)}"' in files["living.html"]


@dataclasses.dataclass(frozen=True)
class Flat:
    """A kernel that stands in no table."""

    def __call__(self, masks):
        return np.ones(len(masks))


def test_an_option_that_is_in_no_table_is_refused_before_anything_is_written(explanation, tmp_path):
    settings = dataclasses.replace(explanation.settings, kernel=Flat())
    with pytest.raises(ValueError, match="in no table"):
        dataclasses.replace(explanation, settings=settings).save(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_files_say_what_the_prior_did(pulled, tmp_path):
    folder = pulled.save(tmp_path)
    assert len(list(folder.iterdir())) == 8
    written = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert written["prior"]["digest"] == pulled.settings.prior.digest
    assert written["prior"]["strength"] == 7.0
    assert written["prior"]["made_by"]["source"] == "tests"
    assert written["results"]["prior_scale"] == pulled.prior_scale
    assert written["results"]["prior_coverage"] == 1.0
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["prior_share"], pulled.prior_share)
    with (folder / "weights.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert float(row["prior_share"]) == pulled.prior_share[int(row["superpixel"])]
    html = (folder / "report.html").read_text("utf-8")
    assert html.count("From the prior") == 2  # a column, and what it means
    assert f'<td class="number">{pulled.prior_share.max():.0%}</td>' in html
    assert escape(sentences.prior_in_words(pulled)) in html
    assert "source tests" in html
    assert "Enters" not in html


def test_the_order_of_entry_is_in_the_files(pulled, probe, tmp_path):
    net = lc.ElasticNetWithPrior(alpha=0.1)
    e = lc.explain(probe, 1, surrogate=net, prior=pulled.settings.prior, prior_strength=7)
    assert 0 < np.count_nonzero(e.weights) < len(e.weights)
    assert e.entry_places[e.entered].tolist() == list(range(1, len(e.entered) + 1))
    folder = e.save(tmp_path)
    with (folder / "weights.csv").open(newline="", encoding="utf-8") as file:
        places = {int(row["superpixel"]): int(row["entered"] or 0) for row in csv.DictReader(file)}
    assert [places[i] for i in range(len(e.weights))] == e.entry_places.tolist()
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["entered"], e.entered)
    assert '<th scope="col" class="number">Enters</th>' in (folder / "report.html").read_text("utf-8")
    mean = e.prior_share[e.weights != 0].mean()
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["results"]["prior_share"] == mean


def test_a_prior_that_lay_in_the_folder_and_was_used_stays(pulled, explanation, tmp_path):
    pulled.settings.prior.save(tmp_path / "prior.npz")
    for each in (pulled, pulled, explanation):
        each.save(tmp_path)
    assert lc.load_prior(tmp_path / "prior.npz") == pulled.settings.prior


@pytest.fixture
def noise(picture, planted):
    """Samples of a score that is chance alone."""
    cuts = lc.Segmentations((lc.Grid(4, 4), lc.Grid(5, 5), lc.Grid(6, 6)))
    probe = lc.probe_image(picture, planted, 200, segmenter=cuts, hiding=BLACK)
    return dataclasses.replace(probe, outputs=np.random.default_rng(0).random(probe.outputs.shape))


def test_every_file_has_the_verdict_of_the_manifest_and_no_other(noise):
    e = lc.explain(noise, 0)
    files = files_of(e, probe=noise)
    written = json.loads(files["manifest.json"])
    assert written["results"]["cross_fitted_r2"] == lc.cross_fitted_r2(noise, e.settings) < 0
    judged, fitted = verdict(e, -1.0), verdict(e)
    assert written["trust"]["headline"] == judged.headline != fitted.headline
    alone = files_of(e, unseen=-1.0) | {"living.html": lc.living_report(noise, e.settings).encode()}
    for each, times in ((files, 2), (alone, 1)):
        for name in ("report.html", "living.html"):
            text = each[name].decode()
            assert text.count(escape(judged.headline)) >= times
            assert escape(fitted.headline) not in text
    assert fitted.headline not in files["card.md"].decode()


def test_what_is_known_of_samples_that_were_not_fitted_is_said_by_every_file(noise):
    e = lc.explain(noise, 0)
    given, own = verdict(e, 0.9), verdict(e, lc.cross_fitted_r2(noise, e.settings))
    files = files_of(e, unseen=0.9, probe=noise)
    for name in ("manifest.json", "report.html", "living.html", "card.md"):
        assert given.headline in files[name].decode(), name
        assert own.headline not in files[name].decode(), name


@pytest.mark.parametrize("cuts", [lc.Grid(3, 3), lc.Segmentations((lc.Grid(4, 4), lc.Grid(2, 8)))], ids=str)
def test_the_card_of_a_living_report_is_about_the_superpixels_that_it_shows(picture, planted, cuts):
    probe = lc.probe_image(picture, planted, 60, segmenter=cuts, hiding=BLACK)
    own = lc.explain(probe, 0)
    files = files_of(lc.read_in(own, lc.Grid(2, 8)), probe=probe)
    shown = card_html(json.loads(json.dumps(manifest(own, lc.View(), lc.cross_fitted_r2(probe, own.settings)))))
    assert shown in files["living.html"].decode()
    assert card_html(json.loads(files["manifest.json"])) in files["report.html"].decode()
