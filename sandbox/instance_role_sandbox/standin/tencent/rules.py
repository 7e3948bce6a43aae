"""A security group's rules: all of them are one resource, whose id is the group's.

The real plugin resets them with ModifySecurityGroupPolicies and clears them with version 0
(https://www.tencentcloud.com/document/product/215/15811). It drops a side that has no rules left with a call of its
own; here the other side is reset and the emptied one deleted in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from instance_role_sandbox.standin.checks import Difference
from instance_role_sandbox.standin.errors import ApiError
from instance_role_sandbox.standin.lifecycle import Caller
from instance_role_sandbox.standin.limits import among, conflict
from instance_role_sandbox.standin.schema import Call, Property, Read, ResourceType, pick
from instance_role_sandbox.standin.tencent.source import SOURCE
from instance_role_sandbox.standin.wire import Values

_SIDES = {"ingresses": "Ingress", "egresses": "Egress"}
_FIELDS = {
    "action": "Action",
    "cidrBlock": "CidrBlock",
    "description": "PolicyDescription",
    "ipv6CidrBlock": "Ipv6CidrBlock",
    "port": "Port",
    "protocol": "Protocol",
    "sourceSecurityId": "SecurityGroupId",
}

_RULE = tuple(
    Property(
        name, required=name == "action", limit=among("ACCEPT", "DROP", any_case=True) if name == "action" else None
    )
    for name in _FIELDS
)
# The real plugin finds this out when it makes the rules, not before; here it is said at once.
_ONE_PEER = (conflict("cidrBlock", "ipv6CidrBlock", "sourceSecurityId"),)

TABLE = ResourceType(
    type="tencentcloud:Security/groupRuleSet:GroupRuleSet",
    title="security group rule set",
    properties=(
        Property("securityGroupId", required=True, replaces=True),
        Property("ingresses", path="Ingress", kind=tuple, fields=_RULE, together=_ONE_PEER, ordered=True),
        Property("egresses", path="Egress", kind=tuple, fields=_RULE, together=_ONE_PEER, ordered=True),
    ),
    create=Call("vpc", "ModifySecurityGroupPolicies"),
    created="",
    reads=(Read(Call("vpc", "DescribeSecurityGroupPolicies"), outputs={"version": "Version"}),),
    ready={},
    gone=frozenset({"ResourceNotFound", "InvalidSecurityGroupID.NotFound"}),
    changes=(),
    delete=Call("vpc", "ModifySecurityGroupPolicies"),
    busy=frozenset(),
    source=f"{SOURCE}vpc/resource_tc_security_group_rule_set.go",
)


@dataclass(frozen=True)
class Rules:
    """The life of a rule set."""

    table: ResourceType = TABLE

    def create(self, api: Caller, urn: str, inputs: Values, *, anew: bool = False) -> tuple[str, Values]:
        """Set the rules. Those that the group has are replaced, so doing it again is no harm."""
        group = str(inputs["securityGroupId"])
        api.call("vpc", "ModifySecurityGroupPolicies", _reset(group, inputs))
        return group, {**inputs, **self._found(api, group)}

    def read(self, api: Caller, resource_id: str) -> Values | None:
        """The rules as they are, none too; ``None`` when the group is gone."""
        try:
            answer = api.call("vpc", "DescribeSecurityGroupPolicies", {"SecurityGroupId": resource_id})
        except ApiError as failed:
            if failed.code in TABLE.gone:
                return None
            raise
        rules = pick(answer, "SecurityGroupPolicySet") or {}
        sides = {name: [_as_declared(rule) for rule in rules.get(side) or ()] for name, side in _SIDES.items()}
        return {"securityGroupId": resource_id, "version": str(rules.get("Version", "")), **sides}

    def update(
        self, api: Caller, resource_id: str, olds: Values, news: Values, changed: Sequence[Difference]
    ) -> Values:
        """Reset the rules."""
        if not any(news.get(name) for name in _SIDES):
            self.delete(api, resource_id)
            return {**news, **self._found(api, resource_id)}
        for name, side in _SIDES.items():
            if olds.get(name) and not news.get(name):
                gone = [{"PolicyIndex": place} for place in range(len(olds[name]))]
                api.call(
                    "vpc",
                    "DeleteSecurityGroupPolicies",
                    {"SecurityGroupId": resource_id, "SecurityGroupPolicySet": {side: gone}},
                )
        api.call("vpc", "ModifySecurityGroupPolicies", {**_reset(resource_id, news), "SortPolicys": True})
        return {**news, **self._found(api, resource_id)}

    def delete(self, api: Caller, resource_id: str) -> None:
        """Clear the rules. A group that is gone has none."""
        clear = {"SecurityGroupId": resource_id, "SecurityGroupPolicySet": {"Version": "0"}}
        try:
            api.call("vpc", "ModifySecurityGroupPolicies", clear)
        except ApiError as failed:
            if failed.code not in TABLE.gone:
                raise

    def _found(self, api: Caller, group: str) -> Values:
        found = self.read(api, group)
        if found is None:
            raise ApiError("ModifySecurityGroupPolicies", "NotFound", f"{group} is gone")
        return found


RULES = Rules()


def _reset(group: str, inputs: Values) -> dict[str, Any]:
    sides = {side: [_as_sent(rule) for rule in inputs[name]] for name, side in _SIDES.items() if inputs.get(name)}
    return {"SecurityGroupId": group, "SecurityGroupPolicySet": sides}


def _as_sent(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {_FIELDS[name]: value for name, value in rule.items() if value not in (None, "")}


def _as_declared(rule: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: rule[field] for name, field in _FIELDS.items() if rule.get(field) not in (None, "")}
    return {**found, "protocol": str(found["protocol"]).upper()} if "protocol" in found else found
