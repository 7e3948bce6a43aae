"""Requests written by hand, for what no SDK would send: wrong signatures, wrong times, odd headers, odd bodies."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

from tests.support.tencent import VERSIONS as OTHERS
from tests.support.tencent import Tencent

VERSIONS = {"cam": "2019-01-16", "cvm": "2017-03-12", "vpc": "2017-03-12", "sts": "2018-08-13", **OTHERS}


@dataclass(frozen=True)
class Answer:
    """One answer as it came."""

    status: int
    content_type: str
    body: bytes

    @property
    def response(self) -> dict[str, Any]:
        """What is under ``Response``."""
        found: dict[str, Any] = json.loads(self.body)["Response"]
        return found

    @property
    def code(self) -> str:
        """The error's code, "" for none."""
        return str(self.response.get("Error", {}).get("Code", ""))

    @property
    def message(self) -> str:
        """The error's message."""
        return str(self.response["Error"]["Message"])


def send(
    tencent: Tencent,
    product: str,
    action: str,
    body: bytes | Mapping[str, Any] | None = None,
    *,
    method: str = "POST",
    query: Mapping[str, str] | None = None,
    secret_id: str | None = None,
    secret_key: str | None = None,
    service: str | None = None,
    host: str | None = None,
    now: float | None = None,
    headers: Mapping[str, str | None] | None = None,
    unsigned_body: bool = False,
    sign_action: bool = False,
) -> Answer:
    """One request, signed here and not by the SDK. ``headers`` change or (``None``) leave out what is sent."""
    data = body if isinstance(body, bytes) else json.dumps(body or {}).encode() if method == "POST" else b""
    stamp, where = int(time.time() if now is None else now), host or tencent.sandbox.endpoint
    text = urlencode(query or {})
    sent: dict[str, str | None] = {
        "Host": where,
        "Content-Type": "application/json" if method == "POST" else "application/x-www-form-urlencoded",
        "X-TC-Action": action,
        "X-TC-Version": VERSIONS[product],
        "X-TC-Timestamp": str(stamp),
        "X-TC-Region": tencent.region,
        "X-TC-Content-SHA256": "UNSIGNED-PAYLOAD" if unsigned_body else None,
        **(headers or {}),
    }
    names = ["content-type", "host", *(["x-tc-action"] if sign_action else [])]
    values = {"content-type": sent["Content-Type"] or "", "host": where, "x-tc-action": action.lower()}
    signed = "".join(f"{name}:{values[name]}\n" for name in names)
    digest = hashlib.sha256(b"UNSIGNED-PAYLOAD" if unsigned_body else data).hexdigest()
    canonical = f"{method}\n/\n{text}\n{signed}\n{';'.join(names)}\n{digest}"
    day = datetime.fromtimestamp(stamp, timezone.utc).strftime("%Y-%m-%d")
    scope = f"{day}/{service or product}/tc3_request"
    key = ("TC3" + (secret_key or tencent.secret_key)).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    to_sign = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    sent.setdefault(
        "Authorization",
        f"TC3-HMAC-SHA256 Credential={secret_id or tencent.secret_id}/{scope}, SignedHeaders={';'.join(names)},"
        f" Signature={signature}",
    )
    return _exchange(tencent.sandbox.endpoint, method, f"/?{text}" if text else "/", data, sent)


def _exchange(endpoint: str, method: str, path: str, data: bytes, headers: Mapping[str, str | None]) -> Answer:
    connection = http.client.HTTPConnection(endpoint, timeout=30)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            if value is not None:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers["Content-Type"], answer.read())
    finally:
        connection.close()
