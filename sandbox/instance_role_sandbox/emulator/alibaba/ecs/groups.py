"""Security groups and who is in them.

The rules inside have a module of their own (``ecs/authorizations.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ... import timeline
from ...clock import stamp
from .. import ids, pages, tags
from ..call import Answer, Call
from ..errors import ApiError, invalid
from ..regional import RESOURCE_GROUP, arn, on
from ..tokens import once
from ..vpc.product import networks
from .facts import present
from .product import ECS, group, instance, keep, label, must_be, nothing, on_group, on_instance, required, tag_rows
from .records import GROUP, Instance, SecurityGroup

MOST_GROUPS = 5  # that one instance may be in


@ECS.action("CreateSecurityGroup", resources=on("vpc", "VpcId"))
def create_security_group(call: Call) -> Answer:
    """Make a security group in a VPC, or in the classic network when no VPC is named."""
    return once(call, _create)


def _create(call: Call) -> Answer:
    params = call.params
    vpc_id = params.text("VpcId")
    if vpc_id:
        home = networks(call).get(vpc_id)
        if home is None:
            raise ApiError("InvalidVpcId.NotFound", 404, "Specified VPC does not exist.")
        if timeline.at(home.timeline, call.now) != "Available":
            raise ApiError("IncorrectVpcStatus", 400, "Current VPC status does not support this operation.")
    name = label(call, "SecurityGroupName", "InvalidSecurityGroupName.Malformed") or ""
    description = label(call, "Description", "InvalidDescription.Malformed", 2, 256) or ""
    kind = params.choice(
        "SecurityGroupType", ("normal", "enterprise"), "normal", "InvalidSecurityGroupType.ValueNotSupported"
    )
    given = tags.sent(params)
    if len(call.table(GROUP)) >= call.switches.count("quota-security-groups"):
        raise ApiError("QuotaExceed.SecurityGroup", 403, "The maximum number of security groups is reached.")
    made = SecurityGroup(
        group_id=ids.resource_id("sg"),
        vpc_id=vpc_id,
        created=call.now,
        resource_group=params.text("ResourceGroupId", RESOURCE_GROUP),
        name=name,
        description=description,
        type=kind,
        tags=given,
    )
    call.table(GROUP).put(made.group_id, made)
    return {"SecurityGroupId": made.group_id}


@ECS.action("DescribeSecurityGroups", when_denied=nothing("SecurityGroups", "SecurityGroup"))
def describe_security_groups(call: Call) -> Answer:
    """List security groups, by id, name, VPC or tag."""
    params = call.params
    wanted = params.json_texts("SecurityGroupIds", invalid("SecurityGroupIds", "InvalidSecurityGroupIds.Malformed"))
    filters = tags.wanted(params)
    kind = params.text("NetworkType")
    rows = [
        _row(call, one)
        for one in call.table(GROUP).values()
        if params.text("SecurityGroupId") in ("", one.group_id)
        and (not wanted or one.group_id in wanted)
        and params.text("SecurityGroupName") in ("", one.name)
        and params.text("SecurityGroupType") in ("", one.type)
        and params.text("VpcId") in ("", one.vpc_id)
        and params.text("ResourceGroupId") in ("", one.resource_group)
        and kind in ("", "vpc" if one.vpc_id else "classic")
        and tags.carries(one.tags, filters)
    ]
    if pages.wants_token(params):
        page, token = pages.tokened(params, rows, limit=100)
        return {"RegionId": call.region, "SecurityGroups": {"SecurityGroup": page}, "TotalCount": len(rows), **token}
    page, counts = pages.numbered(params, rows, limit=100)
    return {"RegionId": call.region, "SecurityGroups": {"SecurityGroup": page}, **counts}


@ECS.action("ModifySecurityGroupAttribute", resources=on_group)
def modify_security_group_attribute(call: Call) -> Answer:
    """Change a security group's name or description."""
    found = group(call, required(call, "SecurityGroupId"))
    name = label(call, "SecurityGroupName", "InvalidSecurityGroupName.Malformed")
    description = label(call, "Description", "InvalidDescription.Malformed", 2, 256)
    put(
        call,
        replace(found, name=name or found.name, description=found.description if description is None else description),
    )
    return {}


@ECS.action("ModifySecurityGroupPolicy", resources=on_group)
def modify_security_group_policy(call: Call) -> Answer:
    """Whether the members of a group reach each other."""
    found = group(call, required(call, "SecurityGroupId"))
    required(call, "InnerAccessPolicy")
    access = call.params.text("InnerAccessPolicy").capitalize()
    if access not in ("Accept", "Drop"):
        raise invalid("InnerAccessPolicy", "InvalidInnerAccessPolicy.ValueNotSupported")
    put(call, replace(found, inner_access=access))
    return {}


@ECS.action("DeleteSecurityGroup", resources=on_group)
def delete_security_group(call: Call) -> Answer:
    """Delete a security group that has no members and that no other group's rule names."""
    found = group(call, required(call, "SecurityGroupId"))
    others = [one for one in call.table(GROUP).values() if one.group_id != found.group_id]
    if _members(call, found.group_id) or any(_names(one, found.group_id) for one in others):
        raise ApiError("DependencyViolation", 403, "There is still instance(s) in the specified security group.")
    call.table(GROUP).delete(found.group_id)
    return {}


@ECS.action("JoinSecurityGroup", resources=on_instance)
def join_security_group(call: Call) -> Answer:
    """Put an instance into one more group."""
    one, found = _pair(call)
    if found.group_id in one.groups:
        raise ApiError(
            "InvalidInstanceId.AlreadyExists",
            403,
            "The specified instance already exists in the specified security group.",
        )
    if one.vpc_id != found.vpc_id:
        raise ApiError(
            "InvalidInstanceId.Mismatch", 400, "Specified instance and security group are not in the same VPC."
        )
    if len(one.groups) >= MOST_GROUPS:
        raise ApiError(
            "InstanceSecurityGroupLimitExceeded",
            400,
            "Exceeding the allowed amount of security groups that an instance can be in.",
        )
    keep(call, replace(one, groups=(*one.groups, found.group_id)))
    return {}


@ECS.action("LeaveSecurityGroup", resources=on_instance)
def leave_security_group(call: Call) -> Answer:
    """Take an instance out of a group, but never out of its last one."""
    one, found = _pair(call)
    if found.group_id not in one.groups:
        raise ApiError("InstanceNotInSecurityGroup", 403, "The instance not in the group.")
    if len(one.groups) == 1:
        raise ApiError(
            "InstanceLastSecurityGroup",
            403,
            "The specified security group is the last security group for the instance.",
        )
    keep(call, replace(one, groups=tuple(key for key in one.groups if key != found.group_id)))
    return {}


def _on_member(call: Call) -> Iterable[str]:
    kind = call.params.text("ResourceType", "*").lower()
    return (arn(call, kind, call.params.text("ResourceId", "*")),)


@ECS.action("JoinResourceGroup", resources=_on_member)
def join_resource_group(call: Call) -> Answer:
    """Put an instance or a security group into another resource group."""
    kind, key = required(call, "ResourceType").lower(), required(call, "ResourceId")
    target = required(call, "ResourceGroupId")
    if kind == "instance":
        one = instance(call, key)
        keep(call, replace(one, settings={**one.settings, "ResourceGroupId": target}))
    elif kind == "securitygroup":
        put(call, replace(group(call, key), resource_group=target))
    else:
        raise ApiError("InvalidResourceType.NotSupported", 400, "The specified ResourceType is not supported.")
    return {}


def put(call: Call, changed: SecurityGroup) -> None:
    """Put the changed group in place of what it was."""
    call.table(GROUP).put(changed.group_id, changed)


def _pair(call: Call) -> tuple[Instance, SecurityGroup]:
    one = instance(call, required(call, "InstanceId"))
    found = group(call, required(call, "SecurityGroupId"))
    must_be(call, one, "Running", "Stopped")
    return one, found


def _members(call: Call, group_id: str) -> int:
    return sum(1 for one in present(call).values() if group_id in one.groups)


def _names(other: SecurityGroup, group_id: str) -> bool:
    return any(group_id in (rule.get("SourceGroupId"), rule.get("DestGroupId")) for rule in other.rules)


def _row(call: Call, one: SecurityGroup) -> Answer:
    members = _members(call, one.group_id)
    return {
        "SecurityGroupId": one.group_id,
        "SecurityGroupName": one.name,
        "SecurityGroupType": one.type,
        "Description": one.description,
        "VpcId": one.vpc_id,
        "ResourceGroupId": one.resource_group,
        "CreationTime": stamp(one.created),
        "EcsCount": members,
        "AvailableInstanceAmount": 2000 - members,
        "RuleCount": len(one.rules),
        "ServiceManaged": False,
        "ServiceID": 0,
        "Tags": tag_rows(one.tags),
    }
