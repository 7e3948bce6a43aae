"""Raw signed requests, for what no SDK would send. The signing here is the classic SDK's own."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from aliyunsdkcore.auth.composer import rpc_signature_composer as composer

from tests.support.sandbox import Keys, Sandbox

# The SDK's own functions (private there): the point is to sign with theirs.
_string_to_sign = vars(composer)["__compose_string_to_sign"]
_signature = vars(composer)["__get_signature"]


class Answer:
    """Status, headers and body of an answer."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def data(self) -> dict[str, Any]:
        """The body as JSON."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def code(self) -> str:
        """The error code."""
        return str(self.data["Code"])


def now(offset: float = 0.0) -> str:
    """A timestamp that far from the present."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset))


def params(
    keys: Keys, action: str = "GetCallerIdentity", version: str = "2015-04-01", **more: str | None
) -> dict[str, str]:
    """The parameters of a v1 request, unsigned; ``None`` takes one out."""
    values: dict[str, str | None] = {
        "Action": action,
        "Version": version,
        "Format": "JSON",
        "AccessKeyId": keys.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": now(),
        "SecurityToken": keys.security_token or None,
        **more,
    }
    return {name: value for name, value in values.items() if value is not None}


def signed(values: dict[str, str], secret: str, method: str = "GET") -> dict[str, str]:
    """``values`` with their signature."""
    return {**values, "Signature": _signature(_string_to_sign(method, values), secret)}


def send(
    sandbox: Sandbox,
    query: dict[str, str] | None = None,
    form: dict[str, str] | None = None,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    tls: bool = False,
    path: str = "/",
) -> Answer:
    """One request on a connection of its own."""
    host, port = sandbox.endpoint.split(":")
    connection: http.client.HTTPConnection
    if tls:
        context = ssl.create_default_context(cafile=sandbox.ca_file)
        connection = http.client.HTTPSConnection(host, int(port), timeout=10, context=context)
    else:
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
    body = urlencode(form) if form is not None else None
    all_headers = {
        **({"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}),
        **(headers or {}),
    }
    try:
        connection.request(method, f"{path}?{urlencode(query)}" if query else path, body=body, headers=all_headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()
