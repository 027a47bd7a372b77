"""Priors that InterpretDL has pickled, and pickles that are something else."""

import io
import os
import pickle

import numpy as np
import pytest
from sklearn.cluster import KMeans

import lime_core as lc
from lime_core.priors.interpretdl import FEATURES

KNOWN = {281: {0: 0.5, 3: 0.25}, np.int64(7): {np.int64(1): np.float64(0.125)}}


@pytest.fixture
def words():
    features = np.random.default_rng(0).random((40, 128)).astype(np.float32)
    return KMeans(n_clusters=4, n_init=1, random_state=np.random.RandomState(0)).fit(features)


@pytest.fixture
def folder(tmp_path, words):
    np.save(tmp_path / "global_weights.npy", KNOWN)
    (tmp_path / "kmeans.pkl").write_bytes(pickle.dumps(words))
    (tmp_path / "readme.txt").write_text("nothing to see")
    return tmp_path


def test_weights_and_words_are_those_of_the_files(folder, words):
    prior = lc.import_prior([folder])
    np.testing.assert_allclose(prior.centroids, words.cluster_centers_, rtol=1e-6)
    assert prior.classes == [7, 281]
    assert prior.weights[281].tolist() == [0.5, 0, 0, 0.25]
    assert prior.weights[7].tolist() == [0, 0.125, 0, 0]
    assert prior.counts.sum() == 3
    assert not prior.signed
    assert prior == lc.import_prior([folder / "kmeans.pkl", str(folder / "global_weights.npy")])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_and_an_old_scikit_learn_are_read(folder, words, protocol):
    written = pickle.dumps(words, protocol)
    if protocol < 4:  # a name is on a line of its own; later ones give its length
        written = written.replace(b"sklearn.cluster._kmeans", b"sklearn.cluster.k_means_")
    (folder / "kmeans.pkl").write_bytes(written)
    np.testing.assert_allclose(lc.import_prior([folder]).centroids, words.cluster_centers_, rtol=1e-6)


def test_it_is_refused_for_the_features_of_any_model_here(folder, chelsea, lite0):
    prior = lc.import_prior([folder])
    with pytest.raises(lc.PriorMismatch, match="InterpretDL's stem"):
        lc.explain_image(chelsea, lite0, num_samples=16, segmenter=lc.Grid(3, 3), prior=prior, prior_strength=1.0)
    prior.check(FEATURES, "any model", 1000)
    assert prior.project(prior.centroids, 281).mean.tolist() == [0.5, 0, 0, 0.25]


def test_negative_weights_make_a_signed_prior(folder):
    np.save(folder / "global_weights.npy", {0: {0: -1.0}})
    assert lc.import_prior([folder], classes=2).signed


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["global_weights.npy", "kmeans.pkl"])
def test_nothing_that_a_pickle_names_is_run(folder, name):
    canary = folder / "made by a pickle"
    evil = pickle.dumps({"weights": Evil(canary)})
    if name.endswith(".npy"):
        buffer = io.BytesIO()
        np.save(buffer, np.array({0: Evil(canary)}, dtype=object))
        evil = buffer.getvalue()
    (folder / name).write_bytes(evil)
    with pytest.raises(lc.BadPrior):
        lc.import_prior([folder])
    assert not canary.exists()


def pickled_array(kind, state, contents, shape=()):
    """An array as NumPy pickles one, with a type of any state and any contents."""

    class Type:
        def __reduce__(self):
            return np.dtype, (kind, False, True), state

    class Array:
        def __reduce__(self):
            make, given, _ = np.zeros(1).__reduce__()
            return make, given, (1, shape, Type(), False, contents)

    return pickle.dumps(Array())


OBJECT_INSIDE = (3, "|", None, ("a",), {"a": (np.dtype("O"), 0)}, 8, 1, 63)
PAIR = (3, "|", (np.dtype("f8"), (2,)), None, None, 16, 8, 0)
NUMBERS = (3, "<", None, None, None, -1, -1, 0)
ANYTHING = (3, "|", None, None, None, -1, -1, 63)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (pickled_array("V8", OBJECT_INSIDE, b"\x41" * 8), "cannot be read: its numbers are of a type"),
        (pickled_array("f8", OBJECT_INSIDE, b"\x41" * 8), "cannot be read: its numbers are of a type"),
        (pickled_array("V16", PAIR, b"\x41" * 16), "cannot be read: its numbers are of a type"),
        (pickled_array("O8", ANYTHING, b"\x41" * 8), "an array of objects is not read"),
        (pickled_array("O8", ANYTHING, [{}, {}], (2,)), "an array of objects is not read"),
        (pickled_array("f8", NUMBERS, b"\x41" * 8, (2,)), "cannot reshape"),
        (pickled_array("f8", NUMBERS, [1.0]), "an array has no bytes"),
        (pickled_array("f8", NUMBERS, b"\x41" * 8), "are no dictionary, but ndarray"),
    ],
)
def test_an_array_of_a_crafted_type_is_never_made(folder, weights, message):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"shape": (), "fortran_order": False, "descr": "|O"})
    (folder / "global_weights.npy").write_bytes(buffer.getvalue() + weights)
    with pytest.raises(lc.BadPrior, match=message):
        lc.import_prior([folder])


def test_a_pickle_changes_no_function_of_the_reader(folder):
    for name in (b"numpy.core.multiarray\nscalar", b"copy_reg\n_reconstructor", b"collections\nOrderedDict"):
        (folder / "kmeans.pkl").write_bytes(b"c" + name + b"\n(N(dS'__defaults__'\nNstb.")
        with pytest.raises(lc.BadPrior, match="is no pickle"):
            lc.import_prior([folder])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({0: {9: 1.0}}, "class 0 and word 9, and there are 1000 classes and 4 words"),
        ({1000: {0: 1.0}}, "class 1000 and word 0"),
        ({"cat": {0: 1.0}}, "are no {class: {cluster: weight}}"),
        ({0: [1.0]}, "The weights of a class are no dictionary, but list"),
        ({0: {0: float("nan")}}, "what no prior can hold"),
    ],
)
def test_weights_that_cannot_be_say_so(folder, weights, message):
    np.save(folder / "global_weights.npy", weights)
    with pytest.raises(lc.BadPrior, match=message):
        lc.import_prior([folder])


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "is no pickle of InterpretDL's, or it is damaged"),
        (b"\x80\x04cut off", "is no pickle"),
        (pickle.dumps([1, 2]), "holds no cluster centres"),
        (pickle.dumps(KMeans()), "holds no cluster centres"),
    ],
)
def test_words_that_are_none_say_so(folder, contents, message):
    (folder / "kmeans.pkl").write_bytes(contents)
    with pytest.raises(lc.BadPrior, match=message):
        lc.import_prior([folder])


def test_files_that_are_missing_or_too_many_say_so(folder):
    with pytest.raises(lc.BadPrior, match=r"are wanted, got kmeans.pkl"):
        lc.import_prior([folder / "kmeans.pkl"])
    with pytest.raises(lc.BadPrior, match="could not be read: No such file"):
        lc.import_prior([folder / "global_weights.npy", folder / "nowhere.pkl"])
