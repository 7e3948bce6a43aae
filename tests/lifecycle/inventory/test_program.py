"""`instance-role inventory --write-program`, for random accounts.

The program's first up changes nothing that a reader of the account can see, the second is empty, and destroy leaves the
account as it was.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lifecycle.inventory.test_inventory import hold, run
from tests.support.deployed import Deployed
from tests.support.sandbox import Sandbox, Server

NAMES = ("web", "Batch-1", "class", "2nd")  # one is a keyword, one begins with a digit
ACTIONS = {"alibaba": ("oss:GetObject", "ecs:Describe*"), "tencent": ("name/cos:GetObject", "name/cvm:Describe*")}
SERVICES = {
    "alibaba": ("ecs.aliyuncs.com", "fc.aliyuncs.com"),
    "tencent": ("cvm.qcloud.com", "scf.qcloud.com"),
}
SYSTEM = {"alibaba": "AliyunOSSReadOnlyAccess", "tencent": "QcloudCOSReadOnlyAccess"}


@dataclass(frozen=True)
class RoleThere:
    """A role of an account: who else it trusts, what it says of itself, its policies and instances."""

    name: str
    also: bool
    description: str
    duration: int | None
    policies: frozenset[int]
    system: bool
    instances: int


ROLES = st.lists(
    st.builds(
        RoleThere,
        st.sampled_from(NAMES),
        st.booleans(),
        st.sampled_from(("", 'says "so"', "größer")),
        st.sampled_from((None, 7200)),
        st.frozensets(st.integers(0, 1)),
        st.booleans(),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda role: role.name.lower(),
)


def populate(sandbox: Sandbox, cloud: str, roles: list[RoleThere]) -> None:
    """Make the account."""
    side: Any = sandbox if cloud == "alibaba" else sandbox.tencent
    low = cloud == "tencent"

    def call(action: str, **params: Any) -> Any:
        return sandbox.tencent.call("cam", action, **params) if low else sandbox.call("Ram", action, **params)

    for number in range(2):
        statement = {"Effect": "Allow", "Action": [ACTIONS[cloud][number]], "Resource": ["*"]}
        whole: dict[str, Any] = {"Version": "1", "Statement": [statement]}
        if low:
            lowered = {key.lower(): value for key, value in statement.items()}
            whole = {"version": "2.0", "statement": [{**lowered, "effect": "allow"}]}
        document = json.dumps(whole)
        call("CreatePolicy", PolicyName=f"policy-{number}", PolicyDocument=document, Description=f"number {number}")
    ids = side.make_vpc_instance(7)
    for role in roles:
        more: dict[str, Any] = {}
        if role.description:
            more["Description"] = role.description
        if role.duration:
            more["SessionDuration" if low else "MaxSessionDuration"] = role.duration
        services = list(SERVICES[cloud][: 2 if role.also else 1])
        if low:
            trust: dict[str, Any] = {"version": "2.0", "statement": [_trust(services, low)]}
            call("CreateRole", RoleName=role.name, PolicyDocument=json.dumps(trust), **more)
        else:
            trust = {"Version": "1", "Statement": [_trust(services, low)]}
            call("CreateRole", RoleName=role.name, AssumeRolePolicyDocument=json.dumps(trust), **more)
        names = [("Custom", f"policy-{number}") for number in sorted(role.policies)]
        for kind, name in [*names, *([("System", SYSTEM[cloud])] if role.system else [])]:
            if low:
                call("AttachRolePolicy", AttachRoleName=role.name, PolicyName=name)
            else:
                call("AttachPolicyToRole", PolicyType=kind, PolicyName=name, RoleName=role.name)
        if role.instances:
            hold(sandbox, cloud, role.name, [ids.pop() for _ in range(role.instances)])


def _trust(services: list[str], low: bool) -> dict[str, Any]:
    if low:
        return {"effect": "allow", "action": "name/sts:AssumeRole", "principal": {"service": services}}
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": services}}


def seen(sandbox: Sandbox, cloud: str) -> Any:
    """All that a reader of the account can see."""
    state = sandbox.state()
    found = state["tencent"] if cloud == "tencent" else {k: v for k, v in state.items() if k != "tencent"}
    return {key: value for key, value in found.items() if key != "time"}


def taken_over(server: Server, cloud: str, roles: list[RoleThere]) -> None:
    """The property, for one account."""
    sandbox = server.account()
    populate(sandbox, cloud, roles)
    with tempfile.TemporaryDirectory() as folder:
        everywhere = {**sandbox.env(), **sandbox.tencent.env()}
        # The program says its region itself: whoever wrote it may have said it by --region alone.
        project = Deployed(Path(folder), sandbox, dict.fromkeys((one for one in everywhere if "REGION" in one), ""))
        (Path(folder) / "Pulumi.yaml").unlink()
        said, _ = run(sandbox, "--cloud", cloud, "--write-program", folder)
        assert "makes no writing call" in said and f"{len(roles)} InstanceRole" in said
        compile((Path(folder) / "__main__.py").read_text(encoding="utf-8"), "__main__.py", "exec")
        (Path(folder) / "Pulumi.yaml").write_text("name: proj\nruntime: python\n", encoding="utf-8")
        before, mark = seen(sandbox, cloud), sandbox.mark()
        project.up()
        assert project.writes(mark) == []
        assert "no changes" in project.up()
        project.run("drift")
        project.run("sandbox", "destroy")
        assert project.writes(mark) == [] and seen(sandbox, cloud) == before


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_a_program_takes_an_account_over_without_changing_it(sandbox_server: Server, cloud: str) -> None:
    @settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ROLES)
    def holds(roles: list[RoleThere]) -> None:
        taken_over(sandbox_server, cloud, roles)

    holds()


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_many_accounts(sandbox_server: Server, cloud: str) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ROLES)
    def holds(roles: list[RoleThere]) -> None:
        taken_over(sandbox_server, cloud, roles)

    holds()


def test_what_is_chosen_and_what_is_left_out(sandbox: Sandbox, tmp_path: Path) -> None:
    populate(
        sandbox,
        "alibaba",
        [
            RoleThere("web", False, "", None, frozenset({0}), False, 1),
            RoleThere("class", False, "", None, frozenset(), False, 1),
        ],
    )
    theirs = {"instance-role:project": "shop", "instance-role:stack": "prod", "instance-role:resource": "db"}
    trust = json.dumps({"Version": "1", "Statement": [_trust(["ecs.aliyuncs.com"], False)]})
    tags = json.dumps([{"Key": key, "Value": value} for key, value in theirs.items()])
    sandbox.call("Ram", "CreateRole", RoleName="db", AssumeRolePolicyDocument=trust, Tag=tags)
    said, _ = run(sandbox, "--cloud", "alibaba", "--write-program", str(tmp_path / "all"))
    assert "2 InstanceRole" in said and "left out: role db: stack shop/prod has it" in said
    said, _ = run(sandbox, "--cloud", "alibaba", "--write-program", str(tmp_path / "web"), "--role", "w*")
    program = (tmp_path / "web" / "__main__.py").read_text()
    assert 'InstanceRole("web"' in program and "class" not in program and "policy-1" not in program
    _, errors = run(sandbox, "--cloud", "alibaba", "--write-program", str(tmp_path / "web"), code=1)
    assert "is there already" in errors  # nothing is overwritten
    _, errors = run(sandbox, "--cloud", "alibaba", "--role", "web", code=1)
    assert "give it, too" in errors
