"""A photo that is padded: the border around it is none of the superpixels that any page speaks of."""

import re

import pytest

import lime_core as lc
from pages.ui.sidebar.probe import RECOMMENDED
from tests.app.conftest import NAMES, SIDE, App


@pytest.fixture
def padded(counting, monkeypatch):
    """Chelsea, whole, on a grid of 49 superpixels."""

    def load(name, precision="auto", download=True):
        return lc.wrap_model(counting, NAMES, "logits", (SIDE, SIDE), name=name, fit="pad")

    monkeypatch.setattr(lc, "load_model", load)
    app = App(counting)
    app.press("choose-chelsea")
    app.set("selectbox", "segmenter-name", "grid")
    return app


def told(app):
    """Of how many superpixels the page speaks."""
    at = app.page
    tables = [
        frame.value.to_csv() for frame in at.dataframe if "each counts" not in frame.value
    ]  # the kernel counts it
    captions = [picture.caption for image in at.image for picture in image.proto.imgs]
    parts = [str(part.proto.json) for part in at.get("bidi_component")]
    said = "\n".join([app.text, *app.alts, *captions, *tables, *parts])
    return {
        int(number) for found in re.findall(r"\b(\d+) superpixels\b| of (\d+)\b", said) for number in found if number
    }


@pytest.mark.parametrize("page", ["explain", "stability", "compare", "learn", "what_if"])
def test_no_page_counts_the_border(padded, page):
    app = padded
    app.page.switch_page(f"pages/{page}.py")
    app.run()
    if page != "stability":
        app.set("select_slider", "num-samples", 60)
    assert 49 in told(app)
    assert 50 not in told(app), app.text
    if page in ("explain", "compare", "learn"):
        app.press(page)
        assert 49 in told(app)
        assert 50 not in told(app), app.text
    assert app.errors == []


def test_of_several_segmentations_neither(padded):
    padded.set("selectbox", "segmenter-name", RECOMMENDED)
    cut = [option for box in padded.page.selectbox if box.label == "Superpixels of" for option in box.options]
    assert len(cut) > 1
    numbers = {int(option.split("(")[1].split()[0]) for option in cut}
    assert f"{len(cut)} segmentations of {min(numbers)} to {max(numbers)} superpixels" in padded.text


def test_learn_says_that_the_kernel_counts_the_border(padded):
    padded.page.switch_page("pages/learn.py")
    padded.run()
    padded.set("select_slider", "num-samples", 60)
    assert "The border around the photo" not in padded.text
    padded.press("learn")
    assert "The border around the photo counts as one superpixel more here" in padded.text
