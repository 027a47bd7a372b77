"""Models are brought through the page: described, explained, taken away and removed; their end harms nobody."""

import os
import pickle
import signal
import time
from pathlib import Path

import onnx
import pytest
import torch
from playwright.sync_api import Page, expect
from safetensors.torch import save_file

import lime_core as lc
from lime_core.catalog.model_reading import class_names
from lime_core.reports.numbers import score_text
from pages.ui.brought.form import OUTPUTS
from pages.ui.brought.model_input import SCALINGS
from tests.browser import app
from tests.browser.conftest import RUN, button, choose, details, idle, image, look, set_samples
from tests.support.own_models import MODELS, regression

pytestmark = pytest.mark.browser


def give(page: Page, *files: Path) -> None:
    idle(page)
    page.locator(".st-key-model-more button").click()
    button(page, "Bring your own").click()
    expect(page.get_by_test_id("stDialog")).to_be_visible()
    # What the dots have opened would lie over the window until a press closes it.
    expect(page.get_by_test_id("stPopoverBody").get_by_text("Precision")).to_be_hidden()
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
    set_samples(page, 60)
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


def type_in(page: Page, label: str, text: object) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(str(text))
    box.press("Enter")
    idle(page)


def press(page: Page, label: str) -> None:
    """One of several buttons beside each other in the window."""
    page.get_by_role("dialog").get_by_role("radio", name=label, exact=True).click()
    idle(page)


def describe(page: Page, file: lc.ModelFile, classes: tuple[str, ...]) -> None:
    """Fill the form with what a description says, where the file itself did not."""
    seen = file.input
    if file.architecture:
        pick(page, "Architecture", file.architecture)
        for label, side in zip(("Height in pixels", "Width in pixels"), seen.size or (), strict=False):
            type_in(page, label, side)
    name_classes(page, *classes)
    pick(page, "It answers with", OUTPUTS[file.output])
    if file.unit:
        type_in(page, "Unit", file.unit)
    if seen.fit:
        press(page, seen.fit.capitalize())
    if seen.resize:
        type_in(page, "Shorter side before the middle is cut", seen.resize)
    if seen.interpolation:
        pick(page, "Interpolation", seen.interpolation)
    if seen.order:
        press(page, seen.order)
    if seen.white:
        type_in(page, "White in files of more than 8 bits", seen.white)
    pick(page, "Its pixels are", SCALINGS[seen.scaling or "other"])
    if seen.mean:
        type_in(page, "Mean of each channel", ", ".join(map(str, seen.mean)))
        type_in(page, "Standard deviation of each channel", ", ".join(map(str, seen.std)))


@pytest.mark.parametrize("name", MODELS)
def test_each_model_that_people_bring_is_explained_by_upload(visit, own_models, name, tmp_path):
    page = visit(*(((1280, 800, "light"), (800, 900, "dark"))[list(MODELS).index(name) % 2]))
    folder = own_models / name
    file, model = lc.read_model_file(folder / "model.toml"), lc.load_model(folder / "model.toml", "cpu", "f32")
    weights = file.file
    if weights.suffix == ".pt":  # a checkpoint of torch is not taken by upload: its tensors are, as safetensors
        weights = tmp_path / "net.safetensors"
        save_file(torch.load(file.file, weights_only=True)["state_dict"], weights)
    page.get_by_role("radio", name="Upload").click()
    page.locator('.st-key-photo-upload input[type="file"]').set_input_files(folder / "photo.png")
    expect(image(page, "The photo photo")).to_be_visible(timeout=RUN)
    give(page, weights, *folder.glob(f"{weights.name}.data"))
    expect(page.get_by_text(f"{weights.name} · ")).to_be_visible(timeout=RUN)
    describe(page, file, class_names(file))
    look(page, f"own-model-{name}-form.png")
    use(page)
    expect(page.get_by_role("combobox", name="Model")).to_have_value(f"{weights.stem} · brought by you")
    explain(page)
    photo = lc.load_picture(folder / "photo.png")
    _, _, score = model.top(photo, 1)[0]
    said = page.get_by_test_id("stMetricValue").first.inner_text()
    assert said in score_text(score, file.unit or lc.SPACES[model.kind][0])
    look(page, f"own-model-{name}.png")
    with details(page, "model"):
        button(page, "Remove it").click()
    idle(page)


def test_a_model_ends_with_the_session_that_was_left(chromium, tmp_path):
    digits = tmp_path / "model"
    digits.mkdir()
    MODELS["regression"](digits)
    before = set(workers())
    with app.serve(tmp_path, options=("--server.disconnectedSessionTTL", "2")) as url:
        page = chromium.new_page()
        page.goto(url)
        choose(page)
        give(page, digits / "net.onnx")
        expect(page.get_by_text("net.onnx · ")).to_be_visible(timeout=RUN)
        describe(page, lc.read_model_file(digits / "model.toml"), ("age",))
        use(page)
        assert len(set(workers()) - before) == 1
        page.close()
        late = time.monotonic() + 60
        while set(workers()) - before:
            assert time.monotonic() < late
            time.sleep(0.2)


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
    with details(page, "model"):
        button(page, "Remove it").click()
    idle(page)
    expect(page.get_by_role("combobox", name="Model")).to_have_value("efficientnet_lite0")
