"""What turns a probe into an explanation: score, kernel, surrogate, selection and prior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lime_core.arguments import near, number, one_of, shown, whole
from lime_core.explanation.prior import Prior, PriorLike, prior_of
from lime_core.models.scores import SPACES
from lime_core.sampling.kernels import CosineKernel, Kernel, KernelLike, kernel_of
from lime_core.surrogates.linear import Ridge
from lime_core.surrogates.selection import AutoSelection, Selection, SelectionLike, selection_of
from lime_core.surrogates.surrogate import Surrogate
from lime_core.surrogates.table import SurrogateLike, surrogate_of
from lime_core.surrogates.with_prior import without_prior

_SPACES = tuple(dict.fromkeys(space for spaces in SPACES.values() for space in spaces))
"""Of models of any kind."""


@dataclass(frozen=True)
class FitSettings:
    """What turns a probe into an explanation; changing any of it never asks the model.

    Options and the prior may also be given as `explain_image` takes them; the class is a number, since names are the
    model's.

    Parameters
    ----------
    class_index : int, optional
        The class to explain, 0..k-1.  None takes the class that is most likely for the full picture.
    space : str, optional
        The score that is explained, one of `SPACES` for what the model gives.  None takes the model's first:
        probability, or value.
    kernel : Kernel, default CosineKernel()
        How much each sample counts, by how close its mask is to the full picture.
    surrogate : Surrogate, default Ridge()
        The simple model that is fitted to the scores.
    feature_selection : Selection, default AutoSelection()
        Which superpixels the surrogate is given.
    prior : Prior, optional
        Expected weights towards which the surrogate is pulled, in its form that takes one, see `with_prior`.
    prior_strength : float, default 0.0
        How strong the pull is, 0 or more, in the unit of a ridge's alpha; at 0 there is none.

    Raises
    ------
    ValueError, TypeError
        For a prior_strength that is negative or not finite, a space that no model has, or what is no such option.
    BadPrior
        For a file that is no prior.
    """

    class_index: int | None = None
    space: str | None = None
    kernel: Kernel = CosineKernel()
    surrogate: Surrogate = Ridge()
    feature_selection: Selection = AutoSelection()
    prior: Prior | None = None
    prior_strength: float = 0.0

    def __post_init__(self) -> None:
        prior = None if self.prior is None else prior_of(self.prior)
        read = {
            "class_index": None if self.class_index is None else whole("class_index", self.class_index, 0),
            "space": None if self.space is None else one_of("space", self.space, _SPACES),
            "kernel": kernel_of(self.kernel),
            "surrogate": surrogate_of(self.surrogate, prior is not None),
            "feature_selection": selection_of(self.feature_selection),
            "prior": prior,
            "prior_strength": number("prior_strength", self.prior_strength, 0),
        }
        for name, value in read.items():
            object.__setattr__(self, name, value)

    @property
    def options(self) -> dict[str, Any]:
        """The option of each role, by the role's name in a manifest."""
        return {"kernel": self.kernel, "surrogate": self.surrogate, "feature_selection": self.feature_selection}

    def without_prior(self) -> FitSettings:
        """Take the prior away, and the surrogate back to its plain form.

        Returns
        -------
        FitSettings
            With `without_prior` of the surrogate, no prior and a strength of 0.
        """
        return replace(self, surrogate=without_prior(self.surrogate), prior=None, prior_strength=0.0)

    @staticmethod
    def of(
        class_index: int | None = None,
        space: str | None = None,
        kernel: KernelLike | None = None,
        surrogate: SurrogateLike | None = None,
        feature_selection: SelectionLike | None = None,
        prior: PriorLike | None = None,
        prior_strength: float = 0.0,
    ) -> FitSettings:
        """Make settings of options that may be left out.

        Parameters
        ----------
        class_index, space : int and str, optional
            As the fields.
        kernel, surrogate, feature_selection, prior : Kernel, Surrogate, Selection and Prior, optional
            Or what stands for one, as in `explain_image`.  None is as in `lime`, and with a prior the surrogate is a
            ridge that takes one, `RidgeWithPrior()`.
        prior_strength : float, default 0.0
            As the field.

        Returns
        -------
        FitSettings
            The settings of these options.

        Raises
        ------
        ValueError, TypeError, BadPrior
            As `FitSettings`.
        """
        read = None if prior is None else prior_of(prior)
        chosen = kernel_of(kernel), surrogate_of(surrogate, read is not None), selection_of(feature_selection)
        return FitSettings(class_index, space, *chosen, read, prior_strength)


def class_index_of(value: int | str | None, names: Sequence[str]) -> int | None:
    """Read the argument `class_index`.

    Parameters
    ----------
    value : int, str or None
        The number of a class, or its name, whatever its capitals; None leaves it open.
    names : sequence of str
        Those of the classes, in the order of the outputs; may be empty.

    Returns
    -------
    int or None
        The number of the class, from 0; whether there is one of this number shows with the model's answers.

    Raises
    ------
    ValueError
        For a name that no class has, or several; the message has those that are near, or their numbers.
    TypeError
        For anything else.
    """
    if not isinstance(value, str):
        return None if value is None else whole("class_index", value, 0)
    found = [index for index, name in enumerate(names) if name == value]
    found = found or [index for index, name in enumerate(names) if name.casefold() == value.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(map(str, found))
        raise ValueError(f"class_index must be one of the numbers {numbers}, which all have the name {value!r}")
    if not names:
        raise ValueError(f"class_index must be a number, since this model has no class names, got {shown(value)}")
    meant = near(value, names)
    hint = f"; near are {meant}" if meant else "; model.class_names has all of them"
    raise ValueError(f"class_index must be the number or the name of a class, got {shown(value)}{hint}")
