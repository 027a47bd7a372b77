"""The benchmarks on photos of one's own, on three crops and a small network: their rows are whole."""

import math
from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import lime_core as lc
from tests.benchmarks import defaults, fills, found, others, photo_priors, photos, segmentations, tuned
from tests.benchmarks.kept import lines

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Sixteen crops, and a file that is no photo."""
    for number, crop in enumerate(lc.crops(lc.gallery_picture("coffee"), 16)):
        Image.fromarray(crop.pixels).save(tmp_path / f"{number:02d}.png")
    (tmp_path / "00.jpg").write_text("nothing")
    (tmp_path / "notes.txt").write_text("nothing")
    monkeypatch.setenv("PHOTOS", str(tmp_path))
    monkeypatch.setenv("COUNT", "3")
    return tmp_path


@pytest.fixture
def small(monkeypatch):
    """A network of a few filters in the place of the real one, and few samples."""
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=4, padding=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)
    )
    seen, names = lc.Preprocessing(64, 64), ("a", "b", "c")
    model, activation = lc.torch_classifier("small", module, seen, names, "cpu", "f32", "torch"), lc.class_activation
    monkeypatch.setattr(lc, "load_model", lambda name, precision="auto": model)
    monkeypatch.setattr(lc, "class_activation", lambda model: activation(model, module))
    monkeypatch.setattr(photos, "TRUTH_SAMPLES", 400)
    monkeypatch.setattr(defaults, "SAMPLES", 60)
    monkeypatch.setattr(photo_priors, "SIZES", (32, 64))
    monkeypatch.setattr(photo_priors, "SEEDS", 2)
    few = {name: (*options, samples // 10 + 50) for name, (*options, samples) in fills.SETTINGS.items()}
    monkeypatch.setattr(fills, "SETTINGS", few)
    monkeypatch.setattr(fills, "SAMPLES", 100)
    followed = lc.attribute
    monkeypatch.setattr(lc, "attribute", lambda picture, model, each: followed(picture, model, each, source=module))
    return model


def test_without_a_folder_nothing_is_measured(monkeypatch):
    monkeypatch.delenv("PHOTOS", raising=False)
    parts = defaults, photo_priors, fills, tuned, found
    assert all(part.run() == photos.NOTHING for part in parts)


def test_photos_are_taken_evenly_and_what_is_none_is_passed_over(folder, capsys):
    assert [path.name for path in photos.chosen(100)] == ["00.jpg", "04.png", "09.png"]
    assert [name for _, name in photos.read(photos.chosen(100))] == ["04.png", "09.png"]
    assert "00.jpg" in capsys.readouterr().err


def test_the_defaults_stand_beside_the_masks_of_lime(folder, small):
    rows = defaults.run()
    assert [row["samples"] for row in rows] == [defaults.FOLDOVER, defaults.HALF, defaults.ALL]
    assert {row["photos"] for row in rows} == {2}
    assert all(0 < row["median error"] < 2 and 0 <= row["mean of the true 5"] <= 1 for row in rows)
    assert rows[0]["fold-over has the lower error on"] == ""
    assert 0 <= rows[1]["fold-over has the lower error on"] <= 2


def test_the_second_half_of_a_run_is_another_run_of_the_same_length(small):
    probe = photos.Asked(lc.gallery_picture("coffee"), small).probe(lc.LimeMasks(), 0, 100)
    first, second = probe.first(50), defaults.second_half(probe)
    assert len(second) == 50
    np.testing.assert_array_equal(second.masks[0], first.masks[0])
    np.testing.assert_array_equal(second.masks[1:], probe.masks[51:])
    np.testing.assert_array_equal(second.outputs[1:], probe.outputs[51:])


def test_priors_are_tried_on_photos_that_did_not_build_them(folder, small, monkeypatch):
    built = []
    make = photo_priors.global_priors
    monkeypatch.setattr(photo_priors, "global_priors", lambda paths, model: built.extend(paths) or make(paths, model))
    rows = photo_priors.run()
    assert not set(built) & set(photos.chosen(40))
    assert len(rows) == 2 * 2 * (2 + 2 * len(photo_priors.STRENGTHS))
    for row in rows:
        assert (row["prior"] == "none") == math.isnan(row["prior r"])
        assert all(math.isfinite(row[key]) for key in ("repeats", "true 5", "error", "insertion"))


def test_segmentations_are_judged_photo_by_photo_and_go_on_where_they_stopped(folder, small, monkeypatch, tmp_path):
    kept = tmp_path / "found.csv"
    monkeypatch.setattr(segmentations, "TOTALS", (40, 80))
    monkeypatch.setattr(segmentations, "MIDDLE", 80)
    monkeypatch.setattr(segmentations, "MEMBERS", lc.Segmentations([lc.Grid(n, 3) for n in (2, 3, 4, 5, 6)]))
    monkeypatch.setenv("KEEP", str(kept))
    monkeypatch.setenv("COUNT", "2")
    rows = segmentations.run()
    assert [row["photos"] for row in rows] == [2] * 2 * 10
    found = lines(kept)
    assert [line["photo"] for line in found] == [1, 9]
    assert all(0 <= line[f"within, {name}"] <= 1 for line in found for name in segmentations.NAMES)
    monkeypatch.setattr(segmentations, "measured", None)  # nothing is asked again
    assert segmentations.run() == rows
    (own,) = (row for row in rows if row["way, samples in all"] == "quickshift, 40")
    assert own["above quickshift"] == 0.0


def test_shapley_values_of_an_additive_game_are_its_effects():
    rng = np.random.default_rng(0)
    effects = rng.normal(size=7)
    masks = others.coalitions(60, 7, rng)
    assert masks[0].all()
    assert not masks[1].any()
    np.testing.assert_array_equal(masks[2::2] + masks[3::2], 1.0)
    np.testing.assert_allclose(others.shapley_values(masks, masks @ effects + 0.3), effects, atol=1e-6)


def test_shapley_values_of_all_sets_are_exact():
    d, rng = 4, np.random.default_rng(1)
    game = {sets: rng.normal() for sets in range(2**d)}
    exact = np.zeros(d)
    for order in permutations(range(d)):
        for place, player in enumerate(order):
            before = sum(1 << other for other in order[:place])
            exact[player] += (game[before | 1 << player] - game[before]) / math.factorial(d)
    rows = [2**d - 1, 0]
    for size in range(1, d):  # each as often as the kernel has it
        rows += [sets for sets in range(2**d) if bin(sets).count("1") == size] * {1: 2, 2: 1, 3: 2}[size]
    masks = np.array([[sets >> player & 1 for player in range(d)] for sets in rows], dtype=np.float32)
    np.testing.assert_allclose(others.shapley_values(masks, np.array([game[s] for s in rows])), exact, atol=1e-6)


def test_rise_finds_the_part_that_a_score_is_of():
    picture = lc.load_picture(np.full((64, 64, 3), 40, dtype=np.uint8))
    pixels = picture.pixels.copy()
    pixels[8:24, 8:24] = 255
    model = lc.wrap_model(
        lambda shown: shown[:, 8:24, 8:24].mean(axis=(1, 2, 3))[:, None] / 255 * [1.0, 0.0] + [0, 0.5]
    )
    found = others.rise(lc.load_picture(pixels), model, 0, (200, 600))
    assert set(found) == {200, 600}
    row, column = np.unravel_index(found[600].argmax(), (64, 64))
    assert 4 <= row < 28
    assert 4 <= column < 28


def test_fills_are_compared_by_what_they_rank(folder, small, monkeypatch, tmp_path):
    monkeypatch.setenv("KEEP", str(kept := tmp_path / "fills.csv"))
    rows = fills.run()
    assert [row["ranked"] for row in rows[:: len(fills.MEASURES) * len(fills.ALIKE)]] == list(fills.GROUPS)
    assert [row["measure"] for row in rows[:: len(fills.ALIKE)]] == 3 * list(fills.MEASURES)
    assert [row["fills"].split(", ") for row in rows[: len(fills.ALIKE)]] == [list(names) for names in fills.ALIKE]
    for row in rows:
        assert row["photos"] == 2
        assert all(-1 <= row[key] <= 1 for key in ("by photo", "two seeds", "means"))
        assert 0 <= row["share of pairs"] <= 1
    assert len(fills.page_rows(lines(kept))) == len(rows) + 3 * 6
    monkeypatch.setattr(fills, "measured", None)  # nothing is asked again
    np.testing.assert_equal(fills.run(), rows)


def test_a_map_that_is_in_two_groups_or_the_same_for_all_seeds_is_judged_once(folder, small):
    found = fills.measured(lc.gallery_picture("coffee"), small)
    for fill, way in product(fills.FILLS, ("least first", "most first")):
        for seed in range(fills.SEEDS):
            places = [(group, "quickshift", seed, fill, way) for group in ("settings", "methods")]
            assert len({found[fills.column(*place)] for place in places}) == 1
        for name in ("Grad-CAM", "integrated gradients"):
            places = [("methods", name, seed, fill, way) for seed in range(fills.SEEDS)]
            assert len({found[fills.column(*place)] for place in places}) == 1


def test_fills_that_rank_alike_and_far_apart_have_a_tau_of_one():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(5):
        line = {}
        for group in fills.GROUPS:
            for name, seed, fill in fills.places(group):
                apart = 10.0 * fills.GROUPS[group].index(name)
                noise = rng.normal(0, 1)  # of both ways, so that each is noise and the gain is none
                line[fills.column(group, name, seed, fill, "least first")] = 1000 * noise + apart
                line[fills.column(group, name, seed, fill, "most first")] = 1000 * noise + rng.normal(0, 0.1)
        found.append(line)
    for row in fills.table(found):
        if row["measure"] == "relevance gain":
            for key in ("by photo", "two seeds", "beyond noise", "share of pairs", "means"):
                assert row[key] == pytest.approx(1)
        else:
            assert abs(row["by photo"]) < 0.5
            assert row["share of pairs"] < 0.15


def test_settings_are_tuned_on_some_photos_and_judged_on_others(folder, small, monkeypatch, tmp_path):
    monkeypatch.setenv("KEEP", str(kept := tmp_path / "tuned.csv"))
    base = lc.Setting(lc.ProbeSettings(lc.Grid(4, 4)), 40, lc.FitSettings(feature_selection=lc.AllFeatures()))
    space = lc.Space.of(["segmenter=grid", "grid.rows=2,4", "space=probability,log-odds"], base)
    ways = [replace(probing, fitting=fit) for probing in space.probings for fit in space.fittings]
    monkeypatch.setattr(tuned, "SPACE", space)
    monkeypatch.setattr(tuned, "WAYS", tuple(ways))
    rows = tuned.run()
    each = lines(kept)
    assert sorted(line["tuned on"] for line in each) == [0, 0, 1]
    assert all(row["photos"] == 2 for row in rows)
    usual, found_elsewhere, chance, best, _ = rows
    assert usual["above the usual"] == ""
    assert best["lost of the best"] == "0.0%"
    assert float(best["SRG"]) >= max(float(row["SRG"]) for row in (usual, found_elsewhere, chance))
    place = tuned.best_on([line for line in each if line["tuned on"]])
    judged = [line[f"gain, {place}"] for line in each if not line["tuned on"]]
    assert float(found_elsewhere["SRG"]) == pytest.approx(np.mean(judged), abs=6e-4)
    monkeypatch.setattr(tuned, "measured", None)  # nothing is asked again
    assert tuned.run() == rows


def test_what_a_search_finds_is_judged_beside_more_samples(folder, small, monkeypatch, tmp_path):
    monkeypatch.setenv("KEEP", str(kept := tmp_path / "found.csv"))
    rows = found.run()
    each = lines(kept)
    assert [row["way"] for row in rows] == list(found.WAYS)
    assert all(row["photos"] == len(each) == 2 for row in rows)
    assert all(line["rows"] <= 4 * 500 for line in each)
    assert all(-1 <= line[f"fidelity, {way}"] <= 1 for line in each for way in found.WAYS)
    assert all(0 <= line[f"kept, {way}"] <= 1 for line in each for way in found.WAYS)
    monkeypatch.setattr(found, "measured", None)
    assert found.run() == rows
