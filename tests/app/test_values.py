"""Models that are no classifier of many classes: a regression, one sigmoid, and several that do not compete."""

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
