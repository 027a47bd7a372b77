"""Global priors: what a model looks at on many pictures, as the expected weights of one.

The superpixels of all pictures are sorted into visual words by what they look like.  The global weight of a word for a
class is the mean of what local explanations of the class gave to the superpixels of that word, wherever they were (see
`building`).  On another picture, the expected weight of a superpixel is the global weight of its word.  Weights
of a prior that is not signed are never negative: they can only speak for the class.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Floats, check_shape, read_only
from lime_core.errors import PriorMismatch
from lime_core.explanation.prior import Projection
from lime_core.features.description import described_by
from lime_core.files import writing
from lime_core.files.digests import Digests, among, checked
from lime_core.models.classifier import Classifier
from lime_core.priors.examples import Examples
from lime_core.priors.words import check_extent, nearest


@dataclass(frozen=True, eq=False)
class GlobalPrior:
    """Global weights of visual words; two are equal when these are, whatever examples and digests they have.

    Parameters
    ----------
    centroids : (c, f) float32
        What each word looks like; with the place as two more columns where `position` is above 0.  At most 10 000.
    weights : (k, c) float64
        The global weight of each word for each class, at most 30 000; zero where the word was never seen with it.
    counts : (k, c) int64
        How many superpixels each weight is the mean of.
    signed : bool
        Whether negative weights speak against a class; if not, there are none.
    unit : str
        The score that the local explanations explained, such as "probability".
    position : float, default 0
        How much the place counts beside the features, see `Description.columns`; 0 to 1000.
    made_by : mapping, default empty
        Plain values for JSON: model, fingerprint, features (their kind), segmenter, pictures, source, ...
    examples : Examples, optional
        What each word looks like; None where that is not known, or not to be given away.
    digests : (m, 32) uint8, optional
        Of the pictures that helped to build it and the photos that these were cut from; None where nobody knows.

    Raises
    ------
    ValueError, TypeError
        For arrays that do not fit together or hold what cannot be, or a `made_by` that JSON cannot hold.

    References
    ----------
    G-LIME: Li et al. (2023), Artificial Intelligence 314, 103823.  For NormLIME see `build_prior`.
    """

    centroids: NDArray[np.float32] = field(repr=False)
    weights: Floats = field(repr=False)
    counts: NDArray[np.int64] = field(repr=False)
    signed: bool
    unit: str
    position: float = 0.0
    made_by: Mapping[str, Any] = field(default_factory=dict)
    examples: Examples | None = field(default=None, repr=False)
    digests: Digests | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        centroids = np.array(self.centroids, dtype=np.float32)
        weights = np.array(self.weights, dtype=np.float64)
        counts = np.array(self.counts, dtype=np.int64)
        check_shape("centroids", centroids, None, None)
        check_shape("weights", weights, None, len(centroids))
        check_shape("counts", counts, *weights.shape)
        check_extent(len(weights), len(centroids), self.position)
        if not (np.isfinite(centroids).all() and np.isfinite(weights).all()):
            raise ValueError("centroids and weights must be finite")
        if (counts < 0).any() or ((weights != 0) & (counts == 0)).any():
            raise ValueError("counts must not be negative, and weights must be 0 where the count is")
        if self.examples is not None:
            check_shape("examples", self.examples.counts, len(centroids))
        if not self.signed and (weights < 0).any():
            raise ValueError("weights must not be negative in a prior that is not signed")
        for name, array in (("centroids", centroids), ("weights", weights), ("counts", counts)):
            object.__setattr__(self, name, read_only(array))
        object.__setattr__(self, "digests", None if self.digests is None else checked(self.digests))
        object.__setattr__(self, "made_by", json.loads(json.dumps(dict(self.made_by), allow_nan=False)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GlobalPrior) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the arrays and the position: of all that weights fitted with this prior depend on."""
        sha = hashlib.sha256(repr((self.centroids.shape, self.weights.shape, float(self.position))).encode())
        for array in (self.centroids, self.weights, self.counts):
            sha.update(np.ascontiguousarray(array).data)
        return sha.hexdigest()

    def knows(self, class_index: int) -> bool:
        """Whether it was built from any superpixel that was explained for this class.

        Parameters
        ----------
        class_index : int
            A class of its class list; IndexError for one beyond.

        Returns
        -------
        bool
            True where any word has a count above 0.
        """
        return bool(self.counts[class_index].any())

    def built_from(self, digest: str, crop_of: str = "") -> bool:
        """Whether a picture or its photo helped to build it, itself or by a crop of it: then it confirms itself there.

        Parameters
        ----------
        digest, crop_of : str
            That of the picture, and of the photo that it was cut from, see `Picture`; empty for a whole one.

        Returns
        -------
        bool
            False also where the prior does not say what it was built from.
        """
        return self.digests is not None and any(among(self.digests, one) for one in (digest, crop_of))

    @property
    def classes(self) -> list[int]:
        """The classes that it knows something about, in ascending order."""
        return [int(index) for index in np.flatnonzero(self.counts.any(axis=1))]

    def check(self, kind: str, fingerprint: str, classes: int) -> None:
        """Raise PriorMismatch when it was made with features of another kind, another model or another class list.

        What `made_by` does not say is not checked.

        Parameters
        ----------
        kind, fingerprint : str
            The kind of the features, see `Description`, and the fingerprint of the model's weights.
        classes : int
            How many the model has.

        Raises
        ------
        PriorMismatch
            When one of the three is another; says which.
        """
        if self.made_by.get("features", kind) != kind:
            raise PriorMismatch(
                f"The prior knows superpixels by other features ({self.made_by['features']}) than this model gives "
                f"({kind}). Build one with this model."
            )
        if self.made_by.get("fingerprint", fingerprint) != fingerprint:
            told = f"The prior was built with {self.made_by.get('model', 'another model')}"
            raise PriorMismatch(f"{told}, whose weights or settings are others. Build one anew.")
        if len(self.weights) != classes:
            raise PriorMismatch(f"The prior is for {len(self.weights)} classes, and the model has {classes}.")

    def check_model(self, model: Classifier) -> None:
        """Raise PriorMismatch when it fits no picture of this model, see `check`; asks the model nothing.

        Only the answers of a model without class names say how many it has.

        Parameters
        ----------
        model : Classifier
            The model that is to be explained.

        Raises
        ------
        PriorMismatch
            As `check` does, or when the model's features are of another size.
        """
        kind, features = described_by(model.early)
        self.check(kind, model.fingerprint, len(model.class_names) or len(self.weights))
        expected = self.centroids.shape[1] - (2 if self.position else 0)
        if expected != features:
            raise PriorMismatch(
                f"The prior knows superpixels by {expected} features each, and this model gives {features}. Build one "
                "with this model."
            )

    def project(self, features: NDArray[np.float32], class_index: int) -> Projection:
        """Lay it over a picture: the expected weights of its superpixels for a class.

        A class that it knows nothing about is no error: the coverage is 0 and so is every weight.

        Parameters
        ----------
        features : (d, f) float32
            What they look like, with their places where the prior has a `position`, see `Description.columns`.
        class_index : int
            The explained class, 0..k-1.

        Returns
        -------
        Projection
            The nearest words, their weights, and the share of superpixels whose word was seen with the class.

        Raises
        ------
        PriorMismatch
            For features of another size, or a class beyond its class list.
        """
        size = self.centroids.shape[1]
        if features.ndim != 2 or features.shape[1] != size:
            raise PriorMismatch(f"The prior knows superpixels by {size} features each, and was given {features.shape}.")
        if not 0 <= class_index < len(self.weights):
            raise PriorMismatch(f"The prior is for {len(self.weights)} classes, class {class_index} is none of them.")
        words = nearest(features, self.centroids)
        covered = self.counts[class_index, words] > 0
        return Projection(read_only(self.weights[class_index, words]), float(covered.mean()), read_only(words))

    @property
    def nbytes(self) -> int:
        """Memory in bytes: of all arrays, and 40 for each character of `made_by` as JSON, the most that it takes."""
        parts = (self.centroids, self.weights, self.counts, self.examples, self.digests)
        return sum(part.nbytes for part in parts if part is not None) + 40 * len(json.dumps(self.made_by))

    def save(self, path: str | Path) -> Path:
        """Write it to one `.npz` file, whole or not at all, as `save_prior` does.

        Parameters
        ----------
        path : str or Path
            Where to write.

        Returns
        -------
        Path
            The path of the file.
        """
        return writing.save(self, path)
