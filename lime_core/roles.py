"""Roles: what may stand for an option: itself, its name in its table, its class, in some roles a plain function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from importlib import import_module
from typing import Any, ClassVar

from lime_core.arguments import near, shown


def accepts(function: Callable[..., Any], parameters: Iterable[str]) -> bool:
    """Whether a function can be called with so many arguments, as far as it says what it takes.

    Parameters
    ----------
    function : callable
        Any.
    parameters : iterable of str
        What it would be called with.

    Returns
    -------
    bool
        True also where a function does not say what it takes, as some of compiled code.
    """
    try:
        inspect.signature(function).bind(*parameters)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def registered(function: Any, value: object, *modules: str) -> Callable[..., Any] | None:
    """What a function of several kinds does with a value, once the modules that register kinds have been imported.

    They stand above the function and are imported with the public names of theirs, which nobody may have used.

    Parameters
    ----------
    function : callable
        Made by `functools.singledispatch`.
    value : object
        Its first argument.
    *modules : str
        Dotted names.

    Returns
    -------
    callable or None
        None for a kind that they do not know either.
    """
    for module in modules:
        import_module(module)
    found: Callable[..., Any] = function.dispatch(type(value))
    return None if found is function.dispatch(object) else found


def is_option(value: object) -> bool:
    """Whether it is an option, a model or a result of this package, and so no function.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    bool
        True for dataclasses of this package.
    """
    return is_dataclass(value) and type(value).__module__.startswith("lime_core.")


def is_function(name: str, value: object, *parameters: str) -> None:
    """Raise TypeError unless a value is a function that can be called with these.

    Parameters
    ----------
    name : str
        Of the argument.
    value : object
        Anything.
    *parameters : str
        What it would be called with.

    Raises
    ------
    TypeError
        For what cannot be called so, a class, or an option of this package.
    """
    if not callable(value) or isinstance(value, type) or is_option(value) or not accepts(value, parameters):
        raise TypeError(f"{name} must be a function of ({', '.join(parameters)}), got {shown(value)}")


@dataclass(frozen=True)
class PlainFunction:
    """A function in the place of an option.  Results with one can be saved, but not replayed: no file holds its code.

    Parameters
    ----------
    name : str
        Of the function, for people to read.
    function : callable
        Takes and returns what the role says; two of these are equal when their functions are.
    """

    takes: ClassVar[tuple[str, ...]] = ()
    """What the function is called with."""

    name: str
    function: Callable[..., Any]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> PlainFunction:
        """Wrap a function under its own name.

        Parameters
        ----------
        function : callable
            A function, a bound method, or an object that can be called.

        Returns
        -------
        PlainFunction
            Of this class.
        """
        own = getattr(function, "func", function)  # of a functools.partial
        return cls(str(getattr(own, "__name__", type(own).__name__)), function)


@dataclass(frozen=True)
class Role:
    """What may stand in the place of an option.

    Parameters
    ----------
    name : str
        Of the argument, such as "segmenter".
    table : mapping of str to type
        The classes by name.
    needs : tuple of str, default ()
        Attributes that every option of this role has beside being callable.
    function : type, optional
        The `PlainFunction` of this role; None where a function is not enough.
    """

    name: str
    table: Mapping[str, type]
    needs: tuple[str, ...] = ()
    function: type[PlainFunction] | None = None

    def of(self, value: Any, argument: str = "") -> Any:
        """Read an option.

        Parameters
        ----------
        value : object
            An option, its name in the table, its class, or, where the role allows it, a function.
        argument : str, optional
            What messages call it; left out, the name of the role.

        Returns
        -------
        option
            The option; with its usual settings where a name or a class was given.

        Raises
        ------
        ValueError
            For a name that is not in the table.
        TypeError
            For anything else; the message says what there is.
        """
        argument = argument or self.name
        if isinstance(value, str):
            if value not in self.table:
                meant = near(value, self.table)
                meant = f" (near: {meant})" if meant else ""
                raise ValueError(f"{argument} must be one of {', '.join(self.table)}, got {shown(value)}{meant}")
            value = self.table[value]
        if isinstance(value, type) and (value in self.table.values() or is_dataclass(value)):
            try:
                value = value()
            except TypeError:
                raise TypeError(
                    f"{argument} must be made with its settings, and {value.__name__} has some without a default; "
                    f"got {shown(value)}"
                ) from None
        if not self._fits(value):
            functions = "" if self.function is None else f", a function of ({', '.join(self.function.takes)})"
            raise TypeError(
                f"{argument} must be an option such as {next(iter(self.table.values())).__name__}(){functions} or one "
                f"of the names {', '.join(self.table)}, got {shown(value)}"
            )
        if self.function is not None and not self._is_option(value):
            assert callable(value)
            value = self.function.of(value)
        try:
            hash(value)
        except TypeError:
            raise TypeError(f"{argument} must be hashable, as a frozen dataclass is, got {shown(value)}") from None
        return value

    def _fits(self, value: object) -> bool:
        """Whether it can be called as an option of this role."""
        if isinstance(value, PlainFunction):
            return self.function is not None and isinstance(value, self.function)
        if isinstance(value, type) or not callable(value):
            return False
        if self._is_option(value):
            return True
        return self.function is not None and not is_option(value) and accepts(value, self.function.takes)

    def _is_option(self, value: object) -> bool:
        if type(value) in self.table.values() or isinstance(value, PlainFunction):
            return True
        if self.needs:
            return all(hasattr(value, attribute) for attribute in self.needs)
        return is_dataclass(value) and not is_option(value)
