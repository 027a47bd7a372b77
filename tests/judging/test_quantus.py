"""The figures are those of Quantus 0.6 on the same pictures, maps and subsets."""

from dataclasses import replace

import numpy as np
import pytest
import quantus
import torch
from quantus.helpers import utils

import lime_core as lc
from tests.support.planted import BLACK

SIDE, STEPS = 16, 16
QUIET = {"abs": False, "normalise": False, "disable_warnings": True}


class Network(torch.nn.Module):
    """Logits of grey pictures (n, 1, h, w) in 0..1: pixels add up, and their square bends it."""

    def __init__(self):
        super().__init__()
        weights = np.random.default_rng(3).normal(0, 0.1, SIDE * SIDE)
        self.weights = torch.nn.Parameter(torch.tensor(weights), requires_grad=False)

    def forward(self, pictures):
        added = pictures.flatten(1).double() @ self.weights
        return torch.stack([added + 0.3 * added**2, -added], dim=1)


@pytest.fixture(scope="module")
def network():
    return Network().eval()


@pytest.fixture(scope="module")
def grey():
    return np.random.default_rng(4).integers(60, 250, (SIDE, SIDE), dtype=np.uint8)


@pytest.fixture(scope="module")
def picture(grey):
    return lc.load_picture(np.repeat(grey[..., None], 3, axis=2))


@pytest.fixture(scope="module")
def model(network):
    def predict(pictures):
        with torch.no_grad():
            return network(torch.tensor(pictures[:, None, :, :, 0].astype(np.float64) / 255)).numpy()

    return lc.wrap_model(predict, kind="values", name="network")


@pytest.fixture(scope="module")
def relevance():
    return np.random.default_rng(5).normal(size=(SIDE, SIDE))


@pytest.fixture
def asked(network, grey, relevance):
    """What Quantus is called with."""
    pictures = (grey / 255.0)[None, None]
    return {"model": network, "x_batch": pictures, "y_batch": np.array([0]), "softmax": False} | {
        "a_batch": relevance[None, None],
        "channel_first": True,
    }


def test_most_first_is_pixel_flipping(asked, model, picture, relevance, monkeypatch):
    each = SIDE * SIDE // STEPS
    theirs = quantus.PixelFlipping(features_in_step=each, perturb_baseline=0.0, **QUIET)(**asked)[0]
    ours = lc.relevance_gain(relevance, model, picture, 0, lc.PixelFlipping(STEPS, (BLACK,)))
    np.testing.assert_allclose(ours.most_first[0].scores[1:], theirs, atol=1e-6)
    asked["a_batch"] = -relevance[None, None]
    backwards = quantus.PixelFlipping(features_in_step=each, perturb_baseline=0.0, **QUIET)(**asked)[0]
    np.testing.assert_allclose(ours.least_first[0].scores[1:], backwards, atol=1e-6)
    # Their area has no full picture and steps of width one, and wants a name that NumPy has given up.
    monkeypatch.setattr(np, "trapz", np.trapezoid, raising=False)
    full = ours.most_first[0].scores[0]
    areas = [utils.calculate_auc(np.array([full, *scores])) / STEPS for scores in (theirs, backwards)]
    assert ours.srg == pytest.approx(areas[1] - areas[0], abs=1e-6)


@pytest.mark.parametrize(("order", "kind"), [("morf", "deletion"), ("lerf", "insertion")])
def test_superpixels_that_go_are_region_perturbation(asked, model, picture, relevance, order, kind):
    metric = quantus.RegionPerturbation(patch_size=4, order=order, regions_evaluation=16, perturb_baseline=0.0, **QUIET)
    falls = np.ravel(metric(**asked)[0])
    cells = lc.Grid(4, 4)(picture.pixels)
    e = lc.explain_image(picture, model, 0, 60, segmenter=cells, hiding=BLACK)
    weights = np.bincount(cells.ravel(), weights=relevance.ravel())
    curve = getattr(lc.faithfulness(replace(e, weights=weights), model), kind)
    ours = curve.scores if kind == "deletion" else curve.scores[::-1]
    np.testing.assert_allclose(ours[0] - ours[1:], falls, atol=1e-6)


def test_fidelity_is_faithfulness_correlation(asked, model, picture, relevance):
    size, runs = 51, 40  # a fifth of 256 pixels
    np.random.seed(0)  # noqa: NPY002, it draws from the global generator
    metric = quantus.FaithfulnessCorrelation(
        nr_runs=runs, subset_size=size, perturb_baseline=0.0, return_aggregate=False, **QUIET
    )
    [theirs] = metric(**asked)
    np.random.seed(0)  # noqa: NPY002
    masks = np.ones((runs + 1, SIDE * SIDE), dtype=np.float32)
    for mask in masks[1:]:
        mask[np.random.choice(SIDE * SIDE, size, replace=False)] = 0  # noqa: NPY002
    hidden = lc.HiddenSubsets(segmenter=np.arange(SIDE * SIDE).reshape(SIDE, SIDE), hiding=BLACK)
    empty = lc.open_probe(hidden.spec(relevance, picture, model), picture, model)
    assert empty.spec.sampler.size(SIDE * SIDE) == size
    score = model.engine.scorer(empty.scene.image, empty.scene.hidden, empty.scene.segmentation.labels)
    probe = lc.Probe(empty.spec, empty.scene, masks, score(masks), "values", ())
    found = lc.fidelity_of(relevance, probe, 0)
    assert found.pearson == pytest.approx(theirs, abs=1e-6)
    assert abs(theirs) < 0.99


@pytest.mark.parametrize("seed", range(5))
def test_places_are_those_of_the_pointing_game_and_of_the_mass(asked, seed):
    rng = np.random.default_rng(seed)
    relevance, truth = rng.uniform(0, 1, (SIDE, SIDE)), np.zeros((SIDE, SIDE), dtype=bool)
    truth[2:13, 3:12] = True
    given = asked | {"a_batch": relevance[None, None], "s_batch": truth[None, None]}
    assert lc.pointing_game(relevance, truth) == quantus.PointingGame(**QUIET)(**given)[0]
    mass = quantus.RelevanceMassAccuracy(**QUIET)(**given)[0]
    assert lc.relevance_mass_accuracy(relevance, truth) == pytest.approx(mass, abs=1e-6)


def test_they_count_equal_pixels_and_negative_ones_in_another_way(asked):
    relevance, truth = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE), dtype=bool)
    truth[:, :8] = True
    relevance[0, 7:11] = 1.0  # one of four lies inside
    relevance[5, 0] = -3.0
    given = asked | {"a_batch": relevance[None, None], "s_batch": truth[None, None]}
    assert quantus.PointingGame(**QUIET)(**given)[0] == 1
    assert lc.pointing_game(relevance, truth) == 0.25
    assert quantus.RelevanceMassAccuracy(**QUIET)(**given)[0] == pytest.approx((1 - 3) / (4 - 3))
    assert lc.relevance_mass_accuracy(relevance, truth) == 0.25
