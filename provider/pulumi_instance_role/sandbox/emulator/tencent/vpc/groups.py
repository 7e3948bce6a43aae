"""Security groups, without rules: nothing here sends packets."""

from __future__ import annotations

from .. import ids
from ..call import Answer, Call
from ..cvm.facts import instances_in_group
from ..errors import ApiError
from .product import FILTERS, PAGE, TAGS, VPC, any_of, chosen, full, in_use, named, on, page, stamp
from .product import shown_tags as _shown_tags
from .product import tags as _tags
from .records import GROUP, SecurityGroup


@VPC.action(
    "CreateSecurityGroup",
    takes=f"GroupName! GroupDescription! ProjectId {TAGS}",
    resources=any_of("sg"),
)
def create_security_group(call: Call) -> Answer:
    """Make a security group; it lets nothing pass. https://www.tencentcloud.com/document/product/215/15806"""
    if len(call.text("GroupDescription").encode()) > 100:
        raise ApiError("InvalidParameterValue.TooLong", "The value of parameter `GroupDescription` is too long.")
    groups = call.table(GROUP)
    if len(groups) >= call.switches.count("tencent-quota-security-groups"):
        raise full("security groups")
    made = SecurityGroup(
        group_id=ids.resource_id("sg"),
        name=named(call, "GroupName", 60),
        description=call.text("GroupDescription"),
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


@VPC.action("DeleteSecurityGroup", takes="SecurityGroupId!", resources=on("sg", "SecurityGroupId"))
def delete_security_group(call: Call) -> Answer:
    """Delete a security group that no instance is in. https://www.tencentcloud.com/document/product/215/15803"""
    wanted = call.text("SecurityGroupId")
    if wanted not in call.table(GROUP):
        raise ApiError("InvalidSecurityGroupID.NotFound", f"The security group `{wanted}` does not exist.")
    if instances_in_group(call, wanted):
        raise in_use(wanted)
    call.table(GROUP).delete(wanted)
    return {}


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
