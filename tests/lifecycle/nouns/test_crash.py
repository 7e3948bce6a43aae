"""What is left when something breaks in the middle: told exactly, put back, and converging at the next up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lifecycle.nouns.conftest import StartHost
from tests.lifecycle.nouns.test_binding import attach, declared, held
from tests.support.host import Host, HostError, Thing
from tests.support.sandbox import Sandbox, wait_for

EVERY_ATTACH = 5
"""Calls after which a batch of three that keeps failing is taken apart: three, one, two, one, one."""


@pytest.fixture
def ids(sandbox: Sandbox) -> list[str]:
    """Three instances; the roles app and db."""
    sandbox.make_role("app")
    sandbox.make_role("db")
    return sorted(sandbox.make_vpc_instance(3))


def refuse(sandbox: Sandbox, action: str, **rest: Any) -> None:
    sandbox.fault("code", action, code="NotToday", status=403, **rest)


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


@pytest.mark.parametrize("failures", [4, 3])  # one swap alone, and a batch of two taken apart: all fail, or all but one
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
    with pytest.raises(HostError, match="3 instances failed"):
        host.up(binding, declared("db", ids))
    assert held(sandbox, ids) == dict.fromkeys(ids, "app")
    assert host.up(binding, declared("db", ids)) == "update"
    assert held(sandbox, ids) == dict.fromkeys(ids, "db")


def test_what_cannot_be_put_back_is_told_and_the_next_up_goes_on(sandbox: Sandbox, ids: list[str], host: Host) -> None:
    binding = Thing("InstanceRoleBinding", "b")
    host.up(binding, declared("app", ids))
    refuse(sandbox, "AttachInstanceRamRole", times=None)
    with pytest.raises(HostError) as error:
        host.up(binding, declared("db", ids))
    for one in ids:
        assert f"{one} could not be put back and holds no role" in str(error.value)
    assert held(sandbox, ids) == dict.fromkeys(ids)
    sandbox.clear_faults()
    assert host.up(binding, declared("db", ids)) == "update"
    assert held(sandbox, ids) == dict.fromkeys(ids, "db")


def test_a_delete_that_fails_goes_on_next_time(sandbox: Sandbox, ids: list[str], host: Host, start: StartHost) -> None:
    binding = Thing("InstanceRoleBinding", "b")
    host.up(binding, declared("app", ids))
    refuse(sandbox, "DetachInstanceRamRole", times=EVERY_ATTACH - 1)
    destroy = start()
    with pytest.raises(HostError, match="2 instances failed"):
        destroy.delete(binding)
    destroy.delete(binding)
    assert held(sandbox, ids) == dict.fromkeys(ids)


@pytest.mark.parametrize(
    ("noun", "action"),
    [
        ("InstanceRole", "CreateRole"),
        ("RolePolicy", "CreatePolicy"),
        ("RolePolicyAttachment", "AttachPolicyToRole"),
        ("InstanceRoleBinding", "AttachInstanceRamRole"),
    ],
)
def test_a_host_killed_in_the_middle_of_a_create(
    sandbox: Sandbox, ids: list[str], start: StartHost, noun: str, action: str
) -> None:
    statement = {"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}
    wanted: dict[str, dict[str, Any]] = {
        "InstanceRole": {"name": "mine"},
        "RolePolicy": {"name": "mine", "document": {"Version": "1", "Statement": [statement]}},
        "RolePolicyAttachment": {"role": "app", "policy": "AliyunOSSReadOnlyAccess", "policy_type": "System"},
        "InstanceRoleBinding": declared("app", ids),
    }
    host = start()
    mark = sandbox.mark()
    thread, _ = host.in_background(
        host.create, Thing(noun, "mine"), host.check(Thing(noun, "mine"), wanted[noun]).inputs
    )
    wait_for(lambda: any(call["action"] == action for call in sandbox.calls(mark)))
    host.kill()  # the work is done in the cloud, and no state knows of it
    thread.join(timeout=10)

    again = Thing(noun, "mine")
    assert start().up(again, wanted[noun]) == "create"
    assert again.outputs.get("adopted", False) is False
    start().delete(again)
    if noun == "InstanceRoleBinding":
        assert held(sandbox, ids) == dict.fromkeys(ids)
