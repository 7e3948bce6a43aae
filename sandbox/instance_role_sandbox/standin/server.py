"""The plugin's gRPC service: Pulumi's ResourceProvider over a cloud's tables.

The protocol: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto. Secrets and resource references
are not accepted (the engine then strips and restores them); previews of Create and Update are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from instance_role_sandbox.standin.checks import check, differences, examine
from instance_role_sandbox.standin.errors import ApiError, SettingsError
from instance_role_sandbox.standin.lifecycle import Caller, HalfDoneError, Life
from instance_role_sandbox.standin.plugin import Plugin
from instance_role_sandbox.standin.schema import ResourceType
from instance_role_sandbox.standin.wire import UNKNOWN, Values, is_unknown, struct, values

_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
}
_Answer = TypeVar("_Answer")


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One configured plugin. Calls come on several threads."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin
        self._api: Caller | None = None
        self._lock = Lock()
        self._living: dict[str, Values] = {}  # URN -> inputs of the resource that the engine's state has

    # -- the plugin itself -------------------------------------------------------------------------------------
    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing to agree on: the answers' defaults are right."""
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The version, which says that this is a stand-in."""
        return plugin_pb2.PluginInfo(version=self._plugin.version)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Whether the provider could be configured so; refuses anything but loopback."""
        try:
            self._plugin.check(values(request.news))
        except SettingsError as fault:
            return provider_pb2.CheckResponse(failures=[provider_pb2.CheckFailure(reason=str(fault))])
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """What changed of the configuration. Resources of another region are other resources."""
        olds, news = values(request.old_inputs or request.olds), values(request.news)
        changed = sorted(name for name in {*olds, *news} if olds.get(name) != news.get(name))
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=changed,
            replaces=[name for name in changed if name == "region"],
        )

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Take the configuration."""
        given = {name.rpartition(":")[2]: value for name, value in request.variables.items()}
        given |= values(request.args) if request.HasField("args") else {}
        self._api = _answered(context, lambda: self._connect(given))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing to cancel: every wait ends by itself."""
        return empty_pb2.Empty()

    # -- functions ---------------------------------------------------------------------------------------------
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Answer one of the functions."""
        function = self._plugin.functions.get(request.tok)
        if function is None:
            self._refuse(context, request.tok, "functions", self._plugin.functions)
        arguments = values(request.args)
        serves = f"the stand-in for {self._plugin.name} serves of {request.tok}"
        faults = examine(function.arguments, function.together, arguments, request.tok, serves)
        if faults:
            return provider_pb2.InvokeResponse(
                failures=[provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in faults]
            )
        defaults = {item.name: item.default for item in function.arguments if item.default is not None}
        api = self._configured(context)
        found = _answered(context, lambda: function.answer(api, {**defaults, **arguments}))
        answer = provider_pb2.InvokeResponse()
        getattr(answer, "return").CopyFrom(struct(found))  # the field's name is a Python keyword
        return answer

    # -- resources ---------------------------------------------------------------------------------------------
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The inputs with defaults, and what is wrong with them."""
        table = self._life(context, request.urn).table
        olds = values(request.olds)
        if olds:
            with self._lock:
                self._living[request.urn] = olds
        inputs, failures = check(table, olds, values(request.news))
        return provider_pb2.CheckResponse(
            inputs=struct(inputs),
            failures=[provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in failures],
        )

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Property by property, what is not as declared, and whether that replaces the resource."""
        table = self._life(context, request.urn).table
        changed = differences(
            table, values(request.olds), values(request.old_inputs), values(request.news), request.ignoreChanges
        )
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=[item.property for item in changed],
            replaces=[item.property for item in changed if item.replaces],
            detailedDiff={
                item.property: provider_pb2.PropertyDiff(kind=_KINDS[item.kind, item.replaces]) for item in changed
            },
            hasDetailedDiff=True,
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Make a resource; in a preview, say what is known of it."""
        life, inputs = self._life(context, request.urn), values(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=struct(_expected(life.table, inputs)))
        api = self._configured(context)
        with self._lock:
            anew = self._living.get(request.urn) == inputs
        made = _answered(context, lambda: life.create(api, request.urn, inputs, anew=anew))
        return provider_pb2.CreateResponse(id=made[0], properties=struct(made[1]))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The resource as it is now; an empty answer when it is gone."""
        life, api = self._life(context, request.urn), self._configured(context)
        table = life.table
        found = _answered(context, lambda: life.read(api, request.id))
        if found is None:
            return provider_pb2.ReadResponse()
        state, inputs = values(request.properties), values(request.inputs)
        names = {item.name for item in table.properties}
        # What was never read stays as it was; what is read and no longer there is gone from the outputs.
        kept = {name: value for name, value in state.items() if name in names and name not in table.outputs}
        live = {name: found[name] for name in names & set(found) if name in inputs or not state}
        return provider_pb2.ReadResponse(
            id=request.id, properties=struct({**kept, **found}), inputs=struct({**inputs, **live})
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Change a resource in place."""
        life, olds, news = self._life(context, request.urn), values(request.olds), values(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=struct({**olds, **news}))
        api = self._configured(context)
        changed = differences(life.table, olds, values(request.old_inputs), news, request.ignoreChanges)
        outputs = _answered(context, lambda: life.update(api, request.id, olds, news, changed))
        return provider_pb2.UpdateResponse(properties=struct(outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Delete a resource and wait until it is gone."""
        life, api = self._life(context, request.urn), self._configured(context)
        _answered(context, lambda: life.delete(api, request.id))
        return empty_pb2.Empty()

    def _configured(self, context: grpc.ServicerContext) -> Caller:
        if self._api is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the provider is not configured yet: region not known")
        return self._api

    def _connect(self, given: Values) -> Caller:
        if is_unknown(given):
            raise SettingsError(f"{self._plugin.name}: a setting of the provider is not known before the update")
        return self._plugin.connect(given)

    def _life(self, context: grpc.ServicerContext, urn: str) -> Life:
        token = urn.split("::")[2].rpartition("$")[2]
        if token not in self._plugin.lives:
            self._refuse(context, token, "types", self._plugin.lives)
        return self._plugin.lives[token]

    def _refuse(self, context: grpc.ServicerContext, token: str, what: str, served: Iterable[str]) -> NoReturn:
        context.abort(
            grpc.StatusCode.UNIMPLEMENTED,
            f"{token}: the stand-in for {self._plugin.name} serves only the {what} {', '.join(sorted(served))}; "
            f"{self._plugin.real}",
        )


def _expected(table: ResourceType, inputs: Values) -> Values:
    """What a preview knows of a resource that is not made yet."""
    return {**dict.fromkeys(table.outputs, UNKNOWN), **inputs}


def _answered(context: grpc.ServicerContext, work: Callable[[], _Answer]) -> _Answer:
    """The work's result; a known failure ends the call with one line, and with what must be kept of the resource."""
    try:
        return work()
    except HalfDoneError as half:
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=half.resource_id, properties=struct(half.outputs), reasons=[str(half)]
            )
        )
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(half), details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, str(half))
    except (ApiError, SettingsError, TimeoutError) as failed:
        context.abort(grpc.StatusCode.UNKNOWN, str(failed))
