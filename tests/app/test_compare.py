"""The page Compare: maps that differ in one thing, from as few samples as they need, and figures of the core."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.reports.numbers import two_decimals, weight_text, with_chance
from pages.ui.compare import columns
from pages.ui.figures.sentences import sentence
from pages.ui.runs import caches
from tests.app.conftest import give_prior
from tests.support.badfiles import blocks, encoded

PAGE = "pages/compare.py"


@pytest.fixture
def compared(explained):
    """The page with chelsea on a grid, whose 200 samples are there."""
    explained.page.switch_page(PAGE)
    explained.run()
    explained.page.select_slider(key="num-samples").set_value(200)
    assert explained.set("selectbox", "segmenter-name", "grid") == 0
    return explained


def kind(app, name):
    return app.set("button_group", "compare-kind", name)


def maps(app):
    return [alt for alt in app.alts if alt.startswith("Map of ")]


def cells(app, alt):
    """A table of the page by its columns."""
    return next(table.value for table in app.page.table if alt in table.value.columns)


def test_without_a_photo_it_is_the_gallery(app):
    app.page.switch_page(PAGE)
    app.run()
    assert "What did the model look at?" in [header.value for header in app.page.header]
    assert app.errors == []


def test_classes_come_from_one_probe_that_is_there_and_stand_on_one_scale(compared):
    first, second = (index for index, _, _ in model().top(lc.gallery_picture("chelsea"), 2))
    found = maps(compared)
    assert [alt.split(",")[0] for alt in found] == [f"Map of thing {first}", f"Map of thing {second}"]
    assert "49 superpixels · 200 samples · all there, costs nothing" in compared.text
    assert "One scale for all" in compared.text
    assert compared.press("compare") == 0
    assert compared.errors == []


def model():
    return lc.load_model("efficientnet_lite0")


def explained_as(index, **settings):
    """What the core says of the same photo and samples."""
    picture, classifier = lc.gallery_picture("chelsea"), model()
    *_, probe = lc.ProbeStore().grow(lc.ProbeSpec.of(picture, classifier, lc.Grid()), picture, classifier, 200)
    return lc.explain(probe, index, **settings)


def test_the_figures_of_agreement_are_those_of_the_core(compared):
    first, second = (index for index, _, _ in model().top(lc.gallery_picture("chelsea"), 2))
    one, other = explained_as(first), explained_as(second)
    both = lc.side_by_side({"one": one, "other": other}, one.scene.segmentation)
    table = cells(compared, "rank correlation")
    assert table["rank correlation"].tolist() == [two_decimals(both.spearman[0, 1])]
    assert table["correlation by pixel"].tolist() == [two_decimals(both.correlation[0, 1])]
    assert table["shared of the top 5"].tolist() == [with_chance(both.overlap(5)[0, 1], both.chance(5)[0, 1])]


def test_the_difference_says_where_they_are_furthest_apart(compared):
    first, second = (index for index, _, _ in model().top(lc.gallery_picture("chelsea"), 2))
    apart = explained_as(first).weights - explained_as(second).weights
    furthest = ", ".join(map(str, np.argsort(-np.abs(apart), kind="stable")[:3]))
    assert [alt for alt in compared.alts if alt.endswith(f"furthest apart in superpixels {furthest}.")]


def test_the_model_is_asked_at_a_press_which_map_it_agrees_with(compared):
    first = model().top(lc.gallery_picture("chelsea"), 1)[0][0]
    assert "Relevance gain" in compared.text
    rows = compared.press("agree")
    assert 80 <= rows <= 160
    table = cells(compared, "relevance gain")
    gain = lc.relevance_gain(explained_as(first), model())
    assert table["relevance gain"].tolist()[0] == sentence(weight_text(gain.srg, gain.space))
    assert not [name for name in table["map"] if "highest" in name]  # of two classes none is better
    assert compared.press("agree") == compared.run() == 0


def test_other_methods_are_asked_once_and_one_that_does_not_fit_says_why(compared):
    assert kind(compared, "methods") == 0
    assert "2 other methods to ask" in compared.text
    rows = compared.press("compare")
    assert rows >= 500  # KernelSHAP, and the full picture that each begins with
    assert [
        note.value for note in compared.page.info if "Grad-CAM needs the gradients of a torch network" in note.value
    ]
    assert any("KernelSHAP" in alt for alt in maps(compared))
    assert "share of all that its map" in compared.text
    assert compared.press("compare") == compared.run() == 0
    assert "all there, costs nothing" in compared.text
    assert compared.errors == []


def test_what_kernel_shap_says_is_summed_over_the_superpixels_of_lime(compared):
    kind(compared, "methods")
    compared.press("compare")
    first = model().top(lc.gallery_picture("chelsea"), 1)[0][0]
    e = explained_as(first)
    shap = lc.attribute(
        lc.gallery_picture("chelsea"), model(), lc.KernelShap(), first, lc.ProbeSettings(lc.Grid()), e.settings.space
    )
    both = lc.side_by_side({"LIME": e, "KernelSHAP": shap}, e.scene.segmentation)
    assert cells(compared, "rank correlation")["rank correlation"].tolist() == [two_decimals(both.spearman[0, 1])]


def test_settings_of_a_method_are_another_question(compared):
    kind(compared, "methods")
    compared.set("multiselect", "compare-methods", ["occlusion"])
    few = compared.press("compare")
    assert compared.set("slider", "compare-occlusion-stride", 32) == 0
    assert "1 other method to ask" in compared.text
    assert 0 < compared.press("compare") < few
    assert compared.set("slider", "compare-occlusion-stride", 16) == 0
    assert "all there, costs nothing" in compared.text


def test_presets_stand_beside_the_settings_at_the_left(compared):
    assert kind(compared, "settings") == 0
    assert [alt.split(". ")[0].split(", ")[1] for alt in maps(compared)] == ["As at the left"]
    assert compared.press("compare") == 1000  # those of lime
    assert [alt.split(". ")[0].split(", ")[1] for alt in maps(compared)] == ["As at the left", "As lime"]
    assert compared.errors == []


def test_models_explain_the_class_of_the_same_name(compared):
    kind(compared, "models")
    assert compared.press("compare") == 200  # those of the other model
    found = maps(compared)
    assert [alt.split(". ")[0].split(", ")[1] for alt in found] == ["efficientnet_lite0", "efficientnet_lite1"]
    assert len({alt.split(",")[0] for alt in found}) == 1
    assert compared.errors == []


def test_photos_have_classes_of_their_own_and_nothing_to_subtract(compared):
    kind(compared, "photos")
    compared.press("compare")
    assert len(maps(compared)) == 2
    assert "nothing can be subtracted" in compared.text
    assert "these are of several" in compared.text
    assert compared.errors == []


def upload(app, **pictures):
    """Photos of one's own beside chelsea."""
    kind(app, "photos")
    app.set("button_group", "compare-source", "upload")
    files = [(f"{name}.png", encoded(pixels), "image/png") for name, pixels in pictures.items()]
    app.page.file_uploader(key="compare-upload").set_value(files)
    app.run()


def test_uploaded_photos_are_there_at_every_visit(compared):
    upload(compared, one=blocks(side=40))
    for _ in range(3):
        compared.page.switch_page("pages/explain.py")
        compared.run()
        compared.page.switch_page(PAGE)
        compared.run()
        assert compared.errors == []
        assert compared.page.button_group(key="compare-source").value == "upload"
        assert compared.press("compare") in (0, 200)
        assert [alt.split(". ")[0].split(", ")[1] for alt in maps(compared)] == ["chelsea", "one.png"]
    assert "1 file, given before." in compared.text
    compared.press("compare-forget-files")
    assert "given before" not in compared.text


PLAIN = np.full((200, 200, 3), 128, np.uint8)


def test_a_photo_that_cannot_be_cut_leaves_the_others(compared):
    compared.set("selectbox", "segmenter-name", "felzenszwalb")
    upload(compared, one=blocks(side=40), flat=PLAIN, two=blocks(side=40, seed=1))
    assert "flat.png is left out: The whole picture became one superpixel" in compared.text
    compared.press("compare")
    assert [alt.split(". ")[0].split(", ")[1] for alt in maps(compared)] == ["chelsea", "one.png", "two.png"]
    assert compared.errors == []


def test_a_photo_of_more_superpixels_than_the_sampler_takes_leaves_the_others(compared, monkeypatch):
    few = lc.gallery_picture("chelsea").digest
    cut = lc.ProbeStore.segmentation

    def coarse(store, picture, model, segmenter):
        return cut(store, picture, model, lc.Grid(2, 2) if picture.digest == few else segmenter)

    monkeypatch.setattr(lc.ProbeStore, "segmentation", coarse)
    compared.set("selectbox", "sampler-name", "enumerate")
    upload(compared, one=blocks(side=40))
    assert "one.png is left out: All masks of 49 superpixels are too many" in compared.text
    assert maps(compared) == []
    assert compared.errors == []


def test_a_preset_and_a_model_that_cannot_cut_the_photo_leave_the_others(compared, monkeypatch):
    cut = lc.ProbeStore.segmentation

    def fails(store, picture, model, segmenter):
        if model.name == "efficientnet_lite1" or isinstance(segmenter, lc.Quickshift):
            raise lc.TooFewSuperpixels("There is one superpixel.")
        return cut(store, picture, model, segmenter)

    monkeypatch.setattr(lc.ProbeStore, "segmentation", fails)
    kind(compared, "settings")
    assert "As lime is left out: There is one superpixel." in compared.text
    assert len(maps(compared)) == 0
    kind(compared, "models")
    assert "efficientnet\\_lite1 is left out: There is one superpixel." in compared.text
    assert compared.errors == []


@pytest.mark.parametrize("name", list(columns.KINDS))
def test_every_view_of_every_kind_can_be_drawn(compared, name):
    kind(compared, name)
    compared.press("compare")
    for view in ("tint", "pixels", "heatmap"):
        assert compared.set("button_group", "compare-view", view) == 0
        assert maps(compared)
    assert compared.errors == []


def beside(app, classes):
    first = model().top(lc.gallery_picture("chelsea"), 1)[0][0]
    key = f"compare-classes-{lc.gallery_picture('chelsea').digest}-efficientnet_lite0-{first}"
    return app.set("multiselect", key, classes)


def test_fewer_than_two_are_asked_for(compared):
    beside(compared, [])
    assert "Choose at least two." in [note.value for note in compared.page.info]
    assert compared.errors == []


def test_three_maps_have_three_pairs_and_a_choice_of_what_is_subtracted(compared):
    beside(compared, [1, 2])
    assert len(cells(compared, "rank correlation")) == 3
    assert compared.set("selectbox", "compare-second-3", 2) == 0
    assert [alt for alt in compared.alts if alt.startswith("thing 0 minus thing 2")]


def test_the_class_at_the_left_is_always_one_of_them(compared):
    digest = lc.gallery_picture("chelsea").digest
    assert compared.set("selectbox", f"class-{digest}-efficientnet_lite0", 4) == 0
    assert maps(compared)[0].startswith("Map of thing 4,")


def test_more_samples_at_the_left_than_a_preset_has_are_asked_for(compared):
    compared.press("preset-recommended")
    kind(compared, "settings")
    compared.set("multiselect", "compare-settings", [columns.LEFT, "recommended"])
    compared.press("compare")
    compared.set("select_slider", "num-samples", 1000)
    assert compared.press("compare") == 500
    assert len(maps(compared)) == 2


def test_a_tree_has_no_direction(compared):
    compared.set("selectbox", "surrogate-name", "tree")
    assert "Importances of a tree have no direction" in compared.text
    assert "against the class" not in compared.text
    assert "Superpixels that matter most: " in maps(compared)[0]
    assert compared.errors == []


def test_beside_a_tree_sizes_are_compared(compared):
    kind(compared, "methods")
    compared.set("multiselect", "compare-methods", ["kernel_shap"])
    compared.press("compare")
    assert "compared by size" not in compared.text
    compared.set("selectbox", "surrogate-name", "tree")
    first = model().top(lc.gallery_picture("chelsea"), 1)[0][0]
    tree = explained_as(first, surrogate=lc.Tree(), feature_selection=lc.AllFeatures())
    shap = lc.attribute(
        lc.gallery_picture("chelsea"), model(), lc.KernelShap(), first, lc.ProbeSettings(lc.Grid()), tree.settings.space
    )
    both = lc.side_by_side(
        {"LIME": np.abs(tree.pixel_weights()), "KernelSHAP": np.abs(shap.values)}, tree.scene.segmentation
    )
    assert cells(compared, "rank correlation")["rank correlation"].tolist() == [two_decimals(both.spearman[0, 1])]
    furthest = ", ".join(map(str, np.argsort(-np.abs(both.difference("LIME", "KernelSHAP")), kind="stable")[:3]))
    assert [alt for alt in compared.alts if alt.endswith(f"furthest apart in superpixels {furthest}.")]
    assert "says that more matters" in compared.text
    assert "compared by size" in compared.text


def test_settings_of_a_method_that_exclude_each_other_leave_it_out(compared):
    kind(compared, "methods")
    compared.set("multiselect", "compare-methods", ["occlusion", "grad_cam"])
    compared.set("slider", "compare-occlusion-window", 8)
    assert "Occlusion is left out" in compared.text
    compared.press("compare")
    assert compared.errors == []
    assert compared.page.button(key="compare").label == "Compare"


def test_a_prior_of_the_model_at_the_left_is_left_out_with_another_model(compared, planted_prior):
    give_prior(compared, "planted.npz", lc.prior_bytes(planted_prior))
    kind(compared, "models")
    compared.press("compare")
    assert len(maps(compared)) == 2
    assert compared.errors == []


def test_a_method_that_fails_leaves_the_others(compared, monkeypatch):
    def fails(self, question):
        raise lc.BadScores("no number")

    kind(compared, "methods")
    compared.set("multiselect", "compare-methods", ["occlusion", "kernel_shap"])
    monkeypatch.setattr(lc.Occlusion, "__call__", fails)
    compared.press("compare")
    assert "no number" in [note.value for note in compared.page.info]
    assert any("KernelSHAP" in alt for alt in maps(compared))


def test_an_error_ends_the_run_and_is_said(compared):
    kind(compared, "methods")
    compared.counting.error = RuntimeError("out of order")
    compared.press("compare")
    assert len(compared.errors) == 1
    compared.counting.error = None
    assert compared.press("compare") > 0
    assert compared.errors == []


def test_a_photo_on_which_the_model_fails_is_named(compared):
    compared.counting.error = lc.BadScores("The model is out of order.")
    kind(compared, "photos")
    assert any(error.startswith("coffee: The model is out of order") for error in compared.errors), compared.errors


def test_answers_are_bounded(compared, monkeypatch):
    from pages.ui.compare import answers

    monkeypatch.setattr(answers, "KEPT", 2)  # fewer than are compared: what had to leave is not asked for again
    kind(compared, "methods")
    compared.set("multiselect", "compare-methods", ["occlusion", "kernel_shap", "grad_cam"])
    compared.press("compare")
    assert len(caches.shared("attributions")) <= 2


def test_a_class_that_the_model_has_no_longer_is_dropped(compared):
    beside(compared, [2, 3])
    first = model().top(lc.gallery_picture("chelsea"), 1)[0][0]
    key = f"compare-classes-{lc.gallery_picture('chelsea').digest}-efficientnet_lite0-{first}"
    compared.page.session_state[key] = [55, 2]  # as after another model came under the same name
    compared.run()
    assert [alt.split(",")[0] for alt in maps(compared)] == [f"Map of thing {first}", "Map of thing 2"]
