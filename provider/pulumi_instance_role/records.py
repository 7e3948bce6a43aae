"""Dataclasses that a process makes in a fraction of the time, for modules that every program and host imports.

:func:`dataclasses.dataclass` writes five methods of a class as source text and compiles each of them. A program that
declares one role imports some eighty such classes and makes objects of a dozen. So here ``repr``, ``==``, ``hash`` and
what keeps a value from being changed are shared functions, which work from the fields; ``__init__`` is compiled by
:mod:`dataclasses` itself, when the first object of the class is made. Everything else is a dataclass as any other:
``fields``, ``replace``, ``asdict``, ``match``. Type checkers see :func:`dataclasses.dataclass`.

Limits: before the first object, ``inspect.signature`` of the class says nothing; a frozen class made here has no frozen
base or heir that was made there (Python refuses it when the class is made); ``slots`` and ``InitVar`` are not known.
https://docs.python.org/3/library/dataclasses.html
"""

from __future__ import annotations

import dataclasses
import operator
import reprlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_Values = Callable[[Any], "tuple[Any, ...]"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, **more: bool) -> Any:
        """As :func:`dataclasses.dataclass`, which makes the classes that ask for ``more`` than being frozen."""
        if more:
            return dataclasses.dataclass(cls, frozen=frozen, **more)
        return _made(cls, frozen) if cls is not None else lambda each: _made(each, frozen)


def _made(cls: type, frozen: bool) -> type:
    described = cls.__doc__
    cls.__doc__ = described or cls.__name__  # else it would be made of the signature, which takes longer than the rest
    dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    cls.__doc__ = described
    found = dataclasses.fields(cls)
    shown = [one.name for one in found if one.repr]
    compared = _values([one.name for one in found if one.compare])
    hashed = _values([one.name for one in found if (one.compare if one.hash is None else one.hash)])
    own = dict(vars(cls))  # what the class says itself, stands
    methods: dict[str, Any] = {"__init__": _init(cls, frozen), "__repr__": _repr(shown), "__eq__": _eq(compared)}
    if frozen:
        names = frozenset(one.name for one in found)
        methods |= {"__setattr__": _setattr(cls, names), "__delattr__": _delattr(cls, names)}
    for name, method in methods.items():
        if name not in own:
            method.__qualname__ = f"{cls.__qualname__}.{name}"
            setattr(cls, name, method)
    # A class that defines __eq__ alone has None there, put by Python.
    if own.get("__hash__") is None:
        type.__setattr__(cls, "__hash__", (lambda self: hash(hashed(self))) if frozen else None)
    return cls


def _values(names: list[str]) -> _Values:
    if len(names) > 1:
        return operator.attrgetter(*names)
    return lambda each: tuple(getattr(each, name) for name in names)


def _init(cls: type, frozen: bool) -> Callable[..., None]:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        """Make way for the true one, which is compiled now."""
        compiled = _compiled(cls, frozen)
        type.__setattr__(cls, "__init__", compiled)
        compiled(self, *args, **kwargs)

    return __init__


def _compiled(cls: type, frozen: bool) -> Callable[..., None]:
    """The ``__init__`` that :mod:`dataclasses` writes for these fields."""
    found = [(one.name, one.type, one) for one in dataclasses.fields(cls)]
    after = {name: getattr(cls, name) for name in ("__post_init__",) if hasattr(cls, name)}
    options: dict[str, Any] = {"namespace": {"__doc__": "-", **after}, "repr": False, "eq": False, "frozen": frozen}
    init: Callable[..., None] = vars(dataclasses.make_dataclass(cls.__name__, found, **options))["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _repr(shown: list[str]) -> Callable[[Any], str]:
    @reprlib.recursive_repr()
    def __repr__(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    return __repr__


def _eq(compared: _Values) -> Callable[[Any, object], bool]:
    def __eq__(self: Any, other: object) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _setattr(kind: type[Any], names: frozenset[str]) -> Callable[[Any, str, Any], None]:
    def __setattr__(self: Any, name: str, value: Any) -> None:
        if type(self) is kind or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(kind, self).__setattr__(name, value)

    return __setattr__


def _delattr(kind: type[Any], names: frozenset[str]) -> Callable[[Any, str], None]:
    def __delattr__(self: Any, name: str) -> None:
        if type(self) is kind or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(kind, self).__delattr__(name)

    return __delattr__
