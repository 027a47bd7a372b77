"""Values are told by what they are: different ones differently, whatever they are and whatever leads back to them."""

import argparse
import enum
import functools
import os
import sys
from collections import deque
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from tests.fingerprints.test_fingerprint import own
from tests.support.networks import SEEN, Net


class Held(Net):
    """Answers by what it holds."""

    def __init__(self, held):
        super().__init__()
        self.held = held

    def forward(self, pictures):
        return super().forward(pictures) * float(str(len(str(self.held))))


class Scaler:
    """Somebody's own object, which counts its calls."""

    def __init__(self, factor, calls=0):
        self.factor, self.calls = factor, calls

    def __call__(self, answers):
        self.calls += 1
        return answers * self.factor

    def scaled(self, answers):
        return answers * self.factor


class Slotted:
    __slots__ = ("factor",)

    def __init__(self, factor):
        self.factor = factor


TIMES = [lambda x, k=k: x * k for k in (1, 2)]


class Way(enum.Enum):
    ONE = 1.0
    TWO = 2.0


def layer(seed):
    torch.manual_seed(seed)
    return nn.Linear(2, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: torch.ones(2), lambda: torch.zeros(2)),
        (lambda: np.ones(2), lambda: np.ones((2, 1))),
        (lambda: np.array([{"a": 1}]), lambda: np.array([{"a": 2}])),
        (lambda: {"a": 1.0, "b": 2}, lambda: {"a": 1.0, "b": 3}),
        (lambda: {"deep": [{"a": torch.ones(1)}]}, lambda: {"deep": [{"a": torch.zeros(1)}]}),
        (lambda: {1, "a"}, lambda: {1, "b"}),
        (lambda: deque([1]), lambda: deque([2])),
        (lambda: bytearray(b"a"), lambda: bytearray(b"b")),
        (lambda: Fraction(1, 2), lambda: Fraction(1, 3)),
        (lambda: frozenset("a"), lambda: frozenset("b")),
        (lambda: Way.ONE, lambda: Way.TWO),
        (lambda: torch.int32, lambda: torch.float32),
        (lambda: torch.device("cpu"), lambda: torch.device("meta")),
        (lambda: SimpleNamespace(a=1), lambda: SimpleNamespace(a=2)),
        (lambda: argparse.Namespace(a=1), lambda: argparse.Namespace(a=2)),
        (lambda: functools.partial(torch.clamp, max=1), lambda: functools.partial(torch.clamp, max=2)),
        (lambda: Scaler(1.0), lambda: Scaler(2.0)),
        (lambda: Scaler(1.0).scaled, lambda: Scaler(2.0).scaled),
        (lambda: Slotted(1.0), lambda: Slotted(2.0)),
        (lambda: SEEN, lambda: type(SEEN)(32, 32)),
        (lambda: [layer(0)], lambda: [layer(1)]),
        (lambda: TIMES[0], lambda: TIMES[1]),
        (lambda: torch.relu, lambda: torch.sigmoid),
        (lambda: Scaler, lambda: Slotted),
    ],
)
def test_what_a_layer_holds_is_seen_whatever_it_is(one, other):
    assert own(Held(one())) == own(Held(one())) != own(Held(other()))


def test_an_object_that_counts_its_calls_is_the_one_that_it_was():
    assert own(Held(Scaler(1.0, calls=0))) == own(Held(Scaler(1.0, calls=7)))


def test_what_refers_to_itself_comes_to_an_end():
    one, other = {"a": 1}, {"a": 2}
    one["self"], other["self"] = one, other
    module = Held(one)
    module.held["module"] = module
    assert own(module) != own(Held(other))


CALLED = None


class Calling:
    def __init__(self, factor=1.0):
        self.factor = factor

    def __call__(self, answers):
        return CALLED.go(answers)

    def go(self, answers):
        return answers * self.factor


def test_objects_that_lead_back_to_each_other_come_to_an_end(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "CALLED", Calling())
    assert own(Held(Calling())) == own(Held(Calling())) != own(Held(Calling(2.0)))


def chain(length):
    made = None
    for _ in range(length):
        made = SimpleNamespace(next=made)
    return made


@pytest.mark.parametrize(
    "held",
    [
        lambda: torch.eye(2).to_sparse(),
        lambda: torch.zeros(2, device="meta"),
        lambda: torch.zeros(2).to(torch.float8_e4m3fn),
        lambda: torch.zeros(2, dtype=torch.complex64).conj(),
        lambda: chain(500),
        lambda: [Unreadable()],
    ],
)
def test_what_can_hardly_be_read_is_no_obstacle(held):
    assert own(Held(held())) == own(Held(held())) != own(Net())


class Unreadable:
    def __getattribute__(self, name):
        raise RuntimeError("nobody looks at me")


def test_steps_in_another_order_are_others():
    add, times = (lambda x: x + 2), (lambda x: x * 2)
    assert own(Held({"add": add, "times": times})) != own(Held({"times": times, "add": add}))


def test_the_environment_is_no_part_of_a_module(monkeypatch):
    before = own(Held(os.environ))
    monkeypatch.setenv("LIME_ANYTHING", "1")
    assert own(Held(os.environ)) == before
