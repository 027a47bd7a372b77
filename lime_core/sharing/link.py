"""A link: which photo, model and class, with which settings and view, in two thousand characters at most.

Keys are short, and `v` is the version.  What is as recommended is left out.  Whoever reads a link reads what anybody
wrote: each value is checked against the same ranges as anywhere, and one that is wrong falls back and is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from lime_core.arguments import one_of, shown, whole
from lime_core.drawing.view import View
from lime_core.models.scores import SPACES
from lime_core.models.torch_classifier import PRECISIONS
from lime_core.pictures.gallery import GALLERY
from lime_core.presets.table import RECOMMENDED
from lime_core.probing.spec import MAX_SEED, ProbeSettings
from lime_core.reports.manifest import TABLES
from lime_core.sharing.short_texts import changed_by, read_short, short_settings, short_text
from lime_core.tuning.setting import Setting

VERSION = "1"
"""Raised by one whenever a link of this version could be misread by the last."""

MAX_BYTES = 2_000
"""Of an address with its settings."""

SAMPLES = (10, 20_000)
"""How few and how many samples a link can ask a server for: those of its slider."""

KEYS = {
    "s": "segmenter",
    "h": "hiding",
    "a": "sampler",
    "k": "kernel",
    "f": "surrogate",
    "e": "feature_selection",
}
"""The key of each role of `TABLES`."""

_LONGEST = 100
"""Characters of a name."""


@dataclass(frozen=True)
class Link:
    """What a link says.

    Parameters
    ----------
    setting : Setting, optional
        Without a prior; the recommended one if left out.
    view : View, optional
        How the map is drawn.
    photo : str, default ""
        Its name in the gallery; empty where there is none.
    model : str, default ""
        Its name; empty for the usual one.
    class_index : int, optional
        The class; None for the most likely one.
    prior : str, default ""
        The name of a prior that everybody has; empty for none.
    prior_strength : float, optional
        How strongly the fit is pulled towards it; None for as strongly as usual.
    precision : str, default ""
        One of `PRECISIONS`; empty for the usual one.

    Raises
    ------
    ValueError
        For what no link can say: another photo, number of samples, class, strength or precision, or a setting that
        holds a prior.
    """

    setting: Setting = field(default_factory=Setting.of_preset)
    view: View = View()
    photo: str = ""
    model: str = ""
    class_index: int | None = None
    prior: str = ""
    prior_strength: float | None = None
    precision: str = ""

    def __post_init__(self) -> None:
        if self.photo:
            one_of("photo", self.photo, GALLERY)
        if self.class_index is not None:
            whole("class_index", self.class_index, 0)
        if self.precision:
            one_of("precision", self.precision, PRECISIONS)
        if self.prior_strength is not None:
            _strength(str(self.prior_strength))
        whole("num_samples", self.setting.num_samples, *SAMPLES)
        if self.setting.fitting.prior is not None:
            raise ValueError("setting must be without a prior, which a link names")

    def query(self) -> dict[str, str]:
        """Write the link.

        Returns
        -------
        dict of str to str
            Key to value, the version first; what is as recommended is left out, and so is a role whose option does not
            travel (see `left_out`).
        """
        usual, fitting = Setting.of_preset(), self.setting.fitting
        told = {"v": VERSION, "p": self.photo, "m": self.model}
        if self.class_index is not None:
            told["c"] = str(self.class_index)
        if self.setting.num_samples != usual.num_samples:
            told["n"] = str(self.setting.num_samples)
        for key, role in KEYS.items():
            option = self.setting.options[role]
            if option != usual.options[role] and not _reason(role, option):
                told[key] = short_text(option, TABLES[role])
        if self.setting.probing.seed:
            told["d"] = str(self.setting.probing.seed)
        if fitting.space is not None:
            told["y"] = fitting.space
        told |= {"q": self.precision, "g": self.prior}
        if self.prior and self.prior_strength is not None:
            told["w"] = repr(self.prior_strength)
        told["o"] = "~".join(short_settings(self.view))
        return {key: value for key, value in told.items() if value}

    def left_out(self) -> tuple[str, ...]:
        """Say what of the settings does not travel.

        Returns
        -------
        tuple of str
            A sentence for each role.
        """
        reasons = {role: _reason(role, option) for role, option in self.setting.options.items()}
        return tuple(f"{role.replace('_', ' ').capitalize()}: {reason}." for role, reason in reasons.items() if reason)

    def address(self, page: str) -> str:
        """Write the link as an address.

        Parameters
        ----------
        page : str
            The address of a page without settings.

        Returns
        -------
        str
            Of at most `MAX_BYTES` characters.

        Raises
        ------
        ValueError
            Where it would be longer.
        """
        told = f"{page}?{urlencode(self.query())}"
        if len(told.encode()) > MAX_BYTES:
            raise ValueError(f"the link would have {len(told.encode())} bytes, and {MAX_BYTES} are the most")
        return told


def read_link(query: Mapping[str, str]) -> tuple[Link, tuple[str, ...]]:
    """Read a link.

    Parameters
    ----------
    query : mapping of str to str
        Keys and values of an address, from anybody.

    Returns
    -------
    link : Link
        With the recommended value wherever one is missing or wrong.
    problems : tuple of str
        A sentence for each value that is wrong, and each key that is not known.
    """
    problems: list[str] = []
    if query.get("v") != VERSION:
        return Link(), (f"The link is of version {shown(query.get('v'))}, and this is version {VERSION}.",)
    usual = Setting.of_preset()

    def read(key: str, what: str, reader: Any, otherwise: Any) -> Any:
        if key not in query:
            return otherwise
        try:
            return reader(query[key])
        except (ValueError, TypeError) as error:
            problems.append(f"The link's {what} is left as usual: {error}.")
            return otherwise

    options = {
        role: read(key, role.replace("_", " "), lambda text, role=role: read_short(text, TABLES[role]), None)
        for key, role in KEYS.items()
    }
    options = {role: usual.options[role] if option is None else option for role, option in options.items()}
    seed = read("d", "seed", lambda text: whole("seed", _int(text), 0, MAX_SEED), 0)
    samples = read("n", "num_samples", lambda text: whole("num_samples", _int(text), *SAMPLES), usual.num_samples)
    space = read("y", "score", lambda text: one_of("score", text, {s for own in SPACES.values() for s in own}), None)
    probing = ProbeSettings(options["segmenter"], options["hiding"], options["sampler"], seed)
    fitting = replace(usual.fitting, space=space, **{role: options[role] for role in usual.fitting.options})
    link = Link(
        Setting(probing, samples, fitting),
        read("o", "view", lambda text: changed_by(RECOMMENDED.view, text), RECOMMENDED.view),
        read("p", "photo", lambda text: one_of("photo", text, GALLERY), ""),
        read("m", "model", _name, ""),
        read("c", "class", lambda text: whole("class", _int(text), 0), None),
        read("g", "prior", _name, ""),
        read("w", "prior strength", _strength, None),
        read("q", "precision", lambda text: one_of("precision", text, PRECISIONS), ""),
    )
    known = {"v", "p", "m", "c", "n", "d", "y", "g", "w", "o", "q", *KEYS}
    problems += [f"The link has {shown(key)}, which is not known here." for key in query if key not in known]
    return link, tuple(problems)


def _reason(role: str, option: Any) -> str:
    """Why an option does not travel; empty where it does."""
    try:
        short_text(option, TABLES[role])
    except (ValueError, TypeError) as error:
        return str(error)
    return ""


def _int(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


def _name(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(f"a name has at most {_LONGEST} characters, got {len(text)}")
    return text


def _strength(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1e12:
        raise ValueError(f"prior strength must be from 0, got {shown(text)}")
    return value
