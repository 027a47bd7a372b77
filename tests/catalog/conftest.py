"""Weights files where a download would put them, no network, and models that descriptions name."""

import pytest
import torch

from lime_core.zoo.architectures import network
from tests.zoo.conftest import offline as offline
from tests.zoo.conftest import publish as publish

TINY = "squeezenet1_1"


@pytest.fixture(scope="session")
def tensors():
    """Makes the state dict of an architecture with seeded random weights, once for all tests."""
    made = {}

    def of(architecture=TINY, classes=3, channels=3):
        key = architecture, classes, channels
        if key not in made:
            torch.manual_seed(classes)
            made[key] = network(architecture, classes, channels).state_dict()
        return made[key]

    return of


@pytest.fixture
def described(tmp_path, tensors):
    """Writes weights of an architecture and a description of them; gives the path of the description."""

    def write(text="", architecture=TINY, classes=3, channels=3, name="own.toml"):
        torch.save(tensors(architecture, classes, channels), tmp_path / "net.pt")
        (tmp_path / name).write_text(f'architecture = "{architecture}"\nweights = "net.pt"\n{text}')
        return tmp_path / name

    return write
