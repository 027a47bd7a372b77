"""A score that is the same whatever is hidden: every page says that there is nothing, and draws nothing."""

import numpy as np
import pytest

from lime_core.reports.verdict import NOTHING
from pages.ui.explain import result
from pages.ui.figures.maps import map_picture
from tests.app.conftest import App
from tests.app.test_effect import Effect

SENTENCE = f"{NOTHING.headline}. {NOTHING.sentence}"
SCALES = ("100 pp", "100.00 pp", "+0.00", "-0.00", "−0.00", "1.00 (chance")


@pytest.fixture
def constant(counting, monkeypatch) -> App:
    """Chelsea is chosen, and the model answers the same to every picture."""
    logits = np.linspace(2.0, 0.0, counting.effects.shape[0])
    monkeypatch.setattr(type(counting), "__call__", lambda self, pictures: np.tile(logits, (len(pictures), 1)))
    app = App(counting)
    app.press("choose-chelsea")
    app.set("selectbox", "segmenter-name", "grid")
    return app


def test_explain_says_it_once_and_draws_neither_bars_nor_scale(constant):
    constant.set("select_slider", "num-samples", 200)
    constant.press("explain")
    for style in ("outline", "tint", "heatmap"):
        constant.set("button_group", "view-style", style)
        assert [box.value for box in constant.page.warning].count(NOTHING.sentence) == 1
        assert not constant.page.get("plotly_chart")
        assert len(constant.page.dataframe) == 0
        assert "The scale of the colors." not in constant.alts
        assert not [scale for scale in SCALES if scale in constant.text]
    assert constant.map == f"Explanation of thing 0. {SENTENCE}"
    assert [metric.value for metric in constant.page.metric][-1] == "–"
    constant.set("button_group", "settle", 3)
    assert "settled" not in constant.text.lower().replace("until settled", "")
    assert constant.errors == []


@pytest.mark.parametrize("page", ["explain", "learn"])
def test_of_nothing_the_top_is_not_said_to_be_settled(constant, page):
    constant.page.switch_page(f"pages/{page}.py")
    constant.run()
    for side in ("rows", "columns"):
        constant.set("slider", f"segmenter-grid-{side}", 2)
    constant.set("selectbox", "sampler-name", "enumerate")
    constant.set("button_group", "settle", 3)
    constant.press(page)
    assert "4 superpixels · 16 samples" in constant.text  # all masks, which settle whatever can be
    assert NOTHING.sentence in constant.text
    assert "Settled with" not in constant.text
    assert constant.errors == []


def test_a_class_that_never_moves_leaves_the_scale_of_the_others(counting, monkeypatch):
    counting.effects *= 1e-3
    counting.bias[:3] = (9.0, 8.0, 7.0)
    counting.effects[1] = 0.0
    limits = []
    monkeypatch.setattr(
        result,
        "map_picture",
        lambda e, view, limit, pairs=None: limits.append(limit) or map_picture(e, view, limit, pairs),
    )
    app = App(counting)
    app.press("choose-chelsea")
    app.set("selectbox", "segmenter-name", "grid")
    app.set("selectbox", "space-logits", "logit")
    app.set("select_slider", "num-samples", 200)
    app.press("explain")
    app.page.session_state["classes"] = True
    limits.clear()
    app.run()
    assert len(limits) == 4
    assert max(limits) < 0.1
    captions = [picture.caption for image in app.page.image for picture in image.proto.imgs]
    assert f"thing 1 · 8.00 · {NOTHING.headline}" in captions


def test_stability_compares_nothing(constant):
    constant.page.switch_page("pages/stability.py")
    constant.run()
    constant.set("selectbox", "segmenter-name", "grid")
    constant.set("select_slider", "stability-samples", 100)
    constant.set("number_input", "repeats", 3)
    constant.press("stability")
    assert f"**LIME** · {SENTENCE}" in constant.text
    assert "One scale for all" not in constant.text
    table = constant.page.table[0].value
    figures = table.set_index("figure").drop(columns=["steadier is"]).drop(index="Repeats")
    assert set(figures.to_numpy().ravel()) == {"–"}
    for view in ("Where it moves", "Fewer samples", "Error bars", "Pairs"):
        constant.set("button_group", "closer", view)
        assert SENTENCE in [box.value for box in constant.page.info]
        assert not constant.page.get("plotly_chart")
    assert constant.errors == []


def test_the_strength_of_a_prior_does_nothing_to_nothing(counting, planted_prior, monkeypatch):
    logits = np.linspace(2.0, 0.0, counting.effects.shape[0])
    effect = Effect(counting, planted_prior)
    monkeypatch.setattr(type(counting), "__call__", lambda self, pictures: np.tile(logits, (len(pictures), 1)))
    effect.press("effect")
    assert [box.value for box in effect.page.info] == [NOTHING.sentence]
    assert not effect.page.get("plotly_chart")
    assert len(effect.page.table) == 0
    assert effect.errors == []


def test_a_map_that_the_penalty_has_emptied_says_so(counting):
    app = App(counting)
    app.press("choose-chelsea")
    app.set("selectbox", "segmenter-name", "grid")
    app.set("select_slider", "num-samples", 500)
    app.press("explain")
    app.set("selectbox", "surrogate-name", "lasso")
    assert "No superpixel has a weight" not in app.text
    app.set("selectbox", "surrogate-lasso-alpha-or-share", "Alpha")
    app.set("select_slider", "surrogate-lasso-alpha", 1.0)
    (told,) = [box.value for box in app.page.warning]
    assert "The penalty of 1 removes every weight; lower alpha" in told
    assert "No superpixel has a weight." in [box.value for box in app.page.info]
    assert not app.page.get("plotly_chart")
