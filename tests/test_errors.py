"""Errors: one text for those at the machine, another for visitors."""

import copy
import pickle

import pytest

from lime_core.errors import LimeError, ModelUnavailable

ERROR = ModelUnavailable("The weights are not here.", "Put them into /srv/weights.")


@pytest.mark.parametrize("error", [ERROR, pickle.loads(pickle.dumps(ERROR)), copy.copy(ERROR)])
def test_folders_are_for_those_at_the_machine(error):
    assert str(error) == "The weights are not here. Put them into /srv/weights."
    assert error.public == "The weights are not here."


def test_one_sentence_is_for_all():
    assert str(LimeError("So.")) == LimeError("So.").public == "So."
