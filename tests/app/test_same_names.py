"""Classes that have the same name: a box sends what it reads, so each option says which of them it is."""

import json
from types import SimpleNamespace

import pytest

import lime_core as lc
from pages.ui.compare.maps import Together
from pages.ui.figures.sentences import sentence
from tests.app.conftest import SIDE, App
from tests.app.test_values import answering, open_page  # noqa: F401 - a fixture

NAMES = ("dog", "cat", "bird", "cat", "fish", "dog", "dog", "cat")
"""Of the eight classes of the planted model, of which 0, 5 and 6 are the most likely."""

APART = [name if name in ("bird", "fish") else f"{name} (class {index})" for index, name in enumerate(NAMES)]


@pytest.fixture
def alike(counting, monkeypatch):
    """The app with chelsea on a grid, and a model of which some classes have the same name."""

    def load(name, precision="auto", download=True):
        return lc.wrap_model(counting, NAMES, "logits", (SIDE, SIDE), name=name)

    monkeypatch.setattr(lc, "load_model", load)
    app = App(counting)
    app.press("choose-chelsea")
    app.set("selectbox", "segmenter-name", "grid")
    app.set("select_slider", "num-samples", 100)
    return app


def box_of(app, label):
    return next(box for box in app.page.selectbox if box.label == label)


def named(options):
    return [option.split(" · ")[0] for option in options]


def test_the_class_that_is_chosen_is_the_one_that_is_explained(alike):
    options = box_of(alike, "Class to explain").options
    assert {*named(options)} == {*APART}
    for place, option in enumerate(named(options)):
        box_of(alike, "Class to explain").select_index(place)
        alike.run()
        assert box_of(alike, "Class to explain").value == APART.index(option)
    assert alike.errors == []


def test_the_same_of_outputs(answering):  # noqa: F811 - a fixture
    app = answering("values", ("age", "height", "age"), 3)
    assert named(box_of(app, "Output to explain").options) == ["age (output 0)", "height", "age (output 2)"]
    assert app.errors == []


def test_maps_of_classes_are_compared_by_different_names(alike):
    open_page(alike, "pages/compare.py")
    [box] = [box for box in alike.page.multiselect if box.label == "Beside the one at the left"]
    first = box_of(alike, "Class to explain").value
    assert len(set(box.options)) == len(NAMES) - 1
    assert {*box.options} < {*APART}
    others = sorted({*range(len(NAMES))} - {first})[:5]
    box.set_value(others)
    alike.run()
    alike.press("compare")
    titles = [text.value.strip("*") for text in alike.page.markdown if text.value.startswith("**")]
    assert len({*titles} & {*APART}) == 6
    assert len(set(box_of(alike, "First").options)) == 6
    assert alike.errors == []


def test_the_classes_of_other_photos_are_different_names(alike):
    open_page(alike, "pages/tune.py")
    for beside in ("chelsea", "coffee"):
        options = named(box_of(alike, f"Class of {beside}").options)
        assert {*options} < {*APART}
        assert len(set(options)) == 5
    assert alike.errors == []


def test_the_words_of_a_prior_are_of_the_class_that_is_chosen(alike):
    open_page(alike, "pages/prior.py")
    alike.page.number_input(key="prior-samples").set_value(60)
    alike.page.number_input(key="prior-clusters").set_value(4)
    alike.set("button_group", "prior-gallery", ["chelsea", "coffee"])
    alike.press("build")
    assert {*named(box_of(alike, "Class").options)} == {*APART}
    assert alike.errors == []


def test_learn_explain_and_what_if_name_them_apart(alike):
    open_page(alike, "pages/learn.py")
    table = next(table.value for table in alike.page.table if "the model says" in table.value.columns)
    assert {*map(sentence, ["dog (class 0)", "dog (class 5)", "dog (class 6)"])} < {*table["class"]}
    [chart] = [chart for chart in alike.page.get("plotly_chart") if "most likely" in chart.proto.alt]
    bars = json.loads(chart.proto.spec)["data"][0]["y"]
    assert len({*bars} & {*APART}) == len(bars)
    alike.press("learn")
    open_page(alike, "pages/explain.py")
    alike.page.session_state["classes"] = True
    alike.run()
    captions = [picture.caption for image in alike.page.image for picture in image.proto.imgs]
    told = [caption.split(" · ")[0] for caption in captions if " · R² " in caption]
    assert {*told} == {*map(sentence, ["dog (class 0)", "dog (class 5)", "dog (class 6)"])}
    open_page(alike, "pages/what_if.py")
    shown = alike.page.table[0].value["class"].tolist()
    assert {*shown} == {*map(sentence, ["dog (class 0)", "dog (class 5)", "dog (class 6)"])}
    assert alike.errors == []


def test_photos_of_one_name_are_told_apart_where_two_are_subtracted():
    columns = tuple(SimpleNamespace(title=name) for name in ("photo.jpg", "photo.jpg"))
    assert Together(columns, (), (), (), "").titles == ["1: photo.jpg", "2: photo.jpg"]
