"""Models of a folder on every page: each kind of answer is explained, and what is wrong with one is said."""

import os
import time

import onnx
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import lime_core as lc
from pages.ui.runs import caches
from tests.app.conftest import ROOT
from tests.support.own_models import MODELS


@pytest.fixture
def folder(own_models):
    """A folder of LIME_MODELS with every model that people bring, and one with a mistake."""
    (own_models / "torn.toml").write_text('onnx = "missing.onnx"\nscale = 1\n')
    yield own_models
    (own_models / "torn.toml").unlink()


class Window:
    """The app in one session with these models, on a photo of the gallery."""

    def __init__(self):
        self.page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        self.page.run()
        self.page.button(key="choose-chelsea").click().run()

    def choose(self, name):
        box = self.page.selectbox(key="model-name")
        if name not in box.options:
            box.options.append(name)  # what a user types is no option
        box.set_value(name).run()
        assert not self.page.exception

    @property
    def map(self):
        alts = [each.alt for image in self.page.image for each in image.proto.imgs]
        return next(alt for alt in alts if alt.startswith("Explanation of "))

    @property
    def errors(self):
        return [error.value for error in self.page.error]

    @property
    def text(self):
        kinds = (self.page.markdown, self.page.caption)
        return "\n".join(str(element.value) for elements in kinds for element in elements)


@pytest.fixture
def window(monkeypatch, folder):
    monkeypatch.setenv("LIME_MODELS", str(folder))
    st.cache_resource.clear()
    yield Window()
    st.cache_resource.clear()


@pytest.mark.parametrize("name", MODELS)
def test_it_is_explained_on_the_page(window, name):
    page = window.page
    window.choose(name)
    page.selectbox(key="segmenter-name").set_value("grid").run()
    page.select_slider(key="num-samples").set_value(100).run()
    page.button(key="explain").click().run()
    assert not page.exception
    assert window.errors == []
    assert window.map
    assert page.metric[0].value.endswith("%") == (name != "regression")
    assert ("Both in years." in window.text) == (name == "regression")


def test_a_description_with_a_mistake_is_named_and_harms_nothing(window):
    assert "torn: " in window.text
    assert "scale" in window.text
    assert "torn" not in window.page.selectbox(key="model-name").options
    assert window.errors == []


@pytest.mark.parametrize("typed", ["/etc/model.toml", "model.toml", "../digits/model.toml"])
def test_visitors_name_no_files_of_the_machine(window, folder, typed, monkeypatch):
    monkeypatch.chdir(folder / "digits")
    window.choose(typed)
    [said] = window.errors
    assert said.startswith("There is no model")


def test_a_model_whose_files_were_written_anew_is_loaded_anew(window, folder):
    window.choose("grey")
    page = window.page
    page.selectbox(key="segmenter-name").set_value("grid").run()
    page.select_slider(key="num-samples").set_value(100).run()
    page.button(key="explain").click().run()
    assert window.map.startswith(("Explanation of left", "Explanation of right"))
    names = folder / "grey" / "classes.txt"
    before = names.read_text()
    names.write_text("sunny\ncloudy\n")
    page.run()
    page.button(key="explain").click().run()
    names.write_text(before)
    assert "sunny" in window.text
    assert window.map.startswith(("Explanation of sunny", "Explanation of cloudy"))


def test_numbers_that_lie_beside_an_onnx_file_are_its_own(tmp_path, monkeypatch):
    (tmp_path / "age").mkdir()
    MODELS["regression"](tmp_path / "age")
    net, beside = tmp_path / "age" / "net.onnx", tmp_path / "age" / "weights.bin"
    onnx.save(onnx.load(net), net, save_as_external_data=True, location=beside.name)
    monkeypatch.setenv("LIME_MODELS", str(tmp_path))
    stamp = lc.described_models().stamp("age")
    assert stamp
    (tmp_path / "age" / "train.log").write_text("epoch 1")
    assert lc.described_models().stamp("age") == stamp  # it has nothing of it
    os.utime(beside, (0, 0))
    assert lc.described_models().stamp("age") != stamp
    assert lc.described_models().stamp("efficientnet_lite0") == ()


@pytest.mark.parametrize("moved", ["net.onnx", "model.toml"])
def test_a_file_with_the_time_and_size_of_the_one_before_is_another(tmp_path, monkeypatch, moved):
    (tmp_path / "age").mkdir()
    MODELS["regression"](tmp_path / "age")
    monkeypatch.setenv("LIME_MODELS", str(tmp_path))
    stamp, path = lc.described_models().stamp("age"), tmp_path / "age" / moved
    facts, contents = path.stat(), path.read_bytes()
    unpacked = path.with_name("unpacked")
    unpacked.write_bytes(contents)
    os.utime(unpacked, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    unpacked.replace(path)
    assert lc.described_models().stamp("age") != stamp


def test_an_onnx_file_is_offered_the_precisions_that_it_has(window, monkeypatch):
    monkeypatch.setattr("openvino.Core.get_property", lambda *_: ["FP32"])
    window.page.button_group(key="precision").set_value("bf16").run()
    assert "bf16" in window.page.session_state["precision"]
    window.choose("sigmoids")
    assert window.page.button_group(key="precision").options == ["auto", "f32"]
    assert window.page.session_state["precision"] == "auto"
    assert window.errors == []
    assert "CPU · f32" in window.text
    assert lc.model_precisions("sigmoids") == ("auto", "f32")
    assert lc.model_precisions("digits") == lc.model_precisions("efficientnet_lite0") == lc.precisions_of()


def test_a_model_beside_another_takes_auto_for_a_precision_that_it_lacks(folder, monkeypatch):
    monkeypatch.setenv("LIME_MODELS", str(folder))
    monkeypatch.setattr("openvino.Core.get_property", lambda *_: ["FP32"])
    st.cache_resource.clear()
    assert caches.model("sigmoids", "bf16") is caches.model("sigmoids", "auto")
    st.cache_resource.clear()


def test_a_precision_that_does_not_run_takes_no_other_away(monkeypatch):
    def load(name, precision, download):
        time.sleep(1.1)  # what took no time may be tried again at once
        if precision == "bf16":
            raise lc.ModelUnavailable("It does not run in bf16.")
        return name, precision

    monkeypatch.setattr(lc, "load_model", load)
    st.cache_resource.clear()
    assert caches.model("net", "auto") == ("net", "auto")
    for _ in range(2):
        with pytest.raises(lc.ModelUnavailable, match="bf16"):
            caches.model("net", "bf16")
    assert caches.model("net", "auto") == ("net", "auto")
    assert caches.model("net", "f32") == ("net", "f32")
    st.cache_resource.clear()


def test_what_a_process_claims_to_be_is_not_what_others_have(monkeypatch, chelsea):
    def model(engine):
        found = lc.wrap_model(lambda pictures: pictures.mean((1, 2)), kind="values", input_size=(32, 32), name="net")
        object.__setattr__(found, "fingerprint", "the same")
        found.engine.description = engine
        return found

    asked = []
    monkeypatch.setattr(lc, "describe", lambda model, image, labels: asked.append(model.engine.description) or model)
    for engine in ("one", "another (process 0123)", "one"):
        chosen = caches.Chosen(chelsea, model(engine), 0)
        caches.described(chosen, lc.segment(chosen.model.view(chelsea), lc.Grid()))
    assert asked == ["one", "another (process 0123)"]
