"""Building, projecting, and keeping priors on disk."""

import contextlib
import io
import itertools
import json
import zipfile

import numpy as np
import pytest

import lime_core as lc
from lime_core import prior_files
from lime_core.priors import nearest
from tests.planted import BLACK, GRID, AdditiveModel, textured_picture

CLASSES = 4


def blobs(rng, d, words=3, f=5):
    """Features of `d` superpixels that look like one of `words` corners, and which."""
    which = rng.integers(0, words, d)
    return (np.eye(f)[which] + rng.normal(0, 0.01, (d, f))).astype(np.float32), which


@pytest.fixture
def summaries():
    """Twelve pictures of three kinds of superpixels; class 3 is never explained."""
    rng = np.random.default_rng(0)
    found = []
    for i in range(12):
        features, _ = blobs(rng, 20 + i)
        weights = rng.normal(0, 1, (2, len(features))).astype(np.float32)
        places = rng.uniform(0, 1, (len(features), 2)).astype(np.float32)
        made_by = {"model": "m", "fingerprint": "f", "features": "corners", "unit": "probability"}
        classes = np.array([i % 3, (i + 1) % 3])
        found.append(lc.PictureSummary(f"{i:02d}", features, places, weights, classes, made_by))
    return found


@pytest.fixture
def prior(summaries):
    return lc.build_prior(summaries, CLASSES, clusters=3, made_by={"source": "made up"})


CONTRIBUTIONS = {
    "normlime": lambda a: a**2 / np.abs(a).sum(),
    "average": np.abs,
    "signed": lambda a: a,
}


@pytest.mark.parametrize("method", lc.GLOBAL_WEIGHTS)
def test_global_weights_are_the_means_of_what_the_pictures_contribute(summaries, method):
    prior = lc.build_prior(summaries, CLASSES, clusters=3, method=method)
    for k, c in itertools.product(range(CLASSES), range(3)):
        given = []
        for summary in summaries:
            words = nearest(summary.features, prior.centroids)
            for index, weights in zip(summary.classes, summary.weights.astype(float), strict=True):
                if index == k:
                    given.extend(CONTRIBUTIONS[method](weights)[words == c])
        assert prior.counts[k, c] == len(given)
        assert prior.weights[k, c] == pytest.approx(np.mean(given) if given else 0.0, abs=1e-12)
    assert prior.signed == (method == "signed")
    assert prior.made_by["method"] == method


def test_a_picture_of_weights_zero_contributes_zeros():
    builder = lc.PriorBuilder(np.eye(2, dtype=np.float32), 1)
    builder.add(np.eye(2, dtype=np.float32), np.zeros((1, 2)), np.array([0]))
    assert builder.sums.tolist() == [[0.0, 0.0]]
    assert builder.counts.tolist() == [[1, 1]]


def test_superpixels_that_look_alike_share_a_word(summaries, prior):
    features, which = blobs(np.random.default_rng(9), 50)
    words = prior.project(features, 0).words
    assert len({(word, kind) for word, kind in zip(words, which, strict=True)}) == 3


def test_the_prior_says_how_it_was_made(prior):
    assert prior.made_by["source"] == "made up"
    assert (prior.made_by["pictures"], prior.made_by["superpixels"]) == (12, sum(range(20, 32)))
    assert prior.unit == "probability"
    assert prior.classes == [0, 1, 2]


def test_the_same_summaries_give_the_same_prior_in_any_order(summaries, prior):
    again = lc.build_prior(iter(summaries[::-1]), CLASSES, clusters=3)
    assert again.digest == prior.digest
    assert again == prior
    assert hash(again) == hash(prior)
    other = lc.build_prior(summaries, CLASSES, clusters=3, method="average")
    assert other != prior
    assert other != 3


def test_parts_can_be_merged_in_any_order(summaries, prior):
    def part(some):
        builder = lc.PriorBuilder(prior.centroids, CLASSES)
        for summary in some:
            builder.add(summary.features, summary.weights, summary.classes)
        return builder

    one, other = part(summaries[7:]), part(summaries[:7])
    one.merge(other)
    merged = one.prior("probability")
    np.testing.assert_allclose(merged.weights, prior.weights, rtol=1e-12)
    np.testing.assert_array_equal(merged.counts, prior.counts)
    with pytest.raises(ValueError, match="same words and method"):
        one.merge(lc.PriorBuilder(prior.centroids, CLASSES, "signed"))


def test_few_superpixels_make_few_words(summaries):
    assert lc.build_prior(summaries[:1], CLASSES, clusters=100).centroids.shape == (20, 5)


def test_places_count_when_they_are_told_to(summaries):
    prior = lc.build_prior(summaries, CLASSES, clusters=6, position=2.0)
    assert prior.centroids.shape == (6, 7)
    assert prior.position == 2.0
    where = prior.centroids[nearest(summaries[0].columns(2.0), prior.centroids), -2:]
    assert np.abs(where - 2 * summaries[0].places).mean() < 0.6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: [], "at least one picture"),
        (lambda s: [s[0], s[0]], "each picture once"),
        (lambda s: [s[0], changed(s[1], features="other")], "different values of features"),
        (lambda s: [s[0], changed(s[1], fingerprint="other")], "different values of fingerprint"),
        (lambda s: [s[0], changed(s[1], unit="logit")], "different values of unit"),
    ],
)
def test_summaries_that_do_not_belong_together_are_refused(summaries, change, message):
    with pytest.raises(ValueError, match=message):
        lc.build_prior(change(summaries), CLASSES)


def changed(summary, **entries):
    made_by = {**summary.made_by, **entries}
    return lc.PictureSummary(
        summary.picture, summary.features, summary.places, summary.weights, summary.classes, made_by
    )


def test_wrong_methods_clusters_and_classes_are_refused(summaries):
    with pytest.raises(ValueError, match="method must be one of normlime, average, signed, got 'mean'"):
        lc.build_prior(summaries, CLASSES, method="mean")
    with pytest.raises(ValueError, match="clusters must be at least 1"):
        lc.build_prior(summaries, CLASSES, clusters=0)
    with pytest.raises(ValueError, match=r"classes must lie in \[0, 1\], got \[0, 1\]|got \[1, 2\]"):
        lc.build_prior(summaries, 2)


# projecting


def test_a_projection_gives_each_superpixel_the_weight_of_its_word(prior):
    features, _ = blobs(np.random.default_rng(3), 8)
    found = prior.project(features, 1)
    np.testing.assert_array_equal(found.mean, prior.weights[1, found.words])
    assert found.coverage == 1.0
    assert not found.mean.flags.writeable


def test_coverage_is_the_share_of_superpixels_whose_word_was_seen():
    prior = lc.GlobalPrior(np.eye(3, 4, dtype=np.float32), [[1.0, 0.5, 0.0]], [[3, 1, 0]], signed=False, unit="value")
    features = np.eye(3, 4, dtype=np.float32)[[0, 2, 1, 2]]
    found = prior.project(features, 0)
    assert found.coverage == 0.5
    assert found.mean.tolist() == [1.0, 0.0, 0.5, 0.0]


def test_a_class_that_was_never_explained_is_no_error(prior):
    found = prior.project(blobs(np.random.default_rng(3), 8)[0], 3)
    assert found.coverage == 0.0
    assert not found.mean.any()


def test_other_features_classes_or_models_are_refused(prior):
    with pytest.raises(lc.PriorMismatch, match="by 5 features each, and was given"):
        prior.project(np.zeros((7, 6), dtype=np.float32), 0)
    with pytest.raises(lc.PriorMismatch, match="for 4 classes, class 4 is none"):
        prior.project(np.zeros((7, 5), dtype=np.float32), 4)
    prior.check("corners", "f", CLASSES)
    with pytest.raises(lc.PriorMismatch, match=r"by other features \(corners\)"):
        prior.check("color and texture", "f", CLASSES)
    with pytest.raises(lc.PriorMismatch, match="built with m, whose weights are others"):
        prior.check("corners", "g", CLASSES)
    with pytest.raises(lc.PriorMismatch, match="for 4 classes, and the model has 5"):
        prior.check("corners", "f", 5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": [[1.0, np.nan]]}, "finite"),
        ({"centroids": [[np.inf], [0.0]]}, "finite"),
        ({"counts": [[-1, 2]]}, "must not be negative"),
        ({"counts": [[0, 2]]}, "0 where the count is"),
        ({"weights": [[1.0, -1.0]]}, "not be negative in a prior that is not signed"),
        ({"weights": [[1.0]]}, "weights must have the shape"),
        ({"counts": [[1]]}, "counts must have the shape"),
        ({"position": -1.0}, "position must be at least 0"),
    ],
)
def test_a_prior_cannot_hold_what_makes_no_sense(changes, message):
    usual = {"centroids": [[0.0], [1.0]], "weights": [[1.0, 2.0]], "counts": [[1, 2]], "signed": False, "unit": "value"}
    lc.GlobalPrior(**usual)
    with pytest.raises(ValueError, match=message):
        lc.GlobalPrior(**{**usual, **changes})


def test_a_prior_cannot_be_written_to(prior):
    for array in (prior.centroids, prior.weights, prior.counts):
        assert not array.flags.writeable


# from explanations to a prior and back


def test_explanations_of_many_pictures_make_a_prior_that_explains_the_next():
    """The pictures are one texture, brighter or darker: each cell looks alike and has the same effect on all."""
    picture = textured_picture()
    model = lc.wrap_model(AdditiveModel(picture), kind="values", name="planted")
    found = []
    for seed in range(3):
        pixels = np.clip(picture.pixels.astype(int) + 3 * seed, 0, 255).astype(np.uint8)
        probe = lc.probe_image(lc.load_picture(pixels), model, 200, segmenter=GRID, hiding=BLACK)
        found.append(lc.PictureSummary.of([lc.explain(probe, index) for index in range(2)]))
    prior = lc.build_prior(found, 3, clusters=16, method="signed")
    assert prior.made_by["segmenter"] == str(GRID)
    assert prior.made_by["num_samples"] == 200
    probe = lc.probe_image(picture, model, 40, segmenter=GRID, hiding=BLACK)
    expected = prior.project(probe.scene.description.features, 0).mean
    truth = lc.explain(lc.probe_image(picture, model, 2000, segmenter=GRID, hiding=BLACK), 0).weights
    assert np.corrcoef(expected, truth)[0, 1] > 0.7


def test_superpixels_that_cannot_be_explained_are_left_out(planted):
    pixels = textured_picture().pixels.copy()
    pixels[:8, :8] = 0
    probe = lc.probe_image(lc.load_picture(pixels), planted, 100, segmenter=GRID, hiding=BLACK)
    found = lc.PictureSummary.of([lc.explain(probe, 0)])
    assert found.features.shape[0] == found.weights.shape[1] == 15


def test_explanations_of_different_probes_make_no_summary(probe, picture, planted):
    other = lc.probe_image(picture, planted, 50, segmenter=GRID, hiding=BLACK, seed=1)
    with pytest.raises(ValueError, match="must be of one probe"):
        lc.PictureSummary.of([lc.explain(probe, 0), lc.explain(other, 1)])


# files


def test_a_prior_is_read_back_as_it_was_written(prior, tmp_path):
    path = prior.save(tmp_path / "new" / "prior.npz")
    for source in (path, str(path), path.read_bytes()):
        again = lc.load_prior(source)
        assert again == prior
        assert (again.signed, again.unit, again.position) == (prior.signed, prior.unit, prior.position)
        assert again.made_by == prior.made_by
    assert [entry.name for entry in path.parent.iterdir()] == ["prior.npz"]
    assert prior_files.prior_bytes(again) == path.read_bytes()


def test_a_signed_prior_with_places_is_read_back(summaries, tmp_path):
    prior = lc.build_prior(summaries, CLASSES, clusters=3, method="signed", position=0.5)
    again = lc.load_prior(prior.save(tmp_path / "p.npz"))
    assert again == prior
    assert again.signed
    assert again.position == 0.5


def test_a_summary_is_read_back_as_it_was_written(summaries, tmp_path):
    again = lc.load_summary(lc.save_summary(summaries[3], tmp_path / "one.npz"))
    for name in ("features", "places", "weights", "classes"):
        np.testing.assert_array_equal(getattr(again, name), getattr(summaries[3], name))
        assert getattr(again, name).dtype == getattr(summaries[3], name).dtype
    assert (again.picture, again.made_by) == (summaries[3].picture, summaries[3].made_by)


def test_arrays_of_any_memory_order_can_be_written(tmp_path):
    columns = np.asfortranarray(np.random.default_rng(0).normal(0, 1, (3, 4)))
    prior = lc.GlobalPrior(columns, columns[:, :3].T, np.ones((3, 3), dtype=int, order="F"), signed=True, unit="value")
    assert lc.load_prior(prior.save(tmp_path / "p.npz")) == prior


def test_a_disk_that_fails_leaves_the_old_file_and_no_part(prior, tmp_path, monkeypatch):
    path = prior.save(tmp_path / "p.npz")
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(prior_files.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        prior.save(path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def rewritten(prior, header=None, drop=(), **arrays):
    """The bytes of a prior's file with entries of its header, or arrays, replaced."""
    with np.load(io.BytesIO(prior_files.prior_bytes(prior)), allow_pickle=False) as archive:
        kept = dict(archive)
    told = json.loads(kept["header"].tobytes()) | (header or {})
    kept["header"] = np.frombuffer(json.dumps(told).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in (kept | arrays).items() if name not in drop})
    return buffer.getvalue()


def test_the_helper_itself_breaks_nothing(prior):
    assert lc.load_prior(rewritten(prior)) == prior


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"header": {"schema": 2}}, "schema 2, and 1 is the one"),
        ({"header": {"schema": None}}, "schema None"),
        ({"header": {"kind": "picture summary"}}, "no prior"),
        ({"header": {"position": "far"}}, "position is no number"),
        ({"header": {"position": -3}}, "position must be at least 0"),
        ({"header": {"made_by": 3}}, "what no prior can hold"),
        ({"header": {"made_by": {"x": float("nan")}}}, "what no prior can hold"),
        ({"weights": np.zeros((4, 3), dtype=np.float32)}, "its weights is an array of float32"),
        ({"weights": np.zeros((4, 3), dtype=">f8")}, "its weights is an array of >f8"),
        ({"weights": np.zeros(12)}, r"shape \(12,\)"),
        ({"weights": np.zeros((0, 3))}, r"shape \(0, 3\)"),
        ({"weights": np.full((4, 3), np.nan)}, "must be finite"),
        ({"weights": np.full((4, 3), -1.0)}, "not be negative"),
        ({"counts": np.full((4, 3), -1)}, "counts must not be negative"),
        ({"counts": np.ones((4, 2), dtype=np.int64)}, "counts must have the shape"),
        ({"centroids": np.array([["a"]])}, "its centroids is an array of <U1"),
        ({"more": np.zeros(3)}, "holds other arrays"),
        ({"drop": ["counts"]}, "holds other arrays"),
        ({"header": {"filler": "x" * 1_100_000}}, "header of the prior is too large"),
    ],
)
def test_a_file_that_holds_something_else_says_so(prior, changes, message):
    with pytest.raises(lc.BadPrior, match=message):
        lc.load_prior(rewritten(prior, **changes))


def test_an_array_of_objects_is_never_unpickled(prior, tmp_path):
    class Evil:
        def __reduce__(self):
            return open, (str(tmp_path / "canary"), "w")

    buffer = io.BytesIO()
    np.savez(buffer, header=np.array([Evil()], dtype=object), centroids=np.eye(1), weights=np.eye(1), counts=np.eye(1))
    with pytest.raises(lc.BadPrior):
        lc.load_prior(buffer.getvalue())
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no archive", b"\x93NUMPY\x01\x00", b"PK\x05\x06" + b"\0" * 18, b"x" * 99]
)
def test_what_is_no_archive_says_so(content):
    with pytest.raises(lc.BadPrior, match="no prior"):
        lc.load_prior(content)


def test_a_damaged_file_is_found_out_wherever_it_is_damaged(prior):
    whole = bytearray(prior_files.prior_bytes(prior))
    for at in range(0, len(whole), 7):
        broken = whole.copy()
        broken[at] ^= 0xFF
        with contextlib.suppress(lc.BadPrior):
            assert lc.load_prior(bytes(broken)) == prior  # a byte that nothing depends on, such as a date
    for length in range(0, len(whole), 50):
        with pytest.raises(lc.BadPrior):
            lc.load_prior(bytes(whole[:length]))


def test_a_file_that_is_not_there_or_a_folder_says_so(tmp_path):
    with pytest.raises(lc.BadPrior, match="could not be read: No such file"):
        lc.load_prior(tmp_path / "none.npz")
    with pytest.raises(lc.BadPrior, match="could not be read: Is a directory"):
        lc.load_prior(tmp_path)


def archive(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return buffer.getvalue()


def npy_header(shape, descr="<f8"):
    """The beginning of an .npy file that promises an array of this shape."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"shape": shape, "fortran_order": False, "descr": descr})
    return buffer.getvalue()


NAMES = ("header.npy", "centroids.npy", "weights.npy", "counts.npy")


def test_promises_of_endless_arrays_cost_no_memory(prior):
    huge = [(name, npy_header((10**6, 10**6), {"header.npy": "|u1"}.get(name, "<f8")) + b"\0" * 64) for name in NAMES]
    with pytest.raises(lc.BadPrior):
        lc.load_prior(archive(huge))
    with np.load(io.BytesIO(prior_files.prior_bytes(prior))) as file:
        header = file["header"]
    buffer = io.BytesIO()
    np.save(buffer, header)
    huge[0] = ("header.npy", buffer.getvalue())
    huge[1] = ("centroids.npy", npy_header((10**6, 10**6), "<f4") + b"\0" * 64)
    with pytest.raises(lc.BadPrior, match="centroids of the prior is too large"):
        lc.load_prior(archive(huge))
    huge[1] = ("centroids.npy", npy_header((10, 10), "<f4") + b"\0" * 64)
    with pytest.raises(lc.BadPrior, match="not as long as it says"):
        lc.load_prior(archive(huge))
    huge[1] = ("centroids.npy", npy_header((2, 2), "<f4") + b"\0" * 64)
    with pytest.raises(lc.BadPrior, match="not as long as it says"):
        lc.load_prior(archive(huge))


def test_a_file_that_unpacks_to_far_more_than_it_has_is_refused(monkeypatch):
    monkeypatch.setattr(prior_files, "MAX_BYTES", 3_000_000)
    bomb = archive([(name, b"\0" * 1_000_000) for name in NAMES])
    assert len(bomb) < 10_000
    with pytest.raises(lc.BadPrior, match="unpacks to more than 3 MB"):
        lc.load_prior(bomb)
    with pytest.raises(lc.BadPrior, match="has more than 3 MB"):
        lc.load_prior(b"\0" * 3_000_001)


def test_a_list_of_contents_without_end_is_not_read(monkeypatch):
    many = archive([(f"{i}.npy", b"") for i in range(1000)], zipfile.ZIP_STORED)
    monkeypatch.setattr(prior_files.zipfile, "ZipFile", None)
    with pytest.raises(lc.BadPrior, match="no prior"):
        lc.load_prior(many)


def test_a_member_that_comes_twice_or_is_packed_otherwise_is_refused(prior):
    with zipfile.ZipFile(io.BytesIO(prior_files.prior_bytes(prior))) as file:
        members = [(name, file.read(name)) for name in file.namelist()]
    assert lc.load_prior(archive(members)) == prior
    with pytest.raises(lc.BadPrior, match="packed in another way"):
        lc.load_prior(archive(members, zipfile.ZIP_LZMA))
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = archive([*members, members[0]])
    with pytest.raises(lc.BadPrior, match="holds other arrays"):
        lc.load_prior(twice)


def test_a_summary_is_no_prior_and_the_other_way_round(summaries, prior, tmp_path):
    with pytest.raises(lc.BadPrior, match="no picture summary"):
        lc.load_summary(prior.save(tmp_path / "prior.npz"))
    with pytest.raises(lc.BadPrior, match="no prior"):
        lc.load_prior(lc.save_summary(summaries[0], tmp_path / "summary.npz"))
