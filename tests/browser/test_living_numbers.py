"""The living report writes numbers and its table as Python does, and knows what it cannot know."""

import csv
import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

import lime_core as lc
import lime_core.living
from lime_core.reports.numbers import number, score_text, two_decimals, weight_text
from lime_core.takeaway.saving import weights_csv
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture

pytestmark = pytest.mark.browser

SCRIPT = (Path(lime_core.living.__file__).parent / "numbers.js").read_text("utf-8")
ROUNDED_UP = [99.96, 999.4, 999.6, 9999.7, 99999.6, 999999.4, 999999.6, 1e6, 0.9996, 9.996e-5, 123456.7]
BETWEEN = [12.25, 12.75, 0.125, 0.375, 2.5, 1125000.0, 0.0625, 0.00125, 0.25 / 100, 1e15 + 0.5, 0.5, 0.005]
EXTREME = [0.0, -0.0, 5e-324, 1e-300, 1e18]


@pytest.fixture
def page(chromium):
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.add_script_tag(content=SCRIPT)
    yield page
    context.close()


@pytest.mark.parametrize("unit", ["probability", "log-odds", "years"])
def test_numbers_of_any_size_are_written_as_python_writes_them(page, unit):
    rng = np.random.default_rng(0)
    drawn = 10.0 ** rng.uniform(-12, 12, 500)
    sizes = [*ROUNDED_UP, *BETWEEN, *EXTREME, *drawn.tolist(), *np.round(drawn, 3).tolist()]
    values = [*sizes, *(-size for size in sizes)]
    data = {"unit": unit, "scoreUnit": unit, "valueUnit": "years" if unit == "years" else ""}
    found = page.evaluate(
        """([values, data]) => JSON.parse(values).map((value) => [
            number(value), number(value, 3, true), twoDecimals(value), scoreText(value, data), weightText(value, data)])
        """,
        [json.dumps(values), data],
    )
    assert found == [
        [number(v), number(v, signed=True), two_decimals(v), score_text(v, unit), weight_text(v, unit)] for v in values
    ]


@pytest.fixture
def opened(chromium):
    """Opens a report."""
    contexts = []

    def open_report(html):
        contexts.append(chromium.new_context(offline=True))
        page = contexts[-1].new_page()
        page.set_content(html)
        expect(page.locator("#report")).to_be_visible()
        return page

    yield open_report
    for context in contexts:
        context.close()


def asked(unit="", n=200, **options):
    photo = textured_picture()
    model = lc.wrap_model(AdditiveModel(photo), kind="values", name="planted", unit=unit)
    return lc.probe_image(photo, model, n, **({"segmenter": GRID, "hiding": BLACK} | options))


@pytest.mark.parametrize("cut", [lc.Grid(10, 10), lc.Segmentations((lc.Grid(10, 10), lc.Grid(9, 9)))], ids=str)
def test_a_kernel_that_leaves_a_single_sample_is_not_a_score_that_never_moves(opened, cut):
    probe, settings = asked(segmenter=cut), lc.FitSettings(0, kernel=lc.L2Kernel(0.1))
    e = lc.fit(probe, settings)
    assert (e.r2, e.constant, e.empty) == (0.0, False, True)
    page = opened(lc.living_report(probe, settings))
    assert page.evaluate("() => window.livingReport.current().r2") == 0.0
    expect(page.locator("#nothing")).to_be_hidden()
    expect(page.locator("#r2")).to_have_text("0.00")
    still = dataclasses.replace(probe, outputs=np.full_like(probe.outputs, 0.5))
    expect(opened(lc.living_report(still, settings)).locator("#nothing")).to_be_visible()


class Together(lc.Bernoulli):
    """Two pairs of superpixels that are shown and hidden together, and one that is never hidden."""

    def __call__(self, n, d, seed):
        masks = super().__call__(n, d, seed)
        masks[:, [3, 9]] = masks[:, [7, 2]]
        masks[:, 5] = 1
        return masks


def with_one_live_superpixel():
    """A photo of one color but in its first cell: hidden by their means, the others do not change."""
    pixels = np.full((64, 64, 3), 90, np.uint8)
    pixels[:16, :16] = textured_picture(side=64).pixels[:16, :16]
    model = lc.wrap_model(lambda pictures: pictures[:, 0, :3, 0] / 255.0, kind="values", name="corner")
    return lc.probe_image(lc.load_picture(pixels, name="corner"), model, 40, segmenter=GRID, hiding=lc.SuperpixelMean())


DESIGNS = {
    "dependent": lambda: asked(sampler=Together()),
    "few samples": lambda: asked(n=12),
    "one live": with_one_live_superpixel,
}
SLIGHT = [0.0, 1e-300, 1e-16, 1e-13, 1e-10, 1e-8]
REFITTED = """(changed) => {
    const report = window.livingReport;
    const { weights, errors, share, intercept, r2 } = report.fitted({ ...report.made, ...changed });
    return { weights: [...weights], errors: [...errors], share: [...share], figures: [intercept, r2] };
}"""


@pytest.mark.parametrize("pulled", [False, True], ids=["penalty", "prior"])
@pytest.mark.parametrize("design", DESIGNS)
def test_a_penalty_of_next_to_nothing_gives_the_numbers_of_python(opened, design, pulled):
    probe = DESIGNS[design]()
    summary = lc.PictureSummary.of([lc.explain(asked(), index) for index in (0, 1)])
    prior = lc.build_prior([summary], 3, clusters=6, made_by={"source": "tests"})
    settings = lc.FitSettings(1, surrogate=lc.RidgeWithPrior(0.0), prior=prior if pulled else None)
    page = opened(lc.living_report(probe, settings))
    for slight in SLIGHT:
        found = page.evaluate(REFITTED, {"strength" if pulled else "alpha": slight})
        changed = {"prior_strength": slight} if pulled else {"surrogate": lc.RidgeWithPrior(slight)}
        e = lc.fit(probe, dataclasses.replace(settings, **changed))
        largest = np.abs(e.weights).max()
        assert largest > 0
        figures = [e.intercept, e.r2]
        theirs = {"weights": e.weights, "errors": e.standard_error, "share": e.prior_share, "figures": figures}
        for name, value in theirs.items():
            size = 1.0 if name == "share" else largest
            told = f"{name} at {slight}"
            np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-9 * size, err_msg=told)


@pytest.mark.parametrize("unit", ["", "years", '=m, "s"'])
@pytest.mark.parametrize("path", [False, True], ids=["ridge", "path"])
def test_its_table_is_the_one_that_is_saved(opened, unit, path):
    probe = asked(unit)
    prior = lc.build_prior([lc.PictureSummary.of([lc.explain(probe, index) for index in (0, 1)])], 3, clusters=6)
    net = lc.ElasticNetWithPrior(alpha=0.1)
    settings = lc.FitSettings(1, surrogate=net, prior=prior, prior_strength=7.0) if path else lc.FitSettings(1)
    saved = [*csv.reader(io.StringIO(weights_csv(lc.fit(probe, settings)).decode()))]
    assert ("entered" in saved[0], "unit" in saved[0]) == (path, bool(unit))
    text = opened(lc.living_report(probe, settings)).evaluate("() => window.livingReport.csv()")
    found = [*csv.reader(io.StringIO(text))]
    assert found[0] == saved[0]
    for column, name in enumerate(saved[0]):
        now, then = ([row[column] for row in table[1:]] for table in (found, saved))
        if name in ("weight", "standard_error", "share", "prior_share"):
            now, then = (np.array([each or "nan" for each in cells], dtype=float) for cells in (now, then))
            np.testing.assert_allclose(now, then, rtol=1e-9, atol=1e-12)
        else:
            assert now == then, name


def test_a_heat_map_of_a_padded_photo_ends_where_pythons_does(opened):
    def score(pictures):
        return pictures[:, 16:32].mean(axis=(2, 3))

    photo = textured_picture().pixels[:16]
    model = lc.wrap_model(score, kind="values", name="planted", input_size=(48, 48), fit="pad")
    probe = lc.probe_image(photo, model, 200, segmenter=lc.Segmentations((lc.Grid(3, 3), lc.Grid(2, 5))))
    assert probe.scene.segmentation.border is not None
    view, settings = lc.View("heatmap"), lc.FitSettings(0)
    page = opened(lc.living_report(probe, settings, view))
    found = page.evaluate("() => { const { map, set, result } = window.livingReport; return map.limit(set, result); }")
    assert found == pytest.approx(lc.fit(probe, settings).color_limit(view), rel=1e-9)
    rows = csv.DictReader(io.StringIO(page.evaluate("() => window.livingReport.csv()")))
    shares = probe.scene.segmentation.photo_shares
    assert {int(row["superpixel"]): float(row["share"]) for row in rows} == dict(enumerate(shares))
