"""The Stability page as a user lives it, without a browser."""

import re

import numpy as np
import pytest

import lime_core as lc
from pages.ui.runs import caches
from tests.app.conftest import NAMES, SIDE, App
from tests.support.badfiles import encoded

FREE = [
    ("number_input", "stability-top-49", 3),
    ("button_group", "ranking", "signed"),
    ("selectbox", "space-logits", "log-odds"),
    *[("selectbox", "surrogate-name", name) for name in ("lasso", "tree")],
    ("select_slider", "surrogate-ridge-alpha", 100.0),
    *[("selectbox", "kernel-name", name) for name in lc.KERNELS if name != "cosine"],
    ("selectbox", "selection-name", "highest_weights"),
    *[("button_group", "closer", view) for view in ("Fewer samples", "Error bars", "Pairs")],
]


@pytest.fixture
def stable(app) -> App:
    """The page with a grid of 49 superpixels and 200 samples in each repeat; nothing is asked yet."""
    app.press("choose-chelsea")
    app.set("selectbox", "segmenter-name", "grid")
    app.page.switch_page("pages/stability.py")
    app.run()
    app.set("selectbox", "segmenter-name", "grid")
    app.set("select_slider", "stability-samples", 200)
    app.set("number_input", "repeats", 3)
    return app


@pytest.fixture
def compared(stable) -> App:
    assert stable.press("stability") == 2 * 3 * 200
    return stable


def strips(app: App) -> list[str]:
    return [alt for alt in app.alts if " repeats of " in alt or " repeat of " in alt]


def figures(app: App) -> dict[str, list[str]]:
    table = app.page.table[0].value
    return {column: table[column].tolist() for column in table.columns}


def test_the_page_says_what_it_will_cost_and_asks_nothing(stable):
    assert "49 superpixels · 2 methods × 3 repeats × 200 samples · ≈ " in stable.text
    assert "Press **Compare**" in stable.text
    assert any("press Compare." in markdown.proto.help for markdown in stable.page.markdown)
    assert strips(stable) == []


def test_every_method_is_a_row_of_maps_and_a_column_of_figures(compared):
    assert [alt.split(":")[0] for alt in strips(compared)] == ["LIME", "Fold-over"]
    assert "all there, costs nothing" in compared.text
    found = figures(compared)
    assert list(found) == ["figure", "LIME", "Fold-over", "steadier is"]
    assert found["LIME"][0] == found["Fold-over"][0] == "3"
    assert "R²" in found["figure"]
    assert compared.errors == []


def test_what_the_page_shows_is_what_the_core_says(compared):
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    index = model.top(picture, 1)[0][0]
    expected = lc.stability(picture, model, 3, 200, index, segmenter=lc.Grid(), sampler=lc.FoldOver())
    found = dict(zip(figures(compared)["figure"], figures(compared)["Fold-over"], strict=True))
    assert found["Jaccard of the top 5"].startswith(f"{expected.jaccard(5):.2f} (")
    assert found["Relative spread"].startswith(f"{expected.relative_spread:.2f} (")
    assert found["R²"] == f"{expected.r2:.2f}"
    for seed, e in zip(expected.seeds, expected.explanations, strict=True):
        top = ", ".join(str(superpixel) for superpixel in sorted(s for s, _ in e.top(5)))
        assert f"seed {seed}: {top}" in strips(compared)[1]


def test_more_repeats_ask_for_the_new_ones_and_fewer_for_none(compared):
    assert compared.set("number_input", "repeats", 5) == 0
    assert figures(compared)["LIME"][0] == "3"
    assert compared.press("stability") == 2 * 2 * 200
    assert figures(compared)["LIME"][0] == "5"
    assert compared.set("number_input", "repeats", 2) == 0
    assert figures(compared)["LIME"][0] == "2"


def test_another_method_asks_for_its_own_probes_only(compared):
    assert compared.set("multiselect", "methods", ["lime", "foldover", "glime_binomial"]) == 0
    assert compared.press("stability") == 3 * 200
    assert len(strips(compared)) == 3


def test_the_readers_own_sampler_is_a_method(compared):
    compared.set("selectbox", "sampler-name", "antithetic")
    compared.set("multiselect", "methods", ["lime", "current"])
    assert compared.press("stability") == 3 * 200
    assert [alt.split(":")[0] for alt in strips(compared)] == ["LIME", "Your settings"]


def test_every_control_of_the_fit_answers_without_the_model(compared):
    for kind, key, value in FREE:
        before = getattr(compared.page, kind)(key=key).value
        assert compared.set(kind, key, value) == 0, key
        assert strips(compared), key
        assert compared.errors == [], (key, value)
        assert compared.set(kind, key, before) == 0, key


def test_a_run_that_breaks_keeps_the_repeats_that_are_finished(stable, counting):
    answer, limit = type(counting).__call__, 500

    def breaks(self, pictures):
        if self.rows > start + limit:
            self.error = RuntimeError("the model is gone")
        return answer(self, pictures)

    start = counting.rows
    type(counting).__call__ = breaks
    try:
        stable.press("stability")
    finally:
        type(counting).__call__ = answer
        counting.error = None
    assert "Something went wrong here" in stable.errors[0]
    assert stable.page.button(key="stability").label == "Compare"
    assert [alt.split(":")[1].split(" of ")[0] for alt in strips(stable)] == [" 1 repeat", " 1 repeat"]
    kept = counting.rows - start
    assert stable.press("stability") <= 2 * 3 * 200 - (kept - kept % 200) + 64
    assert figures(stable)["LIME"][0] == "3"


def test_no_method_is_asked_for(stable):
    stable.set("multiselect", "methods", [])
    assert "Choose at least one method." in stable.text
    assert stable.press("stability") == 0
    assert stable.errors == []


def test_all_masks_of_few_superpixels_agree_exactly(stable):
    stable.set("slider", "segmenter-grid-rows", 2)
    stable.set("slider", "segmenter-grid-columns", 3)
    stable.set("selectbox", "sampler-name", "enumerate")
    stable.set("multiselect", "methods", ["current"])
    assert stable.press("stability") == 3 * 64
    found = dict(zip(figures(stable)["figure"], figures(stable)["Your settings"], strict=True))
    assert found["Relative spread"].startswith("0.00")
    assert found["Jaccard of the top 5"].startswith("1.00")
    assert np.isfinite(float(found["R²"]))


def test_a_store_that_is_too_small_ends_the_run_and_refuses_what_cannot_be_kept(stable, monkeypatch, counting):
    from pages.ui.runs import growing

    monkeypatch.setattr(growing, "REDRAW", 0.0)  # every probe that is finished is drawn
    per_probe = 200 * 4 * (8 + 49) + 200_000
    caches.store().max_bytes = 4 * per_probe
    assert stable.press("stability") <= 2 * 3 * 200
    assert stable.page.button(key="stability").label == "Compare"
    caches.store().max_bytes = 1000
    stable.run()
    assert "The answers would take" in "\n".join(warning.value for warning in stable.page.warning)
    assert stable.press("stability") == 0


def test_methods_that_ask_alike_share_their_samples(stable):
    stable.set("multiselect", "methods", ["foldover", "current"])
    assert stable.press("stability") == 3 * 200
    assert len(strips(stable)) == 2


def test_a_tree_has_no_map_of_signs(compared):
    compared.set("selectbox", "surrogate-name", "tree")
    assert not any("Agreement in sign" in alt for alt in compared.alts)
    assert "most important" in compared.text
    assert "against" not in compared.text.split("One scale for all")[1].split(".")[0]


def test_too_many_superpixels_for_all_masks_are_said_only_where_they_are_asked(stable):
    stable.set("selectbox", "sampler-name", "enumerate")
    assert stable.errors == []
    stable.set("multiselect", "methods", ["current"])
    assert "too many to ask the model about" in stable.errors[0]


def test_other_segmentations_are_repeats_read_in_the_superpixels_of_the_reader(stable):
    stable.set("multiselect", "methods", ["foldover", "segmentations"])
    assert stable.press("stability") == 2 * 3 * 200 - 200  # the first has the reader's own, which fold-over asked for
    assert "Other segmentations" in stable.text
    assert "Relative spread between segmentations" in stable.text
    assert "Those of other segmentations have another one each, too." in stable.text
    for view in ("Fewer samples", "Error bars", "Pairs", "Where it moves"):
        assert stable.set("button_group", "closer", view) == 0
        assert stable.errors == []


def test_a_segmentation_that_leaves_a_photo_in_one_piece_is_none_of_the_others(stable):
    even = np.full((SIDE, SIDE, 3), 90, dtype=np.uint8)
    stable.set("button_group", "photo-source", "upload")
    stable.page.file_uploader(key="photo-upload").set_value(("even.png", encoded(even), "image/png"))
    stable.run()
    stable.set("multiselect", "methods", ["segmentations"])
    stable.set("number_input", "repeats", 5)
    assert stable.press("stability") > 0
    assert stable.errors == []
    assert "Other segmentations: 5 repeats" in "\n".join(stable.alts)


def test_of_several_segmentations_the_page_says_how_many_superpixels_each_has(stable):
    stable.set("selectbox", "segmenter-name", "several")
    assert re.search(r"4 segmentations of \d+ to \d+ superpixels · 2 methods × 3 repeats", stable.text)


def test_one_superpixel_at_the_top_is_one(compared):
    assert "the 5 strongest superpixels of each." in compared.text
    assert compared.set("number_input", "stability-top-49", 1) == 0
    assert "the strongest superpixel of each." in compared.text
    assert compared.errors == []


def test_the_border_of_a_padded_photo_is_none_of_the_top(counting, monkeypatch):
    def load(name, precision="auto", download=True):
        return lc.wrap_model(counting, NAMES, "logits", (SIDE, SIDE), name=name, fit="pad")

    monkeypatch.setattr(lc, "load_model", load)
    app = App(counting)
    app.press("choose-chelsea")
    app.page.switch_page("pages/stability.py")
    app.run()
    app.set("selectbox", "segmenter-name", "grid")
    assert app.page.number_input(key="stability-top-49").max == 49
    assert app.errors == []
