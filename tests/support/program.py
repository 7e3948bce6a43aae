"""A Pulumi program's preview, with the least of an engine that can host one.

The program runs unmodified in a process of its own; the engine's services answer from this one. Resources of the
dynamic provider are checked in a real provider host; like the engine at a preview, the answer to a registration is
the checked inputs, with an id only for resources that exist already. A resource named ``refused`` is refused.
"""

from __future__ import annotations

import json
import textwrap
import threading
from collections.abc import Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    resource_pb2,
    resource_pb2_grpc,
)

from tests.support.forks import Forked
from tests.support.host import Host

_SIGNATURE, _SECRET = rpc._special_sig_key, rpc._special_secret_sig


@dataclass
class Preview:
    """What came of a preview: the exit code, all that was said, and the registrations by type and name."""

    code: int
    said: str
    warnings: list[str] = field(default_factory=list)
    infos: list[str] = field(default_factory=list)
    registered: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    secret: dict[str, set[str]] = field(default_factory=dict)
    """Name of a resource -> the properties that the program registered as secret, or with something secret inside."""
    comes_from: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """Name of a resource -> property -> the names of the resources it depends on."""

    def faults(self) -> list[str]:
        """Preflight's list, which ended the preview without a traceback."""
        assert self.code != 0 and "Traceback" not in self.said, self.said
        return [line[4:] for line in self.said.splitlines() if line.startswith("  - ")]

    def tells(self, expected: Sequence[tuple[str, str, str]], **names: str) -> None:
        """Preflight lists each fault once and no other: type with property, words in which ``names`` fit, remedy."""
        listed = self.faults()
        for kind, fault, remedy in expected:
            wanted = fault.format(**names)
            matching = [line for line in listed if line.startswith(f"{kind}: ") and wanted in line and remedy in line]
            assert len(matching) == 1, (kind, wanted, listed)
        assert len(listed) == len(expected), listed


class _Engine(engine_pb2_grpc.EngineServicer, resource_pb2_grpc.ResourceMonitorServicer):
    def __init__(self, host: Host, existing: Mapping[str, str]) -> None:
        self.host = host
        self.existing = existing
        self.said: list[tuple[int, str]] = []
        self.registered: dict[tuple[str, str], dict[str, Any]] = {}
        self.secret: dict[str, set[str]] = {}
        self.comes_from: dict[str, dict[str, set[str]]] = {}
        self.lock = threading.Lock()

    def Log(self, request: Any, context: Any) -> empty_pb2.Empty:
        with self.lock:
            self.said.append((request.severity, request.message))
        return empty_pb2.Empty()

    def GetDeploymentInfo(self, request: Any, context: Any) -> None:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "ask for each feature")

    def SupportsFeature(self, request: Any, context: Any) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in ("secrets", "resourceReferences"))

    def RegisterResource(self, request: Any, context: Any) -> resource_pb2.RegisterResourceResponse:
        urn = f"urn:pulumi:dev::proj::{_qualified(request.parent, request.type)}::{request.name}"
        if request.name == "refused":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "its own provider refuses it")
        given = json_format.MessageToDict(request.object)
        secret = {key for key, one in given.items() if _bare(one) != one}
        answer = json_format.ParseDict(_bare(given), struct_pb2.Struct())
        if request.type.startswith("pulumi-python:dynamic"):
            checked = self.host.stub.Check(provider_pb2.CheckRequest(urn=urn, news=answer))
            if checked.failures:
                reasons = "; ".join(f"{one.property}: {one.reason}" for one in checked.failures)
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, reasons)
            answer = checked.inputs
        with self.lock:
            self.registered[urn.split("::")[2], request.name] = dict(answer)
            self.secret[request.name] = secret
            self.comes_from[request.name] = {
                key: {one.rpartition("::")[2] for one in found.urns}
                for key, found in request.propertyDependencies.items()
            }
        id_ = self.existing.get(request.name, "") if request.custom else ""
        shown = json_format.MessageToDict(answer)
        for key in secret & shown.keys():
            shown[key] = {_SIGNATURE: _SECRET, "value": shown[key]}
        marked = json_format.ParseDict(shown, struct_pb2.Struct())
        return resource_pb2.RegisterResourceResponse(urn=urn, id=id_, object=marked)

    def RegisterResourceOutputs(self, request: Any, context: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, request: Any, context: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()


def _bare(value: Any) -> Any:
    """A value as a provider gets it that does not accept secrets."""
    if isinstance(value, dict):
        return _bare(value["value"]) if value.get(_SIGNATURE) == _SECRET else {k: _bare(v) for k, v in value.items()}
    return [_bare(one) for one in value] if isinstance(value, list) else value


def _qualified(parent: str, type_: str) -> str:
    """A type with those of its parents below the stack, as a URN carries it."""
    above = parent.split("::")[2] if parent else "pulumi:pulumi:Stack"
    return type_ if above == "pulumi:pulumi:Stack" else f"{above}${type_}"


def preview(
    program: str,
    folder: Path,
    env: Mapping[str, str],
    *,
    existing: Mapping[str, str] | None = None,
    config: Mapping[str, str] | None = None,
    dry_run: bool = True,
    organization: str = "organization",
) -> Preview:
    """Preview ``program`` (its text). ``existing`` are the ids of resources that the state has, by name.

    ``organization`` is what the backend says; those that users manage themselves all say the same.
    """
    file = folder / "program.py"
    file.write_text(textwrap.dedent(program), encoding="utf-8")
    settings = {"instance-role:cloud": "alibaba", **(config or {})}
    with Host(env, settings) as host:
        engine = _Engine(host, existing or {})
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=80))
        engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(engine, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        where = {"address": f"127.0.0.1:{port}", "organization": organization}
        given = json.dumps({**where, "config": settings, "dry_run": dry_run})
        try:
            process = Forked("tests.support.hosted", given, str(file), env=env, cwd=folder)
            output, errors = process.communicate(timeout=150)
        finally:
            server.stop(None).wait()
    logged = "\n".join(message for severity, message in engine.said if severity >= engine_pb2.ERROR)
    return Preview(
        process.wait(),
        f"{output}{errors}{logged}",
        [message for severity, message in engine.said if severity == engine_pb2.WARNING],
        [message for severity, message in engine.said if severity == engine_pb2.INFO],
        engine.registered,
        engine.secret,
        engine.comes_from,
    )
