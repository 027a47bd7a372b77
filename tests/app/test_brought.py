"""What a session brings is read once a file, and kept up to a bound that is said."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from pages.ui.figures.sentences import sentence
from pages.ui.runs import caches, priors
from pages.ui.runs.kept import Kept
from tests.app.conftest import give_prior
from tests.support.badfiles import encoded


@pytest.fixture
def calls(monkeypatch):
    """What is read, as often as it is."""
    noted = []
    for name in ("load_prior", "load_picture"):
        real = getattr(lc, name)

        def reads(*given, _real=real, _name=name, **named):
            noted.append(_name)
            return _real(*given, **named)

        monkeypatch.setattr(lc, name, reads)
    return noted


def bring(app, name, content):
    app.page.file_uploader(key="prior-file").set_value((name, content, "application/octet-stream"))
    return app.run()


def open_prior_page(app):
    app.page.switch_page("pages/prior.py")
    app.run()


@pytest.mark.parametrize("good", [True, False])
def test_a_prior_is_read_once_in_the_sidebar(app, planted_prior, calls, good):
    app.press("choose-chelsea")
    calls.clear()
    give_prior(app, "one.npz", lc.prior_bytes(planted_prior) if good else b"no prior")
    for _ in range(3):
        app.run()
    app.set("select_slider", "num-samples", 300)
    assert calls == ["load_prior"]
    assert bool(app.errors) is not good


@pytest.mark.parametrize("good", [True, False])
def test_a_prior_is_read_once_on_its_page(app, planted_prior, calls, good):
    open_prior_page(app)
    calls.clear()
    bring(app, "one.npz", lc.prior_bytes(planted_prior) if good else b"no prior")
    for _ in range(3):
        app.run()
    assert calls.count("load_prior") == 1
    assert bool(app.errors) is not good
    assert ("Kept as “one photo”." in app.text) is good


@pytest.mark.parametrize("good", [True, False])
def test_a_photo_is_read_once(app, calls, good):
    app.set("button_group", "photo-source", "upload")
    content = encoded(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    app.page.file_uploader(key="photo-upload").set_value(("mine.png", content if good else content[:99], "image/png"))
    for _ in range(4):
        app.run()
    assert calls == ["load_picture"]
    assert bool(app.errors) is not good


def other(prior, number):
    return replace(prior, weights=prior.weights * (1 + number), made_by={**prior.made_by, "source": f"prior {number}"})


def test_a_session_keeps_so_many_priors_and_says_so(app, planted_prior, monkeypatch):
    monkeypatch.setattr(priors, "MOST", 3)
    open_prior_page(app)
    for number in range(3):
        bring(app, "p.npz", lc.prior_bytes(other(planted_prior, number)))
        assert app.errors == []
    bring(app, "p.npz", lc.prior_bytes(other(planted_prior, 3)))
    assert app.errors == [
        sentence("A session keeps 3 priors at most, and 128 MB of them. Forget one on the Prior page.")
    ]
    assert len(app.page.session_state["priors"]) == 3
    bring(app, "again.npz", lc.prior_bytes(other(planted_prior, 2)))
    assert app.errors == [], "one that is there already takes no more room"
    app.press("prior-forget")
    bring(app, "p.npz", lc.prior_bytes(other(planted_prior, 3)))
    assert app.errors == []


def test_a_session_keeps_so_many_bytes_of_priors(app, planted_prior, monkeypatch):
    monkeypatch.setattr(priors, "MAX_BYTES", 0)
    app.press("choose-chelsea")
    give_prior(app, "p.npz", lc.prior_bytes(planted_prior))
    assert "A session keeps" in app.errors[0]
    assert app.page.session_state["priors"] == {}


def test_all_that_a_prior_holds_is_counted(app, planted_prior, monkeypatch):
    kept = Kept(max_bytes=10**6)
    monkeypatch.setattr(caches, "kept", lambda: kept)
    heavy = replace(planted_prior, digests=np.zeros((2**15, 32), dtype=np.uint8))
    open_prior_page(app)
    bring(app, "p.npz", lc.prior_bytes(heavy))
    assert "Try again in a few minutes" in app.errors[0]
    monkeypatch.setattr(priors, "MAX_BYTES", 10**6)
    kept.max_bytes = 10**7
    bring(app, "again.npz", lc.prior_bytes(heavy))
    assert "A session keeps" in app.errors[0]
    bring(app, "light.npz", lc.prior_bytes(planted_prior))
    assert app.errors == []


def test_a_photo_counts_with_the_file_that_its_numbers_are_in(app, monkeypatch):
    padded = encoded(np.arange(400, dtype=np.uint16).reshape(20, 20), "TIFF") + bytes(2**20)
    monkeypatch.setattr(caches, "kept", lambda full=Kept(max_bytes=2**20): full)
    app.set("button_group", "photo-source", "upload")
    app.page.file_uploader(key="photo-upload").set_value(("x.tif", padded, "image/tiff"))
    app.run()
    assert "Try again in a few minutes" in app.errors[0]


def test_the_prior_of_a_manifest_has_the_bounds_of_a_prior(app, planted_prior, monkeypatch):
    heavy = replace(planted_prior, digests=np.zeros((2**16, 32), dtype=np.uint8))
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    e = lc.explain_image(picture, model, 0, 100, lc.Grid(), prior=heavy, prior_strength=1.0)
    packed = lc.explanation_bytes(e)
    app.run()

    def give(name):
        app.page.file_uploader(key="manifest-file").set_value((name, packed, "application/zip"))
        app.run()

    monkeypatch.setattr(priors, "FILE_MB", 1)
    give("first.zip")
    assert sentence("prior.npz cannot be used: The prior unpacks to more than 1 MB.") in app.errors[0]
    monkeypatch.setattr(priors, "FILE_MB", 64)
    monkeypatch.setattr(caches, "kept", lambda full=Kept(max_bytes=2**21): full)
    give("second.zip")
    assert "Try again in a few minutes" in app.errors[0]


def test_a_prior_that_unpacks_to_more_than_a_page_takes_is_refused(app, planted_prior, monkeypatch):
    monkeypatch.setattr(priors, "FILE_MB", 1)
    open_prior_page(app)
    zeros = np.zeros((1000, len(planted_prior.centroids)))
    large = lc.prior_bytes(replace(planted_prior, weights=zeros.repeat(4, axis=0), counts=zeros.repeat(4, axis=0)))
    assert len(large) < 200_000
    bring(app, "p.npz", large)
    assert app.errors == ["The prior unpacks to more than 1 MB."]


def test_all_sessions_keep_so_much_together(app, planted_prior, monkeypatch):
    monkeypatch.setattr(caches, "kept", lambda full=Kept(max_bytes=0): full)
    open_prior_page(app)
    bring(app, "p.npz", lc.prior_bytes(planted_prior))
    assert "Try again in a few minutes" in app.errors[0]
    app.set("button_group", "photo-source", "upload")
    app.page.file_uploader(key="photo-upload").set_value(
        ("x.png", encoded(np.zeros((64, 64, 3), np.uint8)), "image/png")
    )
    app.run()
    assert "Try again in a few minutes" in app.errors[0]
    app.set("button_group", "prior-source", "upload")
    app.page.file_uploader(key="prior-upload").set_value(
        ("x.png", encoded(np.zeros((64, 64, 3), np.uint8)), "image/png")
    )
    app.run()
    assert any("Try again in a few minutes" in error for error in app.errors)
    assert "prior-contents" not in app.page.session_state


def test_label_maps_count_among_what_all_sessions_keep(app, monkeypatch):
    kept = Kept(max_bytes=3 * 64 * 64 * 4)
    monkeypatch.setattr(caches, "kept", lambda: kept)
    others = [lc.LabelMap.of(np.eye(64, dtype=int)) for _ in range(3)]  # of three other sessions
    for labels in others[:2]:
        kept.take(labels, labels.nbytes)
    app.press("choose-chelsea")
    app.set("selectbox", "segmenter-name", "label_map")

    def give(name):
        app.page.file_uploader(key="segmenter-file").set_value((name, encoded(np.eye(64, dtype=np.uint8)), "image/png"))
        app.run()

    give("first.png")
    assert app.errors == []
    with pytest.raises(lc.LimeError):
        kept.take(others[2], others[2].nbytes)
    give("second.png")  # the first one is kept while the second is read, and so are those of the others
    assert "Try again in a few minutes" in app.errors[0]
    others.clear()
    give("third.png")
    assert app.errors == []
