"""The living report as a file: what is in it, how large it is, and what cannot break out of it."""

import base64
import json
import re
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pytest

import lime_core as lc
from lime_core.living.packing import packed, packed_labels, packed_masks, picture_uri
from lime_core.living.refitting import stops, why_not
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture

SETTINGS = lc.FitSettings()


class Elements(HTMLParser):
    """The elements of a page with their attributes and their texts, as a browser finds them."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append([tag, dict(attributes), ""])

    def handle_endtag(self, tag):
        self.found.append(["", {}, ""])

    def handle_data(self, text):
        if self.found:
            self.found[-1][2] += text

    def all(self, tag):
        return [(attributes, text) for name, attributes, text in self.found if name == tag]


def data_of(page):
    [text] = [text for attributes, text in Elements(page).all("script") if attributes.get("id") == "data"]
    return json.loads(text)


def floats(text):
    return np.frombuffer(base64.b64decode(text), "<f8")


def test_it_holds_the_picture_and_the_fits_to_the_last_digit(probe):
    data = data_of(lc.living_report(probe, SETTINGS))
    assert [one["index"] for one in data["classes"]] == probe.most_likely(3)
    assert data["classes"][data["first"]]["index"] == probe.most_likely()[0]
    for one in data["classes"]:
        e = lc.explain(probe, one["index"])
        np.testing.assert_array_equal(floats(one["weights"]), e.weights)
        np.testing.assert_array_equal(floats(one["errors"]), e.standard_error)
        figures = [e.intercept, e.r2, e.local_prediction, e.model_score, e.effective_samples]
        np.testing.assert_array_equal(floats(one["figures"]), figures)
    [part] = data["parts"]
    scores = [probe.scores(one["index"], "value") for one in data["classes"]]
    np.testing.assert_array_equal([floats(text) for text in part["scores"]], scores)
    assert data["image"] == picture_uri(probe.scene.image)


def test_the_class_of_the_settings_is_there_however_unlikely(probe):
    last = probe.most_likely(3)[-1]
    for classes in (1, 2, 3, 20):
        data = data_of(lc.living_report(probe, lc.FitSettings(last), classes=classes))
        assert len(data["classes"]) == min(classes, 3)
        assert data["classes"][data["first"]]["index"] == last


@pytest.mark.parametrize(
    "masks", [lc.Bernoulli()(37, 13, 0), np.random.default_rng(0).random((9, 5), dtype=np.float32)]
)
def test_masks_come_back_as_they_were(masks):
    [(kind, text)] = packed_masks(masks).items()
    raw = base64.b64decode(text)
    if kind == "bits":
        found = np.unpackbits(np.frombuffer(raw, np.uint8))[: masks.size]
        assert len(raw) == -(-masks.size // 8)
    else:
        found = np.frombuffer(raw, "<f4")
    np.testing.assert_array_equal(found.reshape(masks.shape), masks)


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (400, 300)])
@pytest.mark.parametrize("d", [1, 3, 1999])
def test_labels_come_back_as_they_were(shape, d):
    labels = np.sort(np.random.default_rng(0).integers(0, d, shape, dtype=np.int32), axis=0)
    lengths, values = np.frombuffer(base64.b64decode(packed_labels(labels)), "<u2").reshape(-1, 2).T
    np.testing.assert_array_equal(np.repeat(values, lengths).reshape(shape), labels)


def test_numbers_come_back_as_they_were():
    numbers = np.array([0.1, -np.inf, np.nan, 5e-324, -0.0])
    np.testing.assert_array_equal(floats(packed(numbers)), numbers)


def test_a_photo_is_kept_as_it_is_seen_and_a_large_one_is_smaller():
    assert picture_uri(textured_picture(side=64).pixels).startswith("data:image/png")
    assert picture_uri(textured_picture(side=800).pixels).startswith("data:image/jpeg")


class Shades(lc.Bernoulli):
    """Superpixels that are shown in part."""

    def __call__(self, n, d, seed):
        return np.random.default_rng(seed).random((n, d), dtype=np.float32)


@pytest.mark.parametrize("sampler", [lc.FoldOver(), Shades()])
def test_sixty_superpixels_a_thousand_samples_and_five_classes_are_at_most_a_megabyte_and_a_half(sampler):
    """On noise, which no picture format makes smaller than it is, cut along borders that no row repeats."""
    model = lc.wrap_model(lambda pictures: pictures[:, 0, :6, 0] / 255.0, kind="values", name="corner")
    cells = np.arange(300)[:, None] // 30 * 6 + np.arange(300) // 50
    frayed = np.random.default_rng(0).integers(0, 2, cells.shape) * (np.arange(300) % 50 > 46)
    labels = np.minimum(cells + frayed, 59)
    probe = lc.probe_image(textured_picture(side=300), model, 1000, segmenter=labels, hiding=BLACK, sampler=sampler)
    assert probe.masks.shape == (1000, 60)
    page = lc.living_report(probe, SETTINGS)
    assert len(data_of(page)["classes"]) == 5
    assert len(page.encode()) <= 1_500_000


@pytest.mark.parametrize(
    "hostile", ["</script><script>alert(1)</script>", "<!--<script>", '"><img src=x onerror=alert(1)>', "$data"]
)
def test_no_name_breaks_out(hostile):
    photo = textured_picture()
    model = lc.wrap_model(AdditiveModel(photo), (hostile, "b", "c"), kind="values", name=hostile, unit="years")
    probe = lc.probe_image(photo, model, 60, segmenter=GRID, hiding=BLACK)
    page = lc.living_report(probe, lc.FitSettings(0))
    elements = Elements(page)
    assert [attributes for attributes, _ in elements.all("script")] == [{"type": "application/json", "id": "data"}, {}]
    assert not elements.all("img")
    [(_, title)] = elements.all("title")
    assert title == f"{hostile}: what {hostile} looked at"
    names = [one["name"] for one in data_of(page)["classes"]]
    assert sorted(names) == sorted([hostile, "b", "c"])
    assert data_of(page)["model"] == hostile


def test_classes_of_one_name_are_offered_with_their_numbers():
    photo = textured_picture()
    model = lc.wrap_model(AdditiveModel(photo), ("cat", "dog", "cat"), kind="values")
    probe = lc.probe_image(photo, model, 60, segmenter=GRID, hiding=BLACK)
    classes = data_of(lc.living_report(probe, lc.FitSettings(0)))["classes"]
    assert {one["index"]: (one["name"], one["called"]) for one in classes} == {
        0: ("cat", "cat (output 0)"),
        1: ("dog", "dog"),
        2: ("cat", "cat (output 2)"),
    }


def test_what_is_chosen_has_the_noun_of_the_model(probe, picture):
    assert '<label for="class">Output</label>' in lc.living_report(probe, SETTINGS)
    model = lc.wrap_model(AdditiveModel(picture), kind="logits")
    of_classes = lc.probe_image(picture, model, 60, segmenter=GRID)
    assert '<label for="class">Class</label>' in lc.living_report(of_classes, SETTINGS)


def test_nothing_is_loaded_and_only_its_own_script_runs(probe):
    page = lc.living_report(probe, SETTINGS)
    elements = Elements(page)
    [policy] = [a["content"] for a, _ in elements.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    [script] = [text for attributes, text in elements.all("script") if not attributes]
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    assert policy.split("; ")[0] == "default-src 'none'"
    assert f"script-src 'sha256-{digest}'" in policy.split("; ")
    assert not re.search(r"""(src|href)=["']?https?:""", page)
    assert "\r" not in script  # a browser would read it otherwise than it was hashed


def test_a_card_stands_below_the_map(probe):
    assert '<section id="card">Of mine</section>' in lc.living_report(
        probe, SETTINGS, card='<section id="card">Of mine</section>'
    )


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (lc.FitSettings(0, surrogate="lasso"), "Lasso"),
        (lc.FitSettings(0, surrogate="tree"), "Tree"),
        (lc.FitSettings(0, surrogate="bayesian_ridge"), "BayesianRidge"),
        (lc.FitSettings(0, feature_selection=lc.HighestWeights(5)), "HighestWeights"),
        (lc.FitSettings(0, feature_selection=lc.AutoSelection(6)), "AutoSelection"),
    ],
)
def test_what_is_not_refitted_is_said_and_its_samples_stay_away(probe, settings, named):
    data = data_of(lc.living_report(probe, settings, lc.View(show="against")))
    assert named in data["why"]
    assert data["kernel"] == data["penalty"] == {"why": data["why"]}
    assert "masks" not in data["parts"][0]
    assert ("dashed line" in lc.living_report(probe, settings)) == settings.surrogate.signed
    assert data["view"]["show"] == ("against" if settings.surrogate.signed else "both")


@pytest.mark.parametrize(
    "selection", [lc.AllFeatures(), lc.AutoSelection(), lc.AutoSelection(16), lc.HighestWeights(16)]
)
def test_a_selection_of_all_superpixels_is_refitted(probe, selection):
    for surrogate in (lc.Ridge(), lc.LeastSquares(), lc.RidgeWithPrior()):
        assert why_not(probe, lc.FitSettings(0, surrogate=surrogate, feature_selection=selection)) == ""


def test_a_slider_reaches_both_ends_and_what_was_set():
    found = stops(0.01, 10.0, 0.257)
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (0.01, 10.0)
    assert {0.257, 0.1, 1.0, 2.5} <= set(found)


def test_wrong_arguments_are_refused_by_name(probe):
    for classes in (0, 21, 1.5):
        with pytest.raises(ValueError, match="classes"):
            lc.living_report(probe, SETTINGS, classes=classes)
    with pytest.raises(TypeError, match="view"):
        lc.living_report(probe, SETTINGS, {"style": "tint"})
    with pytest.raises(TypeError, match="settings"):
        lc.living_report(probe, None)
    with pytest.raises(TypeError, match="card"):
        lc.living_report(probe, SETTINGS, card=b"")
    with pytest.raises(TypeError, match="probe"):
        lc.living_report(None, SETTINGS)
    with pytest.raises(ValueError, match="2 samples"):
        lc.living_report(probe.first(1), SETTINGS)


def test_the_scale_of_a_tint_has_the_colors_of_the_view(probe):
    drawing = data_of(lc.living_report(probe, SETTINGS))["drawing"]
    assert drawing["tints"] == drawing["scale"]
    drawing = data_of(lc.living_report(probe, SETTINGS, lc.View(style="heatmap", for_color=(0, 255, 0))))["drawing"]
    assert drawing["tints"][:5] == drawing["scale"][:5]
    assert drawing["tints"][-1] == "#00ff00"
