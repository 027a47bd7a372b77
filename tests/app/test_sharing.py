"""Links: a page opens as an address says, asks once, and offers the address of what is set."""

from urllib.parse import parse_qsl, urlparse

import pytest
from PIL import Image

import lime_core as lc
from pages.ui.runs import caches
from pages.ui.sharing import offering
from tests.app.conftest import NAMES, App


@pytest.fixture
def opened(counting, monkeypatch):
    """Opens the app at an address, and returns it with what the dialog was given."""
    shared: list[str] = []
    monkeypatch.setattr(offering, "_show", lambda address, left_out: shared.extend([address, *left_out]))

    def open_at(**query) -> App:
        app = App(counting, **query)
        app.shared = shared
        return app

    return open_at


def test_a_link_opens_with_its_settings_and_asks_for_its_samples_once(opened):
    app = opened(
        v="1", p="chelsea", c="2", n="200", s="grid~rows.3~columns.4", h="color~color.102030", f="lasso~alpha.0.001"
    )
    assert 200 <= app.asked < 300  # with those that name the class and measure the rate
    assert app.map.startswith("Explanation of thing 2.")
    assert app.page.selectbox(key="segmenter-name").value == "grid"
    assert app.page.selectbox(key="surrogate-name").value == "lasso"
    assert app.page.select_slider(key="num-samples").value == 200
    assert app.errors == []
    assert app.run() == 0


def test_the_weights_are_those_of_the_link_to_the_last_digit(opened):
    app = opened(v="1", p="chelsea", c="2", n="100", s="grid", d="5", y="log-odds", k="cosine~width.0.5")
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    link, _ = lc.read_link({"v": "1", "n": "100", "s": "grid", "d": "5", "y": "log-odds", "k": "cosine~width.0.5"})
    e = link.setting.explain(picture, model, 2)
    from pages.ui.figures.sentences import summary

    assert app.map == summary(e)


def test_what_is_set_is_offered_and_opens_the_same(opened):
    first = opened(v="1", p="coffee", c="3", n="150", s="slic~n_segments.30", o="style.heatmap~num_features.4")
    first.press("share")
    (address,) = first.shared
    query = dict(parse_qsl(urlparse(address).query))
    assert query["p"] == "coffee"
    assert query["s"] == "slic~n_segments.30"
    assert query["o"] == "style.heatmap~num_features.4"
    seen = first.map
    second = opened(**query)
    assert second.map == seen
    assert len(address) < 300


def test_a_link_is_taken_once_and_what_is_changed_since_stays(opened):
    app = opened(v="1", p="chelsea", n="100", s="grid")
    assert app.set("select_slider", "num-samples", 60) == 0
    assert app.run() == 0
    assert app.page.select_slider(key="num-samples").value == 60


def test_what_is_wrong_in_a_link_is_said_until_it_is_read(opened):
    app = opened(v="1", p="chelsea", n="7", s="slick", c="99", g="nobody", z="1")
    (warning,) = [warning.value for warning in app.page.warning if "link" in warning.value]
    for said in (
        "num\\_samples is left as usual",
        "segmenter is left as usual",
        "nobody",
        "'z'",
        "class 99 is not one",
    ):
        assert said in warning, said
    app.press("link-read")
    assert not [warning for warning in app.page.warning if "link" in warning.value]
    assert app.errors == []


def test_a_link_without_a_photo_says_so_and_keeps_its_settings(opened):
    app = opened(v="1", n="60", s="grid")
    assert "The link has no photo, and so no class: choose them." in app.text
    app.press("choose-chelsea")
    assert app.page.select_slider(key="num-samples").value == 60
    assert app.press("explain") == 60


def test_an_address_without_a_version_is_no_link(opened):
    app = opened(p="chelsea", utm_source="mail")
    assert "What did the model look at?" in [header.value for header in app.page.header]
    assert app.errors == []


def test_an_uploaded_photo_does_not_travel(opened, tmp_path):
    from tests.support.badfiles import encoded

    app = opened()
    app.set("button_group", "photo-source", "upload")
    app.page.file_uploader(key="photo-upload").set_value(
        ("own.png", encoded(Image.new("RGB", (90, 60), (200, 30, 30))), "image/png")
    )
    app.run()
    app.press("share")
    address, *left_out = app.shared
    assert "p=" not in address
    assert "c=" not in address
    assert left_out == ["The photo does not travel: it is yours, and is kept in memory only."]


@pytest.mark.parametrize("name", [name for name, preset in lc.PRESETS.items() if not preset.needs_prior])
def test_every_preset_travels(opened, name):
    app = opened(v="1", p="chelsea", n="10")
    app.press(f"preset-{name}")
    app.press("share")
    link, problems = lc.read_link(dict(parse_qsl(urlparse(app.shared[0]).query)))
    assert problems == ()
    expected = lc.Setting.of_preset(name)
    assert link.setting.probing == expected.probing
    assert link.setting.fitting.options == expected.fitting.options
    assert link.setting.num_samples == expected.num_samples
    assert link.class_index in range(len(NAMES))


def test_a_prior_travels_with_its_strength_and_without_one_as_usual(opened, monkeypatch, planted_prior):
    monkeypatch.setattr(caches, "ready_priors", lambda: {"ready": planted_prior})
    app = opened(v="1", p="chelsea", n="60", s="grid", g="ready", w="7.0")
    assert app.page.selectbox(key="prior-name").value == "ready"
    assert app.page.select_slider(key="prior-strength-1").value == 7.0
    app.press("share")
    link, _ = lc.read_link(dict(parse_qsl(urlparse(app.shared[0]).query)))
    assert (link.prior, link.prior_strength) == ("ready", 7.0)
    usual = opened(v="1", p="chelsea", n="60", s="grid", g="ready")
    assert usual.page.select_slider(key="prior-strength-1").value == lc.USUAL_STRENGTH
    assert usual.errors == []


def test_members_travel_in_their_order_and_precision_too(opened):
    app = opened(v="1", p="chelsea", n="60", s="several~members.slic-grid", q="f32")
    assert app.page.multiselect(key="segmenter-several-members").value == ["slic", "grid"]
    app.press("share")
    query = dict(parse_qsl(urlparse(app.shared[0]).query))
    assert (query["s"], query["q"]) == ("several~members.slic-grid", "f32")


def test_a_precision_that_this_server_lacks_falls_back_and_is_said(opened, monkeypatch):
    app = opened(v="1", p="chelsea", n="60", s="grid", q="f16")
    assert app.page.session_state["precision"] == "auto"
    assert "precision f16 is not to be had on this server" in app.text
    assert app.errors == []
    monkeypatch.setattr(lc, "model_precisions", lambda name: lc.PRECISIONS)
    assert opened(v="1", p="chelsea", n="60", s="grid", q="f16").page.session_state["precision"] == "f16"


def test_the_class_of_a_model_that_is_not_here_is_no_class_of_another(opened):
    app = opened(v="1", p="chelsea", n="60", s="grid", m="birds", c="3")
    first = lc.load_model("efficientnet_lite0").top(lc.gallery_picture("chelsea"), 1)[0][0]
    assert app.map.startswith(f"Explanation of thing {first}.")
    assert "and its most likely class" in app.text


def test_a_second_link_in_a_session_leaves_nothing_of_the_first(opened):
    app = opened(v="1", p="chelsea", n="60", s="grid", c="4", d="9", f="lasso", q="f32", o="style.heatmap")
    for key in list(app.page.query_params):
        del app.page.query_params[key]
    app.page.query_params["v"], app.page.query_params["p"] = "1", "chelsea"
    app.run()
    app.press("share")
    assert dict(parse_qsl(urlparse(app.shared[0]).query)).keys() == {"v", "p", "m", "c"}
    first = lc.load_model("efficientnet_lite0").top(lc.gallery_picture("chelsea"), 1)[0][0]
    assert app.map.startswith(f"Explanation of thing {first}.")


def test_what_does_not_travel_is_said(opened):
    app = opened(v="1", p="chelsea", n="60", s="grid")
    app.set("button_group", "settle", 3)
    app.press("share")
    assert app.shared[1:] == ["Until settled does not travel: the link asks for all samples."]


def test_the_qr_code_is_a_picture_of_the_address():
    from io import BytesIO

    from PIL import Image

    picture = Image.open(BytesIO(offering.qr_code("https://example.org/?v=1&p=chelsea")))
    assert picture.width == picture.height > 150
    cv2 = pytest.importorskip("cv2")
    import numpy as np

    told, *_ = cv2.QRCodeDetector().detectAndDecode(np.asarray(picture.convert("RGB")))
    assert told == "https://example.org/?v=1&p=chelsea"


@pytest.mark.parametrize("page", ["what_if", "learn", "compare"])
def test_what_a_link_set_stays_on_the_other_pages(opened, page):
    app = opened(v="1", p="chelsea", n="100", s="grid~rows.3~columns.4", h="color~color.102030", d="3")
    app.page.switch_page(f"pages/{page}.py")
    app.run()
    assert app.page.select_slider(key="num-samples").value == 100
    assert app.page.number_input(key="seed").value == 3
    assert app.page.selectbox(key="segmenter-name").value == "grid"
    assert app.page.slider(key="segmenter-grid-columns").value == 4
    assert app.page.color_picker(key="hiding-color-color").value == "#102030"
