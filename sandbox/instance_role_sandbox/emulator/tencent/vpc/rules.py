"""The rules of security groups: kept and shown, in order. Nothing here sends packets.

https://www.tencentcloud.com/document/product/215/15807 (create), 15811 (reset), 15805 (describe), 15809 (delete). Each
change counts the version up. A request to add or delete that names another version than the present one is refused; a
reset takes any (the API lists no such code for it, and Terraform's provider sends the version that will be next).
Which of the listed codes answers what is not published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..call import Answer, Call
from ..errors import ApiError, missing
from .product import VPC, on, stamp
from .records import GROUP, SecurityGroup

_POLICY = """[{PolicyIndex:int Protocol Port ServiceTemplate:{ServiceId ServiceGroupId} CidrBlock Ipv6CidrBlock
SecurityGroupId AddressTemplate:{AddressId AddressGroupId} Action PolicyDescription ModifyTime Priority:int}]"""
_SET = f"SecurityGroupId! SecurityGroupPolicySet!:{{Version Egress:{_POLICY} Ingress:{_POLICY}}}"
_SIDES = ("Egress", "Ingress")
_SOURCES = ("CidrBlock", "Ipv6CidrBlock", "SecurityGroupId", "AddressTemplate")
_PROTOCOLS = ("TCP", "UDP", "ICMP", "ICMPV6", "GRE", "ALL")
_WITH_PORTS = ("TCP", "UDP")
_MOST = 100  # rules of one side
_group = on("sg", "SecurityGroupId")


@VPC.action("CreateSecurityGroupPolicies", takes=_SET, resources=_group)
def create_security_group_policies(call: Call) -> Answer:
    """Add rules to one side, at an index or at the end."""
    group, wanted = group_of(call), _wanted(call)
    (side, rules), *others = _named(wanted)
    if others:
        raise ApiError("InvalidParameter.Coexist", "Egress and Ingress exclude each other.")
    had = rules_of(group, side)
    places = {int(rule["PolicyIndex"]) for rule in rules if "PolicyIndex" in rule}
    if len(places) > 1:
        raise ApiError("InvalidParameterValue.Range", "The PolicyIndex of all rules must be the same.")
    place = min(places.pop(), len(had)) if places else len(had)
    _save(call, group, {side: [*had[:place], *_checked(call, rules), *had[place:]]})
    return {}


@VPC.action("ModifySecurityGroupPolicies", takes=f"{_SET} SortPolicys:bool", resources=_group)
def modify_security_group_policies(call: Call) -> Answer:
    """Put these rules in place of what each named side has; version 0 clears both."""
    group, wanted = group_of(call), call.params["SecurityGroupPolicySet"]
    if str(wanted.get("Version", "")) == "0":
        _save(call, group, {side: [] for side in _SIDES})
        return {}
    sides = dict(_named(wanted))
    _save(call, group, {side: _checked(call, rules) for side, rules in sides.items()})
    return {}


@VPC.action("DeleteSecurityGroupPolicies", takes=_SET, resources=_group)
def delete_security_group_policies(call: Call) -> Answer:
    """Take rules off one side, by their indexes or by what they say."""
    group = group_of(call)
    (side, rules), *others = _named(_wanted(call))
    if others:
        raise ApiError("InvalidParameter.Coexist", "Egress and Ingress exclude each other.")
    had = rules_of(group, side)
    gone: set[int] = set()
    for rule in rules:
        found = {rule["PolicyIndex"]} if "PolicyIndex" in rule else _like(had, rule)
        if not found <= set(range(len(had))) or not found:
            raise ApiError("ResourceNotFound", "The security group rule does not exist.")
        gone |= found
    _save(call, group, {side: [rule for place, rule in enumerate(had) if place not in gone]})
    return {}


@VPC.action(
    "DescribeSecurityGroupPolicies",
    takes="SecurityGroupId! Filters:[{Name! Values!:[]}]",
    resources=_group,
    when_denied=lambda call: {"SecurityGroupPolicySet": {"Version": "0", "Egress": [], "Ingress": []}},
)
def describe_security_group_policies(call: Call) -> Answer:
    """The rules of a group, each side in order."""
    group = group_of(call)
    found = {side: [_shown(rule, place) for place, rule in enumerate(rules_of(group, side))] for side in _SIDES}
    counts = {
        f"{side}{version}TotalCount": sum(("Ipv6CidrBlock" in rule) == (version == "IPv6") for rule in rules)
        for side, rules in found.items()
        for version in ("IPv4", "IPv6")
    }
    version = str(group.rules.get("Version", 0))
    return {"SecurityGroupPolicySet": {"Version": version, **found, "PolicyStatistics": counts}}


def group_of(call: Call) -> SecurityGroup:
    """The security group that a call names; ``ResourceNotFound`` if there is none."""
    found = call.table(GROUP).get(call.text("SecurityGroupId"))
    if found is None:
        raise ApiError("ResourceNotFound", f"The resource `{call.text('SecurityGroupId')}` does not exist.")
    return found


def rules_of(group: SecurityGroup, side: str) -> list[dict[str, Any]]:
    """The rules of one side, Egress or Ingress."""
    return list(group.rules.get(side, ()))


def names_group(group: SecurityGroup, group_id: str) -> bool:
    """Whether a rule of ``group`` refers to another group."""
    return group.group_id != group_id and any(
        rule.get("SecurityGroupId") == group_id for side in _SIDES for rule in rules_of(group, side)
    )


def _wanted(call: Call) -> Mapping[str, Any]:
    wanted: Mapping[str, Any] = call.params["SecurityGroupPolicySet"]
    version = group_of(call).rules.get("Version", 0)
    if wanted.get("Version") not in (None, "", str(version)):
        raise ApiError("UnsupportedOperation.VersionMismatch", f"The version of the rules is {version}.")
    return wanted


def _named(wanted: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    found = [(side, wanted[side]) for side in _SIDES if wanted.get(side)]
    if not found:
        raise missing("SecurityGroupPolicySet.Ingress")
    return found


def _checked(call: Call, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_kept(call, rule) for rule in rules]


def _kept(call: Call, rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as it is kept; an error where it is not one."""
    sources = [name for name in _SOURCES if rule.get(name)]
    if len(sources) > 1:
        raise ApiError("InvalidParameter.Coexist", f"{' and '.join(sources)} exclude each other.")
    if not sources:
        raise missing("CidrBlock")
    if rule.get("ServiceTemplate") and (rule.get("Protocol") or rule.get("Port")):
        raise ApiError("InvalidParameter.Coexist", "Protocol and ServiceTemplate exclude each other.")
    if str(rule.get("Action", "")).upper() not in ("ACCEPT", "DROP"):
        raise ApiError("InvalidParameterValue.Malformed", "Action is ACCEPT or DROP.")
    protocol, port = str(rule.get("Protocol") or "ALL").upper(), str(rule.get("Port") or "ALL")
    if protocol not in _PROTOCOLS:
        raise ApiError("InvalidParameterValue.Malformed", f"Protocol is one of {', '.join(_PROTOCOLS)}.")
    if protocol not in _WITH_PORTS and port.upper() != "ALL":
        raise ApiError("InvalidParameter.Coexist", f"Port goes with {' and '.join(_WITH_PORTS)} only.")
    group = rule.get("SecurityGroupId")
    if group and group not in call.table(GROUP):
        raise ApiError("ResourceNotFound", f"The resource `{group}` does not exist.")
    kept = {name: rule[name] for name in (*_SOURCES, "ServiceTemplate", "PolicyDescription") if rule.get(name)}
    ports = {} if rule.get("ServiceTemplate") else {"Protocol": protocol.lower(), "Port": port}
    return {**kept, **ports, "Action": str(rule["Action"]).upper(), "ModifyTime": stamp(call.now)}


def _like(had: list[dict[str, Any]], rule: Mapping[str, Any]) -> set[int]:
    """Where the rules are that say the same as ``rule``, in what it says."""
    said = {name: str(value).lower() for name, value in rule.items() if value not in (None, "")}
    return {
        place
        for place, one in enumerate(had)
        if all(str(one.get(name, "")).lower() == value for name, value in said.items())
    }


def _save(call: Call, group: SecurityGroup, sides: Mapping[str, list[dict[str, Any]]]) -> None:
    for rules in sides.values():
        if len(rules) > _MOST:
            raise ApiError("LimitExceeded", f"A security group has at most {_MOST} rules a direction.")
        if any(_same(one, other) for place, one in enumerate(rules) for other in rules[:place]):
            raise ApiError("UnsupportedOperation.DuplicatePolicy", "A security group has no rule twice.")
    version = int(group.rules.get("Version", 0)) + 1
    call.table(GROUP).put(group.group_id, replace(group, rules={**group.rules, **sides, "Version": version}))


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    parts = (*_SOURCES, "ServiceTemplate", "Protocol", "Port", "Action")
    return all(one.get(part) == other.get(part) for part in parts)


def _shown(rule: Mapping[str, Any], place: int) -> Answer:
    absent = {"SecurityGroupId": "", "PolicyDescription": "", "AddressTemplate": {}, "ServiceTemplate": {}}
    return {**absent, **rule, "PolicyIndex": place}
