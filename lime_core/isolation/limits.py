"""What a model of a visitor may cost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lime_core.arguments import number, whole
from lime_core.catalog.weights_guess import FileGuess
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable

_MOST = 2**60
"""Of bytes and layers: what systems take as a limit."""


@dataclass(frozen=True)
class ModelLimits:
    """What a model in a process of its own may cost; what is more is refused, or the process is ended.

    Parameters
    ----------
    file_bytes : int
        Of the file of weights, 300 MB if left out.
    layers : int
        Of the network as `FileGuess` counts them, 5000 if left out.
    memory_bytes : int
        Of the process above what it has before it reads the model, 4 GB if left out.  The weights alone must have less.
    load_seconds : float
        Until the model is loaded, 120 if left out; as long for what a file says of its model.
    batch_seconds : float
        Until 64 pictures or masks are answered, 60 if left out; more may take longer in proportion.

    Raises
    ------
    ValueError, TypeError
        For bytes and layers that are no whole numbers from 1, and seconds that are no number from 0.1.
    """

    file_bytes: int = 300_000_000
    layers: int = 5_000
    memory_bytes: int = 4_000_000_000
    load_seconds: float = 120
    batch_seconds: float = 60

    def __post_init__(self) -> None:
        for name in ("file_bytes", "layers", "memory_bytes"):
            object.__setattr__(self, name, whole(name, getattr(self, name), 1, most=_MOST))
        for name in ("load_seconds", "batch_seconds"):
            object.__setattr__(self, name, number(name, getattr(self, name), 0.1))

    def check_size(self, path: Path) -> None:
        """Raise ModelUnavailable for a file that is too large; nothing of it is read.

        Parameters
        ----------
        path : Path
            The file of weights, which is there.

        Raises
        ------
        ModelUnavailable
            Says how large it is, and how large it may be.
        """
        size = path.stat().st_size
        if size > self.file_bytes:
            raise ModelUnavailable(
                f"The file {printable(path.name)} has {size / 1e6:.4g} MB, and no more than "
                f"{self.file_bytes / 1e6:.4g} MB are taken. Give a smaller model."
            )

    def check_guess(self, path: Path, guess: FileGuess) -> None:
        """Raise ModelUnavailable for a network that is too large; nothing of it has been built.

        Parameters
        ----------
        path : Path
            The file of weights.
        guess : FileGuess
            What it says.

        Raises
        ------
        ModelUnavailable
            Says what it has, and what it may have.
        """
        name = printable(path.name)
        if guess.layers > self.layers:
            raise ModelUnavailable(
                f"The model in {name} has {guess.layers} layers, and no more than {self.layers} are taken. "
                "Give a smaller model."
            )
        if guess.parameters > self.memory_bytes:
            raise ModelUnavailable(
                f"The weights in {name} need {guess.parameters / 1e6:.4g} MB, and a model has no more than "
                f"{self.memory_bytes / 1e6:.4g} MB of memory. Give a smaller model."
            )
