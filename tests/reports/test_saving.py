import csv
import dataclasses
import json
import os
import re
from html import escape

import numpy as np
import pytest

import lime_core as lc
from lime_core.knobs import from_json
from lime_core.reports import sentences
from lime_core.reports.manifest import TABLES, manifest
from lime_core.reports.sentences import in_words
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture

OPTIONS = [
    (role, name)
    for role, table in TABLES.items()
    for name in table
    if name != "label_map"  # its labels lie in arrays.npz, see below
]


@pytest.fixture
def explanation(probe):
    return lc.explain(probe, class_index=1)


@pytest.fixture
def folder(explanation, tmp_path):
    return explanation.save(tmp_path / "new" / "folder")


def rewrite(folder, **changes):
    """The manifest in `folder` with these entries changed."""
    path = folder / "manifest.json"
    data = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(data | changes), "utf-8")
    return path


def rewrite_arrays(folder, **changes):
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        kept = dict(arrays)
    np.savez(folder / "arrays.npz", **(kept | changes))


def test_five_files_are_written_and_nothing_else(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {"manifest.json", "weights.csv", "arrays.npz", "overlay.png", "report.html"}


def test_saving_again_replaces_the_files(folder, explanation, probe):
    lc.explain(probe, class_index=2).save(folder)
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["class_index"] == 2
    assert len(list(folder.iterdir())) == 5


def test_a_disk_that_fails_leaves_the_old_files_whole_and_no_part_behind(folder, explanation, monkeypatch):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        explanation.save(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


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


@pytest.mark.parametrize(("role", "name"), OPTIONS)
def test_every_option_is_read_back_from_the_manifest(explanation, role, name):
    option = from_json({"name": name}, TABLES[role])
    owner = "spec" if role in ("segmenter", "hiding", "sampler") else "settings"
    changed = dataclasses.replace(getattr(explanation, owner), **{role: option})
    written = json.loads(json.dumps(manifest(dataclasses.replace(explanation, **{owner: changed}))))
    assert from_json(written[role], TABLES[role]) == option


def test_settings_that_are_not_the_usual_ones_survive(explanation):
    spec = dataclasses.replace(explanation.spec, hiding=lc.Color((1, 2, 3)), segmenter=lc.Slic(n_segments=np.int64(7)))
    written = json.loads(json.dumps(manifest(dataclasses.replace(explanation, spec=spec))))
    assert from_json(written["hiding"], lc.HIDINGS) == lc.Color((1, 2, 3))
    assert from_json(written["segmenter"], lc.SEGMENTERS) == lc.Slic(n_segments=7)


def test_a_figure_that_is_not_known_becomes_null(probe):
    written = manifest(lc.explain(probe, surrogate=lc.Tree()))
    assert written["results"]["intercept"] is None
    assert "NaN" not in json.dumps(written, allow_nan=False)


def test_an_option_that_is_in_no_table_is_refused_before_anything_is_written(explanation, tmp_path):
    settings = dataclasses.replace(explanation.settings, kernel=lambda masks: np.ones(len(masks)))
    with pytest.raises(ValueError, match="in no table"):
        dataclasses.replace(explanation, settings=settings).save(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("surrogate", [lc.Ridge(), lc.Lasso(alpha=0.01), lc.Tree(), lc.BayesianRidge()])
def test_a_replay_gives_the_same_weights_to_the_last_digit(probe, planted, picture, tmp_path, surrogate):
    saved = lc.explain(probe, class_index=2, surrogate=surrogate, feature_selection=lc.HighestWeights(5))
    again = lc.replay(saved.save(tmp_path) / "manifest.json", picture, planted)
    np.testing.assert_array_equal(again.weights, saved.weights)
    np.testing.assert_array_equal(again.standard_error, saved.standard_error)
    assert (again.spec, again.settings, again.n_samples) == (saved.spec, saved.settings, saved.n_samples)
    assert (again.local_prediction, again.r2) == (saved.local_prediction, saved.r2)


def test_a_replay_takes_the_folder_too_and_tells_its_progress(folder, planted, picture):
    told = []
    lc.replay(folder, picture, planted, on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (200, 200)


def test_a_given_label_map_is_replayed_from_the_saved_superpixels(planted, picture, tmp_path):
    labels = np.random.default_rng(5).permutation(np.repeat(np.arange(8) * 3 + 5, 128)).reshape(32, 32)
    probe = lc.probe_image(picture, planted, 100, segmenter=lc.LabelMap.of(labels), hiding=BLACK)
    saved = lc.explain(probe)
    again = lc.replay(saved.save(tmp_path), picture, planted)
    np.testing.assert_array_equal(again.weights, saved.weights)
    assert again.spec == saved.spec


def test_a_bundled_model_is_loaded_by_its_name(chelsea, lite0, tmp_path):
    saved = lc.explain(lc.probe_image(chelsea, lite0, 16, segmenter=GRID))
    again = lc.replay(saved.save(tmp_path), chelsea)
    np.testing.assert_allclose(again.weights, saved.weights, rtol=0, atol=1e-6 * np.abs(saved.weights).max())
    assert again.class_name == saved.class_name


def test_a_replay_on_another_picture_says_so_without_asking_the_model(folder, counting, planted):
    counting.rows = 0
    with pytest.raises(lc.ReplayMismatch, match="the picture is another"):
        lc.replay(folder, textured_picture(seed=1), planted)
    assert counting.rows == 0


def test_a_replay_with_another_model_or_engine_says_so(folder, picture, counting, planted):
    other = lc.wrap_model(counting, kind="values", name="other")
    with pytest.raises(lc.ReplayMismatch, match="the model is 'other', not 'planted'"):
        lc.replay(folder, picture, other)
    rewrite(folder, engine="torch · cuda · bf16")
    with pytest.raises(lc.ReplayMismatch, match="runs on 'Python function · planted', not 'torch · cuda · bf16'"):
        lc.replay(folder, picture, planted)


def test_all_that_differs_is_in_one_sentence(folder, counting):
    other = lc.wrap_model(counting, kind="values", name="other")
    with pytest.raises(lc.ReplayMismatch, match=r"the picture is another .*, and the model is 'other'"):
        lc.replay(folder, textured_picture(seed=1), other)


def test_a_function_has_to_be_given_again(folder, picture):
    with pytest.raises(lc.ReplayMismatch, match="'planted' of the manifest cannot be loaded by its name, so give"):
        lc.replay(folder, picture)


def test_a_model_that_has_changed_since_is_found_out(folder, picture):
    changed = lc.wrap_model(AdditiveModel(picture, seed=2), kind="values", name="planted")
    with pytest.raises(lc.ReplayMismatch, match=r"apart, where the largest is .*, and all versions are those"):
        lc.replay(folder, picture, changed)


def test_changed_weights_are_found_out_and_changed_versions_are_named(folder, picture, planted, explanation):
    changed = explanation.weights.copy()
    changed[3] += 1e-5 * np.abs(changed).max()
    rewrite_arrays(folder, weights=changed)
    rewrite(folder, versions=dict(explanation.versions) | {"numpy": "1.0"})
    with pytest.raises(lc.ReplayMismatch, match=r"versions differ: numpy 1\.0 then, .* now\."):
        lc.replay(folder, picture, planted)


def test_a_difference_within_the_tolerance_is_none(folder, picture, planted, explanation):
    changed = explanation.weights + 0.9e-6 * np.abs(explanation.weights).max()
    rewrite_arrays(folder, weights=changed)
    np.testing.assert_array_equal(lc.replay(folder, picture, planted).weights, explanation.weights)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.full(16, np.nan), "the weights are up to nan apart"),
        (np.zeros(3), r"there are 16 superpixels, and the saved weights have the shape \(3,\)"),
        (np.array(["text"] * 16), "arrays.npz is broken: its array 'weights' cannot be read"),
        (np.array([{}] * 16), "arrays.npz is broken: its array 'weights' cannot be read"),
    ],
)
def test_weights_that_are_no_weights_are_refused(folder, picture, planted, weights, message):
    rewrite_arrays(folder, weights=weights)
    with pytest.raises(lc.ReplayMismatch, match=message):
        lc.replay(folder, picture, planted)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x93NUMPY\x01\x00", None])
def test_broken_or_missing_arrays_say_so(folder, picture, planted, content):
    path = folder / "arrays.npz"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(lc.ReplayMismatch, match=r"arrays\.npz is (broken|missing)"):
        lc.replay(folder, picture, planted)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b"[]", b"3", b'{"schema": 2}'])
def test_a_broken_manifest_says_so(folder, picture, planted, content):
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(lc.ReplayMismatch, match="is no manifest"):
        lc.replay(folder, picture, planted)


def test_a_manifest_that_is_not_there_says_so(tmp_path, picture):
    with pytest.raises(lc.ReplayMismatch, match="could not be read: No such file"):
        lc.replay(tmp_path, picture)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hiding": {"name": "os.system"}}, "unknown name 'os.system'; known are superpixel_mean"),
        ({"kernel": {"name": "cosine", "breadth": 1}}, "cosine has no setting 'breadth'"),
        ({"sampler": {"name": "bernoulli", "p": 7}}, r"p must be a number in \[0.05, 0.95\]"),
        ({"surrogate": "ridge"}, "surrogate is no dict"),
        ({"surrogate": {"name": ["ridge"]}}, "cannot be replayed"),
        ({"segmenter": {}}, "unknown name None"),
        ({"seed": -1}, "seed must lie in"),
        ({"seed": True}, "seed is no int"),
        ({"seed": None}, "seed is no int"),
        ({"num_samples": 1}, "num_samples must lie in"),
        ({"num_samples": 10**15}, "num_samples must lie in"),
        ({"versions": []}, "versions is no dict"),
        ({"class_index": 99}, r"does not fit the model planted: class_index must lie in \[0, 2\]"),
        ({"space": "logit"}, "does not fit the model planted: space must be one of value"),
    ],
)
def test_a_manifest_with_a_wrong_entry_says_which(folder, picture, planted, change, message):
    path = rewrite(folder, **change)
    with pytest.raises(lc.ReplayMismatch, match=message):
        lc.replay(path, picture, planted)


def test_a_manifest_without_an_entry_says_which(folder, picture, planted):
    path = folder / "manifest.json"
    data = json.loads(path.read_text("utf-8"))
    del data["seed"]
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(lc.ReplayMismatch, match="seed is missing"):
        lc.replay(path, picture, planted)


def test_the_report_shows_names_as_text_and_loads_nothing(explanation, tmp_path):
    evil = '<img src=x onerror="alert(1)">'
    spec = dataclasses.replace(explanation.spec, model=evil, picture=evil, engine=evil)
    changed = dataclasses.replace(explanation, spec=spec, class_name=f"{evil}</title>", versions={evil: evil})
    html = (changed.save(tmp_path) / "report.html").read_text("utf-8")
    assert "<img src=x" not in html
    assert html.count("</title>") == 1
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;" in html
    assert not re.search(r"https?://|<script|<link|@import|url\(", html)
    assert set(re.findall(r'src="([^,"]*),', html)) == {"data:image/png;base64"}


def test_the_report_says_what_the_explanation_says(folder, explanation):
    html = (folder / "report.html").read_text("utf-8")
    strongest = int(np.abs(explanation.weights).argmax())
    assert f'<td class="number">{strongest}</td>' in html
    assert f"{explanation.r2:.2g}" in html
    assert explanation.spec.picture in html
    assert html.count("<tr>") >= len(explanation.weights)
    assert "against the class" in html
    assert "for the class" in html
    assert 'alt="The explained crop' in html


def test_the_report_of_a_tree_speaks_of_importance_only(probe, tmp_path):
    html = (lc.explain(probe, surrogate=lc.Tree()).save(tmp_path) / "report.html").read_text("utf-8")
    assert "<td>important</td>" in html
    assert "<td>for the class</td>" not in html
    assert "<td>against the class</td>" not in html


def test_the_report_of_a_score_that_never_changes_says_that_it_says_nothing(picture, tmp_path):
    constant = lc.wrap_model(lambda pictures: np.full((len(pictures), 2), 0.5), name="constant")
    explanation = lc.explain(lc.probe_image(picture, constant, 50, segmenter=GRID, hiding=BLACK))
    folder = explanation.save(tmp_path)
    assert "Nothing to explain" in (folder / "report.html").read_text("utf-8")
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["results"]["r2"] is None
    np.testing.assert_array_equal(lc.replay(folder, picture, constant).weights, explanation.weights)


def test_too_few_samples_are_said_to_flatter_the_fit(probe):
    assert "R² flatters" in in_words(lc.explain(probe.first(40)))
    assert "R² flatters" not in in_words(lc.explain(probe, kernel=lc.NoKernel()))


@pytest.mark.parametrize("surrogate", [None, lc.Ridge(), lc.ElasticNetWithPrior(), lc.BayesianRidgeWithPrior()])
def test_an_explanation_with_a_prior_brings_it_along_and_replays(pulled, probe, planted, picture, tmp_path, surrogate):
    saved = lc.explain(probe, 1, surrogate=surrogate, prior=pulled.settings.prior, prior_strength=7)
    folder = saved.save(tmp_path)
    assert lc.load_prior(folder / "prior.npz") == pulled.settings.prior
    again = lc.replay(folder, picture, planted)
    np.testing.assert_array_equal(again.weights, saved.weights)
    assert (again.settings, again.prior_scale) == (saved.settings, saved.prior_scale)


def test_the_files_say_what_the_prior_did(pulled, tmp_path):
    folder = pulled.save(tmp_path)
    assert len(list(folder.iterdir())) == 6
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


def test_a_prior_that_is_missing_or_another_is_asked_for(pulled, planted, picture, tmp_path):
    folder = pulled.save(tmp_path)
    path, digest = folder / "prior.npz", pulled.settings.prior.digest
    whole = path.read_bytes()
    path.unlink()
    with pytest.raises(lc.ReplayMismatch, match=rf"prior\.npz is missing: .* with that prior \({digest[:12]}"):
        lc.replay(folder, picture, planted)
    path.write_bytes(whole[:-40])
    with pytest.raises(lc.ReplayMismatch, match=r"prior\.npz cannot be used"):
        lc.replay(folder, picture, planted)
    prior = pulled.settings.prior
    lc.GlobalPrior(prior.centroids, 2 * prior.weights, prior.counts, True, "value").save(path)
    with pytest.raises(lc.ReplayMismatch, match=rf"is another prior \(.*, not {digest[:12]}"):
        lc.replay(folder, picture, planted)


@pytest.mark.parametrize("entry", [3, {}, {"digest": 3, "strength": 1.0}, {"digest": "x", "strength": "strong"}])
def test_a_manifest_with_a_wrong_prior_says_so(pulled, planted, picture, tmp_path, entry):
    path = rewrite(pulled.save(tmp_path), prior=entry)
    with pytest.raises(lc.ReplayMismatch, match=r"cannot be replayed: (prior|digest|strength) is"):
        lc.replay(path, picture, planted)
