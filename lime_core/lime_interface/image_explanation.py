"""What `lime` returns for an image, under its own names."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from lime_core.arguments import number, shown, switch, whole
from lime_core.arrays import Floats
from lime_core.drawing.lime_mask import picture_and_mask

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class ImageExplanation:
    """What `LimeImageExplainer.explain_instance` returns, with the attributes that it has in `lime`.

    Parameters
    ----------
    image : (h, w, c) array
        The image that was explained, in its own dtype.
    segments : (h, w) array of whole numbers
        The superpixels, with the ids that the segmentation gave them.
    intercept : dict of int to float
        Of the surrogate of each label.
    local_exp : dict of int to list of (int, float)
        Of each label superpixels and their weights, the largest |weight| first.
    score : float
        R² of the label that was explained last, which is the most likely one where `top_labels` was given.
    local_pred : (1,) array
        What the surrogate of that label says of the full image.
    top_labels : list of int, or None
        The labels, most likely first; None where they were named by `labels`.
    """

    image: Array
    segments: Array
    intercept: dict[int, float]
    local_exp: dict[int, list[tuple[int, float]]]
    score: float
    local_pred: Floats
    top_labels: list[int] | None

    def get_image_and_mask(
        self,
        label: int,
        positive_only: bool = True,
        negative_only: bool = False,
        hide_rest: bool = False,
        num_features: int = 5,
        min_weight: float = 0.0,
    ) -> tuple[Array, Array]:
        """Show the superpixels that matter most.

        Parameters
        ----------
        label : int
            One of those that were explained.
        positive_only, negative_only : bool, default True and False
            Only what speaks for the label, or only what speaks against it; with both False both, the one in green and
            the other in red.  Both True is an error: say `positive_only=False` with `negative_only=True`.
        hide_rest : bool, default False
            Zeros around the superpixels that are shown.
        num_features : int, default 5
            The most superpixels to show, the strongest first.
        min_weight : float, default 0
            The least |weight| of one that is shown.

        Returns
        -------
        image : (h, w, c) array
            In the dtype of the image, float64 with `hide_rest`.
        mask : (h, w) array of whole numbers
            1 for and -1 against the label (with one sign only: 1 where shown), 0 elsewhere.

        Raises
        ------
        ValueError, TypeError
            For a label that was not explained, or an argument that `lime` has no meaning for.
        """
        if whole("label", label, -sys.maxsize, sys.maxsize) not in self.local_exp:
            raise ValueError(f"label must be one of {', '.join(map(str, self.local_exp))}, got {shown(label)}")
        return picture_and_mask(
            self.image,
            self.segments,
            self.local_exp[label],
            positive_only=switch("positive_only", positive_only),
            negative_only=switch("negative_only", negative_only),
            hide_rest=switch("hide_rest", hide_rest),
            num_features=whole("num_features", num_features, 0),
            min_weight=number("min_weight", min_weight, 0),
        )
