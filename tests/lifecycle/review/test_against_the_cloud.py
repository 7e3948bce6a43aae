"""The review against the emulator: random changes of a stack, judged by what calls are let through.

What the review says an instance gains is what the emulator allows after and did not before; what it says is lost is
what the emulator no longer allows; and nothing else. The emulator decides by its own reading of the documents, asked
with a session of the role through the official SDK. Which permission an entry of a review has is read here anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aliyunsdkcore.acs_exception.exceptions import ServerException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_instance_role.review.model import Exempt, Grant
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import read
from tests.support.sandbox import Keys, Sandbox
from tests.unit.review.build import attach, bind, policy, preview, role

ROLES, POLICIES, INSTANCES = ("r0", "r1", "r2"), ("p0", "p1", "p2"), ("i-1", "i-2", "i-3")
PROBES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("ram:ListRoles", "acs:ram:*:{account}:role/*", {}),
    ("ram:ListPolicies", "acs:ram:*:{account}:policy/*", {}),
    ("ram:ListUsers", "acs:ram:*:{account}:user/*", {}),
    ("ram:GetRole", "acs:ram:*:{account}:role/r0", {"RoleName": "r0"}),
    ("ram:GetRole", "acs:ram:*:{account}:role/r1", {"RoleName": "r1"}),
    ("ram:GetPolicy", "acs:ram:*:{account}:policy/none", {"PolicyName": "none", "PolicyType": "Custom"}),
    ("vpc:DescribeVSwitches", "acs:vpc:{region}:{account}:vswitch/*", {}),
    ("vpc:DescribeVpcs", "acs:vpc:{region}:{account}:vpc/*", {}),
)
"""Calls that change nothing: action, the resource that it is asked for, parameters."""
_DENIED = {"NoPermission", "Forbidden.RAM", "Forbidden"}

ACTIONS = ("*", "ram:*", "ram:List*", "ram:Get*", "ram:GetRole", "ecs:*", "vpc:*Vpcs", "vpc:Describe*")
STATEMENTS = st.builds(
    lambda effect, actions, resource: {"Effect": effect, "Action": sorted(actions), "Resource": resource},
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sets(st.sampled_from(ACTIONS), min_size=1, max_size=3),
    st.sampled_from(["*", "*", "acs:ram:*:*:role/r0", "acs:ram:*:*:role/*"]),
)
DOCUMENTS = st.lists(STATEMENTS, min_size=1, max_size=2)


@dataclass(frozen=True)
class Side:
    """A stack at one time: documents of policies, which are on which roles, which role each instance holds."""

    documents: Mapping[str, list[dict[str, Any]]]
    attached: frozenset[tuple[str, str]]
    held: Mapping[str, str | None]

    def of(self, instance: str) -> tuple[str, ...]:
        """The documents that an instance has, as texts."""
        texts = (self.documents[one] for on, one in self.attached if on == self.held[instance])
        return tuple(sorted({json.dumps({"Version": "1", "Statement": text}, sort_keys=True) for text in texts}))


SIDES = st.builds(
    Side,
    st.fixed_dictionaries(dict.fromkeys(POLICIES, DOCUMENTS)),
    st.frozensets(st.tuples(st.sampled_from(ROLES), st.sampled_from(POLICIES)), min_size=2, max_size=6),
    st.fixed_dictionaries(dict.fromkeys(INSTANCES, st.sampled_from([*ROLES, None]))),
)


@dataclass(frozen=True, eq=False)
class Cloud:
    """The emulator, with one role to try documents on."""

    sandbox: Sandbox
    session: Keys

    @classmethod
    def of(cls, sandbox: Sandbox) -> Cloud:
        """Make the roles, and a session of the one that is tried."""
        root = {"RAM": [f"acs:ram::{sandbox.account_id}:root"]}
        trust = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": root}]}
        for name in ("tried", *ROLES):
            sandbox.call("Ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        arn = f"acs:ram::{sandbox.account_id}:role/tried"
        allowed = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
        caller = sandbox.user("caller", allowed)
        found = sandbox.call("Sts", "AssumeRole", caller, RoleArn=arn, RoleSessionName="me")["Credentials"]
        return cls(sandbox, Keys(found["AccessKeyId"], found["AccessKeySecret"], found["SecurityToken"]))

    @cache  # noqa: B019 - lives as long as the test
    def allows(self, documents: tuple[str, ...]) -> frozenset[int]:
        """The probes (by number) that a role with these documents may make."""
        for text in documents:
            self._ram("CreatePolicy", PolicyName=_name(text), PolicyDocument=text)
            self._ram("AttachPolicyToRole", RoleName="tried", PolicyName=_name(text), PolicyType="Custom")
        found = frozenset(number for number in range(len(PROBES)) if self._lets(number))
        for text in documents:
            self._ram("DetachPolicyFromRole", RoleName="tried", PolicyName=_name(text), PolicyType="Custom")
        return found

    def _lets(self, number: int) -> bool:
        action, _, params = PROBES[number]
        service, _, name = action.partition(":")
        error = self._code(service.capitalize(), name, self.session, params)
        return error not in _DENIED

    def _ram(self, action: str, **params: str) -> None:
        assert self._code("Ram", action, None, params).partition(".")[0] in ("", "EntityAlreadyExists")

    def _code(self, service: str, action: str, keys: Keys | None, params: Mapping[str, str]) -> str:
        """The code of the error that a call meets; empty when it is let through."""
        try:
            self.sandbox.call(service, action, keys, **dict[str, Any](params))
        except ServerException as error:
            return str(error.error_code)
        return ""


def _name(text: str) -> str:
    return f"d-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def changed(before: Side, after: Side) -> str:
    """The preview of the change."""
    steps: list[dict[str, Any]] = [role(name) for name in ROLES]
    for name in POLICIES:
        op = "same" if before.documents[name] == after.documents[name] else "update"
        steps.append(policy(name, after.documents[name], op, was=before.documents[name]))
    for on, name in sorted(before.attached | after.attached):
        pair = (on, name)
        op = "create" if pair not in before.attached else "delete" if pair not in after.attached else "same"
        steps.append(attach(on, name, op))
    for name in ROLES:
        old, new = (sorted(i for i, held in side.held.items() if held == name) for side in (before, after))
        if old or new:
            op = "create" if not old else "delete" if not new else "same" if old == new else "update"
            steps.append(bind(f"b-{name}", name, new or old, op, was=(name, old) if old else None))
    return preview(*steps)


def matches(pattern: str, text: str) -> bool:
    """Whether every pattern of ``a & b`` covers the text."""
    return all(
        re.fullmatch("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in one), text, re.IGNORECASE)
        for one in pattern.split(" & ")
    )


def covers(one: Grant | Exempt, action: str, resource: str) -> bool:
    """Whether a permission of a review has this request."""
    inside = (
        any(matches(pattern, action) for pattern in one.actions)
        and not any(matches(pattern, action) for pattern in one.not_actions)
        and any(matches(pattern, resource) for pattern in one.resources)
    )
    if isinstance(one, Exempt):
        return inside and not any(covers(back, action, resource) for back in one.unless)
    return inside and not any(covers(gone, action, resource) for gone in one.exempt)


def test_what_an_instance_gains_is_what_the_cloud_then_allows(sandbox: Sandbox) -> None:
    cloud = Cloud.of(sandbox)
    place = {"account": sandbox.account_id, "region": sandbox.region}

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(SIDES, SIDES)
    def judge(before: Side, after: Side) -> None:
        found = Picture(read(changed(before, after))).review()
        groups = {key: group for group in found.groups for key in group.instances}
        assert found.unknowns == ()
        for instance in INSTANCES:
            group = groups.get(f"alibaba:instance/{instance}")
            assert group is None or (group.gained_unknown, group.lost_unknown) == ((), ())
            gained, lost = (group.gained, group.lost) if group else ((), ())
            was, now = (cloud.allows(side.of(instance)) for side in (before, after))
            for number, (action, resource, _) in enumerate(PROBES):
                request = (action, resource.format(**place))
                said = (any(covers(one, *request) for one in gained), any(covers(one, *request) for one in lost))
                so = (number in now - was, number in was - now)
                assert said == so, (instance, request, before.of(instance), after.of(instance))

    judge()
