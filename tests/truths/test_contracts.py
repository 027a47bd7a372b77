"""What every entry of every table promises.  A new entry is tested without a new line here."""

from dataclasses import fields, is_dataclass

import numpy as np
import pytest

import lime_core as lc
from lime_core.files.records import from_json, to_json
from tests.support.planted import BLACK

TABLES = {
    "segmenter": lc.SEGMENTERS,
    "hiding": lc.HIDINGS,
    "sampler": lc.SAMPLERS,
    "kernel": lc.KERNELS,
    "surrogate": lc.SURROGATES,
    "selection": lc.SELECTIONS,
}
LABELS = lc.LabelMap.of(np.arange(48)[:, None] // 12 * 4 + np.arange(48)[None, :] // 12)


def make(cls):
    """The option with its defaults; a label map has none, so it is given one."""
    return LABELS if cls is lc.LabelMap else cls()


def entries(*kinds):
    return [pytest.param(cls, table, id=f"{kind}-{name}") for kind, table in TABLES.items() if kind in (kinds or TABLES)
            for name, cls in table.items()]  # fmt: skip


@pytest.fixture(scope="module")
def crop():
    image = lc.gallery_picture("coffee").pixels[100:340:5, 200:440:5].copy()
    image.flags.writeable = False
    return image


@pytest.fixture(scope="module")
def samples():
    masks = lc.Bernoulli()(150, 12, 0).astype(np.float64)
    rng = np.random.default_rng(0)
    scores = 1 / (1 + np.exp(-(masks - 0.5) @ rng.normal(0, 1, 12)))
    weights = rng.uniform(0.2, 1.0, 150)
    for array in (masks, scores, weights):
        array.flags.writeable = False
    return masks, scores, weights


@pytest.mark.parametrize(("cls", "table"), entries())
def test_every_option_is_a_frozen_hashable_dataclass_that_reads_back_as_written(cls, table):
    option = make(cls)
    assert is_dataclass(option)
    assert hash(option) == hash(make(cls))
    assert option == make(cls)
    with pytest.raises(AttributeError):
        option.something_new = 1
    written = to_json(option, table)
    assert table[written["name"]] is cls
    if cls is not lc.LabelMap:
        assert from_json(written, table) == option


@pytest.mark.parametrize(("cls", "table"), entries())
def test_every_setting_has_a_sentence_of_help_and_every_option_a_docstring(cls, table):
    assert cls.__doc__
    assert not cls.__doc__.startswith(cls.__name__)  # what dataclass writes when there is none
    if cls is not lc.LabelMap:
        for f in fields(cls):
            assert f.metadata["help"].endswith("."), f"{cls.__name__}.{f.name}"


@pytest.mark.parametrize(("cls", "table"), entries())
def test_every_range_holds_at_its_ends_and_is_checked_beyond_them(cls, table):
    for f in (f for f in fields(cls) if "low" in f.metadata):
        for end, beyond in ((f.metadata["low"], -1), (f.metadata["high"], 1)):
            cls(**{f.name: end})
            with pytest.raises(ValueError, match=f"{cls.__name__}: {f.name} must be"):
                cls(**{f.name: end + beyond})


@pytest.mark.parametrize(("cls", "table"), entries("segmenter"))
def test_every_segmenter_cuts_the_same_picture_the_same_way(cls, table, crop):
    found = lc.segment(crop, make(cls))
    assert found.labels.shape == crop.shape[:2]
    assert found.labels.dtype == np.int32
    assert np.unique(found.labels).tolist() == list(range(found.d))
    assert (found.sizes > 0).all()
    np.testing.assert_array_equal(found.labels, lc.segment(crop, make(cls)).labels)


@pytest.mark.parametrize(("cls", "table"), entries("hiding"))
def test_every_hiding_makes_a_picture_of_the_same_kind(cls, table, crop):
    labels = lc.segment(crop, lc.Grid(4, 4)).labels
    hidden = make(cls)(crop, labels)
    assert hidden.shape == crop.shape
    assert hidden.dtype == np.uint8
    np.testing.assert_array_equal(hidden, make(cls)(crop, labels))
    assert (hidden != crop).any()


SIZES = [(300, 100, 13), (64, 63, 2), (5, 1, 200), (33, 32, 64), (2, 1, 5), (1100, 700, 9)]


def within_limits(sampler, n, m, d):
    """The same sizes, cut to what a sampler has whose rows end."""
    try:
        limit = sampler.limit(d)
    except lc.TooManySuperpixels:
        return within_limits(sampler, n, m, 12)
    return (n, m, d) if limit is None else (min(n, limit), min(m, limit - 1), d)


@pytest.mark.parametrize(("cls", "table"), entries("sampler"))
@pytest.mark.parametrize("sizes", SIZES)
def test_every_sampler_is_prefix_stable(cls, table, sizes):
    n, m, d = within_limits(make(cls), *sizes)
    masks = make(cls)(n, d, 7)
    assert masks.shape == (n, d)
    assert masks.dtype == np.float32
    assert (masks[0] == 1).all()
    assert set(np.unique(masks)) <= {0.0, 1.0}
    np.testing.assert_array_equal(masks[:m], make(cls)(m, d, 7))


@pytest.mark.parametrize(("cls", "table"), entries("sampler"))
def test_every_sampler_draws_other_masks_for_another_seed(cls, table):
    n, _, d = within_limits(make(cls), 100, 1, 20)
    assert (make(cls)(n, d, 0) != make(cls)(n, d, 1)).any()


@pytest.mark.parametrize(("cls", "table"), entries("sampler"))
@pytest.mark.parametrize("sizes", SIZES)
def test_every_sampler_says_which_rows_were_drawn_together(cls, table, sizes):
    n, m, d = within_limits(make(cls), *sizes)
    clusters = make(cls).clusters(n, d, 7)
    assert clusters.shape == (n,)
    assert clusters.dtype == np.int64
    assert set(np.diff(clusters)) <= {0, 1}
    assert clusters[1] != clusters[0]  # the full picture is no draw
    assert np.bincount(clusters).max() <= 2
    np.testing.assert_array_equal(clusters[:m], make(cls).clusters(m, d, 7))


@pytest.mark.parametrize(("cls", "table"), entries("sampler"))
def test_every_sampler_says_whether_the_kernel_applies(cls, table):
    assert make(cls).weighted == (cls is not lc.GlimeBinomial)


@pytest.mark.parametrize(("cls", "table"), entries("kernel"))
def test_every_kernel_weighs_the_full_picture_most(cls, table):
    masks = lc.Bernoulli()(50, 12, 0)
    before = masks.copy()
    weights = make(cls)(masks)
    assert weights.shape == (50,)
    assert weights.dtype == np.float64
    assert weights[0] == weights.max() == 1.0
    assert (weights >= 0).all()
    np.testing.assert_array_equal(masks, before)


@pytest.mark.parametrize(("cls", "table"), entries("surrogate"))
def test_every_surrogate_fits_better_than_the_mean(cls, table, samples):
    masks, scores, weights = samples
    fit = make(cls)(lc.Samples(masks, scores, weights))
    assert fit.weights.shape == fit.standard_error.shape == (12,)
    assert fit.predicted.shape == (150,)
    spread = weights @ (scores - np.average(scores, weights=weights)) ** 2
    assert weights @ (scores - fit.predicted) ** 2 < spread / 2
    if cls.signed:
        np.testing.assert_allclose(fit.predicted, fit.intercept + masks @ fit.weights, atol=1e-12)
        assert (fit.standard_error[fit.weights != 0] >= 0).all()
        assert np.isnan(fit.standard_error[fit.weights == 0]).all()
    else:
        assert (fit.weights >= 0).all()


@pytest.mark.parametrize(("cls", "table"), entries("surrogate"))
def test_every_surrogate_gives_a_dominant_superpixel_the_largest_weight(cls, table, samples):
    masks, _, weights = samples
    fit = make(cls)(lc.Samples(masks, masks[:, 7] + 0.1 * masks[:, 2], weights))
    assert np.abs(fit.weights).argmax() == 7


@pytest.mark.parametrize(("cls", "table"), entries("surrogate"))
def test_every_signed_surrogate_can_be_pulled_towards_a_prior(cls, table, samples):
    if not cls.signed:
        pytest.skip("importances have no direction to be pulled in")
    surrogate, mean = lc.with_prior(make(cls)), np.arange(12.0)
    plain = make(cls)(lc.Samples(*samples))
    np.testing.assert_array_equal(surrogate(lc.Samples(*samples)).weights, plain.weights)
    pulled = surrogate(lc.Samples(*samples), lc.Expected(mean, 1e12))
    np.testing.assert_allclose(pulled.weights, pulled.prior_scale * mean, atol=1e-6)
    between = surrogate(lc.Samples(*samples), lc.Expected(mean, 10.0))
    np.testing.assert_allclose(between.predicted, between.intercept + samples[0] @ between.weights, atol=1e-12)
    assert ((between.prior_share >= 0) & (between.prior_share <= 1)).all()


@pytest.mark.parametrize(("cls", "table"), entries("selection"))
def test_every_selection_chooses_different_columns(cls, table, samples):
    chosen = make(cls)(lc.Samples(*samples))
    assert 1 <= len(chosen) <= 12
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) <= set(range(12))


@pytest.mark.parametrize(("cls", "table"), entries("kernel", "surrogate", "selection"))
def test_every_fit_option_works_in_an_explanation_and_asks_no_model(cls, table, probe, counting):
    before = counting.rows
    kind = next(kind for kind, entry in TABLES.items() if entry is table)
    e = lc.explain(probe, **{"feature_selection" if kind == "selection" else kind: make(cls)})
    assert np.isfinite(e.weights).all()
    assert counting.rows == before


@pytest.mark.parametrize(("cls", "table"), entries("segmenter", "hiding", "sampler"))
def test_every_probe_option_works_in_an_explanation(cls, table, crop, planted):
    kind = next(kind for kind, entry in TABLES.items() if entry is table)
    options = {"segmenter": lc.Grid(3, 3), "hiding": BLACK, kind: make(cls)}  # few enough for every sampler
    e = lc.explain_image(lc.load_picture(crop), planted, num_samples=30, **options)
    assert np.isfinite(e.weights).all()
    assert e.spec == lc.ProbeSpec.of(lc.load_picture(crop), planted, **options)
