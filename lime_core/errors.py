"""What can go wrong, said so that the reader knows what to do.

    LimeError
    ├── BadPicture           empty, broken, not an allowed format, too large, too small
    ├── TooFewSuperpixels    fewer than two; names the setting to turn
    ├── TooManySuperpixels   more than can be explained
    ├── ModelUnavailable     unknown name, weights missing, wrong file
    │   └── ModelBusy        too many at a time; soon there may be room
    ├── UnfitMethod          needs something that this model does not have, such as gradients
    ├── BadScores            the model returned NaN, infinity or the wrong shape
    ├── BadPrior             the file of a prior is broken, too large, or none
    ├── PriorMismatch        a prior for another class list, other features, or another model
    ├── BadLesson            the file of a lesson, or what was handed in, cannot be used
    ├── DeviceLost           a GPU that has failed for good in this process
    └── ReplayMismatch       a saved explanation and what it is replayed on differ

Wrong arguments are ValueError naming the argument, its range and the value.  A doubtful result is data
(`Explanation.r2`, `effective_samples`), never an exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy


class LimeError(Exception):
    """Base of every error that a user can cause and mend; its text is a sentence or two for that user.

    A second argument holds what only those should read who can reach the machine's files, such as the path of a file
    that is missing.
    """

    def __str__(self) -> str:
        return " ".join(str(part) for part in self.args if part)

    @property
    def public(self) -> str:
        """The text without what is for those at the machine, for visitors of a server."""
        return str(self.args[0]) if self.args else ""


class BadPicture(LimeError):
    """The file is no picture that can be explained."""


class TooFewSuperpixels(LimeError):
    """The segmentation left fewer than two superpixels: there is nothing to compare."""


class TooManySuperpixels(LimeError):
    """The segmentation left more superpixels than memory and samples could ever explain."""


class ModelUnavailable(LimeError):
    """The model is not known, or its weights are not here."""


class ModelBusy(ModelUnavailable):
    """As many models run at a time as may, or are looked at: soon it may be another answer."""


class UnfitMethod(LimeError):
    """The method of attribution needs something that this model does not have."""


class BadScores(LimeError):
    """The model's answer cannot be explained: NaN, infinity, the wrong shape, or no probabilities where it should."""


class BadPrior(LimeError):
    """The file is no prior that can be read."""


class PriorMismatch(LimeError):
    """The prior was made for other classes, other features or another model."""


class ReplayMismatch(LimeError):
    """The picture, the model or a version is not the one that the manifest names."""


class BadLesson(LimeError):
    """The file of a lesson, or what a learner handed in, cannot be used."""


class DeviceLost(LimeError):
    """The GPU has failed, and this process cannot use it any more."""


@contextmanager
def about(*names: str) -> Iterator[None]:
    """Around what is done with one of many photos: an error says which it was.

    Parameters
    ----------
    names : str
        Of the photo, and of the model where there are several.

    Yields
    ------
    None
        While that is done.

    Raises
    ------
    Exception
        What was raised: a LimeError's sentence begins with the names, and any other error has them as a note.
    """
    told = " · ".join(names)
    try:
        yield
    except LimeError as error:
        named = copy(error)  # one that is kept is raised again, of another photo
        named.args = f"{told}: {error.public}", *error.args[1:]
        raise named from error
    except Exception as error:
        if told not in getattr(error, "__notes__", ()):
            error.add_note(told)
        raise


def as_sentence(error: BaseException) -> str:
    """Say what went wrong, also in a model's runtime, which raises what it likes.

    Parameters
    ----------
    error : BaseException
        Any.

    Returns
    -------
    str
        The sentence of a LimeError; of any other error its notes, kind and text.
    """
    if isinstance(error, LimeError):
        return str(error)
    if isinstance(error, MemoryError):
        told = "there is not enough memory; ask for fewer samples"
    else:
        told = ": ".join(filter(None, (type(error).__name__, str(error))))
    return ": ".join((*getattr(error, "__notes__", ()), told))
