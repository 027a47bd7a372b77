"""One picture of many: what is asked, and what is kept of the answers.

A `Job` knows the model by its facts alone, so it can be made and sent elsewhere without one.  The seed of a picture
comes from the picture, and batches have a fixed size, so a result depends neither on who computes it, nor on when.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from lime_core.arguments import is_a, whole
from lime_core.batch.result import MOST_CLASSES, PictureResult, figures_of, maps_of
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.drawing.view import View
from lime_core.explanation.fitting import fit
from lime_core.explanation.settings import FitSettings
from lime_core.files.records import plain, to_json
from lime_core.judging.faithfulness import faithfulness
from lime_core.models.classifier import Classifier
from lime_core.models.facts import ModelFacts
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import PictureLike, picture_of
from lime_core.priors.summary import PictureSummary
from lime_core.probing.growing import grown, open_probe
from lime_core.probing.hiding import HidingLike
from lime_core.probing.probe import Probe
from lime_core.probing.spec import MAX_SEED, ProbeSettings, ProbeSpec
from lime_core.reports.manifest import TABLES
from lime_core.roles import PlainFunction
from lime_core.sampling.kernels import KernelLike
from lime_core.sampling.samplers import SamplerLike
from lime_core.superpixels.segmentations import comes_of, least_samples
from lime_core.superpixels.segmenters import SegmenterLike
from lime_core.surrogates.selection import SelectionLike
from lime_core.surrogates.table import SurrogateLike

SCHEMA = 1
"""Raised by one whenever a job of this version gives other results than the last one's with the same settings."""


@dataclass(frozen=True)
class Job:
    """What is done with every picture.

    Parameters
    ----------
    model : ModelFacts
        The facts of the model; `Job.of` takes them from one.
    probing : ProbeSettings
        What is asked; another seed draws other masks for every picture.
    settings : FitSettings
        Of the fits; without a class, the `classes` most likely ones of each picture are explained.
    num_samples : int, default 500
        Masked pictures to ask for each picture; at least 2.
    classes : int in [1, 1000], default 1
        How many classes of each picture are explained; 1 where the settings name the class.
    faithfulness : bool, default True
        Whether deletion and insertion are measured, for two more masked pictures a superpixel, at most 200.
    view : View, optional
        How the map of each class is drawn; None draws none.  Results are known without it.

    Raises
    ------
    ValueError, TypeError
        As `of`.
    """

    model: ModelFacts
    probing: ProbeSettings = ProbeSettings()
    settings: FitSettings = FitSettings()
    num_samples: int = 500
    classes: int = 1
    faithfulness: bool = True
    view: View | None = None

    def __post_init__(self) -> None:
        for name, *ends in (("num_samples", least_samples(self.probing.segmenter)), ("classes", 1, MOST_CLASSES)):
            object.__setattr__(self, name, whole(name, getattr(self, name), *ends))
        is_a("faithfulness", self.faithfulness, bool, "True or False")
        is_a("view", self.view, (View, type(None)), "a View or None")
        for role, option in (self.probing.options | self.settings.options).items():
            if any(isinstance(each, PlainFunction) for each in getattr(option, "members", (option,))):
                raise ValueError(f"{role} must be an option of a table, which results are known by, got a function")
        if self.settings.class_index is not None and self.classes != 1:
            raise ValueError(f"classes must be 1 where settings name the class, got {self.classes}")
        if self.settings.space not in (None, *(spaces := SPACES[self.model.kind])):
            raise ValueError(f"space must be one of {', '.join(spaces)} for this model, got {self.settings.space!r}")

    @staticmethod
    def of(
        model: ModelLike | ModelFacts,
        segmenter: SegmenterLike | None = None,
        hiding: HidingLike | None = None,
        sampler: SamplerLike | None = None,
        kernel: KernelLike | None = None,
        surrogate: SurrogateLike | None = None,
        feature_selection: SelectionLike | None = None,
        space: str | None = None,
        num_samples: int = 500,
        classes: int = 1,
        faithfulness: bool = True,
        seed: int = 0,
    ) -> Job:
        """Make a job of these settings; what is left out is as in `explain_image`.

        Parameters
        ----------
        model : Classifier or ModelFacts, or what `load_model` takes
            The model, or its facts.
        segmenter, hiding, sampler, kernel, surrogate, feature_selection, space : optional
            As in `explain_image`.
        num_samples, classes, faithfulness, seed : int, int, bool, int
            As in `Job`; the seed is that of its `probing`.

        Returns
        -------
        Job
            The job.

        Raises
        ------
        ValueError, TypeError
            For a setting out of range or of another type, a score space that the model does not have, or an option
            that is a plain function.
        """
        facts = model if isinstance(model, ModelFacts) else ModelFacts.of(load_model(model))
        settings = FitSettings.of(None, space, kernel, surrogate, feature_selection)
        return Job(
            facts, ProbeSettings.of(segmenter, hiding, sampler, seed), settings, num_samples, classes, faithfulness
        )

    @cached_property
    def record(self) -> dict[str, Any]:
        """Every setting in plain types.  Raises ValueError when an option is in no table."""
        fits, options = self.settings, self.probing.options | self.settings.options
        written: dict[str, Any] = plain(
            {
                "schema": SCHEMA,
                "model": asdict(self.model) | {"versions": dict(self.model.versions)},
                **{role: to_json(option, TABLES[role]) for role, option in options.items()},
                "class_index": fits.class_index,
                "space": fits.space or SPACES[self.model.kind][0],
                "prior": None if fits.prior is None else [fits.prior.digest, fits.prior_strength],
                **{name: getattr(self, name) for name in ("num_samples", "classes", "faithfulness")},
                "seed": self.probing.seed,
            }
        )
        return written

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all settings, as 64 hexadecimal digits: jobs with the same digest give the same results."""
        return hashlib.sha256(json.dumps(self.record, sort_keys=True, allow_nan=False).encode()).hexdigest()

    def spec(self, picture: PictureLike, model: Classifier) -> ProbeSpec:
        """Say what to ask about a picture, with the seed that comes from the picture.

        Parameters
        ----------
        picture, model : Picture, Classifier
            The picture, and the job's model.

        Returns
        -------
        ProbeSpec
            The spec of its probe.

        Raises
        ------
        ValueError
            For another model than the job's.
        """
        own, mine, digest = ModelFacts.of(load_model(model)), self.model, picture_of(picture).digest
        if own != mine:
            raise ValueError(f"the job is for {mine.name} ({mine.engine}), got the model {own.name} ({own.engine})")
        return self._spec(digest)

    def _spec(self, picture: str) -> ProbeSpec:
        digest = hashlib.sha256(f"{self.probing.seed} {picture}".encode()).digest()
        own = replace(self.probing, seed=int.from_bytes(digest[:4], "big") & MAX_SEED)
        return own.spec_of(picture, self.model.name, self.model.fingerprint, self.model.engine)

    def run(self, picture: PictureLike, model: Classifier) -> PictureResult:
        """Ask the model about a picture, from nothing.

        Parameters
        ----------
        picture, model : Picture, Classifier
            As for `spec`.

        Returns
        -------
        PictureResult
            What is kept of it, with the seconds that it took.

        Raises
        ------
        ValueError
            For another model than the job's.
        LimeError
            As `open_probe`, `grow` and `result`.
        """
        start, picture, model = time.perf_counter(), picture_of(picture), load_model(model).in_fixed_batches()
        probe = grown(open_probe(self.spec(picture, model), picture, model), self.num_samples, model, len, None)
        result, took = self.result(probe, model), time.perf_counter() - start
        return replace(result, seconds=took)

    def result(self, probe: Probe, model: Classifier) -> PictureResult:
        """Explain a picture whose probe has been grown already, by whomever.

        The model is asked for deletion and insertion only.  Samples beyond the job's are not used.

        Parameters
        ----------
        probe, model : Probe, Classifier
            The probe of the picture, and the job's model.

        Returns
        -------
        PictureResult
            What is kept of it; `seconds` is 0.

        Raises
        ------
        ValueError
            For a probe of another spec than `Job.spec` gives, or with fewer samples than the job's.
        BadPicture
            When no superpixel of the picture changes when it is hidden.
        BadScores
            As `grow` does.
        """
        spec, cut = self._spec(probe.spec.picture), probe.spec.segmenter
        if probe.spec != replace(spec, segmenter=cut) or not comes_of(cut, spec.segmenter):
            raise ValueError("the probe must have the spec that Job.spec gives for its picture")
        if len(probe) < (n := probe.spec.reachable(self.num_samples, probe.scene.counts)):
            raise ValueError(f"the probe must have {n} samples, got {len(probe)}")
        probe.scene.check_live()
        probe, class_index, model = probe.first(n), self.settings.class_index, model.in_fixed_batches()
        indexes = probe.most_likely(self.classes) if class_index is None else [class_index]
        explanations = [fit(probe, replace(self.settings, class_index=index)) for index in indexes]
        figures = tuple(figures_of(e, faithfulness(e, model) if self.faithfulness else None) for e in explanations)
        counts = probe.scene.segmentation.in_photo, n, probe.outputs.shape[1]
        return PictureResult(PictureSummary.of(explanations), figures, *counts, 0.0, maps_of(explanations, self.view))
