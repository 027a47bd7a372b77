"""A manifest of anybody, opened: what it says is read back, and what of an explanation differs is said."""

import io
import json
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import lime_core as lc
from lime_core.takeaway.archive import pack
from tests.support.planted import BLACK, GRID
from tests.truths.test_earlier_runs import EARLIER

VIEW = lc.View(style="heatmap", num_features=3, for_color=(1, 2, 3))


@pytest.fixture
def packed(explanation):
    return lc.explanation_bytes(explanation, VIEW)


def changed(packed: bytes, **entries) -> bytes:
    """The archive with these entries of its manifest changed."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    record = json.loads(files["manifest.json"]) | entries
    return pack(files | {"manifest.json": json.dumps(record).encode()})


def lone(packed: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return archive.read("manifest.json")


def test_an_archive_says_everything_that_the_weights_depend_on(packed, explanation):
    opened = lc.open_manifest(packed)
    assert opened.saved.spec == explanation.spec
    assert opened.saved.settings == explanation.settings
    assert opened.saved.num_samples == explanation.n_samples
    assert opened.view == VIEW
    assert opened.class_name == explanation.class_name
    np.testing.assert_array_equal(opened.saved.weights, explanation.weights)


def test_the_same_explanation_is_the_same_to_the_last_digit(packed, explanation):
    opened = lc.open_manifest(io.BytesIO(packed))
    assert opened.differences(explanation) == ()
    assert opened.same_to_the_last_digit(explanation)


def test_what_differs_is_said(packed, explanation, probe):
    opened = lc.open_manifest(packed)

    def told(e) -> str:
        return " ".join(opened.differences(e))

    assert "The photo is another" in told(replace(explanation, spec=replace(explanation.spec, picture="0" * 64)))
    assert "The model is 'other'" in told(replace(explanation, spec=replace(explanation.spec, model="other")))
    assert "weights of" in told(replace(explanation, spec=replace(explanation.spec, fingerprint="0" * 64)))
    assert "runs on elsewhere" in told(replace(explanation, spec=replace(explanation.spec, engine="elsewhere")))
    assert "The seed is another" in told(replace(explanation, spec=replace(explanation.spec, seed=5)))
    other = told(lc.explain(probe, class_index=2, kernel=lc.NoKernel()))
    for text in ("The kernel is another.", "The class is another.", "apart", "All versions are those"):
        assert text in other
    assert "The number of samples is another." in told(lc.explain(probe.first(50), class_index=1))


def test_a_difference_in_rounding_is_none_and_is_not_the_last_digit(packed, explanation):
    opened = lc.open_manifest(packed)
    nearly = replace(explanation, weights=explanation.weights * (1 + 1e-9))
    assert opened.differences(nearly) == ()
    assert not opened.same_to_the_last_digit(nearly)


def test_other_versions_are_named_where_weights_are_apart(packed, explanation):
    opened = lc.open_manifest(changed(packed, versions={"numpy": "0.9"}))
    assert opened.differences(explanation) == ()
    apart = replace(explanation, weights=explanation.weights * 1.1)
    assert "numpy 0.9 then" in " ".join(opened.differences(apart))


def test_a_manifest_alone_says_all_but_the_weights(packed, explanation):
    opened = lc.open_manifest(lone(packed))
    assert opened.saved.spec == explanation.spec
    assert len(opened.saved.weights) == 0
    assert opened.differences(explanation) == ()
    assert not opened.same_to_the_last_digit(explanation)


def test_a_prior_comes_along_or_is_known(pulled):
    packed = lc.explanation_bytes(pulled)
    assert lc.open_manifest(packed).differences(pulled) == ()
    with pytest.raises(lc.ReplayMismatch, match=r"prior\.npz is missing"):
        lc.open_manifest(lone(packed))
    assert lc.open_manifest(lone(packed), [pulled.settings.prior]).saved.settings == pulled.settings
    plain = replace(pulled, settings=replace(pulled.settings, prior_strength=3.0))
    assert "The prior strength is another." in lc.open_manifest(packed).differences(plain)


def test_another_prior_of_the_same_strength_is_another(pulled):
    activation = lc.ClassActivation(SimpleNamespace(shape=(1, 2, 2)), "planted", pulled.spec.fingerprint, "value")
    own = replace(pulled, settings=replace(pulled.settings, prior=activation))
    opened = lc.open_manifest(lc.explanation_bytes(own))
    assert opened.differences(own) == ()
    assert opened.differences(pulled) == ("The prior is another.",)
    assert lc.open_manifest(lc.explanation_bytes(pulled)).differences(own) == ("The prior is another.",)


def test_a_label_map_comes_along(picture, planted):
    labels = lc.LabelMap.of(np.arange(32 * 32).reshape(32, 32) // 128)
    e = lc.explain_image(picture, planted, 1, 60, segmenter=labels, hiding=BLACK)
    assert lc.open_manifest(lc.explanation_bytes(e)).saved.spec.segmenter == labels
    with pytest.raises(lc.ReplayMismatch, match="is missing"):
        lc.open_manifest(lone(lc.explanation_bytes(e)))


def test_an_earlier_manifest_is_opened_from_its_path_and_from_an_archive():
    folder = EARLIER / "explanation"
    opened = lc.open_manifest(pack({path.name: path.read_bytes() for path in folder.iterdir()}))
    assert opened.view == lc.View()
    assert opened.saved.spec.segmenter == lc.Grid(3, 3)
    prior = lc.load_prior(folder / "prior.npz")
    assert lc.open_manifest(folder / "manifest.json", [prior]).saved.settings == opened.saved.settings


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no manifest"),
        (b"PK\x03\x04 broken", "no readable ZIP"),
        (b"[" * 100_000, "no manifest"),
        (b'{"schema": 99}', "schema 1"),
        (b'{"schema": 1}', "missing"),
        (b"0" * 1_000_001, "more than 1 MB"),
        (pack({"weights.csv": b""}), r"no manifest\.json"),
        (pack({"manifest.json": b"0" * 1_000_001}), "more than 1 MB"),
    ],
    ids=["empty", "broken ZIP", "deep", "schema", "nothing", "long", "no manifest", "bomb"],
)
def test_what_is_no_manifest_is_refused(content, message):
    with pytest.raises(lc.ReplayMismatch, match=message):
        lc.open_manifest(content)


@pytest.mark.parametrize(
    "view", [[], "tint", {"style": "evil"}, {"opacity": 7}, {"nothing": 1}, {"num_features": "8"}, None]
)
def test_a_view_that_is_none_is_refused(packed, view):
    with pytest.raises(lc.ReplayMismatch, match="view"):
        lc.open_manifest(changed(packed, view=view))


def test_nothing_but_numbers_is_read_of_the_arrays(explanation, packed):
    buffer = io.BytesIO()
    np.savez(buffer, weights=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with pytest.raises(lc.ReplayMismatch, match="no plain numbers"):
        lc.open_manifest(pack(files | {"arrays.npz": buffer.getvalue()}))


def test_settings_survive_whatever_they_are(picture, planted):
    e = lc.explain_image(
        picture, planted, 0, 60, segmenter=GRID, hiding=lc.Blur(), sampler=lc.LimeMasks(),
        surrogate=lc.BayesianRidge(), seed=3,
    )  # fmt: skip
    assert lc.open_manifest(lc.explanation_bytes(e)).differences(e) == ()


def test_a_prior_may_have_as_much_as_whoever_opens_it_says(pulled):
    prior = replace(pulled.settings.prior, digests=np.zeros((40_000, 32), dtype=np.uint8))
    packed = lc.explanation_bytes(replace(pulled, settings=replace(pulled.settings, prior=prior)))
    opened = lc.open_manifest(packed, max_prior_bytes=2**21)
    assert opened.saved.settings.prior == prior
    assert opened.nbytes >= prior.nbytes + opened.saved.weights.nbytes
    assert prior.nbytes > 40_000 * 32
    with pytest.raises(lc.ReplayMismatch, match=r"prior\.npz cannot be used: The prior unpacks to more than 1 MB"):
        lc.open_manifest(packed, max_prior_bytes=2**20)
    known = opened.saved.settings.prior
    assert lc.open_manifest(packed, [known], max_prior_bytes=2**20).saved.settings.prior is known


def test_label_maps_count_among_what_is_opened(probe):
    labels = lc.LabelMap.of(probe.scene.segmentation.labels)
    e = lc.explain(replace(probe, spec=replace(probe.spec, segmenter=labels)))
    assert lc.open_manifest(lc.explanation_bytes(e)).nbytes >= labels.nbytes
