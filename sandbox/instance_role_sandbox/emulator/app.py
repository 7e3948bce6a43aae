"""Every request's first stop: to the control API, to a metadata service, or to the cloud it is signed for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from . import identity
from .alibaba import gateway as alibaba
from .alibaba.metadata import ADDRESS
from .alibaba.metadata import Metadata as AlibabaMetadata
from .body import MAX_BODY
from .calls import CallLog
from .control import PREFIX, Control, refusal
from .faults import Faults
from .request import Incoming
from .server import PROXIED, Hangup
from .state import State
from .switches import Switches
from .tencent import gateway as tencent
from .tencent.hosts import DOMAIN, LOCAL, METADATA_HOST
from .tencent.ids import is_instance
from .tencent.metadata import Metadata as TencentMetadata

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
MOST_PARAMETERS = 10_000
"""In one form: each takes a hundred times the memory that it takes in the body."""
CLOUD_DOMAINS = (".aliyuncs.com", DOMAIN)
_STRANGER = "the control API wants `Authorization: Bearer SECRET`, as in control.secret of the sandbox's state folder"


class _Request(Request):
    """A request whose form may be as large as its body: the server bounds that."""

    max_form_memory_size = MAX_BODY
    max_form_parts = MOST_PARAMETERS


@dataclass(frozen=True)
class Secrets:
    """What proves who asks: commands inside instances (``proxy``), and those who may steer the emulator."""

    proxy: str = field(repr=False)
    control: str = field(repr=False)


class Application:
    """The WSGI application."""

    def __init__(self, state: State, switches: Switches, secrets: Secrets, default_account: str, ca_file: str) -> None:
        calls, faults = CallLog(), Faults()
        self._secrets = secrets
        self._alibaba = alibaba.Gateway(state, switches, calls, faults)
        self._tencent = tencent.Gateway(state, switches, calls, faults)
        self._alibaba_metadata = AlibabaMetadata(state, switches)
        self._tencent_metadata = TencentMetadata(state, switches)
        self._control = Control(
            state, switches, calls, faults, secret=secrets.proxy, default_account=default_account, ca_file=ca_file
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI."""
        request = _Request(environ, populate_request=False)  # no cycle: a body is let go at once
        return self.respond(request, bool(environ.get(PROXIED)))(environ, start_response)

    def respond(self, request: Request, proxied: bool) -> Response:
        """The answer to one request; ``proxied`` when it came through us as a proxy (so, from inside an instance)."""
        is_form = request.mimetype == "application/x-www-form-urlencoded"
        if is_form and request.get_data(cache=True).count(b"&") > MOST_PARAMETERS:
            return _text(413, f"more than {MOST_PARAMETERS} parameters\n")
        incoming = _incoming(request)
        host = incoming.hostname
        if proxied:
            shown = request.headers.get("Proxy-Authorization", "")
            if not shown and speaks_for(host):
                # Nobody inside: a client that needs us to find the host (``cvm.localhost``), and signs for itself.
                if incoming.path.startswith(PREFIX):
                    return _text(403, "the control API is not there through a proxy\n")
                return self._cloud(incoming)
            instance = identity.instance_of(self._secrets.proxy, shown)
            if instance is None:
                return _text(407, "run this under `instance-role sandbox exec`\n", {"Proxy-Authenticate": "Basic"})
            if host == ADDRESS and not is_instance(instance):
                return self._alibaba_metadata.respond(incoming, instance)
            if host == METADATA_HOST and is_instance(instance):
                return self._tencent_metadata.respond(incoming, instance)
            if not speaks_for(host):
                return _text(502, f"the sandbox has no way to {host}\n")
            if incoming.path.startswith(PREFIX):
                return _text(403, "the control API is not there for instances\n")
        elif incoming.path.startswith(PREFIX):
            if host not in LOOPBACK or "origin" in incoming.headers:  # a web page is not to steer us
                return _text(403, "the control API is for programs on this machine\n")
            if not identity.may_steer(self._secrets.control, incoming.headers.get("authorization", "")):
                return refusal(401, _STRANGER)
            return self._control.respond(incoming)
        return self._cloud(incoming)

    def _cloud(self, incoming: Incoming) -> Response:
        reply = (self._tencent if tencent.is_ours(incoming) else self._alibaba).handle(incoming)
        if reply.dropped:
            raise Hangup(reply.held)
        return Response(reply.body, reply.status, content_type=reply.content_type)


def speaks_for(host: str) -> bool:
    """Whether requests to ``host`` (without port) are ours to answer."""
    return host in LOOPBACK or host.endswith((*CLOUD_DOMAINS, LOCAL))


def _incoming(request: Request) -> Incoming:
    body = request.get_data(cache=True)
    return Incoming(
        method=request.method,
        path=request.path,
        host=request.environ.get("HTTP_HOST", ""),
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.args.to_dict(),
        form=request.form.to_dict(),
        body=body,
        source_ip=request.remote_addr or "",
        secure=request.is_secure,
        raw_query=request.query_string.decode("latin-1"),
    )


def _text(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status, headers=headers, content_type="text/plain; charset=utf-8")
