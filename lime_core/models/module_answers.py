"""What a torch module answers with: a tensor in whatever it returns, and of which kind it is.

A module is asked about a few pictures of noise before it becomes a classifier.  Its kind is guessed where it is
certain; where it is not, an error asks for `kind` and says what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lime_core.arrays import Outputs
from lime_core.ending import native_code
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import BadScores
from lime_core.models.answers import check_kind, second_of_two
from lime_core.networks.own import evaluating
from lime_core.networks.returned import tensor_of
from lime_core.networks.trials import Tried, tried

_ENDINGS = (nn.Sigmoid, nn.Softmax, nn.LogSoftmax)


class ModuleAnswers(nn.Module):
    """A torch module whose answers are a tensor (b, k), whatever it returns itself.

    Parameters
    ----------
    module : nn.Module
        Takes normalised pictures (b, c, h, w); returns what `tensor_of` finds a tensor in.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What it answers with.
    """

    def __init__(self, module: nn.Module, kind: str) -> None:
        super().__init__()
        self.module = module
        self.kind = kind

    def extra_repr(self) -> str:
        return self.kind

    def forward(self, pictures: Tensor) -> Tensor:
        """Answers to normalised pictures.

        Parameters
        ----------
        pictures : Tensor (b, c, h, w)
            As the module takes them.

        Returns
        -------
        Tensor (b, k) of float32
            A single output as two classes, unless it is a value.
        """
        answers = tensor_of(self.module(pictures), len(pictures)).float()
        return second_of_two(answers, self.kind, lambda pair: torch.cat(pair, 1)) if answers.shape[1] == 1 else answers


@dataclass(frozen=True, eq=False)
class Asked:
    """What a torch module answered to a few pictures of noise.

    Parameters
    ----------
    answers : ndarray (n, k) of float32
        As the module gives them.
    plain : bool
        Whether it returned just that tensor.
    ending : str
        The name of the layer that made it, where that tells the kind: "Sigmoid", "Softmax" or "LogSoftmax"; else "".
    tried : Tried, optional
        What further questions have shown.
    """

    answers: Outputs
    plain: bool
    ending: str
    tried: Tried = Tried()

    @staticmethod
    @native_code()
    def about_noise(module: nn.Module, seen: Preprocessing, count: int = 4, further: bool = False) -> Asked:
        """Ask a module about a few pictures.

        Parameters
        ----------
        module : nn.Module
            Any; it is put into evaluation mode.
        seen : Preprocessing
            Its input size and normalisation.
        count : int, 2..4, default 4
            How many pictures; more than one, so that (n,) is not (k,).
        further : bool, default False
            Whether it is asked again as engines do, see `tried`.

        Returns
        -------
        Asked
            With answers (n, k).

        Raises
        ------
        ValueError
            When the module cannot answer to pictures of this size and number of channels; says why.
        BadScores
            When it returns no tensor (n, k).
        """
        evaluating(module)
        device = next(module.parameters(), torch.empty(0)).device
        noise = torch.rand((count, seen.channels, seen.height, seen.width), generator=torch.Generator().manual_seed(0))
        mean, std = (torch.tensor(each).view(1, -1, 1, 1) for each in (seen.mean, seen.std))
        # From pale to bright: answers that hardly move over one kind of noise say less.
        contrast, least = torch.tensor([[1.0, 0.3, 0.3, 0.6], [0.0, 0.0, 0.7, 0.2]])[:, :count, None, None, None]
        pictures = ((noise * contrast + least - mean) / std).to(device)
        endings: list[tuple[nn.Module, Tensor]] = []
        last = [part for part in module.modules() if isinstance(part, _ENDINGS)]
        hooks = [part.register_forward_hook(lambda part, _, answer: endings.append((part, answer))) for part in last]
        try:
            with torch.inference_mode():
                returned = module(pictures.clone())  # it may work in place
        except Exception as error:
            raise ValueError(_refusal(module, seen, error)) from error
        finally:
            for hook in hooks:
                hook.remove()
        found = tensor_of(returned)
        if found.ndim != 2 or len(found) != count or found.shape[1] == 0:
            raise BadScores(
                f"The module was given {count} pictures and returned a tensor of shape {tuple(found.shape)}; expected "
                f"({count}, number of classes)."
            )
        place = found.untyped_storage().data_ptr()  # also where it was reshaped after its last layer
        names = [type(part).__name__ for part, answer in endings if answer.untyped_storage().data_ptr() == place]
        plain = isinstance(returned, Tensor) and returned.shape == found.shape
        answers = found.float().cpu().numpy().copy()  # a module may write its next ones into the same tensor
        try:
            trial = tried(module, pictures, answers) if further else Tried()
        except BadScores:
            raise
        except Exception as error:
            raise ValueError(_refusal(module, seen, error)) from error
        return Asked(answers, plain, names[-1] if names else "", trial)

    @property
    def found(self) -> str:
        """What was found, in a few words."""
        low, high = self.answers.min(), self.answers.max()
        count = "a single number" if self.answers.shape[1] == 1 else f"{self.answers.shape[1]} numbers"
        ends = f" after a last layer {self.ending}" if self.ending else ""
        return f"{count} from {low:.3g} to {high:.3g}{' with a sum of one' * self.sums}{ends}, for pictures of noise"

    @property
    def inside(self) -> bool:
        """Whether all answers lie in 0..1."""
        return bool(((self.answers >= 0.0) & (self.answers <= 1.0)).all())

    @property
    def sums(self) -> bool:
        """Whether they are the probabilities of classes that compete: several, in 0..1, with a sum of one."""
        return self.answers.shape[1] > 1 and self.inside and bool(np.allclose(self.answers.sum(axis=1), 1.0, atol=1e-3))

    def kind(self) -> str:
        """What the answers are, where that is certain.

        Returns
        -------
        str
            "probabilities" after a layer Sigmoid, or with a sum of one; "logits" for two or more numbers that are not
            all in 0..1; empty where more than one kind is possible.
        """
        if self.sums or (self.ending == "Sigmoid" and self.inside):
            return "probabilities"
        return "logits" if np.isfinite(self.answers).all() and self.answers.shape[1] > 1 and not self.inside else ""


def kind_of(asked: Asked, kind: str | None) -> tuple[str, str]:
    """The kind of a module's answers, given or guessed.

    Parameters
    ----------
    asked : Asked
        What it answered to noise.
    kind : str or None
        What the user says they are; None guesses.

    Returns
    -------
    kind : {"logits", "probabilities", "sigmoid", "values"}
        The one that was given, else the one that is certain.
    notice : str
        A sentence where it was guessed, or where the answers seem to be of another kind than was said; else empty.

    Raises
    ------
    ValueError
        For an unknown kind, or where none was given and none is certain; says what the module answered.
    """
    found = asked.found
    if kind is not None:
        check_kind(kind)
        again = kind in ("logits", "sigmoid") and (asked.sums or asked.ending in ("Sigmoid", "Softmax"))
        return kind, f"The answers seem to be probabilities already, {found}; {kind} bend them again." if again else ""
    if guessed := asked.kind():
        return guessed, f"The answers were taken for {guessed}: {found}. Give kind where that is wrong."
    ways = "probabilities, " * asked.inside + "sigmoid (a sigmoid makes each a probability)"
    ways += " or values" if asked.answers.shape[1] == 1 else ", logits (softmax makes them probabilities) or values"
    raise ValueError(f"kind must be given, since the module returned {found}, which can be {ways}")


def _refusal(module: nn.Module, seen: Preprocessing, error: Exception) -> str:
    if digits := {str(each.dtype).removeprefix("torch.") for each in module.parameters()} - {"float32"}:
        return (
            f"the module has weights of {', '.join(sorted(digits))}, and pictures are float32: give module.float(); "
            "precision= says how many digits are calculated with"
        )
    first = next((part for part in module.modules() if isinstance(part, nn.Conv2d)), None)
    if first is not None and first.in_channels != seen.channels:
        return (
            f"the first convolution of the module has in_channels={first.in_channels}, and its preprocessing gives "
            f"{seen.channels}: it takes channels=1 or channels=3, with as many entries in mean and std"
        )
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    size = f"{seen.channels} × {seen.height} × {seen.width}"
    return f"the module cannot answer to pictures of {size}, which its preprocessing makes: {reason}"
