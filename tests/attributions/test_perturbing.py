"""Occlusion, KernelSHAP and RISE on functions whose effects are known."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.arrays import Pixels
from tests.attributions.conftest import PROBING
from tests.support.planted import PixelModel


def test_kernel_shap_finds_additive_effects_and_sums_to_what_showing_all_adds(picture, planted, counting):
    found = lc.attribute(picture, planted, lc.KernelShap(num_samples=200), 1, PROBING)
    cut = found.question.scene.segmentation
    np.testing.assert_allclose(found.on(cut), counting.effects[1], atol=1e-4)
    assert found.values.sum() == pytest.approx(counting.effects[1].sum(), abs=1e-4)
    assert found.values.shape == (32, 32)
    assert found.class_name == "second"


def test_the_seed_of_kernel_shap_draws_the_same_sets_and_leaves_torchs_own_generator_alone(picture, planted):
    torch = pytest.importorskip("torch")
    before = torch.random.get_rng_state()
    one, same, other = (
        lc.attribute(picture, planted, lc.KernelShap(30, seed=seed), 0, PROBING).values for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("live", [0, 1, 2, 15])
def test_kernel_shap_finds_nothing_where_hiding_changes_nothing(planted, counting, live):
    pixels = np.zeros((4, 8, 4, 8, 3), dtype=np.uint8)
    shown = np.arange(16) < live
    pixels.transpose(0, 2, 1, 3, 4)[shown.reshape(4, 4)] = 200
    picture = lc.load_picture(pixels.reshape(32, 32, 3))
    found = lc.attribute(picture, planted, lc.KernelShap(num_samples=60), 0, PROBING)
    values = found.on(found.question.scene.segmentation)
    ends = planted.outputs(np.stack([picture.pixels, np.zeros_like(picture.pixels)]))[:, 0]
    assert found.asked == (60 if live > 1 else 2 * live)
    assert not values[~shown].any()
    assert values.sum() == pytest.approx(float(ends[0] - ends[1]), abs=1e-4)


@pytest.mark.parametrize("method", [lc.Occlusion(8, 8), lc.KernelShap(60), lc.Rise(64)], ids=lambda m: m.title)
@pytest.mark.parametrize(("size", "offset"), [(1.0, 1e8), (1e40, 0.0), (1e-40, 0.0), (1e-8, 1.0)])
def test_a_score_in_another_unit_has_the_same_map_in_that_unit(picture, counting, method, size, offset):
    maps = [
        lc.attribute(picture, lc.wrap_model(asked, kind="values"), method, 0, PROBING).values / unit
        for asked, unit in ((counting, 1.0), (lambda pictures: counting(pictures) * size + offset, size))
    ]
    np.testing.assert_allclose(maps[1], maps[0], rtol=1e-4, atol=1e-6)


def test_occlusion_of_whole_cells_is_what_each_cell_adds(picture, planted, counting):
    found = lc.attribute(picture, planted, lc.Occlusion(window=8, stride=8), 2, PROBING)
    by_cell = found.values.reshape(4, 8, 4, 8).mean(axis=(1, 3)).ravel()
    np.testing.assert_allclose(by_cell, counting.effects[2], atol=1e-4)


def test_overlapping_squares_are_averaged(picture):
    pixels = PixelModel()
    model = lc.wrap_model(pixels, kind="values")
    found = lc.attribute(picture, model, lc.Occlusion(window=8, stride=4), 0, PROBING).values
    shares = pixels.shares(picture.pixels, np.zeros_like(picture.pixels))
    sums, times = np.zeros((32, 32)), np.zeros((32, 32))
    for top in range(0, 25, 4):
        for left in range(0, 25, 4):
            sums[top : top + 8, left : left + 8] += shares[top : top + 8, left : left + 8].sum()
            times[top : top + 8, left : left + 8] += 1
    np.testing.assert_allclose(found, sums / times, atol=1e-4)


def test_rise_finds_the_part_that_counts(picture):
    def quarter(pictures: Pixels) -> np.ndarray:
        return pictures[:, :16, :16].mean(axis=(1, 2, 3))[:, None] / picture.pixels[:16, :16].mean()

    found = lc.attribute(picture, lc.wrap_model(quarter, kind="values"), lc.Rise(2000, cells=2), 0, PROBING).values
    assert found[:16, :16].mean() > 2 * abs(found[16:, 16:].mean())
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert max(row, column) < 16


def test_rise_is_how_score_and_mask_move_together_over_its_own_blocks(picture, planted):
    from xaitk_saliency.impls.perturb_image.rise import RISEGrid

    found = lc.attribute(picture, planted, lc.Rise(num_masks=64, cells=4, seed=5), 0, PROBING).values
    masks, scores = [], []
    for block in range(2):
        seed = int(np.random.SeedSequence([5, block]).generate_state(1)[0])
        for mask in RISEGrid(32, 4, 0.5, seed, threads=0).perturb(picture.pixels):
            shown = np.rint(picture.pixels * mask[..., None].astype(np.float32)).astype(np.uint8)
            masks.append(mask)
            scores.append(planted.outputs(shown[None])[0, 0])
    expected = np.tensordot(np.array(scores) - np.mean(scores), np.array(masks) - 0.5, axes=1)
    np.testing.assert_allclose(found, expected / 64 / 0.25, atol=1e-3)


def test_rise_of_a_score_that_never_moves_is_zero(picture):
    model = lc.wrap_model(lambda pictures: np.full((len(pictures), 1), 0.7), kind="values")
    assert not lc.attribute(picture, model, lc.Rise(100, cells=4), 0, PROBING).values.any()


def test_more_masks_of_rise_begin_with_the_same(picture, planted, counting):
    asked: list[Pixels] = []

    def listening(pictures: Pixels) -> np.ndarray:
        asked.extend(pictures)
        return counting(pictures)

    model = lc.wrap_model(listening, kind="values")
    for masks in (32, 64):
        lc.attribute(picture, model, lc.Rise(num_masks=masks), 0, PROBING)
    few, many = asked[1:33], asked[34:66]
    np.testing.assert_array_equal(few, many)


@pytest.mark.parametrize("method", [lc.Occlusion(8, 8), lc.KernelShap(40), lc.Rise(64)], ids=lambda m: m.title)
def test_every_picture_is_counted_and_told(picture, planted, counting, method):
    told: list[tuple[int, int]] = []
    found = lc.attribute(picture, planted, method, 0, PROBING, on_progress=lambda *step: told.append(step))
    assert counting.rows == found.asked + 1  # the full picture, which names the class
    assert told[-1] == (found.asked, found.asked)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


@pytest.mark.parametrize("method", [lc.Occlusion(8, 8), lc.KernelShap(40), lc.Rise(64)], ids=lambda m: m.title)
def test_what_progress_raises_ends_the_method(picture, planted, counting, method):
    class Stop(BaseException):
        pass

    def stop(done: int, total: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        lc.attribute(picture, planted, method, 0, PROBING, on_progress=stop)
    assert counting.rows < 40


def test_a_stride_that_leaves_gaps_is_refused():
    with pytest.raises(ValueError, match=r"stride must be at most the window \(8\), got 16"):
        lc.Occlusion(window=8, stride=16)


def test_a_window_above_the_crop_hides_all_of_it(picture, planted, counting):
    found = lc.attribute(picture, planted, lc.Occlusion(window=128, stride=128), 0, PROBING)
    np.testing.assert_allclose(found.values, counting.effects[0].sum(), atol=1e-4)
