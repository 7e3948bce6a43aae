"""One cloud with everything a contract test needs around it, in words that every cloud shares.

The tests are written once against :class:`~pulumi_instance_role.clouds.port.Cloud`. A world makes instances, orders
faults by the port's operation and makes users with few permissions; another cloud joins by a world of its own.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from pulumi_instance_role.clouds import connect
from pulumi_instance_role.clouds.alibaba.adapter import AlibabaCloud
from pulumi_instance_role.clouds.alibaba.client import Api
from pulumi_instance_role.clouds.alibaba.settings import resolve
from pulumi_instance_role.clouds.calls import RETRY
from pulumi_instance_role.clouds.port import Cloud, CloudError, ErrorKind, PolicySpec, RoleSpec, Settings
from pulumi_instance_role.policy.build import allow, policy_document
from pulumi_instance_role.policy.canonical import canonical_text
from pulumi_instance_role.policy.trust import trust_document
from pulumi_instance_role.transport.retry import Budget, Retrier
from pulumi_instance_role.transport.wait import Waiter
from tests.support.sandbox import Keys, Sandbox

TRUST = canonical_text(trust_document("ecs.aliyuncs.com"))
OTHER_TRUST = canonical_text(trust_document(["ecs.aliyuncs.com", "fc.aliyuncs.com"]))
UNTRUSTED = canonical_text(trust_document("fc.aliyuncs.com"))
DOCUMENT = canonical_text(policy_document(allow("oss:GetObject", on="acs:oss:*:*:reports/*")))


def document(number: int) -> str:
    """One of many documents that say different things."""
    return canonical_text(policy_document(allow("oss:GetObject", on=f"acs:oss:*:*:reports-{number}/*")))


class Hasty:
    """A clock for waiting without waiting: it moves on by itself, and by whatever somebody wants to sleep."""

    def __init__(self) -> None:
        self._slept = 0.0

    def clock(self) -> float:
        return time.monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += seconds


class AlibabaWorld:
    """Alibaba Cloud, by an account of the emulator."""

    unknown_instance = "i-bp1zzzzzzzzzzzzzzzzz"
    system_policy = "AliyunOSSReadOnlyAccess"
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
        "delete_policy": "DeletePolicy",
        "policy_versions": "ListPolicyVersions",
        "set_default_policy_version": "SetDefaultPolicyVersion",
        "delete_policy_version": "DeletePolicyVersion",
        "policy_holders": "ListEntitiesForPolicy",
        "attachments": "ListPoliciesForRole",
        "attach": "AttachPolicyToRole",
        "detach": "DetachPolicyFromRole",
        "instances": "DescribeInstances",
        "role_instances": "DescribeInstanceRamRole",
        "bind": "AttachInstanceRamRole",
        "unbind": "DetachInstanceRamRole",
    }

    def __init__(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sandbox = sandbox
        self._monkeypatch = monkeypatch
        self._names = itertools.count(1)
        self._place: dict[str, Any] | None = None
        self.become(sandbox.keys)
        self.cloud = self.connection()

    @property
    def patient(self) -> Cloud:
        """The connection as a program gets it."""
        return connect(self.settings())

    def settings(self, **given: Any) -> Settings:
        return Settings("alibaba", **given)

    def become(self, keys: Keys) -> None:
        """Make every connection of the process use these keys from now on."""
        for name, value in self.sandbox.env(keys).items():
            self._monkeypatch.setenv(name, value)
        if not keys.security_token:
            self._monkeypatch.delenv("ALIBABA_CLOUD_SECURITY_TOKEN", raising=False)

    def outsider(self, *operations: str) -> Cloud:
        """The cloud as a user sees it who may carry out these operations of the port, and no others."""
        of_ecs = ("instances", "role_instances", "bind", "unbind")
        actions = [f"{'ecs' if one in of_ecs else 'ram'}:{self.actions[one]}" for one in operations]
        if "instances" in operations:
            actions.append("ecs:DescribeInstanceAttribute")
        return self.user(policy_document(allow(*(actions or ["sts:GetCallerIdentity"]), on="*")))

    def user(self, *permissions: Mapping[str, Any]) -> Cloud:
        self.become(self.sandbox.user(f"user-{next(self._names)}", *permissions))
        return self.connection()

    def connection(self) -> Cloud:
        """A connection that has learnt nothing yet, and that waits in no time."""
        hasty = Hasty()
        retrier = Retrier(RETRY, Budget(), hasty.clock, hasty.sleep)
        waiter = Waiter(clock=hasty.clock, sleep=hasty.sleep)
        return AlibabaCloud(Api(resolve(self.settings()), retrier), waiter)

    def make_instances(self, count: int, *, in_vpc: bool = True, **parameters: object) -> list[str]:
        if in_vpc:
            self._place = self._place or self.sandbox.make_vpc()
            return self.sandbox.make_vpc_instance(count, self._place, **parameters)
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

    @property
    def vpc_id(self) -> str:
        assert self._place is not None
        return str(self._place["vpc"])

    def release(self, instance_id: str) -> None:
        self.sandbox.call("Ecs", "DeleteInstance", InstanceId=instance_id, Force="true")
        self.sandbox.advance(60)

    def instances_elsewhere(self) -> list[str]:
        return self.sandbox.make_vpc_instance(1, self.sandbox.make_vpc("cn-beijing"))

    def fault(self, fault: str, operation: str, **rest: object) -> None:
        self.sandbox.fault(fault, self.actions[operation], **rest)

    def done(self, operation: str) -> int:
        """How often the cloud carried the operation out in this test."""
        action = self.actions[operation]
        return sum(1 for call in self.sandbox.calls() if call["action"] == action and call["status"] == 200)

    def asked(self, operation: str) -> int:
        """How often the cloud was asked for the operation in this test."""
        return sum(1 for call in self.sandbox.calls() if call["action"] == self.actions[operation])

    def asked_for(self, operation: str) -> list[set[str]]:
        """The instances that each call of the operation named."""
        asked = [call for call in self.sandbox.calls() if call["action"] == self.actions[operation]]
        return [set(json.loads(call["params"]["InstanceIds"])) for call in asked]

    def holds(self, instance_id: str) -> str | None:
        """The role an instance really holds, asked past the adapter."""
        answer = self.sandbox.call(
            "Ecs", "DescribeInstanceRamRole", RegionId=self.sandbox.region, InstanceIds=json.dumps([instance_id])
        )
        found = answer["InstanceRamRoleSets"]["InstanceRamRoleSet"]
        return found[0]["RamRoleName"] or None if found else None

    def make_role(self, name: str = "web", trust: str = TRUST) -> str:
        return self.cloud.create_role(RoleSpec(name, trust)).name

    def make_policy(self, name: str = "read-reports") -> str:
        return self.cloud.create_policy(PolicySpec(name, DOCUMENT)).name


World = AlibabaWorld
"""What tests take; a protocol as soon as there is a second one."""


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
