"""From inside an instance: the metadata service, unmodified clients, credentials that change hands."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.forks import python
from tests.support.sandbox import EMULATOR, Sandbox
from tests.support.tencent import Tencent, TencentKeys

CREDENTIALS = "cam/security-credentials/"
WHO_AM_I = """
from tencentcloud.common.credential import CVMRoleCredential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sts.v20180813 import models, sts_client
import os, sys
endpoint = os.environ["INSTANCE_ROLE_ENDPOINT"]
credential = CVMRoleCredential()
if credential.get_credential() is None:
    sys.exit("no role")
client = sts_client.StsClient(credential, os.environ["TENCENTCLOUD_REGION"],
                              ClientProfile(httpProfile=HttpProfile(endpoint=endpoint)))
print(client.GetCallerIdentity(models.GetCallerIdentityRequest()).to_json_string())
"""


def inside(sandbox: Sandbox, instance: str, *command: str) -> subprocess.CompletedProcess[str]:
    run = [python(), "-m", EMULATOR, "exec", "--state", str(sandbox.server.folder), instance, "--", *command]
    return subprocess.run(run, env=sandbox.env(), capture_output=True, text=True, timeout=60, check=False)


def read(sandbox: Sandbox, instance: str, path: str) -> tuple[int, str]:
    """What curl, on the instance, reads of its metadata."""
    url = f"http://metadata.tencentyun.com/latest/meta-data/{path}"
    found = inside(sandbox, instance, "curl", "-sS", "-w", "\n%{http_code}", url)
    body, _, status = found.stdout.rpartition("\n")
    return int(status), body


def keys_of(sandbox: Sandbox, instance: str, role: str = "app") -> TencentKeys:
    status, body = read(sandbox, instance, CREDENTIALS + role)
    assert status == 200, body
    found = json.loads(body)
    assert set(found) == {"TmpSecretId", "TmpSecretKey", "ExpiredTime", "Expiration", "Token", "Code"}
    return TencentKeys(found["TmpSecretId"], found["TmpSecretKey"], found["Token"])


def bound(tencent: Tencent, role: str = "app") -> str:
    tencent.make_role(role)
    (one,) = tencent.make_vpc_instance(CamRoleName=role, InstanceName="web")
    return one


def bind(tencent: Tencent, instance: str, role: str) -> None:
    tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=[instance], CamRoleName=role)
    tencent.settle()


def test_plain_facts(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    one = bound(tencent)
    shown = tencent.instance(one)
    expected = {
        "instance-id": one,
        "instance-name": "web",
        "local-ipv4": shown["PrivateIpAddresses"][0],
        "placement/region": tencent.region,
        "placement/zone": tencent.zone,
        "uuid": shown["Uuid"],
        CREDENTIALS: "app",
    }
    assert {path: read(sandbox, one, path) for path in expected} == {
        path: (200, text) for path, text in expected.items()
    }


@pytest.mark.parametrize("path", ["Instance-Id", "nothing", CREDENTIALS + "other", CREDENTIALS + "App", "cam/x"])
def test_what_is_not_there(sandbox: Sandbox, path: str) -> None:
    assert read(sandbox, bound(sandbox.tencent), path)[0] == 404


def test_the_sdk_s_own_credential(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    one = bound(tencent)
    found = inside(sandbox, one, sys.executable, "-W", "error", "-c", WHO_AM_I)
    assert found.returncode == 0, found.stderr
    who: dict[str, Any] = json.loads(found.stdout)
    role_id = tencent.call("cam", "GetRole", RoleName="app")["RoleInfo"]["RoleId"]
    assert (who["Type"], who["UserId"]) == ("CAMRole", f"{role_id}:{one}")
    bind(tencent, one, "")
    lost = inside(sandbox, one, python(), "-c", WHO_AM_I)
    assert (lost.returncode, lost.stderr.strip()) == (1, "no role")


def test_a_command_sees_no_other_keys(sandbox: Sandbox) -> None:
    one = bound(sandbox.tencent)
    found = inside(sandbox, one, "env")
    assert f"TENCENTCLOUD_REGION={sandbox.tencent.region}" in found.stdout.splitlines()
    assert sandbox.tencent.secret_key not in found.stdout
    assert sandbox.access_key_secret not in found.stdout


def test_what_the_role_may_do_the_instance_may(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    keys = keys_of(sandbox, bound(tencent))
    assert tencent.code("cvm", "DescribeZones", keys=keys) == "AuthFailure.UnauthorizedOperation"
    tencent.call("cam", "AttachRolePolicy", AttachRoleName="app", PolicyName="QcloudCVMReadOnlyAccess")
    assert tencent.call("cvm", "DescribeZones", keys=keys)["TotalCount"] == 4


def test_rotation(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    one = bound(tencent)
    first = keys_of(sandbox, one)
    sandbox.advance(6000)
    assert keys_of(sandbox, one) == first
    sandbox.advance(700)  # within ten minutes of their end there are new ones, and both work
    second = keys_of(sandbox, one)
    assert second != first
    for keys in (first, second):
        assert tencent.call("sts", "GetCallerIdentity", keys=keys)["Type"] == "CAMRole"
    sandbox.advance(600)
    assert tencent.code("sts", "GetCallerIdentity", keys=first) == "AuthFailure.TokenFailure"
    assert tencent.call("sts", "GetCallerIdentity", keys=second)["Type"] == "CAMRole"


def test_another_role_and_none(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    one = bound(tencent)
    tencent.make_role("other")
    bind(tencent, one, "other")
    assert read(sandbox, one, CREDENTIALS) == (200, "other")
    assert read(sandbox, one, CREDENTIALS + "app")[0] == 404
    bind(tencent, one, "")
    assert read(sandbox, one, CREDENTIALS)[0] == 404


def test_it_may_hear_of_a_change_late(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    one = bound(tencent)
    sandbox.switch(cvm_metadata_lag_seconds=60)
    bind(tencent, one, "")
    assert read(sandbox, one, CREDENTIALS) == (200, "app")
    sandbox.advance(60)
    assert read(sandbox, one, CREDENTIALS)[0] == 404


@pytest.mark.parametrize(("switch", "status"), [("revives", 200), ("dangles", 404)])
def test_a_role_made_again(sandbox: Sandbox, switch: str, status: int) -> None:
    tencent = sandbox.tencent
    sandbox.switch(cam_recreated_role=switch)
    one = bound(tencent)
    tencent.call("cam", "DeleteRole", RoleName="app")
    assert tencent.instance(one)["CamRoleName"] == "app"  # a dangling name
    assert read(sandbox, one, CREDENTIALS)[0] == 404
    tencent.make_role()
    assert read(sandbox, one, CREDENTIALS)[0] == status


def test_only_a_running_instance_can_be_entered(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    one = bound(tencent)
    tencent.call("cvm", "StopInstances", InstanceIds=[one])
    tencent.settle()
    stopped = inside(sandbox, one, "true")
    assert (stopped.returncode, "is not running" in stopped.stderr) == (1, True)
    nothing = inside(sandbox, "ins-00000000", "true")
    assert (nothing.returncode, "no instance 'ins-00000000'" in nothing.stderr) == (1, True)


def test_each_cloud_s_instance_has_its_own_metadata(sandbox: Sandbox) -> None:
    one = bound(sandbox.tencent)
    alibaba = inside(sandbox, one, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "http://100.100.100.200/")
    assert alibaba.stdout == "502"
    sandbox.make_role()
    (other,) = sandbox.make_vpc_instance()
    url = "http://metadata.tencentyun.com/latest/meta-data/instance-id"
    tencent = inside(sandbox, other, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", url)
    assert tencent.stdout == "502"
