"""The Prior page as a user lives it, without a browser."""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

import lime_core as lc
from pages.ui.pictures import choosing
from pages.ui.prior import build
from pages.ui.prior.build import summarize
from pages.ui.runs import caches, growing
from pages.ui.runs.summaries import SummaryKey
from tests.app.conftest import NAMES, SIDE, App, give_prior
from tests.support.badfiles import encoded

PHOTOS = ["chelsea", "coffee", "rocket"]


@pytest.fixture
def prior(app) -> App:
    """The page without a photo: three pictures of the gallery, 100 samples each, a grid; nothing is asked yet."""
    app.page.switch_page("pages/prior.py")
    app.run()
    app.page.selectbox(key="segmenter-name").set_value("grid")
    app.page.number_input(key="prior-samples").set_value(100)
    app.page.number_input(key="prior-classes").set_value(2)
    app.page.number_input(key="prior-clusters").set_value(10)
    app.set("button_group", "prior-gallery", PHOTOS)
    return app


@pytest.fixture
def built(prior) -> App:
    assert prior.press("build") == 3 * 100
    return prior


def kept(app: App) -> dict[str, lc.GlobalPrior]:
    return app.page.session_state["priors"]


def cards(app: App) -> list[str]:
    return [alt for alt in app.alts if alt.startswith("Word ")]


def test_the_page_works_without_a_photo_says_what_it_costs_and_asks_nothing(prior):
    assert "3 pictures × 100 samples · ≈ " in prior.text
    assert "Choose pictures and press **Build**" in prior.text
    assert prior.page.button(key="build").label == "Build"
    assert prior.alts == ["3 pictures; 0 of them finished."]
    assert prior.errors == []
    assert prior.run() == 0


def test_a_model_of_more_classes_than_a_prior_has_is_not_asked(prior, monkeypatch):
    monkeypatch.setattr(build, "MOST_OUTPUTS", len(NAMES) - 1)
    assert prior.press("build") == 0
    assert prior.errors == ["A prior has 7 classes at most, and this model has 8."]


def test_a_prior_is_built_looked_into_and_offered_for_download(built):
    assert "3 pictures × 100 samples · all there, costs nothing" in built.text
    assert "3 pictures; 3 of them finished." in built.alts
    (name, found), *others = kept(built).items()
    assert others == []
    assert name == found.made_by["source"] == "3 gallery photos, Signed, 10 words"
    assert (found.made_by["pictures"], found.made_by["superpixels"]) == (3, 3 * 49)
    assert found.signed
    assert len(found.weights) == len(NAMES)
    assert found.examples is not None
    assert "3 pictures · 147 superpixels · 10 words" in built.text
    assert len(cards(built)) == np.count_nonzero(found.weights[found.counts.sum(axis=1).argmax()])
    assert len(built.page.get("download_button")) == 2  # the prior alone, and all that is seen
    assert built.page.button(key="build").label == "Build"
    assert built.errors == []


def test_a_model_that_ends_is_said_and_its_pictures_are_not_left_out(prior, monkeypatch):
    asked = []

    def ends(*of, grow=growing.grow):
        asked.append(of)
        if len(asked) > 1:
            raise lc.ModelUnavailable("This model is gone: bring it again.")
        return grow(*of)

    with monkeypatch.context() as patch:
        patch.setattr(growing, "grow", ends)
        prior.press("build")
    assert any("coffee: This model is gone" in error for error in prior.errors), "it says where"
    assert "left out" not in prior.text
    assert "1 of 3 pictures are finished" in prior.text
    assert prior.press("prior-part") == 0
    assert list(kept(prior)) == ["1 of 3 gallery photos, Signed, 10 words"]
    assert prior.press("build") > 0
    assert "3 gallery photos, Signed, 10 words" in kept(prior)


def test_what_is_built_is_what_the_core_builds(built):
    model, summaries = lc.load_model("efficientnet_lite0"), []
    for name in PHOTOS:
        probe = lc.probe_image(lc.gallery_picture(name), model, 100, segmenter=lc.Grid())
        summaries.append(lc.PictureSummary.of([lc.explain(probe, index) for index in probe.most_likely(2)]))
    expected = lc.build_prior(summaries, len(NAMES), 10, "signed")
    (found,) = kept(built).values()
    assert found == expected
    weights = expected.weights[expected.counts.sum(axis=1).argmax()]
    strongest = np.argsort(-np.abs(weights), kind="stable")
    assert [int(card.split(":")[0].removeprefix("Word ")) for card in cards(built)] == strongest[
        : len(cards(built))
    ].tolist()


def test_other_words_from_the_same_pictures_ask_the_model_nothing(built):
    changes = [
        ("button_group", "prior-method", "average"),
        ("button_group", "prior-method", "normlime"),
        ("number_input", "prior-clusters", 5),
        ("number_input", "prior-position", 1.0),
        ("toggle", "prior-examples", False),
    ]
    for number, (kind, key, value) in enumerate(changes, start=2):
        assert built.set(kind, key, value) == 0, key
        assert built.press("build") == 0, key
        assert len(kept(built)) == min(number, 5), "examples make no other prior"
    assert built.page.selectbox(key="prior-shown").value == list(kept(built))[-1]
    assert list(kept(built).values())[-1].examples is None
    assert cards(built)
    assert built.errors == []


def test_more_classes_and_another_fit_ask_nothing_and_more_pictures_only_the_new_ones(built):
    built.set("number_input", "prior-classes", 3)
    assert "3 pictures × 100 samples · only the fits are missing" in built.text
    assert built.press("build") == 0
    built.set("select_slider", "surrogate-ridge-alpha", 100.0)
    assert built.press("build") == 0
    built.set("button_group", "prior-gallery", [*PHOTOS, "flower"])
    assert "3 of 4 pictures are finished. Build asks about the others." in built.text
    assert built.press("build") == 100
    built.set("number_input", "prior-crops", 2)
    assert built.press("build") == 4 * 100
    assert list(kept(built).values())[-1].made_by["pictures"] == 8
    assert "4 pictures × 2 crops × 100 samples" in built.text
    assert "8 crops of 4 pictures · 392 superpixels · 10 words" in built.text
    parts = [summary for summary in caches.summaries()._summaries.values() if summary.crop_of]
    assert {one.crop_of for one in parts} == {lc.gallery_picture(name).digest for name in [*PHOTOS, "flower"]}
    assert built.set("number_input", "prior-crops", 1) == 0
    assert "all there, costs nothing" in built.text


def breaks_after(app: App, monkeypatch, pictures: int) -> None:
    """The model is gone once it has been asked about so many pictures."""
    answer, start = type(app.counting).__call__, app.counting.rows

    def breaks(self, batch):
        if self.rows >= start + pictures:
            raise RuntimeError("the model is gone")
        return answer(self, batch)

    monkeypatch.setattr(type(app.counting), "__call__", breaks)


def test_a_run_that_ended_early_keeps_its_pictures_and_goes_on(prior, monkeypatch):
    with monkeypatch.context() as patch:
        breaks_after(prior, patch, 200)
        assert prior.press("build") == 200
    assert "Something went wrong here" in prior.errors[0]
    assert prior.page.button(key="build").label == "Build"
    assert "3 pictures; 2 of them finished." in prior.alts
    assert "2 of 3 pictures are finished" in prior.text
    assert prior.press("prior-part") == 0
    assert [found.made_by["pictures"] for found in kept(prior).values()] == [2]
    assert prior.press("build") == 100
    assert [found.made_by["pictures"] for found in kept(prior).values()] == [2, 3]


def leaves_after(monkeypatch, pictures: int) -> None:
    """The page is left in the middle of a run, as Streamlit leaves it when a control is used: after some pictures."""
    grow, begun = growing.grow, []

    def left(*given):
        if len(begun) == pictures:
            st.stop()
        begun.append(given)
        yield from grow(*given)

    monkeypatch.setattr(growing, "grow", left)


def test_a_cancelled_run_keeps_its_pictures_and_goes_on(prior, monkeypatch):
    with monkeypatch.context() as patch:
        leaves_after(patch, 1)
        assert prior.press("build") == 100
        assert prior.page.button(key="build").label == "Cancel"
        assert prior.press("build") == 0
    assert prior.page.button(key="build").label == "Build"
    assert "1 of 3 pictures are finished. Build asks about the others." in prior.text
    assert prior.alts == ["3 pictures; 1 of them finished."]
    assert prior.run() == 0
    assert prior.press("build") == 200
    assert [found.made_by["pictures"] for found in kept(prior).values()] == [3]


def test_a_run_goes_on_when_a_control_of_the_words_is_used_and_ends_with_other_samples(prior, monkeypatch):
    with monkeypatch.context() as patch:
        leaves_after(patch, 1)
        prior.press("build")
    assert prior.set("number_input", "prior-clusters", 5) == 200
    (found,) = kept(prior).values()
    assert len(found.centroids) == 5
    with monkeypatch.context() as patch:
        leaves_after(patch, 0)
        prior.set("number_input", "seed", 3)
        prior.press("build")
    assert prior.page.button(key="build").label == "Cancel"
    assert prior.set("number_input", "seed", 4) == 0
    assert prior.page.button(key="build").label == "Build"
    assert prior.set("number_input", "seed", 3) == 0, "a run that was ended does not start again by itself"


def test_a_second_visit_finds_everything_still_there(built):
    before = cards(built)
    built.page.switch_page("pages/explain.py")
    built.run()
    built.page.switch_page("pages/prior.py")
    assert built.run() == 0
    assert cards(built) == before
    assert "all there, costs nothing" in built.text
    assert built.page.number_input(key="prior-samples").value == 100


def test_another_session_pays_nothing_for_the_same_pictures(built, counting):
    other = App(counting)
    before = counting.rows
    other.page.switch_page("pages/prior.py")
    other.run()
    for kind, key, value in (
        ("selectbox", "segmenter-name", "grid"),
        ("number_input", "prior-samples", 100),
        ("number_input", "prior-classes", 2),
        ("button_group", "prior-gallery", PHOTOS),
    ):
        other.set(kind, key, value)
    assert "all there, costs nothing" in other.text
    other.press("build")
    assert counting.rows == before
    assert len(kept(other)) == 1


def test_a_class_that_the_prior_knows_nothing_about_is_said(built):
    (found,) = kept(built).values()
    box = next(box for box in built.page.selectbox if box.label == "Class")
    sizes = found.counts.sum(axis=1)
    order = sorted(found.classes, key=lambda index: -sizes[index])
    listed = [f"{NAMES[index]} · {sizes[index]} superpixels" for index in order]
    assert box.options[: len(listed)] == listed
    unknown = next(index for index in range(len(NAMES)) if index not in found.classes)
    assert built.set("selectbox", box.key, unknown) == 0
    assert "knows nothing about this class" in built.text
    assert cards(built) == []


def test_the_prior_is_laid_over_the_photo_that_is_chosen(built):
    built.set("selectbox", "photo-gallery", "chelsea")
    (found,) = kept(built).values()
    (map_text,) = [alt for alt in built.alts if alt.startswith("What the prior expects of chelsea")]
    model, picture = lc.load_model("efficientnet_lite0"), lc.gallery_picture("chelsea")
    labels = lc.segment(model.view(picture), lc.Grid()).labels
    index = next(box for box in built.page.selectbox if box.label == "Class").value
    expected = found.project(lc.describe(model, model.view(picture), labels).features, index)
    assert f"it knows **{expected.coverage:.0%}** of the 49 superpixels" in built.text
    assert f"word {expected.words[np.abs(expected.mean).argmax()]} " in map_text
    assert cards(built)
    assert built.errors == []


def test_the_class_at_the_left_is_taken_where_the_prior_knows_it_and_named_where_not(built):
    built.set("selectbox", "photo-gallery", "chelsea")
    (found,) = kept(built).values()
    left = next(box for box in built.page.selectbox if box.label == "Class to explain")
    unknown = next(index for index in range(len(NAMES)) if index not in found.classes)
    for index in (found.classes[-1], unknown):
        built.set("selectbox", left.key, index)
        box = next(box for box in built.page.selectbox if box.label == "Class")
        assert (box.value == index) == (index != unknown)
        assert (f"It knows nothing about {NAMES[index]}" in built.text) == (index == unknown)


def test_the_page_goes_on_beside_a_photo_or_a_setting_that_cannot_be_used(prior):
    prior.set("button_group", "photo-source", "upload")
    prior.page.file_uploader(key="photo-upload").set_value(("broken.png", b"nothing", "image/png"))
    prior.run()
    assert len(prior.errors) == 1, "the photo's"
    assert "3 pictures × 100 samples" in prior.text
    prior.set("selectbox", "segmenter-name", "label_map")
    assert "The settings at the left cannot be used yet." in prior.text
    prior.set("selectbox", "segmenter-name", "grid")
    assert "3 pictures × 100 samples" in prior.text


def test_a_photo_that_cannot_be_cut_leaves_the_words_of_the_prior(built):
    built.set("selectbox", "photo-gallery", "chelsea")
    words = len(cards(built))
    assert words
    built.set("selectbox", "segmenter-name", "felzenszwalb")
    built.set("button_group", "photo-source", "upload")
    plain = encoded(np.full((200, 200, 3), 128, np.uint8))
    built.page.file_uploader(key="photo-upload").set_value(("plain.png", plain, "image/png"))
    built.run()
    assert len(built.errors) == 1, "where the map would be"
    assert built.errors[0].startswith("The whole picture became one superpixel")
    assert len(cards(built)) == words
    assert len(built.page.get("download_button")) == 2, "the prior, and what is seen of it"
    assert "What the strength does" not in built.text
    built.set("selectbox", "segmenter-name", "grid")
    assert built.errors == []
    assert "What the strength does" in built.text


def test_the_border_of_a_padded_photo_is_nothing_that_a_prior_knows(counting, monkeypatch):
    def load(name, precision="auto", download=True):
        return lc.wrap_model(counting, NAMES, "logits", (SIDE, SIDE), name=name, fit="pad")

    drawn = []

    def noted(cut, expected, limit, most):
        drawn.append((cut, expected))
        return cut.image

    monkeypatch.setattr(lc, "load_model", load)
    monkeypatch.setattr("pages.ui.prior.expected.expected_map", noted)
    app = App(counting)
    app.page.switch_page("pages/prior.py")
    app.run()
    app.page.selectbox(key="segmenter-name").set_value("grid")
    app.page.number_input(key="prior-samples").set_value(100)
    app.page.number_input(key="prior-clusters").set_value(4)
    app.set("button_group", "prior-gallery", PHOTOS)
    app.press("build")
    app.set("selectbox", "photo-gallery", "chelsea")
    cut, expected = drawn[-1]
    assert cut.border is not None
    assert expected.mean[cut.border] == 0.0
    assert np.count_nonzero(expected.mean) > 40
    assert "it knows **100%** of the 49 superpixels, and the" in app.text
    assert app.errors == []


# uploaded pictures


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members.items():
            file.writestr(f"{name}.png", content)
    return buffer.getvalue()


def picture(seed: int) -> bytes:
    return encoded(np.random.default_rng(seed).integers(0, 256, (40, 50, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1))


def give(app: App, *files: tuple[str, bytes]) -> int:
    app.set("button_group", "prior-source", "upload")
    app.page.file_uploader(key="prior-upload").set_value([(name, content, "image/png") for name, content in files])
    return app.run()


def table(app: App) -> dict[str, str]:
    found = app.page.dataframe[0].value
    return dict(zip(found["picture"], found["state"], strict=True))


def test_files_and_archives_are_read_and_broken_ones_are_rows(prior):
    zipped = archive(one=picture(1), two=picture(2), broken=picture(3)[:-900])
    assert give(prior, ("a.png", picture(0)), ("many.zip", zipped), ("same.png", picture(1))) == 0
    assert "3 pictures × 100 samples" in prior.text
    assert any(expander.label == "5 pictures, 2 left out" for expander in prior.page.expander)
    with pytest.raises(lc.BadPicture) as why:
        lc.load_picture(picture(3)[:-900])
    assert table(prior) == {
        "a.png": "",
        "one.png": "",
        "two.png": "",
        "broken.png": str(why.value),
        "same.png": "It is the same picture as one.png.",
    }
    assert prior.press("build") == 300
    assert table(prior)["two.png"] == "finished"
    assert next(iter(kept(prior))) == "3 uploaded files, Signed, 10 words"
    prior.page.switch_page("pages/explain.py")
    prior.run()
    prior.page.switch_page("pages/prior.py")
    prior.run()
    assert "3 files, given before." in prior.text
    assert "3 pictures × 100 samples · all there" in prior.text
    assert zipped in prior.page.session_state["prior-contents"].values()
    prior.press("prior-forget-files")
    assert "No pictures yet" in prior.text
    state = prior.page.session_state
    assert not [key for key in ("prior-files", "prior-contents", "prior-rows") if key in state]
    assert prior.press("build") == 0
    assert prior.errors == []


def test_a_picture_that_the_model_cannot_be_asked_about_is_left_out_and_the_others_are_not(prior):
    flat = encoded(np.full((60, 60, 3), 90, dtype=np.uint8))
    prior.set("selectbox", "segmenter-name", "felzenszwalb")
    give(prior, ("flat.png", flat), ("fine.png", picture(4)))
    assert prior.press("build") == 100
    assert table(prior)["flat.png"].endswith(lc.Felzenszwalb.to_get_more)
    assert table(prior)["fine.png"] == "finished"
    assert next(iter(kept(prior).values())).made_by["pictures"] == 1
    give(prior, ("flat.png", flat))
    assert prior.press("build") == 0
    assert "None of the pictures could be used" in prior.errors[0]
    prior.set("selectbox", "segmenter-name", "grid")
    prior.press("build")
    assert "None of the pictures could be used" in prior.errors[0]
    assert table(prior)["flat.png"] == "Hiding changes no superpixel of this picture: there is nothing to explain."
    give(prior, ("flat.png", flat), ("fine.png", picture(4)))
    assert prior.press("build") == 100
    assert prior.errors == []
    assert list(kept(prior).values())[-1].made_by["superpixels"] == 49


def test_a_picture_whose_samples_had_to_leave_makes_no_summary_of_the_rest(counting):
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    spec = lc.ProbeSpec.of(picture, model, lc.Grid())
    with pytest.raises(lc.LimeError, match="had to make room"):
        summarize(SummaryKey(spec, 60, lc.FitSettings(), 2))
    list(caches.store().grow(spec, picture, model, 40))
    with pytest.raises(lc.LimeError, match="had to make room"):
        summarize(SummaryKey(spec, 60, lc.FitSettings(), 2))
    assert summarize(SummaryKey(spec, 40, lc.FitSettings(), 2)).made_by["num_samples"] == 40


def test_files_that_are_too_large_together_are_not_kept(prior, monkeypatch):
    monkeypatch.setattr(choosing, "MAX_BYTES", 1_000)
    give(prior, ("large.png", picture(1)))
    assert "more than 0 MB together" in prior.errors[0]
    assert "prior-contents" not in prior.page.session_state


def test_only_folders_that_were_allowed_are_offered(prior, monkeypatch, tmp_path):
    prior.set("button_group", "prior-source", "folder")
    assert "`LIME_PICTURES`" in prior.text
    (tmp_path / "birds").mkdir()
    (tmp_path / "birds" / "one.png").write_bytes(picture(1))
    monkeypatch.setenv("LIME_PICTURES", str(tmp_path / "birds") + ":" + str(tmp_path / "gone"))
    prior.run()
    assert prior.page.selectbox(key="prior-folder").options == ["birds"]
    assert "1 picture × 100 samples" in prior.text
    assert prior.press("build") == 100
    assert next(iter(kept(prior))) == "folder birds, Signed, 10 words"
    (tmp_path / "more" / "birds").mkdir(parents=True)
    monkeypatch.setenv("LIME_PICTURES", f"{tmp_path / 'birds'}:{tmp_path / 'more' / 'birds'}")
    prior.run()
    assert prior.page.selectbox(key="prior-folder").options == ["birds (1)", "birds (2)"]
    monkeypatch.setenv("LIME_PICTURES", str(tmp_path / "gone"))
    prior.run()
    assert "None of the allowed folders is there." in prior.text


def test_what_changes_below_a_folder_is_seen_when_a_prior_is_built(prior, monkeypatch, tmp_path):
    below = tmp_path / "birds" / "below"
    below.mkdir(parents=True)
    (below / "one.png").write_bytes(picture(1))
    monkeypatch.setenv("LIME_PICTURES", str(tmp_path / "birds"))
    prior.set("button_group", "prior-source", "folder")
    (below / "two.png").write_bytes(picture(2))
    (below / "zen.png").write_bytes(picture(3))
    with monkeypatch.context() as patch:
        grow = growing.grow

        def goes(*given):
            (below / "zen.png").unlink(missing_ok=True)
            yield from grow(*given)

        patch.setattr(growing, "grow", goes)
        prior.page.number_input(key="prior-crops").set_value(2)
        assert prior.press("build") == 4 * 100
    assert table(prior) == {
        "below/one.png": "finished",
        "below/two.png": "finished",
        "below/zen.png": "It is no longer there.",
    }
    assert "3 pictures × 2 crops × 100 samples · all there, costs nothing" in prior.text
    assert prior.press("build") == 0
    assert list(table(prior)) == ["below/one.png", "below/two.png"]


# names, and the other page


def test_a_name_that_is_given_is_taken_by_a_prior_that_is_there(built):
    built.page.session_state["prior-name"] = next(iter(kept(built)))
    for wanted, got in (("/", "/ (2)"), ("none", "none (2)"), ("birds", "birds"), ("", "birds")):
        built.page.text_input(key="prior-title").set_value(wanted)
        assert built.press("build") == 0
        assert list(kept(built)) == [got]
        assert built.page.selectbox(key="prior-shown").value == got
        assert built.page.session_state["prior-name"] == got, "it stays chosen for explanations"


def test_a_prior_that_explain_was_given_and_one_that_is_built_leave_each_other_alone(built, planted_prior):
    built.page.switch_page("pages/explain.py")
    built.run()
    built.set("selectbox", "photo-gallery", "chelsea")
    built.set("selectbox", "prior-name", "/")
    assert built.errors == []
    give_prior(built, "mine.npz", lc.prior_bytes(planted_prior))
    assert built.page.selectbox(key="prior-name").value == "mine"
    built.page.switch_page("pages/prior.py")
    built.run()
    assert built.errors == []
    assert built.page.text_input(key="prior-title").value == ""
    assert "all there, costs nothing" in built.text
    built.page.text_input(key="prior-title").set_value("birds")
    built.press("build")
    assert list(kept(built)) == ["birds", "mine"]
    built.page.switch_page("pages/explain.py")
    built.run()
    assert built.page.selectbox(key="prior-name").value == "mine"


# priors from files


def bring(app: App, content: bytes, name: str = "brought.npz") -> None:
    app.page.file_uploader(key="prior-file").set_value((name, content, "application/octet-stream"))
    app.run()


def test_a_downloaded_prior_is_brought_back_as_it_was(built, counting):
    (name, found), *_ = kept(built).items()
    other = App(counting)
    other.page.switch_page("pages/prior.py")
    other.run()
    bring(other, lc.prior_bytes(found))
    assert list(kept(other)) == [name]
    assert kept(other)[name] == found
    assert cards(other) == cards(built)
    other.press("prior-forget")
    assert kept(other) == {}
    assert "Choose pictures and press **Build**" in other.text
    other.run()
    assert kept(other) == {}, "what was forgotten does not come back by itself"


def test_a_press_means_the_prior_in_the_box_even_before_the_page_is_drawn_with_it(built):
    (name,) = kept(built)
    kept(built)["second"] = kept(built)["third"] = kept(built)[name]
    built.run()
    box = built.page.selectbox(key="prior-shown")
    box.set_value("second")
    built.press("prior-forget")
    assert list(kept(built)) == [name, "third"]
    box = built.page.selectbox(key="prior-shown")
    other = name if box.value == "third" else "third"
    box.set_value(other)
    built.press("prior-use")
    assert built.page.session_state["prior-name"] == other


def test_a_prior_that_comes_with_the_app_is_there_for_everyone(built, counting, monkeypatch, tmp_path):
    (found,) = kept(built).values()
    (tmp_path / "ready").mkdir()
    found.save(tmp_path / "ready" / "seven.npz")
    (tmp_path / "ready" / "torn.npz").write_bytes(b"PK")
    monkeypatch.setattr(caches, "READY", tmp_path / "ready")
    other = App(counting)
    other.page.switch_page("pages/prior.py")
    other.run()
    assert list(kept(other)) == ["seven, ready-made"]
    assert "Choose pictures and press **Build**" in other.text
    assert cards(other) == cards(built)


def test_a_prior_is_used_in_explain_by_one_press(built):
    (name,) = kept(built)
    built.press("prior-use")
    assert built.page.session_state["prior-name"] == name
    built.page.switch_page("pages/explain.py")
    built.set("selectbox", "photo-gallery", "chelsea")
    built.press("explain")
    assert "from the prior" in [metric.label for metric in built.page.metric]


@pytest.mark.parametrize("content", [b"", b"PK nothing", picture(1)], ids=["empty", "no archive", "a picture"])
def test_a_file_that_is_no_prior_says_so(prior, content):
    bring(prior, content)
    (message,) = prior.errors
    assert message.startswith("This is no prior")


@pytest.fixture
def foreign() -> lc.GlobalPrior:
    """Of another model: what it says of itself would load a picture from elsewhere if it were read as Markdown."""
    weights, counts = np.zeros((8, 2)), np.zeros((8, 2), dtype=int)
    weights[3], counts[3] = (0.5, -0.25), (4, 2)
    made_by = {"features": "![x](http://other/x.png)", "source": "theirs", "pictures": 2}
    return lc.GlobalPrior(np.eye(2, 5), weights, counts, True, "probability", made_by=made_by)


def test_crops_of_an_earlier_file_are_not_called_pictures(prior, foreign):
    bring(prior, lc.prior_bytes(replace(foreign, made_by={**foreign.made_by, "crops": 3, "pictures": 6})))
    assert "6 crops · 2 words" in prior.text
    assert prior.errors == []


def test_a_damaged_file_says_so_and_a_whole_one_is_taken_after_it(prior, foreign):
    whole = lc.prior_bytes(foreign)
    bring(prior, whole[: len(whole) // 2])
    (message,) = prior.errors
    assert message.startswith("This is no prior, or its file is damaged")
    bring(prior, whole)
    assert prior.errors == []
    assert list(kept(prior)) == ["theirs"]


def test_a_prior_of_another_model_says_so_and_can_be_looked_into(prior, foreign):
    bring(prior, lc.prior_bytes(foreign))
    (warning,) = [warning.value for warning in prior.page.warning]
    assert warning.startswith("The prior knows superpixels by other features")
    assert "![x]" not in prior.text + warning, "what a file says is not read as Markdown"
    assert "Kept as “theirs”." in prior.text
    assert cards(prior) == [
        "Word 0: +50 pp, 4 superpixels, 0 examples.",
        "Word 1: −25 pp, 2 superpixels, 0 examples.",
    ]
    assert "2 pictures · 2 words · 1 class · signed · in probability" in prior.text
    prior.set("selectbox", "photo-gallery", "chelsea")
    assert not any(alt.startswith("What the prior expects") for alt in prior.alts)
    assert prior.errors == []
