"""The baseline: what providers with one resource per instance do, through the official SDK, eight in flight.

One AttachInstanceRamRole and one DescribeInstanceRamRole to read it back for each instance; a change of role is a
replacement, so a DetachInstanceRamRole comes before; a refresh reads each. It is what pulumi-alicloud's
``RamRoleAttachment`` was measured to do, without its own cost: no state file, no engine, no plugin process. Eight is
the number of operations that the Pulumi CLI of a machine with two processors has in flight.

On Tencent Cloud, where the packages have no such resource, it is the same by ModifyInstancesAttribute and
DescribeInstances. It is not held back by the rates that the cloud publishes, to which this package keeps: compare
calls there, not seconds.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from aliyunsdkcore.client import AcsClient
from aliyunsdkecs.request.v20140526.AttachInstanceRamRoleRequest import AttachInstanceRamRoleRequest
from aliyunsdkecs.request.v20140526.DescribeInstanceRamRoleRequest import DescribeInstanceRamRoleRequest
from aliyunsdkecs.request.v20140526.DetachInstanceRamRoleRequest import DetachInstanceRamRoleRequest
from tencentcloud.cvm.v20170312 import models

from benchmarks.cloud import ROLES, Account, Cost
from benchmarks.phases import BIND, CHANGE, NOTHING, PHASES, REFRESH, UNBIND

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
                if phase != NOTHING:  # nothing but the state is looked at
                    list(pool.map(work[phase], account.instances))
            found[phase] = cost
    return found


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

    def _call(self, action: str, **parameters: object) -> None:
        request = getattr(models, f"{action}Request")()
        for name, value in parameters.items():
            setattr(request, name, value)
        getattr(self._own.client, action)(request)


_CALLS: Mapping[str, type[_Calls]] = {"alibaba": _Alibaba, "tencent": _Tencent}
