"""A space: what may vary between settings, and within what."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import Field, dataclass, fields, replace
from functools import cached_property
from itertools import product
from types import NoneType
from typing import Any

import numpy as np

from lime_core.arguments import is_a, near, shown, whole
from lime_core.explanation.prior import Prior
from lime_core.explanation.settings import FitSettings
from lime_core.files.option_texts import settings_of, value_of
from lime_core.files.records import name_of
from lime_core.reports.manifest import TABLES
from lime_core.surrogates.with_prior import with_prior
from lime_core.tuning.setting import SAMPLES, SPACE, STRENGTH, Setting

MOST_FITS = 5_000
"""Ways of fitting in one space."""

MOST_PROBINGS = 5_000
"""Ways of asking in one space."""

ASKED = ("segmenter", "hiding", "sampler", SAMPLES)
"""The parts of a setting for which the model has to be asked anew; all others cost a fit."""

STEPS = 5
"""Values of a range for which no number of them is given."""

_FIRST: dict[Any, None] = {"probability": None, "value": None}
"""Spaces that are the first of each model that has them."""

_RANGE = re.compile(r"([^.]+(?:\.\d+)?)\.\.([^/]+)(?:/(\d+))?")


@dataclass(frozen=True)
class Space:
    """All settings that are made of these parts, each with each.

    Parameters
    ----------
    base : Setting
        What everything is compared with; a part that is left out is as in it.
    segmenter, hiding, sampler : tuple of options, default ()
        Which of each role.
    num_samples : tuple of int, default ()
        How often the model is asked.
    space : tuple of str or None, default ()
        Which score is explained: "log-odds", or None for the model's first, the probability or the value.
    kernel, surrogate, feature_selection : tuple of options, default ()
        Which of each role.
    prior_strength : tuple of float, default ()
        How strong the prior is; 0 fits without it.
    prior : Prior, optional
        The prior.

    Raises
    ------
    ValueError, TypeError
        For parts that cannot be, or more than `MOST_FITS` ways of fitting or `MOST_PROBINGS` of asking.
    """

    base: Setting = Setting()
    segmenter: tuple[Any, ...] = ()
    hiding: tuple[Any, ...] = ()
    sampler: tuple[Any, ...] = ()
    num_samples: tuple[int, ...] = ()
    space: tuple[str | None, ...] = ()
    kernel: tuple[Any, ...] = ()
    surrogate: tuple[Any, ...] = ()
    feature_selection: tuple[Any, ...] = ()
    prior_strength: tuple[float, ...] = ()
    prior: Prior | None = None

    def __post_init__(self) -> None:
        is_a("base", self.base, Setting, "a Setting")
        if (fitting := self.base.fitting).space in _FIRST:
            object.__setattr__(self, "base", replace(self.base, fitting=replace(fitting, space=None)))
        own = self.base.options | {SAMPLES: self.base.num_samples, SPACE: self.base.fitting.space}
        own[STRENGTH] = self.base.fitting.prior_strength
        for f in fields(self):
            if f.name not in ("base", "prior"):
                values = tuple(dict.fromkeys(getattr(self, f.name))) or (own[f.name],)
                if f.name == SPACE:
                    values = tuple(dict.fromkeys(_FIRST.get(each, each) for each in values))
                object.__setattr__(self, f.name, values)
        if self.prior is None and (self.base.fitting.prior is not None or any(self.prior_strength)):
            raise ValueError("prior must be given where prior_strength is above 0")
        for each in (*self.space, self.base.fitting.space):
            if each not in (None, "log-odds"):
                raise ValueError(f"space must be probability, log-odds or value, got {shown(each)}")
        sizes = [math.prod(len(getattr(self, f.name)) for f in fields(self) if f.name not in left) for left in _LEFT]
        for size, most, what in zip(sizes, (MOST_PROBINGS, MOST_FITS), ("asking", "fitting"), strict=True):
            if size > most:
                raise ValueError(f"a space can have {most} ways of {what}, and this one has {size}; vary fewer parts")
        _ = self.probings, self.fittings  # what cannot be is refused now

    @staticmethod
    def of(vary: Sequence[str], base: Setting | None = None, prior: Prior | None = None) -> Space:
        """Read a space from texts.

        Parameters
        ----------
        vary : sequence of str
            Each a name, "=", and values with commas between: "segmenter=quickshift,slic", "slic.n_segments=30,60",
            "cosine.width=0.1..1", "num_samples=250,500", "space=probability,log-odds", "prior_strength=0..5".  A range
            has five values, or as many as stand behind a "/".
        base : Setting, optional
            As of `Space`; None takes the recommended one.
        prior : Prior, optional
            As of `Space`.

        Returns
        -------
        Space
            With the base's value of everything else.

        Raises
        ------
        ValueError
            For a name or value that there is not, a setting of an option that is not in use, and as `Space`.
        """
        is_a("base", base, (Setting, NoneType), "a Setting or None")
        base = Setting.of_preset() if base is None else base
        given: dict[str, str] = {}
        for name, values in map(_split, vary):
            if name in given:
                raise ValueError(f"{name} is given twice; give all of its values at once, with commas between")
            given[name] = values
        parts: dict[str, Any] = {}
        if SAMPLES in given:
            counts = _numbers(SAMPLES, given.pop(SAMPLES), log=True, rounded=True)
            parts[SAMPLES] = tuple(whole(SAMPLES, value, 2) for value in counts)
        if STRENGTH in given:
            parts[STRENGTH] = tuple(_numbers(STRENGTH, given.pop(STRENGTH)))
        if SPACE in given:
            parts[SPACE] = tuple(given.pop(SPACE).split(","))
        for role, table in TABLES.items():
            usual = base.options[role]
            names = given.pop(role).split(",") if role in given else [name_of(usual, table)]
            parts[role] = tuple(
                option
                for name in names
                for option in _made(usual if name == name_of(usual, table) else _usual(role, name), name, given)
            )
        if given:
            meant = near(name := next(iter(given)), [*ASKED, *TABLES, SPACE, STRENGTH])
            told = f"nothing is called {shown(name)}, or it belongs to an option that is not in use"
            raise ValueError(told + (f"; near is {meant}" if meant else ""))
        return Space(base, **parts, prior=prior)

    @cached_property
    def probings(self) -> tuple[Setting, ...]:
        """Every way of asking, fitted as the base; that of the base comes first, also where it is no part."""
        found = (
            replace(
                self.base,
                probing=replace(self.base.probing, segmenter=segmenter, hiding=hiding, sampler=sampler),
                num_samples=count,
            )
            for segmenter, hiding, sampler, count in product(
                self.segmenter, self.hiding, self.sampler, self.num_samples
            )
        )
        return tuple(dict.fromkeys((self.base, *found)))

    @cached_property
    def fittings(self) -> tuple[FitSettings, ...]:
        """Every way of fitting; that of the base comes first, also where it is no part.

        A surrogate that takes no prior is fitted without one only.
        """
        found = []
        for space, kernel, surrogate, selection, strength in product(
            self.space, self.kernel, self.surrogate, self.feature_selection, self.prior_strength
        ):
            settings = FitSettings(None, space, kernel, surrogate, selection)
            if strength:
                try:
                    with_prior(surrogate)
                except ValueError:
                    continue
                settings = replace(settings, prior=self.prior, prior_strength=strength)
            found.append(settings)
        return tuple(dict.fromkeys((self.base.fitting, *found)))

    @property
    def varied(self) -> dict[str, tuple[str, ...]]:
        """What has more than one value, the base's with them, by the names of `Setting.values`."""
        settings = [*self.probings, *(replace(self.base, fitting=fitting) for fitting in self.fittings)]
        values = {name: tuple(dict.fromkeys(each.values[name] for each in settings)) for name in self.base.values}
        return {name: each for name, each in values.items() if len(each) > 1}


_FIT = {SPACE, "kernel", "surrogate", "feature_selection", STRENGTH, "base", "prior"}
_LEFT = (_FIT, {*ASKED, "base", "prior"})
"""The fields that have no part in asking, and in fitting."""


def _split(text: str) -> tuple[str, str]:
    name, equals, values = text.partition("=")
    if not equals or not values:
        raise ValueError(f"what varies must be NAME=VALUES, such as segmenter=quickshift,slic, got {shown(text)}")
    return name.strip(), values.strip()


def _usual(role: str, name: str) -> Any:
    table = TABLES[role]
    if name not in table or name == "label_map":
        names = [each for each in table if each != "label_map"]
        meant = f" (near: {meant})" if (meant := near(name, names)) else ""
        raise ValueError(f"{role} must be of {', '.join(names)}, got {shown(name)}{meant}")
    return table[name]()


def _made(option: Any, name: str, given: dict[str, str]) -> list[Any]:
    """The option with each value of its settings that vary."""
    own = {f.name: f for f in settings_of(type(option)) if f"{name}.{f.name}" in given}
    values = [_values(f"{name}.{f.name}", f, given.pop(f"{name}.{f.name}")) for f in own.values()]
    if math.prod(map(len, values)) > MOST_FITS:
        raise ValueError(f"{name} has more than {MOST_FITS} settings here; vary fewer parts")
    return [replace(option, **dict(zip(own, each, strict=True))) for each in product(*values)]


def _values(name: str, f: Field[Any], text: str) -> list[Any]:
    if "low" in f.metadata:
        return _numbers(name, text, f.metadata["log"], isinstance(f.default, int))
    return [value_of(f, value.strip()) for value in text.split(";" if "several" in f.metadata else ",")]


def _numbers(name: str, text: str, log: bool = False, rounded: bool = False) -> list[Any]:
    """Numbers with commas between, or a range with its ends, evenly; by ratio where it is logarithmic."""
    try:
        found = _RANGE.fullmatch(text)
        if not found:
            return [float(value) for value in text.split(",")]
        low, high, steps = float(found[1]), float(found[2]), int(found[3] or STEPS)
        if not (low < high and 2 <= steps <= MOST_FITS and math.isfinite(high - low)):
            raise ValueError
    except ValueError:
        raise ValueError(f"{name} must be numbers such as 1,2 or a range such as 1..5, got {shown(text)}") from None
    spaced = np.geomspace(low, high, steps) if log and low > 0 else np.linspace(low, high, steps)
    return [round(value) if rounded else float(f"{value:.3g}") for value in spaced.tolist()]
