from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lime_core as lc
from tests.support.own_models import MODELS
from tests.support.planted import BLACK, GRID, PRIOR_CLASSES, AdditiveModel, PairModel, blobs, textured_picture

HERE = Path(__file__).parent
SLOW = {"app", "benchmarks", "browser", "faults"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", metavar="FOLDER", help="keep a picture of every page, as a browser shows it")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as slow what loads a model or starts the app, so that `-m "not slow"` is for every commit.

    What sends signals comes first: once a network was trained in this process, the kernel can hand it none any more.
    """
    items.sort(key=lambda item: "faults" not in item.path.relative_to(HERE).parts)
    for item in items:
        code = getattr(getattr(item, "function", None), "__code__", None)
        loads = "lite0" in getattr(item, "fixturenames", ()) or "load_model" in getattr(code, "co_names", ())
        if loads or SLOW & set(item.path.relative_to(HERE).parts):
            item.add_marker(pytest.mark.slow)


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
def own_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for LIME_MODELS with each of the models that people bring, in a folder of its name."""
    top = tmp_path_factory.mktemp("models")
    for name, write in MODELS.items():
        (top / name).mkdir()
        write(top / name)
    return top


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


@pytest.fixture
def own_prior(probe):
    """A prior of the planted model, from the one picture that there is; it knows the classes 0 and 1 of three."""
    summary = lc.PictureSummary.of([lc.explain(probe, index) for index in (0, 1)])
    return lc.build_prior([summary], 3, clusters=6, method="signed", made_by={"source": "tests"})


@pytest.fixture
def pulled(probe, own_prior):
    """An explanation with a prior."""
    return lc.explain(probe, 1, prior=own_prior, prior_strength=7)


@pytest.fixture
def probes(picture, planted):
    return [lc.probe_image(picture, planted, 100, segmenter=GRID, hiding=BLACK, seed=seed) for seed in (3, 4, 5)]


@pytest.fixture(scope="module")
def pairs():
    """Probes of a model that is not additive: its explanations move from seed to seed."""
    picture = textured_picture()
    model = lc.wrap_model(PairModel(picture), kind="values")
    options = {"segmenter": GRID, "hiding": BLACK, "sampler": lc.Bernoulli()}
    return [lc.probe_image(picture, model, 200, **options, seed=seed) for seed in range(12)]


@pytest.fixture
def summaries():
    """Twelve pictures of three kinds of superpixels; class 3 is never explained."""
    rng = np.random.default_rng(0)
    found = []
    for i in range(12):
        features, _ = blobs(rng, 20 + i)
        weights = rng.normal(0, 1, (2, len(features)))
        places = rng.uniform(0, 1, (len(features), 2)).astype(np.float32)
        made_by = {"model": "m", "fingerprint": "f", "features": "corners", "unit": "probability"}
        classes = np.array([i % 3, (i + 1) % 3])
        found.append(lc.PictureSummary(f"{i:02d}", features, places, weights, classes, made_by))
    return found


@pytest.fixture
def prior(summaries):
    return lc.build_prior(summaries, PRIOR_CLASSES, clusters=3, made_by={"source": "made up"})


@pytest.fixture
def shown(summaries):
    """The same summaries with a look for each superpixel: the number of the picture, then its own."""
    found = []
    for number, summary in enumerate(summaries):
        looks = np.zeros((len(summary.features), 32, 32, 3), dtype=np.uint8)
        looks[..., 0], looks[..., 1] = number, np.arange(len(looks))[:, None, None]
        found.append(replace(summary, looks=looks))
    return found
