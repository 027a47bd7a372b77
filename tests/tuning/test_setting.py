"""A setting is a preset without its view, is told by what is not as usual, and comes back from its record."""

import json

import pytest

import lime_core as lc


@pytest.mark.parametrize("name", list(lc.PRESETS))
def test_settings_of_presets_come_back_from_their_records(name):
    setting = lc.Setting.of_preset(name)
    assert lc.Setting.of_record(json.loads(json.dumps(setting.to_record()))) == setting
    assert setting.options == lc.PRESETS[name].options | {"surrogate": setting.fitting.surrogate}
    assert setting.num_samples == lc.PRESETS[name].num_samples


def test_only_what_differs_is_told():
    usual = lc.Setting.of_preset()
    other = lc.Setting(lc.ProbeSettings(lc.Slic(n_segments=60)), 250, lc.FitSettings(space="log-odds"))
    assert usual.apart(usual) == {}
    assert other.apart(usual) == {"segmenter": "slic n_segments=60", "num_samples": "250", "space": "log-odds"}
    assert usual.apart(other)["space"] == "the model's first"


def test_a_setting_explains_as_explain_image():
    model = lc.wrap_model(lambda shown: shown[:, :20].mean(axis=(1, 2, 3))[:, None] / 255)
    picture = lc.load_picture(lc.gallery_picture("coffee").pixels[:40, :40])
    setting = lc.Setting(lc.ProbeSettings(lc.Grid(2, 3)), 20, lc.FitSettings(surrogate="least_squares"))
    own = setting.explain(picture, model, seed=3)
    same = lc.explain_image(picture, model, None, 20, segmenter=lc.Grid(2, 3), surrogate="least_squares", seed=3)
    assert own.weights.tolist() == same.weights.tolist()
    assert own.spec.seed == 3


def test_what_is_no_setting_is_refused():
    with pytest.raises(ValueError, match="num_samples must be"):
        lc.Setting(num_samples=1)
    with pytest.raises(ValueError, match="without a class"):
        lc.Setting(fitting=lc.FitSettings(class_index=3))
    with pytest.raises(TypeError, match="probing must be"):
        lc.Setting("quickshift")
    record = lc.Setting().to_record()
    for broken in ({}, record | {"kernel": "cosine"}, record | {"surrogate": {"name": "none such"}}):
        with pytest.raises(ValueError):
            lc.Setting.of_record(broken)
    with pytest.raises(ValueError, match="prior must be the one"):
        lc.Setting.of_record(record | {"prior": {"digest": "0" * 64, "strength": 1.0}})


def test_a_prior_is_named_by_its_digest():
    prior = lc.load_prior("assets/priors/efficientnet_lite0.npz")
    setting = lc.Setting(fitting=lc.FitSettings(prior=prior, prior_strength=2.0))
    assert setting.values["prior_strength"] == "2"
    assert lc.Setting.of_record(setting.to_record(), prior) == setting
    with pytest.raises(ValueError, match="prior must be the one"):
        lc.Setting.of_record(setting.to_record())
