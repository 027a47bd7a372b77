"""A model is brought through the page: described, explained, taken away and removed; its end harms nobody."""

import os
import pickle
import signal
from pathlib import Path

import onnx
import pytest
from playwright.sync_api import Page, expect

import lime_core as lc
from tests.browser.conftest import RUN, button, choose, idle, image, look
from tests.support.own_models import regression

pytestmark = pytest.mark.browser


def give(page: Page, *files: Path) -> None:
    button(page, "Bring your own").click()
    page.locator('.st-key-model-files input[type="file"]').set_input_files(files)


def pick(page: Page, label: str, text: str) -> None:
    idle(page)
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(text)
    box.press("Enter")
    idle(page)


def name_classes(page: Page, *names: str) -> None:
    names_box = page.get_by_placeholder("One name in each line")
    names_box.fill("\n".join(names))
    names_box.press("Control+Enter")
    idle(page)


def use(page: Page) -> None:
    button(page, "Use this model").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=RUN)
    idle(page)


def explain(page: Page) -> None:
    pick(page, "Segmentation", "Grid")
    button(page, "Explain").click()
    expect(image(page, "Explanation of ")).to_be_visible(timeout=RUN)
    expect(button(page, "Explain")).to_be_visible(timeout=RUN)
    idle(page)


def workers() -> list[int]:
    """The processes of models that were brought to a server."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
            if b"lime_core.isolation.worker" in words:
                server = Path("/proc", words[words.index(b"lime_core.isolation.worker") + 1].decode(), "cmdline")
                found += [int(path.parent.name)] if b"app.py" in server.read_bytes().split(b"\0") else []
        except OSError:
            continue  # it has just ended
    return found


class Canary:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_regression_by_upload_and_what_becomes_of_it(page, tmp_path):
    regression(tmp_path)
    (tmp_path / "net.pt").write_bytes(pickle.dumps(Canary(tmp_path / "fired")))
    onnx.save(onnx.load(tmp_path / "net.onnx"), tmp_path / "net.onnx", save_as_external_data=True, location="net.data")
    before = set(workers())
    choose(page)
    give(page, tmp_path / "net.pt")
    expect(page.get_by_text("is a pickle")).to_be_visible(timeout=RUN)
    assert not (tmp_path / "fired").exists()
    page.get_by_role("button", name="Remove net.pt").click()
    files = page.locator('.st-key-model-files input[type="file"]')
    files.set_input_files(tmp_path / "net.onnx")
    expect(page.get_by_text("'net.data', which is missing beside it")).to_be_visible(timeout=RUN)
    files.set_input_files(tmp_path / "net.data")
    expect(page.get_by_text("net.onnx · ONNX · ")).to_be_visible(timeout=RUN)
    button(page, "Use this model").click()
    expect(page.get_by_text("what the network was trained with: no ONNX file says it")).to_be_visible()
    name_classes(page, "age")
    pick(page, "It answers with", "values")
    unit = page.get_by_placeholder("such as years; may be empty")
    unit.fill("years")
    unit.press("Enter")
    pick(page, "Its pixels are", "0 to 1")
    look(page, "own-model-form.png")
    with page.expect_download() as taken:
        button(page, "Take the description").click()
    (tmp_path / "model.toml").write_bytes(taken.value.path().read_bytes())
    described = lc.load_model(tmp_path / "model.toml")
    use(page)
    expect(page.get_by_role("combobox", name="Model")).to_have_value("net · brought by you")
    explain(page)
    expect(page.get_by_text("model says")).to_be_visible()
    photo = lc.gallery_picture("chelsea")
    says = f"{described.outputs(described.view(photo)[None])[0, 0]:.2f}".replace("-", "−")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(says)
    expect(page.get_by_text("Both in years.")).to_be_visible()
    look(page, "own-model.png")

    [worker] = set(workers()) - before
    os.kill(worker, signal.SIGKILL)
    pick(page, "Hide color", "Blur")
    button(page, "Explain").click()
    expect(page.get_by_text("The model has ended: ").first).to_be_visible(timeout=RUN)
    pick(page, "Model", "efficientnet_lite0")
    button(page, "Explain").click()
    expect(image(page, "Explanation of ")).to_be_visible(timeout=RUN)
    pick(page, "Model", "net")
    button(page, "Remove it").click()
    idle(page)
    expect(page.get_by_role("combobox", name="Model")).to_have_value("efficientnet_lite0")
