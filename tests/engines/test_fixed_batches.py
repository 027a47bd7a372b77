"""Batches of a fixed size depend on nothing that was asked before, and shrink where memory does not suffice."""

from dataclasses import replace

import numpy as np
import torch
from torch import nn

import lime_core as lc
from lime_core.devices.torch_engine import TorchEngine
from lime_core.engines.fixed_batches import BatchShapes, InFixedBatches
from tests.support.planted import BLACK, GRID


class Padding:
    """An engine that prepares every size anew, and has too little memory for large ones."""

    description, padded, usual, batch_size = "fake", True, 8, 64

    def __init__(self, most=8):
        self.sizes, self.most, self.shapes = [], most, BatchShapes()

    def scorer(self, image, hidden, labels):
        score = self.unpadded(image, hidden, labels)
        return lambda masks: self.shapes.padded(masks, score)[: len(masks)]

    def unpadded(self, image, hidden, labels):
        def score(masks):
            if len(masks) > self.most:
                raise MemoryError
            self.sizes.append(len(masks))
            return masks[:, :2] + 1

        return score


def test_batches_of_a_fixed_size_do_not_depend_on_what_was_asked_before(planted, probe):
    engine = Padding()
    engine.shapes = BatchShapes([16, 64])  # of other pictures
    fixed = InFixedBatches(engine)
    assert fixed.batch_size == 8
    scene = probe.scene
    score = fixed.scorer(scene.image, scene.hidden, scene.segmentation.labels)
    masks = lc.Bernoulli()(8, 16, 0)
    for n in (3, 8, 5):
        np.testing.assert_array_equal(score(masks[:n]), masks[:n, :2] + 1)
    assert engine.sizes == [8, 8, 8]
    assert planted.in_fixed_batches().in_fixed_batches().engine.batch_size == planted.engine.batch_size


def test_a_padding_engine_pads_to_the_fixed_size_whatever_it_was_asked_before(planted, probe, monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda module, **how: module)
    sizes = []
    small = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))
    small.register_forward_pre_hook(lambda module, given: sizes.append(len(given[0])))
    engine = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32", compiled="first")
    scene, masks = (probe.scene.image, probe.scene.hidden, probe.scene.segmentation.labels), lc.Bernoulli()(64, 16, 0)
    engine.scorer(*scene)(masks[:20])  # someone else's, of a size between
    sizes.clear()
    fixed = InFixedBatches(engine)
    answers = [fixed.scorer(*scene)(masks[:n]) for n in (8, 3)]
    assert sizes == [8, 8]
    np.testing.assert_array_equal(answers[0][:3], answers[1])


def test_batches_shrink_where_memory_does_not_suffice(planted, picture):
    engine = Padding(most=4)
    model = replace(planted, engine=engine, class_names=())  # it answers for two classes
    result = lc.Job.of(model, segmenter=GRID, hiding=BLACK, num_samples=20, faithfulness=False).run(picture, model)
    assert set(engine.sizes) == {4}
    assert result.num_samples == 20
