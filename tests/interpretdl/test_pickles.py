"""Pickles: arrays and words of every protocol are read, and nothing that a pickle names is run."""

import io
import os
import pickle

import numpy as np
import pytest

import lime_core as lc


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_and_an_old_scikit_learn_are_read(folder, words, protocol):
    written = pickle.dumps(words, protocol)
    if protocol < 4:  # a name is on a line of its own; later ones give its length
        written = written.replace(b"sklearn.cluster._kmeans", b"sklearn.cluster.k_means_")
    (folder / "kmeans.pkl").write_bytes(written)
    np.testing.assert_allclose(lc.import_prior([folder]).centroids, words.cluster_centers_, rtol=1e-6)


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
