"""Several explanations together: one manifest, one file of arrays, and one script that computes them all again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from lime_core.attributions.table import ATTRIBUTIONS
from lime_core.explanation.explanation import Explanation
from lime_core.files.records import from_json, plain
from lime_core.priors.files import prior_bytes
from lime_core.priors.prior import GlobalPrior
from lime_core.probing.hiding import HIDINGS
from lime_core.reports.beside import ARRAYS
from lime_core.reports.record import manifest
from lime_core.superpixels.segmenters import SEGMENTERS
from lime_core.takeaway.archive import json_bytes, npz_bytes
from lime_core.takeaway.saving import arrays_of
from lime_core.takeaway.settings_in_words import written
from lime_core.takeaway.snippet import model_line, picture_line, prior_name, snippet_of

SCHEMA = 1
"""Raised by one whenever a manifest of this version could be misread by the last."""

Groups = Mapping[str, Sequence[Explanation]]
"""name of a method, a map or a setting -> its explanations, at least one."""


def several_files(
    groups: Groups,
    about: str,
    facts: Mapping[str, Any] = MappingProxyType({}),
    further: Mapping[str, Any] = MappingProxyType({}),
    asked: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> dict[str, bytes]:
    """Write down several explanations, so that each can be computed again.

    Parameters
    ----------
    groups : mapping of str to sequence of Explanation
        Those of one group have as many superpixels.
    about : str
        What they are, in a sentence.
    facts : mapping, optional
        What else the manifest says, as JSON has it.
    further : mapping of str to ndarray, optional
        What other arrays there are.
    asked : mapping of str to mapping, optional
        Maps of other methods than LIME by name, as JSON has them: the "picture", the "model", its "fingerprint" and
        "engine", the "class_index", the "space", the "method", the "hiding" and the "segmenter".  Of a label map the
        superpixels have to be in `further` as "NAME/segments".

    Returns
    -------
    dict of str to bytes
        Priors that were used, by their digests; arrays.npz with "NAME/weights" (r, d), "NAME/standard_error" and the
        superpixels of each group; explain.py; and manifest.json, which has a manifest of each explanation.

    Raises
    ------
    ValueError
        When an option of one is in no table, and so could not be read back.
    """
    manifests = {name: [manifest(e) for e in group] for name, group in groups.items()}
    arrays: dict[str, Any] = {}
    priors: dict[str, bytes] = {}
    for name, group in groups.items():
        own = arrays_of(group[0])
        arrays |= {f"{name}/{key}": array for key, array in own.items() if key == "image" or key.startswith("segments")}
        arrays[f"{name}/weights"] = np.stack([e.weights for e in group])
        arrays[f"{name}/standard_error"] = np.stack([e.standard_error for e in group])
        for e in group:
            if isinstance(prior := e.settings.prior, GlobalPrior):
                priors[prior_name(prior.digest)] = prior_bytes(prior)
    record = {"schema": SCHEMA, "about": about, **plain(facts), "explanations": manifests}
    return {
        **priors,
        ARRAYS: npz_bytes(arrays | dict(further)),
        "explain.py": (snippet_of(manifests, about) + _asked_again(asked)).encode(),
        "manifest.json": json_bytes(record),
    }


def _asked_again(asked: Mapping[str, Mapping[str, Any]]) -> str:
    """The part of a script that asks other methods again."""
    if not asked:
        return ""
    lines, read = ["attributions = {}"], ""
    for name, told in asked.items():
        again = picture_line(told["picture"], "picture")
        again += model_line(told["model"], told["fingerprint"], told["engine"], "model").rstrip()
        if again != read:
            lines.append(again)
            read = again
        hiding = written(from_json(told["hiding"], HIDINGS))
        lines += [
            f"attributions[{name!r}] = lc.attribute(",
            "    picture,",
            "    model,",
            f"    {written(from_json(told['method'], ATTRIBUTIONS))},",
            f"    class_index={told['class_index']!r},",
            f"    probing=lc.ProbeSettings(segmenter={_cut(told['segmenter'], name)}, hiding={hiding}),",
            f"    space={told['space']!r},",
            ")",
        ]
    lines += ["for name, attribution in attributions.items():", "    print(name, attribution.values)"]
    return "\n".join(lines) + "\n"


def _cut(record: Mapping[str, Any], name: str) -> str:
    """A segmenter; of several the first, whose superpixels other methods are asked with."""
    if record["name"] == "several":
        record = record["members"][0]
    if record["name"] == "label_map":
        return f"lc.LabelMap.of(arrays[{name + '/segments'!r}])"
    return written(from_json(record, SEGMENTERS))
