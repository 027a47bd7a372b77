"""The Explain page as a user lives it, without a browser."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from streamlit.elements.lib import image_utils

import lime_core as lc
from lime_core.engines.engine import CallableEngine
from lime_core.reports import sentences
from pages.ui.explain import result
from pages.ui.figures import maps
from pages.ui.figures.sentences import COSTS, summary
from pages.ui.runs import caches
from tests.app.conftest import NAMES, SIDE, App, Planted
from tests.support.badfiles import encoded
from tests.support.planted import _cell_means


@pytest.fixture
def chosen(app) -> App:
    """Chelsea is chosen, 200 samples and a grid are set, nothing is explained yet."""
    app.press("choose-chelsea")
    app.set("select_slider", "num-samples", 200)
    app.set("selectbox", "segmenter-name", "grid")
    return app


@pytest.fixture
def explained(chosen) -> App:
    assert chosen.press("explain") == 200
    return chosen


@pytest.mark.parametrize("state", ["app", "chosen", "explained"])
def test_the_same_page_drawn_again_shows_the_same_and_asks_nothing(state, request):
    app = request.getfixturevalue(state)
    text, alts = app.text, app.alts
    assert app.run() == 0
    assert app.run() == 0
    assert (app.text, app.alts, app.errors) == (text, alts, [])


def test_the_first_page_shows_the_gallery_and_asks_nothing(app):
    assert app.page.header[0].value == "What did the model look at?"
    assert app.alts == [item.title for item in lc.GALLERY.values()]
    for item in lc.GALLERY.values():
        assert item.credit in app.text
    assert app.counting.rows == 0
    assert app.errors == []


@pytest.mark.parametrize("name", lc.GALLERY)
def test_every_photo_of_the_gallery_can_be_chosen(app, name):
    app.press(f"choose-{name}")
    assert app.page.selectbox(key="photo-gallery").value == name
    assert any(alt.startswith(f"The photo {name}") for alt in app.alts)
    assert any("superpixels" in alt for alt in app.alts)
    assert app.map is None
    assert app.page.button(key="explain").label == "Explain"
    assert app.errors == []


def test_explain_shows_map_figures_and_table(explained):
    at = explained.page
    assert explained.map
    assert explained.map.startswith("Explanation of thing ")
    assert [metric.label for metric in at.metric] == ["model says", "map says", "R²"]
    assert at.metric[0].value.endswith("%")
    table = at.dataframe[0].value
    assert len(table) == 49
    assert list(table.columns) == [
        "superpixel",
        "speaks",
        "weight",
        "± 95%",
        "sign certain",
        "where",
        "size",
        "samples it takes",
    ]
    assert at.tabs[0].label == "Weights"
    assert len(at.get("plotly_chart")) == 1
    assert len(at.get("download_button")) == 1
    assert COSTS in explained.text
    assert at.button(key="explain").label == "Explain"
    assert "all there, costs nothing" in explained.text
    assert explained.errors == []


def test_what_the_page_shows_is_what_the_core_says(explained):
    store = lc.ProbeStore()
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    *_, probe = store.grow(lc.ProbeSpec.of(picture, model, lc.Grid()), picture, model, 200)
    e = lc.explain(probe, int(model.top(picture, 1)[0][0]))
    assert explained.map == summary(e)
    assert explained.page.metric[2].value == f"{e.r2:.2f}"
    assert explained.page.dataframe[0].value["superpixel"].tolist() == np.argsort(-np.abs(e.weights)).tolist()


def test_a_photo_once_explained_costs_nothing_in_another_session(explained, counting):
    other = App(counting)
    before = counting.rows
    other.press("choose-chelsea")
    assert counting.rows == before + 1, "the classes of the photo are asked for once in each session"
    other.set("select_slider", "num-samples", 200)
    assert other.set("selectbox", "segmenter-name", "grid") == 0
    assert other.map == explained.map


def test_the_classes_are_those_of_the_precision_that_is_set(counting, monkeypatch):
    load_model = lc.load_model

    def load(name: str, precision: str = "auto", download: bool = True) -> lc.Classifier:
        found = load_model(name, precision=precision)
        shift = np.eye(len(NAMES), dtype=np.float32)[2] * (20.0 if precision == "bf16" else 0.0)
        engine = CallableEngine(lambda pictures: counting(pictures) + shift, f"{name} {precision}")
        return replace(found, engine=engine)

    monkeypatch.setattr(lc, "load_model", load)
    app = App(counting)
    app.press("choose-chelsea")
    chosen = next(box for box in app.page.selectbox if box.label.startswith("Class")).value
    assert "100.0%` thing 2" not in app.text
    app.set("button_group", "precision", "bf16")
    assert "100.0%` thing 2" in app.text
    again = next(box for box in app.page.selectbox if box.label.startswith("Class"))
    assert again.value == chosen
    app.set("button_group", "precision", "f32")
    assert "100.0%` thing 2" not in app.text
    assert app.errors == []


FIT = [
    *[("selectbox", "space-logits", space) for space in ("log-odds", "logit")],
    *[
        ("selectbox", "surrogate-name", name)
        for name in lc.SURROGATES
        if name != "ridge" and not name.endswith("prior")
    ],
    ("select_slider", "surrogate-ridge-alpha", 100.0),
    *[("selectbox", "kernel-name", name) for name in lc.KERNELS if name != "cosine"],
    ("select_slider", "kernel-cosine-width", 0.05),
    *[("selectbox", "selection-name", name) for name in lc.SELECTIONS if name != "none"],
    ("selectbox", "prior-name", "/"),
]
VIEW = [
    *[("button_group", "view-style", style) for style in ("outline", "hide", "block", "heatmap")],
    *[("button_group", "view-show", show) for show in ("for", "against")],
    ("slider", "view-top-49", 3),
    ("toggle", "view-numbers", False),
    ("toggle", "view-pairs", False),
    ("selectbox", "view-ground", "color"),
    ("slider", "view-opacity", 0.2),
    ("slider", "view-min_weight", 0.005),
    ("color_picker", "view-for_color", "#00ff00"),
    ("color_picker", "view-against_color", "#ff00ff"),
    ("selectbox", "view-upsampling", "bicubic"),
    ("number_input", "wanted-100", 2.0),
]


def test_every_control_of_the_fit_answers_without_the_model(explained):
    for kind, key, value in FIT:
        before = getattr(explained.page, kind)(key=key).value
        assert explained.set(kind, key, value) == 0, key
        assert explained.map, key
        assert explained.errors == [], key
        assert explained.set(kind, key, before) == 0, key


def test_every_control_of_the_view_answers_without_the_model(explained):
    for kind, key, value in VIEW:
        assert explained.set(kind, key, value) == 0, key
        assert explained.map, key
        assert explained.errors == [], key


def test_the_lists_above_hold_every_control_that_is_free(explained):
    costly = ("photo", "model", "precision", "segmenter", "hiding", "sampler", "seed", "num-samples", "settle", "soft")
    at = explained.page
    widgets = [*at.slider, *at.select_slider, *at.selectbox, *at.toggle, *at.color_picker, *at.number_input]
    free = {widget.key for widget in (*widgets, *at.button_group) if not widget.key.startswith((*costly, "class-"))}
    free -= {slider.key for slider in at.select_slider if slider.disabled}
    assert free == {key for _, key, _ in (*FIT, *VIEW)}


def test_what_a_control_shows_follows_the_control(explained):
    usual = explained.map
    explained.set("selectbox", "space-logits", "log-odds")
    assert " pp" not in explained.map
    assert not explained.page.metric[0].value.endswith("%")
    explained.set("selectbox", "surrogate-name", "tree")
    assert "without a sign" in explained.text
    explained.set("selectbox", "surrogate-name", "ridge")
    explained.set("selectbox", "space-logits", "probability")
    assert explained.map == usual


def test_another_class_asks_nothing(explained):
    box = next(box for box in explained.page.selectbox if box.label == "Class to explain")
    maps = {explained.map}
    for index in range(len(NAMES)):
        if index != box.value:
            assert explained.set("selectbox", box.key, index) == 0
            assert explained.map.startswith(f"Explanation of {NAMES[index]}.")
            maps.add(explained.map)
    assert len(maps) == len(NAMES)


def test_more_samples_ask_for_the_extra_ones_after_explain_only(explained):
    assert explained.set("select_slider", "num-samples", 600) == 0
    assert "This map rests on 200 of 600 samples" in explained.text
    assert explained.map
    assert explained.press("explain") == 400
    assert "This map rests" not in explained.text


def test_a_shorter_error_bar_takes_more_samples(explained):
    def most() -> int:
        return max(int(number) for number in explained.page.dataframe[0].value["samples it takes"])

    explained.set("number_input", "wanted-100", 0.02)
    usual = most()
    explained.set("number_input", "wanted-100", 0.01)
    assert most() == pytest.approx(4 * usual, rel=0.01)
    explained.set("number_input", "wanted-100", 1e-5)
    assert most() == pytest.approx(4e6 * usual, rel=0.01)


def test_the_width_that_glime_puts_into_the_sampling_is_shown(explained):
    explained.set("selectbox", "sampler-name", "glime_binomial")
    assert "σ = 0.95" in explained.text
    explained.set("slider", "sampler-glime_binomial-p", 0.5)
    assert "σ = inf" in explained.text


def test_a_run_ends_when_the_strongest_superpixels_are_settled(chosen):
    chosen.set("select_slider", "num-samples", 5000)
    assert "· at most" not in chosen.text
    chosen.set("button_group", "settle", 3)
    assert "· at most" in chosen.text
    asked = chosen.press("explain")
    assert 3 * 49 <= asked < 5000
    assert f"Settled with {asked} samples: the top 3" in chosen.text
    assert f"{asked} samples" in chosen.text
    assert "settled, costs nothing" in chosen.text
    assert "The top 3 are certain to 9" in chosen.text
    assert chosen.press("explain") == 0
    assert chosen.set("button_group", "settle", 0) == 0
    assert f"This map rests on {asked} of 5000 samples." in chosen.text


def test_a_run_that_could_not_settle_says_so(chosen):
    chosen.set("select_slider", "num-samples", 100)  # fewer than three for each of 49 superpixels
    chosen.set("button_group", "settle", 3)
    assert chosen.press("explain") == 100
    assert "Not settled with 100 samples: the top 3 may still change." in chosen.text


def test_fewer_samples_ask_for_none_and_show_at_once(explained):
    first = explained.map
    explained.set("select_slider", "num-samples", 600)
    explained.press("explain")
    longer = explained.map
    assert longer != first
    assert explained.set("select_slider", "num-samples", 300) == 0
    assert explained.map not in (first, longer)
    assert explained.set("select_slider", "num-samples", 200) == 0
    assert explained.map == first
    assert "all there, costs nothing" in explained.text


@pytest.mark.parametrize(
    ("kind", "key", "value", "name"),
    [
        ("selectbox", "segmenter-name", "quickshift", "segmentation"),
        ("slider", "segmenter-grid-rows", 5, "segmentation"),
        ("selectbox", "hiding-name", "blur", "hide color"),
        ("selectbox", "sampler-name", "lime", "sampler"),
        ("selectbox", "sampler-name", "bernoulli", "sampler"),
        ("number_input", "seed", 7, "seed"),
    ],
)
def test_a_setting_of_the_samples_says_what_changed_and_waits_for_explain(explained, kind, key, value, name):
    usual = explained.map
    before = getattr(explained.page, kind)(key=key).value
    assert explained.set(kind, key, value) == 0
    assert f"Changed since this map: {name}. Press Explain for the new one." in explained.text
    assert explained.map == usual
    assert explained.press("explain") == 200
    assert "Changed since this map" not in explained.text
    assert explained.map != usual
    assert explained.set(kind, key, before) == 0
    assert explained.map == usual


def test_a_setting_of_a_sampler_asks_again_too(explained):
    explained.set("selectbox", "sampler-name", "bernoulli")
    assert explained.press("explain") == 200
    explained.set("slider", "sampler-bernoulli-p", 0.7)
    assert "Changed since this map: sampler. Press Explain for the new one." in explained.text
    assert explained.press("explain") == 200


def test_settings_that_change_with_the_press_of_explain_are_those_that_run(explained):
    explained.page.number_input(key="seed").set_value(7)
    assert explained.press("explain") == 200
    assert "Changed since this map" not in explained.text
    assert "all there, costs nothing" in explained.text


def test_a_run_that_other_settings_ended_does_not_start_again_by_itself(explained):
    explained.set("select_slider", "num-samples", 600)
    explained.page.session_state["explain-running"] = explained.page.session_state[
        "last"
    ]  # as a run in the middle leaves it
    assert explained.set("number_input", "seed", 7) == 0
    assert explained.set("number_input", "seed", 0) == 0
    assert "This map rests on 200 of 600 samples" in explained.text


def test_a_tree_is_shown_without_units_and_without_error_bars(explained):
    assert explained.set("selectbox", "surrogate-name", "tree") == 0
    assert " pp" not in explained.text + explained.map
    assert "error bars" not in explained.text
    assert "importances without a sign" in explained.text


def test_another_photo_shows_no_map_of_the_one_before(explained):
    explained.set("selectbox", "photo-gallery", "coffee")
    assert explained.map is None
    assert explained.set("selectbox", "photo-gallery", "chelsea") == 1, "its classes; its samples are kept"
    assert explained.map


def test_another_model_keeps_its_own_samples(explained):
    explained.set("selectbox", "model-name", "efficientnet_lite1")
    assert explained.map is None
    assert explained.press("explain") == 200
    explained.set("selectbox", "model-name", "efficientnet_lite0")
    assert explained.map


def test_another_precision_loads_the_model_anew_and_says_so(chosen, monkeypatch):
    asked, load = [], lc.load_model

    def noted(name: str, precision: str = "auto", download: bool = True) -> lc.Classifier:
        asked.append(precision)
        return load(name, precision)

    monkeypatch.setattr(lc, "load_model", noted)
    chosen.set("button_group", "precision", "f32")
    assert asked == ["f32"]
    assert chosen.errors == []


def test_three_models_at_most_stay_in_memory_though_a_tab_is_left_open(app, counting, monkeypatch):
    loaded, load = [], lc.load_model

    def noted(name: str, precision: str = "auto", download: bool = True) -> lc.Classifier:
        classifier = load(name, precision)
        loaded.append(weakref.ref(classifier))
        return classifier

    monkeypatch.setattr(lc, "load_model", noted)
    app.press("choose-chelsea")
    for name in ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"):
        app.set("selectbox", "model-name", name)
        app.press("explain")
    app.set("button_group", "precision", "f32")
    app.press("explain")
    gc.collect()
    assert [reference() is not None for reference in loaded[-4:]] == [False, True, True, True]
    assert sum(reference() is not None for reference in loaded) == 3


def test_the_most_likely_classes_stand_side_by_side_on_request(explained):
    assert len([alt for alt in explained.alts if alt.startswith("Explanation of ")]) == 1
    explained.page.session_state["classes"] = True
    assert explained.run() == 0
    assert len({alt for alt in explained.alts if alt.startswith("Explanation of ")}) == 3


def test_too_few_samples_are_warned_about_before_they_are_asked_for(chosen):
    chosen.set("slider", "segmenter-grid-rows", 8)
    assert sentences.few_samples(200, 56) in [warning.value for warning in chosen.page.warning]


def test_hundreds_of_superpixels_can_be_drawn(chosen):
    chosen.page.slider(key="segmenter-grid-rows").set_value(22)
    chosen.set("slider", "segmenter-grid-columns", 20)
    chosen.press("explain")
    top = chosen.page.slider(key="view-top-440")
    chosen.set("slider", "view-top-440", top.max)
    assert chosen.map
    assert chosen.errors == []


def test_a_segmentation_that_leaves_one_superpixel_says_which_setting_to_turn(explained):
    explained.set("slider", "segmenter-grid-rows", 1)
    explained.set("slider", "segmenter-grid-columns", 1)
    (message,) = explained.errors
    assert message.endswith(lc.Grid.to_get_more)
    assert explained.map is None
    explained.set("slider", "segmenter-grid-columns", 4)
    assert explained.errors == []
    assert explained.map


def upload(app: App, name: str, content: bytes) -> None:
    app.set("button_group", "photo-source", "upload")
    app.page.file_uploader(key="photo-upload").set_value((name, content, "image/png"))
    app.run()


def png(height: int = 150, width: int = 200) -> bytes:
    return encoded(np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8))


def test_an_uploaded_photo_is_explained(app):
    upload(app, "mine.png", png())
    assert any(alt.startswith("The photo mine.png") for alt in app.alts)
    app.set("selectbox", "segmenter-name", "grid")
    app.set("select_slider", "num-samples", 200)
    assert app.press("explain") == 200
    assert app.map
    assert app.errors == []


def sees(app: App, name: str) -> bool:
    return any(alt.startswith(f"The photo {name}") for alt in app.alts)


def test_a_photo_of_ones_own_stays_while_another_source_is_looked_at(app):
    upload(app, "mine.png", png())
    app.set("button_group", "photo-source", "gallery")
    assert not sees(app, "mine.png")
    app.set("button_group", "photo-source", "camera")
    app.page.camera_input(key="photo-camera").set_value(("shot.jpg", png(160), "image/jpeg"))
    app.run()
    assert sees(app, "shot.jpg")
    app.set("button_group", "photo-source", "upload")
    assert sees(app, "mine.png")
    assert "mine.png, given before." in app.text
    app.set("button_group", "photo-source", "camera")
    assert "shot.jpg, given before." in app.text
    app.press("photo-camera-forget")
    assert not sees(app, "shot.jpg")
    app.set("button_group", "photo-source", "upload")
    assert sees(app, "mine.png"), "each has its own"
    assert app.errors == []


def test_a_photo_that_is_taken_away_or_forgotten_is_gone(app):
    upload(app, "mine.png", png())
    app.page.file_uploader(key="photo-upload").set_value(None)
    app.run()
    assert not sees(app, "mine.png")
    assert "given before" not in app.text
    upload(app, "mine.png", png())
    app.set("button_group", "photo-source", "gallery")
    app.set("button_group", "photo-source", "upload")
    app.press("photo-upload-forget")
    assert not sees(app, "mine.png")
    upload(app, "other.png", png(160))
    assert sees(app, "other.png")
    assert "given before" not in app.text
    assert app.errors == []


def test_what_was_changed_on_reading_is_said(app):
    turned = Image.fromarray(np.zeros((60, 80, 3), dtype=np.uint8) + 90)
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(turned, "JPEG", exif=exif)
    upload(app, "turned.jpg", content)
    notice = lc.load_picture(content).notice
    assert notice
    assert all(sentence in app.text for sentence in notice)


@pytest.mark.parametrize(
    "content",
    [b"", png()[:-3000], png()[:40], b"<html>no picture</html>", png(8, 8)],
    ids=["empty", "cut off", "cut after its beginning", "web page", "too small"],
)
def test_a_file_that_cannot_be_explained_says_why_and_the_app_goes_on(app, content):
    with pytest.raises(lc.BadPicture) as why:
        lc.load_picture(content)
    upload(app, "broken.png", content)
    assert app.errors == [str(why.value)]
    upload(app, "mine.png", png())
    assert app.errors == []
    assert any(alt.startswith("The photo mine.png") for alt in app.alts)


def test_the_gallery_is_there_again_after_a_broken_file(app):
    upload(app, "broken.png", b"nothing")
    app.press("choose-coffee")
    assert app.errors == []
    assert any(alt.startswith("The photo coffee") for alt in app.alts)


def test_an_unknown_model_says_so_and_the_app_goes_on(chosen):
    box = chosen.page.selectbox(key="model-name")
    box.options.append("resnet9999")  # what a user types is no option
    box.set_value("resnet9999")
    chosen.run()
    assert len(chosen.errors) == 1
    assert "There is no model 'resnet9999'" in chosen.errors[0]
    box = chosen.page.selectbox(key="model-name")
    box.options.append("resnet9999")
    chosen.set("selectbox", "model-name", "efficientnet_lite0")
    assert chosen.errors == []
    assert chosen.press("explain") == 200


def give_label_map(app: App, name: str, content: bytes) -> None:
    app.set("selectbox", "segmenter-name", "label_map")
    app.page.file_uploader(key="segmenter-file").set_value((name, content, "image/png"))
    app.run()


def test_a_label_map_is_waited_for(explained):
    explained.set("selectbox", "segmenter-name", "label_map")
    assert "Waiting for a label map." in explained.text
    assert explained.map is None
    explained.set("selectbox", "segmenter-name", "grid")
    assert explained.map


def test_a_label_map_of_the_crop_is_taken_as_it_is(chosen):
    labels = lc.Grid(2, 3)(np.zeros((SIDE, SIDE, 3), dtype=np.uint8)).astype(np.uint8)
    give_label_map(chosen, "map.png", encoded(labels))
    assert "The crop that the model sees, cut into 6 superpixels." in chosen.alts
    assert "Read as a map of the crop." in chosen.text
    assert chosen.press("explain") == 200
    assert chosen.map


def test_a_label_map_of_the_whole_photo_is_cropped_as_the_model_does(chosen):
    height, width = lc.gallery_picture("chelsea").pixels.shape[:2]
    columns = np.repeat(np.arange(width)[None] // 60, height, axis=0).astype(np.uint8)
    give_label_map(chosen, "map.png", encoded(columns))
    seen = len(np.unique(columns[0, (width - height) // 2 : (width + height) // 2]))
    assert f"The crop that the model sees, cut into {seen} superpixels." in chosen.alts
    assert seen < len(np.unique(columns))
    assert "Read as a map of the whole photo." in chosen.text


@pytest.mark.parametrize("good", [True, False])
def test_a_label_map_is_read_once_a_file_and_not_once_a_redraw(chosen, monkeypatch, good):
    read, load = [], lc.load_label_map

    def reading(source):
        read.append(source)
        return load(source)

    monkeypatch.setattr(lc, "load_label_map", reading)
    crop = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    give_label_map(chosen, "map.png", encoded(lc.Grid(4 if good else 1, 1)(crop).astype(np.uint8)))
    for samples in (300, 400, 500):
        chosen.set("select_slider", "num-samples", samples) if good else chosen.run()
    assert len(read) == 1
    assert len(chosen.errors) == (0 if good else 1)
    give_label_map(chosen, "other.png", encoded(lc.Grid(2, 3)(crop).astype(np.uint8)))
    chosen.run()
    assert len(read) == 2
    assert chosen.errors == []
    assert "cut into 6 superpixels" in " ".join(chosen.alts)


def test_a_label_map_of_the_photo_may_have_half_its_pixels(chosen):
    height, width = lc.gallery_picture("chelsea").pixels.shape[:2]
    columns = np.repeat(np.arange(width)[None] // 60, height, axis=0).astype(np.uint8)
    give_label_map(chosen, "map.png", encoded(columns[::2, ::2]))
    seen = len(np.unique(columns[0, (width - height) // 2 : (width + height) // 2]))
    assert f"The crop that the model sees, cut into {seen} superpixels." in chosen.alts
    assert chosen.press("explain") == 200
    assert chosen.map
    assert chosen.page.session_state["last"].segmenter.labels.shape == (
        SIDE,
        SIDE,
    )  # the store is not handed the file's


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"nothing", "The label map is no readable PNG or .npy file."),
        (b"", "The label map is no readable PNG or .npy file."),
        (encoded(np.zeros((SIDE, SIDE), dtype=np.uint8)), "The label map has a single value."),
        (
            encoded(np.eye(20, 90, dtype=np.uint8)),
            "The label map has 90 × 20 pixels, the photo 451 × 300 and the crop that the model sees 128 × 128: ",
        ),
    ],
    ids=["broken", "empty", "one value", "another shape"],
)
def test_a_bad_label_map_says_why_and_the_app_goes_on(chosen, content, sentence):
    give_label_map(chosen, "map.png", content)
    (message,) = chosen.errors
    assert message.startswith(sentence)
    chosen.set("selectbox", "segmenter-name", "grid")
    assert chosen.errors == []
    assert chosen.press("explain") == 200


def test_answers_that_are_no_numbers_are_said_and_the_run_ends(chosen, counting):
    bias, counting.bias = counting.bias, np.full(len(NAMES), np.nan)
    asked = chosen.press("explain")
    assert asked < 200
    (message,) = chosen.errors
    assert message.startswith("The model returned NaN or infinity")
    assert chosen.run() == 0, "a failed run is not tried again by itself"
    assert chosen.errors == []
    assert chosen.page.button(key="explain").label == "Explain"
    counting.bias = bias
    assert chosen.press("explain") == 200
    assert chosen.map


def test_an_unexpected_error_is_an_id_on_the_page_and_in_the_log(chosen, counting, caplog):
    counting.error = ZeroDivisionError("something secret")
    chosen.press("explain")
    (message,) = chosen.errors
    assert message.startswith("Something went wrong here (id ")
    assert "secret" not in message
    assert message.split("(id ")[1][:8] in caplog.text
    assert "something secret" in caplog.text
    counting.error = None
    chosen.run()
    assert chosen.press("explain") == 200
    assert chosen.errors == []


def test_a_run_does_not_start_by_itself_after_a_setting_that_cannot_be_used(explained):
    explained.set("select_slider", "num-samples", 600)
    kept = explained.page.session_state
    kept["explain-running"] = kept["last"]  # as a run in the middle leaves it
    assert explained.set("selectbox", "segmenter-name", "label_map") == 0
    assert explained.set("selectbox", "segmenter-name", "grid") == 0


def test_an_error_gives_the_button_back(chosen, counting):
    counting.error = RuntimeError("the model is gone")
    chosen.press("explain")
    counting.error = None
    assert "Something went wrong here" in chosen.errors[0]
    assert chosen.page.button(key="explain").label == "Explain"
    assert chosen.press("explain") == 200
    assert chosen.errors == []


def test_four_superpixels_are_settled_among_themselves(chosen):
    chosen.set("slider", "segmenter-grid-rows", 2)
    chosen.set("slider", "segmenter-grid-columns", 2)
    chosen.set("button_group", "settle", 8)
    chosen.press("explain")
    assert "the top 3 are certain" in chosen.text


@pytest.mark.parametrize(("strength", "in_sight"), [(2.0, False), (12.0, True)])
def test_pairs_that_act_only_together_are_said_and_joined_on_the_map(app, monkeypatch, strength, in_sight):
    alone, drawn, joined = Planted.__call__, result.map_picture, []

    def with_a_pair(self, pictures):
        shown = _cell_means(pictures) / self._full
        return alone(self, pictures) + strength * shown[:, [3]] * shown[:, [9]]

    monkeypatch.setattr(Planted, "__call__", with_a_pair)
    monkeypatch.setattr(result, "map_picture", lambda *given: joined.append(given[3]) or drawn(*given))
    app.press("choose-chelsea")
    app.set("selectbox", "segmenter-name", "grid")
    for key in ("rows", "columns"):
        app.set("slider", f"segmenter-grid-{key}", 4)
    app.set("selectbox", "hiding-name", "color")
    app.set("selectbox", "space-logits", "logit")
    assert app.press("explain") == 500
    assert f":material/link: 3 and 9 together: +{strength:g}" in app.text
    assert ("This pair explains 100% of what single superpixels leave unexplained." in app.text) is in_sight
    assert joined[-1].tolist() == [[3, 9]]
    assert app.set("toggle", "view-pairs", False) == 0
    assert joined[-1] is None
    assert "3 and 9 together" in app.text


@pytest.mark.parametrize("name", [name for name, preset in lc.PRESETS.items() if not preset.needs_prior])
def test_a_preset_sets_every_control_and_can_be_left_again(app, name, monkeypatch):
    preset, found = lc.PRESETS[name], []
    explain = lc.fit
    monkeypatch.setattr(lc, "fit", lambda probe, settings: found.append((probe, settings)) or explain(probe, settings))
    app.press("choose-chelsea")
    app.set("select_slider", "num-samples", 30)
    app.set("selectbox", "segmenter-name", "grid")
    app.set("selectbox", "surrogate-name", "lasso")
    app.set("button_group", "view-style", "block")
    assert app.press(f"preset-{name}") == 0
    assert app.errors == []
    assert app.page.select_slider(key="num-samples").value == preset.num_samples
    app.press("explain")
    probe, settings = found[-1]
    asked = probe.spec.settings
    assert asked.options == preset.probing.options
    assert (settings.surrogate, settings.kernel) == (preset.settings.surrogate, preset.settings.kernel)
    assert settings.feature_selection == preset.settings.feature_selection
    assert app.page.button_group(key="view-style").value == preset.view.style
    assert app.page.button_group(key="view-show").value == preset.view.show
    assert app.press("preset-recommended") == 0
    assert app.page.select_slider(key="num-samples").value == 500
    assert app.page.selectbox(key="surrogate-name").value == "ridge"


def test_recommended_leads_back_from_settings_of_options_that_it_does_not_use(app):
    app.press("choose-chelsea")
    app.press("preset-interpretdl")
    assert app.page.slider(key="segmenter-quickshift-kernel_size").value == 5.0
    app.press("preset-recommended")
    app.set("selectbox", "segmenter-name", "quickshift")
    for name, value in vars(lc.Quickshift()).items():
        sliders = {each.key: each.value for each in (*app.page.slider, *app.page.select_slider)}
        assert sliders[f"segmenter-quickshift-{name}"] == value


def test_the_preset_with_a_prior_takes_the_one_there_is_or_says_that_it_needs_one(app, planted_prior):
    app.press("choose-chelsea")
    app.press("preset-g-lime")
    assert "It is a fit with a prior: choose one behind the dots beside Prior strength." in app.text
    app.page.session_state["priors"] = {"mine": planted_prior}
    app.press("preset-g-lime")
    assert "It is a fit with a prior" not in app.text
    assert app.page.selectbox(key="prior-name").value == "mine"
    assert app.page.select_slider(key="prior-strength-1").value == 250.0
    app.press("preset-recommended")
    assert app.page.selectbox(key="prior-name").value == ""


@pytest.fixture
def several(app) -> App:
    """Chelsea is explained by grid and compact watershed at once, with 100 samples each."""
    app.press("choose-chelsea")
    app.set("select_slider", "num-samples", 200)
    app.set("selectbox", "segmenter-name", "several")
    app.set("multiselect", "segmenter-several-members", ["grid", "compact_watershed"])
    assert app.press("explain") == 200
    return app


def test_several_segmentations_say_what_each_says_and_are_read_in_any(several):
    assert "2 segmentations of 49 superpixels · 200 samples · 100 for each of them" in several.text
    assert " in 2 of 2" in several.text or " in 1 of 2" in several.text
    assert "Each dot is what one segmentation alone says" in several.text
    first = several.map
    table = several.page.dataframe[0].value
    assert set(table["segmentations"]) <= {"0 of 2", "1 of 2", "2 of 2", ""}
    key = "view-superpixels-Grid-Compact watershed"
    assert several.set("selectbox", key, 1) == 0
    assert several.map != first
    assert several.set("selectbox", key, 0) == 0
    assert several.map == first
    assert several.set("button_group", "view-style", "heatmap") == 0
    assert "pixel by pixel" in several.text
    assert several.errors == []


def test_the_superpixels_that_are_chosen_are_those_of_the_preview(app):
    app.press("choose-chelsea")
    app.set("multiselect", "segmenter-several-members", ["grid", "felzenszwalb"])
    of_grid = "The crop that the model sees, cut into 49 superpixels."
    assert app.alts.count(of_grid) == 2  # on the page, and among the details of the segmentation
    assert app.set("selectbox", "view-superpixels-Grid-Felzenszwalb", 1) == 0
    assert app.alts.count(of_grid) == 1


def test_members_of_several_segmentations_are_asked_anew_only_where_they_change(several):
    assert several.set("selectbox", "surrogate-name", "lasso") == 0
    several.set("multiselect", "segmenter-several-members", [])  # none are the usual ones
    assert "4 segmentations of" in several.text
    assert "Changed since this map: segmentation" in several.text
    several.set("multiselect", "segmenter-several-members", ["grid", "compact_watershed"])
    assert several.press("explain") == 0


@pytest.mark.parametrize(("page", "press"), [("explain", "explain"), ("what_if", "what-if")])
def test_of_small_batches_the_first_map_waits_for_enough_samples(app, monkeypatch, page, press):
    load_model = lc.load_model

    def load(*settings, **how) -> lc.Classifier:
        model = load_model(*settings, **how)
        model.engine.batch_size = 1
        return model

    monkeypatch.setattr(lc, "load_model", load)
    app.press("choose-chelsea")
    app.page.switch_page(f"pages/{page}.py")
    app.run()
    assert "4 segmentations of" in app.text
    app.set("select_slider", "num-samples", 60)
    assert app.press(press) >= 60
    assert app.errors == []
    assert app.page.button(key=press).label == "Explain"


def test_pairs_are_looked_for_once_for_each_class_and_score(explained, monkeypatch):
    looked, look = [], lc.interactions
    monkeypatch.setattr(lc, "interactions", lambda probe, settings: looked.append(settings) or look(probe, settings))
    caches._interactions.clear()
    explained.run()
    assert len(looked) == 1
    explained.set("selectbox", "kernel-name", "l2")
    explained.set("selectbox", "surrogate-name", "lasso")
    assert len(looked) == 1
    explained.set("selectbox", "space-logits", "log-odds")
    assert len(looked) == 2
    assert explained.errors == []


def test_a_redraw_packs_no_large_picture_but_the_map(explained, monkeypatch):
    monkeypatch.setattr(maps, "MAP_SIDE", 800)  # as people see them
    caches._preview.clear()
    explained.run()
    packed, ensure = [], image_utils._ensure_image_size_and_format

    def watched(data, *settings):
        found = ensure(data, *settings)
        if found is not data:
            packed.append(len(data))
        return found

    monkeypatch.setattr(image_utils, "_ensure_image_size_and_format", watched)
    explained.set("select_slider", "kernel-cosine-width", 0.5)
    assert max(packed) < 20_000  # the photo beside its name, the scale of the colors


def scale(app):
    """The colors of the scale, as the address of their picture."""
    return next(p.url for image in app.page.image for p in image.proto.imgs if p.alt == "The scale of the colors.")


def test_the_scale_has_the_colors_of_the_tint(explained):
    before = scale(explained)
    explained.set("color_picker", "view-for_color", "#00ff00")
    assert scale(explained) != before
    explained.set("button_group", "view-style", "heatmap")  # which has its own
    assert scale(explained) == before
