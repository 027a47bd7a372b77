"""A space has each of its parts with each, the base first, and is read from texts."""

import pytest

import lime_core as lc


def test_each_part_is_with_each():
    space = lc.Space(
        lc.Setting(),
        segmenter=(lc.Grid(2, 3), lc.Grid(4, 4)),
        num_samples=(100, 200),
        kernel=(lc.CosineKernel(), lc.NoKernel()),
        surrogate=(lc.Ridge(), lc.Lasso(), lc.LeastSquares()),
    )
    assert len(space.probings) == 1 + 2 * 2  # the base is no part, and still the first
    assert space.probings[0] == space.base == lc.Setting()
    assert {setting.num_samples for setting in space.probings[1:]} == {100, 200}
    assert len(space.fittings) == 2 * 3
    assert space.fittings[0] == space.base.fitting
    assert set(space.varied) == {"segmenter", "num_samples", "kernel", "surrogate"}


def test_nothing_varies_where_nothing_is_said():
    space = lc.Space.of([])
    assert space.probings == (space.base,) == (lc.Setting.of_preset(),)
    assert space.fittings == (space.base.fitting,)
    assert space.varied == {}


def test_a_space_is_read_from_texts():
    space = lc.Space.of(
        [
            "segmenter=slic,grid",
            "slic.n_segments=30..90/3",
            "num_samples=100,400",
            "cosine.width=0.1..1/3",
            "ridge.alpha=1..100/3",
            "space=probability,log-odds",
        ]
    )
    assert [each.n_segments for each in space.segmenter if isinstance(each, lc.Slic)] == [30, 60, 90]
    assert space.segmenter[-1] == lc.Grid()
    assert space.num_samples == (100, 400)
    assert [each.width for each in space.kernel] == [0.1, 0.316, 1.0]  # by ratio, as its slider is
    assert [each.alpha for each in space.surrogate] == [1.0, 10.0, 100.0]
    assert space.space == (None, "log-odds")  # the probability is the first of each model that has one
    assert space.hiding == (lc.SuperpixelMean(),)


def test_settings_of_several_segmentations_and_colors_are_read():
    several = lc.Space.of(["several.members=quickshift,grid;slic,grid"]).segmenter
    assert [[type(each) for each in cut.members] for cut in several] == [[lc.Quickshift, lc.Grid], [lc.Slic, lc.Grid]]
    assert lc.Space.of(["hiding=color", "color.color=#000000,#ff0000"]).hiding == (
        lc.Color((0, 0, 0)),
        lc.Color((255, 0, 0)),
    )


def test_a_prior_is_varied_in_its_strength():
    prior = lc.load_prior("assets/priors/efficientnet_lite0.npz")
    space = lc.Space.of(["prior_strength=0,1,5", "surrogate=ridge,tree"], prior=prior)
    pulled = [each for each in space.fittings if each.prior is not None]
    assert [each.prior_strength for each in pulled] == [1.0, 5.0]  # a tree takes none
    assert all(isinstance(each.surrogate, lc.Ridge) for each in pulled)
    assert len(space.fittings) == 4


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ("segmenter", "must be NAME=VALUES"),
        ("kernel=", "must be NAME=VALUES"),
        ("segmentor=slic", "near is segmenter"),
        ("segmenter=slick", r"near: slic"),
        ("segmenter=label_map", "segmenter must be of"),
        ("slic.n_segments=30", "not in use"),
        ("num_samples=1", "num_samples must be"),
        ("num_samples=a..b", "num_samples must be numbers"),
        ("cosine.width=1..0.1", "cosine.width must be numbers"),
        ("cosine.width=0.1..1/1", "cosine.width must be numbers"),
        ("cosine.width=99", "width must be a number in"),
        ("space=logit", "space must be probability"),
        ("prior_strength=1", "prior must be given"),
    ],
)
def test_what_cannot_vary_is_refused(vary, message):
    with pytest.raises(ValueError, match=message):
        lc.Space.of([vary])


def test_a_name_that_comes_twice_is_refused():
    with pytest.raises(ValueError, match=r"ridge\.alpha is given twice"):
        lc.Space.of(["ridge.alpha=1", "segmenter=slic", "ridge.alpha=10"])


def test_a_space_that_nobody_could_look_through_is_refused():
    with pytest.raises(ValueError, match=r"5000 ways of fitting, and this one has 10\d+; vary fewer parts"):
        lc.Space.of(["ridge.alpha=0.01..1000/1000", "cosine.width=0.1..1/10"])
    with pytest.raises(ValueError, match="ways of asking"):
        lc.Space.of(["segmenter=grid", "grid.rows=1..40/40", "grid.columns=1..40/40", "num_samples=100..10000/9"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("slic.n_segments=30..60/999999999", "must be numbers such as 1,2 or a range such as 1..5"),
        ("cosine.width=0.1..1/5000", "vary fewer parts"),
    ],
)
def test_no_text_makes_more_than_can_be_held(text, said):
    with pytest.raises(ValueError, match=said):
        lc.Space.of(["segmenter=slic", text, "ridge.alpha=1..2/5000"])


def test_a_base_whose_fits_cannot_be_compared_is_refused():
    base = lc.Setting(fitting=lc.FitSettings(space="logit"))
    with pytest.raises(ValueError, match="space must be probability, log-odds or value"):
        lc.Space.of([], base)
    assert len(lc.Space.of([], lc.Setting(fitting=lc.FitSettings(space="probability"))).fittings) == 1
