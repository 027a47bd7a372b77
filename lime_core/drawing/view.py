"""How an explanation is shown."""

from __future__ import annotations

from dataclasses import dataclass

from lime_core.drawing.palette import AGAINST_COLOR, FOR_COLOR
from lime_core.knobs import Bounded, choice, color, knob, switch

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class View(Bounded):
    """How an explanation is shown; nothing here asks the model or fits again.

    Parameters
    ----------
    style : "outline", "tint", "hide", "block" or "heatmap", default "tint"
        What is drawn, see `overlay`.
    show : "both", "for" or "against", default "both"
        Which superpixels to draw: for the class, against it, or both.
    num_features : int in [1, 400], default 8
        How many superpixels are drawn, strongest first; a heat map has all of them.
    min_weight : float in [0, 1], default 0
        Superpixels with a smaller weight, without its sign, are left out.
    opacity : float in [0, 1], default 0.6
        How strongly the colors cover the photo.
    for_color, against_color : three int in 0..255, default `FOR_COLOR` and `AGAINST_COLOR`
        RGB of superpixels that speak for the class (solid outlines, orange) and against it (dashed, blue).
    ground : "grey" or "color", default "grey"
        How the photo is under a tint or a heat map.
    upsampling : "nearest" or "bicubic", default "nearest"
        Whether to keep the edges of superpixels in the heat map, or to smooth them away.
    numbers : bool, default False
        Whether each superpixel that is drawn has its number on it, as bars and tables name it.

    Raises
    ------
    ValueError
        For a setting outside of its range.
    """

    style: str = choice(
        "tint",
        ("outline", "tint", "hide", "block", "heatmap"),
        help="Draw lines around superpixels, color them, hide or fade all the others, or color the map by weight.",
    )
    show: str = choice(
        "both", ("both", "for", "against"), help="Which superpixels to draw: for the class, against it, or both."
    )
    num_features: int = knob(8, 1, 400, step=1, help="How many superpixels are drawn; a heat map has all of them.")
    min_weight: float = knob(0.0, 0.0, 1.0, step=0.001, help="Superpixels with a smaller weight are left out.")
    opacity: float = knob(0.6, 0.0, 1.0, step=0.05, help="How strongly the colors cover the photo.")
    for_color: RGB = color(FOR_COLOR, help="The color of superpixels that speak for the class (solid outlines).")
    against_color: RGB = color(
        AGAINST_COLOR, help="The color of superpixels that speak against the class (dashed outlines)."
    )
    ground: str = choice(
        "grey", ("grey", "color"), help="The photo under a tint or a heat map: in grey every color stands out."
    )
    upsampling: str = choice(
        "nearest", ("nearest", "bicubic"), help="Keep the edges of superpixels in the heat map, or smooth them away."
    )
    numbers: bool = switch(False, help="Write each superpixel's number on it.")

    @property
    def colored(self) -> bool:
        """Whether colors stand for weights, so that a scale belongs beside the picture."""
        return self.style in ("tint", "heatmap")

    @property
    def ends(self) -> tuple[RGB, RGB]:
        """Colors of the ends of that scale, against and for: a heat map has the same in every view."""
        return (AGAINST_COLOR, FOR_COLOR) if self.style == "heatmap" else (self.against_color, self.for_color)

    def most(self, d: int) -> int:
        """How many superpixels are drawn at most.

        Parameters
        ----------
        d : int
            How many there are.

        Returns
        -------
        int
            `num_features`; all of them in a heat map.
        """
        return d if self.style == "heatmap" else self.num_features
