"""Methods that are compared over repeats: how each asks the model, and what it does with the reader's prior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lime_core.explanation.settings import FitSettings
from lime_core.probing.spec import ProbeSpec
from lime_core.sampling.samplers import SAMPLERS
from lime_core.superpixels.segmentations import Segmentations


@dataclass(frozen=True)
class Method:
    """A way of asking the model and of fitting its answers; what it leaves open is as the reader has set it.

    Parameters
    ----------
    title : str
        Its name on screen.
    help : str
        A sentence or two that say what it does.
    sampler : str, optional
        A name in `SAMPLERS`, taken with its defaults; None leaves the reader's own.
    prior : {"none", "any", "needed"}, default "none"
        "none" fits without the reader's prior, "any" with it where there is one; "needed" only where there is one.
    segmentations : bool, default False
        Whether each repeat has another segmentation beside another seed.
    """

    title: str
    help: str
    sampler: str | None = None
    prior: str = "none"
    segmentations: bool = False

    def spec(self, spec: ProbeSpec, repeat: int = 0) -> ProbeSpec:
        """How this method probes.

        Parameters
        ----------
        spec : ProbeSpec
            As the reader has set it, with the seed of this repeat.
        repeat : int, default 0
            Which of the repeats.

        Returns
        -------
        ProbeSpec
            The same with the sampler of this method, and where it has them with the segmentation of this repeat: the
            reader's own, then the other members of `Segmentations`, again and again.
        """
        sampler = spec.sampler if self.sampler is None else SAMPLERS[self.sampler]()
        own = spec.segmenter.members if isinstance(spec.segmenter, Segmentations) else (spec.segmenter,)
        cuts = (*own, *(each for each in Segmentations().members if type(each) not in map(type, own)))
        segmenter = cuts[repeat % len(cuts)] if self.segmentations else spec.segmenter
        return replace(spec, sampler=sampler, segmenter=segmenter)

    def settings(self, settings: FitSettings) -> FitSettings:
        """How this method fits.

        Parameters
        ----------
        settings : FitSettings
            As the reader has set them.

        Returns
        -------
        FitSettings
            The same, without the prior where this method does without one.
        """
        return settings.without_prior() if self.prior == "none" else settings

    def offered(self, settings: FitSettings) -> bool:
        """Whether it can be used with these settings.

        Parameters
        ----------
        settings : FitSettings
            As the reader has set them.

        Returns
        -------
        bool
            False only for a method that needs a prior where there is none.
        """
        return self.prior != "needed" or settings.prior is not None


METHODS: Mapping[str, Method] = {
    "lime": Method(
        title="LIME",
        help="Every sample shows each superpixel with probability ½, whatever the others do.",
        sampler="bernoulli",
    ),
    "glime_prior": Method(
        title="G-LIME (global prior)",
        help="The samples of LIME, fitted with the prior: the model is asked nothing more. A strong prior is perfectly "
        "steady and can be perfectly wrong.",
        sampler="bernoulli",
        prior="needed",
    ),
    "foldover": Method(
        title="Fold-over",
        help="Samples from a Hadamard matrix, each followed by its opposite, so that superpixels and pairs of them are "
        "shown equally often.",
        sampler="foldover",
    ),
    "glime_binomial": Method(
        title="GLIME-Binomial",
        help="Samples are drawn near the full picture instead of being weighted by a kernel; with endless samples it "
        "would still differ from LIME.",
        sampler="glime_binomial",
    ),
    "segmentations": Method(
        title="Other segmentations",
        help="Fold-over with another segmentation in each repeat, read in the superpixels of yours: how far a map is "
        "made by the way in which the picture was cut.",
        sampler="foldover",
        segmentations=True,
    ),
    "current": Method(title="Your settings", help="The sampler and the prior that are set now.", prior="any"),
}
"""name -> method, in the order in which they stand below each other."""
