from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pulumi_instance_role.clouds.port import CUSTOM, Attachment, Policy, Role
from pulumi_instance_role.plan.ownership import Owner
from pulumi_instance_role.program.gathered import gathered
from pulumi_instance_role.program.judge import Account, Declaration, Meaning, World
from pulumi_instance_role.program.misfits import find_misfits
from pulumi_instance_role.program.namesakes import find_namesakes
from pulumi_instance_role.program.takeovers import takeovers
from tests.unit.plan.model import LIMITS
from tests.unit.plan.test_role import TRUST
from tests.unit.program.test_judge import HERE, bond, kind, role

WEB = Role("web", "2", "", trust_policy=TRUST, tags=Owner("proj", "dev", "web").tags())
SECOND = Account("alibaba", profile="second")


def told(world: World, *declared: Declaration) -> tuple[list[str], list[str]]:
    found = find_namesakes(declared, {HERE: world})
    return [str(one) for one in found.faults], [str(one) for one in found.doubts]


def known(one: Declaration, own_id: str) -> Declaration:
    return dataclasses.replace(one, own_id=own_id)


def test_a_name_is_told_of_once_at_the_resource_that_made_it() -> None:
    world = World(LIMITS, roles={"web": WEB}, policies={("p", CUSTOM): Policy("p", CUSTOM, "{}", "v1", policy_id="20")})
    refers = bond("a", meant={"role web": "1", "policy p": "20"})
    ((fault,), doubts) = told(world, refers, known(role("web", exists=True), "1"))
    assert fault.startswith('InstanceRole "web" name: role web was deleted and made again') and doubts == []
    assert "id 1, the one there now has id 2" in fault
    # While the role changes in place, what refers to it has kept the id; without the resource, they tell themselves.
    ((fault,), _) = told(world, role("web", exists=True), refers)
    assert fault.startswith('InstanceRole "web" name: ')
    ((fault,), _) = told(world, refers, bond("b", meant_ids={"role web": "2"}))
    assert fault.startswith('RolePolicyAttachment "a" role: ')
    ((fault,), _) = told(world, bond("c", meant_ids={"policy p": "10"}))
    assert fault.startswith('RolePolicyAttachment "c" policy: policy p was deleted and made again')
    ((fault,), _) = told(world, kind("PassRoleGrant", "g", roles=["web"], user="ops", meant={"role web": "1"}))
    assert fault.startswith('PassRoleGrant "g" roles: ')


def test_each_case_has_one_remedy_and_those_alike_are_told_once() -> None:
    both: dict[str, Role | None] = {"web": WEB, "db": dataclasses.replace(WEB, name="db", role_id="4")}
    world = World(LIMITS, roles=both, policies={("g", CUSTOM): Policy("g", CUSTOM, "{}", "v1", policy_id="2")})

    def made(name: str, own_id: str, **more: Any) -> Declaration:
        return known(kind("InstanceRole", name, name=name, exists=True, **more), own_id)

    ((adopted,), _) = told(world, made("web", "1", adopt=True))
    assert adopted.endswith("has id 2; run a refresh, then up, which takes over the one there now")
    ((grant,), _) = told(world, known(kind("PassRoleGrant", "g", name="g", roles=[], exists=True), "1"))
    assert "has id 2; declare another name, or have the one there now deleted" in grant and "adopt" not in grant
    found = find_namesakes((made("web", "1"), made("db", "3")), {HERE: world}).faults
    assert [str(one) for one in gathered(found)] == [
        'InstanceRole "db", "web" name: 2 roles were deleted and made again by somebody else (db: the state means id '
        "3, there now is id 4, web: the state means id 1, there now is id 2); declare another name; or, to take it "
        "over, say adopt=True and run a refresh before the next up"
    ]
    # By those that refer to it, too: once, with one remedy.
    ((fault,), _) = told(world, bond("a", meant_ids={"role web": "1"}), bond("b", meant_ids={"role web": "1"}))
    assert fault.endswith("; run a refresh, then give it another name where it is declared, or say adopt=True there")


def test_what_is_not_known_is_no_namesake_and_a_lost_mark_is_a_doubt() -> None:
    assert told(World(LIMITS), known(role("web", exists=True), "1"), bond("a", meant={"role web": "1"})) == ([], [])
    assert told(World(LIMITS, roles={"web": WEB}), role("web", exists=True)) == ([], [])
    assert told(World(LIMITS, roles={"web": None}), known(role("web", exists=True), "1")) == ([], [])
    bare = World(LIMITS, roles={"web": dataclasses.replace(WEB, tags={})})
    (_, (doubt,)) = told(bare, role("web", exists=True))
    assert "no longer carries the mark of this resource" in doubt
    assert told(bare, role("web", exists=True, adopt=True)) == ([], [])
    assert told(bare, known(role("web", exists=True), "2")) == ([], [])


@pytest.mark.parametrize(
    ("prop", "account", "region", "more", "expected"),
    [
        ("role", Account("tencent"), "", {}, "is in the cloud tencent, and this resource is in alibaba"),
        ("role", SECOND, "", {}, "is in account 2, and this resource is in account 1; give both the same profile"),
        ("role", Account("alibaba", profile="alike"), "", {}, ""),
        ("role", Account("alibaba", profile="silent"), "", {}, ""),
        ("role", None, "", {}, ""),
        ("instance_ids", HERE, "r", {}, ""),
        ("instance_ids", HERE, "other", {}, "is in region other, and this resource is in r"),
        ("instance_ids", HERE, "", {}, ""),
    ],
)
def test_references_fit(prop: str, account: Account | None, region: str, more: dict[str, Any], expected: str) -> None:
    of = "InstanceRoleBinding" if prop == "instance_ids" else "InstanceRole"
    one = dataclasses.replace(
        kind("InstanceRoleBinding", "b", role="web", instance_ids=[], **more),
        means=(Meaning(prop, of, "x", account, region),),
    )
    worlds = {
        HERE: World(LIMITS, account_id="1"),
        SECOND: World(LIMITS, account_id="2"),
        Account("alibaba", profile="alike"): World(LIMITS, account_id="1"),
        Account("alibaba", profile="silent"): World(LIMITS),
    }
    found = [str(find) for find in find_misfits([one], worlds)]
    assert len(found) == bool(expected) and all(expected in each for each in found), found


def test_each_takeover_is_a_line() -> None:
    def lines(tags: dict[str, str], *declared: Declaration, uses: tuple[str, ...] = ()) -> list[str]:
        seen = dataclasses.replace(WEB, tags=tags)
        world = World(LIMITS, {"web": seen}, uses={("role", "web"): uses})
        world.attachments["web"] = [Attachment("web", "p", CUSTOM)]
        return [str(one) for one in gathered(takeovers(declared, {HERE: world}))]

    ours = WEB.tags
    assert lines({}, role("web")) == []  # a fault, and told as one
    assert lines(dict(ours), role("web", exists=True)) == []
    (line,) = lines(dict(ours), role("web"))
    assert (
        line
        == 'InstanceRole "web" name: goes on with role web (id 2), as an interrupted create of this resource left it'
    )
    (line,) = lines(dict(ours), role("web", adopt=True), uses=("policy p",))
    assert "which may be the one of another state of stack proj/dev; it is released, not deleted, at the end" in line
    (line,) = lines({}, role("web", adopt=True))
    assert "takes over role web (id 2), which this stack did not make; it is released" in line
    (line,) = lines(Owner("proj", "prod", "web").tags(), role("web", adopt=True))
    assert "takes over role web (id 2), made by stack proj/prod; it is released" in line
    (line,) = lines(Owner("proj", "dev", "old").tags(), role("web", adopt=True))
    assert 'from the resource "old" of this stack; it is deleted with this resource' in line
    adopting = bond("a", adopt=True)
    assert lines({}, adopting) == [
        'RolePolicyAttachment "a" policy: p is on role web already; it stays there at the end'
    ]
    assert lines(dict(ours), adopting) == []  # nothing hung on it before this stack made it
    assert lines({}, bond("a")) == []
    assert len(lines(dict(ours), role("web", adopt=True), adopting, uses=("policy p",))) == 2


@pytest.mark.parametrize(
    ("tags", "adopt", "says"),
    [
        (
            lambda name: {},
            True,
            "4 roles that this stack did not make are taken over, and released, not deleted, at the end (",
        ),
        (
            lambda name: Owner("proj", "prod", name).tags(),
            True,
            "4 roles made by stack proj/prod are taken over, and released, not deleted, at the end (w0 (id 2), ",
        ),
        (
            lambda name: Owner("proj", "dev", name).tags(),
            False,
            "4 roles are as interrupted creates of these resources",
        ),
        (
            lambda name: Owner("proj", "dev", f"x{name}").tags(),
            True,
            '4 roles are taken over from other resources of this stack, and deleted with these (w0 from "xw0" (id 2)',
        ),
    ],
)
def test_takeovers_of_one_kind_are_told_together(tags: Any, adopt: bool, says: str) -> None:
    names = [f"w{number}" for number in range(4)]
    roles: dict[str, Role | None] = {one: dataclasses.replace(WEB, name=one, tags=tags(one)) for one in names}
    world = World(LIMITS, roles, uses={("role", one): () for one in names})
    declared = [role(one, adopt=adopt) for one in names]
    (line,) = [str(one) for one in gathered(takeovers(declared, {HERE: world}))]
    assert line.startswith(f'InstanceRole "w0", "w1", "w2", "w3" name: {says}'), line
