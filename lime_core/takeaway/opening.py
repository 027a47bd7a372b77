"""Manifests of anybody, opened: what was explained and how, and whether an explanation of today is the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from lime_core.arguments import whole
from lime_core.drawing.view import View
from lime_core.errors import ReplayMismatch
from lime_core.explanation.explanation import Explanation
from lime_core.files.container import MAX_BYTES
from lime_core.files.records import made
from lime_core.files.untrusted import contents_of
from lime_core.priors.class_activation import activation_digest
from lime_core.priors.prior import GlobalPrior
from lime_core.probing.spec import ProbeSpec
from lime_core.reports.beside import ARRAYS, MOST_ARRAYS, MOST_TEXT, PRIOR, Beside
from lime_core.reports.manifest import Saved, record_of, saved_of
from lime_core.reports.replay import apart, changed_versions, ran_on, without_note
from lime_core.takeaway.archive import unpack

MOST_BYTES = 200_000_000
"""Of an archive."""

MANIFEST = "manifest.json"
"""The file that an archive must have."""


@dataclass(frozen=True, eq=False)
class Opened:
    """What a manifest says that was opened.

    Parameters
    ----------
    saved : Saved
        Everything that the weights depend on, and the weights where they came along.
    view : View
        How the map was drawn.
    class_name : str
        Of the class that was explained.
    """

    saved: Saved
    view: View
    class_name: str

    @property
    def nbytes(self) -> int:
        """Memory in bytes: of label maps, weights and the prior."""
        saved, prior = self.saved, self.saved.settings.prior
        held = sum(getattr(each, "nbytes", 0) for each in (saved.read_in, saved.weights, prior))
        return held + ProbeSpec.bytes_of([saved.spec])

    @property
    def precision(self) -> str:
        """One of `PRECISIONS`: the one that the model ran in, "auto" where it is not known."""
        return ran_on(self.saved.spec.engine)[1]

    def differences(self, explanation: Explanation) -> tuple[str, ...]:
        """Say what of an explanation is not as it was saved.

        Parameters
        ----------
        explanation : Explanation
            Made with the settings of the manifest, as far as they can be had.

        Returns
        -------
        tuple of str
            Sentences: the photo, the model, what it runs on, settings, weights that are apart and versions; empty where
            all is the same.
        """
        then, now = self.saved.spec, explanation.spec
        if now.picture != then.picture:
            return (f"The photo is another ({now.picture[:12]}…, not {then.picture[:12]}…).",)
        told = []
        if now.model != then.model:
            told.append(f"The model is {now.model!r}, not {then.model!r}.")
        elif now.fingerprint != then.fingerprint:
            told.append(f"The weights of {now.model}, its input or its output are others.")
        if without_note(now.engine) != without_note(then.engine):
            told.append(f"The model runs on {without_note(now.engine)}, and ran on {without_note(then.engine)}.")
        told += [f"The {part} is another." for part in self._changed(explanation)]
        if len(self.saved.weights) == 0:
            return tuple(told)
        if difference := apart(self.saved, explanation):
            told += [f"{text[:1].upper()}{text[1:]}." for text in (difference, changed_versions(self.saved))]
        return tuple(told)

    def same_to_the_last_digit(self, explanation: Explanation) -> bool:
        """Whether the weights are those that were saved.

        Parameters
        ----------
        explanation : Explanation
            Any.

        Returns
        -------
        bool
            False also where the manifest came without weights.
        """
        return len(self.saved.weights) > 0 and np.array_equal(self.saved.weights, explanation.weights)

    def _changed(self, e: Explanation) -> list[str]:
        """Parts of the settings that differ."""
        saved = self.saved
        then, now = saved.spec.settings.options | saved.settings.options, e.spec.settings.options | e.settings.options
        parts = [role.replace("_", " ") for role in then if then[role] != now[role]]
        prior, strength = saved.settings.prior, saved.settings.prior_strength
        digest = None if prior is None else prior.digest
        if saved.activation is not None:
            digest, strength = activation_digest(saved.spec.fingerprint), saved.activation
        facts = {
            "seed": saved.spec.seed != e.spec.seed,
            "number of samples": saved.num_samples != e.n_samples,
            "class": saved.settings.class_index != e.settings.class_index,
            "score": saved.settings.space != e.settings.space,
            "prior": digest != (None if e.settings.prior is None else e.settings.prior.digest),
            "prior strength": strength != e.settings.prior_strength,
            "segmentation that it is read in": (saved.read_in or saved.spec.members[0].segmenter) != e.alone.segmenter,
        }
        return [*parts, *(part for part, differs in facts.items() if differs)]


def open_manifest(
    source: str | Path | bytes | IO[bytes], priors: Iterable[GlobalPrior] = (), max_prior_bytes: int = MAX_BYTES
) -> Opened:
    """Open what `save_explanation` or `explanation_bytes` wrote.

    Parameters
    ----------
    source : str, Path, bytes or binary file object
        A `manifest.json`, or the whole archive: of the path only this file is read, nothing beside it.
    priors : iterable of GlobalPrior, optional
        Those that are known, for a manifest that comes without its prior, or with one of these.
    max_prior_bytes : int, default 256 MB
        Bytes that the file of its prior may have, and that its arrays may unpack to; at most the default.

    Returns
    -------
    Opened
        What it says; nothing in it is executed, and the model is not asked.

    Raises
    ------
    ReplayMismatch
        When it is neither, is damaged or too large, of another schema, or says what makes no sense here; and when a
        label map or a prior is missing.
    TypeError, ValueError
        For a bound that is no whole number in its range.
    """
    max_prior_bytes = whole("max_prior_bytes", max_prior_bytes, 1, MAX_BYTES)
    contents, known = contents_of(source, "manifest", MOST_BYTES, ReplayMismatch), tuple(priors)
    files: dict[str, Path | bytes] = {}
    text = contents
    if packed := contents.startswith(b"PK"):
        found = unpack(contents, {MANIFEST: MOST_TEXT, ARRAYS: MOST_ARRAYS}, ReplayMismatch)
        if MANIFEST not in found:
            raise ReplayMismatch(f"The archive holds no {MANIFEST}.")
        text = found[MANIFEST]
        files |= found
    elif len(contents) > MOST_TEXT:
        raise ReplayMismatch(f"The manifest has more than {MOST_TEXT / 1e6:g} MB.")
    record = record_of(text, "The manifest")
    told = record.get("prior")
    if packed and not (isinstance(told, dict) and any(prior.digest == told.get("digest") for prior in known)):
        files |= unpack(contents, {PRIOR: max_prior_bytes}, ReplayMismatch)
    saved = saved_of(record, Beside(files, known, max_prior_bytes), "The manifest", lone=True)
    try:
        view = _view(record["view"]) if "view" in record else View()
    except (ValueError, TypeError) as error:
        raise ReplayMismatch(f"The manifest's view cannot be drawn: {error}.") from error
    return Opened(saved, view, str(record.get("class_name", ""))[:1000])


def _view(written: object) -> View:
    if not isinstance(written, dict):
        raise ValueError("it is no view")
    return made("view", written, {"view": View})
