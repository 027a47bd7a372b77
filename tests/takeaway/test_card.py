"""Cards: filled from the manifest alone, of today and of an earlier version, and nothing of it is markup."""

import base64
import io
import json
import re
from dataclasses import replace
from html import escape

import numpy as np
import pytest
from PIL import Image

import lime_core as lc
from lime_core.reports.record import manifest
from lime_core.takeaway.card import card, card_html, card_markdown
from lime_core.takeaway.saving import files_of
from tests.support.planted import GRID, AdditiveModel, textured_picture
from tests.truths.test_earlier_runs import EARLIER

TITLES = [
    "What was explained",
    "For whom, and to what end",
    "How it was made",
    "What it says",
    "How far it may be trusted",
    "What it does not say",
]


@pytest.fixture
def told(explanation):
    """The manifest as a file has it."""
    return json.loads(json.dumps(manifest(explanation, unseen=0.5)))


def said(record) -> str:
    return "\n".join(sentence for section in card(record) for sentence in section.sentences)


def test_a_card_answers_what_the_standards_ask_and_every_sentence_ends(told):
    assert [section.title for section in card(told)] == TITLES
    assert {section.answers for section in card(told)} >= {
        "explanation", "meaningful", "explanation accuracy", "knowledge limits", "stakeholders and objectives",
    }  # fmt: skip
    assert all(sentence.endswith((".", "?")) for section in card(told) for sentence in section.sentences)


def test_a_card_names_what_the_result_depends_on(told, explanation):
    text = said(told)
    spec = explanation.spec
    for fact in (spec.picture[:12], spec.fingerprint[:12], spec.engine, explanation.class_name, f"seed {spec.seed}"):
        assert fact in text
    for record in (told[role] for role in ("segmenter", "hiding", "sampler", "kernel", "surrogate")):
        assert record["name"].replace("_", " ") in text
    assert all(f"{name} {version}" in text for name, version in told["versions"].items())


def test_a_card_says_how_far_to_trust_and_names_the_strongest_with_their_errors(told, explanation):
    text = said(told)
    assert told["trust"]["headline"] in text
    assert "0.50 on samples that were not fitted" in text
    assert [each["superpixel"] for each in told["trust"]["strongest"]] == [s for s, _ in explanation.top(5)]
    assert told["results"]["top_certainty"] == lc.top_certainty(explanation, 5)
    for superpixel, weight in explanation.top(5):
        direction = "raises the value" if weight > 0 else "lowers the value"
        assert any(
            line.startswith(f"Superpixel {superpixel} (") and direction in line and " ± " in line
            for line in text.splitlines()
        )


def test_a_share_of_another_whole_is_left_out_of_the_card_of_an_earlier_manifest(told):
    assert "% of the picture) " in said(told)
    for each in told["trust"]["strongest"]:
        each["share_of_crop"] = each.pop("share_of_picture")
    text = said(told)
    assert re.search(rf"^Superpixel {each['superpixel']} (raises|lowers) the value: ", text, re.MULTILINE)
    assert "% of the " not in text


def pictures_in(files) -> dict:
    """name -> the pixels of every picture in these files, those inside of pages too."""
    found = {name: content for name, content in files.items() if name.endswith(".png")}
    for name in ("report.html", "living.html"):
        for place, text in enumerate(re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", files[name].decode())):
            found[f"{name} {place}"] = base64.b64decode(text)
    return {name: np.asarray(Image.open(io.BytesIO(content)).convert("RGB")) for name, content in found.items()}


def test_the_crop_is_in_the_files_that_the_card_names_and_nothing_that_lies_outside_of_it(planted, pulled, probe):
    inside, outside = textured_picture().pixels, np.full((32, 8, 3), (255, 0, 255), dtype=np.uint8)
    model = lc.wrap_model(AdditiveModel(textured_picture()), kind="values", name="cropped", input_size=(32, 32))
    photo = lc.load_picture(np.hstack([outside, inside, outside]))
    samples = lc.probe_image(photo, model, 60, segmenter=GRID)
    files = files_of(lc.explain(samples, 0), probe=samples)
    with np.load(io.BytesIO(files["arrays.npz"])) as arrays:
        np.testing.assert_array_equal(arrays["image"], inside)
    pictures = pictures_in(files)
    assert {name.split()[0] for name in pictures} == {"overlay.png", "report.html", "living.html"}
    assert not any((pixels == (255, 0, 255)).all(axis=-1).any() for pixels in pictures.values())
    holds = "These files hold the crop of it that the model sees, in arrays.npz, the pictures and the reports"
    text = said(json.loads(files["manifest.json"]))
    assert f"{holds}, and nothing that lies outside of it." in text
    assert "not in these files" not in text
    text = said(json.loads(files_of(pulled, probe=probe)["manifest.json"]))
    assert f"{holds}. prior.npz can hold parts of the pictures that built the prior." in text


def test_what_is_not_said_is_said(told):
    limits = card(told)[-1].sentences
    for word in ("what the photo shows", "no cause", "this photo, this model", "hide color", "borders", "crop"):
        assert any(word in sentence for sentence in limits)


def test_a_card_is_a_function_of_the_file(explanation, folder):
    written = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (folder / "card.md").read_text("utf-8") == card_markdown(written)
    assert card_html(written) in (folder / "report.html").read_text("utf-8")
    assert lc.card_markdown is card_markdown


def test_an_earlier_manifest_has_a_card_too():
    record = json.loads((EARLIER / "explanation" / "manifest.json").read_text("utf-8"))
    assert [section.title for section in card(record)] == TITLES
    text = said(record)
    assert "a global prior (G-LIME) with the digest b67b97314937" in text
    assert "The prior made 41% of a weight" in text
    assert "not fitted" not in text  # which was not known then
    assert all(section.sentences for section in card(record))


def test_a_map_that_says_nothing_says_so(picture):
    flat = lc.wrap_model(lambda pictures: [[0.5, 0.5]] * len(pictures), ("a", "b"))
    told = json.loads(json.dumps(manifest(lc.explain_image(picture, flat, 0, 50, segmenter=lc.Grid(2, 2)))))
    text = said(told)
    assert "No superpixel has a weight" in text
    assert "Nothing to explain" in text
    assert "R² is" not in text


@pytest.mark.parametrize(
    ("live", "sets"), [(1, ""), (2, "the strongest superpixel is the right one with a chance of ")]
)
def test_the_strongest_are_named_also_where_none_or_one_can_be_certain(live, sets):
    pixels = textured_picture().pixels.copy()
    pixels[: 32 - 8 * live] = 90  # what is of one color is its own mean
    labels = np.maximum(np.arange(32 * 32).reshape(32, 32) // 256 - 3 + live, 0)
    model = lc.wrap_model(lambda pictures: pictures.mean(axis=(1, 2)) / 255, ("a", "b", "c"))
    probe = lc.probe_image(lc.load_picture(pixels), model, 60, segmenter=labels, hiding=lc.SuperpixelMean())
    probe = replace(probe, outputs=0.2 + 0.1 * probe.masks[:, 1:].sum(axis=1)[:, None].repeat(3, axis=1))
    e = lc.explain(probe, 0)
    assert (~e.inert).sum() == live
    text = said(json.loads(json.dumps(manifest(e))))
    assert "Good fit" in text
    assert "says nothing" not in text
    for superpixel, _ in e.top(5):
        assert f"Superpixel {superpixel} (" in text
    assert sets in text
    assert ("chance of" in text) == bool(sets)


def test_names_of_anybody_stay_text(told):
    name = "<script>alert(1)</script> *bold* [link](http://x)\n# heading"
    record = told | {"class_name": name, "model": name}
    assert "<script>" not in card_html(record)
    assert escape("<script>") in card_html(record)
    lines = card_markdown(record).splitlines()
    assert not any(line.startswith("# heading") for line in lines)
    assert r"\<script\>" in lines[0]
    assert r"\[link\]" in lines[0]


def test_functions_and_values_are_called_what_they_are(picture):
    years = lc.wrap_model(lambda pictures: pictures.mean(axis=(1, 2)), ("age", "b", "c"), kind="values", unit="years")
    e = lc.explain_image(picture, years, 0, 60, segmenter=lc.Grid(3, 3), kernel=lambda masks: masks.mean(axis=1))
    text = said(json.loads(json.dumps(manifest(e))))
    assert "whose code is not in these files" in text
    assert "The output explained is “age”" in text
    assert "years" in text
    assert "the value" in text
    assert "speaks for the class" not in text


def test_a_map_that_is_read_in_other_superpixels_says_in_which(picture, planted):
    one, cuts = lc.Grid(3, 3), lc.Segmentations((lc.Grid(4, 4), lc.Grid(2, 8)))
    for segmenter, cut in ((one, "cut into superpixels, "), (cuts, "cut into 2 segmentations, ")):
        e = lc.explain_image(picture, planted, 0, 60, segmenter=segmenter)
        own = said(json.loads(json.dumps(manifest(e))))
        assert "9 superpixels" in own if segmenter is one else "read in the 16 superpixels of the first" in own
        text = said(json.loads(json.dumps(manifest(lc.read_in(e, lc.Grid(2, 8))))))
        assert cut in text
        assert "The map is read in the 16 superpixels of grid (rows 2, columns 8)." in text
        assert "of the first" not in text


def test_a_tree_has_no_direction(probe):
    e = lc.explain(probe, class_index=1, surrogate=lc.Tree())
    text = said(json.loads(json.dumps(manifest(e))))
    assert "is important" in text
    assert "raises" not in text.split("A tree gives")[0]


def test_every_mask_asked_leaves_no_chance(picture, planted):
    e = lc.explain_image(picture, planted, 0, 16, segmenter=lc.Grid(2, 2), sampler=lc.Enumerate())
    assert e.exact
    text = said(json.loads(json.dumps(manifest(replace(e)))))
    assert "Every mask was asked" in text
    assert "chance of" not in text
