"""OpenVINO: the fast engine of a CPU.

The torch module is converted together with the masking in front of it.  Masks, segmentation and pictures are inputs of
the graph, and the number of samples and of superpixels is open, so a new photo or segmentation compiles nothing.

    shown = masks (b, d)[:, superpixels (h·w,)];   answers (b, k) = model(hidden + shown · difference)

Whole pictures go through the same graph as hidden pictures (b, c, h, w) of which nothing is shown.  How a graph is
made, checked and kept is in `openvino_graph`.  Graphs of other runtimes with the same inputs are asked alike.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from lime_core.arrays import Labels, Outputs, Pixels
from lime_core.ending import native_code
from lime_core.engines.batch_size import Workload, batch_size
from lime_core.engines.engine import Scorer, joined
from lime_core.engines.masking import MaskedModel, normalised
from lime_core.engines.openvino_graph import answers_of, compiled
from lime_core.engines.preprocessing import Preprocessing
from lime_core.networks.own import at_rest

Run = Callable[[tuple[NDArray[Any], ...]], Outputs]
"""The inputs of `MaskedModel.forward` -> answers (b, k)."""

_FEW = 8


class GraphEngine:
    """A graph whose inputs are masks, on all cores, a batch at a time.

    Parameters
    ----------
    run : Run
        Runs the graph.
    seen : Preprocessing
        The input size and normalisation of the network in it.
    description : str
        Names engine, device and precision.
    fingerprint : str, default ""
        SHA-256 of the weights; empty measures the batch size anew each time.
    single : bool, default False
        Whether the graph takes one picture at a time.
    largest : int, default 64
        The largest batch that is tried.
    """

    def __init__(
        self,
        run: Run,
        seen: Preprocessing,
        description: str,
        fingerprint: str = "",
        single: bool = False,
        largest: int = 64,
    ) -> None:
        self.description = description
        self._run_graph, self._single, self._largest = run, single, largest
        self._workload = Workload(seen.height, seen.width, fingerprint)
        self._batch_size = 0
        self._seen = seen
        self._one_at_a_time = threading.Lock()

    @property
    def batch_size(self) -> int:
        """The number of masks it is fastest with, measured when it is first asked for."""
        if not self._batch_size:
            self._batch_size = batch_size(self.scorer, self._workload, self.description, largest=self._largest)
        return self._batch_size

    def scorer(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        """How masks of one picture are scored.

        Parameters
        ----------
        image, hidden, labels : ndarray
            As for `Engine.scorer`.

        Returns
        -------
        Scorer
            As for `Engine.scorer`.
        """
        base = normalised(hidden[None], self._seen)
        difference = normalised(image[None], self._seen) - base
        superpixels = np.ascontiguousarray(labels.ravel(), dtype=np.int32)
        return lambda masks: self._run(np.ascontiguousarray(masks, dtype=np.float32), superpixels, base, difference)

    def score(self, pictures: Pixels) -> Outputs:
        """Answers to whole pictures, in batches.

        Parameters
        ----------
        pictures : ndarray (n, h, w, 3) of uint8
            Of the size that the model takes, at least one.

        Returns
        -------
        ndarray (n, k) of float32
            The model's answers.
        """
        size = _FEW if len(pictures) <= _FEW else self.batch_size
        nothing = np.zeros((1, self._seen.channels, *pictures.shape[1:3]), dtype=np.float32)
        superpixels = np.zeros(pictures.shape[1] * pictures.shape[2], dtype=np.int32)
        answers = []
        for start in range(0, len(pictures), size):
            batch = normalised(pictures[start : start + size], self._seen)
            answers.append(self._run(np.zeros((len(batch), 1), dtype=np.float32), superpixels, batch, nothing))
        return joined(answers)

    def _run(
        self, masks: NDArray[Any], superpixels: NDArray[Any], hidden: NDArray[Any], difference: NDArray[Any]
    ) -> Outputs:
        with native_code(), self._one_at_a_time:
            if not self._single:
                return self._run_graph((masks, superpixels, hidden, difference))
            rows = np.broadcast_to(hidden, (len(masks), *hidden.shape[1:]))
            return joined(
                [
                    self._run_graph((masks[row : row + 1], superpixels, rows[row : row + 1], difference))
                    for row in range(len(masks))
                ]
            )


class OpenVinoEngine(GraphEngine):
    """A torch module on a CPU by OpenVINO, on all cores, a batch at a time.

    Parameters
    ----------
    module : nn.Module
        Takes normalised pictures (b, c, h, w) float32 and returns (b, k).  It is put into evaluation mode, its
        parameters are frozen, and it is moved to the CPU.
    seen : Preprocessing
        Its input size and normalisation.
    precision : {"f32", "bf16"}
        In which OpenVINO calculates.
    fingerprint : str, default ""
        SHA-256 of the weights; empty converts anew each time.
    single : bool, default False
        Whether it is given one picture at a time.

    Attributes
    ----------
    description : str
        Names engine, device and precision.

    Raises
    ------
    NotConverted
        When OpenVINO is missing, cannot convert the module, or gives other answers than it.
    """

    def __init__(
        self, module: nn.Module, seen: Preprocessing, precision: str, fingerprint: str = "", single: bool = False
    ) -> None:
        masked = MaskedModel(at_rest(module)).cpu()
        request = compiled(masked, seen, precision, fingerprint)
        super().__init__(partial(answers_of, request), seen, f"OpenVINO · CPU · {precision}", fingerprint, single)


def bf16_in_hardware() -> bool:
    """Whether this CPU multiplies matrices of bfloat16 in tiles (AMX).

    OpenVINO also offers bf16 on CPUs with AVX-512 only, where it gains a factor of two at most.

    Returns
    -------
    bool
        As `/proc/cpuinfo` says; False where there is no such file.
    """
    try:
        return "amx_bf16" in Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
    except OSError:
        return False
