"""What sub-accounts may do: every product's resources, as policies name them."""

from __future__ import annotations

from typing import Any

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from tests.contract.emulator_tencent.documents import allowing, permission
from tests.support.sandbox import Sandbox

DENIED = "AuthFailure.UnauthorizedOperation"


def test_binding_by_instance(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    mine, other = tencent.make_vpc_instance(2)
    on = f"qcs::cvm:{tencent.region}:uin/{tencent.account_id}:instance/{mine}"
    keys = tencent.user("operator", allowing("cvm:ModifyInstancesAttribute", on=on))
    desired: dict[str, Any] = {"keys": keys, "CamRoleName": "app"}
    for ids in ([other], [mine, other]):
        assert tencent.code("cvm", "ModifyInstancesAttribute", InstanceIds=ids, **desired) == DENIED
    tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=[mine], **desired)
    tencent.settle()
    assert [tencent.instance(one)["CamRoleName"] for one in (mine, other)] == ["app", ""]


def test_binding_by_tag(sandbox: Sandbox) -> None:
    """https://www.tencentcloud.com/document/product/598/40493"""
    tencent = sandbox.tencent
    tencent.make_role()
    vpc = tencent.make_vpc()
    tags = [{"Key": "team", "Value": "shop"}, {"Key": "tier", "Value": "web"}]
    (mine,) = tencent.make_vpc_instance(1, vpc, TagSpecification=[{"ResourceType": "instance", "Tags": tags}])
    (other,) = tencent.make_vpc_instance(1, vpc, TagSpecification=[{"ResourceType": "instance", "Tags": tags[1:]}])
    condition = {"for_any_value:string_equal": {"qcs:resource_tag": ["team&shop"]}}
    keys = tencent.user("operator", permission(action="cvm:ModifyInstancesAttribute", condition=condition))
    desired: dict[str, Any] = {"keys": keys, "CamRoleName": "app"}
    for ids in ([other], [mine, other]):
        assert tencent.code("cvm", "ModifyInstancesAttribute", InstanceIds=ids, **desired) == DENIED
    tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=[mine], **desired)
    tencent.settle()
    assert [tencent.instance(one)["CamRoleName"] for one in (mine, other)] == ["app", ""]


def test_the_message_names_action_and_resource(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    (one,) = tencent.make_vpc_instance()
    with pytest.raises(TencentCloudSDKException) as refused:
        tencent.call("cvm", "StopInstances", keys=tencent.user("nobody"), InstanceIds=[one])
    resource = f"qcs::cvm:{tencent.region}:uin/{tencent.account_id}:instance/{one}"
    assert refused.value.message == (
        f"[request id:{refused.value.requestId}]you are not authorized to perform operation (cvm:StopInstances)\n"
        f"resource ({resource}) has no permission\n"
    )


@pytest.mark.parametrize(
    ("product", "action", "params", "path"),
    [
        ("cam", "GetRole", {"RoleName": "app"}, "roleName/app"),
        ("cam", "AttachRolePolicy", {"AttachRoleName": "app", "PolicyId": 1}, "roleName/app"),
        ("cam", "DetachRolePolicy", {"DetachRoleName": "app", "PolicyId": 1}, "roleName/app"),
        ("cam", "GetPolicy", {"PolicyId": 1}, "policyid/1"),
        ("cam", "ListEntitiesForPolicy", {"PolicyId": 1}, "policyid/1"),
        ("cam", "CreateRole", {"RoleName": "new", "PolicyDocument": "x"}, "roleName/new"),
    ],
)
def test_cam_s_resources(sandbox: Sandbox, product: str, action: str, params: dict[str, Any], path: str) -> None:
    tencent = sandbox.tencent
    tencent.make_role()
    name = f"{product}:{action}"
    right = tencent.user("right", allowing(name, on=f"qcs::cam::uin/{tencent.account_id}:{path}"))
    wrong = tencent.user("wrong", allowing(name, on=f"qcs::cam::uin/{tencent.account_id}:{path}-x"))
    assert tencent.code(product, action, keys=wrong, **params) == DENIED
    try:
        tencent.call(product, action, keys=right, **params)
    except TencentCloudSDKException as error:
        assert error.code.startswith("InvalidParameter")  # it got as far as the action itself


def test_a_role_by_its_id_is_the_role_by_its_name(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    role_id = tencent.make_role()
    keys = tencent.user("reader", allowing("cam:GetRole", on="qcs::cam:::roleName/app"))
    assert tencent.call("cam", "GetRole", keys=keys, RoleId=role_id)["RoleInfo"]["RoleName"] == "app"
    assert tencent.code("cam", "GetRole", keys=keys, RoleId="123") == DENIED


def test_a_policy_by_its_name_and_several_at_once(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    one, two = tencent.make_policy("one"), tencent.make_policy("two")
    keys = tencent.user("editor", allowing("cam:UpdatePolicy", "cam:DeletePolicy", on=f"qcs::cam:::policyid/{one}"))
    tencent.call("cam", "UpdatePolicy", keys=keys, PolicyName="one", Description="x")
    assert tencent.code("cam", "UpdatePolicy", keys=keys, PolicyName="two", Description="x") == DENIED
    assert tencent.code("cam", "DeletePolicy", keys=keys, PolicyId=[one, two]) == DENIED
    tencent.call("cam", "DeletePolicy", keys=keys, PolicyId=[one])


def test_a_denial_beats_every_permission(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    deny = permission(effect="deny", action=["cvm:Describe*"])
    keys = tencent.user("reader", allowing("*"), deny)
    assert tencent.code("cvm", "DescribeZones", keys=keys) == DENIED
    assert tencent.call("vpc", "DescribeVpcs", keys=keys)["TotalCount"] == 0


@pytest.mark.parametrize(("network", "allowed"), [("127.0.0.0/8", True), ("10.0.0.0/8", False)])
def test_conditions_on_the_request(sandbox: Sandbox, network: str, allowed: bool) -> None:
    tencent = sandbox.tencent
    policy = permission(action=["cvm:DescribeZones"], condition={"ip_equal": {"qcs:ip": [network]}})
    keys = tencent.user("reader", policy)
    if allowed:
        assert tencent.call("cvm", "DescribeZones", keys=keys)["TotalCount"] == 4
    else:
        assert tencent.code("cvm", "DescribeZones", keys=keys) == DENIED


def test_what_a_denied_reader_is_told(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    (one,) = tencent.make_vpc_instance()
    nobody = tencent.user("nobody")
    for product, action in (("cvm", "DescribeInstances"), ("vpc", "DescribeVpcs"), ("cam", "ListPolicies")):
        assert tencent.code(product, action, keys=nobody) == DENIED
    sandbox.switch(tencent_denied_describe="empty", tencent_denied_code="UnauthorizedOperation")
    empty: dict[tuple[str, str], dict[str, Any]] = {
        ("cvm", "DescribeInstances"): {"InstanceIds": [one]},
        ("cvm", "DescribeInstancesStatus"): {},
        ("cvm", "DescribeZones"): {},
        ("cvm", "DescribeRegions"): {},
        ("cvm", "DescribeImages"): {},
        ("vpc", "DescribeVpcs"): {},
        ("vpc", "DescribeSubnets"): {},
        ("vpc", "DescribeSecurityGroups"): {},
    }
    for (product, action), params in empty.items():
        assert tencent.call(product, action, keys=nobody, **params)["TotalCount"] == 0
    assert tencent.call("cvm", "DescribeInstanceTypeConfigs", keys=nobody)["InstanceTypeConfigSet"] == []
    assert tencent.code("cam", "ListPolicies", keys=nobody) == "UnauthorizedOperation"  # not a Describe of CVM
