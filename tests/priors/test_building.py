"""Priors built from summaries: global weights are means, in any order, with examples of each word."""

import hashlib
import itertools
from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.priors.words import nearest
from tests.support.planted import BLACK, GRID, PRIOR_CLASSES, AdditiveModel, textured_picture

CONTRIBUTIONS = {
    "normlime": lambda a: a**2 / np.abs(a).sum(),
    "average": np.abs,
    "signed": lambda a: a,
}


@pytest.mark.parametrize("method", lc.GLOBAL_WEIGHTS)
def test_global_weights_are_the_means_of_what_the_pictures_contribute(summaries, method):
    prior = lc.build_prior(summaries, PRIOR_CLASSES, clusters=3, method=method)
    for k, c in itertools.product(range(PRIOR_CLASSES), range(3)):
        given = []
        for summary in summaries:
            words = nearest(summary.features, prior.centroids)
            for index, weights in zip(summary.classes, summary.weights.astype(float), strict=True):
                if index == k:
                    given.extend(CONTRIBUTIONS[method](weights)[words == c])
        assert prior.counts[k, c] == len(given)
        assert prior.weights[k, c] == pytest.approx(np.mean(given) if given else 0.0, abs=1e-12)
    assert prior.signed == (method == "signed")
    assert prior.made_by["method"] == method


def test_a_picture_of_weights_zero_contributes_zeros():
    builder = lc.PriorBuilder(np.eye(2, dtype=np.float32), 1)
    builder.add(np.eye(2, dtype=np.float32), np.zeros((1, 2)), np.array([0]))
    assert builder.sums.tolist() == [[0.0, 0.0]]
    assert builder.counts.tolist() == [[1, 1]]


def test_the_prior_says_how_it_was_made(prior):
    assert prior.made_by["source"] == "made up"
    assert (prior.made_by["pictures"], prior.made_by["superpixels"]) == (12, sum(range(20, 32)))
    assert prior.unit == "probability"
    assert prior.classes == [0, 1, 2]


def test_the_same_summaries_give_the_same_prior_in_any_order(summaries, prior):
    again = lc.build_prior(iter(summaries[::-1]), PRIOR_CLASSES, clusters=3)
    assert again.digest == prior.digest
    assert again == prior
    assert hash(again) == hash(prior)
    other = lc.build_prior(summaries, PRIOR_CLASSES, clusters=3, method="average")
    assert other != prior
    assert other != 3


def test_parts_can_be_merged_in_any_order(summaries, prior):
    def part(some):
        builder = lc.PriorBuilder(prior.centroids, PRIOR_CLASSES)
        for summary in some:
            builder.add(summary.features, summary.weights, summary.classes)
        return builder

    one, other = part(summaries[7:]), part(summaries[:7])
    one.merge(other)
    merged = one.prior("probability")
    np.testing.assert_allclose(merged.weights, prior.weights, rtol=1e-12)
    np.testing.assert_array_equal(merged.counts, prior.counts)
    with pytest.raises(ValueError, match="same words and method"):
        one.merge(lc.PriorBuilder(prior.centroids, PRIOR_CLASSES, "normlime"))


def test_few_superpixels_make_few_words(summaries):
    assert lc.build_prior(summaries[:1], PRIOR_CLASSES, clusters=100).centroids.shape == (20, 5)


def test_places_count_when_they_are_told_to(summaries):
    prior = lc.build_prior(summaries, PRIOR_CLASSES, clusters=6, position=2.0)
    assert prior.centroids.shape == (6, 7)
    assert prior.position == 2.0
    where = prior.centroids[nearest(summaries[0].columns(2.0), prior.centroids), -2:]
    assert np.abs(where - 2 * summaries[0].places).mean() < 0.6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: [], "at least one picture"),
        (lambda s: [s[0], s[0]], "each picture once"),
        (lambda s: [s[0], changed(s[1], features="other")], "different values of features"),
        (lambda s: [s[0], changed(s[1], fingerprint="other")], "different values of fingerprint"),
        (lambda s: [s[0], changed(s[1], unit="logit")], "different values of unit"),
    ],
)
def test_summaries_that_do_not_belong_together_are_refused(summaries, change, message):
    with pytest.raises(ValueError, match=message):
        lc.build_prior(change(summaries), PRIOR_CLASSES)


def changed(summary, **entries):
    made_by = {**summary.made_by, **entries}
    return lc.PictureSummary(
        summary.picture, summary.features, summary.places, summary.weights, summary.classes, made_by
    )


def test_wrong_methods_clusters_and_classes_are_refused(summaries):
    with pytest.raises(ValueError, match="method must be one of normlime, average, signed, got 'mean'"):
        lc.build_prior(summaries, PRIOR_CLASSES, method="mean")
    with pytest.raises(ValueError, match="clusters must be at least 1"):
        lc.build_prior(summaries, PRIOR_CLASSES, clusters=0)
    with pytest.raises(ValueError, match=r"classes must lie in \[0, 1\], got \[0, 1\]|got \[1, 2\]"):
        lc.build_prior(summaries, 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"position": 1e39}, "position must be a number of at least 0 and at most 1000, got 1e\\+39"),
        ({"clusters": 10_001}, "clusters must be at most 10000, got 10001"),
        ({"examples": 1001}, "examples must be at most 1000, got 1001"),
        ({"classes": 30_001}, "classes must be at most 30000, got 30001"),
    ],
)
def test_more_than_a_prior_can_have_is_refused(summaries, given, message):
    with pytest.raises(ValueError, match=message):
        lc.build_prior(summaries, **{"classes": PRIOR_CLASSES, **given})


def test_examples_are_of_their_word_and_of_different_pictures(shown):
    prior = lc.build_prior(shown, PRIOR_CLASSES, clusters=3, examples=4)
    assert prior.examples.counts.tolist() == [4, 4, 4]
    for word in range(3):
        numbers = [(look[0, 0, 0], look[0, 0, 1]) for look in prior.examples[word]]
        assert len({picture for picture, _ in numbers}) == 4
        for picture, superpixel in numbers:
            assert nearest(shown[picture].features[[superpixel]], prior.centroids) == word
        distances = [
            np.linalg.norm(shown[picture].features[superpixel] - prior.centroids[word])
            for picture, superpixel in numbers
        ]
        assert distances == sorted(distances)


def test_examples_change_no_weight_and_no_digest(shown, prior):
    assert prior.examples is None
    with_examples = lc.build_prior(shown, PRIOR_CLASSES, clusters=3)
    assert with_examples.examples is not None
    assert with_examples == prior
    np.testing.assert_array_equal(with_examples.weights, prior.weights)
    again = lc.build_prior(shown[::-1], PRIOR_CLASSES, clusters=3)
    np.testing.assert_array_equal(again.examples.pictures, with_examples.examples.pictures)


def test_examples_can_be_left_out_and_pictures_without_looks_give_none(shown, summaries):
    assert lc.build_prior(shown, PRIOR_CLASSES, clusters=3, examples=0).examples is None
    some = lc.build_prior([*shown[:2], *summaries[2:]], PRIOR_CLASSES, clusters=3).examples
    assert set(np.concatenate([some[word][:, 0, 0, 0] for word in range(3)]).tolist()) == {0, 1}
    with pytest.raises(ValueError, match="examples must be at least 0, got -1"):
        lc.build_prior(shown, PRIOR_CLASSES, examples=-1)


def test_explanations_of_many_pictures_make_a_prior_that_explains_the_next():
    """The pictures are one texture, brighter or darker: each cell looks alike and has the same effect on all."""
    picture = textured_picture()
    model = lc.wrap_model(AdditiveModel(picture), kind="values", name="planted")
    found = []
    for seed in range(3):
        pixels = np.clip(picture.pixels.astype(int) + 3 * seed, 0, 255).astype(np.uint8)
        probe = lc.probe_image(lc.load_picture(pixels), model, 200, segmenter=GRID, hiding=BLACK)
        found.append(lc.PictureSummary.of([lc.explain(probe, index) for index in range(2)]))
    prior = lc.build_prior(found, 3, clusters=16, method="signed")
    assert prior.made_by["segmenter"] == str(GRID)
    assert prior.made_by["num_samples"] == 200
    probe = lc.probe_image(picture, model, 40, segmenter=GRID, hiding=BLACK)
    expected = prior.project(probe.scene.description.features, 0).mean
    truth = lc.explain(lc.probe_image(picture, model, 2000, segmenter=GRID, hiding=BLACK), 0).weights
    assert np.corrcoef(expected, truth)[0, 1] > 0.7


def digest_of(number):
    return hashlib.sha256(bytes([number])).hexdigest()


def test_a_prior_knows_the_pictures_that_built_it_and_the_photos_they_were_cut_from(summaries):
    photo, *_ = parts = [replace(one, picture=digest_of(number)) for number, one in enumerate(summaries)]
    parts[1:3] = [replace(one, crop_of=digest_of(100)) for one in parts[1:3]]
    prior = lc.build_prior(parts, PRIOR_CLASSES, clusters=3)
    assert len(prior.digests) == 13
    assert (prior.made_by["pictures"], prior.made_by["photos"]) == (12, 11)
    assert "photos" not in lc.build_prior(summaries, PRIOR_CLASSES, clusters=3).made_by
    for number in (*range(12), 100):
        assert prior.built_from(digest_of(number))
    assert not prior.built_from(digest_of(12))
    again = lc.build_prior(parts[::-1], PRIOR_CLASSES, clusters=3)
    np.testing.assert_array_equal(again.digests, prior.digests)
    assert prior == replace(prior, digests=None)  # they change no weight
    assert not replace(prior, digests=None).built_from(photo.picture)


def test_pictures_without_a_digest_of_their_own_leave_none(prior):
    assert prior.digests is None
    assert not prior.built_from("00")
