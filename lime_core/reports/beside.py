"""What lies beside a manifest, in a folder or in an archive: its arrays and its prior."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from lime_core.errors import BadPrior, LimeError, ReplayMismatch
from lime_core.files.container import MAX_BYTES
from lime_core.files.untrusted import contents_of, npz_array
from lime_core.label_maps.label_map import LabelMap
from lime_core.pictures.decoding import MAX_SIDE
from lime_core.priors.files import load_prior
from lime_core.priors.prior import GlobalPrior

ARRAYS = "arrays.npz"
"""The file beside a manifest with weights and superpixels."""

PRIOR = "prior.npz"
"""The file beside a manifest that holds the prior of the explanation, where it has one."""

LIVING = "living.html"
"""The file beside a manifest that fits the map again, where its samples were given."""

FILES = (PRIOR, "weights.csv", ARRAYS, "overlay.png", "report.html", LIVING, "card.md", "explain.py", "manifest.json")
"""Names of all that an explanation is saved as, in the order in which they are written."""

MOST_TEXT = 1_000_000
"""Bytes of a manifest, which has some three thousand."""

MOST_ARRAYS = 64_000_000
"""Bytes of the arrays, packed."""


def saved_files(folder: Path, class_index: int | None = None) -> tuple[str, ...]:
    """Find the files of an explanation that was saved into a folder.

    Parameters
    ----------
    folder : Path
        Any; it may be missing.
    class_index : int, optional
        None are found of another class; None takes any.

    Returns
    -------
    tuple of str
        Those of `FILES` that its manifest names as written with it; none without such a manifest.
    """
    try:
        record = json.loads(contents_of(folder / FILES[-1], "manifest", MOST_TEXT, ReplayMismatch))
    except (ReplayMismatch, ValueError, RecursionError):
        return ()
    known = isinstance(record, dict) and class_index in (None, record.get("class_index"))
    named = record.get("files") if known else None
    return tuple(name for name in FILES if name in named) if isinstance(named, list) else ()


@dataclass(frozen=True)
class Beside:
    """Files beside a manifest, by their names.

    Parameters
    ----------
    files : mapping of str to Path or bytes
        Where each is, or what it holds; those that are missing may stand here as paths, or not at all.
    priors : tuple of GlobalPrior, default ()
        Priors that are known without a file.
    max_prior_bytes : int, default 256 MB
        Of the file of the prior, as `load_prior` takes it.
    """

    files: Mapping[str, Path | bytes]
    priors: tuple[GlobalPrior, ...] = ()
    max_prior_bytes: int = MAX_BYTES

    @staticmethod
    def of(path: Path) -> Beside:
        """Those beside a manifest on disk.

        Parameters
        ----------
        path : Path
            The manifest.

        Returns
        -------
        Beside
            Nothing is read yet.
        """
        return Beside({name: path.with_name(name) for name in (ARRAYS, PRIOR)})

    def has(self, name: str) -> bool:
        """Whether a file is there."""
        source = self.files.get(name)
        return isinstance(source, bytes) or (source is not None and source.exists())

    def place(self, name: str, told: str = "It is {}.") -> str:
        """Say where a file is or belongs; empty for what is on no disk."""
        source = self.files.get(name)
        return told.format(source) if isinstance(source, Path) else ""

    def array(self, name: str, most: int) -> NDArray[Any]:
        """Read one of the arrays.

        Parameters
        ----------
        name : str
            Such as "weights".
        most : int
            Elements that it may have.

        Returns
        -------
        ndarray
            Of plain numbers, read-only.

        Raises
        ------
        ReplayMismatch
            When the file or the array is missing or broken.
        """
        if not self.has(ARRAYS):
            raise ReplayMismatch(
                f"{ARRAYS} is missing: it holds what the replay is compared with.",
                self.place(ARRAYS, "Put it there as {}."),
            )
        try:
            contents = contents_of(self.files[ARRAYS], "file", MOST_ARRAYS, ReplayMismatch)
            return npz_array(contents, name, most, ReplayMismatch)
        except ReplayMismatch as error:
            raise ReplayMismatch(
                f"{ARRAYS} is broken: its array {name!r} cannot be read. {error.public}", self.place(ARRAYS)
            ) from error

    def label_map(self, name: str) -> LabelMap:
        """Read superpixels.

        Parameters
        ----------
        name : str
            Of their array.

        Returns
        -------
        LabelMap
            Of the crop that was explained.

        Raises
        ------
        ReplayMismatch
            When the array is missing, broken, or holds no superpixels.
        """
        labels = self.array(name, MAX_SIDE**2)
        try:
            return LabelMap.of(labels)
        except LimeError as error:
            raise ReplayMismatch(
                f"The superpixels in {ARRAYS} cannot be used: {error.public}", self.place(ARRAYS)
            ) from error

    def prior(self, digest: str) -> GlobalPrior:
        """Read the prior, or take one that is known.

        Parameters
        ----------
        digest : str
            Of the prior that is wanted.

        Returns
        -------
        GlobalPrior
            The one of this digest.

        Raises
        ------
        ReplayMismatch
            When it is missing, broken or another.
        """
        source = self.files.get(PRIOR)
        if source is None or not self.has(PRIOR):
            if known := _known(self.priors, digest):
                return known
            raise ReplayMismatch(
                f"{PRIOR} is missing: the explanation was made with that prior ({digest[:12]}…).",
                self.place(PRIOR, "Put it there as {}."),
            )
        try:
            prior = load_prior(source, self.max_prior_bytes)
        except BadPrior as error:
            raise ReplayMismatch(f"The prior {PRIOR} cannot be used: {error.public}", self.place(PRIOR)) from error
        if prior.digest != digest:
            raise ReplayMismatch(
                f"{PRIOR} is another prior ({prior.digest[:12]}…, not {digest[:12]}…).", self.place(PRIOR)
            )
        return prior


def _known(priors: Iterable[GlobalPrior], digest: str) -> GlobalPrior | None:
    return next((prior for prior in priors if prior.digest == digest), None)
