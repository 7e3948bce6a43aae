"""Every action that is served, on both clouds: allowed by exactly itself on exactly its resources, and by no less.

One user whose one policy is swapped, over the wire through the official SDKs. A call that is allowed may still fail for
other reasons: it is about things that are not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from instance_role_sandbox.emulator.alibaba.products import PRODUCTS as ALIBABA_PRODUCTS
from instance_role_sandbox.emulator.tencent.products import PRODUCTS as TENCENT_PRODUCTS
from instance_role_sandbox.emulator.tencent.shapes import Shape
from tests.contract.emulator_permissions import rows
from tests.contract.emulator_permissions.rows import Row
from tests.support.sandbox import Sandbox
from tests.support.tencent import MODULES

Statement = tuple[list[str], list[str]]  # actions, resources


class AlibabaUser:
    """A RAM user with one policy."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.keys = sandbox.user("ann", self._document([(["oss:GetObject"], ["*"])]))
        held = sandbox.call("Ram", "ListPoliciesForUser", UserName="ann")["Policies"]["Policy"]
        self.policy = held[0]["PolicyName"]
        self.names = {"me": sandbox.account_id, "at": sandbox.region}

    @staticmethod
    def _document(statements: Iterable[Statement]) -> dict[str, Any]:
        allowed = [{"Effect": "Allow", "Action": one, "Resource": on} for one, on in statements]
        return {"Version": "1", "Statement": allowed}

    def hold(self, *statements: Statement) -> None:
        """Let the policy say this and nothing else."""
        desired: dict[str, Any] = {
            "PolicyDocument": json.dumps(self._document(statements)),
            "SetAsDefault": "true",
            "RotateStrategy": "DeleteOldestNonDefaultVersionWhenLimitExceeded",
        }
        self.sandbox.call("Ram", "CreatePolicyVersion", PolicyName=self.policy, **desired)

    def outcome(self, product: str, action: str, params: dict[str, Any]) -> tuple[str, Any]:
        """The code of a call as the user ("" for none), and its answer."""
        try:
            answer = self.sandbox.call(product, action, self.keys, **params)
        except ServerException as error:
            return error.get_error_code(), None
        del answer["RequestId"]
        return "", answer


class TencentUser:
    """A sub-account with one policy."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.tencent = sandbox.tencent
        self.keys = self.tencent.user("ann", self._document([(["cos:GetObject"], ["*"])]))
        held = self.tencent.call("cam", "ListAttachedUserPolicies", TargetUin=int(self.keys.uin))["List"]
        self.policy = held[0]["PolicyId"]
        self.names = {"me": self.tencent.account_id, "at": self.tencent.region}

    @staticmethod
    def _document(statements: Iterable[Statement]) -> dict[str, Any]:
        allowed = [{"effect": "allow", "action": one, "resource": on} for one, on in statements]
        return {"version": "2.0", "statement": allowed}

    def hold(self, *statements: Statement) -> None:
        """Let the policy say this and nothing else."""
        document = json.dumps(self._document(statements), separators=(",", ":"))
        self.tencent.call("cam", "UpdatePolicy", PolicyId=self.policy, PolicyDocument=document)

    def outcome(self, product: str, action: str, params: dict[str, Any]) -> tuple[str, Any]:
        """The code of a call as the user ("" for none), and its answer."""
        try:
            return "", self.tencent.call(product, action, self.keys, **params)
        except TencentCloudSDKException as error:
            return str(error.code), None


ALIBABA_DENIED = {"Ram": "NoPermission", "Sts": "NoPermission", "Ecs": "Forbidden.RAM", "Vpc": "Forbidden"}
TENCENT_DENIED = "AuthFailure.UnauthorizedOperation"


def near_misses(permission: str, siblings: list[str], resources: list[str]) -> Iterable[list[Statement]]:
    """Policies that allow almost that: its siblings on the same resources, and itself on all but one of them."""
    for one in resources:
        others = [other for other in resources if other != one]
        beside = [f"{one[:-1]}x" if one.endswith("/*") else one + "x"] if one != "*" else []
        on = [*others, *beside]
        yield [(siblings, resources), *([([permission], on)] if on else [])]


@pytest.mark.parametrize("product", rows.ALIBABA)
def test_alibaba_cloud(sandbox: Sandbox, product: str) -> None:
    user = AlibabaUser(sandbox)
    served = next(one for one in ALIBABA_PRODUCTS if one.name == product)
    assert set(rows.ALIBABA[product]) <= set(served.actions)
    wrong = [
        problem
        for action, row in rows.ALIBABA[product].items()
        for problem in check(user, product, served.prefix, action, row, list(served.actions), ALIBABA_DENIED[product])
    ]
    assert wrong == []


@pytest.mark.parametrize("product", rows.TENCENT)
def test_tencent_cloud(sandbox: Sandbox, product: str) -> None:
    user = TencentUser(sandbox)
    served = TENCENT_PRODUCTS[product].actions
    assert set(rows.TENCENT[product]) <= set(served)
    wrong = [
        problem
        for action, row in rows.TENCENT[product].items()
        for problem in check(user, product, product, action, row, list(served), TENCENT_DENIED)
    ]
    assert wrong == []


def check(
    user: AlibabaUser | TencentUser, product: str, prefix: str, action: str, row: Row, served: list[str], denied: str
) -> Iterable[str]:
    """What is wrong with how one action is permitted."""
    params = {name: value.format(**user.names) if name == "RoleArn" else value for name, value in row[0].items()}
    resources = [resource.format(**user.names) for resource in row[1]]
    permission = f"{prefix}:{action}"
    user.hold(([permission], resources))
    if user.outcome(product, action, params)[0] == denied:
        yield f"{permission} on {resources}: denied"
    siblings = [f"{prefix}:{other}" for other in served if other != action] or [f"{prefix}:None"]
    for statements in near_misses(permission, siblings, resources):
        user.hold(*statements)
        code = user.outcome(product, action, params)[0]
        if code != denied:
            yield f"{permission}: {code or 'success'} with {statements[1:]} beside its siblings"


def sample(shape: Shape) -> Any:
    """Some value of a type, for parameters that have to be there."""
    if shape.kind == "struct":
        return {name: sample(shape.fields[name]) for name in sorted(shape.required)}
    if shape.item is not None:
        return [sample(shape.item)]
    return {"text": "x", "int": 1, "float": 1.0, "bool": True, "any": {}}[shape.kind]


def test_nothing_on_alibaba_cloud_is_open_to_a_user_without_permissions(sandbox: Sandbox) -> None:
    sandbox.make_role()
    sandbox.make_vpc_instance(RamRoleName="app", Tag=[{"Key": "a", "Value": "b"}])
    user = AlibabaUser(sandbox)
    wrong, empty = [], 0
    for product in ALIBABA_PRODUCTS:
        for action in product.actions.values():
            if action.permission is None or product.name == "Sts":
                continue
            code, answer = user.outcome(product.name, action.name, {})
            if code == "" and product.name == "Ecs" and action.name.startswith(("Describe", "List")):
                lists = [value for value in answer.values() if isinstance(value, dict)]
                wrong += [action.name for found in lists if any(found.values())]  # an empty list, not an error
                empty += 1
            elif code != ALIBABA_DENIED[product.name]:
                wrong.append(f"{product.name}:{action.name} {code}")
    assert wrong == []
    assert empty >= 10


def test_nothing_on_tencent_cloud_is_open_to_a_user_without_permissions(sandbox: Sandbox) -> None:
    user = TencentUser(sandbox)
    codes = {
        f"{product.name}:{action.name}": user.outcome(product.name, action.name, sample(action.takes))[0]
        for product in TENCENT_PRODUCTS.values()
        for action in product.actions.values()
        if product.name in MODULES and action.permission is not None
    }
    assert {name: code for name, code in codes.items() if code != TENCENT_DENIED} == {}


READS = [
    ("DescribeInstances", {}, "Instances"),
    ("DescribeInstanceRamRole", {"RamRoleName": "app"}, "InstanceRamRoleSets"),
    ("DescribeSecurityGroups", {}, "SecurityGroups"),
    ("DescribeDisks", {}, "Disks"),
    ("DescribeNetworkInterfaces", {}, "NetworkInterfaceSets"),
    ("DescribeTags", {}, "Tags"),
    ("DescribeZones", {}, "Zones"),
    ("DescribeImages", {}, "Images"),
    ("DescribeInstanceTypes", {}, "InstanceTypes"),
]


def test_ecs_shows_its_lists_to_those_who_may_read_them_and_empty_ones_to_others(sandbox: Sandbox) -> None:
    sandbox.make_role()
    sandbox.make_vpc_instance(RamRoleName="app", Tag=[{"Key": "a", "Value": "b"}])
    user = AlibabaUser(sandbox)
    for action, params, part in READS:
        user.hold(([f"ecs:{action}"], ["*"]))
        assert any(user.outcome("Ecs", action, params)[1][part].values()), action
        user.hold(([f"ecs:{action}"], [f"acs:ecs:*:{sandbox.account_id}:instance/*"]))
        assert not any(user.outcome("Ecs", action, params)[1][part].values()), action


def test_a_system_policy_is_the_system_s(sandbox: Sandbox) -> None:
    user = AlibabaUser(sandbox)
    params, resources = rows.SYSTEM_POLICY
    user.hold((["ram:GetPolicy"], list(resources)))
    assert user.outcome("Ram", "GetPolicy", params)[0] == ""
    user.hold((["ram:GetPolicy"], [f"acs:ram:*:{sandbox.account_id}:policy/*"]))
    assert user.outcome("Ram", "GetPolicy", params)[0] == "NoPermission"
