"""The stand-in as an engine sees it: a process, its port on the first line, gRPC."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2 as wire
from pulumi.runtime.proto import provider_pb2_grpc

Values = dict[str, Any]


def struct(found: Mapping[str, Any]) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(dict(found))
    return message


def plain(message: struct_pb2.Struct) -> Values:
    return dict(json_format.MessageToDict(message))


def urn(kind: str, name: str = "it") -> str:
    return f"urn:pulumi:dev::project::{kind}::{name}"


def said(error: grpc.RpcError) -> str:
    """The text of a refused call."""
    return str(error.details())


@dataclass(frozen=True)
class Made:
    """A resource as an engine's state would hold it."""

    urn: str
    id: str
    inputs: Values
    outputs: Values


class Plugin:
    """A running stand-in."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        # Tencent Cloud's SDK signs with what Python 3.12 deprecates.
        strict = ["-W", "error", "-W", "ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning"]
        self.process = subprocess.Popen(
            [sys.executable, *strict, "-m", "instance_role_sandbox.standin", name],
            stdout=subprocess.PIPE,
            env=dict(environment),
            text=True,
        )
        assert self.process.stdout is not None
        port = int(self.process.stdout.readline())
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def close(self) -> int:
        self.channel.close()
        self.process.terminate()
        code = self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def configure(self, **config: str) -> Any:
        return self.stub.Configure(wire.ConfigureRequest(args=struct(config)))

    def check(self, kind: str, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None, name: str = "it") -> Any:
        return self.stub.Check(wire.CheckRequest(urn=urn(kind, name), olds=struct(olds or {}), news=struct(news)))

    def make(self, kind: str, name: str = "it", /, **inputs: Any) -> Made:
        """Check and create."""
        checked = self.check(kind, inputs, name=name)
        assert not checked.failures, checked.failures
        made = self.stub.Create(wire.CreateRequest(urn=urn(kind, name), properties=checked.inputs))
        return Made(urn(kind, name), made.id, plain(checked.inputs), plain(made.properties))

    def diff(self, made: Made, /, **news: Any) -> Any:
        return self.stub.Diff(
            wire.DiffRequest(
                urn=made.urn, id=made.id, olds=struct(made.outputs), old_inputs=struct(made.inputs), news=struct(news)
            )
        )

    def update(self, made: Made, /, **news: Any) -> Made:
        answer = self.stub.Update(
            wire.UpdateRequest(
                urn=made.urn, id=made.id, olds=struct(made.outputs), old_inputs=struct(made.inputs), news=struct(news)
            )
        )
        return Made(made.urn, made.id, news, plain(answer.properties))

    def read(self, made: Made) -> Any:
        return self.stub.Read(
            wire.ReadRequest(urn=made.urn, id=made.id, properties=struct(made.outputs), inputs=struct(made.inputs))
        )

    def delete(self, made: Made) -> None:
        self.stub.Delete(wire.DeleteRequest(urn=made.urn, id=made.id, properties=struct(made.outputs)))

    def invoke(self, token: str, /, **arguments: Any) -> Any:
        return self.stub.Invoke(wire.InvokeRequest(tok=token, args=struct(arguments)))

    def answer(self, token: str, /, **arguments: Any) -> Values:
        """What a function answers."""
        answer = self.invoke(token, **arguments)
        assert not answer.failures, answer.failures
        return plain(getattr(answer, "return"))
