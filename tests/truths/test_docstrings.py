"""Every public name says what goes in, what comes out and what is raised, in numpydoc's form."""

import inspect

import pytest
from numpydoc.validate import validate

import lime_core as lc

WANTED = {
    "GL08": "has no docstring",
    "SS01": "has no summary",
    "PR01": "leaves parameters out",
    "PR02": "documents parameters that are not there",
    "PR03": "has its parameters in another order",
    "PR04": "gives a parameter no type",
    "PR07": "says nothing of a parameter",
    "RT01": "does not say what it returns",
    "RT03": "says nothing of what it returns",
    "YD01": "does not say what it yields",
}
"""numpydoc's codes, and what each means."""

NAMES = [name for name in lc.__all__ if inspect.isfunction(getattr(lc, name)) or inspect.isclass(getattr(lc, name))]


def methods(cls: type) -> list[str]:
    """The public methods that a class itself defines, without properties, whose summary says it all."""
    plain = (inspect.isfunction, lambda found: isinstance(found, staticmethod | classmethod))
    return [name for name, found in vars(cls).items() if name[0] != "_" and any(kind(found) for kind in plain)]


def problems(path: str, thing: object) -> list[str]:
    # What can be left out of a protocol is its constructor, which nobody calls.
    wanted = {code for code in WANTED if code != "PR01" or not getattr(thing, "_is_protocol", False)}
    return [f"{path} {WANTED[code]}: {text}" for code, text in validate(path)["errors"] if code in wanted]


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_documented(name):
    path, thing = f"lime_core.{name}", getattr(lc, name)
    found = problems(path, thing)
    if inspect.isclass(thing):
        for method in methods(thing):
            found += problems(f"{path}.{method}", getattr(thing, method))
    assert not found


def test_what_raises_says_so():
    """The names of exceptions that a public function raises itself stand in its docstring."""
    for name in NAMES:
        thing = getattr(lc, name)
        if inspect.isfunction(thing):
            raised = {word for word in ("ValueError", "LimeError") if f"raise {word}(" in inspect.getsource(thing)}
            assert not {word for word in raised if word not in (thing.__doc__ or "")}, name
