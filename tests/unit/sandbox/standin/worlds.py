"""What the tests of the stand-ins need to know of each cloud: types, good inputs, what may be done to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.support.sandbox import Sandbox
from tests.unit.sandbox.standin.plugin import Made, Plugin, Values


@dataclass
class Shop:
    """A network with a security group and rules, and the inputs of an instance in it."""

    vpc: Made
    subnet: Made
    group: Made
    rules: Made
    instance: Values


@dataclass(frozen=True)
class Replacement:
    """Inputs of a type, and a change that makes the resource anew."""

    kind: str
    inputs: Values
    change: Values


@dataclass(frozen=True)
class Refusal:
    """Inputs of a type that are refused: the property, and what is said of it."""

    kind: str
    inputs: Values
    property: str
    reason: str


class World(ABC):
    """One cloud's plugin, as its package declares things."""

    name: ClassVar[str]
    package: ClassVar[str]
    install: ClassVar[str]
    network: ClassVar[str]
    network_inputs: ClassVar[Values]
    name_property: ClassVar[str]  # of a network
    unknown: ClassVar[str]  # an output of a network that a preview does not know
    bad_block: ClassVar[tuple[str, str]]  # an address block that the cloud refuses, and the code
    instance: ClassVar[str]
    role_property: ClassVar[str]
    running: ClassVar[Values]  # outputs of a running instance
    fixed: ClassVar[tuple[Values, str]]  # inputs of an instance, and one that only the real plugin changes in place
    replacements: ClassVar[tuple[Replacement, ...]]
    refusals: ClassVar[tuple[Refusal, ...]]
    foreign: ClassVar[tuple[str, str]]  # a type and a function that only the real plugin serves
    unserved: ClassVar[tuple[str, Values, str]]  # a function, its arguments, and the one that is not served
    misconfigured: ClassVar[tuple[tuple[Values, str], ...]]  # settings, and what is said of them

    @abstractmethod
    def config(self, sandbox: Sandbox) -> dict[str, str]:
        """The provider's configuration for an account."""

    @abstractmethod
    def shop(self, plugin: Plugin) -> Shop:
        """Make a shop."""

    @abstractmethod
    def changes(self, plugin: Plugin, shop: Shop, instance: Made) -> Iterator[tuple[Made, Values]]:
        """Changes that are made in place: what is changed, and its new inputs."""

    @abstractmethod
    def left(self, sandbox: Sandbox) -> dict[str, Any]:
        """What the account holds."""

    @abstractmethod
    def make_role(self, sandbox: Sandbox, name: str) -> str:
        """A role for instances; its name."""

    @abstractmethod
    def rename(self, sandbox: Sandbox, network: str) -> None:
        """Change a network's name to "drifted" behind the plugin's back."""

    @abstractmethod
    def half_done(self, plugin: Plugin, sandbox: Sandbox) -> tuple[str, Values, str]:
        """A creation that will fail once the resource is there: its type, its inputs, and what is said."""


class Alibaba(World):
    """pulumi-alicloud."""

    SWITCH = "alicloud:vpc/switch:Switch"
    GROUP = "alicloud:ecs/securityGroup:SecurityGroup"
    RULE = "alicloud:ecs/securityGroupRule:SecurityGroupRule"
    ZONES = "alicloud:index/getZones:getZones"
    IMAGES = "alicloud:ecs/getImages:getImages"
    TYPES = "alicloud:ecs/getInstanceTypes:getInstanceTypes"
    OF_443: ClassVar[Values] = {
        "type": "ingress",
        "ipProtocol": "tcp",
        "portRange": "443/443",
        "cidrIp": "0.0.0.0/0",
    }

    name = "alicloud"
    package = "pulumi-alicloud"
    install = "pulumi plugin install resource alicloud"
    network = "alicloud:vpc/network:Network"
    network_inputs: ClassVar[Values] = {"vpcName": "shop", "cidrBlock": "172.16.0.0/16"}
    name_property = "vpcName"
    unknown = "routeTableId"
    bad_block = ("127.0.0.0/8", "InvalidParameter")
    instance = "alicloud:ecs/instance:Instance"
    role_property = "roleName"
    running: ClassVar[Values] = {"status": "Running"}
    fixed = ({"imageId": "a", "instanceType": "ecs.t", "securityGroups": ["sg"], "vswitchId": "v"}, "imageId")
    replacements = (
        Replacement(SWITCH, {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24", "zoneId": "z"}, {"zoneId": "y"}),
        Replacement(GROUP, {"vpcId": "vpc-1"}, {"vpcId": "vpc-2"}),
        Replacement(RULE, {"securityGroupId": "sg-1", **OF_443}, {"portRange": "80/80"}),
        Replacement(instance, {**fixed[0], "systemDiskCategory": "cloud_essd"}, {"systemDiskCategory": "cloud_auto"}),
    )
    refusals = (
        Refusal(network, {"enableIpv6": True}, "enableIpv6", "serves of alicloud:vpc/network:Network only: cidrBlock"),
        Refusal(SWITCH, {"vpcId": "vpc-1", "zoneId": "z"}, "cidrBlock", "missing: vSwitch needs cidrBlock"),
        Refusal(GROUP, {"tags": {"a": 1}}, "tags", "tags must be a map of texts"),
        Refusal(RULE, {"securityGroupId": "sg", "priority": "1"}, "priority", "must be a whole number, not '1'"),
        Refusal(RULE, {"securityGroupId": "sg", "priority": 1.5}, "priority", "must be a whole number, not 1.5"),
        Refusal(instance, {"securityGroups": "sg-1"}, "securityGroups", "must be a list of texts, not 'sg-1'"),
    )
    foreign = ("alicloud:oss/bucket:Bucket", "alicloud:oss/getBuckets:getBuckets")
    unserved = (IMAGES, {"owners": "system", "imageFamily": "acs:x"}, "imageFamily")
    misconfigured = (
        ({"endpoints": '[{"ecs": "ecs.cn-hangzhou.aliyuncs.com:443"}]'}, "talks to loopback only"),
        ({"endpoints": "[{"}, "alicloud:endpoints is not a JSON list"),
        ({"protocol": "FTP"}, "alicloud:protocol is 'FTP'"),
    )

    def config(self, sandbox: Sandbox) -> dict[str, str]:
        key = {"accessKey": sandbox.access_key_id, "secretKey": sandbox.access_key_secret}
        return {"region": "cn-hangzhou", **key}

    def shop(self, plugin: Plugin) -> Shop:
        zone = plugin.answer(self.ZONES, availableResourceCreation="Instance")["ids"][0]
        vpc = plugin.make(self.network, "shop", tags={"a": "b"}, **self.network_inputs)
        assert vpc.outputs["routeTableId"].startswith("vtb-")
        subnet = plugin.make(self.SWITCH, "shop", vpcId=vpc.id, cidrBlock="172.16.1.0/24", zoneId=zone, tags={"a": "b"})
        assert subnet.outputs["status"] == "Available"
        assert subnet.outputs["tags"] == {"a": "b"}
        group = plugin.make(self.GROUP, "shop", securityGroupName="shop", vpcId=vpc.id)
        rule = plugin.make(self.RULE, securityGroupId=group.id, **self.OF_443)
        assert rule.outputs["securityGroupRuleId"].startswith("sgr-")
        image = {"owners": "system", "nameRegex": "^aliyun_3_x64", "mostRecent": True}
        instance: Values = {
            "imageId": plugin.answer(self.IMAGES, **image)["ids"][0],
            "instanceType": plugin.answer(self.TYPES, availabilityZone=zone, cpuCoreCount=2, memorySize=4)["ids"][0],
            "securityGroups": [group.id],
            "vswitchId": subnet.id,
        }
        return Shop(vpc, subnet, group, rule, instance)

    def changes(self, plugin: Plugin, shop: Shop, instance: Made) -> Iterator[tuple[Made, Values]]:
        other = plugin.make(self.GROUP, "other", securityGroupName="other", vpcId=shop.vpc.id)
        yield shop.vpc, {**shop.vpc.inputs, "vpcName": "new", "description": "for the shop", "tags": {"c": "d"}}
        yield shop.subnet, {**shop.subnet.inputs, "vswitchName": "new", "tags": {}}
        yield shop.group, {**shop.group.inputs, "description": "for the shop"}
        yield shop.rules, {**shop.rules.inputs, "description": "for the shop"}
        news = {"instanceName": "two", "httpTokens": "required", "securityGroups": [other.id], "tags": {"app": "web"}}
        yield instance, {**instance.inputs, **news}

    def left(self, sandbox: Sandbox) -> dict[str, Any]:
        found = sandbox.state()
        return {kind: found[kind] for kind in ("vpcs", "vswitches", "security_groups", "instances")}

    def make_role(self, sandbox: Sandbox, name: str) -> str:
        return sandbox.make_role(name)

    def rename(self, sandbox: Sandbox, network: str) -> None:
        sandbox.call("Vpc", "ModifyVpcAttribute", VpcId=network, VpcName="drifted")

    def half_done(self, plugin: Plugin, sandbox: Sandbox) -> tuple[str, Values, str]:
        sandbox.fault("code", "TagResources", code="Forbidden", status=403)
        vpc = plugin.make(self.network, **self.network_inputs)
        zone = plugin.answer(self.ZONES, availableResourceCreation="Instance")["ids"][0]
        inputs = {"vpcId": vpc.id, "cidrBlock": "172.16.1.0/24", "zoneId": zone, "tags": {"a": "b"}}
        return self.SWITCH, inputs, "TagResources"


class Tencent(World):
    """The plugin of tencentcloud_iac_pulumi."""

    SUBNET = "tencentcloud:Subnet/instance:Instance"
    GROUP = "tencentcloud:Security/group:Group"
    RULES = "tencentcloud:Security/groupRuleSet:GroupRuleSet"
    ZONES = "tencentcloud:Availability/getZonesByProduct:getZonesByProduct"
    IMAGES = "tencentcloud:Images/getInstance:getInstance"
    TYPES = "tencentcloud:Instance/getTypes:getTypes"
    OF_443: ClassVar[Values] = {"action": "ACCEPT", "protocol": "TCP", "port": "443", "cidrBlock": "0.0.0.0/0"}
    EVERYTHING: ClassVar[Values] = {"action": "ACCEPT", "protocol": "ALL", "port": "ALL", "cidrBlock": "0.0.0.0/0"}

    name = "tencentcloud"
    package = "tencentcloud-iac-pulumi"
    install = "pulumi plugin install resource tencentcloud --server github://api.github.com/tencentcloudstack"
    network = "tencentcloud:Vpc/instance:Instance"
    network_inputs: ClassVar[Values] = {"name": "shop", "cidrBlock": "172.16.0.0/16"}
    name_property = "name"
    unknown = "defaultRouteTableId"
    bad_block = ("127.0.0.0/8", "InvalidParameterValue.Malformed")
    instance = "tencentcloud:Instance/instance:Instance"
    role_property = "camRoleName"
    running: ClassVar[Values] = {"instanceStatus": "RUNNING", "allocatePublicIp": False, "projectId": 0}
    fixed = ({"availabilityZone": "z", "imageId": "a", "vpcId": "v", "subnetId": "s"}, "subnetId")
    replacements = (
        Replacement(network, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}),
        Replacement(SUBNET, {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24", "name": "s"}, {"vpcId": "vpc-2"}),
        Replacement(GROUP, {"name": "a", "projectId": 0}, {"projectId": 1}),
        Replacement(RULES, {"securityGroupId": "sg-1", "ingresses": [OF_443]}, {"securityGroupId": "sg-2"}),
        Replacement(instance, {**fixed[0], "allocatePublicIp": False}, {"allocatePublicIp": True}),
    )
    refusals = (
        Refusal(network, {"enableRouteVpcPublish": True}, "enableRouteVpcPublish", "only: cidrBlock, dnsServers, name"),
        Refusal(network, {"cidrBlock": "10.0.0.0/16"}, "name", "missing: VPC needs name"),
        Refusal(SUBNET, {"tags": {"a": 1}}, "tags", "tags must be a map of texts"),
        Refusal(GROUP, {"projectId": "1"}, "projectId", "must be a whole number, not '1'"),
        Refusal(RULES, {"ingresses": [{"addressTemplateId": "ipm-1"}]}, "ingresses", "nothing but action, cidrBlock"),
        Refusal(RULES, {"egresses": [{"action": "DROP", "port": 443}]}, "egresses", "[0]: port must be text, not 443"),
        Refusal(instance, {"disableApiTermination": "no"}, "disableApiTermination", "must be true or false, not 'no'"),
    )
    foreign = ("tencentcloud:Cos/bucket:Bucket", "tencentcloud:Cos/getBuckets:getBuckets")
    unserved = (TYPES, {"cbsFilter": {"diskUsage": "SYSTEM_DISK"}}, "cbsFilter")
    misconfigured = (
        ({"domain": "tencentcloudapi.com"}, "talks to loopback only"),
        ({"domain": "localhost.example.com:80"}, "talks to loopback only"),
        ({"protocol": "FTP"}, "tencentcloud:protocol is 'FTP'"),
    )

    def config(self, sandbox: Sandbox) -> dict[str, str]:
        tencent = sandbox.tencent
        return {"region": tencent.region, "secretId": tencent.secret_id, "secretKey": tencent.secret_key}

    def shop(self, plugin: Plugin) -> Shop:
        zone = plugin.answer(self.ZONES, product="cvm")["zones"][0]["name"]
        vpc = plugin.make(self.network, "shop", tags={"a": "b"}, **self.network_inputs)
        assert vpc.outputs["defaultRouteTableId"].startswith("rtb-")
        assert vpc.outputs["tags"] == {"a": "b"}
        subnet = plugin.make(
            self.SUBNET, "shop", name="shop", vpcId=vpc.id, cidrBlock="172.16.1.0/24", availabilityZone=zone
        )
        assert subnet.outputs["routeTableId"] == vpc.outputs["defaultRouteTableId"]
        group = plugin.make(self.GROUP, "shop", name="shop", tags={"a": "b"})
        assert group.outputs["projectId"] == 0
        rules = plugin.make(self.RULES, securityGroupId=group.id, ingresses=[self.OF_443], egresses=[self.EVERYTHING])
        assert (rules.id, rules.outputs["version"]) == (group.id, "1")
        images = plugin.answer(self.IMAGES, imageTypes=["PUBLIC_IMAGE"], imageNameRegex="^TencentOS")["images"]
        kinds = plugin.answer(
            self.TYPES,
            cpuCoreCount=2,
            memorySize=4,
            excludeSoldOut=True,
            filters=[
                {"name": "zone", "values": [zone]},
                {"name": "instance-charge-type", "values": ["POSTPAID_BY_HOUR"]},
            ],
        )["instanceTypes"]
        assert {(kind["cpuCoreCount"], kind["memorySize"], kind["status"]) for kind in kinds} == {(2, 4, "SELL")}
        instance: Values = {
            "availabilityZone": zone,
            "imageId": images[0]["imageId"],
            "instanceType": kinds[0]["instanceType"],
            "vpcId": vpc.id,
            "subnetId": subnet.id,
            "orderlySecurityGroups": [group.id],
        }
        return Shop(vpc, subnet, group, rules, instance)

    def changes(self, plugin: Plugin, shop: Shop, instance: Made) -> Iterator[tuple[Made, Values]]:
        other = plugin.make(self.GROUP, "other", name="other")
        yield shop.vpc, {**shop.vpc.inputs, "name": "new", "dnsServers": ["10.0.0.2"], "tags": {"c": "d"}}
        yield shop.subnet, {**shop.subnet.inputs, "name": "new", "tags": {"c": "d"}}
        yield shop.group, {**shop.group.inputs, "description": "for the shop", "tags": {}}
        of_80 = {**self.OF_443, "port": "80", "description": "for the shop"}
        yield shop.rules, {**shop.rules.inputs, "ingresses": [of_80, self.OF_443]}
        news = {
            "instanceName": "two",
            "disableApiTermination": True,
            "orderlySecurityGroups": [other.id, shop.group.id],
            "tags": {"app": "web"},
        }
        yield instance, {**instance.inputs, **news}

    def left(self, sandbox: Sandbox) -> dict[str, Any]:
        found = sandbox.tencent.state()
        return {kind: found[kind] for kind in ("vpcs", "subnets", "security_groups", "instances")}

    def make_role(self, sandbox: Sandbox, name: str) -> str:
        sandbox.tencent.make_role(name)
        return name

    def rename(self, sandbox: Sandbox, network: str) -> None:
        sandbox.tencent.call("vpc", "ModifyVpcAttribute", VpcId=network, VpcName="drifted")

    def half_done(self, plugin: Plugin, sandbox: Sandbox) -> tuple[str, Values, str]:
        sandbox.switch(cvm_launch_outcome="LAUNCH_FAILED")
        return self.instance, self.shop(plugin).instance, "came to nothing"


WORLDS: tuple[World, ...] = (Alibaba(), Tencent())
