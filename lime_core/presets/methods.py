"""Methods that are compared over repeats: how each asks the model, and what it does with the reader's prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lime_core.explanation.settings import FitSettings
from lime_core.probing.spec import ProbeSpec
from lime_core.sampling.samplers import SAMPLERS
from lime_core.superpixels.segmentations import Segmentations
from lime_core.superpixels.segmenter import Segmenter


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
    alone : bool, default False
        Whether it is of one segmentation: of several the first.
    """

    title: str
    help: str
    sampler: str | None = None
    prior: str = "none"
    segmentations: bool = False
    alone: bool = False

    def segmenters(self, own: Segmenter) -> tuple[Segmenter, ...]:
        """Which segmentations the repeats have, in turn.

        Parameters
        ----------
        own : Segmenter
            The reader's.

        Returns
        -------
        tuple of Segmenter
            The reader's; of a method of one segmentation the first member of it; where repeats have others, each
            member, then the other members of `Segmentations`.
        """
        members = own.members if isinstance(own, Segmentations) else (own,)
        if not self.segmentations:
            return members[:1] if self.alone else (own,)
        return (*members, *(each for each in Segmentations().members if type(each) not in map(type, members)))

    def spec(self, spec: ProbeSpec, repeat: int = 0, segmenters: Sequence[Segmenter] = ()) -> ProbeSpec:
        """How this method probes.

        Parameters
        ----------
        spec : ProbeSpec
            As the reader has set it, with the seed of this repeat.
        repeat : int, default 0
            Which of the repeats.
        segmenters : sequence of Segmenter, optional
            Those of `segmenters` that leave the picture more than one superpixel; none stands for all.

        Returns
        -------
        ProbeSpec
            The same with the sampler of this method, and with the segmentation of this repeat: one of `segmenters`
            after the other, again and again.
        """
        sampler = spec.sampler if self.sampler is None else SAMPLERS[self.sampler]()
        cuts = tuple(segmenters) or self.segmenters(spec.segmenter)
        return replace(spec, sampler=sampler, segmenter=cuts[repeat % len(cuts)])

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
        help="Every sample shows each superpixel with probability ½, whatever the others do. Of several segmentations "
        "it has the first alone.",
        sampler="bernoulli",
        alone=True,
    ),
    "glime_prior": Method(
        title="G-LIME (global prior)",
        help="The samples of LIME, fitted with the prior: the model is asked nothing more. A strong prior is perfectly "
        "steady and can be perfectly wrong.",
        sampler="bernoulli",
        prior="needed",
        alone=True,
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
        alone=True,
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
