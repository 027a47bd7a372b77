"""A prior as InterpretDL pickles one."""

import pickle

import numpy as np
import pytest
from sklearn.cluster import KMeans

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
