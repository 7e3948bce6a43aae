"""The rules of security groups: AuthorizeSecurityGroup, RevokeSecurityGroup, ModifySecurityGroupRule and twins.

A rule that is there already is authorized again without effect, and one that is not there is revoked without effect;
only changing a rule needs it to exist. Rules come one at a time as plain parameters, by ``SecurityGroupRuleId.N``, or
up to 100 as ``Permissions.N``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ...clock import stamp
from .. import ids, pages
from ..call import Answer, Call
from ..errors import ApiError, invalid
from ..tokens import once
from .groups import put
from .product import ECS, group, on_group, required
from .records import GROUP, SecurityGroup
from .rules import EGRESS, INGRESS, SIDE, Rule, rule, same

MOST_RULES = 200
MOST_AT_ONCE = 100


@ECS.action("DescribeSecurityGroupAttribute", resources=on_group)
def describe_security_group_attribute(call: Call) -> Answer:
    """A group with its rules, of one direction or all."""
    found = group(call, required(call, "SecurityGroupId"))
    direction = call.params.choice(
        "Direction", ("egress", "ingress", "all"), "all", "InvalidDirection.ValueNotSupported"
    )
    nic = call.params.text("NicType")  # pulumi-alicloud sends "<nil>" where a program gives none: no filter
    other_nic = {"intranet": "internet", "internet": "intranet"}.get(nic)
    rows = [one for one in found.rules if direction in ("all", one["Direction"]) and one["NicType"] != other_nic]
    token: Mapping[str, str] = {}
    page = rows
    if pages.wants_token(call.params):
        page, token = pages.tokened(call.params, rows, limit=1000, default=500)
    return {
        "RegionId": call.region,
        "SecurityGroupId": found.group_id,
        "SecurityGroupName": found.name,
        "Description": found.description,
        "VpcId": found.vpc_id,
        "InnerAccessPolicy": found.inner_access,
        "Permissions": {"Permission": [dict(one) for one in page]},
        "SnapshotPolicyIds": {"SnapshotPolicyId": []},
        "NextToken": "",
        **token,
    }


def _described(call: Call, found: SecurityGroup, direction: str) -> list[Rule]:
    """The rules a request describes: ``Permissions.N``, or one as plain parameters."""
    several = call.params.structures("Permissions")
    if len(several) > MOST_AT_ONCE:
        raise invalid("Permissions", "InvalidParameter.Permissions")
    return [rule(one, direction, bool(found.vpc_id)) for one in several or [call.params.raw()]]


def _authorize(call: Call, direction: str) -> Answer:
    found = group(call, required(call, "SecurityGroupId"))
    rules = list(found.rules)
    for one in _described(call, found, direction):
        _check_peer(call, found, one, direction)
        if any(same(one, other) for other in rules):
            continue
        rules.append({**one, "SecurityGroupRuleId": ids.resource_id("sgr"), "CreateTime": stamp(call.now)})
    if len(rules) > MOST_RULES:
        raise ApiError(
            "AuthorizationLimitExceed", 403, "The limit of authorization records in the security group reaches."
        )
    put(call, replace(found, rules=tuple(rules)))
    return {}


def _check_peer(call: Call, found: SecurityGroup, one: Rule, direction: str) -> None:
    """A group named in a rule must be there, in the same VPC, and another one."""
    parameter = f"{SIDE[direction]}GroupId"
    if not one[parameter]:
        return
    peer = call.table(GROUP).get(one[parameter])
    if peer is None:
        raise ApiError(f"Invalid{parameter}.NotFound", 404, f"The {parameter} provided does not exist in our records.")
    if peer.vpc_id != found.vpc_id:
        raise ApiError(
            f"Invalid{parameter}.Mismatch", 400, "Specified security group and the other group are not in the same VPC."
        )
    if found.type == "enterprise":
        raise ApiError(
            "InvalidParamter.Conflict", 403, "Rules of an advanced security group cannot name other groups."
        )  # spelled so


def _revoke(call: Call, direction: str) -> Answer:
    found = group(call, required(call, "SecurityGroupId"))
    wanted = call.params.numbered("SecurityGroupRuleId")
    if wanted:
        left = [one for one in found.rules if one["SecurityGroupRuleId"] not in wanted]
    else:
        gone = _described(call, found, direction)
        left = [one for one in found.rules if not any(same(one, other) for other in gone)]
    put(call, replace(found, rules=tuple(left)))
    return {}


def _modify(call: Call, direction: str) -> Answer:
    found = group(call, required(call, "SecurityGroupId"))
    rule_id = call.params.text("SecurityGroupRuleId")
    old = next((one for one in found.rules if one["SecurityGroupRuleId"] == rule_id), None)
    if rule_id and old:
        changed = rule({**_as_sent(old), **call.params.raw()}, direction, bool(found.vpc_id))
        _check_peer(call, found, changed, direction)
    elif not rule_id:
        changed = _described(call, found, direction)[0]
        old = next((one for one in found.rules if same(one, changed)), None)
    if old is None or old["Direction"] != direction:
        raise ApiError("SecurityGroupRule.NotFound", 404, "The target security group rule not exist.")
    kept = {name: old[name] for name in ("SecurityGroupRuleId", "CreateTime")}
    put(call, replace(found, rules=tuple({**changed, **kept} if one is old else one for one in found.rules)))
    return {}


def _as_sent(one: Rule) -> dict[str, str]:
    return {name: text for name, text in one.items() if text}


def _offer(name: str, change: Callable[[Call, str], Answer], direction: str) -> None:
    """Register the action ``name``: ``change`` for one direction, repeatable by ClientToken."""
    ECS.action(name, resources=on_group)(lambda call: once(call, lambda call: change(call, direction)))


for _name, _change, _direction in (
    ("AuthorizeSecurityGroup", _authorize, INGRESS),
    ("AuthorizeSecurityGroupEgress", _authorize, EGRESS),
    ("RevokeSecurityGroup", _revoke, INGRESS),
    ("RevokeSecurityGroupEgress", _revoke, EGRESS),
    ("ModifySecurityGroupRule", _modify, INGRESS),
    ("ModifySecurityGroupEgressRule", _modify, EGRESS),
):
    _offer(_name, _change, _direction)
