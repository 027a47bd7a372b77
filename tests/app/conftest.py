"""The app in one session without a browser; a planted model counts the pictures that it is asked to score."""

from pathlib import Path

import pytest
import streamlit as st
from PIL import Image
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

import lime_core as lc
from pages.ui.figures import maps
from pages.ui.runs import caches
from tests.support.planted import AdditiveModel

ROOT = Path(__file__).parents[2]
SIDE = 128
NAMES = tuple(f"thing {index}" for index in range(8))


class Planted(AdditiveModel):
    """Gives logits that are linear in the brightness of the cells of the crop of chelsea; fails when told to."""

    error: Exception | None = None

    def __init__(self) -> None:
        seen = lc.Preprocessing(SIDE, SIDE, SIDE).view(lc.gallery_picture("chelsea").pixels)
        super().__init__(lc.load_picture(seen), classes=len(NAMES))

    def __call__(self, pictures):
        if self.error:
            raise self.error
        return super().__call__(pictures)


@pytest.fixture
def counting(monkeypatch, tmp_path) -> Planted:
    """Stands in for every bundled model, and no priors come with it; names that are not known go the usual way."""
    monkeypatch.setattr(caches, "READY", tmp_path)
    counting, load_model = Planted(), lc.load_model

    def load(name: str, *settings, **how) -> lc.Classifier:
        if not name.startswith("efficientnet"):
            return load_model(name, *settings, **how)
        return lc.wrap_model(counting, NAMES, kind="logits", input_size=(SIDE, SIDE), name=name)

    monkeypatch.setattr(lc, "load_model", load)
    monkeypatch.setattr(maps, "MAP_SIDE", SIDE)  # small maps are drawn fast
    st.cache_resource.clear()
    yield counting
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def shell(monkeypatch):
    """AppTest forgets at every run that app.py lists its pages itself.  Streamlit would then take every file in pages/
    for a page of its own and run it without app.py, as it does for apps without st.navigation."""

    def run(path: str) -> None:
        exec(compile(Path(path).read_text(), path, "exec"), {"__name__": "__main__", "__file__": path})

    monkeypatch.setattr(script_runner, "_mpa_v1", run)


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch):
    """Each app would look through everything that is installed for components, of which there are none."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", list)


@pytest.fixture(autouse=True)
def loosely_packed(monkeypatch):
    """PNG is packed fast rather than small: the same pixels, in a fifth of the time."""
    Image.preinit()
    save = Image.SAVE["PNG"]

    def pack(picture, file, name) -> None:
        picture.encoderinfo.setdefault("compress_level", 1)
        save(picture, file, name)

    monkeypatch.setitem(Image.SAVE, "PNG", pack)


class App:
    """The app in one session, opened at an address; `asked` pictures were scored for that."""

    def __init__(self, counting: Planted, **query: str) -> None:
        self.page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for key, value in query.items():
            self.page.query_params[key] = value
        self.counting = counting
        self.asked = self.run()

    def run(self) -> int:
        """Draw the app; returns how many pictures the model was asked to score for it."""
        before = self.counting.rows
        self.page.run()
        assert not self.page.exception
        return self.counting.rows - before

    def set(self, kind: str, key: str, value) -> int:
        getattr(self.page, kind)(key=key).set_value(value)
        return self.run()

    def press(self, key: str) -> int:
        self.page.button(key=key).click()
        return self.run()

    @property
    def text(self) -> str:
        """Everything that is written on the page."""
        at = self.page
        kinds = (at.markdown, at.caption, at.info, at.warning, at.error, at.success, at.header, at.subheader)
        return "\n".join(str(element.value) for elements in kinds for element in elements)

    @property
    def alts(self) -> list[str]:
        return [picture.alt for image in self.page.image for picture in image.proto.imgs]

    @property
    def map(self) -> str | None:
        """What the map's text says, or None while there is no map."""
        return next((alt for alt in self.alts if alt.startswith("Explanation of ")), None)

    @property
    def errors(self) -> list[str]:
        return [error.value for error in self.page.error]


@pytest.fixture
def app(counting) -> App:
    return App(counting)


@pytest.fixture
def explained(app) -> App:
    """Chelsea on a grid, with the 200 samples that are asked for."""
    app.press("choose-chelsea")
    app.set("select_slider", "num-samples", 200)
    app.set("selectbox", "segmenter-name", "grid")
    assert app.press("explain") == 200
    return app


@pytest.fixture
def planted_prior(counting) -> lc.GlobalPrior:
    """What the planted model goes by in chelsea, for its most likely class alone."""
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    probe = lc.probe_image(picture, model, 100, segmenter=lc.Grid(), seed=99)
    found = lc.PictureSummary.of([lc.explain(probe)])
    return lc.build_prior([found], len(NAMES), clusters=20, method="signed", made_by={"source": "one photo"})


def give_prior(app: App, name: str, content: bytes) -> int:
    """Upload a prior; returns how many pictures the model was asked to score for it."""
    app.set("selectbox", "prior-name", "/")
    app.page.file_uploader(key="prior-given").set_value((name, content, "application/octet-stream"))
    return app.run()
