"""The SDK's own dynamic provider host as the engine sees it: a process, a port on its stdout, gRPC.

One :class:`Host` is one operation (the engine starts one for each preview, update, refresh and destroy). A
:class:`Thing` is what a state would hold of one resource, kept by the rules of the engine: outputs are replaced by
what update and read return, inputs by what check and read return.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_instance_role.host.provider import BaseProvider
from pulumi_instance_role.resources.attachment import RolePolicyAttachmentProvider
from pulumi_instance_role.resources.binding import InstanceRoleBindingProvider
from pulumi_instance_role.resources.grant import PassRoleGrantProvider
from pulumi_instance_role.resources.policy import RolePolicyProvider
from pulumi_instance_role.resources.role import InstanceRoleProvider
from tests.support.forks import Forked

PROVIDERS: dict[str, type[BaseProvider]] = {
    "InstanceRole": InstanceRoleProvider,
    "RolePolicy": RolePolicyProvider,
    "RolePolicyAttachment": RolePolicyAttachmentProvider,
    "InstanceRoleBinding": InstanceRoleBindingProvider,
    "PassRoleGrant": PassRoleGrantProvider,
}
PROVIDER_KEY = "__provider"
WRITTEN_AT = "written_at"
UNKNOWN: str = rpc.UNKNOWN

Props = dict[str, Any]


class HostError(Exception):
    """The host answered with a failure; ``str()`` is what the engine would print."""


@dataclass
class Thing:
    """One resource as a state would hold it."""

    kind: str
    name: str
    id: str = ""
    inputs: Props = field(default_factory=dict)
    outputs: Props = field(default_factory=dict)


@dataclass
class Checked:
    """Checked inputs, and failures as ``property: reason``."""

    inputs: Props
    failures: list[tuple[str, str]]


@dataclass
class Difference:
    """What diff said."""

    changes: bool | None
    replaces: list[str]


class Host:
    """One host process."""

    patience = 120.0
    """Seconds that a call may take. An engine waits for ever."""
    pause = 3600
    """Seconds that have passed since each write, as far as a state tells: reads lag behind a write for a while."""

    starts: ClassVar[Callable[..., Any]] = Forked
    """What starts the process."""

    def __init__(
        self, env: Mapping[str, str], config: Mapping[str, str] | None = None, project: str = "proj", stack: str = "dev"
    ) -> None:
        self.project, self.stack = project, stack
        self.process = self.starts(
            "pulumi.dynamic",
            "127.0.0.1:1",
            env={**env, "PULUMI_PROJECT": project, "PULUMI_CONFIG": "{}"},
            cwd=Path(__file__).parent,
            own_session=True,
        )
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            _, errors = self.process.communicate(timeout=10)
            raise AssertionError(f"the host did not start: {line!r} {errors}")
        self.channel = grpc.insecure_channel(f"127.0.0.1:{int(line)}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)
        try:
            self._call("Configure", provider_pb2.ConfigureRequest(args=_struct(dict(config or {})), acceptSecrets=True))
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Host:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process as the engine does: interrupt, then kill."""
        self.channel.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait(timeout=10)
        self.process.close()

    def kill(self) -> None:
        """SIGKILL, as when a machine goes down in the middle."""
        self.process.kill()
        self.process.wait(timeout=10)

    # -- the calls of the engine -----------------------------------------------------------------------------------
    def check(self, thing: Thing, news: Props, *, olds: Props | None = None) -> Checked:
        """Check inputs as a program declares them."""
        given = {"cloud": "alibaba", **news, "owner": self.owner(thing.name), PROVIDER_KEY: pickled(thing.kind)}
        before = thing.inputs if olds is None else olds
        request = provider_pb2.CheckRequest(urn=self.urn(thing), olds=_struct(before), news=_struct(given))
        answer = self._call("Check", request)
        return Checked(_props(answer.inputs), [(one.property, one.reason) for one in answer.failures])

    def diff(self, thing: Thing, news: Props) -> Difference:
        """Compare stored outputs with checked inputs."""
        request = provider_pb2.DiffRequest(
            id=thing.id,
            urn=self.urn(thing),
            olds=_struct(thing.outputs),
            news=_struct(news),
            old_inputs=_struct(thing.inputs),
        )
        answer = self._call("Diff", request)
        changes = {1: False, 2: True}.get(answer.changes)
        return Difference(changes, list(answer.replaces))

    def create(self, thing: Thing, inputs: Props) -> Thing:
        """Create from checked inputs."""
        answer = self._call("Create", provider_pb2.CreateRequest(urn=self.urn(thing), properties=_struct(inputs)))
        thing.id, thing.inputs, thing.outputs = answer.id, inputs, self._later(_props(answer.properties))
        return thing

    def update(self, thing: Thing, inputs: Props) -> Thing:
        """Update from stored outputs to checked inputs."""
        request = provider_pb2.UpdateRequest(
            id=thing.id,
            urn=self.urn(thing),
            olds=_struct(thing.outputs),
            news=_struct(inputs),
            old_inputs=_struct(thing.inputs),
        )
        answer = self._call("Update", request)
        thing.inputs, thing.outputs = inputs, self._later(_props(answer.properties))
        return thing

    def read(self, thing: Thing) -> bool:
        """Refresh the thing; ``False`` when it is gone."""
        request = provider_pb2.ReadRequest(
            id=thing.id, urn=self.urn(thing), properties=_struct(thing.outputs), inputs=_struct(thing.inputs)
        )
        answer = self._call("Read", request)
        if not answer.id:
            return False
        thing.outputs = _props(answer.properties)
        if answer.HasField("inputs"):
            thing.inputs = _props(answer.inputs)
        return True

    def delete(self, thing: Thing) -> None:
        """Delete by stored outputs."""
        request = provider_pb2.DeleteRequest(id=thing.id, urn=self.urn(thing), properties=_struct(thing.outputs))
        self._call("Delete", request)

    # -- the usual sequences ---------------------------------------------------------------------------------------
    def up(self, thing: Thing, news: Props) -> str:
        """What an update does with one resource: ``create``, ``update``, ``same`` or ``replace`` (not carried out)."""
        checked = self.check(thing, news)
        if checked.failures:
            raise HostError("; ".join(f"{prop}: {reason}" for prop, reason in checked.failures))
        if not thing.id:
            self.create(thing, checked.inputs)
            return "create"
        difference = self.diff(thing, checked.inputs)
        if not difference.changes:
            thing.inputs = checked.inputs
            return "same"
        if difference.replaces:
            return "replace"
        self.update(thing, checked.inputs)
        return "update"

    def owner(self, resource: str) -> dict[str, str]:
        """What the resource's constructor says of its owner."""
        return {"project": self.project, "stack": self.stack, "resource": resource}

    def urn(self, thing: Thing) -> str:
        """The resource's URN."""
        token = f"pulumi-python:dynamic/instance-role:{thing.kind}"
        return f"urn:pulumi:{self.stack}::{self.project}::{token}::{thing.name}"

    def in_background(self, work: Any, *arguments: Any) -> tuple[threading.Thread, list[BaseException]]:
        """Start a call that is going to be cut off; the failures it meets."""
        met: list[BaseException] = []

        def run() -> None:
            try:
                work(*arguments)
            except (HostError, grpc.RpcError, ValueError) as error:
                met.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread, met

    def _later(self, outputs: Props) -> Props:
        return {**outputs, WRITTEN_AT: outputs[WRITTEN_AT] - self.pause}

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self.stub, method)(request, wait_for_ready=True, timeout=self.patience)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNKNOWN:
                raise HostError(error.details()) from None
            raise


def pickled(kind: str) -> str:
    """The resource's provider as the SDK pickles it."""
    return str(serialize_provider(PROVIDERS[kind]()))


def _struct(props: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    json_format.ParseDict({key: value for key, value in props.items() if value is not None}, struct)
    return struct


def _props(struct: struct_pb2.Struct) -> Props:
    found: Props = json_format.MessageToDict(struct)
    return found
