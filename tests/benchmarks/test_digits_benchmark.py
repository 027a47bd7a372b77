"""The benchmark of priors, on few digits: its rows are whole, and it compares what it says that it compares."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.engines.engine import Engine
from tests.benchmarks import digits, digits_table
from tests.benchmarks.digits import Kind, Sizes
from tests.benchmarks.digits_table import NO_PRIOR, standard_error
from tests.benchmarks.small_network import enlarged, trained

pytestmark = pytest.mark.slow
SIZES = Sizes(
    prior_pictures=60, prior_samples=128, samples=(32, 64), repeats=3, judged=1, reference=500, fresh=100,
    strengths=(50.0,),
)  # fmt: skip
KINDS = {"words": Kind("normlime", 20), "places": Kind("signed", 64, position=100.0)}
TOTAL = 51.0


@pytest.fixture(scope="module")
def shown():
    """Digits that the network was trained on, and four others."""
    pictures, answers = enlarged()
    return pictures[:300], answers[:300], pictures[300:304]


@pytest.fixture(scope="module")
def model(shown):
    return trained(shown[0], shown[1], epochs=6)


@pytest.fixture(scope="module")
def priors(model, shown):
    made = digits.summaries(model, shown[0][: SIZES.prior_pictures], SIZES.prior_samples)
    return digits.priors(made, KINDS | {"mixed up": replace(KINDS["places"], mixed_up=True)})


@pytest.fixture(scope="module")
def rows(model, priors, shown):
    ways = digits.ways(priors, SIZES.strengths)
    found = digits_table.table([digits.measured(picture, model, ways, SIZES) for picture in shown[2]])
    return {(row["samples"], row["prior"], row["penalty"]): row for row in found}


@pytest.fixture(scope="module")
def probe(model, shown):
    return digits.probed(shown[2][0], model, 64, 0)


def test_the_network_knows_digits_and_is_the_same_every_time(model, shown):
    pictures, answers = enlarged()
    found = [model.top(picture, 1)[0][0] for picture in pictures[300:500]]
    assert np.mean(found == answers[300:500]) > 0.8
    assert trained(shown[0][:50], shown[1][:50], 1).fingerprint == trained(shown[0][:50], shown[1][:50], 1).fingerprint


def test_every_number_of_samples_and_way_has_its_row(rows):
    kinds = [(NO_PRIOR, 1.0), *((kind, TOTAL) for kind in (NO_PRIOR, "words", "places", "mixed up"))]
    assert set(rows) == {(n, *kind) for n in SIZES.samples for kind in kinds} | {(500, NO_PRIOR, 1.0)}
    for (n, kind, _), row in rows.items():
        unknown = {name for name, value in row.items() if isinstance(value, float) and not math.isfinite(value)}
        assert unknown == ({"prior r"} if kind == NO_PRIOR else set()) | ({"Jaccard", "×"} if n == 500 else set())
        assert (row["claim"] == "") == (kind == NO_PRIOR)


def test_ridge_is_compared_with_itself_and_has_nothing_of_a_prior(rows):
    for row in (row for row in rows.values() if row["prior"] == NO_PRIOR):
        assert [row[name] for name in ("Δd", "±Δd", "Δi", "±Δi", "share")] == [0] * 5
        assert row["samples"] == 500 or row["×"] == 1
    assert rows[500, NO_PRIOR, 1.0]["error"] == 0
    assert rows[500, NO_PRIOR, 1.0]["true 5"] == 1


def test_a_prior_that_expects_nothing_is_ridge_of_the_same_penalty(probe):
    kernel = lc.CosineKernel()(probe.masks)
    samples = lc.Samples(probe.masks.astype(np.float64), probe.scores(3, "probability"), kernel)
    pulled = digits.WITH_PRIOR(samples, lc.Expected(np.zeros(64), SIZES.strengths[0]))
    np.testing.assert_allclose(pulled.weights, lc.Ridge(TOTAL)(samples).weights, atol=1e-12)


def test_a_prior_that_the_samples_contradict_is_ridge_of_the_same_penalty(probe, priors):
    against = replace(priors["places"], weights=-priors["places"].weights)
    ways = digits.ways({"for": priors["places"], "against": against}, SIZES.strengths)
    _, ridge, helped, contradicted = (lc.fit(probe, way.settings) for way in ways)
    assert contradicted.prior_scale == 0
    np.testing.assert_allclose(contradicted.weights, ridge.weights, atol=1e-12)
    assert helped.prior_scale > 0
    assert np.abs(helped.weights - ridge.weights).max() > 0.01


def test_places_of_other_digits_make_it_steadier_and_foreseen(rows):
    for n in SIZES.samples:
        ridge, places, mixed = (rows[n, kind, TOTAL] for kind in (NO_PRIOR, "places", "mixed up"))
        assert places["Jaccard"] > 2 * ridge["Jaccard"]
        assert places["prior r"] > 0.4 > mixed["prior r"]
        assert places["R2"] > ridge["R2"]
        assert places["share"] > 0.4


@dataclass
class Counting:
    """An engine that counts the masks it is asked for."""

    engine: Engine
    rows: int = 0
    description: str = field(init=False)
    batch_size: int = 1000

    def __post_init__(self):
        self.description = self.engine.description

    def scorer(self, image, hidden, labels):
        score = self.engine.scorer(image, hidden, labels)

        def counted(masks):
            self.rows += len(masks)
            return score(masks)

        return counted


def test_deletion_and_insertion_are_those_of_the_library_and_equal_masks_are_asked_once(model, probe):
    one, other = lc.explain(probe), lc.explain(probe, surrogate=lc.Lasso(alpha=0.01))
    counting = Counting(model.engine)
    found = digits.removed([one, other, one], replace(model, engine=counting))
    expected = [lc.faithfulness(e, model) for e in (one, other)]
    np.testing.assert_allclose(found[:2], [(f.deletion.auc, f.insertion.auc) for f in expected], atol=1e-5)
    assert found[2] == found[0]
    assert 128 < counting.rows <= 2 * 126 + 2


def test_a_standard_error_is_that_of_a_mean():
    assert standard_error(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(math.sqrt(5 / 3 / 4))
