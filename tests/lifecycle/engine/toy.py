"""A provider plugin as other packages bring one: it takes secrets, previews, details its diffs, has a function.

Started as `pulumi-resource-toy <engine address>`. Every call is written to TOY_LOG, a JSON object a line. With
TOY_OLD set it is an older plugin: it has no Handshake, takes no secrets, and does not preview.

    toy:index:Box     inputs size, label, colour; a changed label replaces it. Output token is a secret.
    toy:index:Slow    made, but not ready: create fails with ErrorResourceInitFailed until it is updated
    toy:index:word    returns {word: <config word>, of: <argument>}
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
OLD = bool(os.environ.get("TOY_OLD"))
SOME, NONE = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
UPDATE = provider_pb2.PropertyDiff.UPDATE
UPDATE_REPLACE = provider_pb2.PropertyDiff.UPDATE_REPLACE


def plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    found: dict[str, Any] = json_format.MessageToDict(struct)
    return found


def message(content: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(content, struct_pb2.Struct())


def open_(value: Any) -> Any:
    return value["value"] if isinstance(value, dict) and value.get(SIGNATURE) == SECRET else value


class Toy(provider_pb2_grpc.ResourceProviderServicer):
    word = ""

    def _log(self, method: str, **seen: Any) -> None:
        with open(os.environ["TOY_LOG"], "a", encoding="utf-8") as log:
            log.write(json.dumps({"method": method, **seen}) + "\n")

    def Handshake(self, request: Any, context: Any) -> Any:
        if OLD:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "an older one")
        self._log("handshake", root=request.root_directory)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    def CheckConfig(self, request: Any, context: Any) -> Any:
        failures = []
        if plain(request.news).get("word") == "wrong":
            failures = [provider_pb2.CheckFailure(property="word", reason="is not a word")]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        changed = plain(request.old_inputs) != plain(request.news)
        return provider_pb2.DiffResponse(changes=SOME if changed else NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        args = plain(request.args)
        self.word = open_(args.get("word", ""))
        self._log("configure", args=args, variables=dict(request.variables), type=request.type)
        return provider_pb2.ConfigureResponse(acceptSecrets=not OLD, supportsPreview=not OLD, acceptResources=not OLD)

    def Check(self, request: Any, context: Any) -> Any:
        news = {"colour": "red", **plain(request.news)}
        self._log("check", news=news, seed=len(request.randomSeed))
        return provider_pb2.CheckResponse(inputs=message(news))

    def Diff(self, request: Any, context: Any) -> Any:
        olds, news = plain(request.old_inputs), plain(request.news)
        changed = sorted(k for k in {*olds, *news} if olds.get(k) != news.get(k))
        self._log("diff", changed=changed)
        return provider_pb2.DiffResponse(
            changes=SOME if changed else NONE,
            diffs=changed,
            replaces=[k for k in changed if k == "label"],
            stables=["token"],
            hasDetailedDiff=True,
            detailedDiff={
                k: provider_pb2.PropertyDiff(kind=UPDATE_REPLACE if k == "label" else UPDATE) for k in changed
            },
        )

    def _outputs(self, inputs: dict[str, Any], preview: bool) -> struct_pb2.Struct:
        token = {SIGNATURE: SECRET, "value": UNKNOWN if preview else "s3cret-token"}
        size = open_(inputs.get("size", 0))
        volume = UNKNOWN if size == UNKNOWN else size**3
        return message({**inputs, "token": token, "volume": volume})

    def Create(self, request: Any, context: Any) -> Any:
        inputs = plain(request.properties)
        self._log("create", inputs=inputs, preview=request.preview, timeout=request.timeout)
        if "Slow" in request.type and not request.preview:
            failed = provider_pb2.ErrorResourceInitFailed(
                id="slow-1", properties=request.properties, reasons=["still warming up"]
            )
            detail = any_pb2.Any()
            detail.Pack(failed)
            status = status_pb2.Status(code=2, message="it is not ready", details=[detail])
            context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
            context.abort(grpc.StatusCode.UNKNOWN, "it is not ready")
        id_ = "" if request.preview else f"{request.name}-{int(time.time() * 1000)}"
        return provider_pb2.CreateResponse(id=id_, properties=self._outputs(inputs, request.preview))

    def Read(self, request: Any, context: Any) -> Any:
        self._log("read", id=request.id)
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Update(self, request: Any, context: Any) -> Any:
        inputs = plain(request.news)
        self._log("update", inputs=inputs, preview=request.preview, ignored=list(request.ignoreChanges))
        return provider_pb2.UpdateResponse(properties=self._outputs(inputs, request.preview))

    def Delete(self, request: Any, context: Any) -> Any:
        self._log("delete", id=request.id, inputs=plain(request.old_inputs), timeout=request.timeout)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        args = plain(request.args)
        self._log("invoke", tok=request.tok, args=args, preview=request.preview)
        if args.get("of") == "nothing":
            failures = [provider_pb2.CheckFailure(property="of", reason="there is no word of nothing")]
            return provider_pb2.InvokeResponse(failures=failures)
        if args.get("of") == "trouble":
            context.abort(grpc.StatusCode.UNKNOWN, "the dictionary is closed")
        if str(args.get("of")).startswith("repeat:"):
            context.abort(grpc.StatusCode.UNKNOWN, args["of"].removeprefix("repeat:"))
        answer = provider_pb2.InvokeResponse()
        getattr(answer, "return").CopyFrom(message({"word": self.word, "of": args.get("of")}))
        return answer

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="1.0.0")

    def Cancel(self, request: Any, context: Any) -> Any:
        self._log("cancel")
        return empty_pb2.Empty()


def main() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Toy(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    with grpc.insecure_channel(sys.argv[1]) as channel:
        hello = engine_pb2.LogRequest(severity=engine_pb2.INFO, message="hello from the toy")
        engine_pb2_grpc.EngineStub(channel).Log(hello)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
