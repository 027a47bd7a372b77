"""Maps of one crop side by side: where they differ, and how far they agree beyond chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import is_a, one_of, shown
from lime_core.arrays import Floats, check_shape, read_only
from lime_core.attributions.attribution import Attribution, summed
from lime_core.engines.preprocessing import Box
from lime_core.evaluation import agreement, variation
from lime_core.explanation.explanation import Explanation
from lime_core.judging.relevance import RelevanceLike, relevance_map
from lime_core.superpixels.segmentation import Segmentation


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Maps of one crop, and the superpixels in which they are ranked; arrays are read-only.

    Parameters
    ----------
    names : tuple of r str
        Of the maps.
    maps : (r, h, w) float64
        Positive speaks for the class; each in its own unit.
    segmentation : Segmentation
        Whose superpixels maps are summed over, whatever superpixels they were made with.
    directed : bool, default True
        Whether all maps have a sign; where one is of importances, only the sizes of all compare.
    """

    names: tuple[str, ...]
    maps: Floats
    segmentation: Segmentation
    directed: bool = True

    @property
    def weights(self) -> Floats:
        """(r, d) float64, each map summed over the superpixels; zero for the border of a padded photo."""
        weights = np.stack([summed(each, self.segmentation) for each in self.maps])
        if self.segmentation.border is not None:
            weights[:, self.segmentation.border] = 0.0
        return read_only(weights)

    @property
    def correlation(self) -> Floats:
        """(r, r) float64, Pearson's correlation of each two maps by the photo's pixels; NaN for one that is flat."""
        part, maps = self.segmentation.part, self.maps if self.directed else np.abs(self.maps)
        flat = (maps if part is None else maps[:, *part]).reshape(len(self.names), -1)
        moved = flat - flat.mean(axis=1, keepdims=True)
        size = np.sqrt((moved**2).sum(axis=1))[:, None]
        moved = np.divide(moved, size, where=np.ptp(flat, axis=1)[:, None] > 0, out=np.full_like(moved, np.nan))
        return read_only(np.clip(moved @ moved.T, -1.0, 1.0))

    @property
    def spearman(self) -> Floats:
        """(r, r) float64, rank correlation of each two maps over the photo's superpixels; NaN where one ranks none."""
        border = self.segmentation.border
        ranked = self.weights if border is None else np.delete(self.weights, border, axis=1)
        return read_only(variation.spearman(ranked, self._ranking(None)))

    def overlap(self, k: int, ranking: str | None = None) -> Floats:
        """Find how many of the strongest superpixels each two maps share.

        Parameters
        ----------
        k : int
            How many of each, at least 1; fewer count where fewer speak for the class.
        ranking : {"signed", "absolute"}, optional
            "signed" takes what speaks most for the class, "absolute" what is strongest either way.  None is "signed",
            and "absolute" where a map is of importances, which do not say what speaks for the class.

        Returns
        -------
        (r, r) float64
            Jaccard: shared superpixels over all that are in either, 0..1; NaN where no map has a weight.

        Raises
        ------
        ValueError
            For a k below 1 or another ranking.
        """
        return read_only(agreement.jaccard(self.weights, k, self._ranking(ranking)))

    def chance(self, k: int, ranking: str | None = None) -> Floats:
        """The overlap of two random sets as large as those that `overlap` compares.

        Parameters
        ----------
        k, ranking : int, and str optional
            As of `overlap`.

        Returns
        -------
        (r, r) float64
            0..1; the border of a padded photo is in no set.

        Raises
        ------
        ValueError
            As `overlap`.
        """
        sizes = agreement.top_sets(self.weights, k, self._ranking(ranking)).sum(axis=1).tolist()
        d = self.segmentation.in_photo
        return read_only(np.array([[agreement.chance_jaccard(d, own, other) for other in sizes] for own in sizes]))

    def difference(self, first: str, second: str) -> Floats:
        """Find where one map says more than another, each superpixel by its share of all that its map says.

        Parameters
        ----------
        first, second : str
            Names of two maps.

        Returns
        -------
        (d,) float64, read-only
            Positive where the first says more for the class than the second; where a map is of importances, where more
            matters to the first, whatever the sign.

        Raises
        ------
        ValueError
            For a name that no map has.
        """
        asked = {"first": first, "second": second}
        places = [self.names.index(one_of(argument, name, self.names)) for argument, name in asked.items()]
        weights = self.weights if self.directed else np.abs(self.weights)
        one, other = (as_shares(weights[place]) for place in places)
        return read_only(one - other)

    def _ranking(self, ranking: str | None) -> str:
        return ranking or ("signed" if self.directed else "absolute")


def side_by_side(maps: Mapping[str, RelevanceLike | Attribution], segmentation: Segmentation) -> SideBySide:
    """Put maps of one crop side by side.

    Parameters
    ----------
    maps : mapping of str to Explanation, Attribution or (h, w) array
        At least one, by name; of an explanation its weight of each pixel.
    segmentation : Segmentation
        In whose superpixels they are to be ranked.

    Returns
    -------
    SideBySide
        The maps with their agreement.

    Raises
    ------
    TypeError, ValueError
        For what is no such mapping or segmentation, or maps of another size than the segmentation.
    """
    is_a("segmentation", segmentation, Segmentation, "a Segmentation, as segment gives")
    if not isinstance(maps, Mapping) or not maps:
        raise TypeError(f"maps must be a mapping of names to maps, at least one, got {shown(maps)}")
    arrays = [map_of(each) for each in maps.values()]
    for values in arrays:
        check_shape("maps", values, *segmentation.labels.shape)
    directed = all(each.signed for each in maps.values() if isinstance(each, Explanation))
    return SideBySide(tuple(maps), read_only(np.stack(arrays)), segmentation, directed)


def map_of(relevance: RelevanceLike | Attribution) -> Floats:
    """Read the map of an explanation, of another method, or as it is.

    Parameters
    ----------
    relevance : Explanation, Attribution or (h, w) array of numbers
        Positive speaks for the class.

    Returns
    -------
    (h, w) float64, read-only
        One number for each pixel.

    Raises
    ------
    TypeError, ValueError
        As `relevance_map`.
    """
    return relevance.values if isinstance(relevance, Attribution) else relevance_map(relevance)


def as_shares(values: Floats) -> Floats:
    """Divide weights by all that they say for and against: those of different units compare then.

    Parameters
    ----------
    values : (d,) float64
        In any unit.

    Returns
    -------
    (d,) float64
        The sizes of its numbers sum to 1, or it is zero.
    """
    return values / (np.abs(values).sum() or 1.0)


def in_crop(values: Floats, box: Box, other: Box, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Bring a map of one crop of a photo onto another crop of it, as of a model that sees another part.

    Parameters
    ----------
    values : (h, w) float64
        A map of the crop `box`.
    box, other : tuple of four float
        Left, top, right and bottom of both crops in pixels of the photo, as `Classifier.crop_box` gives.
    shape : tuple of two int
        Rows and columns of the other crop.

    Returns
    -------
    (rows, columns) float64
        What each pixel of the other crop has of the map, by its area; zero outside of the first crop.
    """
    found = np.zeros(shape)
    inside, places = [], []
    for axis, (low, high) in enumerate(((1, 3), (0, 2))):
        step = (other[high] - other[low]) / shape[axis]
        centers = other[low] + step * (np.arange(shape[axis]) + 0.5)
        place = np.floor((centers - box[low]) / (box[high] - box[low]) * values.shape[axis]).astype(np.intp)
        inside.append(np.flatnonzero((place >= 0) & (place < values.shape[axis])))
        places.append(place[inside[-1]])
    area = (other[2] - other[0]) * (other[3] - other[1]) / (shape[0] * shape[1])
    own = (box[2] - box[0]) * (box[3] - box[1]) / values.size
    found[np.ix_(*inside)] = values[np.ix_(*places)] * (area / own)
    return found
