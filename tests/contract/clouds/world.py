"""One cloud with everything a contract test needs around it, in words that every cloud shares.

The tests are written once against :class:`~pulumi_instance_role.clouds.port.Cloud`. A world makes instances, orders
faults by the port's operation and makes users with few permissions; each cloud joins by a world of its own.
"""

from __future__ import annotations

import itertools
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from pulumi_instance_role.clouds import connect, limits_of
from pulumi_instance_role.clouds.alibaba.adapter import AlibabaCloud
from pulumi_instance_role.clouds.alibaba.client import Api as AlibabaApi
from pulumi_instance_role.clouds.alibaba.settings import resolve as resolve_alibaba
from pulumi_instance_role.clouds.calls import RETRY
from pulumi_instance_role.clouds.port import Cloud, CloudError, ErrorKind, Grantee, PolicySpec, RoleSpec, Settings
from pulumi_instance_role.clouds.tencent.adapter import TencentCloud
from pulumi_instance_role.clouds.tencent.client import Api as TencentApi
from pulumi_instance_role.clouds.tencent.settings import resolve as resolve_tencent
from pulumi_instance_role.policy.build import allow, policy_document
from pulumi_instance_role.policy.canonical import canonical_text, equivalent
from pulumi_instance_role.policy.dialect import ALIBABA, TENCENT, Dialect
from pulumi_instance_role.policy.trust import trust_document
from pulumi_instance_role.transport.retry import Budget, Retrier
from pulumi_instance_role.transport.wait import Waiter
from tests.support.sandbox import Keys, Sandbox
from tests.support.tencent import IMAGE, TencentKeys


class Hasty:
    """A clock for waiting without waiting: it moves on by itself, and by whatever somebody wants to sleep."""

    def __init__(self, meanwhile: Callable[[float], None] | None = None) -> None:
        self._slept = 0.0
        self._meanwhile = meanwhile

    def clock(self) -> float:
        return time.monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += seconds
        if self._meanwhile:
            self._meanwhile(seconds)


class World(ABC):
    """What tests take."""

    cloud_name: str
    dialect: Dialect
    other_service: str
    unknown_instance: str
    unknown_instances: tuple[str, str]
    system_policy: str
    bucket: str  # resources a policy may name, with a hole for a number
    bad_role_name: str
    bad_policy_name: str
    may_pass: tuple[str, str]  # the action, and the resource that a role called web is
    everything_of_instances: str  # actions, as a pattern
    everything_read_of_roles: str
    busy: str  # a code for what passes by itself
    unconfirmed: ErrorKind | None = None  # what an accepted change is called that nobody can look at
    actions: Mapping[str, str]
    listed: Sequence[str] = ()  # instances of the test

    def __init__(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sandbox = sandbox
        self._monkeypatch = monkeypatch
        self._names = itertools.count(1)
        self._place: dict[str, Any] | None = None
        self.begin()
        self.cloud = self.connection()

    # -- documents ---------------------------------------------------------------------------------------------
    @property
    def service(self) -> str:
        return limits_of(self.cloud_name).service

    @property
    def trust(self) -> str:
        return self.trusting(self.service)

    @property
    def other_trust(self) -> str:
        return self.trusting(self.service, self.other_service)

    @property
    def untrusted(self) -> str:
        return self.trusting(self.other_service)

    def trusting(self, *services: str) -> str:
        return canonical_text(trust_document(services, self.dialect), self.dialect)

    def document(self, number: int = 1) -> str:
        return self.documents(number)

    @classmethod
    def documents(cls, number: int) -> str:
        """One of many documents that say different things."""
        return canonical_text(cls.permits("oss:GetObject", on=cls.bucket % number), cls.dialect)

    @classmethod
    def permits(cls, *actions: str, on: str = "*") -> dict[str, Any]:
        return policy_document(allow(*actions, on=on, dialect=cls.dialect), dialect=cls.dialect)

    def same(self, one: str | None, two: str) -> bool:
        return one is not None and equivalent(one, two, self.dialect)

    # -- connections -------------------------------------------------------------------------------------------
    @property
    def patient(self) -> Cloud:
        """The connection as a program gets it."""
        return connect(self.settings())

    def settings(self, **given: Any) -> Settings:
        return Settings(self.cloud_name, **given)

    @abstractmethod
    def begin(self) -> None:
        """Make every connection of the process belong to the account's root."""

    @abstractmethod
    def connection(self, meanwhile: Callable[[float], None] | None = None) -> Cloud:
        """A connection that has learnt nothing yet, and that waits in no time; ``meanwhile`` is done at each wait."""

    @abstractmethod
    def user(self, *permissions: Mapping[str, Any]) -> Cloud:
        """The cloud as a new user with these permissions sees it, in every connection from now on."""

    @abstractmethod
    def outsider(self, *operations: str) -> Cloud:
        """The cloud as a user sees it who may carry out these operations of the port, and no others."""

    # -- things ------------------------------------------------------------------------------------------------
    @property
    @abstractmethod
    def account_id(self) -> str:
        """What the cloud calls the account."""

    @property
    @abstractmethod
    def region(self) -> str:
        """Where the adapter is connected to."""

    @abstractmethod
    def make_instances(
        self, count: int, *, in_vpc: bool = True, name: str | None = None, tags: Mapping[str, str] | None = None
    ) -> list[str]:
        """Running instances."""

    @property
    def vpc_id(self) -> str:
        assert self._place is not None
        return str(self._place["vpc"])

    @abstractmethod
    def release(self, instance_id: str) -> None:
        """End an instance."""

    @abstractmethod
    def instances_elsewhere(self) -> list[str]:
        """An instance in another region."""

    @abstractmethod
    def holds(self, instance_id: str) -> str | None:
        """The role an instance really holds, asked past the adapter."""

    @abstractmethod
    def asked_for(self, operation: str) -> list[set[str]]:
        """The instances that each call of the operation named."""

    @abstractmethod
    def make_grantee(self, grantee: Grantee) -> Grantee:
        """A user or group without permissions, or a role."""

    @abstractmethod
    def member(self, group: str, name: str) -> Cloud:
        """The cloud as a new user in a new group sees it, who may find out which groups that is."""

    @abstractmethod
    def session(self, role: str) -> Cloud:
        """The cloud as a session of a new role sees it, which may read roles."""

    def make_role(self, name: str = "web", trust: str | None = None) -> str:
        return self.cloud.create_role(RoleSpec(name, trust or self.trust)).name

    def make_policy(self, name: str = "read-reports") -> str:
        return self.cloud.create_policy(PolicySpec(name, self.document())).name

    # -- the sandbox -------------------------------------------------------------------------------------------
    def fault(self, fault: str, operation: str, **rest: object) -> None:
        self.sandbox.fault(fault, self.actions[operation], **rest)

    def done(self, operation: str) -> int:
        """How often the cloud carried the operation out in this test."""
        return sum(1 for call in self.calls(operation) if call["status"] == 200 and not call["code"])

    def asked(self, operation: str) -> int:
        """How often the cloud was asked for the operation in this test."""
        return len(self.calls(operation))

    def calls(self, operation: str) -> list[dict[str, Any]]:
        return [call for call in self.sandbox.calls() if call["action"] == self.actions[operation]]


class AlibabaWorld(World):
    """Alibaba Cloud, by an account of the emulator."""

    busy = "OperationConflict"
    cloud_name = "alibaba"
    dialect = ALIBABA
    other_service = "fc.aliyuncs.com"
    unknown_instance = "i-bp1zzzzzzzzzzzzzzzzz"
    unknown_instances = ("i-bp1000000000000000x1", "i-bp1000000000000000x2")
    system_policy = "AliyunOSSReadOnlyAccess"
    bucket = "acs:oss:*:*:reports-%d/*"
    bad_role_name = "with_underscore"
    bad_policy_name = "with.dot"
    may_pass = ("ram:PassRole", "acs:ram:*:*:role/web")
    everything_of_instances = "ecs:*"
    everything_read_of_roles = "ram:Get*"
    actions: Mapping[str, str] = {
        "identity": "GetCallerIdentity",
        "get_role": "GetRole",
        "create_role": "CreateRole",
        "update_role": "UpdateRole",
        "delete_role": "DeleteRole",
        "tag_role": "TagResources",
        "get_policy": "GetPolicy",
        "create_policy": "CreatePolicy",
        "put_policy_document": "CreatePolicyVersion",
        "update_policy_description": "UpdatePolicyDescription",
        "delete_policy": "DeletePolicy",
        "policy_versions": "ListPolicyVersions",
        "set_default_policy_version": "SetDefaultPolicyVersion",
        "delete_policy_version": "DeletePolicyVersion",
        "policy_holders": "ListEntitiesForPolicy",
        "attachments": "ListPoliciesForRole",
        "attach": "AttachPolicyToRole",
        "detach": "DetachPolicyFromRole",
        "grants": "ListPoliciesForUser",
        "give": "AttachPolicyToUser",
        "withdraw": "DetachPolicyFromUser",
        "instances": "DescribeInstances",
        "role_instances": "DescribeInstanceRamRole",
        "bind": "AttachInstanceRamRole",
        "unbind": "DetachInstanceRamRole",
    }

    def begin(self) -> None:
        self.become(self.sandbox.keys)

    def become(self, keys: Keys) -> None:
        """Make every connection of the process use these keys from now on."""
        for name, value in self.sandbox.env(keys).items():
            self._monkeypatch.setenv(name, value)
        if not keys.security_token:
            self._monkeypatch.delenv("ALIBABA_CLOUD_SECURITY_TOKEN", raising=False)

    def outsider(self, *operations: str) -> Cloud:
        of_ecs = ("instances", "role_instances", "bind", "unbind")
        actions = [f"{'ecs' if one in of_ecs else 'ram'}:{self.actions[one]}" for one in operations]
        if "instances" in operations:
            actions.append("ecs:DescribeInstanceAttribute")
        return self.user(self.permits(*(actions or ["sts:GetCallerIdentity"])))

    def user(self, *permissions: Mapping[str, Any]) -> Cloud:
        self.become(self.sandbox.user(f"user-{next(self._names)}", *permissions))
        return self.connection()

    def connection(self, meanwhile: Callable[[float], None] | None = None) -> Cloud:
        hasty = Hasty(meanwhile)
        retrier = Retrier(RETRY, Budget(), hasty.clock, hasty.sleep)
        waiter = Waiter(clock=hasty.clock, sleep=hasty.sleep)
        return AlibabaCloud(AlibabaApi(resolve_alibaba(self.settings()), retrier), waiter)

    @property
    def account_id(self) -> str:
        return self.sandbox.account_id

    @property
    def region(self) -> str:
        return self.sandbox.region

    def make_instances(
        self, count: int, *, in_vpc: bool = True, name: str | None = None, tags: Mapping[str, str] | None = None
    ) -> list[str]:
        if in_vpc:
            self._place = self._place or self.sandbox.make_vpc()
            listed = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
            return self.sandbox.make_vpc_instance(count, self._place, InstanceName=name, Tag=listed or None)
        image = self.sandbox.call("Ecs", "DescribeImages", RegionId=self.sandbox.region)["Images"]["Image"][0]
        made = self.sandbox.call(
            "Ecs",
            "RunInstances",
            RegionId=self.sandbox.region,
            ImageId=image["ImageId"],
            InstanceType="ecs.g6.large",
            Amount=count,
        )
        ids: list[str] = made["InstanceIdSets"]["InstanceIdSet"]
        self.sandbox.advance(60)
        return ids

    def make_grantee(self, grantee: Grantee) -> Grantee:
        match grantee.kind:
            case "user":
                self.sandbox.call("Ram", "CreateUser", UserName=grantee.name)
            case "group":
                self.sandbox.call("Ram", "CreateGroup", GroupName=grantee.name)
            case "role":
                self.make_role(grantee.name)
        return grantee

    def member(self, group: str, name: str) -> Cloud:
        self.sandbox.user(name, self.permits("ram:ListGroupsForUser", on="acs:ram:*:*:user/*"))
        self.become(self.sandbox.group(group, members=[name])[name])
        return self.connection()

    def session(self, role: str) -> Cloud:
        principal = {"RAM": [f"acs:ram::{self.account_id}:root"]}
        statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": principal}
        self.make_role(role, json.dumps({"Version": "1", "Statement": [statement]}))
        keys = self.sandbox.user("assumer", self.permits("sts:AssumeRole"))
        arn = f"acs:ram::{self.account_id}:role/{role}"
        made = self.sandbox.call("Sts", "AssumeRole", keys, RoleArn=arn, RoleSessionName="tests")["Credentials"]
        self.become(Keys(made["AccessKeyId"], made["AccessKeySecret"], made["SecurityToken"]))
        return self.connection()

    def release(self, instance_id: str) -> None:
        self.sandbox.call("Ecs", "DeleteInstance", InstanceId=instance_id, Force="true")
        self.sandbox.advance(60)

    def instances_elsewhere(self) -> list[str]:
        return self.sandbox.make_vpc_instance(1, self.sandbox.make_vpc("cn-beijing"))

    def asked_for(self, operation: str) -> list[set[str]]:
        return [set(json.loads(call["params"]["InstanceIds"])) for call in self.calls(operation)]

    def holds(self, instance_id: str) -> str | None:
        answer = self.sandbox.call(
            "Ecs", "DescribeInstanceRamRole", RegionId=self.sandbox.region, InstanceIds=json.dumps([instance_id])
        )
        found = answer["InstanceRamRoleSets"]["InstanceRamRoleSet"]
        return found[0]["RamRoleName"] or None if found else None


class TencentWorld(World):
    """Tencent Cloud, by an account of the emulator."""

    busy = "MutexOperation.TaskRunning"
    cloud_name = "tencent"
    dialect = TENCENT
    other_service = "scf.qcloud.com"
    unknown_instance = "ins-zzzzzzzz"
    unknown_instances = ("ins-000000x1", "ins-000000x2")
    system_policy = "QcloudCVMReadOnlyAccess"
    bucket = "qcs::cos:::reports-%d/*"
    bad_role_name = "with space"
    bad_policy_name = "with/slash"
    may_pass = ("cam:PassRole", "qcs::cam::*:roleName/web")
    everything_of_instances = "cvm:*"
    everything_read_of_roles = "cam:Get*"
    unconfirmed = ErrorKind.UNAVAILABLE
    actions: Mapping[str, str] = {
        "identity": "GetCallerIdentity",
        "get_role": "GetRole",
        "create_role": "CreateRole",
        "update_role": "UpdateAssumeRolePolicy",
        "delete_role": "DeleteRole",
        "tag_role": "TagRole",
        "get_policy": "GetPolicy",
        "create_policy": "CreatePolicy",
        "put_policy_document": "UpdatePolicy",
        "update_policy_description": "UpdatePolicy",
        "delete_policy": "DeletePolicy",
        "policy_versions": "GetPolicy",
        "policy_holders": "ListEntitiesForPolicy",
        "attachments": "ListAttachedRolePolicies",
        "attach": "AttachRolePolicy",
        "detach": "DetachRolePolicy",
        "grants": "ListAttachedUserPolicies",
        "give": "AttachUserPolicy",
        "withdraw": "DetachUserPolicy",
        "instances": "DescribeInstances",
        "role_instances": "DescribeInstances",
        "bind": "ModifyInstancesAttribute",
        "unbind": "ModifyInstancesAttribute",
    }

    def begin(self) -> None:
        self.become(self.sandbox.tencent.keys)

    def become(self, keys: TencentKeys) -> None:
        """Make every connection of the process use these keys from now on."""
        for name, value in {**self.sandbox.env(), **self.sandbox.tencent.env(keys)}.items():
            self._monkeypatch.setenv(name, value)
        if not keys.token:
            self._monkeypatch.delenv("TENCENTCLOUD_TOKEN", raising=False)

    def outsider(self, *operations: str) -> Cloud:
        of_cvm = ("instances", "role_instances", "bind", "unbind")
        actions = [f"{'cvm' if one in of_cvm else 'cam'}:{self.actions[one]}" for one in operations]
        return self.user(self.permits(*(actions or ["sts:GetCallerIdentity"])))

    def user(self, *permissions: Mapping[str, Any]) -> Cloud:
        self.become(self.sandbox.tencent.user(f"user-{next(self._names)}", *permissions))
        return self.connection()

    def connection(self, meanwhile: Callable[[float], None] | None = None) -> Cloud:
        # The cloud works on while somebody waits, so its clock moves on with the waiting.
        def works_on(seconds: float) -> None:
            self.sandbox.advance(seconds)
            if meanwhile:
                meanwhile(seconds)

        hasty = Hasty(works_on)
        retrier = Retrier(RETRY, Budget(), hasty.clock, hasty.sleep)
        waiter = Waiter(clock=hasty.clock, sleep=hasty.sleep)
        return TencentCloud(TencentApi(resolve_tencent(self.settings()), retrier), waiter)

    @property
    def account_id(self) -> str:
        return self.sandbox.tencent.account_id

    @property
    def region(self) -> str:
        return self.sandbox.tencent.region

    def make_instances(
        self, count: int, *, in_vpc: bool = True, name: str | None = None, tags: Mapping[str, str] | None = None
    ) -> list[str]:
        tencent = self.sandbox.tencent
        wanted: dict[str, Any] = {"InstanceName": name} if name else {}
        if tags:
            listed = [{"Key": key, "Value": value} for key, value in tags.items()]
            wanted["TagSpecification"] = [{"ResourceType": "instance", "Tags": listed}]
        if in_vpc:
            self._place = self._place or tencent.make_vpc()
            return tencent.make_vpc_instance(count, self._place, **wanted)
        made: list[str] = tencent.call(
            "cvm", "RunInstances", Placement={"Zone": tencent.zone}, ImageId=IMAGE, InstanceCount=count, **wanted
        )["InstanceIdSet"]
        tencent.settle(60)
        return made

    def make_grantee(self, grantee: Grantee) -> Grantee:
        match grantee.kind:
            case "user":
                self.sandbox.tencent.call("cam", "AddUser", Name=grantee.name)
            case "group":
                self.sandbox.tencent.call("cam", "CreateGroup", GroupName=grantee.name)
            case "role":
                self.make_role(grantee.name)
        return grantee

    def member(self, group: str, name: str) -> Cloud:
        self.sandbox.tencent.user(name, self.permits("cam:ListGroupsForUser", "cam:GetUser"))
        self.become(self.sandbox.tencent.group(group, members=[name])[name])
        return self.connection()

    def session(self, role: str) -> Cloud:
        principal = {"qcs": [f"qcs::cam::uin/{self.account_id}:root"]}
        statement = {"action": "name/sts:AssumeRole", "effect": "allow", "principal": principal}
        self.make_role(role, json.dumps({"version": "2.0", "statement": [statement]}))
        number = self.sandbox.tencent.make_policy("read-roles", "cam:GetRole")
        self.sandbox.tencent.call("cam", "AttachRolePolicy", PolicyId=number, AttachRoleName=role)
        keys = self.sandbox.tencent.user("assumer", self.permits("sts:AssumeRole"))
        arn = f"qcs::cam::uin/{self.account_id}:roleName/{role}"
        made = self.sandbox.tencent.call("sts", "AssumeRole", keys, RoleArn=arn, RoleSessionName="tests")["Credentials"]
        self.become(TencentKeys(made["TmpSecretId"], made["TmpSecretKey"], made["Token"]))
        return self.connection()

    def release(self, instance_id: str) -> None:
        self.sandbox.tencent.call("cvm", "TerminateInstances", InstanceIds=[instance_id])
        self.sandbox.tencent.settle(60)

    def instances_elsewhere(self) -> list[str]:
        return self.sandbox.tencent.make_vpc_instance(1, self.sandbox.tencent.make_vpc("ap-beijing"))

    def asked_for(self, operation: str) -> list[set[str]]:
        return [set(json.loads(call["params"]["InstanceIds"])) for call in self.calls(operation)]

    def holds(self, instance_id: str) -> str | None:
        self.sandbox.tencent.settle()
        return self.sandbox.tencent.instance(instance_id)["CamRoleName"] or None

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """Binding and unbinding are one action; only its parameters tell them apart."""
        found = super().calls(operation)
        if operation in ("bind", "unbind"):
            found = [call for call in found if bool(call["params"].get("CamRoleName")) == (operation == "bind")]
        return found


WORLDS: Mapping[str, type[World]] = {"alibaba": AlibabaWorld, "tencent": TencentWorld}


def needs_versions(world: World) -> None:
    """Skip where the cloud has one version of each policy."""
    if world.cloud.limits.policy_versions is None:
        pytest.skip("policies have one version here")


def refused(kind: ErrorKind, call: Callable[[], object]) -> CloudError:
    """The error of ``call``, which must be of this kind and say what to do in one line."""
    with pytest.raises(CloudError) as caught:
        call()
    error = caught.value
    assert error.kind is kind, f"{error.kind}: {error}"
    assert error.hint and "\n" not in str(error)
    return error


def kinds(outcomes: Sequence[Any]) -> list[ErrorKind | None]:
    return [None if outcome.error is None else outcome.error.kind for outcome in outcomes]
