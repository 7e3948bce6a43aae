"""What boxes of permissions say of each other holds for every request."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from pulumi_instance_role.policy.dialect import ALIBABA
from pulumi_instance_role.policy.document import Condition
from pulumi_instance_role.policy.evaluate import condition_holds
from pulumi_instance_role.policy.grants import Box, Pattern, implies, meets

_VALUES = {
    "String": ("web", "we*", "Web", "w?b", "*", "db"),
    "Numeric": ("1", "5", "5.0", "10", "-3"),
    "Date": ("2026-01-01T00:00:00Z", "2026-01-01T08:00:00+08:00", "2027-01-01T00:00:00Z"),
    "Bool": ("true", "false"),
    "IpAddress": ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "2001:db8::/32", "0.0.0.0/0"),
}
_GIVEN = {
    **_VALUES,
    "String": ("web", "Web", "wob", "db", ""),
    "IpAddress": ("10.1.2.3", "10.9.9.9", "2001:db8::1", "192.168.0.1", "none"),
}


def _family(operator: str) -> str:
    return next(one for one in _VALUES if ALIBABA.operators[operator].means.removeprefix("Not").startswith(one))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Condition, Condition]:
    """Two conditions on one key, of one operator or of one family."""
    one = draw(st.sampled_from(sorted(ALIBABA.operators)))
    family = _family(one)
    alike = [name for name in sorted(ALIBABA.operators) if _family(name) == family]
    other = draw(st.one_of(st.just(one), st.sampled_from(alike)))
    values = st.lists(st.sampled_from(_VALUES[family]), min_size=1, max_size=3, unique=True).map(tuple)
    return Condition(one, "oss:Key", draw(values)), Condition(other, "oss:Key", draw(values))


@given(pairs(), st.data())
def test_conditions_imply_and_exclude_only_what_they_do(pair: tuple[Condition, Condition], data: st.DataObject) -> None:
    one, other = pair
    pool = _GIVEN[_family(one.operator)]
    anything = (Pattern("*", "*"),)
    implied = implies(one, other, ALIBABA)
    apart = not meets(Box(anything, anything, (one,)), Box(anything, anything, (other,)), ALIBABA)
    event(f"implied {implied}, apart {apart}")
    given_: list[dict[str, str | list[str]]] = [{}, {"oss:Key": data.draw(st.lists(st.sampled_from(pool), max_size=2))}]
    for value in pool:
        given_.append({"oss:Key": value})
    for context in given_:
        first, second = (condition_holds(each, context, ALIBABA) for each in pair)
        assert not (implied and first and not second), context
        assert not (apart and first and second), context


@pytest.mark.parametrize(
    ("operator", "narrow", "wide"),
    [
        ("StringEquals", ("a",), ("a", "b")),
        ("StringNotEquals", ("a", "b"), ("a",)),
        ("StringLike", ("web-*",), ("web*",)),
        ("StringNotLike", ("web*",), ("web-*", "web")),
        ("IpAddress", ("10.1.0.0/16", "10.2.3.4"), ("10.0.0.0/8",)),
        ("NotIpAddress", ("10.0.0.0/8",), ("10.1.0.0/16",)),
        ("NumericLessThan", ("5",), ("10",)),
        ("NumericGreaterThanEquals", ("10",), ("5",)),
        ("DateLessThan", ("2026-01-01T00:00:00Z",), ("2027-01-01T00:00:00Z",)),
    ],
)
def test_a_stricter_condition_implies_the_wider_and_not_the_other_way(
    operator: str, narrow: tuple[str, ...], wide: tuple[str, ...]
) -> None:
    strict, loose = Condition(operator, "oss:Key", narrow), Condition(operator, "oss:Key", wide)
    assert implies(strict, loose, ALIBABA)
    assert not implies(loose, strict, ALIBABA)
    assert not implies(strict, Condition(operator, "oss:Other", wide), ALIBABA)


def test_a_condition_and_its_opposite_have_nothing_in_common() -> None:
    anything = (Pattern("*", "*"),)
    one = Box(anything, anything, (Condition("StringEquals", "oss:Key", ("a",)),))
    other = Box(anything, anything, (Condition("StringNotEquals", "oss:Key", ("a", "b")),))
    weaker = Box(anything, anything, (Condition("StringNotEquals", "oss:Key", ("b",)),))
    assert not meets(one, other, ALIBABA) and not meets(other, one, ALIBABA)
    assert meets(one, weaker, ALIBABA)
