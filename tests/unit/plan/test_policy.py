from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.clouds.port import CUSTOM, Limits, Policy, PolicyHolders, PolicySpec, PolicyVersion
from pulumi_instance_role.plan import calls as c
from pulumi_instance_role.plan.drift import Drift
from pulumi_instance_role.plan.faults import Refused
from pulumi_instance_role.plan.ownership import Owner
from pulumi_instance_role.plan.policy import (
    DesiredPolicy,
    PolicyPast,
    first_sight,
    plan_document,
    plan_policy,
    plan_policy_deletion,
    policy_drift,
)
from pulumi_instance_role.policy.dialect import ALIBABA
from tests.unit.plan.model import IN_PLACE, LIMITS, after_version_calls

OWNER = Owner("proj", "dev", "web")


def document(number: int) -> str:
    statement = f'{{"Effect":"Allow","Action":["oss:Get{number}"],"Resource":["*"]}}'
    return f'{{"Statement":[{statement}],"Version":"1"}}'


def rewritten(number: int) -> str:
    return f'{{ "Version": "1", "Statement": {{"Resource":"*","Action":"oss:get{number}","Effect":"Allow"}} }}'.replace(
        '{"Resource"', '[{"Resource"'
    ).replace('"Allow"}', '"Allow"}]')


def policy(number: int = 1, version: str = "v1", **rest: object) -> Policy:
    plain = Policy("reader", CUSTOM, document(number), version, tags=OWNER.tags())
    return dataclasses.replace(plain, **rest)  # type: ignore[arg-type]  # the fields of Policy, by name


def first(number: int = 1) -> list[PolicyVersion]:
    return [PolicyVersion("v1", document(number), is_default=True)]


@settings(deadline=None)
@given(edits=st.lists(st.integers(0, 8), max_size=30), limits=st.sampled_from([LIMITS, IN_PLACE]))
def test_any_row_of_edits_keeps_the_last_one_in_force(edits: list[int], limits: Limits) -> None:
    versions = first()
    for number in edits:
        calls = plan_document("reader", document(number), versions, limits, ALIBABA)
        known = {one.document for one in versions}
        versions = after_version_calls(versions, calls, limits)
        (default,) = [one for one in versions if one.is_default]
        assert default.document == document(number)
        if limits.policy_versions is not None:
            assert len(versions) <= limits.policy_versions
            assert document(number) not in known or not any(isinstance(one, c.PutDocument) for one in calls)
        assert plan_document("reader", document(number), versions, limits, ALIBABA) == []


def test_the_oldest_that_is_not_in_force_makes_room() -> None:
    versions = [PolicyVersion(f"v{n}", document(n), is_default=n == 1) for n in range(1, 6)]
    assert plan_document("reader", document(9), versions, LIMITS, ALIBABA) == [
        c.DeleteVersion("reader", "v2"),
        c.PutDocument("reader", document(9)),
    ]


def test_an_earlier_document_comes_back_without_a_new_version() -> None:
    versions = [PolicyVersion(f"v{n}", document(n), is_default=n == 3) for n in range(1, 4)]
    assert plan_document("reader", rewritten(1), versions, LIMITS, ALIBABA) == [c.SetDefaultVersion("reader", "v1")]


def test_a_rewriting_is_no_change() -> None:
    desired = DesiredPolicy("reader", rewritten(1), OWNER, ALIBABA)
    assert plan_policy(desired, policy(), first(), LIMITS, PolicyPast(adopted=False)) == []


def test_ownership_comes_with_the_creating_call() -> None:
    desired = DesiredPolicy("reader", document(1), OWNER, ALIBABA, "reads", {"team": "a"})
    assert plan_policy(desired, None, (), LIMITS) == [
        c.CreatePolicy(PolicySpec("reader", document(1), "reads", {"team": "a", **OWNER.tags()}))
    ]
    marked = "reads [instance-role:proj|dev|web]"
    assert plan_policy(desired, None, (), IN_PLACE) == [c.CreatePolicy(PolicySpec("reader", document(1), marked))]


@pytest.mark.parametrize("limits", [LIMITS, IN_PLACE])
def test_a_create_finishes_what_an_interrupted_one_left_and_nothing_more(limits: Limits) -> None:
    desired = DesiredPolicy("reader", document(1), OWNER, ALIBABA)
    left = policy() if limits is LIMITS else policy(tags={}, description="[instance-role:proj|dev|web]")
    assert plan_policy(desired, left, first(), limits) == []
    edited = dataclasses.replace(desired, document=document(2))
    cases: list[tuple[DesiredPolicy, Policy, list[PolicyVersion], tuple[str, ...], str]] = [
        (edited, left, first(), (), "differs from what is declared (document)"),
        (dataclasses.replace(desired, description="d"), left, first(), (), "(description)"),
        (desired, left, [*first(), PolicyVersion("v2", document(2), is_default=False)], (), "(versions)"),
        (desired, left, first(), ("role web",), "is in use (role web)"),
    ]
    for declared, observed, versions, uses, why in cases:
        with pytest.raises(Refused) as refused:
            plan_policy(declared, observed, versions, limits, None, uses)
        told = str(refused.value)
        assert why in told and "may be the one of another state of stack proj/dev; " in told and "adopt=True" in told
        assert first_sight(dataclasses.replace(declared, adopt=True), observed, versions, uses).adopted
        never = dataclasses.replace(declared, adopt=None)
        with pytest.raises(Refused, match="or delete the policy if nobody needs it"):
            plan_policy(never, observed, versions, limits, None, uses)
    made = dataclasses.replace(edited, made=True)
    assert plan_policy(made, left, first(), limits, None, ("role web",)) == [c.PutDocument("reader", document(2))]


@pytest.mark.parametrize(
    ("tags", "phrase"),
    [
        ({}, "not made by this stack"),
        (Owner("other", "dev", "web").tags(), "made by stack other/dev"),
        (Owner("proj", "dev", "old").tags(), 'the resource "old" of this stack'),
    ],
)
def test_what_exists_already_is_an_error_that_names_adopt(tags: dict[str, str], phrase: str) -> None:
    with pytest.raises(Refused, match=r"adopt=True") as refused:
        plan_policy(DesiredPolicy("reader", document(1), OWNER, ALIBABA), policy(tags=tags), first(), LIMITS)
    assert phrase in str(refused.value)


def test_an_adopted_policy_is_never_marked_and_never_deleted() -> None:
    foreign = policy(tags={"team": "b"})
    desired = DesiredPolicy("reader", document(2), OWNER, ALIBABA, tags={"cost": "1"}, adopt=True)
    assert plan_policy(desired, foreign, first(), LIMITS) == [
        c.PutDocument("reader", document(2)),
        c.TagPolicy("reader", {"cost": "1"}),
    ]
    assert first_sight(desired, foreign).adopted
    assert plan_policy_deletion("reader", OWNER, foreign, PolicyPast(adopted=True), None) == []


def test_a_policy_of_another_resource_of_this_stack_changes_hands() -> None:
    left = policy(tags=Owner("proj", "dev", "old").tags())
    desired = DesiredPolicy("reader", document(1), OWNER, ALIBABA, adopt=True)
    assert plan_policy(desired, left, first(), LIMITS) == [
        c.TagPolicy("reader", {"instance-role:resource": "web"}),
    ]
    assert not first_sight(desired, left).adopted
    old = Owner("proj", "dev", "old")
    assert plan_policy_deletion("reader", old, policy(), PolicyPast(adopted=False), None) == []


def test_what_another_resource_of_this_stack_left_loses_what_is_no_longer_declared() -> None:
    owner = Owner("proj", "dev", "old")
    desired = DesiredPolicy("reader", document(1), OWNER, ALIBABA, tags={"cost": "1"}, adopt=True)
    left = policy(tags={**owner.tags(), "team": "a", "cost": "1"}, description="d")
    assert plan_policy(desired, left, first(), LIMITS) == [
        c.DescribePolicy("reader", ""),
        c.TagPolicy("reader", {"instance-role:resource": "web"}, ("team",)),
    ]
    marked = policy(tags={}, description=owner.mark("d"))
    assert plan_policy(desired, marked, first(), IN_PLACE) == [c.DescribePolicy("reader", OWNER.mark(None))]


def test_a_policy_that_others_attached_stays() -> None:
    with pytest.raises(Refused, match="role a, user b"):
        plan_policy_deletion("reader", OWNER, policy(), PolicyPast(adopted=False), PolicyHolders(("a",), ("b",)))


def test_a_policy_without_its_mark_may_be_somebody_elses_unless_its_id_tells() -> None:
    bare = policy(tags={}, policy_id="1")
    with pytest.raises(Refused, match="no longer carries the mark"):
        plan_policy_deletion("reader", OWNER, bare, PolicyPast(adopted=False), None)
    known, other = PolicyPast(adopted=False, policy_id="1"), PolicyPast(adopted=False, policy_id="2")
    assert plan_policy_deletion("reader", OWNER, bare, known, None) == [c.DeletePolicy("reader")]
    assert plan_policy_deletion("reader", OWNER, policy(policy_id="1"), other, None) == []
    with pytest.raises(Refused, match="id 2, the one there now has id 1"):
        plan_policy(DesiredPolicy("reader", document(1), OWNER, ALIBABA), bare, first(), LIMITS, other)


def test_a_policy_that_vanished_is_not_made_behind_the_back_of_its_attachments() -> None:
    with pytest.raises(Refused, match="run a refresh"):
        plan_policy(DesiredPolicy("reader", document(1), OWNER, ALIBABA), None, (), LIMITS, PolicyPast(adopted=False))


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (policy(), Drift.IN_SYNC),
        (policy(2), Drift.DOCUMENT_CHANGED),
        (policy(1, "v3"), Drift.VERSION_CHANGED),
        (policy(2, "v3"), Drift.DOCUMENT_CHANGED),
        (policy(description="other"), Drift.SETTINGS_CHANGED),
        (policy(tags={}), Drift.SETTINGS_CHANGED),
    ],
)
def test_drift_has_a_name(observed: Policy, expected: Drift) -> None:
    wanted = {"description": "", "tags": {"instance-role:stack": "dev"}}
    assert policy_drift(rewritten(1), "v1", wanted, observed, LIMITS) is expected


@pytest.mark.parametrize("text", ["x [instance-role:a|b|c]", "two spaces  ", " ", ""])
def test_a_description_that_looks_like_a_mark_is_no_drift(text: str) -> None:
    wanted = {"description": text}
    assert policy_drift(rewritten(1), "v1", wanted, policy(description=text), LIMITS) is Drift.IN_SYNC
    marked = policy(description=OWNER.mark(text))
    assert policy_drift(rewritten(1), "v1", wanted, marked, IN_PLACE) is Drift.IN_SYNC
