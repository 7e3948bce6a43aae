"""TC3-HMAC-SHA256, checked.

https://www.tencentcloud.com/document/product/213/33224: the signature covers the method, the query, the headers named
in it (always ``content-type`` and ``host``), and the body or its stand-in ``UNSIGNED-PAYLOAD``. The older signatures
(HmacSHA1, HmacSHA256 in the query) are not spoken here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from ..request import Incoming
from .errors import ApiError, missing

SCHEME = "TC3-HMAC-SHA256"
SKEW = 300  # seconds
_UNSIGNED = "UNSIGNED-PAYLOAD"
_AUTHORIZATION = re.compile(
    rf"{SCHEME}\s+Credential=(?P<id>[^/\s,]+)/(?P<date>\d{{4}}-\d\d-\d\d)/(?P<service>[a-z0-9]+)/tc3_request\s*,"
    r"\s*SignedHeaders=(?P<headers>[A-Za-z0-9;-]+)\s*,\s*Signature=(?P<signature>[0-9a-fA-F]{64})"
)


@dataclass(frozen=True)
class Signed:
    """What a request says of its signer, before anything of it is believed."""

    secret_id: str
    date: str
    service: str
    headers: tuple[str, ...]
    signature: str
    timestamp: int
    token: str
    request: Incoming

    def fresh(self, now: float) -> bool:
        """Whether it was signed within five minutes of ``now`` (seconds since the epoch), on the day it names."""
        day = datetime.fromtimestamp(self.timestamp, timezone.utc).strftime("%Y-%m-%d")
        return abs(now - self.timestamp) <= SKEW and day == self.date

    def matches(self, secret_key: str) -> bool:
        """Whether ``secret_key`` made the signature."""
        made = (
            signature(secret_key, self.date, self.service, self.timestamp, canonical)
            for canonical in _canonical(self.request, self.headers)
        )
        return any(hmac.compare_digest(one, self.signature.lower()) for one in made)


def read(request: Incoming) -> Signed:
    """The signature's parts; ``AuthFailure.InvalidAuthorization`` when there are none."""
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", "").strip())
    headers = tuple(found["headers"].lower().split(";")) if found else ()
    if found is None or not {"content-type", "host"} <= set(headers):
        raise ApiError(
            "AuthFailure.InvalidAuthorization", "The authorization header is malformed; it must follow TC3-HMAC-SHA256."
        )
    stamp = request.headers.get("x-tc-timestamp", "")
    if not stamp:
        raise missing("Timestamp")
    if not re.fullmatch(r"\d{1,11}", stamp):
        raise ApiError("InvalidParameter", "The value type of parameter `Timestamp` is not valid.")
    return Signed(
        secret_id=found["id"],
        date=found["date"],
        service=found["service"],
        headers=headers,
        signature=found["signature"],
        timestamp=int(stamp),
        token=request.headers.get("x-tc-token", ""),
        request=request,
    )


def signature(secret_key: str, date: str, service: str, timestamp: int, canonical: str) -> str:
    """The signature, in hex, of a canonical request."""
    to_sign = f"{SCHEME}\n{timestamp}\n{date}/{service}/tc3_request\n{_sha256(canonical.encode())}"
    key = ("TC3" + secret_key).encode()
    for part in (date, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def _canonical(request: Incoming, headers: tuple[str, ...]) -> Iterator[str]:
    """The canonical request in the ways clients write it.

    Some lower-case header values and some do not. A client given ``http://host:port`` as its endpoint signs that whole
    text as the host, of which a proxy leaves only ``host:port``.
    """
    unsigned = request.headers.get("x-tc-content-sha256", "") == _UNSIGNED
    body = _UNSIGNED.encode() if unsigned else request.body
    query = request.raw_query if request.method == "GET" else ""
    for host in (request.host, f"http://{request.host}"):
        values = {name: host if name == "host" else request.headers.get(name, "").strip() for name in headers}
        for lower in (False, True):
            lines = "".join(f"{name}:{value.lower() if lower else value}\n" for name, value in values.items())
            yield f"{request.method}\n/\n{query}\n{lines}\n{';'.join(headers)}\n{_sha256(body)}"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
