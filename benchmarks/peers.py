"""The baseline: what providers with one resource per instance do, through the official SDK, eight in flight.

One AttachInstanceRamRole and one DescribeInstanceRamRole to read it back for each instance; a change of role is a
replacement, so a DetachInstanceRamRole comes before; a refresh reads each. It is what pulumi-alicloud's
``RamRoleAttachment`` was measured to do, without its own cost: no state file, no engine, no plugin process. Eight is
the number of operations that the Pulumi CLI of a machine with two processors has in flight.

A preview is compared with the same reads in full pages and nothing else: one resource an instance looks at nothing.

On Tencent Cloud, where the packages have no such resource, it is the same by ModifyInstancesAttribute and
DescribeInstances. It is not held back by the rates that the cloud publishes, to which this package keeps: compare
calls there, not seconds.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from aliyunsdkcore.client import AcsClient
from aliyunsdkecs.request.v20140526.AttachInstanceRamRoleRequest import AttachInstanceRamRoleRequest
from aliyunsdkecs.request.v20140526.DescribeInstanceRamRoleRequest import DescribeInstanceRamRoleRequest
from aliyunsdkecs.request.v20140526.DetachInstanceRamRoleRequest import DetachInstanceRamRoleRequest
from tencentcloud.cvm.v20170312 import models

from benchmarks.cloud import ROLES, Account, Cost
from benchmarks.phases import BIND, CHANGE, NOTHING, PHASES, PREVIEW, REFRESH, UNBIND

IN_FLIGHT = 8
_OLD, _NEW = ROLES


def measure(account: Account) -> dict[str, Cost]:
    """The cost of each phase."""
    calls = _CALLS[account.fleet.cloud](account)
    work: dict[str, Callable[[str], None]] = {
        BIND: lambda one: calls.bind(_OLD, one),
        CHANGE: lambda one: calls.change(_OLD, _NEW, one),
        REFRESH: lambda one: calls.read(_NEW, one),
        UNBIND: lambda one: calls.unbind(_NEW, one),
    }
    found = {}
    with ThreadPoolExecutor(IN_FLIGHT, initializer=calls.connect) as pool:
        for phase in PHASES:
            with account.measured() as cost:
                if phase == PREVIEW:
                    list(pool.map(lambda read: read(), calls.pages(_OLD, account.instances)))
                elif phase != NOTHING:  # nothing but the state is looked at
                    list(pool.map(work[phase], account.instances))
            found[phase] = cost
    return found


def _batches(all_: Sequence[str], most: int) -> Iterator[list[str]]:
    yield from (list(all_[start : start + most]) for start in range(0, len(all_), most))


class _Calls(ABC):
    """The calls for one instance; a client for each thread, since the SDKs' serve one at a time."""

    def __init__(self, account: Account) -> None:
        self._sandbox = account.sandbox
        self._own = threading.local()

    @abstractmethod
    def connect(self) -> None:
        """The client of this thread."""

    @abstractmethod
    def bind(self, role: str, one: str) -> None:
        """Give the role, and read it back."""

    @abstractmethod
    def change(self, old: str, new: str, one: str) -> None:
        """Another role."""

    @abstractmethod
    def read(self, role: str, one: str) -> None:
        """What it holds."""

    @abstractmethod
    def unbind(self, role: str, one: str) -> None:
        """Take the role away."""

    @abstractmethod
    def pages(self, role: str, all_: Sequence[str]) -> Iterator[Callable[[], object]]:
        """The reads that show the role and all instances, in full pages."""


class _Alibaba(_Calls):
    def connect(self) -> None:
        self._own.client = self._sandbox.client()

    def bind(self, role: str, one: str) -> None:
        self._call(AttachInstanceRamRoleRequest, role, one)
        self.read(role, one)

    def change(self, old: str, new: str, one: str) -> None:
        """A replacement that deletes first."""
        self.unbind(old, one)
        self.bind(new, one)

    def read(self, role: str, one: str) -> None:
        self._call(DescribeInstanceRamRoleRequest, role, one)

    def unbind(self, role: str, one: str) -> None:
        self._call(DetachInstanceRamRoleRequest, role, one)

    def pages(self, role: str, all_: Sequence[str]) -> Iterator[Callable[[], object]]:
        sandbox = self._sandbox
        yield partial(sandbox.call, "Ram", "GetRole", RoleName=role)
        for few in _batches(all_, 50):
            ids = json.dumps(few)
            yield partial(sandbox.call, "Ecs", "DescribeInstanceRamRole", RegionId=sandbox.region, InstanceIds=ids)
        for few in _batches(all_, 100):
            more: dict[str, Any] = {"RegionId": sandbox.region, "InstanceIds": json.dumps(few), "MaxResults": 100}
            yield partial(sandbox.call, "Ecs", "DescribeInstances", **more)

    def _call(self, kind: type, role: str, one: str) -> None:
        request = kind()
        request.set_endpoint(self._sandbox.endpoint)
        request.set_protocol_type("http")
        request.set_RamRoleName(role)
        request.set_InstanceIds(json.dumps([one]))
        client: AcsClient = self._own.client
        client.do_action_with_exception(request)


class _Tencent(_Calls):
    def connect(self) -> None:
        self._own.client = self._sandbox.tencent.client("cvm")

    def bind(self, role: str, one: str) -> None:
        self._call("ModifyInstancesAttribute", InstanceIds=[one], CamRoleName=role)
        self.read(role, one)

    def change(self, old: str, new: str, one: str) -> None:
        self.bind(new, one)

    def read(self, role: str, one: str) -> None:
        self._call("DescribeInstances", InstanceIds=[one])

    def unbind(self, role: str, one: str) -> None:
        self._call("ModifyInstancesAttribute", InstanceIds=[one], CamRoleName="")

    def pages(self, role: str, all_: Sequence[str]) -> Iterator[Callable[[], object]]:
        yield partial(self._sandbox.tencent.call, "cam", "GetRole", RoleName=role)
        for few in _batches(all_, 100):
            yield partial(self._sandbox.tencent.call, "cvm", "DescribeInstances", InstanceIds=few, Limit=100)

    def _call(self, action: str, **parameters: object) -> None:
        request = getattr(models, f"{action}Request")()
        for name, value in parameters.items():
            setattr(request, name, value)
        getattr(self._own.client, action)(request)


_CALLS: Mapping[str, type[_Calls]] = {"alibaba": _Alibaba, "tencent": _Tencent}
