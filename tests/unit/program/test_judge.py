from __future__ import annotations

import dataclasses
from typing import Any

from pulumi_instance_role.clouds.port import CUSTOM, Attachment, Instance, Policy, Role
from pulumi_instance_role.plan.ownership import Owner
from pulumi_instance_role.program.judge import Account, Declaration, World, judge
from tests.unit.plan.model import LIMITS, instance
from tests.unit.plan.test_role import OTHER, TRUST

HERE = Account("alibaba")
SMALL = dataclasses.replace(LIMITS, roles=3, custom_policies=3, custom_policies_per_role=2)


def kind(
    kind: str, resource: str, *awaited: str, exists: bool = False, account: Account = HERE, **known: Any
) -> Declaration:
    owner = Owner("proj", "dev", resource)
    return Declaration(kind, resource, account, owner, {"region": "r", **known}, exists, frozenset(awaited))


def role(name: str, **rest: Any) -> Declaration:
    return kind("InstanceRole", name, name=name, trust_policy=TRUST, **rest)


def binding(name: str, ids: list[Any], *awaited: str, role: str = "web", **rest: Any) -> Declaration:
    return kind("InstanceRoleBinding", name, *awaited, role=role, instance_ids=ids, **rest)


def bond(name: str, *awaited: str, policy: str = "p", **rest: Any) -> Declaration:
    return kind("RolePolicyAttachment", name, *awaited, role="web", policy=policy, policy_type=CUSTOM, **rest)


def faults(world: World, *declared: Declaration) -> list[str]:
    return [str(one) for one in judge(declared, {HERE: world})[0]]


def doubts(world: World, *declared: Declaration) -> list[str]:
    """What is in doubt, where nothing is at fault."""
    found, doubted = judge(declared, {HERE: world})
    assert found == []
    return [str(one) for one in doubted]


def test_what_was_not_seen_is_no_fault() -> None:
    blind = World(LIMITS)
    assert faults(blind, role("web"), bond("a"), binding("b", ["i-1", object()]), kind("RolePolicy", "x")) == []


def test_what_this_update_makes_is_not_missing() -> None:
    empty = World(LIMITS, roles={"web": None}, policies={("p", CUSTOM): None})
    made_here = [role("web"), kind("RolePolicy", "p", name="p", document="{}"), bond("a"), binding("b", [])]
    assert faults(empty, *made_here) == []
    assert faults(empty, bond("a", "role", "policy"), binding("b", ["i-1"], "role")) == []
    assert len(faults(empty, bond("a"), binding("b", ["i-1"]))) == 3


def test_quotas_are_counted_over_all_resources() -> None:
    one_left = World(SMALL, roles={"a": None, "b": None}, role_count=2, policy_count=2)
    over = doubts(one_left, role("a"), role("b"), role("c", exists=True))
    (fault,) = over
    assert fault.startswith('InstanceRole "b" name: the account has 2 roles and may have 3; delete some')
    policies = [kind("RolePolicy", name, name=name, document="{}") for name in ("x", "y")]
    assert "may have 3" in doubts(one_left, *policies)[0]
    held = World(SMALL, attachments={"web": [Attachment("web", "p0", CUSTOM)]})
    full = doubts(held, *(bond(f"b{n}", policy=f"p{n}") for n in range(3)))
    assert len(full) == 1 and full[0].startswith('RolePolicyAttachment "b2" role: role web holds 1')


def test_the_declared_trust_counts_not_the_present_one() -> None:
    trusting = Role("web", "1", "", trust_policy=TRUST, tags=Owner("proj", "dev", "web").tags())
    world = World(LIMITS, roles={"web": trusting}, instances={("r", "i-1"): instance("i-1")})
    distrustful = kind("InstanceRole", "web", name="web", trust_policy=OTHER, exists=True)
    assert len(faults(world, distrustful, binding("b", ["i-1"]))) == 1
    untrusting = World(LIMITS, roles={"web": dataclasses.replace(trusting, trust_policy=OTHER)})
    assert faults(untrusting, role("web", exists=True), binding("b", ["i-1"])) == []
    assert len(faults(untrusting, binding("b", ["i-1"]))) == 1


def test_a_role_of_this_stack_may_be_moved() -> None:
    ours = Role("old", "1", "", tags=Owner("proj", "dev", "x").tags())
    seen: dict[tuple[str, str], Instance | None] = {("r", "i-1"): instance("i-1", "old")}
    assert faults(World(LIMITS, roles={"old": ours}, instances=seen), binding("b", ["i-1"])) == []
    assert faults(World(LIMITS, instances=seen), role("old"), binding("b", ["i-1"])) == []
    assert len(faults(World(LIMITS, instances=seen), binding("b", ["i-1"]))) == 1
    assert faults(World(LIMITS, instances=seen), binding("b", ["i-1"], on_conflict="replace")) == []


def test_a_binding_in_the_state_may_have_bound_what_another_takes_over() -> None:
    seen: dict[tuple[str, str], Instance | None] = {("r", "i-1"): instance("i-1", "old")}
    foreign = World(LIMITS, roles={"old": Role("old", "1", "")}, instances=seen)
    (fault,) = faults(foreign, binding("b", ["i-1"]), binding("new", [], role="old"))
    assert "no live binding" in fault and "alias" in fault and 'on_conflict="replace"' in fault
    giver = binding("giver", ["i-2"], role="old", exists=True)
    assert doubts(foreign, giver, binding("b", ["i-1"])) == []
    changed = binding("giver", ["i-2"], role="newer", exists=True)
    (doubt,) = doubts(foreign, changed, binding("b", ["i-1"]))
    assert doubt.startswith('InstanceRoleBinding "b" instance_ids: instance i-1 holds the role "old"')
    assert len(faults(foreign, binding("b", ["i-1"]), binding("far", [], role="x", exists=True, region="other"))) == 1


def test_what_another_package_may_put_right_is_a_doubt() -> None:
    untrusting = Role("web", "1", "", trust_policy=OTHER)
    there = World(LIMITS, roles={"web": untrusting}, instances={("r", "i-1"): instance("i-1")})
    empty = World(LIMITS, roles={"web": None}, policies={("p", CUSTOM): None})
    for world, plain in ((there, binding("b", ["i-1"])), (empty, binding("b", ["i-1"])), (empty, bond("a"))):
        count = len(faults(world, plain))
        assert count > 0
        lent = dataclasses.replace(plain, lent=frozenset({"role", "policy"}))
        assert len(doubts(world, lent)) == len(doubts(world, dataclasses.replace(plain, waits=True))) == count


def test_an_instance_is_claimed_twice_only_in_one_region_and_account() -> None:
    blind = World(LIMITS)
    assert len(faults(blind, binding("a", ["i-1"]), binding("b", ["i-1"]))) == 2
    assert faults(blind, binding("a", ["i-1"]), binding("b", ["i-1"], region="other")) == []
    other = Account("alibaba", "profile")
    apart = (binding("a", ["i-1"]), binding("b", ["i-1"], account=other))
    assert judge(apart, {HERE: blind, other: blind}) == ([], [])
    mine, theirs = World(LIMITS, account_id="1"), World(LIMITS, account_id="2")
    assert judge(apart, {HERE: mine, other: theirs}) == judge(apart, {HERE: mine, other: blind}) == ([], [])


def test_two_spellings_of_one_account_are_judged_together() -> None:
    other = Account("alibaba", "profile")
    worlds = {account: World(LIMITS, account_id="1") for account in (HERE, other)}
    twice = (binding("a", ["i-1"]), binding("b", ["i-1"], account=other))
    found = [str(one) for one in judge(twice, worlds)[0]]
    assert ['"b"' in found[0], '"a"' in found[1]] == [True, True] and len(found) == 2
    assert all("is also declared in the binding" in one for one in found)
    assert len(judge((role("web"), role("web", account=other)), worlds)[0]) == 2
    worlds[HERE].roles["web"] = None
    assert judge((binding("a", ["i-1"]), role("web", account=other)), worlds) == ([], [])


def test_a_foreign_policy_is_a_fault_and_an_own_one_is_not() -> None:
    foreign = Policy("p", CUSTOM, "{}", "v1")
    own = dataclasses.replace(foreign, tags=Owner("proj", "dev", "p").tags())
    declared = kind("RolePolicy", "p", name="p", document="{}")
    assert "adopt=True" in faults(World(LIMITS, policies={("p", CUSTOM): foreign}), declared)[0]
    assert faults(World(LIMITS, policies={("p", CUSTOM): own}), declared) == []
    gone = World(LIMITS, policies={("p", CUSTOM): None})
    assert "run a refresh" in faults(gone, kind("RolePolicy", "p", name="p", document="{}", exists=True))[0]


def system(name: str, policy: str) -> Declaration:
    return kind("RolePolicyAttachment", name, role="web", policy=policy, policy_type="System")


def test_a_system_policy_that_was_not_looked_up_is_doubted_only_for_a_name_that_is_near() -> None:
    blind = World(LIMITS)
    near = 'RolePolicyAttachment "a" policy: the System policy {} is in none of the lists known here; is {} meant?'
    assert doubts(blind, system("a", "AliyunOSSReadonlyAcess")) == [
        near.format("AliyunOSSReadonlyAcess", "AliyunOSSReadOnlyAccess")
    ]
    assert doubts(blind, system("a", "AliyunOSSReadOnlyAccess"), system("b", "quite-another")) == []
    there = World(
        LIMITS, policies={("AliyunOSSReadonlyAcess", "System"): Policy("AliyunOSSReadonlyAcess", "System", "{}", "v1")}
    )
    assert doubts(there, system("a", "AliyunOSSReadonlyAcess")) == []  # the cloud knows it
