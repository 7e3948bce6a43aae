"""Transforms: functions of the program that change a resource, or a function's arguments, before the engine sees it.

https://www.pulumi.com/docs/iac/concepts/options/transforms/. They run in the program, which serves the Callbacks
service; what goes there and back are the messages of a registration. Those of the resource come first, then those of
its parents, the nearest first, then the stack's.

As in the real engine, what a stack's transform says about ``depends_on`` counts only where the resource has a
transform of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping, MutableSequence
from typing import TYPE_CHECKING, TypeVar, cast

import grpc.aio
from google.protobuf import struct_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import alias_pb2, callback_pb2, callback_pb2_grpc, resource_pb2

from instance_role_sandbox.engine.errors import EngineError
from instance_role_sandbox.engine.provider import PROVIDER_OPTIONS
from instance_role_sandbox.engine.wire import OUTPUT, SECRET, SIGNATURE, UNKNOWN_TEXTS

if TYPE_CHECKING:
    from pulumi.runtime.proto.resource_pb2 import RegisterResourceRequest, ResourceInvokeRequest

M = TypeVar("M", bound=Message)

# (field of the registration, field of the options that a transform sees and gives back)
_OPTIONS = (
    ("importId", "import"),
    ("dependencies", "depends_on"),
    ("protect", "protect"),
    ("ignoreChanges", "ignore_changes"),
    ("replaceOnChanges", "replace_on_changes"),
    ("replacement_trigger", "replacement_trigger"),
    ("version", "version"),
    ("aliases", "aliases"),
    ("provider", "provider"),
    ("providers", "providers"),
    ("hideDiffs", "hide_diff"),
    ("customTimeouts", "custom_timeouts"),
    ("pluginDownloadURL", "plugin_download_url"),
    ("retainOnDelete", "retain_on_delete"),
    ("deletedWith", "deleted_with"),
    ("replace_with", "replace_with"),
    ("additionalSecretOutputs", "additional_secret_outputs"),
    ("hooks", "hooks"),
)
_INVOKE_OPTIONS = (("provider", "provider"), ("version", "version"), ("pluginDownloadURL", "plugin_download_url"))


class Transforms:
    """The transforms of one program run."""

    def __init__(self) -> None:
        self._stack: list[callback_pb2.Callback] = []
        self._invoke: list[callback_pb2.Callback] = []
        self._of: dict[str, tuple[str, list[callback_pb2.Callback]]] = {}  # urn -> parent and own
        self._channels: dict[str, grpc.aio.Channel] = {}

    def add(self, callback: callback_pb2.Callback) -> None:
        """One for all resources registered from here on."""
        self._stack.append(callback)

    def add_invoke(self, callback: callback_pb2.Callback) -> None:
        """One for all functions called from here on."""
        self._invoke.append(callback)

    def keep(self, urn: str, request: RegisterResourceRequest) -> None:
        """The resource was registered: its children are to be changed by its transforms."""
        self._of[urn] = (request.parent, list(request.transforms))

    def _above(self, parent: str) -> Iterator[callback_pb2.Callback]:
        while parent in self._of:
            parent, own = self._of[parent]
            yield from own

    async def apply(self, request: RegisterResourceRequest) -> RegisterResourceRequest:
        """The registration as the transforms want it. EngineError when one of them fails."""
        callbacks = [*request.transforms, *self._above(request.parent), *self._stack]
        if not callbacks:
            return request
        sent = resource_pb2.TransformRequest(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            properties=_as_outputs(request),
            options=_options_of(request),
        )
        for callback in callbacks:
            answer = await self._call(callback, sent, resource_pb2.TransformResponse)
            if answer.HasField("properties"):
                sent.properties.CopyFrom(answer.properties)
            if answer.HasField("options"):
                sent.options.CopyFrom(answer.options)
        return _changed(request, sent)

    async def apply_invoke(self, request: ResourceInvokeRequest) -> ResourceInvokeRequest:
        """The same for a call of a function."""
        if not self._invoke:
            return request
        sent = resource_pb2.TransformInvokeRequest(token=request.tok, args=request.args)
        _copy(request, sent.options, _INVOKE_OPTIONS)
        for callback in self._invoke:
            answer = await self._call(callback, sent, resource_pb2.TransformInvokeResponse)
            if answer.HasField("args"):
                sent.args.CopyFrom(answer.args)
            if answer.HasField("options"):
                sent.options.CopyFrom(answer.options)
        changed = resource_pb2.ResourceInvokeRequest()
        changed.CopyFrom(request)
        changed.args.CopyFrom(sent.args)
        _copy(sent.options, changed, [(there, here) for here, there in _INVOKE_OPTIONS])
        return changed

    async def _call(self, callback: callback_pb2.Callback, request: Message, answer: type[M]) -> M:
        channel = self._channels.get(callback.target)
        if channel is None:
            channel = grpc.aio.insecure_channel(callback.target, options=PROVIDER_OPTIONS)
            self._channels[callback.target] = channel
        stub = cast("callback_pb2_grpc.CallbacksAsyncStub", callback_pb2_grpc.CallbacksStub(channel))
        asked = callback_pb2.CallbackInvokeRequest(token=callback.token, request=request.SerializeToString())
        try:
            told = await stub.Invoke(asked)
        except grpc.aio.AioRpcError as error:
            said = (error.details() or error.code().name).removeprefix(f"Invoke callback {callback.token} error: ")
            raise EngineError(f"a transform failed: {said.strip()}") from None
        return answer.FromString(told.response)

    async def close(self) -> None:
        """Hang up."""
        for channel in self._channels.values():
            await channel.close()


def _copy(source: Message, target: Message, fields: Iterable[tuple[str, str]]) -> None:
    """Copy fields under other names; one that is not set in the source is cleared in the target."""
    for there, here in fields:
        target.ClearField(here)
        value = getattr(source, there)
        if isinstance(value, MutableMapping):
            getattr(target, here).update(value)
        elif isinstance(value, MutableSequence):
            getattr(target, here).extend(value)
        elif not source.DESCRIPTOR.fields_by_name[there].has_presence:
            setattr(target, here, value)
        elif source.HasField(there):
            if isinstance(value, Message):
                getattr(target, here).CopyFrom(value)
            else:
                setattr(target, here, value)


def _options_of(request: RegisterResourceRequest) -> resource_pb2.TransformResourceOptions:
    options = resource_pb2.TransformResourceOptions()
    _copy(request, options, _OPTIONS)
    options.ClearField("aliases")
    options.aliases.extend([*(alias_pb2.Alias(urn=urn) for urn in request.aliasURNs), *request.aliases])
    if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace:
        options.delete_before_replace = request.deleteBeforeReplace
    return options


def _changed(request: RegisterResourceRequest, sent: resource_pb2.TransformRequest) -> RegisterResourceRequest:
    changed = resource_pb2.RegisterResourceRequest()
    changed.CopyFrom(request)
    changed.object.CopyFrom(sent.properties)
    changed.ClearField("aliasURNs")
    _copy(sent.options, changed, [(there, here) for here, there in _OPTIONS])
    changed.deleteBeforeReplace = sent.options.delete_before_replace
    changed.deleteBeforeReplaceDefined = sent.options.HasField("delete_before_replace")
    if not request.transforms:
        changed.ClearField("dependencies")
        changed.dependencies.extend(request.dependencies)
    else:
        changed.ClearField("propertyDependencies")
    for key, value in sent.properties.fields.items():
        found = set(_dependencies(value))
        if request.transforms or found:
            urns = changed.propertyDependencies[key].urns
            urns.extend(sorted(found.difference(urns)))
        if request.transforms:
            changed.dependencies.extend(sorted(found.difference(changed.dependencies)))
    return changed


# -- output values: the form in which secret and unknown properties, and what they depend on, go to a transform


def _as_outputs(request: RegisterResourceRequest) -> struct_pb2.Struct:
    """The properties with secrets and unknown ones as output values, which reach the transform as Outputs."""
    struct = struct_pb2.Struct()
    for key, value in request.object.fields.items():
        given = _as_output(value)
        urns = list(request.propertyDependencies[key].urns) if key in request.propertyDependencies else []
        if request.transforms and set(urns).difference(_dependencies(given)):
            given = _output(given, dependencies=urns)
        struct.fields[key].CopyFrom(given)
    return struct


def _as_output(value: struct_pb2.Value) -> struct_pb2.Value:
    kind = value.WhichOneof("kind")
    if kind == "string_value" and value.string_value in UNKNOWN_TEXTS:
        return _output(None)
    if kind == "list_value":
        items = [_as_output(item) for item in value.list_value.values]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    if kind != "struct_value":
        return value
    fields = value.struct_value.fields
    signature = _signature(value)
    if signature == SECRET:
        return _output(_as_output(fields["value"]), secret=True)
    if signature:
        return value
    struct = struct_pb2.Struct()
    for key, item in fields.items():
        struct.fields[key].CopyFrom(_as_output(item))
    return struct_pb2.Value(struct_value=struct)


def _signature(value: struct_pb2.Value) -> str:
    fields = value.struct_value.fields
    return fields[SIGNATURE].string_value if value.HasField("struct_value") and SIGNATURE in fields else ""


def _output(
    inner: struct_pb2.Value | None, *, secret: bool = False, dependencies: Iterable[str] = ()
) -> struct_pb2.Value:
    """An output value; one inside it becomes part of it. No ``inner``: its value is not known."""
    made = struct_pb2.Struct()
    if inner is not None and _signature(inner) == OUTPUT:
        made.CopyFrom(inner.struct_value)
    elif inner is not None:
        made.fields["value"].CopyFrom(inner)
    made.fields[SIGNATURE].string_value = OUTPUT
    if secret:
        made.fields["secret"].bool_value = True
    for urn in dependencies:
        made.fields["dependencies"].list_value.values.add(string_value=urn)
    return struct_pb2.Value(struct_value=made)


def _dependencies(value: struct_pb2.Value) -> Iterator[str]:
    """The URNs that output values anywhere inside name."""
    if value.HasField("list_value"):
        for item in value.list_value.values:
            yield from _dependencies(item)
    elif value.HasField("struct_value"):
        fields = value.struct_value.fields
        if _signature(value) == OUTPUT and "dependencies" in fields:
            yield from (item.string_value for item in fields["dependencies"].list_value.values)
        for key, item in fields.items():
            if key != "dependencies" or _signature(value) != OUTPUT:
                yield from _dependencies(item)
