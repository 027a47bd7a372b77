"""Trials: a graph on a few pictures, before anybody relies on its answers."""

from __future__ import annotations

import numpy as np

from lime_core.arrays import Pixels
from lime_core.engines.openvino_engine import GraphEngine
from lime_core.engines.openvino_graph import NotConverted
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable
from lime_core.models.module_answers import Asked
from lime_core.networks.trials import apart
from lime_core.onnx_models.onnx_file import OnnxFile
from lime_core.onnx_models.onnx_proto import sentence_about
from lime_core.onnx_models.runtimes import Run


def check_run(run: Run, seen: Preprocessing) -> None:
    """Raise NotConverted where a device takes a graph and cannot run it: too old, or full.

    Parameters
    ----------
    run : Run
        The graph as the device has taken it.
    seen : Preprocessing
        What the network is given.

    Raises
    ------
    NotConverted
        Says what the runtime says.
    """
    try:
        GraphEngine(run, seen, "", single=True).score(_noise(seen)[:1])
    except Exception as error:  # whatever a runtime does
        raise NotConverted(_reason(error)) from error


def _reason(error: Exception) -> str:
    """The first line of what a runtime says."""
    return printable((str(error).strip().splitlines() or [type(error).__name__])[0])[:200]


def takes_many(run: Run, seen: Preprocessing) -> bool:
    """Whether a graph answers to several pictures as to each of them.

    One that was made for a single picture may not, and one in which a layer of its training is left mixes them.

    Parameters
    ----------
    run : Run
        The graph as its runtime has taken it.
    seen : Preprocessing
        What the network is given.

    Returns
    -------
    bool
        False too where it cannot be asked about several at once.
    """
    flat = np.array([[0] * 3, [255] * 3, [255, 0, 0], [0, 0, 255]], dtype=np.uint8)[:, None, None]
    pictures = np.concatenate([_noise(seen), np.broadcast_to(flat, (4, seen.height, seen.width, 3))])
    try:
        alone, both = (GraphEngine(run, seen, "", single=single).score(pictures) for single in (True, False))
    except Exception:  # whatever a runtime does where the numbers of pictures do not fit
        return False
    return both.shape == alone.shape and not apart(both, alone, float(np.finfo(np.float32).eps))


def _noise(seen: Preprocessing) -> Pixels:
    """Four pictures, from pale to bright: answers that hardly move over one kind of noise say less."""
    noise = np.random.default_rng(0).integers(0, 256, (4, seen.height, seen.width, 3)).astype(np.float32)
    contrast, least = np.array([[1.0, 0.3, 0.3, 0.6], [0.0, 0.0, 0.7, 0.2]], dtype=np.float32)[..., None, None, None]
    return (noise * contrast + 255.0 * least).clip(0, 255).astype(np.uint8)


def asked_about_noise(engine: GraphEngine, facts: OnnxFile, seen: Preprocessing) -> Asked:
    """What a file answers to a few pictures of noise.

    Parameters
    ----------
    engine : GraphEngine
        Of its graph.
    facts : OnnxFile
        What the file says of itself.
    seen : Preprocessing
        What the network is given.

    Returns
    -------
    Asked
        The answers.

    Raises
    ------
    ModelUnavailable
        When it cannot answer to such pictures, or answers with an array of another shape.
    """
    noise = _noise(seen)
    try:
        answers = engine.score(noise)
    except Exception as error:  # whatever a runtime does
        size = f"{seen.channels} × {seen.height} × {seen.width}"
        raise ModelUnavailable(
            sentence_about(facts.path, f"cannot answer to pictures of {size}: {_reason(error)}")
        ) from error
    outputs = facts.outputs or max(1, answers.shape[-1])
    if answers.shape != (len(noise), outputs):
        raise ModelUnavailable(
            sentence_about(
                facts.path,
                f"was given {len(noise)} pictures and answered with an array of shape {answers.shape}; its output says "
                f"({len(noise)}, {facts.outputs or 'any'})",
            )
        )
    return Asked(answers, True, facts.ending)
