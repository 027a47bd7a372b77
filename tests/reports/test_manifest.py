"""Manifests: every option is read back, and what is missing, broken or wrong is named."""

import dataclasses
import json

import numpy as np
import pytest

import lime_core as lc
from lime_core.files.records import from_json, made
from lime_core.reports.html import page
from lime_core.reports.manifest import TABLES
from lime_core.reports.record import manifest
from lime_core.reports.sentences import remarks
from lime_core.takeaway.settings_in_words import how_it_was_made
from tests.reports.conftest import rewrite
from tests.support.planted import BLACK, AdditiveModel, textured_picture

OPTIONS = [
    (role, name)
    for role, table in TABLES.items()
    for name in table
    if name != "label_map"  # its labels lie in arrays.npz, see below
]


@pytest.mark.parametrize(("role", "name"), OPTIONS)
def test_every_option_is_read_back_from_the_manifest(picture, planted, role, name):
    explanation = lc.explain_image(picture, planted, num_samples=20, segmenter=lc.Grid(2, 2))
    option = made(name, {}, TABLES[role])
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


def test_the_border_of_a_padded_photo_is_no_rival_of_the_strongest():
    photo = textured_picture()
    model = lc.wrap_model(AdditiveModel(photo), kind="values", name="planted", input_size=(32, 32), fit="pad")
    wide = lc.load_picture(photo.pixels[:16])
    e = lc.explain(lc.probe_image(wide, model, 15, lc.Grid(2, 2), BLACK), 0)
    assert len(e.weights) == 5
    assert manifest(e)["results"]["top"] == 3  # of four


def test_the_border_of_a_padded_photo_is_none_of_the_superpixels_that_are_told():
    photo = textured_picture()
    model = lc.wrap_model(AdditiveModel(photo), kind="values", name="planted", input_size=(32, 32), fit="pad")
    wide = lc.load_picture(photo.pixels[:16])
    e = lc.explain(probe := lc.probe_image(wide, model, 15, lc.Grid(2, 2), BLACK), 0)
    assert len(e.weights) == 5
    assert "4 superpixels · 15 samples · 4 for each" in lc.living_report(probe, lc.FitSettings(0))
    assert "4 superpixels · 15 samples · 4 for each" in page(e, manifest(e), b"", lc.View())
    assert "the photo was cut into 4 superpixels" in how_it_was_made(manifest(e))[0]
    assert remarks(e)[0].startswith("3.7 samples for each superpixel")  # 15 for 4
