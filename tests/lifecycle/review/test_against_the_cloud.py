"""The review against the emulator: random changes of a stack, judged by what calls are let through.

What the review says an instance gains is what the emulator allows after and did not before; what it says is lost is
what the emulator no longer allows; and nothing else. The emulator decides by its own reading of the documents, asked
with a session of a role through the official SDKs. Which permission an entry of a review has is read here anew. Changes
are previews made up here, and random programs that the engine previews and then deploys.
"""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from pulumi_instance_role.policy.dialect import TENCENT
from pulumi_instance_role.policy.trust import trust_document
from pulumi_instance_role.review.judge import failing_rules, judge
from pulumi_instance_role.review.model import Exempt, Grant, Review
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import read
from tests.support.deployed import Deployed
from tests.support.sandbox import Keys, Sandbox
from tests.support.tencent import TencentKeys
from tests.unit.review.build import attach, bind, policy, preview, role

ROLES, POLICIES, INSTANCES = ("r0", "r1", "r2"), ("p0", "p1", "p2"), ("i-1", "i-2", "i-3")
Statement = Mapping[str, Any]


def statements(actions: tuple[str, ...], resources: tuple[str, ...]) -> st.SearchStrategy[list[Statement]]:
    """Lists of statements in Alibaba Cloud's spelling; see :func:`spelt`."""
    one = st.builds(
        lambda effect, actions, resource: {"Effect": effect, "Action": sorted(actions), "Resource": resource},
        st.sampled_from(["Allow", "Allow", "Deny"]),
        st.sets(st.sampled_from(actions), min_size=1, max_size=3),
        st.sampled_from(resources),
    )
    return st.lists(one, min_size=1, max_size=2)


def spelt(cloud: str, listed: list[Statement]) -> dict[str, Any]:
    """A document of these statements in a cloud's spelling."""
    if cloud == "alibaba":
        return {"Version": "1", "Statement": listed}
    lower = [
        {"effect": one["Effect"].lower(), "action": one["Action"], "resource": [one["Resource"]]} for one in listed
    ]
    return {"version": "2.0", "statement": lower}


@dataclass(frozen=True)
class Side:
    """A stack at one time: documents of policies, which are on which roles, which role each instance holds."""

    documents: Mapping[str, list[Statement]]
    attached: frozenset[tuple[str, str]]
    held: Mapping[str, str | None]

    def of(self, instance: str, cloud: str) -> tuple[str, ...]:
        """The documents that an instance has, as texts."""
        texts = (self.documents[one] for on, one in self.attached if on == self.held[instance])
        return tuple(sorted({json.dumps(spelt(cloud, text), sort_keys=True) for text in texts}))


def sides(cloud: type[Cloud], instances: tuple[str, ...] = INSTANCES) -> st.SearchStrategy[Side]:
    """Stacks of three roles and three policies."""
    return st.builds(
        Side,
        st.fixed_dictionaries(dict.fromkeys(POLICIES, statements(cloud.actions, cloud.resources))),
        st.frozensets(st.tuples(st.sampled_from(ROLES), st.sampled_from(POLICIES)), min_size=2, max_size=6),
        st.fixed_dictionaries(dict.fromkeys(instances, st.sampled_from([*ROLES, None]))),
    )


_NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # making a failure smaller takes minutes of calls
_DENIED = ("NoPermission", "Forbidden", "Forbidden.RAM", "AuthFailure.UnauthorizedOperation", "UnauthorizedOperation")
"""What a call without permission fails with."""


class Cloud(ABC):
    """The emulator of one cloud, with one role to try documents on."""

    name: str
    probes: tuple[tuple[str, str, Mapping[str, Any]], ...]
    """Calls that change nothing: action, the resource that it is asked for, parameters."""
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    @abstractmethod
    def lets(self, action: str, params: Mapping[str, Any]) -> bool:
        """Whether a session of the role is let through."""

    @abstractmethod
    def given(self, text: str) -> Any:
        """Put a document on the role; what :meth:`taken` takes off again."""

    @abstractmethod
    def taken(self, mark: Any) -> None:
        """Take a document off the role."""

    @abstractmethod
    def instances(self, number: int) -> list[str]:
        """Make instances in a VPC; their ids."""

    @property
    def region(self) -> str:
        return self.sandbox.region

    @property
    def account(self) -> str:
        return self.sandbox.account_id

    @cache  # noqa: B019 - lives as long as the test
    def allows(self, documents: tuple[str, ...]) -> frozenset[int]:
        """The probes (by number) that a role with these documents may make."""
        marks = [self.given(text) for text in documents]
        found = frozenset(n for n, (action, _, params) in enumerate(self.probes) if self.lets(action, params))
        for mark in marks:
            self.taken(mark)
        return found

    def judge(self, review: Review, before: Side, after: Side) -> None:
        """Hold a review to what the cloud allows before and after."""
        place = {"account": self.account, "region": self.region}
        groups = {key: group for group in review.groups for key in group.instances}
        assert review.unknowns == ()
        for instance in after.held:
            group = groups.get(f"{self.name}:instance/{instance}")
            assert group is None or (group.gained_unknown, group.lost_unknown) == ((), ())
            gained, lost = (group.gained, group.lost) if group else ((), ())
            was, now = (self.allows(side.of(instance, self.name)) for side in (before, after))
            for number, (action, resource, _) in enumerate(self.probes):
                request = (action, resource.format(**place))
                said = (any(covers(one, *request) for one in gained), any(covers(one, *request) for one in lost))
                so = (number in now - was, number in was - now)
                assert said == so, (instance, request, before.of(instance, self.name), after.of(instance, self.name))


class Alibaba(Cloud):
    """RAM decides."""

    name = "alibaba"
    probes = (
        ("ram:ListRoles", "acs:ram:*:{account}:role/*", {}),
        ("ram:ListPolicies", "acs:ram:*:{account}:policy/*", {}),
        ("ram:ListUsers", "acs:ram:*:{account}:user/*", {}),
        ("ram:GetRole", "acs:ram:*:{account}:role/r0", {"RoleName": "r0"}),
        ("ram:GetRole", "acs:ram:*:{account}:role/r1", {"RoleName": "r1"}),
        ("ram:GetPolicy", "acs:ram:*:{account}:policy/none", {"PolicyName": "none", "PolicyType": "Custom"}),
        ("vpc:DescribeVSwitches", "acs:vpc:{region}:{account}:vswitch/*", {}),
        ("vpc:DescribeVpcs", "acs:vpc:{region}:{account}:vpc/*", {}),
    )
    actions = ("*", "ram:*", "ram:List*", "ram:Get*", "ram:GetRole", "ecs:*", "vpc:*Vpcs", "vpc:Describe*")
    resources = ("*", "*", "acs:ram:*:*:role/r0", "acs:ram:*:*:role/*")

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        root = {"RAM": [f"acs:ram::{sandbox.account_id}:root"]}
        trust = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": root}]}
        sandbox.call("Ram", "CreateRole", RoleName="tried", AssumeRolePolicyDocument=json.dumps(trust))
        arn = f"acs:ram::{sandbox.account_id}:role/tried"
        allowed = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
        caller = sandbox.user("caller", allowed)
        found = sandbox.call("Sts", "AssumeRole", caller, RoleArn=arn, RoleSessionName="me")["Credentials"]
        self.session = Keys(found["AccessKeyId"], found["AccessKeySecret"], found["SecurityToken"])

    def lets(self, action: str, params: Mapping[str, Any]) -> bool:
        service, _, name = action.partition(":")
        code = self._code(service.capitalize(), name, self.session, params)
        assert code in ("", "EntityNotExist.Role", "EntityNotExist.Policy", *_DENIED), code
        return code not in _DENIED

    def given(self, text: str) -> str:
        name = f"d-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        self._ram("CreatePolicy", PolicyName=name, PolicyDocument=text)
        self._ram("AttachPolicyToRole", RoleName="tried", PolicyName=name, PolicyType="Custom")
        return name

    def taken(self, mark: str) -> None:
        self._ram("DetachPolicyFromRole", RoleName="tried", PolicyName=mark, PolicyType="Custom")

    def instances(self, number: int) -> list[str]:
        return self.sandbox.make_vpc_instance(number)

    def _ram(self, action: str, **params: str) -> None:
        assert self._code("Ram", action, None, params).partition(".")[0] in ("", "EntityAlreadyExists")

    def _code(self, service: str, action: str, keys: Keys | None, params: Mapping[str, Any]) -> str:
        """The code of the error that a call meets; empty when it is let through."""
        try:
            self.sandbox.call(service, action, keys, **params)
        except ServerException as error:
            return str(error.error_code)
        return ""


class Tencent(Cloud):
    """CAM decides."""

    name = "tencent"
    probes = (
        ("cam:ListUsers", "*", {}),
        ("cam:DescribeRoleList", "qcs::cam::uin/{account}:roleName/*", {"Page": 1, "Rp": 10}),
        ("cam:GetRole", "qcs::cam::uin/{account}:roleName/r0", {"RoleName": "r0"}),
        ("cam:GetRole", "qcs::cam::uin/{account}:roleName/r1", {"RoleName": "r1"}),
        ("vpc:DescribeVpcs", "*", {}),
        ("vpc:DescribeSubnets", "*", {}),
    )
    actions = ("*", "cam:*", "cam:List*", "cam:Get*", "name/cam:GetRole", "cvm:*", "vpc:*Vpcs", "name/vpc:Describe*")
    resources = ("*", "*", "qcs::cam::uin/*:roleName/r0", "qcs::cam::uin/*:roleName/*")

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        tencent = sandbox.tencent
        root = {"qcs": [f"qcs::cam::uin/{tencent.account_id}:root"]}
        trust = {"effect": "allow", "action": "name/sts:AssumeRole", "principal": root}
        document = json.dumps({"version": "2.0", "statement": [trust]})
        tencent.call("cam", "CreateRole", RoleName="tried", PolicyDocument=document)
        allowed = {"effect": "allow", "action": ["name/sts:AssumeRole"], "resource": ["*"]}
        caller = tencent.user("caller", {"version": "2.0", "statement": [allowed]})
        arn = f"qcs::cam::uin/{tencent.account_id}:roleName/tried"
        found = tencent.call("sts", "AssumeRole", caller, RoleArn=arn, RoleSessionName="me")["Credentials"]
        self.session = TencentKeys(found["TmpSecretId"], found["TmpSecretKey"], found["Token"])
        self.made: dict[str, int] = {}

    @property
    def region(self) -> str:
        return self.sandbox.tencent.region

    @property
    def account(self) -> str:
        return self.sandbox.tencent.account_id

    def lets(self, action: str, params: Mapping[str, Any]) -> bool:
        product, _, name = action.partition(":")
        try:
            self.sandbox.tencent.call(product, name, self.session, **params)
        except TencentCloudSDKException as error:
            assert error.code in ("InvalidParameter.RoleNotExist", *_DENIED), error
            return error.code not in _DENIED
        return True

    def given(self, text: str) -> int:
        if text not in self.made:
            name = f"d-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
            made = self.sandbox.tencent.call("cam", "CreatePolicy", PolicyName=name, PolicyDocument=text)
            self.made[text] = int(made["PolicyId"])
        self.sandbox.tencent.call("cam", "AttachRolePolicy", PolicyId=self.made[text], AttachRoleName="tried")
        return self.made[text]

    def taken(self, mark: int) -> None:
        self.sandbox.tencent.call("cam", "DetachRolePolicy", PolicyId=mark, DetachRoleName="tried")

    def instances(self, number: int) -> list[str]:
        tencent = self.sandbox.tencent
        return tencent.make_vpc_instance(number, tencent.make_vpc())


CLOUDS: Mapping[str, type[Cloud]] = {"alibaba": Alibaba, "tencent": Tencent}


def changed(before: Side, after: Side) -> str:
    """A made-up preview of the change, on Alibaba Cloud."""
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
    """Whether a permission of a review has this request. ``name/`` before an action changes nothing."""
    inside = (
        any(matches(pattern.replace("name/", ""), action) for pattern in one.actions)
        and not any(matches(pattern.replace("name/", ""), action) for pattern in one.not_actions)
        and any(matches(pattern, resource) for pattern in one.resources)
    )
    if isinstance(one, Exempt):
        return inside and not any(covers(back, action, resource) for back in one.unless)
    return inside and not any(covers(gone, action, resource) for gone in one.exempt)


def translated(value: Any) -> Any:
    """A made-up preview as it is on Tencent Cloud: the same stack in the other cloud's words."""
    if isinstance(value, list):
        return [translated(one) for one in value]
    if not isinstance(value, dict):
        return (
            {"alibaba": "tencent", "cn-hangzhou": "ap-guangzhou"}.get(value, value) if isinstance(value, str) else value
        )
    found = {key: translated(one) for key, one in value.items()}
    if "document" in found:
        found["document"] = json.dumps(spelt("tencent", json.loads(found["document"])["Statement"]))
    if "trust_policy" in found:
        found["trust_policy"] = json.dumps(trust_document("cvm.qcloud.com", TENCENT))
    return found


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("examples", [8, pytest.param(200, marks=pytest.mark.soak)])
def test_what_an_instance_gains_is_what_the_cloud_then_allows(sandbox: Sandbox, cloud: str, examples: int) -> None:
    decides = CLOUDS[cloud](sandbox)

    @settings(max_examples=examples, deadline=None, phases=_NO_SHRINKING, suppress_health_check=list(HealthCheck))
    @given(sides(CLOUDS[cloud]), sides(CLOUDS[cloud]))
    def judge(before: Side, after: Side) -> None:
        text = changed(before, after)
        if cloud == "tencent":
            text = json.dumps(translated(json.loads(text)))
        decides.judge(Picture(read(text)).review(), before, after)

    judge()


def program(cloud: str, side: Side) -> str:
    """A program that declares the stack."""
    lines = ["from pulumi_instance_role import InstanceRole, InstanceRoleBinding, RolePolicy, RolePolicyAttachment", ""]
    lines += [f"{name} = InstanceRole({name!r}, cloud={cloud!r})" for name in ROLES]
    for name in POLICIES:
        lines.append(f"{name} = RolePolicy({name!r}, {spelt(cloud, side.documents[name])!r}, cloud={cloud!r})")
    lines += [f"RolePolicyAttachment('{on}-{name}', {on}, {name})" for on, name in sorted(side.attached)]
    for name in ROLES:
        ids = sorted(one for one, held in side.held.items() if held == name)
        lines += [f"InstanceRoleBinding('b-{name}', {name}, {ids!r})"] if ids else []
    return "\n".join([*lines, ""])


@pytest.mark.timeout(900)
@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("changes", [1, pytest.param(40, marks=pytest.mark.soak)])
def test_what_the_engine_previews_of_random_programs_comes_true(
    sandbox: Sandbox, tmp_path: Path, cloud: str, changes: int
) -> None:
    """Of each edit: the review of its preview, against what the documents that the cloud has before and after allow."""
    decides = CLOUDS[cloud](sandbox)
    ids = tuple(decides.instances(3))
    project = Deployed(tmp_path, sandbox)

    # A failure leaves the stack as it is, so that nothing can be learnt by making it smaller.
    @settings(max_examples=1, deadline=None, database=None, phases=_NO_SHRINKING)
    @given(st.lists(sides(CLOUDS[cloud], ids), min_size=changes + 1, max_size=changes + 1))
    def live(lives: list[Side]) -> None:
        project.program(program(cloud, lives[0]))
        project.up()
        for before, after in pairwise(lives):
            project.program(program(cloud, after))
            review = Picture(read(project.run("sandbox", "preview", "--json"))).review()
            decides.judge(review, before, after)
            project.up()

    live()


DRIFTING = """
from pulumi_instance_role import InstanceRole, InstanceRoleBinding, RolePolicy, RolePolicyAttachment

STATEMENTS = {statements!r}
for cloud, (document, system, ids) in STATEMENTS.items():
    for name in ("web", "audit"):
        role = InstanceRole(f"{{cloud}}-{{name}}", cloud=cloud, name=name)
        policy = RolePolicy(f"{{cloud}}-{{name}}", document, cloud=cloud, name=f"p-{{name}}")
        RolePolicyAttachment(f"{{cloud}}-{{name}}", role, policy)
        if name == "web":
            RolePolicyAttachment(f"{{cloud}}-system", role, system, policy_type="System")
            InstanceRoleBinding(f"{{cloud}}-web", role, ids[:-1])
        elif {audit!r}:
            InstanceRoleBinding(f"{{cloud}}-audit", role, ids[-1:])
"""
"""Of each cloud two roles with policies, on three instances; without ``audit``, the third is let go."""


def judged(text: str) -> Review:
    """The review of a preview."""
    found = read(text)
    return judge(Picture(found).review(), found, fail_on=failing_rules(["high"]), today=date(2026, 1, 1))


def test_a_preview_with_a_refresh_is_reviewed_as_one_after_a_refresh(sandbox: Sandbox, tmp_path: Path) -> None:
    """Others took a policy off, edited one, gave an instance another role, took one's role off, deleted a policy."""
    tencent = sandbox.tencent
    ids = {name: CLOUDS[name](sandbox).instances(3) for name in CLOUDS}
    allowed: list[Statement] = [{"Effect": "Allow", "Action": ["ecs:Describe*"], "Resource": "*"}]
    more: list[Statement] = [{"Effect": "Allow", "Action": ["ecs:*"], "Resource": "*"}]
    documents = {name: spelt(name, allowed) for name in CLOUDS}
    systems = {"alibaba": "AliyunOSSReadOnlyAccess", "tencent": "QcloudCOSReadOnlyAccess"}
    declared = {name: (documents[name], systems[name], ids[name]) for name in CLOUDS}
    project = Deployed(tmp_path, sandbox)
    project.program(DRIFTING.format(statements=declared, audit=True))
    project.up()

    edited = json.dumps(spelt("alibaba", more))
    sandbox.call("Ram", "DetachPolicyFromRole", RoleName="web", PolicyType="System", PolicyName=systems["alibaba"])
    sandbox.call("Ram", "DetachPolicyFromRole", RoleName="audit", PolicyType="Custom", PolicyName="p-audit")
    sandbox.call("Ram", "DeletePolicy", PolicyName="p-audit")
    sandbox.call("Ram", "CreatePolicyVersion", PolicyName="p-web", PolicyDocument=edited, SetAsDefault=True)
    for action, one in (("DetachInstanceRamRole", 0), ("DetachInstanceRamRole", 2)):
        held = json.dumps([ids["alibaba"][one]])
        name = "web" if one == 0 else "audit"
        sandbox.call("Ecs", action, RegionId=sandbox.region, RamRoleName=name, InstanceIds=held)
    policies = tencent.call("cam", "ListPolicies", Scope="All", Rp=200, Page=1)["List"]
    number = {one["PolicyName"]: one["PolicyId"] for one in policies}
    tencent.call("cam", "DetachRolePolicy", PolicyId=number[systems["tencent"]], DetachRoleName="web")
    tencent.call("cam", "DeletePolicy", PolicyId=[number["p-audit"]])
    tencent.call("cam", "UpdatePolicy", PolicyId=number["p-web"], PolicyDocument=json.dumps(spelt("tencent", more)))

    project.program(DRIFTING.format(statements=declared, audit=False))
    events = tmp_path / "events"
    shown = project.run("sandbox", "preview", "--json", "--refresh", "--event-log", str(events))
    assert [one["op"] for one in json.loads(shown)["steps"]].count("refresh") > 10
    project.run("sandbox", "refresh")
    plain = project.run("sandbox", "preview", "--json")
    after, with_refresh, streamed = (judged(text) for text in (plain, shown, events.read_text(encoding="utf-8")))
    blast = after.blast
    gaining = (blast.instances_gaining, blast.instances_gaining_unknown)
    assert (*gaining, blast.instances_losing, blast.instances_moved) == (2, 2, 3, 2), blast
    assert with_refresh == after
    # A stream tells whether the preview failed, and the other form notes that it does not.
    assert replace(streamed, notes=()) == replace(after, notes=())
