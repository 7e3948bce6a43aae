"""A client of one provider process, of whatever provider: Pulumi's ResourceProvider protocol.

https://pulumi-developer-docs.readthedocs.io/latest/docs/_generated/proto/provider.html. What a provider understands
(secrets, resource references, previews of create and update) it says in its answer to Handshake, or, an older one that
has no Handshake, to Configure; everything sent to it follows from that.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from instance_role_sandbox.engine.diff import Kind
from instance_role_sandbox.engine.errors import ProviderError
from instance_role_sandbox.engine.state import Resource, name_of, type_of
from instance_role_sandbox.engine.steps import Checked, Compared
from instance_role_sandbox.engine.values import Properties, holds_secret, holds_unknown, keep_marks, plain, secret
from instance_role_sandbox.engine.wire import Marks, decode, encode

if TYPE_CHECKING:
    from google.protobuf import struct_pb2

MESSAGE_LIMIT = 400 * 1024 * 1024  # bytes, as the SDK has it
CHANNEL_OPTIONS = (("grpc.max_receive_message_length", MESSAGE_LIMIT), ("grpc.max_send_message_length", MESSAGE_LIMIT))
# An error's text is metadata, of which a channel takes 8 KiB for sure and never more than 16 KiB unless told otherwise;
# the real engine's takes 16 MiB.
ERROR_LIMIT = 16 * 1024 * 1024  # bytes
PROVIDER_OPTIONS = (
    *CHANNEL_OPTIONS,
    ("grpc.max_metadata_size", ERROR_LIMIT),
    ("grpc.absolute_max_metadata_size", ERROR_LIMIT),
)
CONNECT_TIMEOUT = 10.0  # seconds
CANCEL_TIMEOUT = 2.0

T = TypeVar("T")


class InitFailed(ProviderError):
    """The resource exists but did not become what it should be: it is kept in the state, with the reasons."""

    def __init__(self, message: str, details: provider_pb2.ErrorResourceInitFailed) -> None:
        super().__init__(message)
        self.id = details.id
        self.outputs = decode(details.properties)
        self.inputs = decode(details.inputs) if details.HasField("inputs") else None
        self.reasons = list(details.reasons)


class NotKnown(ProviderError):
    """The provider cannot compare, because its own configuration is not known before the update."""

    def __init__(self) -> None:
        super().__init__(
            "the provider of this resource has inputs that are not known before the update: what will change is not "
            "known, and an update is shown"
        )


@dataclass(frozen=True)
class ReadBack:
    """What Read found. No id or no outputs: the resource is gone. No inputs: the provider does not tell them."""

    id: str
    outputs: Properties | None
    inputs: Properties | None


@dataclass
class Abilities:
    """What the provider said that it understands."""

    secrets: bool = False
    references: bool = False
    preview: bool = False

    def marks(self, unknowns: bool = False) -> Marks:
        """The marks to be used in what is sent to it."""
        return Marks(self.secrets, self.references, unknowns)


@dataclass(frozen=True)
class Invoked:
    """The answer to a function call."""

    result: Properties
    failures: list[tuple[str, str]] = field(default_factory=list)


class Provider:
    """One provider process, seen through its protocol. Calls raise ProviderError with the provider's own words."""

    def __init__(self, package: str, channel: grpc.aio.Channel) -> None:
        self.package = package
        self.abilities = Abilities()
        self._shook_hands = False
        self._configured = True
        self._channel = channel
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        self._stub = cast("provider_pb2_grpc.ResourceProviderAsyncStub", stub)

    async def _call(self, method: Callable[[Any], Awaitable[T]], request: object) -> T:
        try:
            return await method(request)
        except grpc.aio.AioRpcError as error:
            raise self._failure(error) from None

    def _failure(self, error: grpc.aio.AioRpcError) -> ProviderError:
        message = error.details() or error.code().name
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin" and isinstance(value, bytes):
                for detail in status_pb2.Status.FromString(value).details:
                    init_failed = provider_pb2.ErrorResourceInitFailed()
                    if detail.Unpack(init_failed):
                        return InitFailed("\n".join([message, *(f"* {r}" for r in init_failed.reasons)]), init_failed)
        if error.code() == grpc.StatusCode.UNAVAILABLE:
            return ProviderError(
                f"the provider '{self.package}' ended in the middle of the call ({message}); "
                "what the call did is not known"
            )
        return ProviderError(message)

    # -- getting ready

    async def handshake(self, engine: str, root: str, program: str) -> None:
        """Connect and learn what the provider understands, if it knows this way of asking."""
        try:
            await asyncio.wait_for(self._channel.channel_ready(), CONNECT_TIMEOUT)
        except asyncio.TimeoutError:
            raise ProviderError(f"the provider '{self.package}' does not accept connections") from None
        request = provider_pb2.ProviderHandshakeRequest(
            engine_address=engine,
            root_directory=root,
            program_directory=program,
            configure_with_urn=True,
            invoke_with_preview=True,
        )
        try:
            answer = await self._stub.Handshake(request)
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.UNIMPLEMENTED:
                raise self._failure(error) from None
            return
        self._shook_hands = True
        self.abilities = Abilities(answer.accept_secrets, answer.accept_resources, preview=True)

    async def configure(self, urn: str, id_: str, inputs: Properties) -> None:
        """Give the provider its configuration.

        One that is not known yet (a preview, and it comes from a resource that is to be made) is not given: the
        provider is then asked nothing.
        """
        self._configured = not any(holds_unknown(v) for v in inputs.values())
        if not self._configured:
            return
        variables = {
            f"{self.package}:config:{key}": text if isinstance(text := plain(value), str) else json.dumps(text)
            for key, value in inputs.items()
            if key != "version"
        }
        request = provider_pb2.ConfigureRequest(
            variables=variables,
            args=encode(inputs, Marks(secrets=True, references=True, unknowns=True)),
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
            id=id_,
            urn=urn,
            name=name_of(urn),
            type=type_of(urn),
        )
        answer = await self._call(self._stub.Configure, request)
        if not self._shook_hands:
            self.abilities = Abilities(answer.acceptSecrets, answer.acceptResources, answer.supportsPreview)

    async def check_config(self, urn: str, olds: Properties, news: Properties) -> Checked:
        """Check a configuration; a provider without this takes any."""
        marks = Marks(secrets=True, references=True, unknowns=True)
        request = provider_pb2.CheckRequest(
            urn=urn, name=name_of(urn), type=type_of(urn), olds=encode(olds, marks), news=encode(news, marks)
        )
        answer = await self._optional(self._stub.CheckConfig, request)
        if answer is None:
            return Checked(news)
        inputs = decode(answer.inputs)
        keep_marks(inputs, news)
        return Checked(inputs, [(f.property, f.reason) for f in answer.failures])

    async def diff_config(self, old: Resource, news: Properties) -> Compared:
        """Compare configurations. A provider without this: no change of it replaces anything."""
        marks = Marks(secrets=True, references=True, unknowns=True)
        request = provider_pb2.DiffRequest(
            id=old.id,
            urn=old.urn,
            name=old.name,
            type=old.type,
            olds=encode(old.outputs, marks),
            news=encode(news, marks),
            old_inputs=encode(old.inputs, marks),
        )
        answer = await self._optional(self._stub.DiffConfig, request)
        return Compared(None) if answer is None else _compared(answer)

    async def _optional(self, method: Callable[[Any], Awaitable[T]], request: object) -> T | None:
        try:
            return await method(request)
        except grpc.aio.AioRpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return None
            raise self._failure(error) from None

    # -- resources

    async def check(self, urn: str, olds: Properties, news: Properties, unknowns: bool) -> Checked:
        """Are the inputs right? Returns them with the provider's defaults, and what is wrong."""
        if not self._configured:
            return Checked(news)
        marks = self.abilities.marks(unknowns)
        request = provider_pb2.CheckRequest(
            urn=urn,
            name=name_of(urn),
            type=type_of(urn),
            olds=encode(olds, marks),
            news=encode(news, marks),
            randomSeed=os.urandom(32),
        )
        answer = await self._call(self._stub.Check, request)
        return Checked(self._marked(answer.inputs, news), [(f.property, f.reason) for f in answer.failures])

    async def diff(self, old: Resource, news: Properties, unknowns: bool, ignored: Sequence[str]) -> Compared:
        """What would have to change, and how? NotKnown while the provider's configuration is not."""
        if not self._configured:
            raise NotKnown
        marks = self.abilities.marks(unknowns)
        request = provider_pb2.DiffRequest(
            id=old.id,
            urn=old.urn,
            name=old.name,
            type=old.type,
            olds=encode(old.outputs, marks),
            news=encode(news, marks),
            old_inputs=encode(old.inputs, marks),
            ignoreChanges=ignored,
        )
        return _compared(await self._call(self._stub.Diff, request))

    async def create(self, new: Resource, preview: bool) -> tuple[str, Properties]:
        """Make it. Returns id and outputs. In a preview of a provider that has none: the inputs, and no id."""
        if not self._configured:
            return "", {}
        if preview and not self.abilities.preview:
            return "", dict(new.inputs)
        request = provider_pb2.CreateRequest(
            urn=new.urn,
            name=new.name,
            type=new.type,
            properties=encode(new.inputs, self.abilities.marks(preview)),
            timeout=new.timeouts.get("create", 0),
            preview=preview,
        )
        answer = await self._call(self._stub.Create, request)
        if not answer.id and not preview:
            raise ProviderError(f"the provider '{self.package}' returned no id from create")
        return answer.id, self._marked(answer.properties, new.inputs)

    async def update(self, old: Resource, new: Resource, preview: bool) -> Properties:
        """Change it. Returns the outputs; in a preview of a provider that has none, the inputs."""
        if not self._configured:
            return {}
        if preview and not self.abilities.preview:
            return dict(new.inputs)
        marks = self.abilities.marks()
        request = provider_pb2.UpdateRequest(
            id=old.id,
            urn=new.urn,
            name=new.name,
            type=new.type,
            olds=encode(old.outputs, marks),
            news=encode(new.inputs, self.abilities.marks(preview)),
            old_inputs=encode(old.inputs, marks),
            timeout=new.timeouts.get("update", 0),
            ignoreChanges=new.ignore_changes,
            preview=preview,
        )
        answer = await self._call(self._stub.Update, request)
        return self._marked(answer.properties, new.inputs)

    async def read(self, resource: Resource) -> ReadBack:
        """Look at it as it is now."""
        if not self._configured:
            return ReadBack("", {}, {})
        marks = self.abilities.marks()
        request = provider_pb2.ReadRequest(
            id=resource.id,
            urn=resource.urn,
            name=resource.name,
            type=resource.type,
            properties=encode(resource.outputs, marks),
            inputs=encode(resource.inputs, marks),
        )
        answer = await self._call(self._stub.Read, request)
        inputs = self._marked(answer.inputs, resource.inputs) if answer.HasField("inputs") else None
        outputs = self._marked(answer.properties, resource.outputs) if answer.HasField("properties") else None
        return ReadBack(answer.id, outputs, inputs)

    async def delete(self, old: Resource) -> None:
        """Do away with it."""
        marks = self.abilities.marks()
        request = provider_pb2.DeleteRequest(
            id=old.id,
            urn=old.urn,
            name=old.name,
            type=old.type,
            properties=encode(old.outputs, marks),
            old_inputs=encode(old.inputs, marks),
            timeout=old.timeouts.get("delete", 0),
        )
        await self._call(self._stub.Delete, request)

    async def invoke(self, token: str, args: Properties, preview: bool) -> Invoked:
        """Call one of the provider's functions."""
        if not self._configured:
            return Invoked({})
        request = provider_pb2.InvokeRequest(tok=token, args=encode(args, self.abilities.marks(False)), preview=preview)
        answer = await self._call(self._stub.Invoke, request)
        result = decode(getattr(answer, "return"))
        if not self.abilities.secrets and any(holds_secret(v) for v in args.values()):
            result = {key: secret(value) for key, value in result.items()}
        return Invoked(result, [(f.property, f.reason) for f in answer.failures])

    def _marked(self, struct: struct_pb2.Struct, sent: Properties) -> Properties:
        properties = decode(struct)
        if not self.abilities.secrets:
            keep_marks(properties, sent)
        return properties

    async def close(self) -> None:
        """Tell the provider that it is over. One that does not answer is left to be ended."""
        with contextlib.suppress(grpc.aio.AioRpcError):  # gone already, or it knows no Cancel: it is ended next
            await self._stub.Cancel(empty_pb2.Empty(), timeout=CANCEL_TIMEOUT)
        await self._channel.close()


_KINDS = {
    provider_pb2.PropertyDiff.ADD: Kind.ADD,
    provider_pb2.PropertyDiff.ADD_REPLACE: Kind.ADD_REPLACE,
    provider_pb2.PropertyDiff.DELETE: Kind.DELETE,
    provider_pb2.PropertyDiff.DELETE_REPLACE: Kind.DELETE_REPLACE,
    provider_pb2.PropertyDiff.UPDATE: Kind.UPDATE,
    provider_pb2.PropertyDiff.UPDATE_REPLACE: Kind.UPDATE_REPLACE,
}
_CHANGES = {provider_pb2.DiffResponse.DIFF_SOME: True, provider_pb2.DiffResponse.DIFF_NONE: False}


def _compared(answer: provider_pb2.DiffResponse) -> Compared:
    detailed = {path: _KINDS[diff.kind] for path, diff in answer.detailedDiff.items()}
    return Compared(
        _CHANGES.get(answer.changes),
        list(answer.replaces),
        list(answer.diffs),
        detailed if answer.hasDetailedDiff else None,
        frozenset(path for path, diff in answer.detailedDiff.items() if diff.inputDiff),
        answer.deleteBeforeReplace,
    )
