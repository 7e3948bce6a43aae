"""Many roles and policies at one preview: looked up in the account's list, with the same verdict as one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pulumi_instance_role.clouds.port import CUSTOM, ErrorKind, PolicySpec, RoleSpec
from pulumi_instance_role.plan.ownership import Owner
from pulumi_instance_role.program import look as looking
from pulumi_instance_role.program.adopting import adoption_changes
from pulumi_instance_role.program.judge import Account, Declaration, judge
from pulumi_instance_role.program.namesakes import find_namesakes
from pulumi_instance_role.program.takeovers import takeovers
from tests.contract.clouds.world import World, refused

PAGES = (
    "pulumi_instance_role.clouds.alibaba.roles.LIST_ENTITIES",
    "pulumi_instance_role.clouds.tencent.base.LIST_ENTITIES",
)
NAMES = ("stays", "anew", "gone", "unmarked", "free", "foreign", "mine", "adopted", "Cased")
"""In the state: as it was, made anew by others, deleted, without its mark. Not in it: no such name, one of others, one
of an interrupted create, one to adopt, one that others have in another case."""
STATE = NAMES[:4]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for constant in PAGES:
        monkeypatch.setattr(constant, 2)


@pytest.mark.usefixtures("small_pages")
def test_all_policies_over_all_pages(world: World) -> None:
    names = [f"policy-{number}" for number in range(5)]
    owner = Owner("shop", "dev", "p")
    for name in names:
        world.cloud.create_policy(PolicySpec(name, world.document(), *marked(world, owner, "why")))
    listed = {one.name: one for one in world.cloud.list_policies(names[:4])}
    assert sorted(listed) == names
    for name in names[:4]:
        whole = world.cloud.get_policy(name, CUSTOM)
        assert whole is not None
        seen = listed[name]
        assert (seen.policy_id, seen.description, seen.tags) == (whole.policy_id, whole.description, whole.tags)
        assert seen.policy_id == world.cloud.own_id("policy", name)


def test_that_there_are_none_is_said_only_to_who_may_look(world: World) -> None:
    assert tuple(world.cloud.list_policies([])) == ()
    refused(ErrorKind.DENIED, lambda: world.outsider().list_policies([]))


@pytest.mark.usefixtures("small_pages")
def test_the_same_is_told_of_many_as_of_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = list(declarations(world))
    told = {}
    for way, most in (("list", 0), ("single", 1000)):
        monkeypatch.setattr(looking, "MANY", most)  # what is many
        mark = world.sandbox.mark()
        picture = looking.look(declared, {})
        singly = {call["params"]["RoleName"] for call in world.sandbox.calls(mark) if call["action"] == "GetRole"}
        others = find_namesakes(declared, picture.worlds)
        told[way] = [
            *map(str, (*picture.faults, *picture.remarks)),
            *(str(finding) for found in judge(declared, picture.worlds) for finding in found),
            *map(str, (*others.faults, *others.doubts)),
            *map(str, takeovers(declared, picture.worlds)),
            *map(str, adoption_changes(declared, picture.worlds)),
        ]
        assert singly == (
            {*NAMES, "other"} if way == "single" else {*NAMES, "other"} - {"stays", "anew", "unmarked", "free"}
        )
    assert told["list"] == told["single"]
    assert any(f"does not let {world.service} assume it" in line for line in told["list"])
    assert len([line for line in told["list"] if "is gone from the cloud" in line]) == 2
    assert len([line for line in told["list"] if "exists already" in line]) >= 2


def test_who_may_not_list_roles_is_asked_for_each(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.make_role("web")
    gone, there = (
        Declaration("InstanceRole", name, Account(world.cloud_name), Owner("shop", "dev", name), {"name": name}, True)
        for name in ("gone", "web")
    )
    monkeypatch.setattr(looking, "MANY", 1)
    readers = {"alibaba": ("ram:GetRole", "ram:ListTagResources"), "tencent": ("cam:GetRole",)}
    world.user(world.permits(*readers[world.cloud_name]))
    picture = looking.look([gone, there], {})
    (seen,) = picture.worlds.values()
    assert seen.roles["gone"] is None and seen.roles["web"] is not None
    assert picture.remarks == [] and picture.faults == []


def test_a_refused_key_is_told_once_and_no_more_is_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    roles = [
        Declaration("InstanceRole", name, Account(world.cloud_name), Owner("shop", "dev", name), {"name": name}, True)
        for name in "abcd"
    ]
    monkeypatch.setattr(looking, "MANY", 3)
    for variable in ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "TENCENTCLOUD_SECRET_KEY"):
        monkeypatch.setenv(variable, "wrong")
    mark = world.sandbox.mark()
    picture = looking.look(roles, {})
    calls = world.sandbox.control("GET", f"calls?since={mark}")["calls"]  # of no account, since the key is of none
    assert len(picture.faults) == 1 and len(calls) == 1
    (seen,) = picture.worlds.values()
    assert seen.roles == {}


def marked(world: World, owner: Owner | None, text: str = "") -> tuple[str, dict[str, str]]:
    """Description and tags of a policy that is its owner's."""
    if owner is None or world.cloud.limits.tags_policies:
        return text, owner.tags() if owner else {}
    return owner.mark(text), {}


def declarations(world: World) -> Iterator[Declaration]:
    """A role and a policy in each situation, which it makes."""
    cloud, account = world.cloud, Account(world.cloud_name)
    for name in NAMES:
        owner = Owner("shop", "dev", name)
        mark = {"unmarked": None, "foreign": Owner("shop", "prod", name), "adopted": None}.get(name, owner)
        ids = {"InstanceRole": "", "RolePolicy": ""}
        if name != "free":
            there = name.lower()
            role = cloud.create_role(RoleSpec(there, world.trust, tags=mark.tags() if mark else {}))
            policy = cloud.create_policy(PolicySpec(there, world.document(), *marked(world, mark)))
            ids = {"InstanceRole": role.role_id, "RolePolicy": policy.policy_id}
        if name == "gone":
            cloud.delete_role(name)
            cloud.delete_policy(name)
        if name == "anew":
            ids = {"InstanceRole": "77", "RolePolicy": "2001-01-01T00:00:00Z"}
        if name == "unmarked":  # as a preview knows it while it is changed in place
            ids = {"InstanceRole": "", "RolePolicy": ""}
        wanted = {"trust_policy": world.other_trust, "document": world.document(2)}
        for kind, own_id in ids.items():
            known = {"name": name, "adopt": name == "adopted", **wanted}
            yield Declaration(kind, name, account, owner, known, name in STATE, own_id=own_id)
    cloud.create_role(RoleSpec("other", world.untrusted))
    bound = {"role": "other", "instance_ids": world.make_instances(1), "region": world.region}
    yield Declaration("InstanceRoleBinding", "on", account, Owner("shop", "dev", "on"), bound, False)
