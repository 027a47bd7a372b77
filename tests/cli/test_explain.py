"""The commands on one photo: explained, compared and replayed, and what goes wrong is one line."""

import csv
import errno
import json
import re
from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

import lime_core as lc
from lime_core.cli import explain
from lime_core.cli.main import main
from lime_core.models.classifier import Classifier
from lime_core.reports import replay
from lime_core.reports.verdict import NOTHING
from tests.cli.conftest import one_line


@pytest.mark.slow
def test_a_photo_is_explained_from_end_to_end_and_replayed(tmp_path, capsys):
    out = tmp_path / "out"
    asked = ["--num-samples", "128", "--segmenter", "grid", "--class", "egyptian cat", "--device", "cpu"]
    assert main(["explain", "gallery:chelsea", *asked, "--precision", "f32", "--out", str(out)]) == 0
    first = capsys.readouterr()
    assert "Egyptian cat: probability 0." in first.out
    assert "49 superpixels, 128 samples" in first.out
    assert "(R² 0." in first.out
    assert len(re.findall(r"^ +\d+  [+−][\d.e-]+ pp ± [\d.e-]+ pp$", first.out, re.MULTILINE)) == 5
    assert re.search(r"^\d+ and \d+ together: |act only together, beyond chance\.$", first.out, re.MULTILINE)
    assert str(out) in first.out
    assert "128/128" in first.err
    assert "\x1b" not in first.err
    assert json.loads((out / "manifest.json").read_text("utf-8"))["model"] == "efficientnet_lite0"

    assert main(["replay", str(out / "manifest.json"), "gallery:chelsea"]) == 0
    assert capsys.readouterr().out.startswith("the same weights again: Egyptian cat")


@pytest.fixture
def constant(monkeypatch):
    """In place of every model one that answers the same to all pictures."""
    model = lc.wrap_model(lambda pictures: np.tile([0.25, 0.75], (len(pictures), 1)), ("no", "yes"), name="constant")
    monkeypatch.setattr(explain, "load_model", lambda name, device, precision: model)


def test_of_a_constant_score_there_is_nothing_but_the_sentence(run, photo, constant):
    code, out, _ = run("explain", photo, "--num-samples", 50, "--until-settled", 3, "--out", "here")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "yes: probability 0.75"
    assert lines[2] == f"{NOTHING.headline}. {NOTHING.sentence} For the full picture the model says 75.0%."
    assert [line for line in lines[3:] if not line.startswith("files in ")] == []


def test_repeats_of_a_constant_score_are_not_compared(run, photo, constant):
    code, out, _ = run("stability", photo, "--num-samples", 40, "--repeats", 2, "--out", "here")
    assert code == 0
    assert f"\n{NOTHING.headline}. {NOTHING.sentence}\n" in out
    row = next(line for line in out.splitlines() if line.startswith("LIME"))
    assert set(row.removeprefix("LIME").split()[1:]) == {"–"}
    with open("here/stability.json", encoding="utf-8") as file:
        metrics = json.load(file)["methods"]["lime"]["metrics"]
    assert {metric["value"] for metric in metrics.values()} == {None}


def test_methods_are_compared_over_repeats(run, photo, tmp_path, counting):
    code, out, error = run(
        *("stability", photo, "--repeats", 3, "--methods", "lime,foldover,current,lime", "--num-samples", 40),
        *("--segmenter", "grid", "--class", "second", "--seed", 5, "--top", 4, "--ranking", "signed", "--out", "here"),
    )
    assert code == 0
    assert counting.rows == 2 * 3 * 40  # "foldover" and "current" ask the same
    assert "240/240" in error
    lines = out.splitlines()
    assert lines[0].startswith("second: ")
    assert lines[1] == "49 superpixels, 3 repeats of 40 samples at most"
    assert lines[2].split()[:4] == ["samples", "Jaccard", "top", "4"]
    assert [line.split("  ")[0] for line in lines[3:6]] == ["LIME", "Fold-over", "Your settings"]
    assert len(re.findall(r"\d\.\d\d \(\d\.\d\d\)", lines[3])) == 5
    assert lines[-1] == f"files in {tmp_path / 'here'}"
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == [
        "stability.json",
        "stability.png",
        "weights.csv",
    ]
    written = json.loads((tmp_path / "here" / "stability.json").read_text("utf-8"))
    assert list(written["methods"]) == ["lime", "foldover", "current"]
    assert (written["seeds"], written["ranking"], written["class_index"]) == ([5, 6, 7], "signed", 1)
    assert written["methods"]["foldover"]["sampler"]["name"] == "foldover"


def test_methods_that_end_early_stand_beside_others(run, photo, counting):
    code, out, error = run(
        *("stability", photo, "--repeats", 2, "--methods", "lime,current", "--num-samples", 80, "--sampler"),
        *("enumerate", "--segmenter", "grid", "--set", "grid.rows=2", "--set", "grid.columns=2"),
    )
    assert code == 0
    assert counting.rows == 2 * 80 + 2 * 16
    assert "192/192" in error
    assert re.search(r"^LIME +80 ", out, re.MULTILINE)
    assert re.search(r"^Your settings +16 ", out, re.MULTILINE)


def test_explaining_with_all_masks_ends_its_progress(run, photo):
    arguments = ("--sampler", "enumerate", "--segmenter", "grid", "--set", "grid.rows=2", "--set", "grid.columns=2")
    code, out, error = run("explain", photo, *arguments)
    assert code == 0
    assert "4 superpixels, 16 samples" in out
    assert "16/16" in error


def test_a_run_can_stop_when_the_strongest_are_settled(run, photo, counting):
    code, out, error = run(
        *("explain", photo, "--num-samples", 4000, "--until-settled", 2, "--out", "here"),
        *("--segmenter", "grid", "--set", "grid.rows=4", "--set", "grid.columns=4", "--hiding", "color"),
    )
    assert code == 0
    with open("here/manifest.json", encoding="utf-8") as file:
        asked = json.load(file)["num_samples"]
    assert 48 <= asked < 4000
    assert f"the top 2 are settled with {asked} samples" in out
    assert counting.rows == asked
    assert error.splitlines()[-1].startswith(f"{asked}/{asked} ")  # the bar ends, and with it its line on a terminal


def test_all_superpixels_are_no_set_to_settle(run, photo):
    said = []
    for k in (15, 16, 400):
        asked = ("--until-settled", k, "--num-samples", 200, "--out", "here", *GRID_IN_BLACK)
        code, out, _ = run("explain", photo, *asked)
        assert code == 0
        said += [line for line in out.splitlines() if line.startswith("the top ")]
    assert said == [said[0]] * 3
    assert said[0].startswith("the top 15 are ")


def test_soft_stability_is_said_and_costs_its_own_samples(run, photo, picture, counting, monkeypatch):
    model = lc.wrap_model(counting, ("first", "second", "third"), kind="logits", name="planted")
    monkeypatch.setattr(explain, "load_model", lambda name, device, precision: model)
    asked = ("--num-samples", 200, "--class", "second", "--out", "here", *GRID_IN_BLACK)
    code, out, error = run("explain", photo, *asked, "--soft-stability", 6)
    assert code == 0
    assert counting.rows == 200 + 152
    assert "152/152" in error
    e = lc.explain_image(picture, model, "second", 200, lc.Grid(4, 4), lc.Color((0, 0, 0)))
    assert f"\n{lc.soft_stability(e, model, lc.Addition(r=6)).in_words()}\n" in out


def test_soft_stability_of_a_model_of_values_is_refused_before_it_is_asked(run, photo, counting):
    code, out, error = run("explain", photo, "--soft-stability", 6)
    assert (code, out, counting.rows) == (2, "", 0)
    assert "--soft-stability is for models that give classes; planted gives values" in one_line(error)


def test_of_a_constant_score_there_is_no_soft_stability(run, photo, constant):
    code, out, _ = run("explain", photo, "--num-samples", 50, "--soft-stability", 6, "--out", "here")
    assert code == 0
    assert "\nNo superpixel speaks for the class, so there is no top to show.\n" in out


def test_the_sampler_asked_for_is_that_of_the_method_current(run, photo):
    code, _, _ = run(
        *("stability", photo, "--methods", "current", "--sampler", "lime", "--num-samples", 20, "--repeats", 2),
        *("--segmenter", "grid", "--out", "here"),
    )
    assert code == 0
    with open("here/stability.json", encoding="utf-8") as file:
        assert json.load(file)["methods"]["current"]["sampler"]["name"] == "lime"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--repeats", "1"], "argument --repeats: must be a whole number from 2 to 100, got '1'"),
        (
            ["--methods", "lime,magic"],
            "names out of lime, glime_prior, foldover, glime_binomial, current, got 'magic'",
        ),
        (["--methods", ""], "got ''"),
        (["--ranking", "size"], "argument --ranking: invalid choice"),
        (["--top", "0"], "must be a whole number of at least 1, got '0'"),
        (["--sampler", "lime"], "--sampler lime is what the method current asks with; add current to --methods"),
        (["--methods", "lime,glime_prior"], "the method glime_prior needs a prior; give one with --prior FILE"),
        (["--prior", "p.npz"], "--prior is for the methods glime_prior and current; add one of them to --methods"),
        (["--seed", str(2**31 - 2)], "--seed must be at most 2147483643 for 5 repeats"),
        (["--class", "dog"], "no class of planted has 'dog' in its name"),
        (["--class", "secnd"], "no class of planted has 'secnd' in its name; near are second"),
        (["--out", "photo.png"], "--out photo.png is no folder"),
    ],
)
def test_a_wrong_argument_of_stability_is_one_line_and_exit_code_2(run, photo, counting, arguments, message):
    code, out, error = run("stability", photo, *arguments)
    assert (code, out, counting.rows) == (2, "", 0)
    assert message in one_line(error)


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_comparison_that_cannot_be_written_is_one_line_and_exit_code_1(run, photo, monkeypatch):
    monkeypatch.setattr(explain.comparison, "save", full)
    code, out, error = run("stability", photo, "--num-samples", 20, "--repeats", 2, "--out", "below")
    assert (code, out) == (1, "")
    assert "could not be written to below: No space left on device" in error.splitlines()[-1]


@pytest.fixture
def prior_file(tmp_path, own_prior):
    return str(lc.save_prior(own_prior, tmp_path / "prior.npz"))


GRID_IN_BLACK = ("--segmenter", "grid", "--set", "grid.rows=4", "--set", "grid.columns=4", "--hiding", "color",
                 "--set", "color.color=0,0,0")  # fmt: skip


def test_a_prior_reaches_the_files_and_what_is_said(
    run, photo, prior_file, probe, own_prior, tmp_path, picture, planted
):
    asked = ("--class", "1", "--prior", prior_file, "--prior-strength", "7", "--num-samples", 200, *GRID_IN_BLACK)
    code, out, _ = run("explain", photo, *asked, "--out", "here")
    assert code == 0
    e = lc.explain(probe, 1, prior=own_prior, prior_strength=7.0)
    assert f"The prior makes {e.mean_prior_share:.0%} of a weight on average" in out
    assert len(re.findall(r"± \S+  prior \d+%$", out, re.MULTILINE)) == 5
    again = lc.replay(tmp_path / "here", picture, planted)
    np.testing.assert_array_equal(again.weights, e.weights)
    assert again.settings.surrogate == lc.RidgeWithPrior()


def test_a_prior_without_a_strength_has_the_usual_one(run, photo, prior_file):
    run("explain", photo, "--prior", prior_file, "--num-samples", 20, "--out", "here", *GRID_IN_BLACK)
    with open("here/manifest.json", encoding="utf-8") as file:
        assert json.load(file)["prior"]["strength"] == lc.USUAL_STRENGTH


def test_the_map_of_the_models_own_last_layer_is_a_prior_by_its_name(run, photo, own_prior, tmp_path, monkeypatch):
    (tmp_path / "class-activation").write_text("a file of this name is not meant")
    code, out, error = run("explain", photo, "--prior", "class-activation")
    assert (code, out) == (2, "")
    assert "--prior class-activation: planted has no class activation map here: it is a function" in one_line(error)
    monkeypatch.setattr("lime_core.cli.explain.class_activation", lambda model, name: own_prior)
    monkeypatch.setattr("lime_core.priors.strengths.ClassActivation", lc.GlobalPrior)  # which stands in for it
    run("explain", photo, "--prior", "class-activation", "--num-samples", 20, "--out", "here", *GRID_IN_BLACK)
    with open("here/manifest.json", encoding="utf-8") as file:
        assert json.load(file)["prior"]["strength"] == 3.0


def test_a_prior_of_another_model_is_one_line_before_anything_is_asked(run, photo, tmp_path, prior, counting):
    path = lc.save_prior(prior, tmp_path / "prior.npz")
    code, out, error = run("explain", photo, "--prior", path)
    assert (code, out, counting.rows) == (2, "", 0)
    assert "The prior knows superpixels by other features (corners)" in one_line(error)


def test_the_row_with_a_prior_has_the_samples_of_lime(run, photo, prior_file, counting):
    before = counting.rows
    code, out, _ = run(
        *("stability", photo, "--repeats", 3, "--methods", "lime,glime_prior,current", "--num-samples", 40),
        *("--prior", prior_file, "--prior-strength", "500", "--class", "1", "--out", "here", *GRID_IN_BLACK),
        *("--sampler", "bernoulli"),
    )
    assert code == 0
    assert counting.rows - before == 3 * 40
    assert [line.split("  ")[0] for line in out.splitlines()[3:6]] == ["LIME", "G-LIME (global prior)", "Your settings"]
    assert "prior's share" in out
    assert "perfectly wrong" in out
    with open("here/stability.json", encoding="utf-8") as file:
        methods = json.load(file)["methods"]
    assert "prior" not in methods["lime"]
    assert methods["lime"]["surrogate"]["name"] == "ridge"
    assert methods["glime_prior"]["prior"]["strength"] == 500.0
    assert len(methods["glime_prior"]["prior_share"]) == 3
    assert methods["glime_prior"]["prior_coverage"] == 1.0
    assert methods["current"]["weights"] == methods["glime_prior"]["weights"] != methods["lime"]["weights"]
    figures = [methods[name]["metrics"]["relative_spread"]["value"] for name in ("glime_prior", "lime")]
    assert figures[0] < figures[1]
    with open("here/weights.csv", newline="", encoding="utf-8") as file:
        assert {row["prior_share"] for row in csv.DictReader(file) if row["method"] == "lime"} == {"0.0"}


def test_a_label_map_gives_the_superpixels(run, photo, tmp_path):
    np.save(tmp_path / "map.npy", np.arange(1024).reshape(32, 32) // 256)
    code, out, _ = run("explain", photo, "--num-samples", 20, "--label-map", tmp_path / "map.npy")
    assert code == 0
    assert out.splitlines()[1].startswith("4 superpixels")
    with np.load(tmp_path / "lime-out" / "arrays.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["segments"], np.arange(1024).reshape(32, 32) // 256)


@pytest.mark.parametrize("command", [("explain",), ("stability", "--methods", "lime", "--repeats", "2")])
def test_a_label_map_of_a_photo_that_was_scaled_on_reading_is_cropped_as_the_photo(
    run, planted, monkeypatch, tmp_path, command
):
    model = replace(planted, preprocessing=lc.Preprocessing(32, 32, resize=40))
    monkeypatch.setattr(explain, "load_model", lambda name, device, precision: model)
    Image.new("RGB", (3000, 1500), (90, 120, 60)).save(tmp_path / "wide.png")
    np.save(tmp_path / "map.npy", np.broadcast_to(np.arange(3000) // 300, (1500, 3000)))
    code, out, error = run(*command, "wide.png", "--num-samples", 20, "--label-map", "map.npy")
    assert (code, error.count("error")) == (0, 0)
    assert "4 superpixels" in out  # 0.8 of the shorter side: columns 900 to 2100 of 3000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--num-samples", "1"], "argument --num-samples: must be a whole number from 2 to 10000000, got '1'"),
        (["--num-samples", "many"], "must be a whole number from 2 to 10000000, got 'many'"),
        (["--seed", "-3"], "argument --seed: must be a whole number from 0 to"),
        (["--segmenter", "watershed"], "argument --segmenter: invalid choice: 'watershed'"),
        (["--segmenter", "label_map"], "argument --segmenter: invalid choice"),
        (["--precision", "f64"], "argument --precision: invalid choice"),
        (["--what"], "unrecognized arguments: --what"),
        (["--set", "slic.n_segments"], "not KEY=VALUE: 'slic.n_segments'; known settings are"),
        (["--set", "n_segments=3"], "no setting 'n_segments'; known settings are several.members, cosine.width"),
        (["--set", "slic.segments=3"], "known settings are slic.n_segments, slic.compactness, slic.sigma\n"),
        (["--set", "slic.n_segments=3"], "--set slic.n_segments: slic is not in use; add --segmenter slic"),
        (["--set", "cosine.width=99"], r"--set: CosineKernel: width must be a number in [0.01, 10.0], got 99.0"),
        (["--set", "cosine.width=nan"], "got nan"),
        (["--set", "cosine.width=wide"], "got 'wide'"),
        (["--hiding", "color", "--set", "color.color=red"], "color must be three whole numbers from 0 to 255"),
        (["--sampler", "lime", "--set", "lime.random_seed_given=2"], "random_seed_given must be True or False"),
        (["--label-map", "m.png", "--segmenter", "grid"], "both say which superpixels to take"),
        (["--class", "3"], "--class must lie in 0..2, got 3"),
        (["--prior", "none.npz"], "--prior none.npz: The prior could not be read: No such file"),
        (["--prior", "photo.png"], "--prior photo.png: This is no prior, or its file is damaged."),
        (["--prior", "none.npz", "--surrogate", "tree"], "--surrogate tree takes no prior"),
        (["--prior-strength", "3"], "--prior-strength is that of a prior; give one with --prior FILE"),
        (["--prior", "none.npz", "--prior-strength", "-1"], "--prior-strength: must be a number of at least 0"),
        (["--prior", "none.npz", "--prior-strength", "nan"], "must be a number of at least 0, got 'nan'"),
        (["--class", "-1"], "--class must lie in 0..2, got -1"),
        (["--class", "dog"], "no class of planted has 'dog' in its name"),
        (["--class", "ir"], "'ir' fits 2 classes, give one by its number: 0 first, 2 third\n"),
        (["--space", "probability"], "--space must be one of value for this model, got 'probability'"),
        (["--out", "photo.png"], "--out photo.png is no folder"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_code_2(run, photo, counting, arguments, message):
    code, out, error = run("explain", photo, *arguments)
    assert (code, out, counting.rows) == (2, "", 0)
    assert message in one_line(error)


def test_an_ambiguous_class_lists_ten_candidates(monkeypatch, capsys, photo, planted):
    names = tuple(f"kind of cat {i}" for i in range(13))
    many = Classifier("many", names, "values", None, planted.engine)
    monkeypatch.setattr(explain, "load_model", lambda name, device, precision: many)
    assert main(["explain", photo, "--class", "CAT"]) == 2
    error = one_line(capsys.readouterr().err)
    assert "fits 13 classes" in error
    assert "9 kind of cat 9 and 3 more" in error
    assert "cat 10" not in error


def test_a_whole_name_is_taken_though_it_is_part_of_others(picture, planted):
    cats = Classifier("cats", ("tiger cat", "tiger", "cat"), "values", None, planted.engine)
    assert explain._class_index("Tiger", picture, cats) == 1


def test_a_photo_that_is_none_is_one_line_and_exit_code_2(run, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    for photo in ("text.png", "missing.png"):
        code, out, error = run("explain", photo)
        assert (code, out) == (2, "")
        one_line(error)


def test_a_model_that_is_none_is_one_line_and_exit_code_2(photo, capsys):
    assert main(["explain", photo, "--model", "efficientnet_lite9"]) == 2
    assert "There is no model 'efficientnet_lite9'" in one_line(capsys.readouterr().err)


def test_a_device_that_is_not_there_is_one_line_and_exit_code_2(photo, capsys):
    assert main(["explain", photo, "--device", "cuda:99"]) == 2
    assert "'cuda:99' is not on this machine" in one_line(capsys.readouterr().err)


def test_a_replay_of_another_photo_is_one_line_and_exit_code_1(run, photo, tmp_path):
    assert run("explain", photo, "--num-samples", 20)[0] == 0
    code, _, error = run("replay", "lime-out", "gallery:chelsea")
    assert code == 1
    assert "the picture is another" in one_line(error)


def test_a_disk_that_is_full_in_the_end_is_one_line_and_exit_code_1(run, photo, monkeypatch):
    monkeypatch.setattr(explain, "save_explanation", full)
    code, out, error = run("explain", photo, "--num-samples", 20, "--out", "below")
    assert (code, out) == (1, "")
    assert "could not be written to below: No space left on device" in error.splitlines()[-1]


def test_ctrl_c_says_that_nothing_was_written(run, photo, monkeypatch, tmp_path):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(explain, "grow", interrupted)
    assert run("explain", photo) == (130, "", "lime-core: error: stopped; nothing was written\n")
    assert not (tmp_path / "lime-out").exists()


def test_several_segmentations_are_said_one_by_one(run, photo, counting):
    chosen = ["--segmenter", "several", "--set", "several.members=grid,compact_watershed"]
    code, out, _ = run("explain", photo, *chosen, "--num-samples", 90, "--out", "there")
    assert code == 0
    assert counting.rows == 90
    assert re.search(r"^superpixel \d+ makes the value (higher|lower) in [12] of 2$", out, re.MULTILINE)
    with open("there/manifest.json", encoding="utf-8") as file:
        written = json.load(file)["segmenter"]
    assert [member["name"] for member in written["members"]] == ["grid", "compact_watershed"]
    code, _, err = run("explain", photo, "--segmenter", "several", "--set", "several.members=grid,voronoi")
    assert code == 2
    assert "members must be names of quickshift" in err


def test_several_segmentations_are_repeated_beside_the_first_of_them_alone(run, photo, tmp_path):
    asked = ("--num-samples", 60, "--repeats", 2, "--set", "several.members=grid,compact_watershed", "--out", "here")
    code, out, error = run("stability", photo, "--methods", "lime,foldover", *asked)
    assert (code, error.count("Traceback")) == (0, 0)
    assert re.search(r"2 segmentations of .*49 superpixels, 2 repeats of 60 samples at most", out)
    methods = json.loads((tmp_path / "here" / "stability.json").read_text("utf-8"))["methods"]
    assert methods["lime"]["segmenter"]["name"] == "grid"
    assert methods["foldover"]["segmenter"]["name"] == "several"
    assert len(methods["lime"]["weights"][0]) == len(methods["foldover"]["weights"][0]) == 49


def test_pairs_of_the_first_of_several_segmentations_are_not_told(run, photo):
    assert "together" in run("explain", photo, "--num-samples", 200, "--segmenter", "grid", "--out", "one")[1]
    assert "together" not in run("explain", photo, "--num-samples", 200, "--out", "several")[1]


def test_a_replay_judges_the_map_as_the_run_did(run, photo, monkeypatch):
    def answer(pictures):
        return [np.random.default_rng(crc32(each.tobytes())).random(2) for each in pictures]

    model = lc.wrap_model(answer, kind="values", name="noise")
    for module in (explain, replay):
        monkeypatch.setattr(module, "load_model", lambda *_: model)
    cuts = ("--seed", 3, "--set", "several.members=grid,compact_watershed")
    code, out, _ = run("explain", photo, "--num-samples", 150, *cuts, "--out", "here")
    judged = next(line for line in out.splitlines() if line.startswith("Nothing beyond chance"))
    again, told, _ = run("replay", "here", photo, "--model", "mine")
    assert (code, again) == (0, 0)
    assert judged in told.splitlines()
