"""The page Learn: LIME step by step with the numbers of the core, from the samples that Explain has too."""

import json
import zlib
from base64 import b64decode

import numpy as np
import pytest

import lime_core as lc
from lime_core.reports.numbers import score_text, two_decimals, weight_text
from lime_core.reports.verdict import verdict
from pages.ui.figures.sentences import sentence
from pages.ui.learn.packed import packed
from pages.ui.learn.words import kernel_in_words, telling_in_words, weights_in_words
from pages.ui.runs import caches
from tests.app.conftest import NAMES, SIDE, App
from tests.app.test_values import answering  # noqa: F401 - a fixture
from tests.support.planted import GRID, AdditiveModel, textured_picture

PAGE = "pages/learn.py"
STEPS = [
    *("1 · The photo", "2 · Superpixels", "3 · Hidden versions"),
    *("4 · Weights by similarity", "5 · The fit", "6 · The map"),
]


def open_page(app):
    app.page.switch_page(PAGE)
    app.run()
    return app


def steps(app):
    return [heading.value for heading in app.page.subheader]


@pytest.fixture
def chosen(app):
    """The page with chelsea on a grid, of which no sample has been asked for."""
    app.press("choose-chelsea")
    open_page(app)
    app.set("select_slider", "num-samples", 100)
    app.set("selectbox", "segmenter-name", "grid")
    return app


@pytest.fixture
def learned(chosen):
    assert chosen.press("learn") == 100
    return chosen


def probe_of(n=100, segmenter=None):
    """The samples of the page."""
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    spec = lc.ProbeSettings(segmenter or lc.Grid(), lc.SuperpixelMean(), lc.PRESETS["recommended"].probing.sampler)
    *_, probe = caches.store().grow(spec.spec(picture, model), picture, model, n)
    return probe


def walk(app):
    return next(slider for slider in app.page.select_slider if slider.label == "Samples so far")


def fit_of(app):
    """What the chart of the fit is given."""
    [found] = app.page.get("bidi_component")
    return json.loads(found.proto.json)


def test_without_a_photo_it_is_the_gallery(app):
    open_page(app)
    assert "What did the model look at?" in [header.value for header in app.page.header]
    assert steps(app) == []
    assert app.errors == []


def test_photo_and_superpixels_are_there_at_once_and_the_other_steps_are_asked_for(chosen):
    assert steps(chosen) == STEPS[:3]
    assert "LIME will hide some superpixels, 100 times" in chosen.text
    assert "The crop is cut into 49 superpixels" in chosen.text
    assert "rows 7, columns 7" in chosen.text
    answers = lc.load_model("efficientnet_lite0").top(lc.gallery_picture("chelsea"), 5)
    table = next(table.value for table in chosen.page.table if "the model says" in table.value.columns)
    assert table["the model says"].tolist() == [sentence(score_text(score, "probability")) for _, _, score in answers]
    assert chosen.press("learn") == 100
    assert steps(chosen) == STEPS
    assert chosen.errors == []


def test_the_class_that_is_explained_is_among_the_answers_however_unlikely(chosen):
    answers = lc.load_model("efficientnet_lite0").top(lc.gallery_picture("chelsea"), 8)
    last, name, score = answers[-1]
    box = next(box for box in chosen.page.selectbox if box.label == "Class to explain")
    assert sum(" · " in option for option in box.options) == 5
    box.set_value(last)
    assert chosen.run() == 0
    table = next(table.value for table in chosen.page.table if "the model says" in table.value.columns)
    assert table["class"].tolist() == [name for _, name, _ in [*answers[:5], answers[-1]]]
    assert table["the model says"].tolist()[-1] == sentence(score_text(score, "probability"))
    [chart] = [chart for chart in chosen.page.get("plotly_chart") if "is explained" in chart.proto.alt]
    bars = json.loads(chart.proto.spec)["data"][0]
    assert bars["y"][0] == name
    assert len({*bars["marker"]["color"][1:]} - {bars["marker"]["color"][0]}) == 1
    assert f"The steps below explain {name}." in chosen.text


def test_the_output_that_is_explained_is_too(answering):  # noqa: F811
    app = open_page(answering("values", tuple("abcdefgh"), 8))
    box = next(box for box in app.page.selectbox if box.label == "Output to explain")
    box.set_value(6)
    app.run()
    table = next(table.value for table in app.page.table if "the model says" in table.value.columns)
    assert table["output"].tolist() == [*"abcdeg"]


def test_the_samples_are_those_of_explain(explained):
    open_page(explained)
    explained.page.select_slider(key="num-samples").set_value(200)
    assert explained.set("selectbox", "segmenter-name", "grid") == 0
    assert steps(explained) == STEPS
    assert explained.press("learn") == 0


def test_explain_has_the_samples_of_this_page(learned):
    learned.page.switch_page("pages/explain.py")
    learned.run()
    learned.page.select_slider(key="num-samples").set_value(100)
    assert learned.set("selectbox", "segmenter-name", "grid") == 0
    assert "100 samples · 2 for each · all there, costs nothing" in learned.text
    assert learned.map


def test_the_hidden_versions_go_from_the_highest_score_to_the_lowest(learned):
    samples = lc.fitted_samples(probe_of(), lc.FitSettings(lc.explain(probe_of()).settings.class_index))
    rows = samples.telling()
    captions = [picture.caption for image in learned.page.image for picture in image.proto.imgs]
    assert [text for text in captions if text.startswith("sample ")] == [
        f"sample {row} · {score_text(samples.scores[row], 'probability')}" for row in rows
    ]
    told = [alt for alt in learned.alts if alt.startswith("Sample ")]
    assert told[0].startswith(f"Sample {rows[0]}: {samples.shown[rows[0]] * 49:.0f} of 49 superpixels are shown")
    assert "8 of the 100 samples, from the highest score to the lowest in equal steps of rank" in learned.text


def test_the_numbers_are_those_of_the_core(learned):
    e = lc.explain(probe_of())
    assert f"R² is {two_decimals(e.r2)}" in learned.text
    for superpixel, weight in e.top(3):
        assert f"superpixel {superpixel} (" in learned.text
        assert weight_text(weight, "probability").replace("+", "") in learned.text
    data = fit_of(learned)
    samples = lc.fitted_samples(probe_of(), e.settings)
    np.testing.assert_allclose(data["scores"], 100 * samples.scores)
    np.testing.assert_allclose(data["predicted"], 100 * samples.predicted)
    assert data["predicted"][0] == pytest.approx(100 * e.local_prediction)
    assert learned.map.split(". Strongest")[0] == f"Explanation of {e.class_name}"


def unpacked(text, dtype):
    return np.frombuffer(zlib.decompress(b64decode(text)), dtype)


def test_a_browser_can_put_together_every_picture_that_the_model_was_shown(learned):
    probe, data = probe_of(), fit_of(learned)
    shape = data["height"], data["width"]
    image, hidden = (unpacked(data[name], np.uint8).reshape(*shape, 3) for name in ("image", "hidden"))
    labels, masks = unpacked(data["labels"], "<u2").reshape(shape), unpacked(data["masks"], np.uint8)
    shown = masks.reshape(100, data["d"])[:, labels] > 127
    np.testing.assert_array_equal(np.where(shown[..., None], image, hidden), probe.scene.masked(probe.masks))


def test_the_slider_walks_the_samples_in_and_never_asks_the_model(learned):
    slider = walk(learned)
    assert [int(size) for size in slider.options] == [10, 20, 40, 80, 100]
    for size in (10, 20, 40, 80):
        walk(learned).set_value(size)
        assert learned.run() == 0
        e = lc.explain(probe_of().first(size))
        assert len(fit_of(learned)["scores"]) == size
        assert f"R² {two_decimals(e.r2)}" in learned.map
        assert steps(learned) == STEPS
    assert learned.errors == []


def test_those_above_are_marked_as_soon_as_they_are_among_the_samples(learned):
    above = fit_of(learned)["telling"]
    assert len(above) == 8
    walk(learned).set_value(20)
    learned.run()
    assert fit_of(learned)["telling"] == [row for row in above if row < 20]


def test_play_begins_with_few_samples_and_pause_or_the_slider_halts_it(learned):
    state = learned.page.session_state
    assert learned.press("learn-play") == 0
    assert walk(learned).value == 10
    assert learned.page.button(key="learn-play").label == "Pause"
    learned.press("learn-play")
    assert learned.page.button(key="learn-play").label == "Play"
    assert walk(learned).value == 10
    learned.press("learn-play")
    assert walk(learned).value == 10
    walk(learned).set_value(40)
    learned.run()
    assert "learn-playing" not in state
    assert walk(learned).value == 40
    learned.press("learn-play")
    assert walk(learned).value == 40
    learned.press("learn-play")
    walk(learned).set_value(20)  # and pressed before the page is drawn with it
    learned.press("learn-play")
    assert walk(learned).value == 20
    assert learned.errors == []


def test_fewer_samples_are_the_first_of_those_that_are_there(learned):
    assert learned.set("select_slider", "num-samples", 60) == 0
    assert len(fit_of(learned)["scores"]) == 60
    assert learned.set("select_slider", "num-samples", 120) == 0
    assert "This map rests on 100 of 120 samples. Press Ask for the others." in [
        note.value for note in learned.page.info
    ]


def test_other_superpixels_are_asked_for_anew(learned):
    assert learned.set("number_input", "seed", 5) == 0
    assert steps(learned) == STEPS[:3]


def test_of_several_segmentations_one_is_shown_and_the_map_is_the_mean(app):
    app.press("choose-chelsea")
    open_page(app)
    app.set("select_slider", "num-samples", 100)
    assert app.press("learn") == 100
    assert "Steps 2 to 5 are of this one; the map is the mean of all." in app.text
    each = len(fit_of(app)["scores"])
    box = next(box for box in app.page.selectbox if box.label == "Superpixels of")
    assert each == 100 // len(box.options)
    first = fit_of(app)["d"]
    box.set_value(1)
    assert app.run() == 0
    assert fit_of(app)["d"] != first
    walk(app).set_value(10)
    assert app.run() == 0
    assert steps(app) == STEPS
    assert app.errors == []


def test_a_score_that_never_moves_has_no_map(learned, monkeypatch, counting):
    monkeypatch.setattr(type(counting), "__call__", lambda self, pictures: np.zeros((len(pictures), 8)))
    learned.set("number_input", "seed", 6)
    learned.press("learn")
    assert "Nothing to explain" in [warning.value.split(".")[0] for warning in learned.page.warning]
    assert learned.page.get("bidi_component") == []
    assert learned.errors == []


def test_values_have_their_unit_in_every_step(answering):  # noqa: F811
    app = open_page(answering("values", ("age", "height", "weight"), 3, "years"))
    app.set("select_slider", "num-samples", 100)
    app.press("learn")
    assert steps(app) == STEPS
    assert "answers with a number" in app.text
    assert "likely" not in " ".join(app.alts)
    data = fit_of(app)
    assert data["axis"] == "years"
    assert all(text.endswith(" years") for text in (*data["model"], *data["map"]))
    assert app.errors == []


def test_the_border_of_a_padded_photo_is_never_hidden(counting, monkeypatch):
    def load(name, precision="auto", download=True):
        return lc.wrap_model(counting, NAMES, "logits", (SIDE, SIDE), name=name, fit="pad")

    monkeypatch.setattr(lc, "load_model", load)
    app = App(counting)
    app.press("choose-chelsea")
    open_page(app)
    app.set("select_slider", "num-samples", 60)
    app.set("selectbox", "segmenter-name", "grid")
    assert app.press("learn") == 60
    assert steps(app) == STEPS
    data = fit_of(app)
    image, hidden = (unpacked(data[name], np.uint8).reshape(SIDE, SIDE, 3) for name in ("image", "hidden"))
    np.testing.assert_array_equal(image[:5], hidden[:5])
    assert (image != hidden).any()
    assert app.errors == []


def test_a_tree_has_no_weights_to_add_up(learned):
    assert learned.set("selectbox", "surrogate-name", "tree") == 0
    assert "a tree of questions" in learned.text
    assert learned.errors == []


def test_a_run_that_settled_asks_for_no_more(chosen):
    chosen.set("select_slider", "num-samples", 5000)
    chosen.set("button_group", "settle", 3)
    asked = chosen.press("learn")
    assert asked < 5000
    assert f"Settled with {asked} samples: the top 3" in chosen.text
    assert int(walk(chosen).options[-1]) == asked
    assert chosen.press("learn") == 0


def test_an_error_of_the_model_is_said_and_the_steps_before_stay(chosen):
    chosen.counting.error = RuntimeError("out of order")
    chosen.press("learn")
    assert len(chosen.errors) == 1
    assert steps(chosen) == STEPS[:3]
    chosen.counting.error = None
    assert chosen.press("learn") == 100


@pytest.mark.parametrize("kernel", lc.KERNELS.values(), ids=lc.KERNELS)
def test_every_kernel_is_said_in_words_with_its_width(kernel):
    said = kernel_in_words(kernel(), lc.Bernoulli())
    width = getattr(kernel(), "width", None)
    assert ("width is" in said) == (width is not None)
    assert width is None or said.endswith(f"width is {width:g}.")
    assert "already" in kernel_in_words(kernel(), lc.GlimeBinomial())


@pytest.mark.parametrize("sampler", [lc.Bernoulli(), lc.GlimeBinomial()], ids=str)
@pytest.mark.parametrize("kernel", lc.KERNELS.values(), ids=lc.KERNELS)
def test_a_sample_is_said_to_count_more_where_one_does(kernel, sampler):
    samples = lc.fitted_samples(planted(sampler), lc.FitSettings(0, kernel=kernel()))
    differ = samples.sample_weights.min() < samples.sample_weights.max()
    assert ("the more it counts" in weights_in_words(kernel(), sampler)) == differ


def test_without_a_kernel_the_page_says_that_all_samples_count_alike(learned):
    assert "the more it counts" in learned.text
    learned.set("selectbox", "kernel-name", "none")
    assert "the more it counts" not in learned.text
    assert "as much as any other" in learned.text


def test_where_all_samples_are_shown_that_is_said():
    samples = lc.fitted_samples(planted().first(5), lc.FitSettings(0))
    assert telling_in_words(samples, 4).startswith("These are all 4 samples but the first")


def planted(sampler=None):
    picture = textured_picture()
    model = lc.wrap_model(AdditiveModel(picture), kind="values")
    return lc.probe_image(picture, model, 20, segmenter=GRID, sampler=sampler)


def test_what_is_packed_can_be_sent():
    probe = planted()
    e = lc.explain(probe)
    samples = lc.fitted_samples(probe, e.settings)
    data = json.dumps(packed(probe, samples, e, samples.telling()), allow_nan=False)
    assert json.loads(data)["d"] == 16


def test_the_verdict_is_that_of_explain(learned, monkeypatch):
    learned.page.select_slider(key="num-samples").set_value(200)
    learned.press("learn")
    e = lc.explain(probe_of(200))
    assert sentence(verdict(e).sentence) in learned.text
    monkeypatch.setattr(lc, "cross_fitted_r2", lambda probe, settings: -0.5)
    learned.run()
    assert sentence(verdict(e, -0.5).sentence) in learned.text
    assert sentence(verdict(e).sentence) not in learned.text
