"""Dataclasses made quickly are dataclasses: each class here is made in both ways, and nobody can tell them apart."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role import records

Maker = Callable[..., Any]


def family(dataclass: Maker) -> dict[str, type[Any]]:
    """Classes of every form that the package uses."""

    @dataclass(frozen=True)
    class Empty:
        """No fields."""

    @dataclass(frozen=True)
    class One:
        """One field."""

        a: Any = 0

    @dataclass(frozen=True)
    class Plain:
        """Defaults, and what neither counts nor is shown."""

        word: ClassVar[str] = "shared"
        a: Any
        b: Any = 1
        secret: Any = field(default="", repr=False)
        place: Any = field(default=0, compare=False)
        many: Any = field(default_factory=tuple, hash=False)

    @dataclass(frozen=True)
    class Heir(Plain):
        """More fields, and a method of its own."""

        c: Any = field(default=2, kw_only=True)

        def __repr__(self) -> str:
            return f"heir of {self.a}"

    @dataclass(frozen=True)
    class Own:
        """Says itself what is equal."""

        a: Any = 0

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own)

        def __hash__(self) -> int:
            return 7

    @dataclass
    class Open:
        """May be changed; made ready afterwards."""

        a: Any = 0
        twice: Any = field(init=False)
        seen: Any = field(default_factory=list, init=False, repr=False)

        def __post_init__(self) -> None:
            self.twice = (self.a, self.a)

    @dataclass
    class OpenHeir(Open):
        b: Any = 0

    found = (Empty, One, Plain, Heir, Own, Open, OpenHeir)
    return {one.__name__: one for one in found}


QUICK, USUAL = family(records.dataclass), family(dataclasses.dataclass)
VALUES = st.one_of(st.integers(0, 2), st.sampled_from(["a", "b"]), st.none(), st.lists(st.integers(0, 1), max_size=2))
ARGUMENTS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("a", "b", "c", "secret", "place", "many", "twice"), VALUES)
)


@records.dataclass(frozen=True)
class Kept:
    """One that can be pickled."""

    a: int


def outcome(act: Callable[[], Any]) -> Any:
    """What comes of it, in words."""
    try:
        return act()
    except (TypeError, dataclasses.FrozenInstanceError) as error:
        return type(error), str(error)


def told(kinds: dict[str, type[Any]], name: str, one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    kind = kinds[name]
    made = outcome(lambda: kind(**one))
    if not isinstance(made, kind):
        return {"made": made}
    other = outcome(lambda: kind(**two))
    same = outcome(lambda: kind(**one))
    return {
        "repr": repr(made),
        "equal": (made == same, made == other, made != same, made.__eq__(1)),
        "hash": outcome(lambda: hash(made)),
        "fields": {each.name: getattr(made, each.name) for each in dataclasses.fields(made)},
        "dict": dataclasses.asdict(made),
        "replaced": repr(outcome(lambda: dataclasses.replace(made, a=5))),
        "set": outcome(lambda: setattr(made, "a", 3)),
        "set another": outcome(lambda: setattr(made, "other", 3)),
        "deleted": outcome(lambda: delattr(made, "a")),
        "after": vars(made),
    }


@given(st.sampled_from(sorted(QUICK)), ARGUMENTS, ARGUMENTS)
def test_objects_are_as_those_of_the_standard_library(name: str, one: dict[str, Any], two: dict[str, Any]) -> None:
    assert told(QUICK, name, one, two) == told(USUAL, name, one, two)


@pytest.mark.parametrize("name", QUICK)
def test_classes_are_as_those_of_the_standard_library(name: str) -> None:
    quick, usual = QUICK[name], USUAL[name]
    outcome(quick), outcome(lambda: quick(a=1))  # the first object: from here on, the signature is known
    assert inspect.signature(quick) == inspect.signature(usual)
    assert quick.__doc__ == usual.__doc__ or not vars(quick)["__doc__"]
    assert quick.__match_args__ == usual.__match_args__
    assert [(one.name, one.type, one.kw_only) for one in dataclasses.fields(quick)] == [
        (one.name, one.type, one.kw_only) for one in dataclasses.fields(usual)
    ]
    for method in ("__init__", "__repr__", "__eq__"):
        assert getattr(quick, method).__qualname__ == getattr(usual, method).__qualname__


def test_an_heir_that_is_no_dataclass_may_keep_more() -> None:
    base: Any = QUICK["One"]

    class Loose(base):  # type: ignore[misc]  # a base that only this run knows
        pass

    one = Loose(1)
    one.other = 2
    del one.other
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.a = 2
    assert one != base(1)


def test_an_object_is_pickled_and_told_within_itself() -> None:
    assert pickle.loads(pickle.dumps(Kept(1))) == Kept(1)
    around: list[Any] = []
    around.append(QUICK["One"](around))
    assert "..." in repr(around[0])


def test_what_asks_for_more_is_made_by_the_standard_library() -> None:
    @records.dataclass(frozen=True, order=True)
    class Sorted:
        a: int

    assert sorted([Sorted(2), Sorted(1)]) == [Sorted(1), Sorted(2)]
