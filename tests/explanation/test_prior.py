"""A prior laid over the superpixels of a photo."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.explanation.prior import laid_over
from tests.support.planted import AdditiveModel


class Looks:
    """Expects what the features say, and knows what is above zero."""

    def project(self, features, class_index):
        known = features[:, class_index]
        return lc.Projection(known.astype(np.float64), float((known > 0).mean()), np.arange(len(known)))


@pytest.mark.parametrize(
    ("border", "mean", "coverage"),
    [(None, [1, 2, 0, 0], 1 / 2), (0, [0, 2, 0, 0], 1 / 3), (2, [1, 2, 0, 0], 2 / 3)],
)
def test_the_border_is_expected_to_weigh_nothing_and_is_not_counted(border, mean, coverage):
    found = laid_over(Looks(), np.array([[1.0], [2.0], [0.0], [0.0]], np.float32), 0, border)
    assert found.mean.tolist() == mean
    assert found.coverage == pytest.approx(coverage)
    assert found.words.tolist() == [0, 1, 2, 3]
    assert border is None or not found.mean.flags.writeable


def test_an_explanation_of_a_padded_photo_counts_what_is_in_the_photo():
    picture = lc.load_picture(np.random.default_rng(0).integers(60, 250, (32, 24, 3), dtype=np.uint8))
    seen = lc.load_picture(np.random.default_rng(1).integers(60, 250, (32, 32, 3), dtype=np.uint8))
    model = lc.wrap_model(AdditiveModel(seen), kind="values", name="planted", input_size=(32, 32), fit="pad")
    probe = lc.probe_image(picture, model, 200, segmenter=lc.Grid(4, 4))
    border, description = probe.scene.segmentation.border, probe.scene.description
    prior = lc.build_prior([lc.PictureSummary.of([lc.explain(probe, 0)])], 3, clusters=16, method="signed")
    word = prior.project(description.features, 0).words[border]
    unknown = np.arange(prior.counts.shape[1]) == word
    prior = replace(prior, counts=np.where(unknown, 0, prior.counts), weights=np.where(unknown, 0.0, prior.weights))
    known = np.delete(prior.project(description.features, 0).words != word, border).mean()
    assert lc.explain(probe, 0, prior=prior, prior_strength=1.0).prior_coverage == pytest.approx(known)
