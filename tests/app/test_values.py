"""Models that are no classifier of many classes: a regression, one sigmoid, and several that do not compete."""

import re

import numpy as np
import pytest

import lime_core as lc
from pages.ui.runs import caches
from tests.app.conftest import SIDE, App

PAGES = ["pages/explain.py", "pages/stability.py", "pages/prior.py"]


@pytest.fixture
def answering(counting, monkeypatch):
    """Makes the app's model answer with the first outputs of the planted one."""

    def answer(kind, names, outputs, unit="", bend=lambda answers: answers):
        def predict(pictures):
            return bend(counting(pictures)[:, :outputs])

        def load(name, precision="auto", download=True):
            return lc.wrap_model(predict, names, kind, (SIDE, SIDE), name=name, unit=unit)

        monkeypatch.setattr(lc, "load_model", load)
        app = App(counting)
        app.press("choose-chelsea")
        app.set("selectbox", "segmenter-name", "grid")
        app.set("select_slider", "num-samples", 100)
        return app

    return answer


def everything(app):
    """What is written on the page, on its controls and in its tables."""
    at = app.page
    labels = [f"{box.label} {' '.join(map(str, box.options))}" for box in at.selectbox]
    numbers = [box.label for box in at.number_input]
    metrics = [f"{metric.label} {metric.value}" for metric in at.metric]
    titles = [box.label for box in at.expander]
    tables = [frame.value.to_csv() for frame in at.dataframe]
    return "\n".join([app.text, *labels, *numbers, *metrics, *titles, *tables, *app.alts])


def open_page(app, page):
    app.page.switch_page(page)
    app.run()


def test_a_regression_with_a_unit_is_explained_on_every_page(answering):
    app = answering("values", ("age", "height", "weight"), 3, "years")
    app.press("explain")
    box = next(box for box in app.page.selectbox if box.label == "Output to explain")
    assert [option.split(" · ")[0] for option in box.options] == ["age", "height", "weight"]
    assert all(option.endswith(" years") for option in box.options)
    said = everything(app)
    for text in ("age in years", "The first outputs side by side", "Wanted error bar, ± years", " years"):
        assert text in said
    table = app.page.dataframe[0].value
    assert set(table["effect"]) <= {"higher", "lower"}
    assert all(weight.endswith(" years") for weight in table["weight"])
    for text in ("Class to explain", "probabilit", "percentage points", " pp", "likely classes"):
        assert text not in said
    app.page.session_state["classes"] = True
    app.run()
    assert [alt for alt in app.alts if alt.startswith("Explanation of height")]
    open_page(app, PAGES[1])
    app.page.multiselect(key="methods").set_value(["foldover"])
    app.page.select_slider(key="stability-samples").set_value(60)
    app.set("number_input", "repeats", 2)
    app.press("stability")
    assert "years (blue, dashed: lower) to" in app.text
    app.set("button_group", "closer", "Error bars")
    assert app.errors == []


def test_a_prior_of_values_is_built_and_one_in_another_unit_is_refused(answering, counting):
    app = answering("values", (), 2, "years")
    open_page(app, PAGES[2])
    app.page.number_input(key="prior-samples").set_value(60)
    app.page.number_input(key="prior-clusters").set_value(4)
    app.set("button_group", "prior-gallery", ["chelsea", "coffee"])
    app.press("build")
    said = everything(app)
    assert [box.label for box in app.page.selectbox if box.label in ("Output", "Class")] == ["Output"]
    assert re.search(r" · 4 words · (1 output|2 outputs) · signed · in years", said)
    for text in ("in years", "output 1", "years (orange: higher)", "seen with this output"):
        assert text in said
    for text in (" pp", "probabilit", "(orange: for)", "class 0"):
        assert text not in said
    assert app.errors == []
    [prior] = app.page.session_state["priors"].values()
    months = lc.wrap_model(counting, (), "values", (SIDE, SIDE), name="efficientnet_lite0", unit="months")
    with pytest.raises(
        lc.PriorMismatch, match="The prior was built with efficientnet_lite0, whose weights or settings are others"
    ):
        prior.check_model(months)


def test_maps_of_values_are_compared_without_classes(answering):
    app = answering("values", ("age", "height", "weight"), 3, "years")
    open_page(app, "pages/compare.py")
    app.page.select_slider(key="num-samples").set_value(60)
    assert app.run() == 0
    app.press("compare")
    kinds = app.page.button_group(key="compare-kind").options
    assert kinds == ["Outputs", "Methods", "Settings", "Models", "Photos"]
    maps = [alt for alt in app.alts if alt.startswith("Map of ")]
    assert [alt.split(".")[0] for alt in maps] == ["Map of age, age", "Map of height, height"]
    assert all("Superpixels that raise it most: " in alt for alt in maps)
    assert "years (blue: lower) to " in app.text
    assert "Orange where “age” says higher than “height”" in app.text
    app.press("agree")
    assert "those of different outputs or photos do not" in app.text
    asked = app.page.slider(key="compare-top-20").help
    assert asked == (
        "How many of the superpixels that raise the score most both maps are asked for; beside importances of a tree, "
        "which have no direction, of those that matter most."
    )
    said = [everything(app)]
    app.set("button_group", "compare-view", "pixels")
    assert "from blue (lower) to orange (higher)" in app.text
    app.set("button_group", "compare-kind", "methods")
    app.set("multiselect", "compare-methods", ["occlusion"])
    app.press("compare")
    said.append(everything(app))
    app.set("button_group", "compare-view", "heatmap")
    assert "(blue: lower) to +" in app.text
    said.append(everything(app))
    of_classes = re.compile(r"\bclass(es)?\b(?! activation)|against|for it\b", re.IGNORECASE)
    assert [line for each in said for line in each.splitlines() if of_classes.search(line)] == []
    assert app.errors == []


def test_a_map_of_another_method_has_all_digits_of_the_core_and_values_of_any_size(answering):
    app = answering("values", ("age",), 1, bend=lambda raw: raw * 1e42)
    open_page(app, "pages/compare.py")
    app.set("button_group", "compare-kind", "methods")
    app.set("multiselect", "compare-methods", ["occlusion"])
    app.set("slider", "compare-occlusion-stride", 32)
    app.press("compare")
    assert app.errors == []
    [kept] = caches.shared("attributions").values()
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    found = lc.attribute(picture, model, lc.Occlusion(stride=32), 0, lc.ProbeSettings(lc.Grid()), "value")
    np.testing.assert_array_equal(kept.values, found.values)
    assert np.abs(found.values).max() > np.finfo(np.float32).max


def test_superpixels_to_draw_are_higher_or_lower(answering):
    app = answering("values", ("age", "height"), 2, "years")
    control = app.page.button_group(key="view-show")
    assert control.options == ["both", "higher", "lower"]
    assert control.help.startswith("Which superpixels to draw: those that raise the value")
    app.press("explain")
    assert app.set("button_group", "view-show", "against") == 0
    assert app.errors == []


def test_hidden_versions_have_outputs_in_their_table(answering):
    app = answering("values", ("age", "height", "weight"), 3, "years")
    open_page(app, "pages/what_if.py")
    assert app.page.table[0].value["output"].tolist() == ["age", "height", "weight"]
    assert app.errors == []
    assert "All in years." in app.text
    assert not any("years" in metric.value or "years" in str(metric.delta) for metric in app.page.metric)


def test_other_photos_explain_outputs_in_their_order(answering):
    app = answering("values", ("age", "height", "weight"), 3, "years", bend=lambda raw: raw * 0 + [1.0, 2.0, 3.0])
    for page, name, beside in (("compare", "photos", "coffee"), ("tune", "", "chelsea")):
        open_page(app, f"pages/{page}.py")
        if name:
            app.set("button_group", f"{page}-kind", name)
        [box] = [box for box in app.page.selectbox if box.label == f"Output of {beside}"]
        assert [option.split(" · ")[0] for option in box.options] == ["age", "height", "weight"]
        assert box.value == 0
        assert "Class of" not in everything(app)
    assert app.errors == []


def test_the_gains_of_values_have_their_unit(answering):
    app = answering("values", ("age", "height"), 2, "years")
    app.press("explain")
    app.press("gain")
    told = next(text.value for text in app.page.markdown if text.value.startswith("Relevance gain "))
    assert told.count(" years") == 3
    open_page(app, "pages/tune.py")
    for key in ("tune-segmenter", "tune-num_samples", "tune-cosine.width"):
        app.page.multiselect(key=key).set_value([])
    app.page.multiselect(key="tune-ridge.alpha").set_value(["0.1", "10"])
    app.set("slider", "tune-floor", 0.0)
    app.press("tune")
    told = next(text.value for text in app.page.markdown if text.value.startswith("Relevance gain "))
    assert told.startswith("Relevance gain +")
    assert " years" in told.split(" · ")[0]
    assert app.errors == []


def test_a_unit_is_shown_as_it_is(answering):
    app = answering("values", (), 1, "$*m*$ `x`")
    app.press("explain")
    assert "output 0 in \\$\\*m\\*\\$ \\`x\\`" in app.text
    assert "Both in \\$\\*m\\*\\$ \\`x\\`." in app.text
    assert not [box.label for box in app.page.expander if "side by side" in box.label]
    assert app.errors == []


def test_a_single_sigmoid_is_two_classes(answering):
    app = answering("sigmoid", ("cat",), 1)
    app.press("explain")
    said = everything(app)
    assert "Class to explain" in said
    assert "not cat" in said
    assert "The most likely classes side by side" in said
    assert app.errors == []


def test_classes_that_do_not_compete_keep_their_own_probabilities(answering):
    app = answering("probabilities", ("cup", "spoon", "table"), 3, bend=lambda raw: 1 / (1 + np.exp(-raw)))
    app.press("explain")
    box = next(box for box in app.page.selectbox if box.label == "Class to explain")
    shares = [float(option.split(" · ")[1].removesuffix("%")) for option in box.options]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) != pytest.approx(100.0, abs=1.0)
    assert app.errors == []
    assert "pp" in everything(app)


@pytest.mark.parametrize("names", [(), ("age", "height", "weight")])
def test_more_answers_than_stay_in_memory_are_not_asked_for(answering, names):
    app = answering("values", names, 3)
    caches.store().max_bytes = 100 * 4 * (3 + 49) - 1
    assert app.press("explain") <= 1
    said = "The answers would take 0.0 GB, and 0.0 GB are kept for all readers. Take fewer samples."
    assert said in [warning.value for warning in app.page.warning]
    assert app.page.button(key="explain").label == "Explain"
    caches.store().max_bytes += 1_000_000
    assert app.press("explain") >= 100
    assert said not in [warning.value for warning in app.page.warning]
