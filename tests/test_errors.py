"""Errors: one text for those at the machine, another for visitors."""

import copy
import pickle

import pytest

from lime_core.errors import LimeError, ModelUnavailable, about, as_sentence

ERROR = ModelUnavailable("The weights are not here.", "Put them into /srv/weights.")


@pytest.mark.parametrize("error", [ERROR, pickle.loads(pickle.dumps(ERROR)), copy.copy(ERROR)])
def test_folders_are_for_those_at_the_machine(error):
    assert str(error) == "The weights are not here. Put them into /srv/weights."
    assert error.public == "The weights are not here."


def test_one_sentence_is_for_all():
    assert str(LimeError("So.")) == LimeError("So.").public == "So."


def raised(error, *names):
    with pytest.raises(type(error)) as found, about(*names):
        raise error
    return found.value


def test_an_error_says_of_which_of_many_photos_it_is():
    named = raised(ERROR, "cats/a.png", "small")
    assert str(named) == "cats/a.png · small: The weights are not here. Put them into /srv/weights."
    assert named.public == "cats/a.png · small: The weights are not here."
    assert raised(ERROR, "b.png").public == "b.png: The weights are not here.", "it may be kept, and raised again"
    broken = RuntimeError("shape mismatch")
    assert raised(broken, "a.png") is broken
    assert as_sentence(raised(broken, "a.png")) == "a.png: RuntimeError: shape mismatch"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ERROR, str(ERROR)),
        (KeyError("x"), "KeyError: 'x'"),
        (AssertionError(), "AssertionError"),
        (MemoryError(), "there is not enough memory; ask for fewer samples"),
    ],
)
def test_whatever_a_model_raises_is_a_sentence(error, told):
    assert as_sentence(error) == told
