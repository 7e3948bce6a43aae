"""What a pipeline talks to beside the clouds' APIs: the forge (comments, identity tokens) and the clouds' STS.

The forge is plain HTTP, as GITHUB_API_URL and CI_API_V4_URL say; the token services ask for TLS and are reached through
SIGN_IN_ENDPOINT. A token is believed for a role only from that role's provider and with its subject; the keys given for
it are keys of the emulator, so the clouds decide what they may do.

https://docs.github.com/en/actions/reference/security/oidc, https://docs.github.com/en/rest/issues/comments,
https://docs.gitlab.com/api/notes/#merge-requests, https://www.alibabacloud.com/help/en/ram/api-assumerolewithoidc,
https://www.tencentcloud.com/document/product/1150/49454
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from instance_role_sandbox.emulator import tls

AUDIENCE = "sts.aliyuncs.com"
JOB_TOKEN, COMMENT_TOKEN, ID_REQUEST_TOKEN = "job-token-1", "comment-token-1", "id-request-token-1"
BOT = "github-actions[bot]"
PAGE = 100  # what a page of comments may hold at most, with both forges
Json = dict[str, Any]


@dataclass
class Trust:
    """A role that lets identity tokens in: from which provider, of which subject, and what it gives for one."""

    provider: str
    subject: str
    assume: Callable[[str], Json]


@dataclass
class Outside:
    """The server; ``comments`` are those of the one pull or merge request there is."""

    folder: Path
    trusts: dict[str, Trust] = field(default_factory=dict)
    comments: list[Json] = field(default_factory=list)
    subject: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.ca_file = tls.ensure(self.folder, ["127.0.0.1"])
        self._forge, self._sts = _Server(_Forge, self), _Server(_TokenService, self)
        self._sts.socket = tls.server_context(self.folder).wrap_socket(self._sts.socket, server_side=True)
        for server in (self._forge, self._sts):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._forge.server_address[1]}"
        self.sts = f"127.0.0.1:{self._sts.server_address[1]}"

    def close(self) -> None:
        """Stop."""
        for server in (self._forge, self._sts):
            server.shutdown()
            server.server_close()

    def token(self, audience: str) -> str:
        """An identity token for the present subject, in the form of one; nobody here checks a signature."""
        claims = json.dumps({"aud": audience, "sub": self.subject}).encode()
        return f"eyJ0.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.sig"

    def write(self, author: str, text: str) -> None:
        """Somebody's comment."""
        person = {"login": author, "username": author}
        self.comments.append({"id": 1000 + len(self.comments), "body": text, "user": person, "author": person})

    def exchange(self, role: str, provider: str, token: str, session: str) -> Json | None:
        """The keys for a token; None where the role does not trust it."""
        trust = self.trusts.get(role)
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        if trust is None or claims != {"aud": AUDIENCE, "sub": trust.subject} or provider != trust.provider:
            return None
        return trust.assume(session)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler: type[_Handler], outside: Outside) -> None:
        self.outside = outside
        super().__init__(("127.0.0.1", 0), handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is for its faults."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        where = urlsplit(self.path)
        status, answer = self.answer(unquote(where.path), dict(parse_qsl(where.query)), body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PATCH = do_PUT = do_GET

    def answer(self, path: str, query: Json, body: bytes) -> tuple[int, Any]:
        """The status and the data for a request."""
        raise NotImplementedError

    @property
    def _outside(self) -> Outside:
        return cast("_Server", self.server).outside


class _TokenService(_Handler):
    """The STS of both clouds; Tencent Cloud's names its action in a header."""

    def answer(self, path: str, query: Json, body: bytes) -> tuple[int, Any]:
        if "X-TC-Action" in self.headers:
            return self._tencent(json.loads(body))
        return self._alibaba({**query, **dict(parse_qsl(body.decode()))})

    def _alibaba(self, given: Json) -> tuple[int, Json]:
        assert given["Action"] == "AssumeRoleWithOIDC"
        keys = self._outside.exchange(
            given["RoleArn"], given["OIDCProviderArn"], given["OIDCToken"], given["RoleSessionName"]
        )
        if keys is None:
            return 400, {"Code": "AuthenticationFail.OIDCToken.ConditionNotMatch", "Message": given["OIDCToken"]}
        return 200, {"Credentials": keys}

    def _tencent(self, given: Json) -> tuple[int, Json]:
        assert self.headers["X-TC-Action"] == "AssumeRoleWithWebIdentity"
        keys = self._outside.exchange(
            given["RoleArn"], given["ProviderId"], given["WebIdentityToken"], given["RoleSessionName"]
        )
        if keys is None:
            error = {"Code": "InvalidParameter.WebIdentityTokenError", "Message": given["WebIdentityToken"]}
            return 200, {"Response": {"Error": error, "RequestId": "1"}}
        return 200, {"Response": {**keys, "RequestId": "1"}}


class _Forge(_Handler):
    """Comments and identity tokens."""

    def answer(self, path: str, query: Json, body: bytes) -> tuple[int, Any]:
        if path == "/token":
            return self._identity(query["audience"])
        return self._comments(path, query, json.loads(body) if body else {})

    def _identity(self, audience: str) -> tuple[int, Json]:
        if self.headers["Authorization"].lower() != f"bearer {ID_REQUEST_TOKEN}":
            return 401, {"message": "no"}
        return 200, {"value": self._outside.token(audience)}

    def _comments(self, path: str, query: Json, body: Json) -> tuple[int, Any]:
        github = path.startswith("/github/")
        allowed = (
            self.headers["Authorization"] == f"Bearer {JOB_TOKEN}"
            if github
            else self.headers["PRIVATE-TOKEN"] == COMMENT_TOKEN
        )
        if not allowed:
            return 401, {"message": "Bad credentials"}
        base = "/github/repos/shop/identity/issues" if github else "/gitlab/projects/9/merge_requests"
        listed = f"{base}/7/comments" if github else f"{base}/7/notes"
        one = f"{base}/comments/" if github else f"{listed}/"
        comments = self._outside.comments
        if path == "/gitlab/user":
            return 200, {"username": BOT}
        if (self.command, path) == ("GET", listed):
            first = (int(query["page"]) - 1) * int(query["per_page"])
            assert int(query["per_page"]) <= PAGE
            return 200, comments[first : first + int(query["per_page"])]
        if (self.command, path) == ("POST", listed):
            self._outside.write(BOT, body["body"])
            return 201, comments[-1]
        if self.command == ("PATCH" if github else "PUT") and path.startswith(one):
            (found,) = (each for each in comments if str(each["id"]) == path.removeprefix(one))
            found["body"] = body["body"]
            return 200, found
        return 404, {"message": f"{self.command} {path}"}
