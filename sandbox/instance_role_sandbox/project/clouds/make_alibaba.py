"""Makes instances in an account of Alibaba Cloud, through the classic SDK. Imported when some are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from instance_role_sandbox.project.account import Account
from instance_role_sandbox.project.clouds.cloud import SEEDED
from instance_role_sandbox.standin.alibaba.api import Api
from instance_role_sandbox.standin.alibaba.settings import Settings
from instance_role_sandbox.standin.schema import pick
from instance_role_sandbox.standin.waiting import until


class CloudMaker:
    """Makes instances through the classic SDK."""

    def __init__(self, endpoint: str, account: Account, region: str) -> None:
        products = dict.fromkeys(("Ecs", "Vpc"), endpoint)
        self._api = Api(Settings(region, account.key_id, account.key_secret, products, "HTTP"))

    def instances(self, names: Sequence[str]) -> list[str]:
        """RunInstances for each name; the ids, once all of them run."""
        place = {
            "ImageId": self._call("Ecs", "DescribeImages", "Images.Image.0.ImageId"),
            "InstanceType": "ecs.g6.large",
            **self._network(),
        }
        made = [
            self._call("Ecs", "RunInstances", "InstanceIdSets.InstanceIdSet.0", Amount=1, InstanceName=name, **place)
            for name in names
        ]
        for one in made:
            self._until("Running", "Ecs", "DescribeInstanceAttribute", InstanceId=one)
        return made

    def _network(self) -> dict[str, str]:
        """The vSwitch and the security group for such instances, made once."""
        vpc = self._call("Vpc", "DescribeVpcs", "Vpcs.Vpc.0.VpcId", VpcName=SEEDED)
        if vpc is None:
            zone = self._call("Ecs", "DescribeZones", "Zones.Zone.0.ZoneId")
            vpc = self._call("Vpc", "CreateVpc", "VpcId", VpcName=SEEDED, CidrBlock="172.16.0.0/12")
            self._until("Available", "Vpc", "DescribeVpcAttribute", VpcId=vpc)
            new = {"VpcId": vpc, "ZoneId": zone, "CidrBlock": "172.16.0.0/20"}
            switch = self._call("Vpc", "CreateVSwitch", "VSwitchId", **new)
            self._until("Available", "Vpc", "DescribeVSwitchAttributes", VSwitchId=switch)
            self._call("Ecs", "CreateSecurityGroup", "SecurityGroupId", VpcId=vpc)
        return {
            "VSwitchId": self._call("Vpc", "DescribeVSwitches", "VSwitches.VSwitch.0.VSwitchId", VpcId=vpc),
            "SecurityGroupId": self._call(
                "Ecs", "DescribeSecurityGroups", "SecurityGroups.SecurityGroup.0.SecurityGroupId", VpcId=vpc
            ),
        }

    def _call(self, product: str, action: str, path: str, **params: Any) -> Any:
        return pick(self._api.call(product, action, params), path)

    def _until(self, status: str, product: str, action: str, **params: str) -> None:
        what = next(iter(params.values()))
        until(lambda: self._call(product, action, "Status", **params) == status, f"{what} to be {status}")
