"""Shards: the results of a job on disk, a file for each picture, there whole or not at all.

The folder is named by the job's digest and a file by the picture's, so a result is found again by whoever does the same
job, and is never taken for another's.  A file that is damaged, or that another job has left, counts as missing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from lime_core.batch.result import PictureResult
from lime_core.drawing.view import View
from lime_core.errors import BadPrior
from lime_core.files.names import in_bytes
from lime_core.files.writing import clear_abandoned, write_files
from lime_core.priors.summary import load_summary_and_row, summary_bytes

_MAP = re.compile(r".*-([0-9a-f]{12})-\d+\.png", re.DOTALL)


class Shards:
    """The results of one job below a folder.

    They are in its `folder`, which is named by the job's digest and has the job's record in `job.json`.

    Parameters
    ----------
    folder : str or Path
        Where folders of jobs lie.
    digest, record : str, mapping
        Those of the job.
    view : View, optional
        That of the job; its maps are in a folder of its own beside the results.
    """

    def __init__(self, folder: str | Path, digest: str, record: Mapping[str, Any], view: View | None = None) -> None:
        self.folder = Path(folder) / digest[:16]
        self._results = self.folder / "pictures"
        self._digest, self._record = digest, record
        self.maps = None if view is None else self.folder / f"maps-{view.style}-{_known_by(view)}"

    @cached_property
    def _drawn(self) -> Counter[str]:
        """How many maps each picture has, by the beginning of its digest; the folder is listed once for all of them."""
        names = (path.name for path in self.maps.glob("*.png")) if self.maps else ()
        return Counter(found[1] for found in map(_MAP.fullmatch, names) if found)

    def __len__(self) -> int:
        """How many files there are; some of them may be damaged."""
        return sum(1 for _ in self._results.glob("[!.]*.npz"))

    def open(self) -> None:
        """Make the folder, write the job's settings, and clear away what killed runs have left.

        Raises
        ------
        OSError
            When the folder cannot be written.
        """
        text = json.dumps({"digest": self._digest, **self._record}, indent=2, ensure_ascii=False)
        write_files(self.folder, {"job.json": [f"{text}\n".encode()]})
        clear_abandoned(self._results)

    def read(self, picture: str) -> PictureResult | None:
        """Read the result of a picture whose maps are there, where the job draws them.

        Parameters
        ----------
        picture : str
            Its digest.

        Returns
        -------
        PictureResult or None
            The result; None where it has to be computed, if only for its maps.
        """
        result = self.read_back(picture)
        if result is None or self.maps is None:
            return result
        return result if self._drawn[picture[:12]] >= len(result.figures) else None

    def read_back(self, picture: str) -> PictureResult | None:
        """Read the result of a picture, whether or not there are maps.

        Parameters
        ----------
        picture : str
            Its digest.

        Returns
        -------
        PictureResult or None
            The result; None where there is no whole one.
        """
        path = self._path(picture)
        if not path.is_file():
            return None
        try:
            summary, row = load_summary_and_row(path)
            if (row["job"], summary.picture) != (self._digest, picture):
                return None
            return PictureResult.of_row(summary, row)
        except (BadPrior, ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
            return None

    def write(self, picture: str, contents: bytes) -> None:
        """Keep the result of a picture.

        Parameters
        ----------
        picture : str
            Its digest.
        contents : bytes
            What `shard_bytes` gave.

        Raises
        ------
        OSError
            When it cannot be written; no part of it stays behind.
        """
        path = self._path(picture)
        write_files(path.parent, {path.name: [contents]})

    def draw(self, name: str, result: PictureResult, maps: Sequence[bytes]) -> None:
        """Keep the maps of a picture, each as NAME-PICTURE-CLASS.png with the beginning of the picture's digest.

        Parameters
        ----------
        name : str
            The picture's.
        result : PictureResult
            Its result.
        maps : (m,) sequence of bytes
            A PNG file for each explained class; none where none are drawn.

        Raises
        ------
        OSError
            When they cannot be written; no part of one stays behind.
        """
        if self.maps is None or not maps:
            return
        stem = in_bytes(re.sub(r"[^\w.-]+", "_", Path(name).stem)[:80], 120) or "picture"
        names = [f"{stem}-{result.summary.picture[:12]}-{figures.class_index}.png" for figures in result.figures]
        write_files(self.maps, {name: [png] for name, png in zip(names, maps, strict=True)})
        self._drawn[result.summary.picture[:12]] = len(names)

    def _path(self, picture: str) -> Path:
        return self._results / f"{picture}.npz"


def _known_by(view: View) -> str:
    """The first digits of a digest of all that a view says."""
    return hashlib.sha256(json.dumps(asdict(view), sort_keys=True).encode()).hexdigest()[:8]


def shard_bytes(digest: str, result: PictureResult) -> bytes:
    """Write a picture's result to memory.

    Parameters
    ----------
    digest : str
        The job's.
    result : PictureResult
        The picture's.

    Returns
    -------
    bytes
        The contents of its file.
    """
    return summary_bytes(result.summary, {"job": digest, **result.row})
