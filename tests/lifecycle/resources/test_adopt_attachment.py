"""`adopt` of attachments: what was attached before is left so at the end."""

from __future__ import annotations

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.names import Names, names
from tests.support.host import Host, Props, Thing
from tests.support.sandbox import wait_for

__all__ = ["names"]


def wanted(names: Names, *, adopt: bool = True, role: str = "web") -> Props:
    return names.where(role=role, policy=names.system_policy, policy_type="System", adopt=adopt)


def test_what_was_attached_before_stays_and_what_was_not_goes(names: Names, host: Host, start: StartHost) -> None:
    for role in ("web", "other"):
        names.make_role(role)
    names.put_on("web", names.system_policy, "System")
    before, anew, plain = (Thing("RolePolicyAttachment", name) for name in ("before", "anew", "plain"))
    mark = names.sandbox.mark()
    assert host.up(before, wanted(names)) == "create"
    assert names.give_writes(mark) == []
    assert host.up(anew, wanted(names, role="other")) == "create"
    assert (before.outputs["adopted"], anew.outputs["adopted"]) == (True, False)
    for thing, role in ((before, "web"), (anew, "other")):
        assert start().up(thing, wanted(names, role=role)) == "same"
        assert start().read(thing)
    start().delete(before)
    start().delete(anew)
    assert (names.on_role("web"), names.on_role("other")) == ([(names.system_policy, "System")], [])
    assert host.up(plain, wanted(names, adopt=False)) == "create"  # as declared counts as done, and is ours then
    assert plain.outputs["adopted"] is False and "adopt" not in plain.inputs
    start().delete(plain)
    assert names.on_role("web") == []


def test_the_flag_changes_without_a_call_and_others_work_is_put_back(
    names: Names, host: Host, start: StartHost
) -> None:
    names.make_role("web")
    names.put_on("web", names.system_policy, "System")
    bond = Thing("RolePolicyAttachment", "bond")
    host.up(bond, wanted(names))
    mark = names.sandbox.mark()
    assert start().up(bond, wanted(names, adopt=False)) == "update"
    assert names.sandbox.calls(mark) == [] and bond.outputs["adopted"] is True  # it was there before, all the same
    names.take_off("web", names.system_policy, "System")
    assert start().read(bond) and bond.outputs["drift"] == "policy_detached"
    assert start().up(bond, wanted(names)) == "update"
    start().delete(bond)
    assert names.on_role("web") == [(names.system_policy, "System")]


@pytest.mark.parametrize("ours", ["role", "policy"])
def test_an_interrupted_create_does_not_count_its_own_work_as_adopted(
    names: Names, host: Host, start: StartHost, ours: str
) -> None:
    role, policy = Thing("InstanceRole", "web"), Thing("RolePolicy", "read")
    if ours == "role":
        host.up(role, names.where(name="web"))
        names.make_policy("read")
    else:
        names.make_role("web")
        host.up(policy, names.where(name="read", document=names.document))
    declared = names.where(role="web", policy="read", policy_type="Custom", adopt=True)
    cut, thing = start(), Thing("RolePolicyAttachment", "bond")
    mark = names.sandbox.mark()
    thread, _ = cut.in_background(cut.create, thing, cut.check(thing, declared).inputs)
    wait_for(lambda: any(call["action"].startswith("Attach") for call in names.sandbox.calls(mark)))
    cut.kill()
    thread.join(timeout=10)
    again = Thing("RolePolicyAttachment", "bond")
    assert start().up(again, declared) == "create"
    assert again.outputs["adopted"] is False
    start().delete(again)
    assert names.on_role("web") == []


def test_a_lost_answer_is_no_adoption(names: Names, host: Host, start: StartHost) -> None:
    names.make_role("web")
    names.sandbox.fault("drop_after", "AttachPolicyToRole", times=1)
    names.sandbox.fault("drop_after", "AttachRolePolicy", times=1)
    bond = Thing("RolePolicyAttachment", "bond")
    assert host.up(bond, wanted(names)) == "create"
    assert bond.outputs["adopted"] is False
    start().delete(bond)
    assert names.on_role("web") == []
