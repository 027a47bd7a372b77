"""The living report in a real browser, without a network: its numbers are those of `lc.fit`."""

import re
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

import lime_core as lc
from tests.support.planted import BLACK, GRID, AdditiveModel, PairModel, textured_picture

pytestmark = pytest.mark.browser

PHOTO = textured_picture(side=64)
NAMES = ("</script><script>window.broken = 1</script>", "first & <b>second</b>", "third")
SEVERAL = lc.Segmentations((GRID, lc.Grid(3, 5), lc.Grid(6, 2), lc.Slic(n_segments=20)))


class Fours(lc.Bernoulli):
    """Draws that belong together by four, and the full picture alone."""

    def clusters(self, n, d, seed):
        return (np.arange(n) + 3) // 4


class Shades(lc.Bernoulli):
    """Superpixels that are shown in part."""

    def __call__(self, n, d, seed):
        masks = np.random.default_rng(seed).random((n, d), dtype=np.float32)
        masks[0] = 1
        return masks


def flat_corner():
    """A photo of which one superpixel is of one color: its mean hides nothing."""
    pixels = PHOTO.pixels.copy()
    pixels[:16, :16] = 90
    return lc.load_picture(pixels, name="flat corner")


def asked(n=240, photo=PHOTO, kind="values", **options):
    model = lc.wrap_model(PairModel(photo), NAMES, kind=kind, name="planted </script>")
    return lc.probe_image(photo, model, n, **({"segmenter": GRID, "hiding": BLACK} | options))


def with_prior():
    photo = PHOTO
    model = lc.wrap_model(AdditiveModel(photo), NAMES, kind="values", name="planted")
    probe = lc.probe_image(photo, model, 200, segmenter=GRID, hiding=BLACK)
    summary = lc.PictureSummary.of([lc.explain(probe, index) for index in (0, 1)])
    prior = lc.build_prior([summary], 3, clusters=6, method="signed", made_by={"source": "tests"})
    return probe, lc.FitSettings(1, prior=prior, prior_strength=7.0)


PLAIN = lc.FitSettings()
CASES = {
    "cosine": lambda: (asked(), PLAIN),
    "several": lambda: (asked(segmenter=SEVERAL), PLAIN),
    "log-odds": lambda: (asked(kind="logits"), lc.FitSettings(1, "log-odds")),
    "l2": lambda: (asked(), lc.FitSettings(0, kernel=lc.L2Kernel())),
    "no width": lambda: (asked(), lc.FitSettings(0, kernel=lc.CosineSimilarity(), surrogate=lc.LeastSquares())),
    "inert": lambda: (asked(photo=flat_corner(), hiding=lc.SuperpixelMean()), PLAIN),
    "glime": lambda: (asked(sampler=lc.GlimeBinomial()), PLAIN),
    "clusters": lambda: (asked(sampler=Fours()), PLAIN),
    "shades": lambda: (asked(sampler=Shades()), PLAIN),
    "every mask": lambda: (asked(n=64, segmenter=lc.Grid(2, 3), sampler=lc.Enumerate()), PLAIN),
    "half of all": lambda: (asked(n=120, segmenter=lc.Grid(2, 4), sampler=lc.Enumerate()), PLAIN),
    "few samples": lambda: (asked(n=12), PLAIN),
    "few for some": lambda: (asked(n=5, segmenter=SEVERAL), PLAIN),
    "prior": with_prior,
}


@pytest.fixture
def opened(chromium, tmp_path):
    """Opens a report from disk; what the console calls an error, and whatever is asked of a network, fails the test."""
    problems, contexts = [], []

    def open_report(html, **options):
        path = tmp_path / "report.html"
        path.write_text(html, "utf-8")
        context = chromium.new_context(offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        here = ("data:", "blob:", "file:")
        page.on("request", lambda request: None if request.url.startswith(here) else problems.append(request.url))
        page.goto(path.as_uri())
        expect(page.locator("#report")).to_be_visible()
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert problems == []


def turn(page, name, value):
    """Move a slider to one of its stops."""
    control = {"width": "kernel", "alpha": "penalty", "strength": "prior"}[name]
    stops = page.evaluate(f"() => window.livingReport.data.{control}.stops")
    page.locator(f"#{name}").fill(str(stops.index(value)))


def compare(page, e):
    """The page shows the numbers of this explanation."""
    page_has = page.evaluate(
        """() => Object.fromEntries(Object.entries(window.livingReport.current()).map(
            ([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]))"""
    )
    largest = np.abs(e.weights).max(initial=0.0) or 1.0

    def near(name, value, size=largest):
        found = np.array(page_has[name], dtype=np.float64)
        np.testing.assert_allclose(found, value, rtol=1e-9, atol=1e-9 * size, err_msg=name)

    assert page_has["classIndex"] == str(e.settings.class_index)
    near("weights", e.weights)
    near("standardErrors", e.standard_error)
    near("priorShare", e.prior_share, 1.0)
    near("intercept", e.intercept)
    near("localPrediction", e.local_prediction)
    near("modelScore", e.model_score)
    near("effectiveSamples", e.effective_samples, 1.0)
    near("r2", e.r2, 1.0)


@pytest.mark.parametrize("name", CASES)
def test_its_numbers_are_those_of_python_wherever_the_sliders_stand(opened, name):
    probe, settings = CASES[name]()
    page = opened(lc.living_report(probe, settings, classes=3))
    compare(page, lc.fit(probe, settings))
    expect(page.locator("#check")).to_contain_text("Refitted in this browser")

    settings = replace(settings, class_index=2)
    page.locator("#class").select_option(label=page.locator("#class option", has_text="third").text_content())
    compare(page, lc.fit(probe, settings))
    if isinstance(settings.kernel, lc.CosineKernel | lc.L2Kernel) and probe.spec.sampler.weighted:
        settings = replace(settings, kernel=type(settings.kernel)(0.4))
        turn(page, "width", 0.4)
        compare(page, lc.fit(probe, settings))
    else:
        expect(page.locator("#width")).to_be_disabled()
    kind = lc.RidgeWithPrior if settings.prior else lc.Ridge
    for alpha in (6.0, 0.0):
        turn(page, "alpha", alpha)
        compare(page, lc.fit(probe, replace(settings, surrogate=kind(alpha))))
    if settings.prior:
        page.locator("#class").select_option("0")
        for strength in (250.0, 0.0):
            turn(page, "strength", strength)
            index = page.evaluate("() => window.livingReport.current().classIndex")
            asked_for = replace(settings, class_index=index, surrogate=kind(0.0), prior_strength=strength)
            compare(page, lc.fit(probe, asked_for))
    page.get_by_role("button", name="As it was made").click()
    compare(page, lc.fit(probe, CASES[name]()[1]))


def test_a_fit_that_is_not_done_again_keeps_its_weights_and_says_why(opened):
    probe = asked()
    settings = lc.FitSettings(0, surrogate=lc.Lasso(share=0.2))
    page = opened(lc.living_report(probe, settings, classes=3))
    expect(page.locator("#why")).to_contain_text("these are the weights that Lasso gave")
    expect(page.locator("#width")).to_be_disabled()
    expect(page.locator("#alpha")).to_be_disabled()
    for place, option in enumerate(page.locator("#class option").all()):
        page.locator("#class").select_option(str(place))
        index = NAMES.index(re.sub(r" \([^()]*\)$", "", option.text_content()))
        compare(page, lc.fit(probe, replace(settings, class_index=index)))


def test_classes_of_one_name_can_be_told_apart_and_each_is_shown(opened):
    probe = replace(asked(), class_names=("cat", "dog", "cat"))
    page = opened(lc.living_report(probe, PLAIN, classes=3))
    options = page.locator("#class option").all_text_contents()
    assert sorted(option.split(" (")[0] for option in options) == ["cat", "cat", "dog"]
    for index in (0, 2):
        [option] = [option for option in options if option.startswith(f"cat (output {index}) (")]
        page.locator("#class").select_option(label=option)
        compare(page, lc.fit(probe, lc.FitSettings(index)))


def test_map_table_and_figures_keep_together_and_nothing_breaks_out(opened):
    probe = asked()
    page = opened(lc.living_report(probe, lc.FitSettings(0), lc.View(num_features=3)))
    assert page.evaluate("() => window.broken") is None
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{NAMES[0]}: what planted </script> looked at")
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(16)
    expect(page.locator("#rows .swatch")).to_have_count(3)
    e = lc.fit(probe, lc.FitSettings(0))
    strongest = e.top(3)
    for superpixel, _ in strongest:
        expect(page.locator("#map")).to_have_attribute("aria-label", re.compile(rf"\b{superpixel} \("))

    # A click on the middle of a cell of the 4 × 4 grid selects its row, and the keyboard lets go of it.
    box = page.locator("#map").bounding_box()
    page.locator("#map").click(position={"x": box["width"] * 0.4, "y": box["height"] * 0.6})
    button = page.get_by_role("button", name="Superpixel 9", exact=True)
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("status")).to_contain_text("Selected: superpixel 9")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")

    before = page.locator("#map").evaluate("map => map.toDataURL()")
    page.locator("#top").fill("16")
    expect(page.locator("#rows .swatch")).to_have_count(int((e.weights != 0).sum()))
    assert page.locator("#map").evaluate("map => map.toDataURL()") != before
    page.locator("#show").select_option("for")
    expect(page.locator("#rows .swatch")).to_have_count(int((e.weights > 0).sum()))
    for style in ("outline", "hide", "block", "heatmap", "tint"):
        before = page.locator("#map").evaluate("map => map.toDataURL()")
        page.locator("#style").select_option(style)
        assert page.locator("#map").evaluate("map => map.toDataURL()") != before

    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    table = np.genfromtxt(download.value.path(), delimiter=",", names=True, usecols=(0, 1, 2))
    order = table["superpixel"].astype(int)
    np.testing.assert_allclose(table["weight"], e.weights[order], rtol=1e-9)
    np.testing.assert_allclose(table["standard_error"], e.standard_error[order], rtol=1e-9)

    small = "e => { const box = e.getBoundingClientRect(); return box.width < 24 || box.height < 24; }"
    for control in page.locator(":is(button, select, input):visible").all():
        assert not control.evaluate(small), control
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_it_paints_in_the_colors_of_the_package(opened):
    """With the photo in its own colors and full opacity, a heat map is `diverging` of the weights, pixel by pixel."""
    probe = asked(segmenter=SEVERAL)
    view = lc.View(style="heatmap", opacity=1.0, ground="color")
    page = opened(lc.living_report(probe, PLAIN, view))
    e = lc.fit(probe, PLAIN)
    ground = page.evaluate(
        """() => { const { map, set, result } = window.livingReport;
            return Array.from(map.ground(set, result).getContext("2d").getImageData(0, 0, 64, 64).data); }"""
    )
    found = np.array(ground).reshape(64, 64, 4)[:, :, :3]
    assert np.abs(found - e.overlay(view).astype(int)).max() <= 1
