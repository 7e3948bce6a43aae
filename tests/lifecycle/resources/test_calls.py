"""How many calls each operation takes, reads and writes apart: batches and pages that the clouds document, and no more.

What the reads are, by instances: the role's trust; what each holds, before (50 a page on Alibaba Cloud, 100 on Tencent
Cloud); what each holds right before a write that is not conditional; and what each holds afterwards. Where a page
shows that nobody holds a role any more, one is enough. Alibaba Cloud's first read of instances without a role also asks
once whether unknown ids are told. Its change of role looks first which instances are there (100 a page), asks for the
new role, and does one instance ahead.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_instance_role.transport.share import KEPT
from tests.lifecycle.resources.fleet import FLEETS, Fleet
from tests.support.host import Host, Thing
from tests.support.program import preview
from tests.support.sandbox import Sandbox, Server

SIZES = (1, 100, 1000)
BINDING, ROLE, POLICY, ATTACHMENT = "InstanceRoleBinding", "InstanceRole", "RolePolicy", "RolePolicyAttachment"
Cost = tuple[int, int]
"""Writing calls, reading calls."""

BINDINGS: dict[str, dict[str, tuple[Cost, Cost, Cost]]] = {
    "alibaba": {
        "bind": ((1, 4), (1, 6), (10, 42)),
        "no change": ((0, 0), (0, 0), (0, 0)),
        "change of role": ((3, 5), (5, 9), (23, 54)),
        "refresh": ((0, 1), (0, 2), (0, 20)),
        "destroy": ((1, 3), (1, 5), (10, 41)),
    },
    "tencent": {
        "bind": ((1, 4), (1, 4), (10, 31)),
        "no change": ((0, 0), (0, 0), (0, 0)),
        "change of role": ((1, 4), (1, 4), (10, 31)),
        "refresh": ((0, 1), (0, 1), (0, 10)),
        "destroy": ((1, 3), (1, 3), (10, 30)),
    },
}


def cost(fleet: Fleet, work: Callable[[], object]) -> Cost:
    """The calls of ``work``."""
    mark = fleet.sandbox.mark()
    work()
    made = Counter(bool(call["write"]) for call in fleet.sandbox.calls(mark))
    return made[True], made[False]


def carry_out(fleet: Fleet, binding: Thing, ids: list[str], step: str) -> Cost:
    """One operation of its own on the binding, and its calls."""

    def work() -> None:
        if step == "refresh":
            assert host.read(binding)
        elif step == "destroy":
            host.delete(binding)
        else:
            host.up(binding, fleet.declared("db" if step == "change of role" else "app", ids))

    with Host(fleet.sandbox.env()) as host:
        return cost(fleet, work)


@pytest.mark.parametrize("cloud", FLEETS)
def test_bindings(sandbox_server: Server, cloud: str) -> None:
    fleet = FLEETS[cloud](sandbox_server.account(), max(SIZES), "app", "db")
    for number, size in enumerate(SIZES):
        binding, ids = Thing(BINDING, "b"), fleet.ids[:size]
        found = {step: carry_out(fleet, binding, ids, step) for step in BINDINGS[cloud]}
        assert found == {step: costs[number] for step, costs in BINDINGS[cloud].items()}, size
        assert set(fleet.held().values()) == {None}


@pytest.mark.parametrize(("cloud", "most"), [("alibaba", 14), ("tencent", 14)])
def test_a_first_up_of_two_roles_a_policy_and_two_attachments(sandbox: Sandbox, cloud: str, most: int) -> None:
    fleet = FLEETS[cloud](sandbox, 1)
    with Host(sandbox.env()) as host:
        mark, begun = sandbox.mark(), time.monotonic()
        roles, policy = [Thing(ROLE, name) for name in ("web", "db")], Thing(POLICY, "read")
        for role in roles:
            host.up(role, {"cloud": cloud, "name": role.name})
        host.up(policy, {"cloud": cloud, "name": "read", "document": fleet.document})
        for role in roles:
            meant = {f"role {role.name}": role.outputs["role_id"], "policy read": policy.outputs["policy_id"]}
            on = {"role": role.name, "policy": "read", "policy_type": "Custom", "meant": meant}
            host.up(Thing(ATTACHMENT, role.name), {"cloud": cloud, **on})
        # What was seen longer ago than looks are shared is looked at again before something is put on it.
        again = 4 if time.monotonic() - begun > KEPT else 0
        calls = sandbox.calls(mark)
    assert sum(call["write"] for call in calls) == 5
    assert len(calls) <= most + again


@pytest.mark.parametrize(
    ("cloud", "most"),
    [
        ("alibaba", {"GetRole": 1, "GetPolicy": 1, "ListTagResources": 2, "ListPoliciesForRole": 4}),
        ("tencent", {"GetRole": 1, "GetPolicy": 1, "ListPolicies": 1, "ListAttachedRolePolicies": 4}),
    ],
)
def test_a_refresh_of_what_hangs_on_one_role(sandbox: Sandbox, cloud: str, most: dict[str, int]) -> None:
    """What an attachment means by its names, the role and the policy were told a moment before."""
    fleet = FLEETS[cloud](sandbox, 1)
    role, policy = Thing(ROLE, "web"), Thing(POLICY, "read")
    with Host(sandbox.env()) as host:
        host.up(role, {"cloud": cloud, "name": "web"})
        host.up(policy, {"cloud": cloud, "name": "read", "document": fleet.document})
        meant = {"role web": role.outputs["role_id"], "policy read": policy.outputs["policy_id"]}
        on = {"role": "web", "policy": "read", "policy_type": "Custom", "meant": meant}
        ties = [Thing(ATTACHMENT, f"tie-{number}") for number in range(4)]
        for tie in ties:
            host.up(tie, {"cloud": cloud, **on})
    with Host(sandbox.env()) as host:
        mark, begun = sandbox.mark(), time.monotonic()
        assert all(host.read(thing) for thing in (role, policy, *ties))
        # What was told longer ago than looks are shared is asked for again, by each at most.
        alone = len(ties) if time.monotonic() - begun > KEPT else 0
        calls = Counter(call["action"] for call in sandbox.calls(mark))
    assert calls.keys() == most.keys()
    assert all(most[action] <= count <= most[action] + alone for action, count in calls.items()), calls


@pytest.mark.parametrize("cloud", FLEETS)
def test_a_preview_of_a_thousand_instances(sandbox: Sandbox, tmp_path: Path, cloud: str) -> None:
    fleet = FLEETS[cloud](sandbox, 1000)
    program = f"""
        import json
        import pulumi_instance_role as ir

        ids = json.load(open("ids.json"))
        ir.InstanceRoleBinding("b", ir.InstanceRole("web", cloud="{cloud}"), ids, cloud="{cloud}")
    """
    (tmp_path / "ids.json").write_text(str(fleet.ids).replace("'", '"'), encoding="utf-8")
    writes, reads = cost(fleet, lambda: preview(program, tmp_path, sandbox.env()))
    assert writes == 0 and 10 <= reads <= 30
