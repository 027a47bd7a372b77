"""Engines: how a model scores masked pictures.

A sample is `hidden + shown · (picture - hidden)`, with `shown` the mask's value of each pixel's superpixel.  That
happens beside the model, on its device, so that only masks go in and only answers come out; photo and segmentation are
inputs, so nothing is prepared again for a new one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from lime_core.arrays import Labels, Masks, Outputs, Pixels
from lime_core.ending import native_code
from lime_core.errors import BadScores

Scorer = Callable[[Masks], Outputs]
"""Masks (b, d) -> the model's answers (b, k) for one picture, its segmentation and its hiding."""


class Engine(Protocol):
    """Runs one model.  `description` names engine, device and precision; `batch_size` is what it is fastest with."""

    description: str

    @property
    def batch_size(self) -> int: ...

    def scorer(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer: ...

    def score(self, pictures: Pixels) -> Outputs:
        """Answers (n, k) to whole pictures (n, h, w, 3) uint8."""
        ...


class MaskedModel(nn.Module):
    """A model that is given masks: (b, d), the superpixel of each pixel (h·w,), hidden and difference (1, 3, h, w)."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, masks: Tensor, superpixels: Tensor, hidden: Tensor, difference: Tensor) -> Tensor:
        # Looked up, not multiplied with a one-hot segmentation: that costs more with every superpixel.
        shown = masks.index_select(1, superpixels).view(-1, 1, hidden.shape[2], hidden.shape[3])
        pictures = torch.addcmul(hidden, shown, difference)
        # Convolutions are twice as fast on a CPU, and faster on a GPU, when the channels lie together.
        return self.model(pictures.contiguous(memory_format=torch.channels_last))


class CallableEngine:
    """A plain function from pictures (b, h, w, 3) uint8 to answers (b, k); pictures are masked here, in uint8."""

    def __init__(self, predict: Callable[[Pixels], Outputs], name: str, batch_size: int = 32) -> None:
        self.description = f"Python function · {name}"
        self.batch_size = batch_size
        self._predict = predict
        self._one_at_a_time = threading.Lock()

    def scorer(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        def score(masks: Masks) -> Outputs:
            shown = masks[:, labels][..., None]
            return self.score(np.where(shown > 0.5, image, hidden))

        return score

    def score(self, pictures: Pixels) -> Outputs:
        with native_code(), self._one_at_a_time:
            answers = np.asarray(self._predict(pictures), dtype=np.float32)
        if answers.ndim == 1:
            answers = answers[:, None]
        if answers.ndim != 2 or len(answers) != len(pictures) or answers.shape[1] == 0:
            raise BadScores(
                f"The model was given {len(pictures)} pictures and returned an array of shape {answers.shape}; "
                f"expected ({len(pictures)}, number of classes)."
            )
        return answers
