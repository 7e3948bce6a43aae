"""What a running program talks to: Pulumi's ResourceMonitor and Engine services.

https://pulumi-developer-docs.readthedocs.io/latest/docs/_generated/proto/resource.html. Translates messages to goals
and back, lets children inherit from parents, and says of each feature left out that it is. All decisions are made
elsewhere. The server is asynchronous: each registration is held until its step is over, and there may be hundreds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, Protocol
from urllib.parse import quote

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    callback_pb2,
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    resource_pb2,
    resource_pb2_grpc,
)

from instance_role_sandbox.engine.errors import EngineError, Unsupported
from instance_role_sandbox.engine.goals import goal_of, read_goal, refuse_unsupported
from instance_role_sandbox.engine.provider import CHANNEL_OPTIONS, Invoked
from instance_role_sandbox.engine.registry import Plugin, package_of
from instance_role_sandbox.engine.state import Resource
from instance_role_sandbox.engine.steps import Goal
from instance_role_sandbox.engine.tracebacks import reduced
from instance_role_sandbox.engine.transforms import Transforms
from instance_role_sandbox.engine.values import Properties
from instance_role_sandbox.engine.wire import ALL, decode, encode

# ResourceMonitorFeature: number -> the name that older SDKs ask for. Those that end in a refusal are among them: of a
# feature that is not there the SDK itself would say that the Pulumi CLI is to be updated.
FEATURES = {
    0: "secrets",
    1: "resourceReferences",
    3: "aliasSpecs",
    4: "replacementTrigger",
    5: "deletedWith",
    6: "replaceWith",
    7: "transforms",
    8: "invokeTransforms",
    9: "parameterization",  # refused
    10: "resourceHooks",  # refused
    11: "errorHooks",  # refused
    16: "stateMigrations",  # refused
}
SEVERITIES = {0: "debug", 1: "info", 2: "warning", 3: "error"}
ERROR_ROOM = 6000  # bytes as they are sent: the program's own channel takes no more than 8 KiB for sure

Log = Callable[[str, str, str], None]  # severity, urn, message
Context = grpc.aio.ServicerContext[Any, Any]


class Deployment(Protocol):
    """What the monitor hands requests on to."""

    async def register(self, goal: Goal, plugin: Plugin) -> tuple[Resource, bool]:
        """Do what it takes; False when the resource failed or was skipped and the program is to go on."""

    async def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Outputs of a component, or of the stack."""

    async def read(self, goal: Goal, id_: str, plugin: Plugin) -> Resource:
        """Look at a resource that this stack does not manage."""

    async def invoke(self, token: str, args: Properties, provider: str, plugin: Plugin) -> Invoked:
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
        self._transforms = Transforms()

    async def close(self) -> None:
        """The program has ended."""
        await self._transforms.close()

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
            wanted = await self._transforms.apply(request)
            refuse_unsupported(wanted)
            goal = goal_of(wanted)
            self._inherit(goal)
            new, done = await self._deployment.register(goal, Plugin(wanted.version, wanted.pluginDownloadURL))
        except EngineError as error:
            await self._abort(context, error, where)
        if not done:
            return resource_pb2.RegisterResourceResponse(urn=new.urn, id=new.id, result=resource_pb2.FAIL)
        self._goals[new.urn] = goal
        self._transforms.keep(new.urn, request)
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
            plugin = Plugin(request.version, request.pluginDownloadURL)
            found = await self._deployment.read(read_goal(request), request.id, plugin)
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
            request = await self._transforms.apply_invoke(request)
            plugin = Plugin(request.version, request.pluginDownloadURL)
            answer = await self._deployment.invoke(request.tok, decode(request.args), request.provider, plugin)
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

    async def RegisterStackTransform(self, request: callback_pb2.Callback, context: Context) -> empty_pb2.Empty:
        """A function of the program that changes resources registered from here on."""
        self._transforms.add(request)
        return empty_pb2.Empty()

    async def RegisterStackInvokeTransform(self, request: callback_pb2.Callback, context: Context) -> empty_pb2.Empty:
        """A function of the program that changes the arguments of functions called from here on."""
        self._transforms.add_invoke(request)
        return empty_pb2.Empty()

    async def RegisterResourceHook(self, request: Any, context: Context) -> NoReturn:
        """Left out."""
        await self._abort(context, Unsupported(f"a resource hook ({request.name})"), request.name)

    async def RegisterErrorHook(self, request: Any, context: Context) -> NoReturn:
        """Left out."""
        await self._abort(context, Unsupported(f"an error hook ({request.name})"), request.name)

    def _inherit(self, goal: Goal) -> None:
        """Options that a child takes over from its parent where it says nothing of its own."""
        above = self._goals.get(goal.parent)
        if above is None:
            return
        goal.deleted_with = goal.deleted_with or above.deleted_with
        if goal.custom and above.custom and package_of(goal.type) == package_of(above.type):
            goal.provider = goal.provider or above.provider
        goal.protect = above.protect if goal.protect is None else goal.protect
        goal.retain_on_delete = above.retain_on_delete if goal.retain_on_delete is None else goal.retain_on_delete

    async def _abort(self, context: Context, error: EngineError, where: str, *, stop: bool = True) -> NoReturn:
        if isinstance(error, Stopped):
            await context.abort(grpc.StatusCode.UNAVAILABLE, _fitting(str(error)))
        if stop or isinstance(error, Unsupported):
            self._deployment.refuse(error, where)
            await context.abort(grpc.StatusCode.UNAVAILABLE, _fitting(str(error)))
        text = f"invocation of {where} returned an error: {reduced(str(error))}"
        await context.abort(grpc.StatusCode.UNKNOWN, _fitting(text))
        raise error  # never reached: abort raises


def _fitting(text: str) -> str:
    """The text, or where it is too long for an answer its beginning and its end."""
    if len(quote(text)) <= ERROR_ROOM:
        return text
    kept = len(text) // 2
    while len(quote(text[:kept] + text[-kept:])) > ERROR_ROOM:
        kept = kept * 9 // 10
    return f"{text[:kept]} ... ({len(text) - 2 * kept} characters left out) ... {text[-kept:]}"


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


async def serve(log: Log, monitor: Monitor | None = None) -> tuple[grpc.aio.Server, str]:
    """Serve on a free port of the loopback: the Engine service, and for a program the monitor too.

    Returns the server and its address.
    """
    server = grpc.aio.server(options=CHANNEL_OPTIONS)
    engine_pb2_grpc.add_EngineServicer_to_server(Engine(log), server)
    if monitor is not None:
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, f"127.0.0.1:{port}"
