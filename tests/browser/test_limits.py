"""Every upload takes files just under what it promises, and says of files just over it what it takes."""

import zipfile

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import lime_core as lc
from lime_core.label_maps.label_file import MAX_LABEL_BYTES
from lime_core.priors.words import MOST_WORDS
from pages.ui.runs.priors import FILE_MB
from tests.browser.conftest import RUN, choose, details, idle, image
from tests.support.badfiles import encoded

pytestmark = pytest.mark.browser

MB = 10**6  # as browsers count; the server takes a little more
PHOTO = encoded(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))


def give(page: Page, key: str, path) -> None:
    page.locator(f'.st-key-{key} input[type="file"]').set_input_files(path)


def padded(content: bytes, size: int) -> bytes:
    """A picture with as many bytes after its end, which no reader looks at."""
    return content + bytes(size - len(content))


def noisy_prior(size: int) -> bytes:
    """A prior whose file has a little less than this size, for nothing in it can be packed."""
    centroids = np.random.default_rng(0).random((MOST_WORDS, 10 * size // (43 * MOST_WORDS)), dtype=np.float32)
    counts = np.ones((1, MOST_WORDS), dtype=np.int64)
    return lc.prior_bytes(lc.GlobalPrior(centroids, np.zeros((1, MOST_WORDS)), counts, True, "probability"))


@pytest.mark.parametrize("under", [True, False])
def test_a_photo(page, tmp_path, under):
    path = tmp_path / "photo.png"
    path.write_bytes(padded(PHOTO, 20 * MB if under else 20 * MB + 1))
    page.get_by_role("radio", name="Upload").click()
    expect(page.get_by_text("20MB per file")).to_be_visible()
    give(page, "photo-upload", path)
    if under:
        expect(page.locator('img[alt^="The photo photo.png"]')).to_be_visible(timeout=RUN)
    else:
        expect(page.get_by_text("File must be 20.0MB or smaller.")).to_be_visible()


@pytest.mark.parametrize("under", [True, False])
def test_a_label_map(page, tmp_path, under):
    path = tmp_path / "labels.png"
    labels = encoded(np.arange(64, dtype=np.uint8).reshape(8, 8).repeat(8, axis=0).repeat(8, axis=1) // 4)
    path.write_bytes(padded(labels, MAX_LABEL_BYTES if under else MAX_LABEL_BYTES + 1))
    choose(page)
    idle(page)
    box = page.get_by_role("combobox", name="Segmentation")
    box.click()  # first, for scrolling closes the list
    box.fill("label map")
    box.press("Enter")
    expect(page.get_by_text("50MB per file")).to_be_visible()
    give(page, "segmenter-file", path)
    if under:
        expect(page.get_by_text("Read as a map of the crop.")).to_be_visible(timeout=RUN)
        with details(page, "segmenter"):
            expect(image(page, "The crop that the model sees, cut into 16 superpixels.")).to_be_visible()
    else:
        expect(page.get_by_text("File must be 50.0MB or smaller.")).to_be_visible()


@pytest.mark.parametrize("under", [True, False])
def test_an_archive(page, tmp_path, under):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr("photo.png", PHOTO)
        for number in range(10):  # what is no picture fills it
            file.writestr(f"{number}.png", bytes((200 * MB - 20_000) // 10 if under else 20 * MB))
    expect(page.get_by_role("heading", name="What did the model look at?")).to_be_visible()
    page.get_by_role("link", name="Prior").click()
    page.get_by_role("radiogroup", name="Pictures").get_by_role("radio", name="Upload").click()
    expect(page.get_by_text("200MB per file")).to_be_visible()
    assert (path.stat().st_size <= 200 * MB) is under
    give(page, "prior-upload", path)
    if under:
        expect(page.get_by_text("1 picture × 300 samples")).to_be_visible(timeout=RUN)
    else:
        expect(page.get_by_text("File must be 200.0MB or smaller.")).to_be_visible()


@pytest.mark.parametrize("under", [True, False])
def test_a_prior(page, tmp_path, under):
    path = tmp_path / "large.npz"
    path.write_bytes(noisy_prior(FILE_MB * MB) if under else bytes(FILE_MB * MB + 1))
    assert 0.8 * FILE_MB * MB < path.stat().st_size <= FILE_MB * MB + 1
    expect(page.get_by_role("heading", name="What did the model look at?")).to_be_visible()
    page.get_by_role("link", name="Prior").click()
    page.get_by_text("Bring a prior from a file", exact=True).click()
    expect(page.get_by_text(f"{FILE_MB}MB per file").last).to_be_visible(timeout=RUN)
    give(page, "prior-file", path)
    if under:
        expect(page.get_by_text("Kept as “large”.")).to_be_visible(timeout=RUN)
    else:
        expect(page.get_by_text(f"File must be {FILE_MB}.0MB or smaller.")).to_be_visible()
