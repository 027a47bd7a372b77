"""Choosing a model: which are offered, what is said on every page while one cannot be loaded, and who may download."""

import time

import pytest

import lime_core as lc
from lime_core.zoo.families import torchvision_entry
from pages.ui.runs import caches, models
from tests.app.conftest import NAMES, SIDE

ROOT_PAGES = ["pages/explain.py", "pages/stability.py", "pages/prior.py"]


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """No weights beside the bundled ones, no network; asked holds the addresses that were tried."""
    asked = []

    def refuse(request, **_):
        asked.append(request.full_url)
        raise OSError("no network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in list(lc.MODELS):
        if lc.MODELS[name].family == "torchvision":
            monkeypatch.setitem(lc.MODELS, name, torchvision_entry(name))
    return asked


def offered(app):
    return list(app.page.selectbox(key="model-name").options)


def choose(app, name):
    box = app.page.selectbox(key="model-name")
    if name not in box.options:
        box.options.append(name)  # what a user types is no option
    box.set_value(name)
    app.run()


def in_main(app):
    return [error.value for error in app.page.main.error]


@pytest.mark.parametrize("page", ROOT_PAGES)
def test_every_page_says_why_a_model_is_not_there_and_another_can_be_chosen(offline, app, page):
    app.press("choose-chelsea")
    app.page.switch_page(page)
    app.run()
    choose(app, "resnet50")
    [said] = in_main(app)
    assert said.startswith("The weights of resnet50 are not on this machine, and nothing may be downloaded here.")
    assert app.errors == [said]  # once
    assert "Choose another model or another photo at the left." in app.text
    assert "What did the model look at?" not in app.text
    assert "The settings at the left cannot be used yet." not in app.text
    assert not app.counting.error
    choose(app, "efficientnet_lite0")
    assert app.errors == []
    assert offline == []


def test_without_a_photo_the_prior_page_says_it_too(offline, app):
    app.page.switch_page("pages/prior.py")
    app.run()
    choose(app, "nobody/knows")
    assert ["There is no model 'nobody/knows'" in error for error in in_main(app)] == [True]


@pytest.mark.parametrize("page", ROOT_PAGES)
def test_a_model_that_cannot_be_asked_is_no_empty_screen(app, counting, page):
    app.press("choose-chelsea")
    counting.error = lc.BadScores("The model returned NaN.")
    app.page.switch_page(page)
    app.set("selectbox", "photo-gallery", "coffee")
    assert "The model returned NaN." in in_main(app)
    assert "What did the model look at?" not in app.text


def test_the_models_that_are_offered_are_ready(offline, app, monkeypatch):
    pytest.importorskip("timm", reason="timm is not installed")
    for weights in (lc.MODELS["squeezenet1_1"].weights, lc.find_model("timm/test_vit").weights):
        weights.parent.mkdir(parents=True)
        weights.write_bytes(b"weights")
    app.press("choose-chelsea")
    bundled = ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"]
    assert offered(app) == [*bundled, "squeezenet1_1", "timm/test_vit"]
    monkeypatch.setenv("LIME_DOWNLOADS", "1")
    app.run()
    assert offered(app)[:5] == [*bundled, "squeezenet1_1", "timm/test_vit"]
    assert "resnet50 · to be downloaded" in offered(app)
    assert len(offered(app)) == len(lc.MODELS) + 1


@pytest.mark.parametrize("value", [None, "", "0", "yes", "true"])
def test_nothing_is_downloaded_unless_the_operator_says_so(offline, app, monkeypatch, value):
    if value is not None:
        monkeypatch.setenv("LIME_DOWNLOADS", value)
    app.press("choose-chelsea")
    for name in ("resnet50", "timm/test_vit"):
        choose(app, name)
        assert "nothing may be downloaded here" in app.errors[0]
    assert offline == []


def test_where_the_operator_says_so_it_is_tried_once_and_the_address_is_named(offline, app, monkeypatch, tmp_path):
    monkeypatch.setenv("LIME_DOWNLOADS", "1")
    app.press("choose-chelsea")
    choose(app, "resnet50")
    assert offline == ["https://download.pytorch.org/models/resnet50-11ad3fa6.pth"]
    assert "no network" in app.errors[0]
    assert str(tmp_path) not in app.errors[0]


def test_what_took_long_and_failed_is_not_tried_at_every_redraw(app, monkeypatch):
    tried = []

    def slow(name, precision, download):
        tried.append(name)
        time.sleep(1.1)
        raise lc.ModelUnavailable("No answer.", "It belongs elsewhere.")

    monkeypatch.setattr(lc, "load_model", slow)
    for _ in range(3):
        with pytest.raises(lc.ModelUnavailable, match=r"No answer\. It belongs elsewhere\."):
            caches.model("far", "auto")
    assert tried == ["far"]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    with pytest.raises(lc.ModelUnavailable):
        caches.model("far", "auto")
    assert tried == ["far", "far"]


def test_that_a_model_has_no_class_activation_map_is_found_out_once(counting, monkeypatch):
    tried, why = [], [None]

    def refuse(model):
        tried.append(model.name)
        raise lc.PriorMismatch("It has none.", "It lies elsewhere.") from why[0]

    monkeypatch.setattr(lc, "class_activation", refuse)
    one, other = planted(counting, "one"), planted(counting, "other")
    for model in (one, one, other):
        with pytest.raises(lc.PriorMismatch, match=r"It has none\. It lies elsewhere\.") as found:
            caches.activation(model)
        assert found.value.public == "It has none."
    assert tried == ["one", "other"]
    why[0] = lc.ModelUnavailable("its weights are not on this machine.")
    for model in (planted(counting, "third"),) * 2:
        with pytest.raises(lc.PriorMismatch):
            caches.activation(model)
    assert tried[2:] == ["third", "third"], "they may come yet"


def test_removing_means_the_model_in_the_box_even_before_the_page_is_drawn_with_it(app, counting):
    own = {name: models.Own(planted(counting, name), None) for name in ("first", "second")}
    app.page.session_state["models-own"] = dict(own)
    app.press("choose-chelsea")
    app.set("selectbox", "model-name", "first")
    app.page.selectbox(key="model-name").set_value("second")
    app.press("model-remove")
    assert list(app.page.session_state["models-own"]) == ["first"]
    app.set("selectbox", "model-name", "first")
    bundled = lc.model_names(ready=True)[0]
    app.page.selectbox(key="model-name").set_value(bundled)
    app.press("model-remove")
    assert list(app.page.session_state["models-own"]) == ["first"], "a bundled one is none to remove"
    assert app.page.selectbox(key="model-name").value == bundled


def planted(counting, name):
    return lc.wrap_model(counting, NAMES, kind="logits", input_size=(SIDE, SIDE), name=name)
