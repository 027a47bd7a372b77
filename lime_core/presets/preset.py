"""A preset: everything that an explanation needs beside the photo, the model and the class, under one name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lime_core.catalog.loading import ModelLike
from lime_core.drawing.view import View
from lime_core.explanation.explain_image import explain_image
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.prior import PriorLike
from lime_core.explanation.settings import FitSettings
from lime_core.pictures.picture import PictureLike
from lime_core.probing.spec import ProbeSettings


@dataclass(frozen=True)
class Preset:
    """The settings of one way of explaining.

    Parameters
    ----------
    title : str
        Its name on screen.
    help : str
        A sentence or two that say whose settings these are.
    num_samples : int
        How often the model is asked.
    probing : ProbeSettings
        What it is asked.
    settings : FitSettings
        How its answers are fitted; without a class, and without the prior that `needs_prior` asks for.
    view : View
        How the map is drawn.
    needs_prior : bool, default False
        Whether it is only itself with a prior.
    """

    title: str
    help: str
    num_samples: int
    probing: ProbeSettings
    settings: FitSettings = FitSettings()
    view: View = View()
    needs_prior: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """The option of each role, by the role's name in a manifest."""
        return self.probing.options | self.settings.options

    def explain_image(
        self,
        picture: PictureLike,
        model: ModelLike,
        class_index: int | str | None = None,
        prior: PriorLike | None = None,
        seed: int = 0,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Explanation:
        """Explain a picture with these settings.

        Parameters
        ----------
        picture, model, class_index, prior, seed, on_progress : optional but for the first two
            As in `explain_image` of the package.

        Returns
        -------
        Explanation
            As of `explain_image`.

        Raises
        ------
        LimeError, ValueError, TypeError
            As `explain_image`, and ValueError where a prior is needed and none is given, or given and not needed.
        """
        if self.needs_prior != (prior is not None):
            wanted = "must be given, since" if self.needs_prior else "must be left out, for no part of"
            raise ValueError(f"prior {wanted} {self.title} is a fit with one")
        return explain_image(
            picture,
            model,
            class_index,
            self.num_samples,
            **self.options,
            space=self.settings.space,
            prior=prior,
            prior_strength=self.settings.prior_strength,
            seed=seed,
            on_progress=on_progress,
        )
