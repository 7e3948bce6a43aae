"""Makes instances in an account of Tencent Cloud, through the official SDK. Imported when some are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from instance_role_sandbox.project.account import Account
from instance_role_sandbox.project.clouds.cloud import SEEDED
from instance_role_sandbox.standin.schema import pick
from instance_role_sandbox.standin.tencent.api import Api
from instance_role_sandbox.standin.tencent.settings import Settings
from instance_role_sandbox.standin.waiting import until


class CloudMaker:
    """Makes instances through the official SDK."""

    def __init__(self, endpoint: str, account: Account, region: str) -> None:
        self._api = Api(Settings(region, account.key_id, account.key_secret, endpoint, "HTTP"))

    def instances(self, names: Sequence[str]) -> list[str]:
        """RunInstances for each name; the ids, once all of them run."""
        zone = self._call("cvm", "DescribeZones", "ZoneSet.0.Zone")
        place = {
            "ImageId": self._call("cvm", "DescribeImages", "ImageSet.0.ImageId"),
            "InstanceType": "S5.MEDIUM4",
            "Placement": {"Zone": zone},
            **self._network(zone),
        }
        made = [
            self._call("cvm", "RunInstances", "InstanceIdSet.0", InstanceCount=1, InstanceName=name, **place)
            for name in names
        ]
        for one in made:
            until(lambda one=one: self._state(one) == "RUNNING", f"{one} to be RUNNING")  # type: ignore[misc]
        return made

    def _network(self, zone: str) -> dict[str, Any]:
        """The subnet and the security group for such instances, made once."""
        mine = {"Filters": [{"Name": "vpc-name", "Values": [SEEDED]}]}
        vpc = self._call("vpc", "DescribeVpcs", "VpcSet.0.VpcId", **mine)
        if vpc is None:
            vpc = self._call("vpc", "CreateVpc", "Vpc.VpcId", VpcName=SEEDED, CidrBlock="172.16.0.0/12")
            new = {"VpcId": vpc, "SubnetName": SEEDED, "Zone": zone, "CidrBlock": "172.16.0.0/20"}
            self._call("vpc", "CreateSubnet", "Subnet.SubnetId", **new)
            self._call("vpc", "CreateSecurityGroup", "", GroupName=SEEDED, GroupDescription=SEEDED)
        of_vpc = {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]}
        named = {"Filters": [{"Name": "security-group-name", "Values": [SEEDED]}]}
        subnet = self._call("vpc", "DescribeSubnets", "SubnetSet.0.SubnetId", **of_vpc)
        group = self._call("vpc", "DescribeSecurityGroups", "SecurityGroupSet.0.SecurityGroupId", **named)
        return {"VirtualPrivateCloud": {"VpcId": vpc, "SubnetId": subnet}, "SecurityGroupIds": [group]}

    def _state(self, instance: str) -> Any:
        return self._call("cvm", "DescribeInstances", "InstanceSet.0.InstanceState", InstanceIds=[instance])

    def _call(self, product: str, action: str, path: str, **params: Any) -> Any:
        return pick(self._api.call(product, action, params), path)
