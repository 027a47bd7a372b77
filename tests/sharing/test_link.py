"""Links: there and back to the last digit, short, and whatever is wrong in one falls back and is named."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lime_core as lc
from lime_core.reports.manifest import TABLES
from lime_core.sharing.link import KEYS, MAX_BYTES
from pages.ui.sidebar.probe import NUM_SAMPLES
from tests.support.options import changed

PAGE = "https://example.org/explain"


def there_and_back(link):
    """The link as who opens its address reads it."""
    return lc.read_link(dict(parse_qsl(urlparse(link.address(PAGE)).query)))


def test_the_recommended_settings_need_no_words():
    assert lc.Link().query() == {"v": "1"}
    assert there_and_back(lc.Link()) == (lc.Link(), ())


@pytest.mark.parametrize("name", lc.PRESETS)
def test_every_preset_goes_there_and_back(name):
    setting, view = lc.Setting.of_preset(name), lc.PRESETS[name].view
    link = lc.Link(setting, view, "coffee", "efficientnet_lite1", 967)
    assert there_and_back(link) == (link, ())
    assert len(link.address(PAGE)) < 500


@pytest.mark.parametrize("role", TABLES)
def test_every_setting_of_every_option_goes_there_and_back(role):
    usual = lc.Setting.of_preset()
    for name, cls in TABLES[role].items():
        for option in () if name == "label_map" else changed(cls()):
            if role in usual.probing.options:
                setting = replace(usual, probing=replace(usual.probing, **{role: option}))
            else:
                setting = replace(usual, fitting=replace(usual.fitting, **{role: option}))
            link = lc.Link(setting)
            assert there_and_back(link) == (link, ())


def test_seed_score_and_prior_go_there_and_back():
    usual = lc.Setting.of_preset()
    setting = lc.Setting(replace(usual.probing, seed=7), 1234, replace(usual.fitting, space="log-odds"))
    link = lc.Link(setting, prior="flowers", prior_strength=0.1 + 0.2, precision="f32")
    assert there_and_back(link) == (link, ())


def test_what_is_linked_gives_the_same_weights_to_the_last_digit(picture, planted):
    setting = lc.Setting(
        lc.ProbeSettings(lc.Grid(3, 4), lc.Color(9), seed=3), 60, lc.FitSettings(surrogate=lc.Lasso(0.01))
    )
    read, _ = there_and_back(lc.Link(setting))
    one, other = (each.explain(picture, planted, 0) for each in (setting, read.setting))
    assert (one.weights == other.weights).all()


def test_what_does_not_travel_is_said_and_left_as_recommended(picture):
    labels = lc.LabelMap.of(lc.segment(picture.pixels, lc.Grid(4, 4)).labels)
    usual = lc.Setting.of_preset()
    link = lc.Link(replace(usual, probing=replace(usual.probing, segmenter=labels)))
    assert link.left_out() == ("Segmenter: label_map holds what is in a file, which does not travel in a link.",)
    assert "s" not in link.query()
    assert lc.Link().left_out() == ()


def test_another_version_is_not_read_by_the_rules_of_this_one():
    link, (problem,) = lc.read_link({"v": "2", "p": "coffee", "n": "20000"})
    assert link == lc.Link()
    assert problem == "The link is of version '2', and this is version 1."


@pytest.mark.parametrize(
    "wrong",
    [{"photo": "mona_lisa"}, {"class_index": -3}, {"prior": "x", "prior_strength": -1.0}, {"precision": "f8"}],
    ids=str,
)
def test_what_no_link_can_say_is_refused_when_it_is_made(wrong):
    with pytest.raises(ValueError, match="must be"):
        lc.Link(**wrong)


def test_a_prior_without_a_strength_is_as_strong_as_usual():
    assert lc.read_link({"v": "1", "g": "//"})[0].prior_strength is None
    assert lc.read_link({"v": "1", "g": "//", "w": "nan"})[0].prior_strength is None


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("q", "f8", "precision is left as usual"),
        ("o", "~".join(["opacity.0.5"] * 40), "view is left as usual: settings have at most 300 characters"),
        ("p", "mona_lisa", "photo is left as usual: photo must be one of"),
        ("n", "5", "num_samples is left as usual"),
        ("n", "20001", "num_samples is left as usual"),
        ("n", "-1e9", "num_samples is left as usual"),
        ("n", "١٢", "num_samples is left as usual"),
        ("c", "x", "class is left as usual"),
        ("d", str(2**31), "seed is left as usual"),
        ("s", "slic~n_segments.99999", "segmenter is left as usual"),
        ("f", "deep_net", "surrogate is left as usual"),
        ("y", "happiness", "score is left as usual"),
        ("o", "style.neon", "view is left as usual"),
        ("m", "m" * 101, "model is left as usual: a name has at most 100 characters"),
        ("w", "nan", "prior strength is left as usual"),
        ("w", "much", "prior strength is left as usual"),
        ("z", "1", "The link has 'z', which is not known here."),
    ],
)
def test_a_wrong_value_falls_back_and_is_named(key, value, said):
    link, problems = lc.read_link({"v": "1"} | {key: value})
    assert link == lc.Link()
    assert len(problems) == 1
    assert said in problems[0]


def test_one_wrong_value_leaves_the_others():
    link, problems = lc.read_link({"v": "1", "p": "coffee", "n": "many", "s": "grid"})
    assert (link.photo, link.setting.num_samples) == ("coffee", 500)
    assert link.setting.probing.segmenter == lc.Grid()
    assert len(problems) == 1


@given(st.dictionaries(st.sampled_from("vpmcnshakfedygwox"), st.text(max_size=40)))
def test_any_link_can_be_read_whatever_stands_in_it(query):
    link, problems = lc.read_link(query)
    assert isinstance(link, lc.Link)
    assert all(problem.endswith(".") for problem in problems)


def test_a_link_that_would_be_too_long_is_refused():
    with pytest.raises(ValueError, match=f"and {MAX_BYTES} are the most"):
        lc.Link(model="m" * 90).address(f"https://example.org/{'x' * MAX_BYTES}")


def test_the_examples_of_the_guide_can_be_read():
    text = (Path(__file__).parents[2] / "docs" / "guide" / "serving-a-workshop.md").read_text()
    rows = re.findall(r"^\| (`\w`(?:, `\w`)*) \| .* \| (`.*`) \|$", text, flags=re.MULTILINE)
    query = dict(zip(*(re.findall(r"`([^`]+)`", "".join(column)) for column in zip(*rows, strict=True)), strict=True))
    assert {*query} == {"v", "p", "m", "c", "n", "d", "y", "g", "w", "o", "q", *KEYS}
    link, problems = lc.read_link(query)
    assert problems == ()
    assert {key: value for key, value in link.query().items() if query[key] != value} == {}


def test_a_link_can_ask_for_what_the_slider_can():
    from lime_core.sharing.link import SAMPLES

    assert (NUM_SAMPLES[0], NUM_SAMPLES[-1]) == SAMPLES
