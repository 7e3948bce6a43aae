"""What others deleted and made anew under a name of this stack is written to by nothing, and both ids are told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.names import Names, names
from tests.support.host import Host, HostError, Props, Thing

__all__ = ["names"]

KINDS = ("InstanceRole", "RolePolicy", "RolePolicyAttachment", "InstanceRoleBinding", "PassRoleGrant")


def meant(*things: Thing) -> list[dict[str, str]]:
    """What a program gives of the resources that it refers to."""
    ids = {"InstanceRole": ("role", "role_id"), "RolePolicy": ("policy", "policy_id")}
    return [
        {"kind": ids[one.kind][0], "name": one.outputs["name"], "id": one.outputs.get(ids[one.kind][1], "")}
        for one in things
    ]


class Stack:
    """One of each, as a state has them; the role web and the policy read are the stack's own."""

    def __init__(self, names: Names, host: Host, *, by_name: bool = False) -> None:
        self.names, self.by_name = names, by_name
        self.ids = names.launch(2)
        names.make_user("ops")
        self.things = {kind: Thing(kind, "mine") for kind in KINDS}
        for kind in KINDS:
            assert host.up(self.things[kind], self.declared(kind)) == "create"

    def declared(self, kind: str, **more: Any) -> Props:
        role, policy = self.things["InstanceRole"], self.things["RolePolicy"]
        given: dict[str, Props] = {
            "InstanceRole": {"name": "web"},
            "RolePolicy": {"name": "read", "document": self.names.document},
            "RolePolicyAttachment": {"role": "web", "policy": "read", "policy_type": "Custom"},
            "InstanceRoleBinding": {"role": "web", "instance_ids": self.ids[:1]},
            "PassRoleGrant": {"name": "pass", "roles": ["web"], "user": "ops"},
        }
        refers = {"RolePolicyAttachment": (role, policy), "InstanceRoleBinding": (role,), "PassRoleGrant": (role,)}
        told = {"meant": meant(*refers[kind])} if kind in refers and not self.by_name else {}
        return self.names.where(**given[kind], **told, **more)

    def begin(self, host: Host) -> None:
        """What an operation does with resources that do not change: whoever goes by their names may learn from it."""
        for kind in ("InstanceRole", "RolePolicy"):
            checked = host.check(self.things[kind], self.declared(kind))
            assert not host.diff(self.things[kind], checked.inputs).changes


def refused(old: str, new: str) -> str:
    ids = f"the state means id {old}, the one there now has id {new}"
    return f"deleted and made again by somebody else: {ids}; (run a refresh, then|declare) "


@pytest.mark.parametrize("by_name", [False, True], ids=["given", "by-name"])
def test_nothing_goes_to_a_role_of_the_same_name(names: Names, host: Host, start: StartHost, by_name: bool) -> None:
    stack = Stack(names, host, by_name=by_name)
    old = stack.things["InstanceRole"].outputs["role_id"]
    new = names.remake_role()
    mark, up = names.sandbox.mark(), start()
    stack.begin(up)
    told = refused(old, new)
    system = {"role": "web", "policy": names.system_policy, "policy_type": "System"}
    extra = stack.declared("RolePolicyAttachment") | system
    with pytest.raises(HostError, match=told):
        up.up(Thing("RolePolicyAttachment", "more"), extra)
    with pytest.raises(HostError, match=told):
        up.up(Thing("InstanceRoleBinding", "more"), stack.declared("InstanceRoleBinding") | {"instance_ids": stack.ids})
    with pytest.raises(HostError, match=told):
        up.up(stack.things["InstanceRoleBinding"], stack.declared("InstanceRoleBinding") | {"instance_ids": stack.ids})
    with pytest.raises(HostError, match=told):
        up.up(stack.things["PassRoleGrant"], stack.declared("PassRoleGrant") | {"regions": [names.sandbox.region]})
    with pytest.raises(HostError, match=told):
        up.up(stack.things["InstanceRole"], stack.declared("InstanceRole") | {"description": "new"})
    assert names.give_writes(mark) == []
    assert names.on_role("web") == [] and names.held(stack.ids)[1] is None


def test_nothing_is_done_with_a_policy_of_the_same_name(names: Names, host: Host, start: StartHost) -> None:
    stack = Stack(names, host)
    old = stack.things["RolePolicy"].outputs["policy_id"]
    names.make_role("other")
    new = names.remake_policy()
    mark, up = names.sandbox.mark(), start()
    stack.begin(up)
    with pytest.raises(HostError, match=refused(old, new)):
        up.up(Thing("RolePolicyAttachment", "more"), stack.declared("RolePolicyAttachment") | {"role": "other"})
    with pytest.raises(HostError, match=refused(old, new)):
        up.up(stack.things["RolePolicy"], stack.declared("RolePolicy") | {"document": names.wider})
    assert names.give_writes(mark) == []


def test_a_destroy_leaves_namesakes_with_all_that_is_on_them(names: Names, host: Host, start: StartHost) -> None:
    stack = Stack(names, host)
    names.remake_role()
    names.put_on("web", "read", "Custom")  # others give it the same
    mark, destroy = names.sandbox.mark(), start()
    destroy.delete(stack.things["RolePolicyAttachment"])
    destroy.delete(stack.things["InstanceRole"])
    assert names.give_writes(mark) == []
    assert names.on_role("web") == [("read", "Custom")]
    names.remake_policy()
    names.put_on("web", "read", "Custom")
    mark = names.sandbox.mark()
    destroy.delete(stack.things["RolePolicyAttachment"])
    destroy.delete(stack.things["RolePolicy"])
    assert names.give_writes(mark) == [] and names.exists("policy", "read")


def test_a_refresh_takes_what_is_gone_for_gone(names: Names, host: Host, start: StartHost) -> None:
    stack = Stack(names, host)
    names.remake_role()
    names.put_on("web", "read", "Custom")
    refresh = start()
    assert not refresh.read(stack.things["InstanceRole"])
    assert not refresh.read(stack.things["RolePolicyAttachment"])
    assert refresh.read(stack.things["RolePolicy"])
    names.remake_policy()
    assert not refresh.read(stack.things["RolePolicy"])
    role = Thing("InstanceRole", "mine")
    with pytest.raises(HostError, match=r"exists already and was not made by this stack; .*adopt=True"):
        start().up(role, stack.declared("InstanceRole"))
    assert start().up(role, stack.declared("InstanceRole", adopt=True)) == "create"
    assert role.outputs["adopted"] and role.outputs["role_id"] == names.id_of("role", "web")


def test_a_role_that_the_stack_makes_anew_gets_its_policies_and_instances_back(
    names: Names, host: Host, start: StartHost
) -> None:
    """Made anew by the stack itself, after a refresh: what goes by its name means the new one then."""
    stack = Stack(names, host)
    for policy, kind in names.on_role("web"):
        names.take_off("web", policy, kind)
    names.drop_role("web")
    names.sandbox.advance(5)
    assert not start().read(stack.things["InstanceRole"])
    stack.things["InstanceRole"] = Thing("InstanceRole", "mine")
    up = start()
    assert up.up(stack.things["InstanceRole"], {"cloud": names.cloud, "name": "web"}) == "create"
    bond = stack.things["RolePolicyAttachment"]
    assert up.up(bond, stack.declared("RolePolicyAttachment")) == "update"
    assert names.on_role("web") == [("read", "Custom")]
    assert up.up(stack.things["InstanceRoleBinding"], stack.declared("InstanceRoleBinding")) == "update"
    assert up.up(bond, stack.declared("RolePolicyAttachment")) == "same"


def test_a_state_of_an_older_release_learns_the_ids(names: Names, host: Host, start: StartHost) -> None:
    stack = Stack(names, host)
    for thing in stack.things.values():
        for bag in (thing.inputs, thing.outputs):
            for key in ("meant", "meant_ids", "policy_id", "adopted" if thing.kind == "RolePolicyAttachment" else ""):
                bag.pop(key, None)
    for kind in KINDS:  # an upgraded library is no change
        assert start().up(stack.things[kind], stack.declared(kind)) == "same", kind
    refresh = start()
    for kind in KINDS:
        assert refresh.read(stack.things[kind])
        assert refresh.up(stack.things[kind], stack.declared(kind)) == "same", kind
    assert stack.things["RolePolicy"].outputs["policy_id"] == names.id_of("policy", "read")
    ids = {"role web": names.id_of("role", "web"), "policy read": names.id_of("policy", "read")}
    assert stack.things["RolePolicyAttachment"].outputs["meant_ids"] == ids
    assert stack.things["InstanceRoleBinding"].outputs["meant_ids"] == {"role web": ids["role web"]}
    destroy = start()
    for kind in reversed(KINDS):
        destroy.delete(stack.things[kind])
    assert not names.exists("role", "web") and not names.exists("policy", "read")


def test_what_the_stack_did_not_make_may_be_made_anew(names: Names, host: Host, start: StartHost) -> None:
    names.make_role("web")
    bond = Thing("RolePolicyAttachment", "bond")
    wanted = names.where(role="web", policy=names.system_policy, policy_type="System")
    assert host.up(bond, wanted) == "create"
    names.remake_role()
    assert host.read(bond) and bond.outputs["drift"] == "policy_detached"
    assert start().up(bond, wanted) == "update"
    assert names.on_role("web") == [(names.system_policy, "System")]
    start().delete(bond)
    assert names.on_role("web") == []
