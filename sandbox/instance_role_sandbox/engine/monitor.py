"""What a running program talks to: Pulumi's ResourceMonitor and Engine services.

https://pulumi-developer-docs.readthedocs.io/latest/docs/_generated/proto/resource.html. Translates messages to goals
and back, lets children inherit from parents, and says of each feature left out that it is. All decisions are made
elsewhere. The server is asynchronous: each registration is held until its step is over, and there may be hundreds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Protocol

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import alias_pb2, engine_pb2, engine_pb2_grpc, provider_pb2, resource_pb2, resource_pb2_grpc

from instance_role_sandbox.engine.errors import EngineError, Unsupported
from instance_role_sandbox.engine.provider import CHANNEL_OPTIONS, Invoked
from instance_role_sandbox.engine.registry import package_of
from instance_role_sandbox.engine.state import PROVIDER_PREFIX, Resource
from instance_role_sandbox.engine.steps import Alias, Goal
from instance_role_sandbox.engine.values import Properties
from instance_role_sandbox.engine.wire import ALL, decode, decode_value, encode

# ResourceMonitorFeature: number -> the name that older SDKs ask for
FEATURES = {
    0: "secrets",
    1: "resourceReferences",
    3: "aliasSpecs",
    4: "replacementTrigger",
    5: "deletedWith",
    6: "replaceWith",
}
SEVERITIES = {0: "debug", 1: "info", 2: "warning", 3: "error"}
_DURATION = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}

Log = Callable[[str, str, str], None]  # severity, urn, message
Context = grpc.aio.ServicerContext[Any, Any]


class Deployment(Protocol):
    """What the monitor hands requests on to."""

    async def register(self, goal: Goal, version: str) -> tuple[Resource, bool]:
        """Do what it takes; False when the resource failed or was skipped and the program is to go on."""

    async def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Outputs of a component, or of the stack."""

    async def read(self, goal: Goal, id_: str, version: str) -> Resource:
        """Look at a resource that this stack does not manage."""

    async def invoke(self, token: str, args: Properties, version: str) -> Invoked:
        """Call a provider's function."""

    async def finish(self) -> None:
        """The program has registered all it has; returns when the deployment is over."""

    def refuse(self, error: EngineError, urn: str) -> None:
        """Stop, because of what the program asks for."""


class Stopped(EngineError):
    """The deployment has stopped; the request is not answered."""


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """The ResourceMonitor service."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._goals: dict[str, Goal] = {}

    async def GetDeploymentInfo(self, request: empty_pb2.Empty, context: Context) -> resource_pb2.DeploymentInfo:
        """Which features there are; the SDK reads nothing else of it."""
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)  # type: ignore[arg-type]  # numbers serve

    async def SupportsFeature(
        self, request: resource_pb2.SupportsFeatureRequest, context: Context
    ) -> resource_pb2.SupportsFeatureResponse:
        """The same question, asked feature by feature by older SDKs."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in FEATURES.values())

    async def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest, context: Context
    ) -> resource_pb2.RegisterResourceResponse:
        """Make, change or keep a resource; answered when that is done."""
        where = f"{request.type} {request.name}"
        try:
            _refuse_unsupported(request)
            goal = _goal(request)
            self._inherit(goal)
            new, done = await self._deployment.register(goal, request.version)
        except EngineError as error:
            await self._abort(context, error, where)
        if not done:
            return resource_pb2.RegisterResourceResponse(urn=new.urn, id=new.id, result=resource_pb2.FAIL)
        self._goals[new.urn] = goal
        outputs = encode(new.outputs if new.custom else {}, ALL)
        return resource_pb2.RegisterResourceResponse(urn=new.urn, id=new.id, object=outputs)

    async def RegisterResourceOutputs(
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: Context
    ) -> empty_pb2.Empty:
        """Outputs of a component, or of the stack."""
        try:
            await self._deployment.register_outputs(request.urn, decode(request.outputs))
        except EngineError as error:
            await self._abort(context, error, request.urn)
        return empty_pb2.Empty()

    async def ReadResource(
        self, request: resource_pb2.ReadResourceRequest, context: Context
    ) -> resource_pb2.ReadResourceResponse:
        """A resource's ``get``: look at something that exists and is not ours."""
        try:
            if package_of(request.type) == "pulumi":
                raise Unsupported("a StackReference")
            goal = Goal(
                request.type,
                request.name,
                custom=True,
                inputs=decode(request.properties),
                parent=request.parent,
                provider=request.provider,
                dependencies=list(request.dependencies),
                additional_secret_outputs=list(request.additionalSecretOutputs),
            )
            found = await self._deployment.read(goal, request.id, request.version)
        except EngineError as error:
            await self._abort(context, error, f"{request.type} {request.name}")
        return resource_pb2.ReadResourceResponse(urn=found.urn, properties=encode(found.outputs, ALL), id=found.id)

    async def Invoke(
        self, request: resource_pb2.ResourceInvokeRequest, context: Context
    ) -> resource_pb2.ResourceInvokeResponse:
        """A data source."""
        try:
            if request.packageRef:
                raise Unsupported("a parameterized package")
            answer = await self._deployment.invoke(request.tok, decode(request.args), request.version)
        except EngineError as error:
            await self._abort(context, error, request.tok, stop=False)
        response = resource_pb2.ResourceInvokeResponse(
            failures=[provider_pb2.CheckFailure(property=p, reason=r) for p, r in answer.failures]
        )
        getattr(response, "return").CopyFrom(encode(answer.result, ALL))
        return response

    async def SignalAndWaitForShutdown(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """The program has ended well; answered when the deployment is over."""
        await self._deployment.finish()
        return empty_pb2.Empty()

    async def Call(self, request: Any, context: Context) -> NoReturn:
        """Left out."""
        await self._abort(context, Unsupported("a call of a component's method"), request.tok)

    async def RegisterPackage(self, request: Any, context: Context) -> NoReturn:
        """Left out."""
        await self._abort(context, Unsupported("a parameterized package"), request.name)

    def _inherit(self, goal: Goal) -> None:
        """Options that a child takes over from its parent where it says nothing of its own."""
        above = self._goals.get(goal.parent)
        if above is None:
            return
        goal.deleted_with = goal.deleted_with or above.deleted_with
        goal.protect = above.protect if goal.protect is None else goal.protect
        goal.retain_on_delete = above.retain_on_delete if goal.retain_on_delete is None else goal.retain_on_delete

    async def _abort(self, context: Context, error: EngineError, where: str, *, stop: bool = True) -> NoReturn:
        if isinstance(error, Stopped):
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        if stop or isinstance(error, Unsupported):
            self._deployment.refuse(error, where)
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        await context.abort(grpc.StatusCode.UNKNOWN, f"invocation of {where} returned an error: {error}")
        raise error  # never reached: abort raises


class Engine(engine_pb2_grpc.EngineServicer):
    """The Engine service: where programs and plugins log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def Log(self, request: engine_pb2.LogRequest, context: Context) -> empty_pb2.Empty:
        """Something to be shown."""
        if not request.ephemeral:
            self._log(SEVERITIES.get(request.severity, "info"), request.urn, request.message)
        return empty_pb2.Empty()

    async def RequirePulumiVersion(
        self, request: engine_pb2.RequirePulumiVersionRequest, context: Context
    ) -> engine_pb2.RequirePulumiVersionResponse:
        """This engine has no version that a range of Pulumi's could mean; it does not refuse."""
        return engine_pb2.RequirePulumiVersionResponse()


async def serve(log: Log, deployment: Deployment | None = None) -> tuple[grpc.aio.Server, str]:
    """Serve on a free port of the loopback: the Engine service, and for a program the monitor too.

    Returns the server and its address.
    """
    server = grpc.aio.server(options=CHANNEL_OPTIONS)
    engine_pb2_grpc.add_EngineServicer_to_server(Engine(log), server)
    if deployment is not None:
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(Monitor(deployment), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, f"127.0.0.1:{port}"


def _refuse_unsupported(request: resource_pb2.RegisterResourceRequest) -> None:
    hooks = [name for name, _ in request.hooks.ListFields()] if request.HasField("hooks") else []
    package = package_of(request.type)
    left_out: Mapping[str, object] = {
        "a remote component": request.remote,
        "the import option": request.importId,
        "a resource transform": list(request.transforms),
        "a resource hook": hooks,
        "a parameterized package": request.packageRef,
        "an explicit provider resource": request.custom and request.type.startswith(PROVIDER_PREFIX),
        "a resource of Pulumi's own": request.custom and package == "pulumi",
        "the option env_var_mappings": dict(request.envVarMappings),
    }
    for feature, used in left_out.items():
        if used:
            raise Unsupported(feature, f"{request.type} {request.name}")


def _goal(request: resource_pb2.RegisterResourceRequest) -> Goal:
    inputs = decode(request.object)
    dependencies = list(request.dependencies)
    by_property = {key: list(found.urns) for key, found in request.propertyDependencies.items()}
    if not by_property:
        by_property = dict.fromkeys(inputs, dependencies)
    dbr = request.deleteBeforeReplaceDefined or request.deleteBeforeReplace
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=inputs,
        parent=request.parent,
        provider=request.provider,
        dependencies=dependencies,
        property_dependencies=by_property,
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        deleted_with=request.deletedWith,
        replace_with=list(request.replace_with),
        replacement_trigger=decode_value(request.replacement_trigger),
        delete_before_replace=request.deleteBeforeReplace if dbr else None,
        ignore_changes=list(request.ignoreChanges),
        replace_on_changes=list(request.replaceOnChanges),
        hide_diff=list(request.hideDiffs),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        aliases=[Alias(urn=urn) for urn in request.aliasURNs] + [_alias(alias) for alias in request.aliases],
        timeouts=_timeouts(request.customTimeouts),
    )


def _alias(alias: alias_pb2.Alias) -> Alias:
    if alias.WhichOneof("alias") == "urn":
        return Alias(urn=alias.urn)
    spec = alias.spec
    return Alias("", spec.name, spec.type, spec.parentUrn, spec.noParent, spec.project, spec.stack)


def _timeouts(wanted: resource_pb2.RegisterResourceRequest.CustomTimeouts) -> dict[str, float]:
    texts = {"create": wanted.create, "update": wanted.update, "delete": wanted.delete}
    return {what: _seconds(text) for what, text in texts.items() if text}


def _seconds(text: str) -> float:
    """A Go duration, such as 1h30m, in seconds."""
    parts = _DURATION.findall(text)
    if "".join(n + unit for n, unit in parts) != text:
        raise EngineError(f"custom timeout {text!r} is no duration such as 30s, 5m or 1h30m")
    return float(sum(float(n) * _UNITS[unit] for n, unit in parts))
