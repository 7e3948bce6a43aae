"""What is left when something breaks in the middle: told exactly, put back, and converging at the next up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.test_binding import attach, declared, held
from tests.support.host import Host, HostError, Thing
from tests.support.sandbox import Sandbox, wait_for

EVERY_DETACH = 5
"""Calls after which a batch of three that keeps failing is taken apart: three, one, two, one, one."""
EVERY_ATTACH = 2
"""Attach calls of a swap that fails: asked beforehand, and tried on the first instance."""


@pytest.fixture
def ids(sandbox: Sandbox) -> list[str]:
    """Three instances; the roles app and db."""
    sandbox.make_role("app")
    sandbox.make_role("db")
    return sorted(sandbox.make_vpc_instance(3))


def refuse(sandbox: Sandbox, action: str, **rest: Any) -> None:
    sandbox.fault("code", action, code="InvalidParameter.NotToday", **rest)


@pytest.mark.parametrize("cut", ["drop_before", "drop_after", "empty"])
def test_a_lost_answer_is_resolved_by_looking(
    sandbox: Sandbox, ids: list[str], host: Host, start: StartHost, cut: str
) -> None:
    for action in ("AttachInstanceRamRole", "DetachInstanceRamRole", "DescribeInstanceRamRole", "DescribeInstances"):
        sandbox.fault(cut, action, times=1)
    binding = Thing("InstanceRoleBinding", "b")
    assert host.up(binding, declared("app", ids)) == "create"
    assert held(sandbox, ids) == dict.fromkeys(ids, "app")
    assert host.up(binding, declared("db", ids)) == "update"
    assert held(sandbox, ids) == dict.fromkeys(ids, "db")
    sandbox.fault(cut, "DetachInstanceRamRole", times=1)
    start().delete(binding)
    assert held(sandbox, ids) == dict.fromkeys(ids)


@pytest.mark.parametrize(
    "failures", [5, 4]
)  # one swap asked and tried, and a batch of two taken apart: all fail, or all but one
def test_a_create_that_fails_leaves_every_instance_as_it_was(
    sandbox: Sandbox, ids: list[str], host: Host, failures: int
) -> None:
    attach(sandbox, "db", ids[0])
    refuse(sandbox, "AttachInstanceRamRole", times=failures)
    wanted = declared("app", ids, on_conflict="replace")
    with pytest.raises(HostError, match="NotToday") as error:
        host.up(Thing("InstanceRoleBinding", "b"), wanted)
    text = str(error.value).strip()
    assert "put back as they were" in text and len(text.splitlines()) == 1
    assert held(sandbox, ids) == {ids[0]: "db", ids[1]: None, ids[2]: None}
    sandbox.clear_faults()
    assert host.up(Thing("InstanceRoleBinding", "b"), wanted) == "create"
    assert held(sandbox, ids) == dict.fromkeys(ids, "app")


def test_a_swap_that_fails_puts_the_old_role_back(sandbox: Sandbox, ids: list[str], host: Host) -> None:
    binding = Thing("InstanceRoleBinding", "b")
    host.up(binding, declared("app", ids))
    refuse(sandbox, "AttachInstanceRamRole", times=EVERY_ATTACH)
    with pytest.raises(HostError, match=r"1 instance failed.*put back as they were"):
        host.up(binding, declared("db", ids))
    assert held(sandbox, ids) == dict.fromkeys(ids, "app")
    assert host.up(binding, declared("db", ids)) == "update"
    assert held(sandbox, ids) == dict.fromkeys(ids, "db")


def test_who_may_not_pass_the_new_role_takes_the_old_one_from_nobody(
    sandbox: Sandbox, ids: list[str], host: Host, start: StartHost
) -> None:
    binding = Thing("InstanceRoleBinding", "b")
    host.up(binding, declared("app", ids))
    statements = [
        {"Effect": "Allow", "Action": ["ecs:*", "ram:Get*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "ram:PassRole", "Resource": "acs:ram:*:*:role/app"},
    ]
    operator = sandbox.user("operator", {"Version": "1", "Statement": statements})
    mark = sandbox.mark()
    with pytest.raises(HostError, match="PassRoleForbidden"):
        start(operator).up(binding, declared("db", ids))
    assert "DetachInstanceRamRole" not in [call["action"] for call in sandbox.calls(mark)]
    assert held(sandbox, ids) == dict.fromkeys(ids, "app")


def test_a_new_role_is_tried_on_one_instance_before_the_others_lose_the_old_one(
    sandbox: Sandbox, ids: list[str], host: Host
) -> None:
    binding = Thing("InstanceRoleBinding", "b")
    host.up(binding, declared("app", ids))
    # Should the cloud look at the slot before it looks at the caller, asking beforehand shows nothing.
    sandbox.fault(
        "code", "AttachInstanceRamRole", code="InvalidUser.PassRoleForbidden", status=403, after=1, times=None
    )
    with pytest.raises(HostError, match="PassRoleForbidden"):
        host.up(binding, declared("db", ids))
    assert sorted(map(str, held(sandbox, ids).values())) == ["None", "app", "app"]


def test_what_cannot_be_put_back_is_told_and_the_next_up_goes_on(sandbox: Sandbox, ids: list[str], host: Host) -> None:
    binding = Thing("InstanceRoleBinding", "b")
    host.up(binding, declared("app", ids))
    refuse(sandbox, "AttachInstanceRamRole", times=None)
    with pytest.raises(HostError) as error:
        host.up(binding, declared("db", ids))
    (bare,) = [one for one, role in held(sandbox, ids).items() if role is None]
    assert f"could not be put back and now hold no role: {bare} (" in str(error.value)
    assert "run up again" in str(error.value)
    sandbox.clear_faults()
    assert host.up(binding, declared("db", ids)) == "update"
    assert held(sandbox, ids) == dict.fromkeys(ids, "db")


def test_a_delete_that_fails_goes_on_next_time(sandbox: Sandbox, ids: list[str], host: Host, start: StartHost) -> None:
    binding = Thing("InstanceRoleBinding", "b")
    host.up(binding, declared("app", ids))
    refuse(sandbox, "DetachInstanceRamRole", times=EVERY_DETACH - 1)
    destroy = start()
    with pytest.raises(HostError, match="2 instances failed"):
        destroy.delete(binding)
    destroy.delete(binding)
    assert held(sandbox, ids) == dict.fromkeys(ids)


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("InstanceRole", "CreateRole"),
        ("RolePolicy", "CreatePolicy"),
        ("RolePolicyAttachment", "AttachPolicyToRole"),
        ("InstanceRoleBinding", "AttachInstanceRamRole"),
        ("PassRoleGrant", "CreatePolicy"),
    ],
)
def test_a_host_killed_in_the_middle_of_a_create(
    sandbox: Sandbox, ids: list[str], start: StartHost, kind: str, action: str
) -> None:
    statement = {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}
    wanted: dict[str, dict[str, Any]] = {
        "InstanceRole": {"name": "mine"},
        "RolePolicy": {"name": "mine", "document": {"Version": "1", "Statement": [statement]}},
        "RolePolicyAttachment": {"role": "app", "policy": "AliyunOSSReadOnlyAccess", "policy_type": "System"},
        "InstanceRoleBinding": declared("app", ids),
        "PassRoleGrant": {"name": "mine", "roles": ["app"], "role": "db"},
    }
    host = start()
    mark = sandbox.mark()
    thread, _ = host.in_background(
        host.create, Thing(kind, "mine"), host.check(Thing(kind, "mine"), wanted[kind]).inputs
    )
    wait_for(lambda: any(call["action"] == action for call in sandbox.calls(mark)))
    host.kill()  # the work is done in the cloud, and no state knows of it
    thread.join(timeout=10)

    again = Thing(kind, "mine")
    assert start().up(again, wanted[kind]) == "create"
    assert again.outputs.get("adopted", False) is False
    start().delete(again)
    if kind == "InstanceRoleBinding":
        assert held(sandbox, ids) == dict.fromkeys(ids)
