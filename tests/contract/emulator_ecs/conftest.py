"""One region's network and instances, ready to use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.sandbox import Sandbox
from tests.support.typed import Typed

IMAGE = "aliyun_3_x64_20G_alibase_20250629.vhd"
KIND = "ecs.g7.large"
ZONE = "cn-hangzhou-h"


@dataclass
class Place:
    """A VPC with a vSwitch and a security group, and the client that made them. States pass at once."""

    sandbox: Sandbox
    api: Typed
    vpc: str
    vswitch: str
    group: str

    def wanted(self, **fields: Any) -> dict[str, Any]:
        """The parameters of a RunInstances that is in order, under ``fields`` (``None`` leaves one out)."""
        usual = {"ImageId": IMAGE, "InstanceType": KIND, "VSwitchId": self.vswitch, "SecurityGroupId": self.group}
        return {name: value for name, value in {**usual, **fields}.items() if value is not None}

    def run(self, count: int = 1, **fields: Any) -> list[str]:
        """New instances: their ids."""
        made = self.api.ecs("RunInstances", **self.wanted(Amount=count, **fields))
        ids: list[str] = made["InstanceIdSets"]["InstanceIdSet"]
        assert len(ids) == count
        return ids

    def classic(self) -> str:
        """A new instance of the classic network."""
        return self.run(VSwitchId=None, SecurityGroupId=None)[0]


@pytest.fixture
def place(sandbox: Sandbox) -> Place:
    sandbox.switch(settle_seconds=0.0)
    api = Typed(sandbox)
    vpc = api.vpc("CreateVpc", CidrBlock="10.0.0.0/16")["VpcId"]
    vswitch = api.vpc("CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.0.0/20")["VSwitchId"]
    group = api.ecs("CreateSecurityGroup", VpcId=vpc)["SecurityGroupId"]
    return Place(sandbox, api, vpc, vswitch, group)


@pytest.fixture
def api(place: Place) -> Typed:
    return place.api


@pytest.fixture
def sandbox_api(sandbox: Sandbox) -> Typed:
    """A client of an account in which there is nothing."""
    return Typed(sandbox)
