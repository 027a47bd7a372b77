"""The relevance gain on the page Explain: said before what it costs, asked once, and that of the core."""

import lime_core as lc
from lime_core.reports.numbers import weight_text
from pages.ui.figures.gains import NO_DIRECTION


def found() -> lc.RelevanceGain:
    """What the core says of the same map."""
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    *_, probe = lc.ProbeStore().grow(lc.ProbeSpec.of(picture, model, lc.Grid()), picture, model, 200)
    return lc.relevance_gain(lc.explain(probe, int(model.top(picture, 1)[0][0])), model)


def test_the_cost_is_said_before_and_the_gain_is_that_of_the_core(explained):
    assert "Does the model agree with the map?" in [box.label for box in explained.page.expander]
    assert "80 samples · ≈" in explained.text
    assert "Relevance gain +" not in explained.text
    assert explained.press("gain") == 80
    assert f"Relevance gain {weight_text(found().srg, 'probability')}" in explained.text
    assert "80 samples · all there, costs nothing" in explained.text
    assert explained.set("select_slider", "gain-step-20", 10) == 0
    assert "The picture with 50% removed, least relevant first." in explained.alts
    assert explained.press("gain") == explained.run() == 0
    assert explained.errors == []


def test_another_map_waits_for_the_button_and_the_first_is_kept(explained):
    explained.press("gain")
    assert explained.set("selectbox", "surrogate-name", "lasso") == 0
    assert "Where it is right, the score falls early" in explained.text
    assert explained.set("selectbox", "surrogate-name", "ridge") == 0
    assert "80 samples · all there, costs nothing" in explained.text
    assert explained.errors == []


def test_the_gain_of_several_segmentations_does_not_depend_on_whose_superpixels_are_drawn(app):
    app.press("choose-chelsea")
    app.set("select_slider", "num-samples", 200)
    app.set("selectbox", "segmenter-name", "several")
    app.set("multiselect", "segmenter-several-members", ["grid", "compact_watershed"])
    app.press("explain")
    assert app.press("gain") == 80
    assert app.set("selectbox", "view-superpixels-Grid-Compact watershed", 1) == 0
    assert "80 samples · all there, costs nothing" in app.text
    assert app.errors == []


def test_importances_are_said_to_have_no_direction(explained):
    explained.press("gain")
    assert NO_DIRECTION not in explained.text
    explained.set("selectbox", "surrogate-name", "tree")
    explained.press("gain")
    assert "Relevance gain " in explained.text
    assert NO_DIRECTION in explained.text
    assert explained.errors == []
