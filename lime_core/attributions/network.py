"""The network of a classifier as methods need it that look inside: its score with gradients, and its last map."""

from __future__ import annotations

import copy
import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lime_core.arrays import Pixels
from lime_core.attributions.question import Question, Tally
from lime_core.catalog.loading import network_of
from lime_core.engines.preprocessing import in_channels
from lime_core.errors import LimeError, ModelUnavailable, UnfitMethod
from lime_core.models.module_answers import ModuleAnswers
from lime_core.networks.own import at_rest

log = logging.getLogger(__name__)

_MAPS, _TOKENS = 4, 3
"""Axes of what layers pass on: (b, channels, rows, columns) of maps, (b, tokens, channels) of transformers."""

_ASPECT = 2.0
"""How far the proportions of a map may be from those of the crop; in other orders of axes they are further."""


@contextmanager
def followed(title: str, tally: Tally | None = None) -> Iterator[None]:
    """Take whatever a network does when it is copied or followed for a method that does not fit it.

    Parameters
    ----------
    title : str
        Of the method.
    tally : Tally, optional
        What counts its pictures: what progress raises passes as it is.

    Yields
    ------
    None
        While the network is used.

    Raises
    ------
    UnfitMethod
        For whatever goes wrong, but for errors that say what to do themselves.
    """
    try:
        yield
    except LimeError:
        raise
    except Exception as error:
        if tally is not None and tally.raised is error:
            raise
        log.info("%s cannot follow a network", title, exc_info=True)
        raise UnfitMethod(f"{title} cannot follow this network: it fails with {type(error).__name__}.") from error


class Network:
    """The torch module of a classifier, on the CPU in float32, as a function of normalised pictures.

    Parameters
    ----------
    question : Question
        Whose model it is, and which class and score are asked for.
    title : str
        Of the method that needs it, for messages.

    Raises
    ------
    UnfitMethod
        For a model that is not known as a torch module.
    """

    def __init__(self, question: Question, title: str) -> None:
        try:
            module, seen = network_of(question.model, question.source)
        except ModelUnavailable as error:
            raise UnfitMethod(
                f"{title} needs the gradients of a torch network, and of {question.model.name} there are none here: "
                f"{error.public}"
            ) from error
        with followed(title):
            copied = copy.deepcopy(module)  # an engine may run it, in other numbers and on another device
        self.module = ModuleAnswers(at_rest(copied.cpu().float()), question.model.kind)
        self._seen, self._question, self._title = seen, question, title

    def pictures(self, pixels: Pixels) -> Tensor:
        """Normalise a picture.

        Parameters
        ----------
        pixels : (h, w, 3) uint8
            RGB.

        Returns
        -------
        Tensor (1, c, h, w) of float32
            As the network takes it.
        """
        seen = self._seen
        values = torch.from_numpy(in_channels(pixels, seen.channels, seen.order).copy()).permute(2, 0, 1).float()[None]
        mean, std = (torch.tensor(each).view(1, -1, 1, 1) for each in (seen.mean, seen.std))
        return (values / 255 - mean) / std

    def score(self, pictures: Tensor) -> Tensor:
        """Score normalised pictures, as `lime_core.models.scores` does, but so that it can be differentiated.

        Parameters
        ----------
        pictures : Tensor (n, c, h, w) of float32
            As `pictures` makes them.

        Returns
        -------
        Tensor (n,) of float32
            The question's score of its class.
        """
        answers, question = self.module(pictures), self._question
        own, kind = answers[:, question.class_index], question.model.kind
        if question.space in ("logit", "value"):
            return own
        if kind == "logits":
            if question.space == "probability":
                return answers.softmax(1)[:, question.class_index]
            others = torch.arange(answers.shape[1]) != question.class_index
            return own - answers[:, others].logsumexp(1)
        if question.space == "probability":
            return own.sigmoid() if kind == "sigmoid" else own
        return own if kind == "sigmoid" else own.logit(torch.finfo(own.dtype).eps)

    def last_map(self, pictures: Tensor) -> nn.Module:
        """Find the layer that gives the last map, which only pooling and linear layers follow.

        Parameters
        ----------
        pictures : Tensor (1, c, h, w) of float32
            One to follow through the network.

        Returns
        -------
        nn.Module
            The largest layer whose last output it is.

        Raises
        ------
        UnfitMethod
            For a network without such a map, such as a vision transformer.
        """
        given: list[tuple[nn.Module, Tensor]] = []

        def note(layer: nn.Module, _: Any, output: Any) -> None:
            if isinstance(output, Tensor):
                given.append((layer, output))

        hooks = [layer.register_forward_hook(note) for layer in self.module.modules() if layer is not self.module]
        try:
            with torch.no_grad():
                self.module(pictures)
        finally:
            for hook in hooks:
                hook.remove()
        return self._chosen(given, pictures.shape[2] / pictures.shape[3])

    def _chosen(self, given: list[tuple[nn.Module, Tensor]], aspect: float) -> nn.Module:
        maps = [place for place, (_, output) in enumerate(given) if output.ndim == _MAPS and min(output.shape[2:]) > 1]
        if not maps:
            raise UnfitMethod(f"{self._title} needs a network with maps of the picture, and this one passes none on.")
        last = given[maps[-1]][1]
        if any(output.ndim == _TOKENS for _, output in given[maps[-1] + 1 :]):
            raise UnfitMethod(
                f"{self._title} needs maps up to the last layers, and after its last one this network goes on with "
                "tokens, as vision transformers do."
            )
        if abs(math.log(last.shape[2] / last.shape[3] / aspect)) > math.log(_ASPECT):
            raise UnfitMethod(
                f"{self._title} needs maps (channels, rows, columns), and this network has another order."
            )
        # Of a layer that is called several times Captum takes what it gave last.
        final = dict(given)
        ready = [layer for layer, output in final.items() if output is last]
        if not ready:
            raise UnfitMethod(f"{self._title} needs the layer of the last map, and this network goes on to use it.")
        return ready[-1]
