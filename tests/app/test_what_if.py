"""The page What if: one row for each hidden version, the map's own word beside it, and superpixels that are edited."""

import gc
import weakref

import numpy as np
import pytest

import lime_core as lc
from lime_core.reports.numbers import score_text, weight_text
from pages.ui.what_if.hand import UNDONE, Hand
from tests.app.conftest import App

PAGE = "pages/what_if.py"


def opened(app: App) -> App:
    app.page.switch_page(PAGE)
    app.run()
    return app


def on_a_grid(app: App, page: str = PAGE) -> App:
    """The page with chelsea on a grid and 200 samples; AppTest forgets the settings with the page before."""
    app.page.switch_page(page)
    app.run()
    app.page.select_slider(key="num-samples").set_value(200)
    app.set("selectbox", "segmenter-name", "grid")
    return app


@pytest.fixture
def mapped(explained):
    """The page with chelsea on a grid, whose 200 samples are there."""
    return on_a_grid(explained)


@pytest.fixture
def bare(app):
    """The page with chelsea on a grid, of which nobody has asked anything."""
    app.press("choose-chelsea")
    return on_a_grid(app)


def hide(app, superpixels):
    return app.set("multiselect", "what-if-list", superpixels)


def mode(app, name):
    return app.set("button_group", "what-if-mode", name)


def metrics(app):
    return {metric.label: metric.value for metric in app.page.metric}


def shown(*hidden, d=49):
    row = np.ones((1, d), bool)
    row[0, list(hidden)] = False
    return row


def model():
    return lc.load_model("efficientnet_lite0")


def of_grid():
    """The explanation of the same photo and samples."""
    picture, classifier = lc.gallery_picture("chelsea"), model()
    spec = lc.ProbeSpec.of(picture, classifier, lc.Grid(), sampler=lc.FoldOver())
    *_, probe = lc.ProbeStore().grow(spec, picture, classifier, 200)
    return lc.explain(probe), probe, classifier


def test_without_a_photo_it_is_the_gallery(app):
    opened(app)
    assert "What did the model look at?" in [header.value for header in app.page.header]
    assert app.errors == []


def test_a_hidden_version_is_one_row_and_one_that_is_known_none(mapped):
    assert hide(mapped, [3]) == 1
    assert hide(mapped, [3, 8]) == 1
    assert hide(mapped, [3]) == 0
    assert hide(mapped, []) == 0
    assert mapped.run() == 0
    assert mapped.errors == []


def test_model_and_map_say_what_the_core_says(mapped):
    hide(mapped, [3, 8, 24])
    e, probe, classifier = of_grid()
    version = shown(3, 8, 24)
    now = float(lc.what_if(probe, classifier, version).scores(e.settings.class_index, "probability")[0])
    told = float(e.local_map(version)[0])
    assert metrics(mapped) == {
        "all shown": score_text(e.model_score, "probability"),
        "model now": score_text(now, "probability"),
        "map now": score_text(told, "probability"),
    }
    table = mapped.page.table[0].value
    assert table["class"][0] == e.class_name
    assert table["map − model"][0] == weight_text(told - now, "probability")
    assert "3 of 49 superpixels hidden" in mapped.text


def test_the_page_works_before_there_is_a_map_and_asks_for_that_of_explain(bare):
    assert hide(bare, [5]) == 1
    assert "needs samples of these superpixels" in bare.text
    assert metrics(bare)["map now"] == "–"
    assert bare.page.button(key="what-if-hide-top").disabled
    assert bare.press("what-if") == 200
    assert metrics(bare)["map now"] != "–"
    assert "1 of 49 superpixels hidden" in bare.text  # what was hidden stays
    before = bare.counting.rows
    on_a_grid(bare, "pages/explain.py")
    assert bare.map
    assert bare.counting.rows == before
    assert bare.errors == []


def test_the_samples_of_explain_serve_at_once(mapped):
    assert metrics(mapped)["map now"] != "–"
    assert "all there, costs nothing" in mapped.text


def test_all_none_the_others_and_the_top_are_one_press(mapped):
    e, *_ = of_grid()
    top = [int(superpixel) for superpixel in np.argsort(-e.weights, kind="stable")[:3]]
    hidden = lambda: mapped.page.multiselect(key="what-if-list").value  # noqa: E731
    mapped.set("number_input", "what-if-top-49", 3)
    mapped.press("what-if-hide-top")
    assert hidden() == sorted(top)
    mapped.press("what-if-invert")
    assert hidden() == [superpixel for superpixel in range(49) if superpixel not in top]
    assert mapped.press("what-if-only-top") == 0  # the same version
    mapped.press("what-if-hide-all")
    assert hidden() == list(range(49))
    assert metrics(mapped)["map now"] == score_text(e.intercept, "probability")
    mapped.press("what-if-show-all")
    assert hidden() == []


def test_a_tree_adds_nothing_up_and_says_so(mapped):
    mapped.set("selectbox", "surrogate-name", "tree")
    assert hide(mapped, [3]) == 1
    assert metrics(mapped)["map now"] == "–"
    assert "no score follows from them" in mapped.text


def test_another_score_is_that_of_model_and_map(mapped):
    mapped.set("selectbox", "space-logits", "logit")
    hide(mapped, [3])
    assert "%" not in "".join(metrics(mapped).values())


def cut(app):
    """The superpixels that there are: those of the page's own text."""
    return int(app.page.button(key="what-if-explain").label.split()[-2])


def test_superpixels_are_joined_and_what_was_is_taken_back(mapped):
    mode(mapped, "join")
    assert mapped.page.button(key="what-if-join").disabled
    mapped.set("multiselect", "what-if-selected", [0, 1, 7])
    assert mapped.press("what-if-join") == 1  # the full picture of another cut
    assert cut(mapped) == 47
    assert "needs samples of these superpixels" in mapped.text
    mapped.set("multiselect", "what-if-selected", [0, 1])
    mapped.press("what-if-join")
    assert cut(mapped) == 46
    mapped.press("what-if-undo")
    assert cut(mapped) == 47
    mapped.press("what-if-as-it-was")
    assert cut(mapped) == 49
    assert metrics(mapped)["map now"] != "–"
    assert mapped.errors == []


def test_each_undo_takes_back_one_edit_however_many_there_were():
    by, cuts = Hand(), [np.arange(2 + count)[None] for count in range(UNDONE + 5)]
    for labels in cuts:
        by.edit(labels)
    for labels in reversed(cuts[-UNDONE - 1 : -1]):
        by.undo()
        assert np.array_equal(by.maps[-1].labels, labels)
    assert not by.can_undo
    by.undo()
    assert np.array_equal(by.maps[-1].labels, cuts[-UNDONE - 1])
    by.as_it_was()
    assert by.maps == []
    by.edit(cuts[0])
    by.undo()
    assert by.maps == []


def test_one_superpixel_is_split_and_a_shape_is_drawn_by_numbers(mapped):
    mode(mapped, "split")
    mapped.set("multiselect", "what-if-selected", [24])
    mapped.press("what-if-split")
    assert cut(mapped) == 50
    mode(mapped, "draw")
    for shape in ("rectangle", "ellipse"):
        before = cut(mapped)
        mapped.set("button_group", "what-if-shape", shape)
        for name, value in {"Top": 2, "Left": 2, "Bottom": 16, "Right": 16}.items():
            mapped.set("number_input", f"what-if-{name}-128", value)
        mapped.press("what-if-draw")
        assert cut(mapped) == before + 1
    assert mapped.errors == []


def test_a_button_takes_the_numbers_that_are_typed_when_it_is_pressed(mapped):
    e, *_ = of_grid()
    strongest = np.argsort(-e.weights, kind="stable")[:3].tolist()
    for name, expected in (("hide", strongest), ("only", set(range(49)) - set(strongest))):
        mapped.set("number_input", "what-if-top-49", 5)
        mapped.page.number_input(key="what-if-top-49").set_value(3)
        mapped.press(f"what-if-{name}-top")
        assert mapped.page.multiselect(key="what-if-list").value == sorted(expected)
    mode(mapped, "draw")
    mapped.set("button_group", "what-if-shape", "rectangle")
    for name, value in {"Top": 2, "Left": 2, "Bottom": 16, "Right": 16}.items():
        mapped.page.number_input(key=f"what-if-{name}-128").set_value(value)
    mapped.press("what-if-draw")
    [labels] = [map.labels for map in mapped.page.session_state["what-if-hand"].maps]
    assert (labels[2:16, 2:16] == labels[2, 2]).all()
    assert (labels == labels[2, 2]).sum() == 14 * 14


def test_what_cannot_be_drawn_says_why_and_changes_nothing(mapped):
    mode(mapped, "draw")
    mapped.set("button_group", "what-if-shape", "rectangle")
    for name, value in {"Top": 0, "Left": 0, "Bottom": 128, "Right": 128}.items():
        mapped.set("number_input", f"what-if-{name}-128", value)
    mapped.press("what-if-draw")
    assert "Draw a smaller one." in mapped.text
    assert cut(mapped) == 49
    mapped.run()
    assert "Draw a smaller one." not in mapped.text


def test_explain_takes_the_edited_superpixels_and_the_samples_are_those_of_both(mapped):
    mode(mapped, "join")
    mapped.set("multiselect", "what-if-selected", [0, 1, 7])
    mapped.press("what-if-join")
    assert mapped.press("what-if-explain") == 200  # the run begins by itself
    at = mapped.page
    assert at.selectbox(key="segmenter-name").value == "label_map"
    assert "Superpixels of the page What if, given before." in mapped.text
    assert "47 superpixels" in mapped.text
    assert mapped.map
    before = mapped.counting.rows
    on_a_grid(mapped)
    mapped.set("selectbox", "segmenter-name", "label_map")
    mode(mapped, "join")
    assert cut(mapped) == 47
    assert metrics(mapped)["map now"] != "–"
    assert at.button(key="what-if-as-it-was").disabled
    assert mapped.counting.rows == before  # the full picture was asked for when it was joined
    assert mapped.errors == []


def test_another_photo_or_cut_begins_anew(mapped):
    hide(mapped, [3])
    mapped.set("slider", "segmenter-grid-rows", 5)
    assert "0 of 35 superpixels hidden" in mapped.text


def test_of_several_segmentations_the_first_one_is_edited_and_that_is_said(app):
    app.press("choose-chelsea")
    opened(app)
    mode(app, "split")
    assert "Of several segmentations the first one's superpixels are edited" in app.text
    before = cut(app)
    app.set("multiselect", "what-if-selected", [2])
    app.press("what-if-split")
    assert cut(app) == before + 1
    assert app.errors == []


def test_what_the_browser_says_is_taken_with_care():
    by = Hand(hidden={1}, turn=4)
    by.take("hidden", {"which": [2, "3", -1, True, 5.5, None, 7], "turn": 4})
    assert by.hidden == {2, 7}
    assert by.turn == 4
    by.take("picked", {"which": [1], "turn": 3})  # from before the picture was told something else
    assert (by.picked, by.turn, by.ordered) == ({1}, 5, ([2, 7], [1]))


def test_what_was_pressed_on_superpixels_before_an_edit_hides_none_of_those_after_it():
    by = Hand()
    by.edit(np.array([[0, 1, 2, 3]]))
    on_these = by.turn
    by.edit(np.array([[0, 0, 1, 2]]))
    by.take("hidden", {"which": [2], "turn": on_these})
    assert by.hidden == set()
    assert by.turn > on_these + 1  # the picture is told so
    by.hide([1])
    by.take("hidden", {"which": [1, 2], "turn": by.since})
    assert by.hidden == {1, 2}


def test_a_superpixel_that_is_not_there_hides_nothing(mapped):
    mapped.page.session_state["what-if-hand"].hidden = {4000}
    mapped.run()
    assert metrics(mapped)["all shown"] == metrics(mapped)["model now"]
    assert mapped.errors == []


def test_an_edit_for_which_there_is_no_room_says_so(mapped, monkeypatch):
    mode(mapped, "split")
    mapped.set("multiselect", "what-if-selected", [2])
    monkeypatch.setattr("pages.ui.runs.kept.Kept.take", no_room)
    mapped.press("what-if-split")
    assert "keeps as much of its visitors as it can" in mapped.text


def no_room(self, thing, nbytes):
    raise lc.LimeError("The server keeps as much of its visitors as it can. Try again in a few minutes.")


def test_an_open_page_holds_no_model(bare, monkeypatch):
    loaded, load = [], lc.load_model

    def noted(name: str, precision: str = "auto", download: bool = True) -> lc.Classifier:
        classifier = load(name, precision)
        loaded.append(weakref.ref(classifier))
        return classifier

    monkeypatch.setattr(lc, "load_model", noted)
    for name in ("efficientnet_lite1", "efficientnet_lite2", "efficientnet_lite0"):
        bare.set("selectbox", "model-name", name)
        hide(bare, [2])
        bare.press("what-if")
    bare.set("button_group", "precision", "f32")
    bare.set("button_group", "precision", "bf16")
    gc.collect()
    assert sum(reference() is not None for reference in loaded) <= 3
    assert bare.errors == []


def test_a_map_of_part_of_the_samples_says_so(mapped):
    assert "This map rests on" not in mapped.text
    mapped.set("select_slider", "num-samples", 300)
    assert "This map rests on 200 of 300 samples. Press Explain for the others." in mapped.text
