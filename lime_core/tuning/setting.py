"""A setting: everything that a map depends on beside the photo, the model and the class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lime_core.arguments import is_a, whole
from lime_core.catalog.loading import ModelLike
from lime_core.explanation.explain_image import explain_image
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.prior import Prior
from lime_core.explanation.settings import FitSettings
from lime_core.files.option_texts import option_text
from lime_core.files.records import from_json, to_json
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import PictureLike
from lime_core.presets.table import PRESETS
from lime_core.probing.spec import MAX_SAMPLES, ProbeSettings
from lime_core.reports.manifest import TABLES
from lime_core.sampling.kernels import CosineKernel
from lime_core.surrogates.linear import Ridge

SAMPLES, SPACE, STRENGTH = "num_samples", "space", "prior_strength"
"""What a setting has beside the options of `TABLES`."""

CALLED = {
    "segmenter": "segmentation",
    "hiding": "hide color",
    "feature_selection": "feature selection",
    SAMPLES: "samples",
    SPACE: "score",
    STRENGTH: "prior strength",
}
"""What parts of a setting are called in sentences, where that is another name."""


@dataclass(frozen=True)
class Setting:
    """One way of explaining.

    Parameters
    ----------
    probing : ProbeSettings
        What the model is asked.
    num_samples : int, at least 2
        How often.
    fitting : FitSettings
        How its answers are fitted; without a class.

    Raises
    ------
    ValueError, TypeError
        For another number of samples, a class, or what is no such object.
    """

    probing: ProbeSettings = ProbeSettings()
    num_samples: int = 500
    fitting: FitSettings = FitSettings()

    def __post_init__(self) -> None:
        is_a("probing", self.probing, ProbeSettings, "ProbeSettings")
        is_a("fitting", self.fitting, FitSettings, "FitSettings, as FitSettings.of makes them")
        object.__setattr__(self, SAMPLES, whole(SAMPLES, self.num_samples, 2, most=MAX_SAMPLES))
        if self.fitting.class_index is not None:
            raise ValueError("fitting must be without a class, which belongs to the photo")

    @staticmethod
    def of_preset(name: str = "recommended") -> Setting:
        """Take the setting of a preset.

        Parameters
        ----------
        name : str, default "recommended"
            One of `PRESETS`; one that needs a prior comes without it.

        Returns
        -------
        Setting
            Without the view.

        Raises
        ------
        KeyError
            For another name.
        """
        preset = PRESETS[name]
        return Setting(preset.probing, preset.num_samples, preset.settings.without_prior())

    @property
    def options(self) -> dict[str, Any]:
        """The option of each role, by the role's name in a manifest."""
        return self.probing.options | self.fitting.options

    @property
    def values(self) -> dict[str, str]:
        """Each part of the setting as a text, by its name: options by role, then the samples, space and prior."""
        told = {role: option_text(option, TABLES[role]) for role, option in self.options.items()}
        strength = self.fitting.prior_strength if self.fitting.prior is not None else 0.0
        return told | {SAMPLES: str(self.num_samples), SPACE: self.fitting.space or "", STRENGTH: f"{strength:g}"}

    def apart(self, other: Setting) -> dict[str, str]:
        """Tell what is not as in another setting.

        Parameters
        ----------
        other : Setting
            What it is compared with.

        Returns
        -------
        dict of str to str
            The entries of `values` that differ; a space that is left open is the model's first.
        """
        theirs = other.values
        return {name: text or "the model's first" for name, text in self.values.items() if text != theirs[name]}

    def apart_in_words(self, other: Setting) -> str:
        """Say what is not as in another setting.

        Parameters
        ----------
        other : Setting
            What it is compared with.

        Returns
        -------
        str
            Each part and its value; empty where nothing differs.
        """
        return " · ".join(f"{CALLED.get(part, part)} {text}" for part, text in self.apart(other).items())

    def explain(
        self, picture: PictureLike, model: ModelLike, class_index: int | str | None = None, seed: int | None = None
    ) -> Explanation:
        """Explain a photo with this setting.

        Parameters
        ----------
        picture, model, class_index : optional but for the first two
            As in `explain_image`.
        seed : int, optional
            Another than that of `probing`.

        Returns
        -------
        Explanation
            As of `explain_image`.

        Raises
        ------
        LimeError, ValueError, TypeError
            As `explain_image`.
        """
        return explain_image(
            picture,
            model,
            class_index,
            self.num_samples,
            **self.options,
            space=self.fitting.space,
            prior=self.fitting.prior,
            prior_strength=self.fitting.prior_strength,
            seed=self.probing.seed if seed is None else seed,
        )

    def to_record(self) -> dict[str, Any]:
        """Write the setting as JSON has it.

        Returns
        -------
        dict
            As in a manifest: each option by its role, and the numbers; of a prior its digest alone.
        """
        record: dict[str, Any] = {role: to_json(option, TABLES[role]) for role, option in self.options.items()}
        record |= {SAMPLES: self.num_samples, "seed": self.probing.seed, SPACE: self.fitting.space}
        if self.fitting.prior is not None:
            record["prior"] = {"digest": self.fitting.prior.digest, "strength": self.fitting.prior_strength}
        return record

    @staticmethod
    def of_record(record: Mapping[str, Any], prior: Prior | None = None) -> Setting:
        """Read what `to_record` wrote.

        Parameters
        ----------
        record : mapping of str to object
            From a file, of anybody.
        prior : Prior, optional
            The one that the record names.

        Returns
        -------
        Setting
            The setting.

        Raises
        ------
        ValueError, TypeError
            For what makes no sense here, or a record with another prior than this one.
        """
        facts = record.get("prior")
        named = facts.get("digest") if isinstance(facts, Mapping) else None
        if named != (prior.digest if prior is not None else None):
            raise ValueError("prior must be the one that the setting was made with")
        read: dict[str, Any] = {}
        for role, table in TABLES.items():
            option = record.get(role)
            if not isinstance(option, Mapping):
                raise ValueError(f"a setting needs its {role}")
            read[role] = from_json(option, table)
        probing = ProbeSettings(read["segmenter"], read["hiding"], read["sampler"], record.get("seed", 0))
        strength = facts.get("strength") if isinstance(facts, Mapping) else 0.0
        fitting = FitSettings(
            None,
            record.get(SPACE),
            read["kernel"],
            read["surrogate"],
            read["feature_selection"],
            prior,
            strength,  # type: ignore[arg-type]
        )
        return Setting(probing, record.get(SAMPLES, 0), fitting)


def usually_varied(base: Setting, kind: str = "probabilities") -> dict[str, tuple[str, ...]]:
    """List what is worth varying where nobody says anything else.

    Parameters
    ----------
    base : Setting
        What everything is compared with: settings of its surrogate and kernel vary where they are a ridge and cosine.
    kind : str, default "probabilities"
        That of the model's answers, see `SPACES`.

    Returns
    -------
    dict of str to tuple of str
        Values by name, as texts; "NAME=" and the values with commas between are what `Space.of` reads.
    """
    varied = {"segmenter": ("several", "quickshift", "slic", "grid"), SAMPLES: ("250", "500")}
    if isinstance(base.fitting.surrogate, Ridge):
        varied["ridge.alpha"] = ("0.1", "1", "10")
    if isinstance(base.fitting.kernel, CosineKernel):
        varied["cosine.width"] = ("0.25", "0.5", "1")
    if len(SPACES[kind]) > 1:
        varied[SPACE] = ("probability", "log-odds")
    return varied
