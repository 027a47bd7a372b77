"""The priors that come with the app fit the models that come with it, and say what they rest on."""

from pathlib import Path

import pytest

import lime_core as lc
from lime_core.reports.sentences import CONFIRMS_ITSELF, in_words

FOLDER = Path(__file__).parents[2] / "assets" / "priors"
READY = sorted(FOLDER.glob("*.npz"))


def test_there_is_one_for_the_default_model():
    assert [path.stem for path in READY] == ["efficientnet_lite0"]


@pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)
def test_it_fits_the_model_of_its_name_and_no_other(path):
    prior = lc.load_prior(path)
    prior.check_model(lc.load_model(path.stem))
    with pytest.raises(lc.PriorMismatch):
        prior.check_model(lc.load_model("efficientnet_lite1"))


@pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)
def test_it_says_how_few_pictures_it_rests_on(path):
    prior = lc.load_prior(path)
    assert "Seven sample photos" in prior.made_by["source"]
    assert "no statement about what the model does in general" in prior.made_by["source"]
    assert prior.made_by["pictures"] == 7 * 31
    assert prior.examples is not None
    assert path.name in (FOLDER / "README.md").read_text()


def test_it_steadies_the_explanation_of_a_photo_that_it_knows():
    picture, prior = lc.gallery_picture("coffee"), lc.load_prior(FOLDER / "efficientnet_lite0.npz")
    spec = lc.ProbeSpec.of(picture, lc.load_model("efficientnet_lite0"))
    *_, probes = lc.grow_repeats(spec, picture, lc.load_model("efficientnet_lite0"), 3, 100)
    plain, pulled = lc.effect_of(lc.at_strengths(probes, lc.FitSettings(prior=prior), (0.0, 100.0)), k=5)
    assert pulled.prior_coverage > 0.9
    assert pulled.relative_spread < plain.relative_spread


def test_it_knows_the_photos_and_crops_that_it_rests_on_and_a_map_of_one_says_so():
    prior = lc.load_prior(FOLDER / "efficientnet_lite0.npz")
    assert len(prior.digests) == prior.made_by["pictures"]
    for name in lc.GALLERY:
        photo = lc.gallery_picture(name)
        assert prior.built_from(photo.digest)
        assert prior.built_from(lc.crops(photo, 30)[-1].digest)
    photo = lc.gallery_picture("coffee")
    e = lc.explain_image(photo, "efficientnet_lite0", num_samples=60, prior=prior, prior_strength=5.0)
    assert CONFIRMS_ITSELF in in_words(e)
    other = lc.load_picture(photo.pixels[10:])
    assert not prior.built_from(other.digest)
