"""Scripts: they compile, they name every setting, and on the same engine they give the same weights."""

import ast
import json
import runpy

import numpy as np
import pytest

import lime_core as lc
from lime_core.files.records import to_json
from lime_core.reports.record import manifest
from lime_core.takeaway.archive import pack, unpack
from lime_core.takeaway.several import several_files
from lime_core.takeaway.snippet import snippet
from tests.support.planted import BLACK, GRID

SETTINGS = {
    "usual": {},
    "lasso": {"space": "value", "kernel": lc.L2Kernel(width=0.4), "surrogate": lc.Lasso(alpha=0.01)},
    "share": {"surrogate": lc.ElasticNet(alpha=None, share=0.1), "feature_selection": lc.HighestWeights(6)},
    "color": {"hiding": lc.Color(color=(9, 200, 3)), "sampler": lc.Bernoulli(p=0.7), "seed": 11},
    "noise": {"hiding": lc.Noise(), "sampler": lc.Antithetic()},
    "several": {"segmenter": lc.Segmentations((lc.Grid(4, 4), lc.Grid(3, 5)))},
    "label map": {"segmenter": lc.LabelMap.of(np.arange(32 * 32).reshape(32, 32) // 128)},
    "label maps": {
        "segmenter": lc.Segmentations((lc.Grid(4, 4), lc.LabelMap.of(np.arange(32 * 32).reshape(32, 32) // 128)))
    },
}


def run(folder, picture, model, text=None):
    """The globals of a script after it has run, its photo and model filled in."""
    path = folder / "explain.py"
    text = path.read_text("utf-8") if text is None else text
    for line in text.splitlines():
        if "# fill in" in line:
            what = "picture" if "photo" in line else "model"
            text = text.replace(line, f"{line.split(' = ')[0]} = given[{what!r}]")
    found = {"__file__": str(path), "given": {"picture": picture, "model": model}}
    exec(compile(text, str(path), "exec"), found)
    return found


@pytest.mark.parametrize("name", SETTINGS)
def test_a_script_gives_the_same_weights_to_the_last_digit(picture, planted, tmp_path, name):
    options = {"segmenter": GRID, "hiding": BLACK} | SETTINGS[name]
    e = lc.explain_image(picture, planted, 1, 80, **options)
    e.save(tmp_path)
    now = run(tmp_path, picture, planted)["explanation"]
    np.testing.assert_array_equal(now.weights, e.weights)
    np.testing.assert_array_equal(now.standard_error, e.standard_error)


def test_a_script_takes_the_prior_beside_it(pulled, picture, planted, tmp_path):
    pulled.save(tmp_path)
    np.testing.assert_array_equal(run(tmp_path, picture, planted)["explanation"].weights, pulled.weights)


def test_a_map_that_was_read_in_other_superpixels_is_read_in_them_again(picture, planted, tmp_path):
    e = lc.explain_image(picture, planted, 1, 80, segmenter=lc.Segmentations((lc.Grid(4, 4), lc.Grid(3, 5))))
    e = lc.read_in(e, lc.Grid(2, 8))
    e.save(tmp_path)
    np.testing.assert_array_equal(run(tmp_path, picture, planted)["explanation"].weights, e.weights)


def test_a_bundled_model_and_a_photo_of_the_gallery_need_nothing_filled_in(chelsea, lite0, tmp_path, capsys):
    e = lc.explain_image(chelsea, lite0, num_samples=40, segmenter=lc.Grid(4, 4))
    e.save(tmp_path)
    assert "fill in" not in (tmp_path / "explain.py").read_text("utf-8")
    now = runpy.run_path(str(tmp_path / "explain.py"))["explanation"]
    np.testing.assert_array_equal(now.weights, e.weights)
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(int(number), float(weight)) for number, weight in printed] == list(enumerate(e.weights))


def test_another_photo_or_model_is_refused(explanation, picture, planted, tmp_path):
    explanation.save(tmp_path)
    text = (tmp_path / "explain.py").read_text("utf-8")
    other = lc.load_picture(255 - picture.pixels)
    with pytest.raises(AssertionError, match="another photo"):
        run(tmp_path, other, planted, text)
    model = lc.wrap_model(lambda pictures: np.full((len(pictures), 3), 1 / 3), ("a", "b", "c"))
    with pytest.raises(AssertionError, match="another model"):
        run(tmp_path, picture, model, text)


def test_what_no_file_holds_is_to_be_filled_in(picture, planted):
    e = lc.explain_image(picture, planted, 1, 60, segmenter=GRID, kernel=lambda masks: masks.mean(axis=1))
    text = snippet(manifest(e))
    ast.parse(text)
    assert text.count("# fill in") == 3  # photo, model and kernel


def test_a_script_of_a_hostile_manifest_is_still_only_text(explanation):
    record = json.loads(json.dumps(manifest(explanation)))
    evil = '"""\nimport os; os.remove("x")\n"""'
    record |= {"model": evil, "versions": {"lime_core": evil}, "picture": evil, "fingerprint": evil, "space": evil}
    tree = ast.parse(snippet(record))
    imported = [node.names[0].name for node in ast.walk(tree) if isinstance(node, ast.Import)]
    assert imported == ["numpy", "lime_core"]


def test_several_explanations_are_computed_again_each_with_its_seed(picture, planted, own_prior, tmp_path):
    plain = [lc.explain_image(picture, planted, 1, 60, segmenter=GRID, hiding=BLACK, seed=seed) for seed in (0, 3)]
    pulled = [
        lc.explain_image(picture, planted, 1, 60, segmenter=GRID, hiding=BLACK, prior=own_prior, prior_strength=2.0)
    ]
    given = [lc.explain_image(picture, planted, 2, 60, segmenter=SETTINGS["label map"]["segmenter"])]
    groups = {"a": plain, "G-LIME": pulled, 'odd "name"': given}
    files = several_files(groups, "Explains again.", {"k": 5})
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    now = run(tmp_path, picture, planted)["explanations"]
    assert {name for name, _ in now} == set(groups)
    for name, group in groups.items():
        for number, e in enumerate(group):
            np.testing.assert_array_equal(now[name, number].weights, e.weights)
    record = json.loads(files["manifest.json"])
    assert record["k"] == 5
    assert [each["seed"] for each in record["explanations"]["a"]] == [0, 3]
    assert unpack(pack(files), {"manifest.json": 10**6}, lc.ReplayMismatch)
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["a/weights"], [e.weights for e in plain])


def test_other_methods_are_asked_again(picture, planted, tmp_path):
    labels = lc.LabelMap.of(np.arange(32 * 32).reshape(32, 32) // 128)
    cuts = {"a": GRID, "b": labels, "c": lc.Segmentations((lc.Grid(2, 2), GRID))}
    methods = {"a": lc.Occlusion(), "b": lc.KernelShap(num_samples=60), "c": lc.Rise(num_masks=50)}
    probings = {name: lc.ProbeSettings(cut, lc.SuperpixelMean()) for name, cut in cuts.items()}
    said = {name: lc.attribute(picture, planted, methods[name], 1, probings[name], "value") for name in cuts}
    asked = {
        name: {
            "picture": picture.digest,
            "model": planted.name,
            "fingerprint": planted.fingerprint,
            "engine": planted.engine.description,
            "class_index": 1,
            "space": "value",
            "method": to_json(methods[name], lc.ATTRIBUTIONS),
            "hiding": to_json(lc.SuperpixelMean(), lc.HIDINGS),
            "segmenter": to_json(cut, lc.SEGMENTERS),
        }
        for name, cut in cuts.items()
    }
    files = several_files({}, "Asks again.", {}, {"b/segments": labels.labels}, json.loads(json.dumps(asked)))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    text = files["explain.py"].decode()
    assert text.count("# fill in") == 2  # one photo and one model for all
    again = run(tmp_path, picture, planted)["attributions"]
    for name, each in said.items():
        np.testing.assert_array_equal(again[name].values, each.values)
