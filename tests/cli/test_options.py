"""Options reach the manifest, and those left out are what the library takes."""

import json
import pathlib
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image

import lime_core as lc
from lime_core.console import options
from lime_core.files.records import plain, to_json
from lime_core.reports.manifest import TABLES


def test_every_option_reaches_the_manifest(run, photo):
    code, _, _ = run(
        *("explain", photo, "--num-samples", 50, "--class", "sec", "--seed", 7, "--space", "value", "--out", "here"),
        *("--segmenter", "grid", "--set", "grid.rows=4", "--set", "grid.columns=3", "--hiding", "color"),
        *("--set", "color.color=1,2,3", "--sampler", "lime", "--set", "lime.random_seed_given=yes"),
        *("--kernel", "l2", "--set", "l2.width=3.5", "--surrogate", "lasso", "--feature-selection", "highest_weights"),
    )
    assert code == 0
    with open("here/manifest.json", encoding="utf-8") as file:
        written = json.load(file)
    assert written["segmenter"] == {"name": "grid", "rows": 4, "columns": 3}
    assert written["hiding"] == {"name": "color", "color": [1, 2, 3]}
    assert written["sampler"] == {"name": "lime", "random_seed_given": True}
    assert written["kernel"] == {"name": "l2", "width": 3.5}
    assert written["surrogate"]["name"] == "lasso"
    assert written["feature_selection"]["name"] == "highest_weights"
    assert (written["class_index"], written["seed"], written["num_samples"]) == (1, 7, 50)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ([], {"name": "lasso", "share": lc.Lasso().share}),
        (["lasso.share=0.2"], {"name": "lasso", "share": 0.2}),
        (["lasso.alpha=0.001"], {"name": "lasso", "alpha": 0.001}),
    ],
)
def test_a_penalty_is_given_as_a_share_or_as_alpha(run, photo, given, written):
    flags = [part for text in given for part in ("--set", text)]
    code, _, _ = run("explain", photo, "--num-samples", 50, "--surrogate", "lasso", *flags, "--out", "here")
    assert code == 0
    with open("here/manifest.json", encoding="utf-8") as file:
        assert json.load(file)["surrogate"] == written


def test_a_penalty_that_is_given_twice_is_refused(run, photo):
    both = ("--set", "lasso.alpha=0.1", "--set", "lasso.share=0.2")
    code, _, err = run("explain", photo, "--surrogate", "lasso", *both)
    assert code == 2
    assert "Lasso: give alpha or share, not both" in err


def test_what_is_left_out_is_what_the_library_takes_but_for_several_segmentations(picture, planted):
    spec, settings = lc.ProbeSpec.of(picture, planted), lc.FitSettings()
    taken = {role: TABLES[role][name] for role, name in options.DEFAULTS.items()}
    several = lc.PRESETS["recommended"].probing.segmenter
    assert spec.segmenter == several.members[0]
    assert taken == {
        "segmenter": type(several),
        "hiding": type(spec.hiding),
        "sampler": type(spec.sampler),
        "kernel": type(settings.kernel),
        "surrogate": type(settings.surrogate),
        "feature_selection": type(settings.feature_selection),
    }


@pytest.mark.parametrize(("text", "color"), [("255", [255] * 3), ("#0102fF", [1, 2, 255]), ("1,2,3", [1, 2, 3])])
def test_a_color_is_said_as_in_python(run, photo, text, color):
    arguments = ("--num-samples", 10, "--segmenter", "grid", "--hiding", "color", "--set", f"color.color={text}")
    assert run("explain", photo, *arguments, "--out", "here")[0] == 0
    with open("here/manifest.json", encoding="utf-8") as file:
        assert json.load(file)["hiding"] == {"name": "color", "color": color}


@pytest.mark.parametrize("name", lc.PRESETS)
def test_a_preset_is_one_name(run, photo, name):
    preset = lc.PRESETS[name]
    if preset.needs_prior:
        code, _, err = run("explain", photo, "--preset", name)
        assert (code, "--preset g-lime needs a prior; give one with --prior FILE" in err) == (2, True)
        code, _, err = run("batch", photo, "--preset", name, "--out", "many")
        assert (code, "is a fit with a prior" in err) == (2, True)
        return
    code, _, _ = run("explain", photo, "--preset", name, "--segmenter", "grid", "--out", "here")
    assert code == 0
    with open("here/manifest.json", encoding="utf-8") as file:
        written = json.load(file)
    assert written["num_samples"] == preset.num_samples
    assert written["segmenter"]["name"] == "grid"  # what is given beside a preset counts
    for role in ("hiding", "sampler", "kernel", "surrogate", "feature_selection"):
        assert written[role] == plain(to_json(preset.options[role], TABLES[role]))
    assert written["view"] == plain(asdict(preset.view))


def test_settings_of_a_presets_option_are_changed_one_by_one(run, photo):
    code, _, _ = run(
        *("explain", photo, "--preset", "imagelime-grid", "--set", "grid.rows=4", "--num-samples", 60, "--out", "here")
    )
    assert code == 0
    with open("here/manifest.json", encoding="utf-8") as file:
        written = json.load(file)
    assert (written["segmenter"], written["num_samples"]) == ({"name": "grid", "rows": 4, "columns": 10}, 60)


def test_the_view_of_the_command_line_is_what_is_drawn(run, photo):
    given = ("--view", "outline", "--num-features", 3, "--sign", "for", "--numbers")
    code, _, _ = run("explain", photo, "--segmenter", "grid", "--num-samples", 120, *given, "--out", "here")
    assert code == 0
    view = lc.View(style="outline", num_features=3, show="for", numbers=True)
    with open("here/manifest.json", encoding="utf-8") as file:
        assert json.load(file)["view"] == plain(asdict(view))
    e = lc.replay("here", lc.load_picture(photo), run.model)
    drawn = np.asarray(Image.open("here/overlay.png"))
    np.testing.assert_array_equal(drawn, e.overlay(view, scale=3))
    assert (drawn != e.overlay(lc.View(), scale=3)).any()
    assert run("explain", photo, "--show", "against", "--num-features", 401)[0] == 2


def test_the_most_likely_classes_have_a_folder_each(run, photo, counting):
    code, out, _ = run("explain", photo, "--num-samples", 60, "--segmenter", "grid", "--top-labels", 2, "--out", "here")
    assert (code, counting.rows) == (0, 60)
    order = np.argsort(-run.model.outputs(lc.load_picture(photo).pixels[None])[0])[:2]
    found = sorted(path.name for path in pathlib.Path("here").iterdir())
    assert found == [f"1-{order[0]}", f"2-{order[1]}"]
    for place, index in enumerate(order, 1):
        with open(f"here/{place}-{index}/manifest.json", encoding="utf-8") as file:
            assert json.load(file)["class_index"] == index
    assert out.count("files in") == 2
    code, _, err = run("explain", photo, "--top-labels", 2, "--class", "first")
    assert (code, "--class and --top-labels both say which classes" in err) == (2, True)
