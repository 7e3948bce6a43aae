"""Security groups. Their rules are in :mod:`.rules`."""

from __future__ import annotations

from dataclasses import replace

from .. import ids
from ..call import Answer, Call
from ..cvm.facts import instances_in_group
from ..errors import ApiError
from .product import FILTERS, PAGE, TAGS, VPC, any_of, chosen, full, in_use, named, on, page, stamp
from .product import shown_tags as _shown_tags
from .product import tags as _tags
from .records import GROUP, SecurityGroup
from .rules import group_of, names_group


@VPC.action(
    "CreateSecurityGroup",
    takes=f"GroupName! GroupDescription! ProjectId {TAGS}",
    resources=any_of("sg"),
)
def create_security_group(call: Call) -> Answer:
    """Make a security group; it lets nothing pass. https://www.tencentcloud.com/document/product/215/15806"""
    groups = call.table(GROUP)
    if len(groups) >= call.switches.count("tencent-quota-security-groups"):
        raise full("security groups")
    made = SecurityGroup(
        group_id=ids.resource_id("sg"),
        name=named(call, "GroupName", 60),
        description=_described(call.text("GroupDescription")),
        created=call.now,
        project=call.text("ProjectId", "0"),
        tags=_tags(call),
    )
    return {"SecurityGroup": _shown(groups.put(made.group_id, made))}


@VPC.action(
    "DescribeSecurityGroups",
    takes=f"SecurityGroupIds:[] {FILTERS} {PAGE} OrderField OrderDirection",
    resources=any_of("sg"),
    when_denied=lambda call: {"TotalCount": 0, "SecurityGroupSet": []},
)
def describe_security_groups(call: Call) -> Answer:
    """Security groups by id or filter. https://www.tencentcloud.com/document/product/215/15808"""
    filters = {
        "security-group-id": lambda one: one.group_id,
        "security-group-name": lambda one: one.name,
        "project-id": lambda one: one.project,
    }
    groups = dict(call.table(GROUP).items())
    found = chosen(call, groups, "SecurityGroupIds", "sg", filters, lambda one: one.tags)
    return {"TotalCount": len(found), "SecurityGroupSet": [_shown(one) for one in page(call, found)]}


@VPC.action(
    "ModifySecurityGroupAttribute",
    takes="SecurityGroupId! GroupName GroupDescription",
    resources=on("sg", "SecurityGroupId"),
)
def modify_security_group_attribute(call: Call) -> Answer:
    """Change the name or the description. https://www.tencentcloud.com/document/product/215/15804"""
    found = group_of(call)
    name = named(call, "GroupName", 60) if "GroupName" in call.params else found.name
    description = call.text("GroupDescription", found.description)
    call.table(GROUP).put(found.group_id, replace(found, name=name, description=_described(description)))
    return {}


@VPC.action("DescribeSecurityGroupAssociationStatistics", takes="SecurityGroupIds!:[]", resources=any_of("sg"))
def describe_security_group_association_statistics(call: Call) -> Answer:
    """How many instances and rules use each group. https://www.tencentcloud.com/document/product/215/15802"""
    rows = []
    for wanted in call.texts("SecurityGroupIds"):
        if wanted not in call.table(GROUP):
            raise ApiError("InvalidSecurityGroupID.NotFound", f"The security group `{wanted}` does not exist.")
        instances = len(instances_in_group(call, wanted))
        rules = sum(names_group(one, wanted) for one in call.table(GROUP).values())
        counts = {"CVM": instances, "CDB": 0, "ENI": 0, "SG": rules, "CLB": 0, "TotalCount": instances + rules}
        rows.append({"SecurityGroupId": wanted, **counts, "InstanceStatistics": []})
    return {"SecurityGroupAssociationStatisticsSet": rows}


@VPC.action("DeleteSecurityGroup", takes="SecurityGroupId!", resources=on("sg", "SecurityGroupId"))
def delete_security_group(call: Call) -> Answer:
    """Delete a security group that no instance is in and no other group's rule names.

    https://www.tencentcloud.com/document/product/215/15803
    """
    wanted = call.text("SecurityGroupId")
    if wanted not in call.table(GROUP):
        raise ApiError("InvalidSecurityGroupID.NotFound", f"The security group `{wanted}` does not exist.")
    if instances_in_group(call, wanted) or any(names_group(one, wanted) for one in call.table(GROUP).values()):
        raise in_use(wanted)
    call.table(GROUP).delete(wanted)
    return {}


def _described(text: str) -> str:
    if len(text.encode()) > 100:
        raise ApiError("InvalidParameterValue.TooLong", "The value of parameter `GroupDescription` is too long.")
    return text


def _shown(one: SecurityGroup) -> Answer:
    return {
        "SecurityGroupId": one.group_id,
        "SecurityGroupName": one.name,
        "SecurityGroupDesc": one.description,
        "ProjectId": one.project,
        "IsDefault": one.default,
        "CreatedTime": stamp(one.created),
        "TagSet": _shown_tags(one.tags),
        "UpdateTime": stamp(one.created),
    }
