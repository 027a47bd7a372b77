"""A global prior on the pages: given, chosen, turned up, and refused where it does not fit."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import lime_core as lc
from lime_core.priors.files import prior_bytes
from lime_core.reports import sentences
from pages.ui.figures.sentences import sentence, summary
from tests.app.conftest import App, give_prior

STRENGTHS = "prior-strength-1"


@pytest.fixture
def explained(app) -> App:
    """Chelsea with 200 samples and a grid of 49 superpixels."""
    for key, value in (("photo-gallery", "chelsea"), ("num-samples", 200), ("segmenter-name", "grid")):
        app.page.session_state[key] = value
    app.run()
    assert app.press("explain") == 200
    return app


@pytest.fixture
def pulled(explained, planted_prior) -> App:
    """The same with the prior, given as a file."""
    assert give_prior(explained, "mine.npz", prior_bytes(planted_prior)) == 0
    return explained


def test_without_a_prior_the_control_says_where_priors_come_from(explained):
    assert "There is no prior yet: build one on the Prior page, or upload one." in explained.text
    assert [box.label for box in explained.page.select_slider if not box.disabled] == ["num_samples", "Alpha", "Width"]
    usual = explained.map
    assert explained.set("selectbox", "prior-name", "/") == 0
    assert explained.map == usual


def test_a_given_prior_is_chosen_and_changes_the_map_without_the_model(explained, planted_prior):
    usual = explained.map
    assert give_prior(explained, "mine.npz", prior_bytes(planted_prior)) == 0
    at = explained.page
    assert at.selectbox(key="prior-name").value == "mine"
    assert at.select_slider(key=STRENGTHS).value == lc.USUAL_STRENGTH
    assert explained.map != usual
    assert [metric.label for metric in at.metric] == ["model says", "map says", "R²", "from the prior"]
    assert "from the prior" in at.dataframe[0].value.columns
    assert "The pale end of a bar is the share that the prior made." in explained.text
    assert explained.errors == []
    give_prior(explained, "the same again.npz", prior_bytes(replace(planted_prior, unit="![x](http://other/x.png)")))
    assert sentence("Its weights (in ![x](http://other/x.png)) were") in explained.text, "not read as Markdown"
    assert list(at.session_state["priors"]) == ["mine"]
    assert at.selectbox(key="prior-name").value == "mine"


def test_every_strength_and_every_surrogate_answers_without_the_model(pulled):
    maps = set()
    for strength in (0.0, 1.0, 50.0, 100_000.0):
        assert pulled.set("select_slider", STRENGTHS, strength) == 0
        maps.add(pulled.map)
    assert len(maps) == 4
    for name in ("lasso", "elastic_net", "least_squares", "bayesian_ridge"):
        assert pulled.set("selectbox", "surrogate-name", name) == 0
        assert pulled.map
        assert len(pulled.page.metric) == 4
        assert pulled.errors == []
    assert pulled.page.toggle(key="surrogate-bayesian_ridge-fit_noise").value
    assert pulled.page.select_slider(key="prior-strength-3").value == 3 * lc.USUAL_STRENGTH


def test_without_strength_it_is_the_map_without_a_prior(pulled):
    assert pulled.set("select_slider", STRENGTHS, 0.0) == 0
    at_zero = pulled.map
    assert len(pulled.page.metric) == 3
    pulled.set("selectbox", "prior-name", "")
    assert pulled.map == at_zero


def test_what_the_page_shows_is_what_the_core_says(pulled, planted_prior):
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    probe = lc.probe_image(picture, model, 200, segmenter=lc.Grid())
    e = lc.explain(probe, model.top(picture, 1)[0][0], prior=planted_prior, prior_strength=lc.USUAL_STRENGTH)
    assert pulled.map == summary(e)
    assert pulled.page.metric[3].value == f"{e.mean_prior_share:.0%}"
    assert sentence(sentences.prior_in_words(e)) in pulled.text
    order = np.argsort(-np.abs(e.weights), kind="stable")
    assert pulled.page.dataframe[0].value["from the prior"].tolist() == [f"{e.prior_share[s]:.0%}" for s in order]


def test_the_order_of_entry_is_a_column_for_the_elastic_net(pulled):
    assert "enters" not in pulled.page.dataframe[0].value.columns
    pulled.set("selectbox", "surrogate-name", "elastic_net")
    places = [place for place in pulled.page.dataframe[0].value["enters"] if place == place]  # None becomes NaN
    assert sorted(places) == list(range(1, len(places) + 1))
    assert "G-LIME's own ranking" in pulled.text


def test_a_map_that_is_mostly_the_priors_is_warned_about(pulled):
    pulled.set("select_slider", STRENGTHS, 1.0)
    assert "says more about other pictures" not in pulled.text
    pulled.set("select_slider", STRENGTHS, 100_000.0)
    assert "this map says more about other pictures than about this one" in pulled.text


def test_a_class_that_the_prior_never_saw_is_said_to_be_without_it(pulled):
    box = next(box for box in pulled.page.selectbox if box.label == "Class to explain")
    other = next(int(index) for index in range(8) if index != box.value)
    assert pulled.set("selectbox", box.key, other) == 0
    assert "The prior knows nothing about this class: the map is that of the plain surrogate." in pulled.text
    assert len(pulled.page.metric) == 3
    shown = pulled.map
    pulled.set("selectbox", "prior-name", "")
    assert pulled.map == shown


def test_a_tree_takes_no_prior_and_says_so(pulled):
    assert pulled.set("selectbox", "surrogate-name", "tree") == 0
    assert "Tree takes no prior: the map goes on without it." in pulled.text
    assert len(pulled.page.metric) == 3
    assert pulled.errors == []


@pytest.mark.parametrize("content", [b"", b"nothing", b"PK\x05\x06" + bytes(18)], ids=["empty", "no file", "no prior"])
def test_a_broken_file_is_said_at_the_control_and_the_map_stays(explained, content):
    usual = explained.map
    with pytest.raises(lc.BadPrior) as why:
        lc.load_prior(content)
    assert give_prior(explained, "broken.npz", content) == 0
    assert explained.errors == [sentence(str(why.value))]
    assert explained.map == usual
    explained.set("selectbox", "prior-name", "")
    assert explained.errors == []


def test_a_prior_that_does_not_fit_is_said_at_the_control_and_the_map_goes_on(explained, planted_prior):
    usual = explained.map
    kept = explained.page.session_state["priors"]
    kept["of another model"] = replace(planted_prior, made_by={**planted_prior.made_by, "fingerprint": "x"})
    kept["of other features"] = replace(planted_prior, centroids=planted_prior.centroids[:, :5])
    weights, counts = planted_prior.weights[:3], planted_prior.counts[:3]
    kept["of other classes"] = replace(planted_prior, weights=weights, counts=counts)
    told = {"model": "![x](http://other/x.png)", "fingerprint": "x"}
    kept["of a strange name"] = replace(planted_prior, made_by={**planted_prior.made_by, **told})
    explained.run()
    reasons = (
        "whose weights or settings are others",
        "by 5 features each",
        "is for 3 classes",
        sentence("![x](http://other/"),
    )
    for name, said in zip(kept, reasons, strict=True):
        assert explained.set("selectbox", "prior-name", name) == 0
        (warning,) = [box.value for box in explained.page.warning if "goes on without it" in box.value]
        assert said in warning
        assert explained.map == usual
        assert explained.errors == []


def test_prior_and_strength_stay_from_page_to_page_and_a_row_appears_that_asks_nothing(pulled):
    pulled.set("select_slider", STRENGTHS, 500.0)
    pulled.page.switch_page("pages/stability.py")
    pulled.run()
    pulled.set("selectbox", "segmenter-name", "grid")
    assert pulled.page.selectbox(key="prior-name").value == "mine"
    assert pulled.page.select_slider(key=STRENGTHS).value == 500.0
    assert pulled.page.multiselect(key="methods").value == ["lime", "glime_prior", "foldover"]
    pulled.page.select_slider(key="stability-samples").set_value(100)
    pulled.page.number_input(key="repeats").set_value(2)
    pulled.set("multiselect", "methods", ["foldover"])
    assert pulled.press("stability") == 100, "the Explain page has asked for those of the first seed"
    pulled.set("multiselect", "methods", ["lime"])
    assert pulled.press("stability") == 200
    assert pulled.set("multiselect", "methods", ["glime_prior", "lime"]) == 0
    rows = [alt.split(":")[0] for alt in pulled.alts if " repeats of " in alt]
    assert rows == ["LIME", "G-LIME (global prior)"]
    assert "all there, costs nothing" in pulled.text
    without_prior, with_prior = (line for line in pulled.text.split("\n") if line.startswith(("**LIME**", "**G-LIME")))
    assert "prior's share" in with_prior
    assert "prior's share" not in without_prior
    table = pulled.page.table[0].value
    share = table.loc[table["figure"] == "Share of the prior"]
    assert share["LIME"].item() == "–"
    assert share["G-LIME (global prior)"].item().endswith("%")
    assert "perfectly steady and can be perfectly wrong" in pulled.text
    assert pulled.set("select_slider", STRENGTHS, 100_000.0) == 0
    table = pulled.page.table[0].value.set_index("figure")
    assert table.loc["Jaccard of the top 5", "G-LIME (global prior)"].startswith("1.00")
    assert pulled.set("button_group", "closer", "Fewer samples") == 0
    assert pulled.set("selectbox", "prior-name", "") == 0
    assert pulled.page.multiselect(key="methods").value == ["lime"]
    offered = ["LIME", "Fold-over", "GLIME-Binomial", "Other segmentations", "Your settings"]
    assert pulled.page.multiselect(key="methods").options == offered
    assert pulled.set("selectbox", "prior-name", "mine") == 0
    assert pulled.page.multiselect(key="methods").value == ["lime", "glime_prior"]
    pulled.page.switch_page("pages/explain.py")
    pulled.run()
    pulled.page.switch_page("pages/stability.py")
    pulled.run()
    assert pulled.page.multiselect(key="methods").value == ["lime", "glime_prior"]


def test_a_model_without_a_class_activation_map_goes_without_one(explained):
    usual = explained.map
    assert explained.set("selectbox", "prior-name", "//") == 0
    (warning,) = [box.value for box in explained.page.warning if "goes on without it" in box.value]
    assert "class activation map" in warning
    assert explained.map == usual


def test_the_class_activation_map_of_a_real_model_is_a_prior():
    app = App(SimpleNamespace(rows=0))
    app.page.session_state["photo-gallery"] = "coffee"
    app.page.session_state["segmenter-name"] = "grid"
    app.page.session_state["num-samples"] = 150
    app.run()
    app.press("explain")
    plain = app.map
    app.set("selectbox", "prior-name", "//")
    assert app.errors == []
    assert app.page.select_slider(key="prior-strength-1-from-3").value == 3.0
    assert "from the prior" in [metric.label for metric in app.page.metric]
    app.set("select_slider", "prior-strength-1-from-3", 1000.0)
    assert app.map != plain
    app.set("select_slider", "prior-strength-1-from-3", 0.0)
    assert app.map == plain
