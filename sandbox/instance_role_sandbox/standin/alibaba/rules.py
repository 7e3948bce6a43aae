"""Security group rules: they have no id of their own in the calls, and are found among their group's.

The id is built of the rule's parts, as the real plugin builds it:
``group:direction:protocol:ports:network:source:policy:priority``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from instance_role_sandbox.standin.alibaba.source import SOURCE
from instance_role_sandbox.standin.checks import Difference
from instance_role_sandbox.standin.errors import ApiError
from instance_role_sandbox.standin.lifecycle import Caller
from instance_role_sandbox.standin.limits import Limit, among, conflict, needed
from instance_role_sandbox.standin.schema import Call, Params, Property, Read, ResourceType, pick, text
from instance_role_sandbox.standin.wire import Values

_PROTOCOLS = among("tcp", "udp", "icmp", "icmpv6", "gre", "all")

TABLE = ResourceType(
    type="alicloud:ecs/securityGroupRule:SecurityGroupRule",
    title="security group rule",
    properties=(
        Property("securityGroupId", required=True, replaces=True),
        Property("type", required=True, replaces=True, limit=among("ingress", "egress")),
        Property("ipProtocol", "IpProtocol", required=True, replaces=True, limit=_PROTOCOLS),
        Property("portRange", "PortRange", default="-1/-1", replaces=True),
        # In a VPC it can be nothing but intranet; classic networks, where it could, are not served.
        Property("nicType", "NicType", default="intranet", replaces=True, limit=among("intranet")),
        Property("cidrIp", replaces=True),
        Property("sourceSecurityGroupId", replaces=True),
        Property("policy", "Policy", default="accept", replaces=True, limit=among("accept", "drop")),
        Property("priority", "Priority", kind=int, default=1, replaces=True, limit=Limit(between=(1, 100))),
        Property("description", "Description"),
    ),
    create=Call("Ecs", "AuthorizeSecurityGroup"),
    created="",
    reads=(
        Read(Call("Ecs", "DescribeSecurityGroupAttribute"), outputs={"securityGroupRuleId": "SecurityGroupRuleId"}),
    ),
    ready={},
    gone=frozenset({"InvalidSecurityGroupId.NotFound"}),
    changes=(),
    delete=Call("Ecs", "RevokeSecurityGroup"),
    busy=frozenset(),
    together=(
        needed("cidrIp", "sourceSecurityGroupId"),  # the real plugin takes an IPv6 block or a prefix list as well
        conflict("sourceSecurityGroupId", "cidrIp"),
    ),
    source=f"{SOURCE}resource_alicloud_security_group_rule.go",
)

_PARTS = ("securityGroupId", "type", "ipProtocol", "portRange", "nicType", "source", "policy", "priority")


def rule_id(rule: Values) -> str:
    """The id of a rule with these properties."""
    source = rule.get("cidrIp") or rule.get("sourceSecurityGroupId") or ""
    return ":".join(text({**rule, "source": source}.get(part)) for part in _PARTS)


@dataclass(frozen=True)
class Rules:
    """The life of a rule."""

    table: ResourceType = TABLE

    def create(self, api: Caller, urn: str, inputs: Values, *, anew: bool = False) -> tuple[str, Values]:
        """Authorize the rule. One that is there already stays as it is."""
        api.call("Ecs", _action("Authorize", inputs), _permission(inputs))
        found = self.read(api, rule_id(inputs))
        if found is None:
            action = _action("Authorize", inputs)
            raise ApiError(action, "NotFound", "the rule is not among its group's after it was added")
        return rule_id(inputs), {**inputs, **found}

    def read(self, api: Caller, resource_id: str) -> Values | None:
        """The rule's outputs; ``None`` when the group, or the rule in it, is gone."""
        parts = dict(zip(_PARTS, resource_id.split(":"), strict=True))
        direction = "egress" if parts["type"] == "egress" else "ingress"
        try:
            group = api.call(
                "Ecs",
                "DescribeSecurityGroupAttribute",
                {"SecurityGroupId": parts["securityGroupId"], "Direction": direction, "NicType": parts["nicType"]},
            )
        except ApiError as failed:
            if failed.code in TABLE.gone:
                return None
            raise
        for entry in pick(group, "Permissions.Permission") or ():
            if _matches(entry, parts, direction):
                source = "cidrIp" if "/" in parts["source"] or "." in parts["source"] else "sourceSecurityGroupId"
                outputs: Values = {name: value for name, value in parts.items() if name != "source"}
                outputs |= {source: parts["source"], "priority": int(parts["priority"])}
                outputs |= {"description": entry.get("Description") or None}
                outputs |= {"securityGroupRuleId": entry.get("SecurityGroupRuleId")}
                return {name: value for name, value in outputs.items() if value is not None}
        return None

    def update(
        self, api: Caller, resource_id: str, olds: Values, news: Values, changed: Sequence[Difference]
    ) -> Values:
        """Change the description: all that can be changed in place."""
        action = "ModifySecurityGroupEgressRule" if news["type"] == "egress" else "ModifySecurityGroupRule"
        if changed:
            api.call("Ecs", action, _single(news))
        return {**news, **(self.read(api, rule_id(news)) or {})}

    def delete(self, api: Caller, resource_id: str) -> None:
        """Revoke the rule. Already gone is success."""
        found = self.read(api, resource_id)
        if found is not None:
            api.call("Ecs", _action("Revoke", found), _single(found))


RULES = Rules()


def _action(verb: str, rule: Values) -> str:
    return f"{verb}SecurityGroup{'Egress' if rule['type'] == 'egress' else ''}"


def _single(rule: Values) -> dict[str, str]:
    egress = rule["type"] == "egress"
    params = {prop.param: text(rule.get(prop.name)) for prop in TABLE.properties if prop.param}
    params["DestCidrIp" if egress else "SourceCidrIp"] = text(rule.get("cidrIp"))
    params["DestGroupId" if egress else "SourceGroupId"] = text(rule.get("sourceSecurityGroupId"))
    params["SecurityGroupId"] = text(rule["securityGroupId"])
    return {name: value for name, value in params.items() if value}


def _permission(rule: Values) -> Params:
    single = _single(rule)
    group = single.pop("SecurityGroupId")
    return {"SecurityGroupId": group, "Permissions": [single]}


def _matches(entry: dict[str, Any], parts: dict[str, str], direction: str) -> bool:
    prefix = "Dest" if direction == "egress" else "Source"
    sources = {entry.get(f"{prefix}CidrIp"), entry.get(f"{prefix}GroupId")}
    return (
        text(entry.get("IpProtocol")).lower() == parts["ipProtocol"].lower()
        and entry.get("PortRange") == parts["portRange"]
        and parts["source"] in sources
        and text(entry.get("Policy")).lower() == parts["policy"].lower()
        and text(entry.get("Priority")) == parts["priority"]
        and text(entry.get("Direction") or direction) == direction
    )
