"""What every page gives to take away, file by file; and a manifest that is opened again."""

import csv
import io
import json
import runpy
import zipfile

import numpy as np
import pytest
import streamlit as st
from PIL import Image

import lime_core as lc
from lime_core.reports.beside import FILES
from lime_core.reports.numbers import score_text
from tests.app.conftest import NAMES, SIDE, App, give_prior
from tests.app.test_compare import compared as compared_maps  # noqa: F401
from tests.app.test_compare import kind
from tests.app.test_learn import chosen, learned, probe_of, walk  # noqa: F401
from tests.app.test_prior_page import bring, built, foreign, prior  # noqa: F401
from tests.app.test_stability import compared, stable  # noqa: F401
from tests.app.test_tune import found, tune  # noqa: F401
from tests.app.test_what_if import bare, hide, mapped, metrics, of_grid  # noqa: F401
from tests.support.badfiles import encoded
from tests.takeaway.test_opening import changed, lone


@pytest.fixture(autouse=True)
def offered(monkeypatch) -> dict[str, tuple]:
    """key -> what the last drawing gave to its button."""
    given, button = {}, st.download_button

    def noted(label, data, file_name=None, mime=None, **options):
        given[options.get("key") or file_name] = label, data, options.get("help")
        return button(label, data, file_name, mime, **options)

    monkeypatch.setattr(st, "download_button", noted)
    return given


def archive(offered) -> bytes:
    """What the page's button gives."""
    label, data, _ = offered["take-away"]
    assert label == "Take away"
    return data() if callable(data) else data


def taken(offered) -> dict:
    """What the files of the archive hold, each of them opened; the hover says what is in it."""
    with zipfile.ZipFile(io.BytesIO(archive(offered))) as packed:
        assert packed.testzip() is None
        files = {name: packed.read(name) for name in packed.namelist()}
    told = offered["take-away"][2]
    assert told.startswith("One ZIP: ")
    if "card.md" in files:  # what it says of the photo holds for all that lies beside it
        assert (
            b"hold the crop of it that the model sees, in arrays.npz, the pictures and the reports" in files["card.md"]
        )
        assert np.load(io.BytesIO(files["arrays.npz"]))["image"].shape == (SIDE, SIDE, 3)
    for name in files:
        assert any(part in told for part in (name, f"{name.split('/')[0]}/", name.split(".")[0])), name
    return {name: opened(name, content) for name, content in files.items()}


def opened(name: str, content: bytes):
    if name.endswith(".csv"):
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        assert rows
        return rows
    if name.endswith(".npz"):
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays}
    if name.endswith(".png"):
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            return picture.size
    if name.endswith(".json"):
        return json.loads(content)
    if name.endswith(".py"):
        return compile(content, name, "exec")
    return content.decode()


def test_explain_gives_the_map_with_all_that_computes_it_again(explained, offered):
    files = taken(offered)
    assert set(files) == {
        "weights.csv", "arrays.npz", "overlay.png", "report.html", "living.html", "card.md", "explain.py",
        "manifest.json",
    }  # fmt: skip
    assert files["overlay.png"] == (3 * SIDE, 3 * SIDE)
    weights = files["arrays.npz"]["weights"]
    for row in files["weights.csv"]:
        assert float(row["weight"]) == weights[int(row["superpixel"])]
    told = files["manifest.json"]
    assert told["picture"] == lc.gallery_picture("chelsea").digest
    assert told["results"]["cross_fitted_r2"] is not None
    assert told["view"]["numbers"]
    assert "What it does not say" in files["card.md"]
    assert "What it does not say" in files["report.html"]
    assert "What it does not say" in files["living.html"]
    assert explained.errors == []


def test_stability_gives_every_repeat_of_every_method(compared, offered):  # noqa: F811
    files = taken(offered)
    assert set(files) == {
        "stability.png", "weights.csv", "stability.json", "arrays.npz", "explain.py", "manifest.json",
    }  # fmt: skip
    told = files["manifest.json"]["explanations"]
    assert {name: [each["seed"] for each in group] for name, group in told.items()} == {
        name: [0, 1, 2] for name in files["stability.json"]["methods"]
    }
    for name, method in files["stability.json"]["methods"].items():
        np.testing.assert_array_equal(files["arrays.npz"][f"{name}/weights"], method["weights"])
        rows = [row for row in files["weights.csv"] if row["method"] == name]
        seed = [float(row["seed_1"]) for row in rows]
        np.testing.assert_allclose(seed, files["arrays.npz"][f"{name}/weights"][1], rtol=1e-12)
    assert files["stability.png"][0] > 3 * 200
    assert compared.errors == []


def test_compare_gives_each_map_their_difference_and_agreement(compared_maps, offered):  # noqa: F811
    files = taken(offered)
    pictures = [name for name in files if name.startswith("maps/")]
    assert len(pictures) == 3
    assert "maps/difference.png" in pictures
    assert all(files[name] == (SIDE, SIDE) for name in pictures)  # as large as on the page
    arrays = files["arrays.npz"]
    np.testing.assert_allclose(arrays["map_1/weights"][0], arrays["map_1/shown"], atol=1e-12)
    apart = [float(row["weight"]) for row in files["weights.csv"] if " minus " in row["map"]]
    np.testing.assert_allclose(apart, arrays["map_1/shown"] - arrays["map_2/shown"])
    assert len(files["agreement.csv"]) == 1
    assert -1 <= float(files["agreement.csv"][0]["rank_correlation"]) <= 1
    assert [each["class_index"] for each in files["manifest.json"]["maps"]] == [
        each[0]["class_index"] for each in files["manifest.json"]["explanations"].values()
    ]
    assert kind(compared_maps, "methods") == 0
    assert compared_maps.press("compare") > 0
    files = taken(offered)
    told = files["manifest.json"]
    others = [f"map_{n}" for n in range(1, len(told["maps"]) + 1) if f"map_{n}" not in told["explanations"]]
    assert others
    assert all("method" in told["maps"][int(name[4:]) - 1] for name in others)
    assert "attribute" in files["explain.py"].co_names  # the script asks them again
    assert {*others} <= {*files["explain.py"].co_consts}
    for name in others:
        assert files["arrays.npz"][f"{name}/segments"].shape == files["arrays.npz"][f"{name}/values"].shape
    assert compared_maps.errors == []


def test_tune_gives_what_was_found_and_the_best_setting(found, offered):  # noqa: F811
    files = taken(offered)
    assert set(files) == {
        "settings.csv", "settings.json", "best.json", "arrays.npz", "explain.py", "manifest.json",
    }  # fmt: skip
    assert files["best.json"] == files["settings.json"]["settings"][0]["setting"]
    assert lc.Setting.of_record(files["best.json"])
    count = len(files["settings.json"]["settings"])
    assert files["arrays.npz"]["gains"].shape == (count, 2)
    assert len(files["settings.csv"]) == 2 * count
    assert files["manifest.json"]["cases"] == files["settings.json"]["cases"]
    assert not callable(offered["take-away"][1])  # which would hold models and photos
    assert found.errors == []


def test_the_script_of_tune_has_the_superpixels_of_your_own(tune, offered, tmp_path):  # noqa: F811
    tune.set("selectbox", "segmenter-name", "label_map")
    labels = np.arange(SIDE * SIDE).reshape(SIDE, SIDE) // (SIDE * 8)
    tune.page.file_uploader(key="segmenter-file").set_value(("map.png", encoded(labels.astype(np.uint8)), "image/png"))
    tune.run()
    tune.set("multiselect", "tune-segmenter", [])
    tune.press("tune")
    packed = archive(offered)
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        files.extractall(tmp_path)
    now = runpy.run_path(str(tmp_path / "explain.py"))["explanation"]
    np.testing.assert_array_equal(now.segments, labels)
    assert tune.errors == []


def test_the_words_of_a_prior_are_named_by_its_own_model_alone(prior, foreign, built, offered):  # noqa: F811
    assert {row["name"] for row in taken(offered)["words.csv"]} <= {*NAMES}
    bring(built, lc.prior_bytes(foreign))
    rows = taken(offered)["words.csv"]
    assert {(row["class"], row["name"]) for row in rows} == {("3", "")}
    assert built.errors == []


def test_prior_gives_its_file_and_its_words(built, offered):  # noqa: F811
    files = taken(offered)
    assert set(files) == {"prior.npz", "words.csv", "arrays.npz", "explain.py", "manifest.json"}
    with zipfile.ZipFile(io.BytesIO(archive(offered))) as packed:
        kept = lc.load_prior(packed.read("prior.npz"))
    assert kept.digest == files["manifest.json"]["digest"]
    for row in files["words.csv"]:
        assert float(row["weight"]) == kept.weights[int(row["class"]), int(row["word"])]
    assert {int(row["class"]) for row in files["words.csv"]} == set(kept.classes)
    built.set("selectbox", "photo-gallery", "chelsea")
    assert built.errors == []
    files = taken(offered)
    if kept.digest == files["manifest.json"]["digest"] and "expected.png" in files:
        assert files["expected.png"] == (SIDE, SIDE)
        assert len(files["arrays.npz"]["expected"]) == files["arrays.npz"]["segments"].max() + 1


def test_learn_gives_the_map_of_the_samples_so_far_and_each_of_them(offered, learned):  # noqa: F811
    files = taken(offered)
    assert {"overlay.png", "weights.csv", "living.html", "manifest.json", "samples.csv"} <= set(files)
    assert files["manifest.json"]["num_samples"] == len(files["samples.csv"]) == 100
    walk(learned).set_value(20)
    learned.run()
    files = taken(offered)
    assert files["manifest.json"]["num_samples"] == len(files["samples.csv"]) == 20
    probe = probe_of(100)
    samples = lc.fitted_samples(probe.first(20), lc.FitSettings())
    for row, sample in enumerate(files["samples.csv"]):
        assert float(sample["counts"]) == samples.sample_weights[row]
        assert float(sample["model"]) == pytest.approx(samples.scores[row], rel=1e-6)
        assert float(sample["map"]) == pytest.approx(samples.predicted[row], rel=1e-6)
        shown = [float(sample[f"superpixel {index}"]) for index in range(probe.masks.shape[1])]
        np.testing.assert_array_equal(shown, probe.masks[row])


def test_what_if_gives_the_hidden_version_and_with_samples_the_map(offered, bare):  # noqa: F811
    assert set(taken(offered)) == {"hidden.png", "classes.csv", "hidden.npz"}
    hide(bare, [3, 17])
    files = taken(offered)
    assert np.flatnonzero(files["hidden.npz"]["hidden"]).tolist() == [3, 17]
    assert files["hidden.png"] == (SIDE, SIDE)
    first = files["classes.csv"][0]
    assert metrics(bare)["model now"] == score_text(float(first["model now"]), "probability")
    assert not first["map now"]


def test_what_if_gives_the_map_too_once_there_are_samples(offered, mapped):  # noqa: F811
    hide(mapped, [3])
    files = taken(offered)
    assert set(files) == {*FILES, "hidden.png", "classes.csv", "hidden.npz"} - {"prior.npz"}
    e, _, _ = of_grid()
    told = e.local_map(np.arange(49)[None] != 3)
    assert float(files["classes.csv"][0]["map now"]) == pytest.approx(told[0], rel=1e-6)
    assert {row["superpixel"]: float(row["weight"]) for row in files["weights.csv"]} == pytest.approx(
        {str(index): weight for index, weight in enumerate(e.weights.tolist())}, rel=1e-6
    )


def give(app: App, content: bytes, name: str = "explanation.zip") -> int:
    """Open a manifest; returns how many pictures the model was asked to score for it."""
    app.page.file_uploader(key="manifest-file").set_value((name, content, "application/zip"))
    return app.run()


@pytest.fixture
def saved(explained, offered) -> bytes:
    """The archive of chelsea with settings of its own."""
    explained.set("selectbox", "surrogate-name", "lasso")
    explained.set("number_input", "seed", 7)
    explained.set("button_group", "view-style", "heatmap")
    assert explained.press("explain") == 200
    return archive(offered)


def photo(seed: int) -> bytes:
    return encoded(np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))


SAME = "The weights are the same to the last digit as in the manifest."


def test_a_manifest_sets_everything_and_gives_the_same(saved, counting):
    app = App(counting)
    assert 0 < give(app, saved) < 300  # the samples are there: what names classes and measures the rate is not
    at = app.page
    assert at.selectbox(key="photo-gallery").value == "chelsea"
    assert at.selectbox(key="segmenter-name").value == "grid"
    assert at.selectbox(key="surrogate-name").value == "lasso"
    assert at.number_input(key="seed").value == 7
    assert at.select_slider(key="num-samples").value == 200
    assert at.button_group(key="view-style").value == "heatmap"
    assert SAME in app.text
    assert app.errors == []
    app.press("manifest-read")
    assert SAME not in app.text


def test_a_manifest_alone_sets_everything_and_says_that_it_has_no_weights(saved, counting):
    app = App(counting)
    give(app, lone(saved), "manifest.json")
    assert app.page.selectbox(key="surrogate-name").value == "lasso"
    assert "Its weights are in the archive" in app.text


def test_several_segmentations_and_whose_superpixels_are_shown_come_back(explained, offered, counting):
    explained.set("selectbox", "segmenter-name", "several")
    assert explained.press("explain") == 200
    [box] = [box for box in explained.page.selectbox if box.label == "Superpixels of"]
    box.set_value(2)
    explained.run()
    packed = archive(offered)
    app = App(counting)
    give(app, packed)
    [box] = [box for box in app.page.selectbox if box.label == "Superpixels of"]
    assert box.value == 2
    assert SAME in app.text
    assert app.errors == []


def test_a_prior_and_a_label_map_come_back(explained, offered, counting, planted_prior):
    give_prior(explained, "own.npz", lc.prior_bytes(planted_prior))
    explained.set("selectbox", "segmenter-name", "label_map")
    labels = np.arange(SIDE * SIDE).reshape(SIDE, SIDE) // (SIDE * 8)
    explained.page.file_uploader(key="segmenter-file").set_value(
        ("map.png", encoded(labels.astype(np.uint8)), "image/png")
    )
    explained.run()
    explained.press("explain")
    packed = archive(offered)
    assert lc.open_manifest(packed).saved.settings.prior == planted_prior
    app = App(counting)
    give(app, packed)
    assert SAME in app.text
    assert app.errors == []


def test_a_label_map_comes_back_in_place_of_the_one_that_is_uploaded(explained, offered):
    rows = np.arange(SIDE * SIDE).reshape(SIDE, SIDE) // SIDE

    def upload(name, labels):
        given = (name, encoded(labels.astype(np.uint8)), "image/png")
        explained.page.file_uploader(key="segmenter-file").set_value(given)
        explained.run()
        explained.press("explain")

    explained.set("selectbox", "segmenter-name", "label_map")
    upload("one.png", rows // 8)
    packed = archive(offered)
    upload("other.png", rows // 16)
    assert "8 superpixels · " in explained.text
    give(explained, packed)
    assert "The manifest's label map, in place of the file." in explained.text
    assert SAME in explained.text
    assert explained.run() == 0
    assert SAME in explained.text, "the file in the upload is not read again"
    upload("third.png", rows // 32)
    assert SAME not in explained.text, "another one is"
    assert explained.errors == []


def test_a_photo_of_ones_own_is_found_again_behind_the_gallery(explained, offered):
    explained.set("button_group", "photo-source", "upload")
    explained.page.file_uploader(key="photo-upload").set_value(("mine.png", photo(0), "image/png"))
    explained.run()
    explained.press("explain")
    packed = archive(offered)
    explained.set("button_group", "photo-source", "gallery")
    give(explained, packed)
    assert explained.page.button_group(key="photo-source").value == "upload"
    assert "mine.png, given before." in explained.text
    assert SAME in explained.text
    assert explained.errors == []


def test_what_is_moved_afterwards_is_said(saved, counting):
    app = App(counting)
    give(app, saved)
    app.set("selectbox", "surrogate-name", "ridge")
    assert "The surrogate is another." in app.text
    assert "apart" in app.text
    assert SAME not in app.text


def test_another_engine_and_other_versions_are_said(saved, counting):
    app = App(counting)
    record = json.loads(lone(saved))
    packed = changed(saved, engine="OpenVINO · CPU · bf16", versions=record["versions"] | {"numpy": "0.9"})
    give(app, packed)
    assert "ran on OpenVINO" in app.text
    assert app.page.session_state["precision"] == "bf16"


def test_a_precision_that_this_server_lacks_is_said(saved, counting):
    app = App(counting)
    give(app, changed(saved, engine="torch · cuda · f16 (weights move by 0.1 standard errors of 64 samples)"))
    assert "precision f16 is not to be had on this server" in app.text
    assert app.page.session_state["precision"] == "auto"
    assert app.errors == []


def test_another_photo_is_asked_for_and_looked_at(saved, counting, explained):
    own = photo(0)
    digest = lc.load_picture(own).digest
    app = App(counting)
    give(app, changed(saved, picture=digest))
    assert "another photo, of which its files hold no more than the crop: upload it" in app.text
    assert app.page.button_group(key="photo-source").value == "upload"
    app.page.file_uploader(key="photo-upload").set_value(("wrong.png", photo(1), "image/png"))
    app.run()
    app.press("explain")
    assert "The manifest was made of another photo than this one" in app.text
    assert app.errors == []


def test_a_model_that_is_not_here_is_said(saved, counting):
    app = App(counting)
    give(app, changed(saved, model="<b>somebody's</b>"))
    assert "is not here" in app.text
    assert "<b>" not in app.text
    assert app.errors == []


@pytest.mark.parametrize(
    "content", [b"", b"PK broken", b"{}", b'{"schema": 1}', b"[" * 10_000], ids=["empty", "ZIP", "{}", "bare", "deep"]
)
def test_a_broken_file_is_a_sentence_and_changes_nothing(app, content):
    give(app, content)
    assert len(app.errors) == 1
    assert app.page.selectbox(key="photo-gallery").value is None
    assert "manifest-opened" not in app.page.session_state
