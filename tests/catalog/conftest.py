"""Weights files where a download would put them, and no network, as for the zoo."""

from tests.zoo.conftest import offline as offline
from tests.zoo.conftest import publish as publish
