"""The least that a deployer needs, proved: the printed document is enough, and each writing action in it is needed.

A user deploys all resources through the provider host, and the emulator evaluates its every call. Before each step,
each action that the step is said to need is taken out of the document: the step has to fail with the cloud's own code,
and to succeed once the action is back.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pulumi_instance_role.clouds import limits_of, needs_of
from pulumi_instance_role.plan.deployer import Declared, Reach, demands
from pulumi_instance_role.policy.build import policy_document
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.evaluate import Request, evaluate
from tests.lifecycle.resources.conftest import StartHost
from tests.support.host import Host, HostError, Thing
from tests.support.sandbox import Sandbox

PLACES = ("a", "b", "c", "d", "e", "f")
"""Buckets that documents say different things about."""

Step = tuple[Callable[[], object], str]
"""What is done, and the actions that it needs to write, by the last parts of their names."""


class Account(ABC):
    """The cloud of a test: its deployer, and what is there before it deploys."""

    cloud: str
    bucket: str
    system: str  # a policy of the cloud's own
    passing: str  # the code of who may not pass a role
    denied: Mapping[str, str]  # service -> the code of who may not do something
    account_id: str
    region: str
    instances: list[str]
    caller: str  # how the deployer's ARN ends
    never_called: frozenset[str]  # reads for what the emulator never leaves out

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.language = limits_of(self.cloud).language
        self.begin()

    def document(self, place: str) -> dict[str, Any]:
        return self.permits({"oss:GetObject": [self.bucket % place]})

    def permits(self, needed: Mapping[str, list[str]]) -> dict[str, Any]:
        d = self.language
        statements = [
            {d.effect_key: d.allow, d.action_key: [action], d.resource_key: on} for action, on in needed.items()
        ]
        return policy_document(*statements, dialect=d)

    def called(self, caller: str) -> set[str]:
        """The actions that a user called, as permissions."""
        calls = [call for call in self.sandbox.calls() if call["caller"].endswith(caller)]
        return {f"{call['product'].lower()}:{call['action']}" for call in calls}

    @abstractmethod
    def begin(self) -> None:
        """Instances, a second role, and those whom roles are granted to."""

    @abstractmethod
    def release(self) -> None:
        """End one of the instances, so that what is left of it is looked for."""

    @abstractmethod
    def allow(self, document: Mapping[str, Any]) -> None:
        """Let the deployer do what the document says, and nothing else."""

    @abstractmethod
    def tagged_instances(self, *tags: Mapping[str, str]) -> list[str]:
        """An instance for each of these sets of tags."""

    @abstractmethod
    def misuse(self, role: str) -> None:
        """Put a policy on the role, and the role on an instance, past the deployer."""

    @abstractmethod
    def host(self, start: StartHost) -> Host:
        """A provider host that acts as the deployer."""


class Alibaba(Account):
    cloud = "alibaba"
    bucket = "acs:oss:*:*:%s/*"
    system = "AliyunOSSReadOnlyAccess"
    passing = "InvalidUser.PassRoleForbidden"
    denied: Mapping[str, str] = {"ram": "NoPermission", "ecs": r"Forbidden\.RAM"}
    never_called = frozenset({"ram:GetPolicyVersion"})

    def begin(self) -> None:
        sandbox = self.sandbox
        self.account_id, self.region, self.caller = sandbox.account_id, sandbox.region, "user/deployer"
        sandbox.make_role("db")
        sandbox.make_role("ops", ["fc.aliyuncs.com"])
        sandbox.call("Ram", "CreateUser", UserName="ops")
        sandbox.call("Ram", "CreateGroup", GroupName="ops")
        self.instances = sandbox.make_vpc_instance(2)
        self.keys = sandbox.user("deployer")
        text = json.dumps(self.document("none"))
        sandbox.call("Ram", "CreatePolicy", PolicyName="allowed", PolicyDocument=text)
        sandbox.call("Ram", "AttachPolicyToUser", PolicyType="Custom", PolicyName="allowed", UserName="deployer")

    def allow(self, document: Mapping[str, Any]) -> None:
        self.sandbox.call(
            "Ram",
            "CreatePolicyVersion",
            PolicyName="allowed",
            PolicyDocument=json.dumps(document, separators=(",", ":")),
            SetAsDefault="true",
            RotateStrategy="DeleteOldestNonDefaultVersionWhenLimitExceeded",
        )

    def tagged_instances(self, *tags: Mapping[str, str]) -> list[str]:
        vpc, make = self.sandbox.make_vpc(), self.sandbox.make_vpc_instance
        return [make(1, vpc, Tag=[{"Key": key, "Value": one[key]} for key in one])[0] for one in tags]

    def misuse(self, role: str) -> None:
        self.sandbox.call("Ram", "AttachPolicyToRole", PolicyType="System", PolicyName=self.system, RoleName=role)
        ids = json.dumps(self.instances[:1])
        self.sandbox.call("Ecs", "AttachInstanceRamRole", RegionId=self.region, RamRoleName=role, InstanceIds=ids)

    def host(self, start: StartHost) -> Host:
        return start(self.keys)

    def release(self) -> None:
        self.sandbox.call("Ecs", "DeleteInstance", InstanceId=self.instances.pop(), Force="true")
        self.sandbox.advance(60)


class Tencent(Account):
    cloud = "tencent"
    bucket = "qcs::cos:::%s/*"
    system = "QcloudCOSReadOnlyAccess"
    passing = "UnauthorizedOperation"
    denied: Mapping[str, str] = {"cam": "UnauthorizedOperation", "cvm": "UnauthorizedOperation"}
    never_called = frozenset({"cam:GetGroup"})

    def begin(self) -> None:
        tencent = self.sandbox.tencent
        self.sandbox.switch(cvm_pass_role="UnauthorizedOperation")
        self.account_id, self.region = tencent.account_id, tencent.region
        tencent.make_role("db")
        tencent.make_role("ops", ["scf.qcloud.com"])
        tencent.call("cam", "AddUser", Name="ops")
        tencent.call("cam", "CreateGroup", GroupName="ops")
        self.instances = tencent.make_vpc_instance(2)
        self.keys = tencent.user("deployer")
        self.caller = f"uin/{self.keys.uin}"
        self.policy = tencent.make_policy("allowed")
        tencent.call("cam", "AttachUserPolicy", PolicyId=self.policy, AttachUin=int(self.keys.uin))

    def allow(self, document: Mapping[str, Any]) -> None:
        text = json.dumps(document, separators=(",", ":"))
        self.sandbox.tencent.call("cam", "UpdatePolicy", PolicyId=self.policy, PolicyDocument=text)

    def tagged_instances(self, *tags: Mapping[str, str]) -> list[str]:
        vpc, make = self.sandbox.tencent.make_vpc(), self.sandbox.tencent.make_vpc_instance
        listed = [[{"Key": key, "Value": one[key]} for key in one] for one in tags]
        specified = [[{"ResourceType": "instance", "Tags": one}] if one else [] for one in listed]
        return [make(1, vpc, TagSpecification=one)[0] for one in specified]

    def misuse(self, role: str) -> None:
        number = self.sandbox.tencent.make_policy("foreign")
        self.sandbox.tencent.call("cam", "AttachRolePolicy", PolicyId=number, AttachRoleName=role)
        self.sandbox.tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=self.instances[:1], CamRoleName=role)
        self.sandbox.tencent.settle()

    def release(self) -> None:
        self.sandbox.tencent.call("cvm", "TerminateInstances", InstanceIds=[self.instances.pop()])
        self.sandbox.tencent.settle(60)

    def host(self, start: StartHost) -> Host:
        return start(**self.sandbox.tencent.env(self.keys))


ACCOUNTS: Mapping[str, type[Account]] = {"alibaba": Alibaba, "tencent": Tencent}


class Life:
    """All resources from create to delete, step by step; each step names the writing actions that it needs."""

    def __init__(self, account: Account, host: Host) -> None:
        self.account, self.host = account, host
        self.role = Thing("InstanceRole", "role")
        self.policy = Thing("RolePolicy", "policy")
        self.bonds = {kind: Thing("RolePolicyAttachment", kind) for kind in ("Custom", "System")}
        self.binding = Thing("InstanceRoleBinding", "binding")
        self.grants = {kind: Thing("PassRoleGrant", f"to-{kind}") for kind in ("user", "group", "role")}

    def declared(self) -> list[Declared]:
        """Everything as the steps declare it."""
        where = {"cloud": self.account.cloud, "region": self.account.region}
        grants = [(f"to-{kind}", "PassRoleGrant", self.grant(kind)) for kind in self.grants]
        return [
            Declared(kind, name, {**where, **properties})
            for name, kind, properties in [
                ("role", "InstanceRole", {"name": "web"}),
                ("policy", "RolePolicy", {"name": "reader"}),
                ("Custom", "RolePolicyAttachment", self.bond("Custom")),
                ("System", "RolePolicyAttachment", self.bond("System")),
                ("binding", "InstanceRoleBinding", self.bound("web")),
                ("binding", "InstanceRoleBinding", self.bound("db")),
                *grants,
            ]
        ]

    def bond(self, kind: str) -> dict[str, Any]:
        return {"role": "web", "policy": "reader" if kind == "Custom" else self.account.system, "policy_type": kind}

    def bound(self, role: str) -> dict[str, Any]:
        return {"role": role, "instance_ids": self.account.instances}

    def grant(self, kind: str, *roles: str) -> dict[str, Any]:
        return {"name": f"pass-{kind}", kind: "ops", "roles": list(roles or ("web",))}

    def up(self, thing: Thing, **properties: Any) -> Callable[[], object]:
        return lambda: self.host.up(thing, {"cloud": self.account.cloud, **properties})

    def read(self, thing: Thing) -> Callable[[], object]:
        return lambda: self.host.read(thing) or pytest.fail(f"{thing.name} is gone")

    def end(self, host: Host, thing: Thing) -> Callable[[], object]:
        return lambda: host.delete(thing)

    def everything(self) -> list[Thing]:
        return [self.role, self.policy, *self.bonds.values(), self.binding, *self.grants.values()]


def alibaba_steps(life: Life, destroy: Host) -> list[Step]:
    role, policy, document = life.role, life.policy, life.account.document
    versions = [life.up(policy, name="reader", document=document(place)) for place in PLACES]
    return [
        (life.up(role, name="web"), "CreateRole"),
        (versions[0], "CreatePolicy"),
        *((life.up(bond, **life.bond(kind)), "AttachPolicyToRole") for kind, bond in life.bonds.items()),
        (life.up(life.binding, **life.bound("web")), "AttachInstanceRamRole PassRole"),
        *(
            (life.up(grant, **life.grant(kind)), f"CreatePolicy AttachPolicyTo{kind.capitalize()}")
            for kind, grant in life.grants.items()
        ),
        *((life.read(thing), "") for thing in life.everything()),
        (life.up(role, name="web", description="d"), "UpdateRole"),
        (life.up(role, name="web", description="d", tags={"a": "b"}), "TagResources"),
        (life.up(role, name="web", description="d"), "UntagResources"),
        (life.up(policy, name="reader", document=document("a"), description="d"), "UpdatePolicyDescription"),
        *((version, "CreatePolicyVersion") for version in versions[1:3]),
        (versions[0], "SetDefaultPolicyVersion"),
        *((version, "") for version in versions[3:5]),
        (versions[5], "DeletePolicyVersion CreatePolicyVersion"),
        (life.up(life.grants["user"], **life.grant("user", "db")), "CreatePolicyVersion"),
        (life.up(life.binding, **life.bound("db")), "PassRole DetachInstanceRamRole AttachInstanceRamRole"),
        (life.account.release, ""),
        *((life.read(thing), "") for thing in life.everything()),
        *(
            (life.end(destroy, grant), f"DetachPolicyFrom{kind.capitalize()} DeletePolicy")
            for kind, grant in life.grants.items()
        ),
        (life.end(destroy, life.binding), "DetachInstanceRamRole"),
        *((life.end(destroy, bond), "DetachPolicyFromRole") for bond in life.bonds.values()),
        (life.end(destroy, policy), "DeletePolicy"),
        (life.end(destroy, role), "DeleteRole"),
    ]


def tencent_steps(life: Life, destroy: Host) -> list[Step]:
    role, policy, document = life.role, life.policy, life.account.document
    return [
        (life.up(role, name="web"), "CreateRole"),
        (life.up(policy, name="reader", document=document("a")), "CreatePolicy"),
        *((life.up(bond, **life.bond(kind)), "AttachRolePolicy") for kind, bond in life.bonds.items()),
        (life.up(life.binding, **life.bound("web")), "ModifyInstancesAttribute PassRole"),
        *(
            (life.up(grant, **life.grant(kind)), f"CreatePolicy Attach{kind.capitalize()}Policy")
            for kind, grant in life.grants.items()
        ),
        *((life.read(thing), "") for thing in life.everything()),
        (life.up(role, name="web", description="d"), "UpdateRoleDescription"),
        (life.up(role, name="web", description="d", max_session_duration=3600), "UpdateRoleSessionDuration"),
        (life.up(role, name="web", trusted_services=["cvm.qcloud.com", "scf.qcloud.com"]), "UpdateAssumeRolePolicy"),
        (life.up(role, name="web", tags={"a": "b"}), "TagRole"),
        (life.up(role, name="web"), "UntagRole"),
        (life.up(policy, name="reader", document=document("b"), description="d"), "UpdatePolicy"),
        (life.up(life.grants["user"], **life.grant("user", "db")), "UpdatePolicy"),
        (life.up(life.binding, **life.bound("db")), "PassRole ModifyInstancesAttribute"),
        (life.account.release, ""),
        *((life.read(thing), "") for thing in life.everything()),
        *(
            (life.end(destroy, grant), f"Detach{kind.capitalize()}Policy DeletePolicy")
            for kind, grant in life.grants.items()
        ),
        (life.end(destroy, life.binding), "ModifyInstancesAttribute"),
        *((life.end(destroy, bond), "DetachRolePolicy") for bond in life.bonds.values()),
        (life.end(destroy, policy), "DeletePolicy"),
        (life.end(destroy, role), "DeleteRole"),
    ]


STEPS: Mapping[str, Callable[[Life, Host], list[Step]]] = {"alibaba": alibaba_steps, "tencent": tencent_steps}


@pytest.mark.parametrize("cloud", sorted(ACCOUNTS))
def test_the_printed_document_is_enough_and_each_writing_action_is_needed(
    sandbox: Sandbox, start: StartHost, cloud: str
) -> None:
    account = ACCOUNTS[cloud](sandbox)
    life = Life(account, account.host(start))
    (demand,) = demands(life.declared(), limits_of, needs_of, account.account_id)
    (document,) = demand.documents  # one is enough
    d = account.language
    needed = {action: one[d.resource_key] for one in document[d.statement_key] for action in one[d.action_key]}
    names = {action.partition(":")[2]: action for action in needed}
    account.allow(document)
    tried: set[str] = set()
    for number, (act, writes) in enumerate(STEPS[cloud](life, account.host(start))):
        for name in writes.split():
            action = names[name]
            account.allow(account.permits({one: on for one, on in needed.items() if one != action}))
            code = account.passing if name == "PassRole" else account.denied[action.partition(":")[0]]
            with pytest.raises(HostError, match=code):
                act()
                pytest.fail(f"step {number} did without {action}")
            tried.add(action)
        if writes:
            account.allow(document)
        act()
    writing = {action for action in needed if not action.partition(":")[2].startswith(("Get", "List", "Describe"))}
    assert tried == writing
    assert set(needed) - account.called(account.caller) == account.never_called | {names["PassRole"]}


TAG = ("team", "shop")
BINDING = {
    "alibaba": ("AttachInstanceRamRole PassRole", "PassRole DetachInstanceRamRole", "DetachInstanceRamRole"),
    "tencent": ("ModifyInstancesAttribute PassRole", "PassRole ModifyInstancesAttribute", "ModifyInstancesAttribute"),
}
"""What binding, changing the role and ending it write with."""


@pytest.mark.parametrize("cloud", sorted(ACCOUNTS))
def test_by_region_account_or_tag_is_enough_too_and_for_instances_that_come_later(
    sandbox: Sandbox, start: StartHost, cloud: str
) -> None:
    """The document is printed for one instance; another comes later; and what the form leaves out is refused."""
    account = ACCOUNTS[cloud](sandbox)
    up, destroy = account.host(start), account.host(start)
    d, passing, service = account.language, limits_of(cloud).passing, "ecs" if cloud == "alibaba" else "cvm"
    first, later, untagged = account.tagged_instances(dict([TAG]), dict([TAG, ("tier", "web")]), {})
    make_role = sandbox.make_role if cloud == "alibaba" else sandbox.tencent.make_role
    make_role("web")
    # One name for all forms: what the host saw declared before is then this binding's own.
    thing, other = Thing("InstanceRoleBinding", "binding"), Thing("InstanceRoleBinding", "other")

    def bind(role: str, *ids: str, to: Thing = thing) -> Callable[[], object]:
        return lambda: up.up(to, {"cloud": cloud, "role": role, "instance_ids": list(ids)})

    binds, swaps, ends = BINDING[cloud]
    steps: list[Step] = [
        (bind("web", first), binds),
        (bind("web", first, later), ""),
        (lambda: up.read(thing) or pytest.fail("it is gone"), ""),
        (bind("db", first, later), swaps),
        (lambda: destroy.delete(thing), ends),
    ]
    bound = {"cloud": cloud, "region": account.region, "instance_ids": [first]}
    declared = [Declared("InstanceRoleBinding", "binding", {**bound, "role": role}) for role in ("web", "db")]
    for by in ("region", "account", "tag"):
        (demand,) = demands(declared, limits_of, needs_of, account.account_id, Reach(by, TAG))
        (document,) = demand.documents
        for act, writes in steps:
            for name in writes.split():
                account.allow(without(document, name, d))
                code = account.passing if name == "PassRole" else account.denied[service]
                with pytest.raises(HostError, match=code):
                    act()
                    pytest.fail(f"by {by}: did without {name}")
            account.allow(document)
            act()
        elsewhere = passing.instance.format(region="eu-frankfurt", account=account.account_id, name=first)
        assert evaluate([document], Request(passing.gives, elsewhere), d).allowed is (by == "account")
    with pytest.raises(HostError, match=account.denied[service]):  # by tag
        bind("web", untagged, to=other)()


def without(document: Mapping[str, Any], name: str, d: Dialect) -> dict[str, Any]:
    """The document without one action."""
    left = [
        {**one, d.action_key: [action for action in one[d.action_key] if not action.endswith(f":{name}")]}
        for one in document[d.statement_key]
    ]
    return {**document, d.statement_key: [one for one in left if one[d.action_key]]}


@pytest.mark.parametrize("cloud", sorted(ACCOUNTS))
def test_force_detach_needs_what_it_says(sandbox: Sandbox, start: StartHost, cloud: str) -> None:
    account = ACCOUNTS[cloud](sandbox)
    role, wanted = Thing("InstanceRole", "role"), {"cloud": cloud, "name": "web", "force_detach": True}
    (demand,) = demands([Declared("InstanceRole", "role", {**wanted, "region": account.region})], limits_of, needs_of)
    account.allow(demand.documents[0])
    account.host(start).up(role, wanted)
    account.misuse("web")
    destroy = account.host(start)
    destroy.delete(role)
    assert not destroy.read(role)
    assert any("force_detach" in note or "all of a region" in note for note in demand.notes)
