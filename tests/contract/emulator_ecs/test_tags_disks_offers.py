"""Tags, disks, network interfaces, and what is on sale, over the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.emulator_ecs.conftest import IMAGE, ZONE, Place
from tests.support.typed import Typed, refuses


def ids_of(place: Place) -> dict[str, str]:
    """One resource of every type that can be tagged."""
    (one,) = place.run()
    return {
        "instance": one,
        "securitygroup": place.group,
        "disk": place.api.ecs("DescribeDisks", InstanceId=one)["Disks"]["Disk"][0]["DiskId"],
        "eni": place.api.ecs("DescribeNetworkInterfaces", InstanceId=one)["NetworkInterfaceSets"][
            "NetworkInterfaceSet"
        ][0]["NetworkInterfaceId"],
    }


def labels(api: Typed, kind: str, key: str) -> dict[str, str]:
    rows = api.ecs("ListTagResources", ResourceType=kind, ResourceId=[key])["TagResources"]["TagResource"]
    assert all((row["ResourceType"], row["ResourceId"]) == (kind, key) for row in rows)
    return {row["TagKey"]: row["TagValue"] for row in rows}


def test_tags_on_every_type(place: Place) -> None:
    api = place.api
    for kind, key in ids_of(place).items():
        two = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
        api.ecs("TagResources", ResourceType=kind, ResourceId=[key], Tag=two)
        api.ecs("TagResources", ResourceType=kind, ResourceId=[key], Tag=[{"Key": "a", "Value": "2"}])
        assert labels(api, kind, key) == {"a": "2", "b": ""}
        found = api.ecs("DescribeTags", ResourceType=kind, ResourceId=key)["Tags"]["Tag"]
        assert [(row["TagKey"], row["TagValue"]) for row in found] == [("a", "2"), ("b", "")]
        api.ecs("UntagResources", ResourceType=kind, ResourceId=[key], TagKey=["a"])
        assert labels(api, kind, key) == {"b": ""}
        api.ecs("UntagResources", ResourceType=kind, ResourceId=[key], All=True)
        assert labels(api, kind, key) == {}


def test_tags_find_their_resources(place: Place) -> None:
    api, known = place.api, ids_of(place)
    for kind, key in known.items():
        api.ecs("TagResources", ResourceType=kind, ResourceId=[key], Tag=[{"Key": "k", "Value": kind}])
    wanted = [{"Key": "k", "Value": "disk"}]
    assert api.ecs("DescribeDisks", Tag=wanted)["TotalCount"] == 1
    assert api.ecs("DescribeInstances", Tag=wanted)["TotalCount"] == 0
    eni = [{"Key": "k", "Value": "eni"}]
    assert api.ecs("DescribeNetworkInterfaces", Tag=eni)["TotalCount"] == 1
    group = [{"Key": "k", "Value": "securitygroup"}]
    assert api.ecs("DescribeSecurityGroups", Tag=group)["TotalCount"] == 1
    rows = api.ecs("ListTagResources", ResourceType="instance", Tag=[{"Key": "k", "Value": "instance"}])
    assert [row["ResourceId"] for row in rows["TagResources"]["TagResource"]] == [known["instance"]]
    assert api.ecs("DescribeTags")["TotalCount"] == 4
    assert api.ecs("DescribeTags", Tag=wanted)["TotalCount"] == 1
    assert api.ecs("DescribeTags", ResourceType="image", ResourceId=IMAGE)["TotalCount"] == 0


def test_what_tags_cannot_be(place: Place) -> None:
    (one,) = place.run(Tag=[{"Key": "own", "Value": ""}])
    usual = {"ResourceType": "instance", "ResourceId": [one], "Tag": [{"Key": "a", "Value": "1"}]}
    cases: list[tuple[dict[str, Any], str, int]] = [
        ({"ResourceType": "planet"}, "InvalidResourceType.NotFound", 404),
        ({"ResourceType": "image"}, "InvalidResourceId.NotSupported", 403),
        ({"ResourceType": ""}, "MissingResourceType", 400),
        ({"ResourceId": ["i-none"]}, "InvalidResourceId.NotFound", 404),
        ({"ResourceId": []}, "MissingResourceId", 400),
        ({"ResourceId": [f"i-{n}" for n in range(51)]}, "InvalidParameter.TooManyResourceIds", 400),
        ({"Tag": []}, "MissingTag", 400),
        ({"Tag": [{"Key": "k" * 129}]}, "InvalidTagKey.Malformed", 400),
        ({"Tag": [{"Key": "k", "Value": "v" * 129}]}, "InvalidTagValue.Malformed", 400),
        ({"Tag": [{"Key": f"k{n}"} for n in range(20)]}, "OperationDenied.QuotaExceed", 400),
    ]
    for fields, code, status in cases:
        with refuses(code, status):
            place.api.ecs("TagResources", **{**usual, **fields})
    with refuses("MissingTagKey", 400):
        place.api.ecs("UntagResources", ResourceType="instance", ResourceId=[one])
    assert labels(place.api, "instance", one) == {"own": ""}


def test_disks_come_with_their_instance(place: Place) -> None:
    api = place.api
    (one,) = place.run(
        SystemDisk={"Category": "cloud_auto", "Size": "60", "DiskName": "root"},
        DataDisk=[{"Category": "cloud_essd", "Size": 100, "DiskName": "data-1", "Encrypted": "true"}, {"Size": 20}],
    )
    found = api.ecs("DescribeDisks", InstanceId=one)["Disks"]["Disk"]
    seen = [(row["Type"], row["Category"], row["Size"], row["DiskName"], row["Encrypted"]) for row in found]
    assert seen == [
        ("system", "cloud_auto", 60, "root", False),
        ("data", "cloud_essd", 100, "data-1", True),
        ("data", "cloud_essd", 20, "", False),
    ]
    assert [row["Device"] for row in found] == ["/dev/xvda", "/dev/xvdb", "/dev/xvdc"]
    assert {(row["InstanceId"], row["ZoneId"], row["Status"]) for row in found} == {(one, ZONE, "In_use")}
    system, data, _ = (row["DiskId"] for row in found)
    counts = {
        name: api.ecs("DescribeDisks", **fields)["TotalCount"]
        for name, fields in {
            "system": {"DiskType": "system"},
            "category": {"Category": "cloud_auto"},
            "name": {"DiskName": "data-*"},
            "ids": {"DiskIds": json.dumps([system, data, "d-none"])},
            "other": {"InstanceId": "i-none"},
        }.items()
    }
    assert counts == {"system": 1, "category": 1, "name": 1, "ids": 2, "other": 0}
    page = api.ecs("DescribeDisks", MaxResults=2)
    assert len(api.ecs("DescribeDisks", MaxResults=2, NextToken=page["NextToken"])["Disks"]["Disk"]) == 1
    api.ecs("ModifyDiskAttribute", DiskId=data, DiskName="new", Description="text", DeleteWithInstance=False)
    api.ecs("ResizeDisk", DiskId=data, NewSize=200)
    (row,) = api.ecs("DescribeDisks", DiskIds=json.dumps([data]))["Disks"]["Disk"]
    assert (row["DiskName"], row["Description"], row["DeleteWithInstance"], row["Size"]) == ("new", "text", False, 200)
    with refuses("InvalidDiskSize.TooSmall", 403):
        api.ecs("ResizeDisk", DiskId=data, NewSize=100)
    for action, fields in (("ModifyDiskAttribute", {}), ("ResizeDisk", {"NewSize": 10})):
        with refuses("InvalidDiskId.NotFound", 404):
            api.ecs(action, DiskId="d-none", **fields)
    with refuses("InvalidDiskIds.Malformed", 400):
        api.ecs("DescribeDisks", DiskIds="d-1")
    api.ecs("DeleteInstance", InstanceId=one, Force=True)
    assert api.ecs("DescribeDisks")["TotalCount"] == 0


def test_each_instance_has_one_interface(place: Place) -> None:
    first, second = place.run(2)
    place.classic()
    everything = place.api.ecs("DescribeNetworkInterfaces")
    assert everything["TotalCount"] == 2
    (row,) = place.api.ecs("DescribeNetworkInterfaces", InstanceId=first)["NetworkInterfaceSets"]["NetworkInterfaceSet"]
    assert (row["Type"], row["Status"], row["VSwitchId"]) == ("Primary", "InUse", place.vswitch)
    assert row["PrivateIpSets"]["PrivateIpSet"][0]["PrivateIpAddress"] == row["PrivateIpAddress"]
    by_id = place.api.ecs("DescribeNetworkInterfaces", NetworkInterfaceId=[row["NetworkInterfaceId"]])
    assert by_id["NetworkInterfaceSets"]["NetworkInterfaceSet"] == [row]
    assert place.api.ecs("DescribeNetworkInterfaces", Type="Secondary")["TotalCount"] == 0
    page = place.api.ecs("DescribeNetworkInterfaces", MaxResults=1)
    rest = place.api.ecs("DescribeNetworkInterfaces", MaxResults=1, NextToken=page["NextToken"])
    assert [one["InstanceId"] for one in rest["NetworkInterfaceSets"]["NetworkInterfaceSet"]] == [second]


class TestOnSale:
    """The catalogue, as getZones, getImages and getInstanceTypes ask for it."""

    @pytest.fixture
    def api(self, sandbox_api: Typed) -> Typed:
        return sandbox_api

    def test_zones_sell_what_can_be_run(self, api: Typed) -> None:
        found = {row["ZoneId"]: row for row in api.ecs("DescribeZones")["Zones"]["Zone"]}
        zone = found[ZONE]
        assert "VSwitch" in zone["AvailableResourceCreation"]["ResourceTypes"]
        assert "cloud_essd" in zone["AvailableDiskCategories"]["DiskCategories"]
        assert "ecs.g7.large" in zone["AvailableInstanceTypes"]["InstanceTypes"]
        in_stock = api.ecs("DescribeAvailableResource", DestinationResource="Zone")["AvailableZones"]["AvailableZone"]
        assert {row["ZoneId"]: row["Status"] for row in in_stock} == dict.fromkeys(found, "Available")

    def test_regions_differ_in_zones(self, api: Typed) -> None:
        regions = [row["RegionId"] for row in api.ecs("DescribeRegions")["Regions"]["Region"]]
        abroad = Typed(api.sandbox, region="us-west-1")
        assert {"cn-hangzhou", "us-west-1"} <= set(regions)
        assert [row["ZoneId"] for row in abroad.ecs("DescribeZones")["Zones"]["Zone"]] == ["us-west-1a", "us-west-1b"]

    def test_instance_types_in_stock(self, api: Typed) -> None:
        asked = {"DestinationResource": "InstanceType", "ZoneId": ZONE, "Cores": 2, "Memory": 8.0}
        (zone,) = api.ecs("DescribeAvailableResource", **asked)["AvailableZones"]["AvailableZone"]
        (kinds,) = zone["AvailableResources"]["AvailableResource"]
        found = [row["Value"] for row in kinds["SupportedResources"]["SupportedResource"]]
        assert "ecs.g7.large" in found
        assert "ecs.c7.large" not in found
        with refuses("InvalidDestinationResource.NotFound", 404):
            api.ecs("DescribeAvailableResource", DestinationResource="Moon")
        with refuses("MissingParameter", 400):
            api.ecs("DescribeAvailableResource")

    def test_instance_types_by_size_and_page(self, api: Typed) -> None:
        def names(**fields: Any) -> list[str]:
            return [
                row["InstanceTypeId"]
                for row in api.ecs("DescribeInstanceTypes", **fields)["InstanceTypes"]["InstanceType"]
            ]

        assert names(InstanceTypes=["ecs.g7.large", "ecs.none"]) == ["ecs.g7.large"]
        assert names(InstanceTypeFamily="ecs.c7") == ["ecs.c7.large", "ecs.c7.xlarge"]
        assert names(MinimumCpuCoreCount=8) == ["ecs.g7.2xlarge"]
        assert names(CpuArchitecture="ARM") == ["ecs.g8y.large"]
        first = api.ecs("DescribeInstanceTypes", MaxResults=5)
        rest = names(MaxResults=100, NextToken=first["NextToken"])
        assert [row["InstanceTypeId"] for row in first["InstanceTypes"]["InstanceType"]] + rest == names()
        row = api.ecs("DescribeInstanceTypes", InstanceTypes=["ecs.g7.large"])["InstanceTypes"]["InstanceType"][0]
        assert (row["CpuCoreCount"], row["MemorySize"], row["InstanceTypeFamily"]) == (2, 8.0, "ecs.g7")

    def test_images(self, api: Typed) -> None:
        def ids(**fields: Any) -> list[str]:
            return [row["ImageId"] for row in api.ecs("DescribeImages", **fields)["Images"]["Image"]]

        every = ids(PageSize=100)
        assert ids(PageSize=4, PageNumber=2) == every[4:8]
        assert ids(ImageId=f"{IMAGE},none") == [IMAGE]
        assert ids(ImageFamily="acs:aliyun_3_x64") == [IMAGE]
        assert ids(ImageName="ubuntu_22*") == ["ubuntu_22_04_x64_20G_alibase_20250624.vhd"]
        assert all("arm64" in one for one in ids(Architecture="arm64"))
        assert ids(OSType="windows")
        assert ids(ImageOwnerAlias="self") == []
        (row,) = api.ecs("DescribeImages", ImageId=IMAGE)["Images"]["Image"]
        assert (row["Status"], row["ImageOwnerAlias"], row["OSType"]) == ("Available", "system", "linux")
        fits = api.ecs("DescribeImageSupportInstanceTypes", ImageId=IMAGE)["InstanceTypes"]["InstanceType"]
        assert "ecs.g8y.large" not in [one["InstanceTypeId"] for one in fits]
        with refuses("InvalidImageId.NotFound", 404):
            api.ecs("DescribeImageSupportInstanceTypes", ImageId="none")

    def test_every_image_and_type_on_sale_runs(self, place: Place) -> None:
        kinds = place.api.ecs("DescribeInstanceTypes")["InstanceTypes"]["InstanceType"]
        images = place.api.ecs("DescribeImages", PageSize=100)["Images"]["Image"]
        for kind in kinds:
            assert place.run(InstanceType=kind["InstanceTypeId"])
        for image in images:
            (one,) = place.run(ImageId=image["ImageId"])
            (disk,) = place.api.ecs("DescribeDisks", InstanceId=one)["Disks"]["Disk"]
            assert disk["Size"] >= image["Size"]
