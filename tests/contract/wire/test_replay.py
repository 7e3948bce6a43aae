"""Every request that the real plugins made, sent again in order: it is answered, with what they read unasked.

``alibaba.jsonl`` and ``tencent.jsonl`` were recorded from the real ``pulumi-resource-alicloud`` 4.0.0 and
``pulumi-resource-tencentcloud`` 0.2.3 under the real Pulumi CLI, when the example stacks were brought up, brought up
again, refreshed and edited. A line is the phase, the product, the action, and the parameters as texts. Ids in them are
those of the recording; here they stand for the ids that this emulator gave out, in the order in which they are met.

``MEMBERS`` are written from the plugins' source (terraform-provider-tencentcloud at f6970a900, -alicloud at v1.285.0):
what they dereference, or take to be of a type, without a look at whether it is there.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from tests.contract.emulator_tencent.wire import VERSIONS
from tests.support.sandbox import Sandbox

Send = Callable[[str, str, dict[str, Any]], dict[str, Any]]
ID = {
    "alibaba": re.compile(r"\b(?:vpc|vsw|sg|i|eni|d|vtb)-[a-z0-9]{20}\b"),
    "tencent": re.compile(r"\b(?:vpc|subnet|sg|ins|disk|rtb)-[a-z0-9]{8}\b"),
}

MEMBERS = {
    "api.DescribeZones": "ZoneSet[].Zone ZoneSet[].ZoneState ZoneSet[].ZoneId",
    "cvm.DescribeZoneInstanceConfigInfos": "InstanceTypeQuotaSet[].Cpu InstanceTypeQuotaSet[].Gpu"
    " InstanceTypeQuotaSet[].Memory InstanceTypeQuotaSet[].Status InstanceTypeQuotaSet[].InstanceType",
    "cvm.DescribeImages": "TotalCount ImageSet[].ImageId ImageSet[].OsName ImageSet[].ImageName",
    "cvm.RunInstances": "InstanceIdSet[]",
    "cvm.DescribeInstances": "TotalCount InstanceSet[].InstanceId InstanceSet[].InstanceState"
    " InstanceSet[].InstanceChargeType InstanceSet[].Placement.Zone InstanceSet[].Placement.ProjectId"
    " InstanceSet[].InternetAccessible.InternetChargeType InstanceSet[].InternetAccessible.InternetMaxBandwidthOut"
    " InstanceSet[].VirtualPrivateCloud.VpcId InstanceSet[].VirtualPrivateCloud.SubnetId"
    " InstanceSet[].SystemDisk.DiskType InstanceSet[].SystemDisk.DiskSize InstanceSet[].SystemDisk.DiskId"
    " InstanceSet[].LoginSettings.KeyIds InstanceSet[].SecurityGroupIds InstanceSet[].ImageId",
    "cvm.DescribeInstancesAttributes": "InstanceSet[].InstanceId InstanceSet[].Attributes",
    "cbs.DescribeDisks": "TotalCount DiskSet[].DiskState DiskSet[].DiskId DiskSet[].DiskName DiskSet[].DiskSize"
    " DiskSet[].DiskType DiskSet[].Encrypt DiskSet[].ThroughputPerformance DiskSet[].DeleteWithInstance",
    "tag.DescribeResourceTagsByResourceIds": "Tags Tags[].TagKey Tags[].TagValue Tags[].ResourceId",
    "vpc.CreateVpc": "Vpc.VpcId",
    "vpc.CreateSubnet": "Subnet.SubnetId",
    "vpc.CreateSecurityGroup": "SecurityGroup.SecurityGroupId",
    "vpc.DescribeVpcs": "TotalCount VpcSet[].VpcId VpcSet[].VpcName VpcSet[].CidrBlock VpcSet[].CreatedTime"
    " VpcSet[].IsDefault VpcSet[].EnableMulticast",
    "vpc.DescribeSubnets": "TotalCount SubnetSet[].SubnetId SubnetSet[].VpcId SubnetSet[].SubnetName SubnetSet[].Zone"
    " SubnetSet[].CidrBlock SubnetSet[].IsDefault SubnetSet[].EnableBroadcast SubnetSet[].RouteTableId"
    " SubnetSet[].CreatedTime SubnetSet[].AvailableIpAddressCount",
    "vpc.DescribeRouteTables": "TotalCount RouteTableSet[].RouteTableId RouteTableSet[].VpcId RouteTableSet[].Main"
    " RouteTableSet[].RouteTableName RouteTableSet[].CreatedTime RouteTableSet[].RouteSet",
    "vpc.DescribeSecurityGroups": "TotalCount SecurityGroupSet[].SecurityGroupId SecurityGroupSet[].SecurityGroupName"
    " SecurityGroupSet[].SecurityGroupDesc SecurityGroupSet[].ProjectId",
    "vpc.DescribeSecurityGroupPolicies": "SecurityGroupPolicySet.Version SecurityGroupPolicySet.Ingress[].Action"
    " SecurityGroupPolicySet.Egress[].Action",
    "sts.GetCallerIdentity": "AccountId Arn UserId Type",
    "Ecs.DescribeAvailableResource": "AvailableZones.AvailableZone[].ZoneId AvailableZones.AvailableZone[].Status",
    "Ecs.DescribeZones": "Zones.Zone[].ZoneId Zones.Zone[].AvailableResourceCreation.ResourceTypes",
    "Ecs.DescribeInstanceTypes": "InstanceTypes.InstanceType[].InstanceTypeId"
    " InstanceTypes.InstanceType[].CpuCoreCount InstanceTypes.InstanceType[].MemorySize",
    "Ecs.DescribeImages": "TotalCount Images.Image[].ImageId Images.Image[].ImageName Images.Image[].CreationTime",
    "Ecs.CreateSecurityGroup": "SecurityGroupId",
    "Ecs.DescribeSecurityGroups": "SecurityGroups.SecurityGroup[].SecurityGroupId",
    "Ecs.DescribeSecurityGroupAttribute": "SecurityGroupId VpcId InnerAccessPolicy Permissions.Permission",
    "Ecs.RunInstances": "InstanceIdSets.InstanceIdSet[]",
    "Ecs.DescribeInstances": "Instances.Instance[].Status Instances.Instance[].VpcAttributes.VSwitchId"
    " Instances.Instance[].VpcAttributes.PrivateIpAddress.IpAddress Instances.Instance[].PublicIpAddress.IpAddress"
    " Instances.Instance[].SecurityGroupIds.SecurityGroupId Instances.Instance[].MetadataOptions.HttpTokens"
    " Instances.Instance[].NetworkInterfaces.NetworkInterface[].NetworkInterfaceId"
    " Instances.Instance[].NetworkInterfaces.NetworkInterface[].Type Instances.Instance[].Tags.Tag",
    "Ecs.DescribeDisks": "Disks.Disk[].InstanceId Disks.Disk[].Category Disks.Disk[].Size Disks.Disk[].DiskId",
    "Ecs.DescribeUserData": "InstanceId UserData",
    "Ecs.DescribeNetworkInterfaces": "NetworkInterfaceSets.NetworkInterfaceSet[].NetworkInterfaceId"
    " NetworkInterfaceSets.NetworkInterfaceSet[].PrivateIpSets.PrivateIpSet[].Primary",
    "Ecs.DescribeInstanceMaintenanceAttributes": "MaintenanceAttributes.MaintenanceAttribute[].InstanceId"
    " MaintenanceAttributes.MaintenanceAttribute[].ActionOnMaintenance.Value",
    "Ecs.DescribeInstanceAttribute": "InstanceId Status",
    "Vpc.CreateVpc": "VpcId",
    "Vpc.CreateVSwitch": "VSwitchId",
    "Vpc.DescribeVpcAttribute": "VpcId Status CidrBlock VRouterId IsDefault",
    "Vpc.DescribeRouteTableList": "RouterTableList.RouterTableListType[].RouteTableId"
    " RouterTableList.RouterTableListType[].RouteTableType",
    "Vpc.DescribeVSwitchAttributes": "VSwitchId VpcId Status CidrBlock ZoneId",
    "Sts.GetCallerIdentity": "AccountId Arn",
}


class Ids:
    """What the ids of the recording stand for here."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self._known: dict[str, str] = {}
        self._free: dict[str, list[str]] = defaultdict(list)
        self._seen: set[str] = set()

    def translate(self, text: str) -> str:
        """The text with this emulator's ids in place of the recorded ones."""
        return self._pattern.sub(lambda found: self._here(found[0]), text)

    def met(self, answer: Any) -> None:
        """Take note of the ids in an answer: each is one that the next unknown id of its kind stands for."""
        for one in self._pattern.findall(json.dumps(answer)):
            if one not in self._seen:
                self._seen.add(one)
                self._free[one.partition("-")[0]].append(one)

    def _here(self, recorded: str) -> str:
        kind = recorded.partition("-")[0]
        if recorded not in self._known:
            assert self._free[kind], f"{recorded}: no answer had an id of this kind to stand for it"
            self._known[recorded] = self._free[kind].pop(0)
        return self._known[recorded]


def requests(cloud: str) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    for line in (Path(__file__).parent / f"{cloud}.jsonl").read_text(encoding="utf-8").splitlines():
        phase, product, action, params = json.loads(line)
        yield phase, product, action, params


def values_at(data: Any, path: str) -> list[Any]:
    """Everything at a path: ``Set[].Placement.Zone``. What is missing is ``None``."""
    found = [data]
    for step in path.split("."):
        name, is_list = step.removesuffix("[]"), step.endswith("[]")
        found = [item.get(name) if isinstance(item, dict) else None for item in found]
        if is_list:
            found = [inner for item in found for inner in (item if isinstance(item, list) else [None])]
    return found


def test_values_at_finds_what_is_missing() -> None:
    data = {"Set": [{"a": {"b": 1}}, {"a": None}], "none": []}
    assert values_at(data, "Set[].a.b") == [1, None]
    assert values_at(data, "none[].x") == []
    assert values_at(data, "other[].x") == [None]


def sender(cloud: str, sandbox: Sandbox) -> Send:
    return of_alibaba(sandbox) if cloud == "alibaba" else of_tencent(sandbox)


def of_alibaba(sandbox: Sandbox) -> Send:
    def send(product: str, action: str, params: dict[str, Any]) -> dict[str, Any]:
        return sandbox.call(product, action, **params)

    return send


def of_tencent(sandbox: Sandbox) -> Send:
    tencent = sandbox.tencent
    http = HttpProfile(endpoint=sandbox.endpoint, protocol="http", reqTimeout=30)
    credential = Credential(tencent.secret_id, tencent.secret_key)

    def send(product: str, action: str, params: dict[str, Any]) -> dict[str, Any]:
        client = CommonClient(product, VERSIONS[product], credential, tencent.region, ClientProfile(httpProfile=http))
        parsed = {name: json.loads(text) if text[:1] in "[{" and text else text for name, text in params.items()}
        return dict(client.call_json(action, parsed)["Response"])

    return send


def make_role(cloud: str, sandbox: Sandbox, name: str) -> None:
    if cloud == "alibaba":
        sandbox.make_role(name)
    else:
        sandbox.tencent.make_role(name)


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_each_recorded_request_is_answered(sandbox: Sandbox, cloud: str) -> None:
    ids, roles, send = Ids(ID[cloud]), set[str](), sender(cloud, sandbox)
    asked = set()
    for number, (phase, product, action, params) in enumerate(requests(cloud), 1):
        place = f"{cloud}.jsonl:{number} ({phase}) {action}"
        role = params.get("RamRoleName") or params.get("CamRoleName")
        if role and role not in roles:  # by the provider, whose calls are not recorded
            make_role(cloud, sandbox, role)
            roles.add(role)
        try:
            answer = send(product, action, {name: ids.translate(value) for name, value in params.items()})
        except Exception as refused:
            raise AssertionError(f"{place}: {refused}") from refused
        ids.met(answer)
        missing = [
            path
            for path in MEMBERS.get(f"{product}.{action}", "").split()
            if any(value is None for value in values_at(answer, path))
        ]
        assert not missing, f"{place}: {missing} in {answer}"
        asked.add(f"{product}.{action}")
        if not action.startswith(("Describe", "Get")):
            sandbox.advance(30)  # the plugins wait as long
    assert asked <= set(MEMBERS) | SILENT


SILENT = {
    *("cvm.ModifyInstancesAttribute", "tag.ModifyResourceTags", "vpc.ModifySecurityGroupAttribute"),
    *("vpc.ModifySecurityGroupPolicies", "vpc.ModifySubnetAttribute", "Ecs.AuthorizeSecurityGroup"),
    *("Ecs.ModifyInstanceAttribute", "Ecs.ModifySecurityGroupAttribute", "Ecs.RevokeSecurityGroup"),
    *("Vpc.ModifyVpcAttribute", "Vpc.TagResources"),
    *("Ecs.DescribeTags", "Ecs.DescribeInstanceAttachmentAttributes", "Vpc.DescribeVpcs"),
}
"""Of these nothing is read, or nothing that is not asked for first."""


def test_a_role_and_a_policy_of_the_real_plugin(sandbox: Sandbox) -> None:
    """``Cam.Role`` and ``Cam.Policy``: made, tagged by id in no region, read back as given, so that nothing differs."""
    tencent, send = sandbox.tencent, of_tencent(sandbox)
    statement = {"action": "name/sts:AssumeRole", "effect": "allow", "principal": {"service": ["cvm.qcloud.com"]}}
    trust = json.dumps({"version": "2.0", "statement": [statement]}, indent=2)
    role = send("cam", "CreateRole", {"RoleName": "app", "PolicyDocument": f" {trust}"})["RoleId"]
    name = f"qcs::cam::uin/:role/{role}"
    tags = json.dumps([{"TagKey": "app", "TagValue": "shop"}, {"TagKey": "b", "TagValue": ""}])
    send("tag", "ModifyResourceTags", {"Resource": name, "ReplaceTags": tags})
    send("tag", "ModifyResourceTags", {"Resource": name, "DeleteTags": json.dumps([{"TagKey": "b"}])})
    (found,) = send("cam", "DescribeRoleList", {"Page": "1", "Rp": "200"})["List"]
    assert json.loads(found["PolicyDocument"]) == json.loads(trust)
    assert found["Tags"] == [{"Key": "app", "Value": "shop"}]
    whose = {"ServiceType": "cam", "ResourcePrefix": "role", "ResourceRegion": "", "Offset": "0", "Limit": "20"}
    rows = send("tag", "DescribeResourceTagsByResourceIds", {**whose, "ResourceIds": json.dumps([role, "4611"])})
    assert [(row["ResourceId"], row["TagKey"], row["TagValue"]) for row in rows["Tags"]] == [(role, "app", "shop")]
    assert values_at(rows, "Tags[].Category") == ["Custom"]
    wanted = {"action": ["name/cos:PutObject", "name/cos:GetObject"], "effect": "allow", "resource": "*"}
    document = json.dumps({"version": "2.0", "statement": [wanted]})
    policy = send("cam", "CreatePolicy", {"PolicyName": "app", "PolicyDocument": f" {document}"})["PolicyId"]
    shown = send("cam", "GetPolicy", {"PolicyId": str(policy)})
    assert json.loads(shown["PolicyDocument"].replace("\\/", "/")) == json.loads(document)
    assert not [name for name in ("PolicyName", "AddTime", "UpdateTime", "Type") if shown[name] is None]
    assert tencent.code("tag", "ModifyResourceTags", Resource="qcs::cam::uin/:role/4611") == "FailedOperation"


def test_user_data_is_read_back(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    send = of_tencent(sandbox)
    (one, other) = (tencent.make_vpc_instance(1, UserData="ZWNobyBoaQ==")[0], tencent.make_vpc_instance(1)[0])
    asked = {"InstanceIds": json.dumps([one, other, "ins-00000000"]), "Attributes": '["UserData"]'}
    rows = send("cvm", "DescribeInstancesAttributes", asked)["InstanceSet"]
    assert rows == [
        {"InstanceId": one, "Attributes": {"UserData": "ZWNobyBoaQ=="}},
        {"InstanceId": other, "Attributes": {"UserData": None}},
    ]
    params: dict[str, Any] = {"InstanceIds": [one], "Attributes": ["Password"]}
    assert tencent.code("cvm", "DescribeInstancesAttributes", **params) == "InvalidParameterValue"
    (row,) = send("cvm", "DescribeInstances", {"InstanceIds": json.dumps([other])})["InstanceSet"]
    assert row["LoginSettings"] == {"KeyIds": []}
