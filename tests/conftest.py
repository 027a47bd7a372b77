from __future__ import annotations

from collections.abc import Iterator

import pytest

import lime_core as lc
from tests.planted import BLACK, GRID, AdditiveModel, textured_picture


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshot", metavar="PATH", help="keep a picture of the explained cat, as a browser shows it")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Converted models are kept for this run only, not in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def lite0() -> lc.Classifier:
    """The real EfficientNet-Lite0 with its ImageNet weights."""
    return lc.load_model("efficientnet_lite0", device="cpu", precision="f32")


@pytest.fixture(scope="session")
def chelsea() -> lc.Picture:
    return lc.gallery_picture("chelsea")


@pytest.fixture
def picture() -> lc.Picture:
    return textured_picture()


@pytest.fixture
def counting(picture: lc.Picture) -> AdditiveModel:
    """A planted function that counts the pictures it scored."""
    return AdditiveModel(picture)


@pytest.fixture
def planted(counting: AdditiveModel) -> lc.Classifier:
    return lc.wrap_model(counting, kind="values", name="planted", class_names=("first", "second", "third"))


@pytest.fixture
def probe(picture: lc.Picture, planted: lc.Classifier) -> lc.Probe:
    return lc.probe_image(picture, planted, 200, segmenter=GRID, hiding=BLACK)
