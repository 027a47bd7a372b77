"""Picture summaries: what one picture adds to a prior, in memory and on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import path_of
from lime_core.arrays import Floats, check_shape
from lime_core.errors import BadPrior
from lime_core.explanation.explanation import Explanation
from lime_core.files import writing
from lime_core.files.container import Layout, packed, unpacked
from lime_core.files.writing import write_file
from lime_core.priors.examples import SIDE, Looks, looks_of

_SUMMARY: Layout = {
    "features": (np.float32, 2),
    "places": (np.float32, 2),
    "weights": (np.float64, 2, np.float32),
    "classes": (np.int64, 1),
}

_LOOKS: Layout = {"looks": (np.uint8, 4)}
"""What a summary may leave out."""


@dataclass(frozen=True, eq=False)
class PictureSummary:
    """What one picture adds to a prior.

    Parameters
    ----------
    picture : str
        Its digest.
    features, places : (d, f) float32, (d, 2) float32
        As in `Description`, of the superpixels that can be explained.
    weights : (m, d) float64
        Local weights for each explained class, in the unit of the score; of explanations to seven digits.
    classes : (m,) int64
        The explained classes.
    made_by : mapping
        Plain values: model, fingerprint, features (their kind), unit (the score), and how it was explained.
    looks : (d, 32, 32, 3) uint8, optional
        What the superpixels look like to people; None where that is not to be kept.
    crop_of : str, default ""
        The digest of the photo that the picture was cut from, see `Picture`; empty for a whole one.

    Raises
    ------
    ValueError
        For arrays that do not fit together, or hold NaN or infinity.
    """

    picture: str
    features: NDArray[np.float32]
    places: NDArray[np.float32]
    weights: Floats
    classes: NDArray[np.int64]
    made_by: Mapping[str, Any]
    looks: Looks | None = None
    crop_of: str = ""

    def __post_init__(self) -> None:
        check_shape("features", self.features, None, None)
        check_shape("places", self.places, len(self.features), 2)
        check_shape("weights", self.weights, None, len(self.features))
        check_shape("classes", self.classes, len(self.weights))
        if not all(np.isfinite(array).all() for array in (self.features, self.places, self.weights)):
            raise ValueError("features, places and weights must be finite")
        if self.looks is not None:
            check_shape("looks", self.looks, len(self.features), SIDE, SIDE, 3)
            if self.looks.dtype != np.uint8:
                raise ValueError(f"looks must be uint8, got {self.looks.dtype}")

    @staticmethod
    def of(explanations: Sequence[Explanation], looks: bool = True) -> PictureSummary:
        """Summarise explanations of one picture for different classes, without superpixels that hiding cannot change.

        Parameters
        ----------
        explanations : sequence of Explanation
            One for each class, at least one, all of one probe.
        looks : bool, default True
            Whether it keeps what the superpixels look like, which are parts of the picture.

        Returns
        -------
        PictureSummary
            What the picture adds to a prior.

        Raises
        ------
        ValueError
            For explanations of different probes, scores or units of weights, or a probe without features.
        BadPicture
            When no superpixel of the picture changes when it is hidden.
        """
        first = explanations[0]
        description = first.scene.description
        if description is None or any(e.spec != first.spec for e in explanations):
            raise ValueError("explanations must be of one probe that knows the features of its superpixels")
        if len({(e.score_unit, e.unit) for e in explanations}) > 1:
            told = ", ".join(dict.fromkeys(f"{e.unit} of {e.score_unit}" for e in explanations))
            raise ValueError(f"explanations must have weights of one kind, got {told}")
        live = ~first.inert
        first.scene.check_live()
        spec, settings = first.spec, first.settings
        weights = np.stack([e.weights[live] for e in explanations])
        size = np.frexp(np.abs(weights).max())[1]
        rounded = np.ldexp(weights, -size).astype(np.float32).astype(np.float64)  # further digits go with the batches
        made_by = {
            "model": spec.model,
            "fingerprint": spec.fingerprint,
            "features": description.kind,
            "unit": first.score_unit,
            **{role: str(getattr(spec, role)) for role in ("segmenter", "hiding", "sampler")},
            **{role: str(getattr(settings, role)) for role in ("kernel", "surrogate")},
            "num_samples": first.n_samples,
        }
        return PictureSummary(
            spec.picture,
            description.features[live],
            description.places[live],
            np.ldexp(rounded, size),
            np.array([e.settings.class_index for e in explanations], dtype=np.int64),
            made_by,
            looks_of(first.image, first.segments)[live] if looks else None,
            first.scene.crop_of,
        )

    def save(self, path: str | Path) -> Path:
        """Write it to one file, as `save_summary` does.

        Parameters
        ----------
        path : str or Path
            Where to.

        Returns
        -------
        Path
            The same path.
        """
        return writing.save(self, path)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        arrays = (self.features, self.places, self.weights, self.classes, self.looks)
        return sum(array.nbytes for array in arrays if array is not None)

    def columns(self, position: float = 0.0) -> NDArray[np.float32]:
        """Give the features, with the places beside them where these count, as `Description.columns` does.

        Parameters
        ----------
        position : float, default 0
            How much the places count.

        Returns
        -------
        (d, f) or (d, f + 2) float32
            A row for each superpixel.
        """
        return self.features if position == 0 else np.hstack([self.features, np.float32(position) * self.places])


def summary_bytes(summary: PictureSummary, row: Mapping[str, Any] | None = None) -> bytes:
    """Write a summary to memory, with a row of plain values beside it; the same gives the same bytes.

    Parameters
    ----------
    summary : PictureSummary
        The summary, with its looks where it has any.
    row : mapping, optional
        Plain values for JSON.

    Returns
    -------
    bytes
        The contents of its file.
    """
    header = {"picture": summary.picture, "made_by": dict(summary.made_by), "row": dict({} if row is None else row)}
    header |= {"crop_of": summary.crop_of} if summary.crop_of else {}
    arrays = {name: getattr(summary, name) for name in _SUMMARY}
    if summary.looks is not None:
        arrays["looks"] = summary.looks
    return packed("picture summary", header, arrays)


@writing.save.register
def save_summary(summary: PictureSummary, path: str | Path) -> Path:
    """Write a summary to one file.

    Parameters
    ----------
    summary : PictureSummary
        The summary, with its looks where it has any.
    path : str or Path
        Where to write; a folder that is missing is made, and a file of this name replaced.

    Returns
    -------
    Path
        The path of the file.

    Raises
    ------
    OSError
        When it cannot be written; no part of it stays behind.
    """
    return write_file(path_of("path", path), summary_bytes(summary))


def load_summary(source: str | Path | bytes) -> PictureSummary:
    """Read a summary from a file, or from the bytes of one.

    Parameters
    ----------
    source : str, Path or bytes
        A path, or the contents of a file.

    Returns
    -------
    PictureSummary
        The summary that was saved.

    Raises
    ------
    BadPrior
        As `load_prior` does.
    """
    return load_summary_and_row(source)[0]


def load_summary_and_row(source: str | Path | bytes) -> tuple[PictureSummary, dict[str, Any]]:
    """Read a summary and the row beside it, empty where it has none; raises what `load_summary` does."""
    header, arrays = unpacked(source, "picture summary", _SUMMARY, (_LOOKS,))
    try:
        facts = str(header["picture"]), dict(header["made_by"]), str(header.get("crop_of", ""))
        summary = PictureSummary(picture=facts[0], made_by=facts[1], crop_of=facts[2], **arrays)
        return summary, dict(header.get("row", {}))
    except (KeyError, TypeError, ValueError) as error:
        raise BadPrior(f"The picture summary holds what none can hold: {error}.") from error
