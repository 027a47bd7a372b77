import numpy as np
import pytest
from lime import lime_image

import lime_core as lc


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_bernoulli_shows_the_share_it_is_told(p):
    masks = lc.Bernoulli(p=p)(4000, 25, 0)[1:]
    assert abs(masks.mean() - p) < 4 * np.sqrt(p * (1 - p) / masks.size)


def test_bernoulli_shows_superpixels_independently():
    masks = lc.Bernoulli()(20_000, 8, 3)[1:]
    correlation = np.corrcoef(masks.T) - np.eye(8)
    assert np.abs(correlation).max() < 5 / np.sqrt(len(masks))


@pytest.mark.parametrize("seed", [0, 1, 77])
@pytest.mark.parametrize("random_seed", [None, 5])
def test_limes_masks_are_the_ones_lime_draws(seed, random_seed):
    image = np.random.default_rng(0).integers(0, 255, (12, 12, 3), dtype=np.uint8)
    labels = lc.segment(image, lc.Grid(3, 3)).labels
    seen = []

    def record(pictures):
        seen.extend((pictures == image).all(axis=3))
        return np.ones((len(pictures), 2)) / 2

    lime_image.LimeImageExplainer(random_state=seed).explain_instance(
        image, record, hide_color=0, num_samples=40, segmentation_fn=lambda _: labels, random_seed=random_seed
    )
    drawn = lc.LimeMasks(random_seed_given=random_seed is not None)(40, 9, seed)
    np.testing.assert_array_equal(np.array(seen), drawn[:, labels].astype(bool))
