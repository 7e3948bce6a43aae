"""What the real plugins' schemas refuse and take: written from the schemas themselves, not from the stand-ins."""

from __future__ import annotations

from typing import Any

from pulumi.runtime import rpc

SWITCH = "alicloud:vpc/switch:Switch"
ECS = "alicloud:ecs/instance:Instance"
RULE = "alicloud:ecs/securityGroupRule:SecurityGroupRule"
ZONES = "alicloud:index/getZones:getZones"
IMAGES = "alicloud:ecs/getImages:getImages"
ECS_TYPES = "alicloud:ecs/getInstanceTypes:getInstanceTypes"
VPC = "tencentcloud:Vpc/instance:Instance"
SUBNET = "tencentcloud:Subnet/instance:Instance"
GROUP = "tencentcloud:Security/group:Group"
RULES = "tencentcloud:Security/groupRuleSet:GroupRuleSet"
CVM = "tencentcloud:Instance/instance:Instance"
CVM_ZONES = "tencentcloud:Availability/getZonesByProduct:getZonesByProduct"
CVM_IMAGES = "tencentcloud:Images/getInstance:getInstance"
CVM_TYPES = "tencentcloud:Instance/getTypes:getTypes"

VALUES: list[tuple[str, str, list[Any], list[Any]]] = [
    # type or function, property, refused, taken
    (ECS, "instanceType", ["g7.large", "", "xecs.g7"], ["ecs.g7.large"]),
    (ECS, "instanceName", ["a", "x" * 129], ["ab", "x" * 128]),
    (ECS, "description", ["a", "x" * 257], ["ab", "x" * 256]),
    (ECS, "systemDiskCategory", ["CLOUD_SSD", "cloud-essd"], ["cloud_essd", "cloud_auto", "cloud_essd_entry"]),
    (ECS, "instanceChargeType", ["postpaid", "Spot"], ["PostPaid", "PrePaid"]),
    (ECS, "httpEndpoint", ["on", "Enabled"], ["enabled", "disabled"]),
    (ECS, "httpTokens", ["yes"], ["optional", "required"]),
    (RULE, "type", ["in", "Ingress"], ["ingress", "egress"]),
    (RULE, "ipProtocol", ["TCP", "6"], ["tcp", "udp", "icmp", "icmpv6", "gre", "all"]),
    (RULE, "nicType", ["vpc"], ["intranet"]),
    (RULE, "policy", ["ACCEPT", "deny"], ["accept", "drop"]),
    (RULE, "priority", [0, 101], [1, 100]),
    (ZONES, "availableResourceCreation", ["instance", "Rds2"], ["Instance", "VSwitch", "Disk"]),
    (ZONES, "availableInstanceType", ["g7.large"], ["ecs.g7.large"]),
    (ZONES, "availableDiskCategory", ["cloud_auto", "ssd"], ["cloud_essd", "all"]),
    (ZONES, "instanceChargeType", ["hourly"], ["PostPaid"]),
    (IMAGES, "owners", ["me"], ["system", "self", ""]),
    (IMAGES, "architecture", ["amd64"], ["x86_64", "arm64", "i386"]),
    (IMAGES, "osType", ["Linux"], ["linux", "windows"]),
    (IMAGES, "status", ["available"], ["Available", "Deprecated"]),
    (IMAGES, "nameRegex", ["(", "[a"], ["^aliyun_3_x64"]),
    (ECS_TYPES, "instanceTypeFamily", ["g7"], ["ecs.g7"]),
    (ECS_TYPES, "instanceChargeType", ["hourly"], ["PrePaid"]),
    (ECS_TYPES, "systemDiskCategory", ["all", "local_disk"], ["cloud_auto", "cloud_essd_entry"]),
    (VPC, "cidrBlock", ["172.16.1.0/16", "172.16.0.0", "a"], ["172.16.0.0/16"]),
    (VPC, "name", ["", "x" * 61], ["x", "x" * 60]),
    (SUBNET, "cidrBlock", ["172.16.1.1/24"], ["172.16.1.0/24"]),
    (SUBNET, "name", ["", "x" * 61], ["x"]),
    (GROUP, "name", ["", "x" * 61], ["x"]),
    (GROUP, "description", ["", "x" * 101], ["x", "x" * 100]),
    (CVM, "instanceType", ["S5"], ["S5.MEDIUM4"]),
    (CVM, "instanceName", ["a", "x" * 129], ["ab"]),
    (CVM, "systemDiskType", ["cloud_ssd", "CLOUD_BIGDATA"], ["CLOUD_PREMIUM", "CLOUD_BSSD", "LOCAL_SSD"]),
    (CVM, "instanceChargeType", ["PostPaid"], ["POSTPAID_BY_HOUR", "SPOTPAID"]),
    (CVM_IMAGES, "imageNameRegex", ["("], ["^TencentOS"]),
    (CVM_IMAGES, "osName", [""], ["CentOS"]),
    (RULES, "ingresses", [[{"port": "80"}], [{"action": "deny"}]], [[{"action": "accept"}], [{"action": "DROP"}]]),
    (RULES, "egresses", [[{"action": "x"}], [{"action": "DROP", "peer": "a"}]], [[{"action": "ACCEPT"}], []]),
    (
        RULES,
        "ingresses",
        [[{"action": "DROP", "cidrBlock": "0.0.0.0/0", "sourceSecurityId": "sg-1"}]],
        [[{"action": "DROP", "sourceSecurityId": "sg-1"}]],
    ),
    (
        CVM_TYPES,
        "filters",
        [
            [{"name": "zone"}],
            [{"values": ["a"]}],
            [{"name": "zone", "values": "a"}],
            [{"name": "a", "values": []}] * 11,
        ],
        [[{"name": "zone", "values": ["ap-guangzhou-3"]}], [{"name": "a", "values": []}] * 10],
    ),
]

TOGETHER: list[tuple[str, dict[str, Any], str]] = [
    # type or function, what is given, the property at fault
    (RULE, {"cidrIp": "0.0.0.0/0", "sourceSecurityGroupId": "sg-1"}, "sourceSecurityGroupId"),
    (RULE, {"cidrIp": rpc.UNKNOWN, "sourceSecurityGroupId": "sg-1"}, "sourceSecurityGroupId"),
    (RULE, {}, "cidrIp"),
    (IMAGES, {}, "nameRegex"),
    (CVM_IMAGES, {"imageNameRegex": "a", "osName": "b"}, "imageNameRegex"),
    (CVM_TYPES, {"availabilityZone": "z", "filters": []}, "availabilityZone"),
]

MISSING = [
    (RULE, "securityGroupId"),
    (RULE, "type"),
    (RULE, "ipProtocol"),
    (VPC, "cidrBlock"),
    (VPC, "name"),
    (SUBNET, "vpcId"),
    (SUBNET, "cidrBlock"),
    (SUBNET, "availabilityZone"),
    (SUBNET, "name"),
    (GROUP, "name"),
    (RULES, "securityGroupId"),
    (SWITCH, "zoneId"),
    (ECS, "imageId"),
    (ECS, "instanceType"),
    (CVM, "imageId"),
    (CVM, "availabilityZone"),
    (CVM_ZONES, "product"),
]
"""Of each: what the real schema calls required, or at least one of what a stand-in serves of."""
