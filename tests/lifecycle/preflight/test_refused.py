"""A positive refusal is a fault of the preview; only silence is a warning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.support.host import HostError, Thing
from tests.support.program import preview
from tests.support.sandbox import Sandbox


@dataclass(frozen=True)
class Side:
    """One cloud as a program names it, with the caller that may do everything but assume roles it is not let into."""

    cloud: str
    role: str  # the ARN of a role of that name
    system_policy: str
    env: Mapping[str, str]
    wrong: Mapping[str, str]  # a key that is refused

    def program(self, arn: str | None = None) -> str:
        where = f'cloud="{self.cloud}"' + (f', assume_role_arn="{arn}"' if arn else "")
        return f"""
            import pulumi_instance_role as ir
            role = ir.InstanceRole("web", {where})
            ir.RolePolicyAttachment("reads", role, "{self.system_policy}", "System")
            ir.InstanceRoleBinding("on", role, [])
        """


@pytest.fixture(params=["alibaba", "tencent"])
def side(request: pytest.FixtureRequest, sandbox: Sandbox) -> Side:
    tencent = sandbox.tencent
    if request.param == "alibaba":
        user = sandbox.user("all", {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
        arn = f"acs:ram::{sandbox.account_id}:role/{{}}"
        wrong = {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "not-this-secret"}
        return Side("alibaba", arn, "AliyunOSSReadOnlyAccess", sandbox.env(user), wrong)
    everything = {"version": "2.0", "statement": [{"effect": "allow", "action": ["*"], "resource": ["*"]}]}
    sub = tencent.user("all", everything)
    arn = f"qcs::cam::uin/{tencent.account_id}:roleName/{{}}"
    env = {**sandbox.env(), **tencent.env(sub)}
    return Side("tencent", arn, "QcloudCOSReadOnlyAccess", env, {"TENCENTCLOUD_SECRET_KEY": "not-this-secret"})


def make_role(sandbox: Sandbox, cloud: str) -> None:
    """A role of another service, that nobody who asks here may assume."""
    if cloud == "alibaba":
        sandbox.make_role("theirs", ["fc.aliyuncs.com"])
    else:
        sandbox.tencent.make_role("theirs", ["scf.qcloud.com"])


REFUSALS: dict[str, list[tuple[str, dict[str, Any], str]]] = {
    "alibaba": [
        ("nobody", {}, "EntityNotExist.Role"),
        ("theirs", {}, "NoPermission"),
        ("theirs", {"code": "InvalidParameter.DurationSeconds", "status": 400}, "InvalidParameter.DurationSeconds"),
        ("theirs", {"code": "NeverHeardOf", "status": 403}, "NeverHeardOf"),
    ],
    "tencent": [
        ("nobody", {}, "RoleNotFound"),
        ("theirs", {}, "UnauthorizedOperation"),
        ("nobody", {"code": "InternalError.GetRoleError"}, "InternalError.GetRoleError"),
        ("theirs", {"code": "InternalError.IllegalRole"}, "InternalError.IllegalRole"),
    ],
}


def test_a_role_to_assume_that_the_cloud_refuses_is_a_fault(sandbox: Sandbox, side: Side, tmp_path: Path) -> None:
    make_role(sandbox, side.cloud)
    for name, fault, code in REFUSALS[side.cloud]:
        sandbox.clear_faults()
        if fault:
            sandbox.fault("code", "AssumeRole", times=None, **fault)
        mark = sandbox.mark()
        done = preview(side.program(side.role.format(name)), tmp_path, side.env)
        (told,) = done.faults()
        assert told.startswith(f'InstanceRole "web" assume_role_arn: AssumeRole: {side.role.format(name)} cannot be')
        assert code in told and done.warnings == [], (told, done.warnings)
        assert not any(call["write"] for call in sandbox.calls(mark))
        assert len([call for call in sandbox.calls(mark) if call["action"] == "AssumeRole"]) < 20  # no waiting for it


def test_keys_that_are_refused_are_a_fault(sandbox: Sandbox, side: Side, tmp_path: Path) -> None:
    for arn in (None, side.role.format("theirs")):
        done = preview(side.program(arn), tmp_path, {**side.env, **side.wrong})
        (told,) = done.faults()
        assert done.warnings == [] and "not-this-secret" not in done.said, told


def test_silence_of_sts_is_a_warning(sandbox: Sandbox, side: Side, tmp_path: Path) -> None:
    sandbox.fault("drop_before", "AssumeRole", times=None)
    done = preview(side.program(side.role.format("theirs")), tmp_path, side.env)
    assert done.code == 0, done.said
    assert done.warnings and all("could not reach the cloud and judged without it" in one for one in done.warnings)


def test_a_role_to_assume_that_is_gone_ends_no_resource(sandbox: Sandbox, side: Side, start: StartHost) -> None:
    """What is read with it would pass for gone, and a refresh would drop it from the state."""
    (sandbox if side.cloud == "alibaba" else sandbox.tencent).make_role("web")
    role = Thing("InstanceRole", "web")
    declared = {"cloud": side.cloud, "name": "web", "adopt": True}
    start(**side.env).up(role, declared)
    role.outputs["assume_role_arn"] = side.role.format("nobody")
    with pytest.raises(HostError, match="cannot be assumed with"):
        start(**side.env).read(role)
