"""Faults that are alike are told together, and none is lost by it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.plan.faults import Fault, Refused, together
from pulumi_instance_role.program.gathered import gathered
from pulumi_instance_role.program.judge import Finding, World, judge
from tests.unit.plan.model import LIMITS
from tests.unit.program.test_judge import HERE, binding, role


def other_of(one: Finding) -> str:
    return one.fault.shared.split('"')[1]


IDS = st.sampled_from([f"i-{number}" for number in range(12)])


def missing(one: str, region: str = "r") -> Fault:
    return Fault("instance_ids", f"{one} is not in {region}", "correct it", one, f"instances are not in {region}")


def told(*declared: object) -> list[str]:
    return [str(one) for one in gathered(judge(declared, {HERE: World(LIMITS)})[0])]  # type: ignore[arg-type]


def test_many_instances_are_one_line_with_a_count_and_a_few_ids() -> None:
    (line,) = gathered([Finding("B", "web", missing(f"i-{number:02}")) for number in range(99)])
    assert str(line) == (
        'B "web" instance_ids: 99 instances are not in r (i-00, i-01, i-02, i-03, i-04 and 94 more); correct it'
    )
    assert (
        str(gathered([Finding("B", "web", missing("i-1"))])[0]) == 'B "web" instance_ids: i-1 is not in r; correct it'
    )
    assert str(Refused([missing("i-2"), missing("i-1"), Fault("role", "is gone")])) == (
        "instance_ids: 2 instances are not in r (i-1, i-2); correct it | role: is gone"
    )


def test_many_resources_with_the_same_fault_are_one_line() -> None:
    fault = Fault("region", "not set", "give region=")
    lines = [str(one) for one in gathered([Finding(kind, f"r{n}", fault) for n in range(7) for kind in "AB"])]
    assert lines == [f'{kind} "r0", "r1", "r2", "r3", "r4" and 2 more region: not set; give region=' for kind in "AB"]


def test_many_resources_with_an_instance_each_are_one_line() -> None:
    def lines(count: int) -> list[str]:
        return [str(one) for one in gathered([Finding("B", f"b{n}", missing(f"i-{n:02}")) for n in range(count)])]

    assert lines(99) == [
        'B "b0", "b1", "b10", "b11", "b12" and 94 more instance_ids: 99 instances are not in r '
        "(i-00, i-01, i-02, i-03, i-04 and 94 more); correct it"
    ]
    assert lines(3) == [f'B "b{n}" instance_ids: i-{n:02} is not in r; correct it' for n in range(3)]


def test_what_two_share_is_told_once() -> None:
    ids = [f"i-{number}" for number in range(40)]
    (line,) = told(binding("a", ids), binding("b", ids[5:]))
    assert line.startswith('InstanceRoleBinding "a" instance_ids: 35 instances are also declared in the binding "b" (')
    (line,) = told(role("web"), binding("x", []), role("web"))
    assert line.startswith('InstanceRole "web" name: role web is also declared by "web"')


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), IDS, st.sampled_from(["r", "s"]))))
def test_nothing_is_lost_and_nothing_is_told_twice(found: list[tuple[str, str, str, str]]) -> None:
    findings = [Finding(kind, name, missing(one, region)) for kind, name, one, region in found]
    lines = gathered(findings)
    assert len({str(one) for one in lines}) == len(lines) <= len({(k, n, r) for k, n, _, r in found})
    for kind, name, one, region in found:
        mine = [each for each in lines if each.kind == kind and name in (each.resource, *each.more)]
        ids = {i for k, n, i, r in found if (k, n, r) == (kind, name, region)}
        (line,) = [each for each in mine if f"not in {region}" in each.fault.message]
        count = f"{len(ids)} instances" if len(ids) > 1 else f"{one} is"
        assert line.fault.message.startswith(count)


@given(st.dictionaries(st.sampled_from("abcd"), st.sets(IDS, min_size=1)))
def test_every_instance_that_two_bindings_declare_is_told_at_one_of_them(bindings: dict[str, set[str]]) -> None:
    declared = [binding(name, sorted(ids)) for name, ids in bindings.items()]
    raw = judge(declared, {HERE: World(LIMITS)})[0]
    lines = gathered(raw)
    pairs = Counter(frozenset((each, other_of(one))) for one in lines for each in (one.resource, *one.more))
    assert all(count == 1 for count in pairs.values())
    assert all(frozenset((one.resource, other_of(one))) in pairs for one in raw)
    counted = Counter(one for ids in bindings.values() for one in ids)
    twice = {one for one, count in counted.items() if count > 1}
    assert {one.fault.subject for one in raw} == twice


def test_equal_faults_without_a_subject_stay_one() -> None:
    assert together([Fault("a", "b"), Fault("a", "b"), Fault("a", "c")]) == [Fault("a", "b"), Fault("a", "c")]


@pytest.mark.parametrize("name", ["{0}", "%s", 'qu"ote'])
def test_names_are_told_as_they_are(name: str) -> None:
    (line,) = told(binding(name, ["i-1", "i-2"]), binding("b", ["i-1", "i-2"]))
    assert f'InstanceRoleBinding "{name}" instance_ids: 2 instances are also declared' in line
