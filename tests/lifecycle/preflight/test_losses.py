"""A preview names the instances that an update leaves without a role, and those that keep it as they were found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lifecycle.resources.fleet import FLEETS
from tests.support.deployed import Deployed
from tests.support.sandbox import Sandbox

PROGRAM = """
    import json
    import pulumi_instance_role as ir

    for name, (role, ids) in json.load(open("bindings.json")).items():
        ir.InstanceRoleBinding(name, role, ids, cloud="{cloud}")
"""


@pytest.mark.parametrize("cloud", FLEETS)
def test_instances_that_lose_their_role_are_named_once(sandbox: Sandbox, tmp_path: Path, cloud: str) -> None:
    fleet = FLEETS[cloud](sandbox, 11, "app", "db")
    project = Deployed(tmp_path, sandbox)
    project.program(PROGRAM.format(cloud=cloud))

    def declare(**bindings: object) -> None:
        (tmp_path / "bindings.json").write_text(json.dumps(bindings), encoding="utf-8")

    def losses(command: str = "preview") -> list[str]:
        said = project.run("sandbox", command)
        return [line.strip() for line in said.splitlines() if "lose" in line]

    ids = fleet.ids
    declare(web=("app", ids[:8]), jobs=("db", ids[8:]))
    assert losses() == []
    project.up()
    declare(web=("app", []), jobs=("db", [*ids[8:10], ids[0]]))  # one moves, one lost its role to others already
    fleet.take(ids[1])
    named = ", ".join(ids[2:7])
    (web, jobs) = losses()
    assert web.endswith(
        f'InstanceRoleBinding "web" instance_ids: 6 instances lose the role "app" ({named} and 1 more); '
        "they are without credentials then"
    )
    assert jobs.endswith(
        f'InstanceRoleBinding "jobs" instance_ids: 1 instance loses the role "db" ({ids[10]}); it is '
        "without credentials then"
    )
    project.up()
    assert {one for one, role in fleet.held().items() if role is None} == {*ids[1:8], ids[10]}
    assert losses() == []  # nothing of it stays in the state
    assert "losing" not in project.resources()["web"]["outputs"]
    declare(web=("app", ids[1:3]), jobs=("db", [*ids[8:10], ids[0]]))
    assert losses() == []


@pytest.mark.parametrize("cloud", FLEETS)
def test_what_others_did_to_instances_is_no_change_that_this_update_makes(
    sandbox: Sandbox, tmp_path: Path, cloud: str
) -> None:
    fleet = FLEETS[cloud](sandbox, 9, "app", "db")
    project = Deployed(tmp_path, sandbox)
    project.program(PROGRAM.format(cloud=cloud))
    ids = fleet.ids

    def declare(*instance_ids: str) -> None:
        (tmp_path / "bindings.json").write_text(json.dumps({"web": ("app", instance_ids)}), encoding="utf-8")

    def told() -> list[str]:
        said = project.run("sandbox", "preview")
        return [line.strip().rpartition("instance-role: ")[2] for line in said.splitlines() if " role: " in line]

    declare(*ids[:8])
    project.up()
    fleet.take(*ids[:4])
    fleet.give("db", *ids[1:4])
    mark = sandbox.mark()
    why = "the state says otherwise, and this update does not change the binding: run refresh, then up"
    assert told() == [
        f'InstanceRoleBinding "web" role: 1 instance holds no role, not "app" ({ids[0]}); {why}',
        f'InstanceRoleBinding "web" role: 3 instances hold "db", not "app" ({", ".join(ids[1:4])}); {why}',
    ]
    project.up()
    assert fleet.writes(mark) == []
    declare(*ids[:9])  # now there is a step, and what is declared wins
    (change,) = told()
    assert change.startswith('InstanceRoleBinding "web" role: 3 instances change from "db" to "app"')
