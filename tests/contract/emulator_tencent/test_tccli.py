"""The official command line, as a person would use it.

It brings a second copy of the SDK under the same import name, so it lives in an environment of its own, which
``make test`` sets up (``.venv/tccli``, from ``constraints-tccli.txt``).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contract.emulator_tencent.documents import trust
from tests.support.sandbox import Sandbox, clean_environment


@pytest.fixture
def program() -> str:
    beside = Path(sys.prefix, "tccli", "bin", "tccli")
    found = os.environ.get("TCCLI") or (str(beside) if beside.exists() else shutil.which("tccli"))
    if not found:
        pytest.skip("tccli is not installed: run `make test` with a package index, or name the program in TCCLI")
    return found


def test_a_role_from_first_to_last(program: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tencent = sandbox.tencent

    def tccli(product: str, action: str, *arguments: str) -> Any:
        environment = {**clean_environment(), **tencent.env(), "HOME": str(tmp_path)}
        command = [program, product, action, "--endpoint", sandbox.url, *arguments]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        if ran.returncode:
            return ran.stdout + ran.stderr
        return json.loads(ran.stdout)

    one, two = tencent.make_vpc_instance(2)
    ids = json.dumps([one, two])
    assert tccli("sts", "GetCallerIdentity")["AccountId"] == tencent.account_id
    for role in ("first", "second"):
        assert tccli("cam", "CreateRole", "--RoleName", role, "--PolicyDocument", trust())["RoleId"]
    listed = tccli("cam", "DescribeRoleList", "--Page", "1", "--Rp", "10")
    assert [role["RoleName"] for role in listed["List"]] == ["first", "second"]
    tccli("cam", "AttachRolePolicy", "--AttachRoleName", "first", "--PolicyId", "1")
    assert tccli("cam", "ListAttachedRolePolicies", "--RoleName", "first", "--Page", "1", "--Rp", "10")["TotalNum"] == 1

    def held() -> list[str]:
        tencent.settle()
        found = tccli("cvm", "DescribeInstances", "--InstanceIds", ids)["InstanceSet"]
        return [instance["CamRoleName"] for instance in found]

    for role in ("first", "second", ""):
        tccli("cvm", "ModifyInstancesAttribute", "--InstanceIds", ids, "--CamRoleName", role)
        assert held() == [role, role]
    refused = tccli("cvm", "ModifyInstancesAttribute", "--InstanceIds", ids, "--CamRoleName", "nobody")
    assert "AuthFailure.CamRoleNameAuthenticateFailed" in refused
    assert [call["code"] for call in sandbox.calls() if call["code"]] == ["AuthFailure.CamRoleNameAuthenticateFailed"]
