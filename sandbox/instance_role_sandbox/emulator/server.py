"""The port: HTTP and TLS side by side, kept-alive connections, and the proxy that `sandbox exec` puts before a command.

The first byte of a connection tells TLS (0x16) from HTTP. Requests come in three forms: to our own address, in
absolute form (``GET http://100.100.100.200/...``, from clients that take us for their proxy) and inside a ``CONNECT``
tunnel, which ends here and is never passed on. Werkzeug's handler is extended rather than used as it is because it
closes every connection and waits for leftover input after each answer; here the body is read first and is bounded.
"""

from __future__ import annotations

import io
import logging
import re
import selectors
import socket
import ssl
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from . import body
from .problems import PortTaken

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_log = logging.getLogger(__name__)

IDLE_SECONDS = 75
_TLS_HANDSHAKE = b"\x16"
_TARGET = re.compile(r"/|\*$|https?://", re.IGNORECASE)
"""What a request may be for: a path here, or an address that we are the proxy to."""
PROXIED = "instance_role.proxied"
"""Environ key: whether the request came through us as a proxy."""


class Hangup(Exception):
    """Raised by the application to close the connection without an answer.

    ``patience``: not before the client does, or before that many seconds have gone by.
    """

    def __init__(self, patience: float = 0.0) -> None:
        super().__init__()
        self.patience = patience


class Handler(WSGIRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    error_content_type = "text/plain; charset=utf-8"  # no client of ours reads HTML
    error_message_format = "%(code)d %(message)s\n"
    proxy_authorization = ""
    tunnelled = False

    def setup(self) -> None:
        """Take the connection, in TLS if it begins so."""
        self.request.settimeout(self.timeout)
        self.request = self._secured(self.request)
        super().setup()

    def do_CONNECT(self) -> None:  # the name http.server looks for
        """Open a tunnel that ends here, for the hosts the application speaks for."""
        if not self.server.tunnels_to(self.path.rsplit(":", 1)[0].lower()):
            self.send_error(502, f"the sandbox has no way to {self.path}")
            self.close_connection = True
            return
        self.proxy_authorization = self.headers.get("Proxy-Authorization", "")
        self.tunnelled = True
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.wfile.flush()
        self.connection = self.request = self._secured(self.connection)
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = self.connection.makefile("wb", self.wbufsize)
        self.close_connection = False

    def make_environ(self) -> dict[str, Any]:
        """Werkzeug's, with the scheme of this connection and what is known of the tunnel it came through."""
        environ = super().make_environ()
        environ["wsgi.url_scheme"] = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        environ[PROXIED] = self.tunnelled or bool(re.match(r"https?://", self.path, re.IGNORECASE))
        if self.tunnelled:
            environ["HTTP_PROXY_AUTHORIZATION"] = self.proxy_authorization
        return environ

    def run_wsgi(self) -> None:
        """Answer one request, and be ready for the next one on this connection."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        try:
            if not _TARGET.match(self.path):
                raise ValueError("neither a path nor an address that a proxy is asked for")
            environ = self.make_environ()
            sent = body.read(self.headers, self.rfile)
        except ValueError:  # an address that is none
            self._refuse(400)
            return
        except body.BodyError as error:
            self._refuse(error.status)
            return
        environ.pop("HTTP_TRANSFER_ENCODING", None)  # it is undone
        environ.pop("wsgi.input_terminated", None)
        environ["wsgi.input"] = io.BytesIO(sent)
        environ["CONTENT_LENGTH"] = str(len(sent))
        answer: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None
        ) -> Callable[[bytes], object]:
            answer[:] = [status, headers]
            return io.BytesIO().write  # the deprecated write() of WSGI; our application does not use it

        try:
            chunks: Iterable[bytes] = self.server.app(environ, start_response)
            data = b"".join(chunks)
        except Hangup as hangup:
            self.close_connection = True
            _wait_for_end(self.connection, hangup.patience)
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return
        code, _, reason = answer[0].partition(" ")
        self.send_response(int(code), reason)
        for name, value in answer[1]:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        self.wfile.flush()

    def handle(self) -> None:
        """Requests until the connection ends; that the other side ends it is no error."""
        try:
            super().handle()
        except OSError as error:
            _log.debug("connection ended: %s", error)

    def finish(self) -> None:
        """Close up; the other side may have done so already. (A TLS socket is not the one the server knows of.)"""
        try:
            super().finish()
        except (OSError, ValueError) as error:
            _log.debug("connection ended: %s", error)
        finally:
            self.connection.close()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the call log is the record."""

    def version_string(self) -> str:
        """What the Server header says."""
        return "instance-role-sandbox"

    def _secured(self, connection: socket.socket) -> socket.socket:
        if connection.recv(1, socket.MSG_PEEK) != _TLS_HANDSHAKE:
            return connection
        return self.server.tls.wrap_socket(connection, server_side=True)

    def _refuse(self, status: int) -> None:
        """Answer with an error, and close the connection: what comes next on it is not known to be a request."""
        self.close_connection = True
        self.send_error(status)


class Server(ThreadedWSGIServer):
    """The listening side: loopback only, one thread for each connection."""

    def __init__(self, port: int, app: WSGIApplication, tls: ssl.SSLContext, tunnels_to: Callable[[str], bool]) -> None:
        self.tls = tls
        self.tunnels_to = tunnels_to
        listener = _listen(port)
        try:
            super().__init__("127.0.0.1", port, app, Handler, fd=listener.fileno())
        finally:
            listener.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing for a connection cut short (or a handshake with someone who does not trust us); else, say so."""
        cut_short = isinstance(sys.exc_info()[1], OSError)
        _log.log(logging.DEBUG if cut_short else logging.ERROR, "connection from %s", client_address, exc_info=True)


def _wait_for_end(connection: socket.socket, seconds: float) -> None:
    """Until the other side closes the connection (or says anything more), but no longer than ``seconds``."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        selector.select(seconds)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"port {port} on 127.0.0.1 cannot be used ({error.strerror}); choose another --port, or leave it out"
        ) from error
    return listener
