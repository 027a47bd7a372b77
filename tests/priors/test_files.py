"""Files of priors: what is read is what was written, and nothing else is read."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.priors import files
from tests.support.planted import PRIOR_CLASSES


def test_a_prior_is_read_back_as_it_was_written(prior, tmp_path):
    path = prior.save(tmp_path / "new" / "prior.npz")
    for source in (path, str(path), path.read_bytes()):
        again = lc.load_prior(source)
        assert again == prior
        assert (again.signed, again.unit, again.position) == (prior.signed, prior.unit, prior.position)
        assert again.made_by == prior.made_by
    assert [entry.name for entry in path.parent.iterdir()] == ["prior.npz"]
    assert files.prior_bytes(again) == path.read_bytes()


def test_a_signed_prior_with_places_is_read_back(summaries, tmp_path):
    prior = lc.build_prior(summaries, PRIOR_CLASSES, clusters=3, method="signed", position=0.5)
    again = lc.load_prior(prior.save(tmp_path / "p.npz"))
    assert again == prior
    assert again.signed
    assert again.position == 0.5


def test_examples_and_looks_are_read_back(shown, tmp_path):
    prior = lc.build_prior(shown, PRIOR_CLASSES, clusters=3, examples=2)
    path = prior.save(tmp_path / "p.npz")
    again = lc.load_prior(path)
    assert again == prior
    np.testing.assert_array_equal(again.examples.pictures, prior.examples.pictures)
    np.testing.assert_array_equal(again.examples.counts, prior.examples.counts)
    assert lc.prior_bytes(again) == path.read_bytes()
    kept = lc.load_summary(lc.save_summary(shown[3], tmp_path / "one.npz"))
    np.testing.assert_array_equal(kept.looks, shown[3].looks)


def test_what_has_no_examples_is_read_back_without(prior, summaries, tmp_path):
    assert lc.load_prior(prior.save(tmp_path / "p.npz")).examples is None
    assert lc.load_summary(lc.save_summary(summaries[0], tmp_path / "one.npz")).looks is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"drop": ["examples"]}, "holds other arrays"),
        ({"drop": ["example_counts"]}, "holds other arrays"),
        ({"examples": np.zeros((3, 2, 32, 32, 3))}, "its examples is an array of float64"),
        (
            {"examples": np.zeros((3, 32, 32, 3), dtype=np.uint8)},
            r"its examples is an array of uint8 and shape \(3, 32",
        ),
        ({"examples": np.zeros((3, 2, 16, 32, 3), dtype=np.uint8)}, "pictures must have the shape"),
        ({"examples": np.zeros((4, 2, 32, 32, 3), dtype=np.uint8)}, "counts must have the shape"),
        ({"examples": np.zeros((3, 1001, 32, 32, 3), dtype=np.uint8)}, "at most 1000 of each word, got 1001"),
        ({"example_counts": np.full(3, 9)}, r"counts must lie in \[0, 2\]"),
        ({"example_counts": np.full(3, -1)}, r"counts must lie in \[0, 2\]"),
    ],
)
def test_examples_that_cannot_be_say_so(shown, changes, message):
    prior = lc.build_prior(shown, PRIOR_CLASSES, clusters=3, examples=2)
    assert lc.load_prior(rewritten(prior)).examples is not None
    with pytest.raises(lc.BadPrior, match=message):
        lc.load_prior(rewritten(prior, **changes))


def test_arrays_of_any_memory_order_can_be_written(tmp_path):
    columns = np.asfortranarray(np.random.default_rng(0).normal(0, 1, (3, 4)))
    prior = lc.GlobalPrior(columns, columns[:, :3].T, np.ones((3, 3), dtype=int, order="F"), signed=True, unit="value")
    assert lc.load_prior(prior.save(tmp_path / "p.npz")) == prior


def rewritten(prior, header=None, drop=(), **arrays):
    """The bytes of a prior's file with entries of its header, or arrays, replaced."""
    with np.load(io.BytesIO(files.prior_bytes(prior)), allow_pickle=False) as archive:
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
        ({"header": {"position": -3}}, "position must be a number of at least 0"),
        ({"header": {"position": 1e39}}, "position must be a number of at least 0 and at most 1000"),
        (
            {"weights": np.zeros((30_001, 3)), "counts": np.zeros((30_001, 3), dtype=np.int64)},
            "what no prior can hold: a prior has 30000 classes at most, got 30001",
        ),
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


def test_a_summary_is_no_prior_and_the_other_way_round(summaries, prior, tmp_path):
    with pytest.raises(lc.BadPrior, match="no picture summary"):
        lc.load_summary(prior.save(tmp_path / "prior.npz"))
    with pytest.raises(lc.BadPrior, match="no prior"):
        lc.load_prior(lc.save_summary(summaries[0], tmp_path / "summary.npz"))


@pytest.fixture
def told(prior):
    return replace(prior, digests=np.random.default_rng(0).integers(0, 256, (5, 32), dtype=np.uint8))


def test_digests_are_read_back_and_a_file_without_any_stays_what_it_was(told, prior, shown, tmp_path):
    again = lc.load_prior(told.save(tmp_path / "p.npz"))
    np.testing.assert_array_equal(again.digests, told.digests)
    assert again.built_from(told.digests[3].tobytes().hex())
    assert again == prior
    assert lc.prior_bytes(again) == lc.prior_bytes(told)
    assert lc.load_prior(lc.prior_bytes(prior)).digests is None
    both = replace(lc.build_prior(shown, PRIOR_CLASSES, clusters=3), digests=told.digests)
    found = lc.load_prior(lc.prior_bytes(both))
    assert found.examples is not None
    assert len(found.digests) == 5


@pytest.mark.parametrize(
    ("digests", "message"),
    [
        (np.zeros((5, 32)), "its digests is an array of float64"),
        (np.zeros(32, dtype=np.uint8), r"its digests is an array of uint8 and shape \(32,\)"),
        (np.zeros((0, 32), dtype=np.uint8), r"shape \(0, 32\)"),
        (np.zeros((5, 31), dtype=np.uint8), "digests must have the shape"),
    ],
)
def test_digests_that_cannot_be_say_so(told, digests, message):
    assert lc.load_prior(rewritten(told)).digests is not None
    with pytest.raises(lc.BadPrior, match=message):
        lc.load_prior(rewritten(told, digests=digests))


def test_more_digests_than_a_prior_can_have_say_so(told, monkeypatch):
    monkeypatch.setattr("lime_core.files.digests.MOST", 4)
    with pytest.raises(lc.BadPrior, match="at most 4, got 5"):
        lc.load_prior(rewritten(told, digests=told.digests))
