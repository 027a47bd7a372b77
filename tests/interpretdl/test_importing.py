"""Priors that InterpretDL has saved: their weights and words, and what cannot be a prior."""

import pickle

import numpy as np
import pytest
from sklearn.cluster import KMeans

import lime_core as lc
from lime_core.interpretdl.importing import FEATURES


def test_weights_and_words_are_those_of_the_files(folder, words):
    prior = lc.import_prior([folder])
    np.testing.assert_allclose(prior.centroids, words.cluster_centers_, rtol=1e-6)
    assert prior.classes == [7, 281]
    assert prior.weights[281].tolist() == [0.5, 0, 0, 0.25]
    assert prior.weights[7].tolist() == [0, 0.125, 0, 0]
    assert prior.counts.sum() == 3
    assert not prior.signed
    assert prior == lc.import_prior([folder / "kmeans.pkl", str(folder / "global_weights.npy")])


def test_it_is_refused_for_the_features_of_any_model_here(folder, chelsea, lite0):
    prior = lc.import_prior([folder])
    with pytest.raises(lc.PriorMismatch, match="InterpretDL's stem"):
        lc.explain_image(chelsea, lite0, num_samples=16, segmenter=lc.Grid(3, 3), prior=prior, prior_strength=1.0)
    prior.check(FEATURES, "any model", 1000)
    assert prior.project(prior.centroids, 281).mean.tolist() == [0.5, 0, 0, 0.25]


def test_negative_weights_make_a_signed_prior(folder):
    np.save(folder / "global_weights.npy", {0: {0: -1.0}})
    assert lc.import_prior([folder], classes=2).signed


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


def test_a_folder_that_cannot_be_read_says_so(folder, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.iterdir", refuse)
    with pytest.raises(lc.BadPrior, match=f"The folder {folder.name} cannot be read: Permission denied"):
        lc.import_prior([folder])
