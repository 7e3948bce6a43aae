"""Both signature schemes, computed from their documentation and from no SDK's code.

v1, in parameters, HMAC-SHA1: https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
ACS3-HMAC-SHA256, in headers: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
Clients announce ACS3 in ``Authorization``; ``x-acs-*`` headers alone mean nothing (the classic SDK sends them with v1).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from ..request import Incoming
from .errors import ApiError, missing

ALGORITHM = "ACS3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    ALGORITHM + r"\s+Credential=(?P<key>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>\S+)"
)
# What the schemes themselves use; everything else is the action's.
SIGNING_PARAMETERS = frozenset(
    [
        "Action",
        "Version",
        "Format",
        "AccessKeyId",
        "Signature",
        "SignatureMethod",
        "SignatureVersion",
        "SignatureType",
        "SignatureNonce",
        "Timestamp",
        "SecurityToken",
    ]
)


@dataclass(frozen=True)
class Signed:
    """What a request claims about itself, still unverified, and what to verify it with."""

    scheme: str  # "v1" or "acs3"
    action: str
    version: str
    key_id: str
    token: str  # "" if none was sent
    timestamp: str
    nonce: str
    signature: str
    string_to_sign: str
    wants_xml: bool

    def expected(self, secret: str) -> str:
        """The signature that the owner of ``secret`` would have made."""
        if self.scheme == "acs3":
            return hmac.new(secret.encode(), self.string_to_sign.encode(), hashlib.sha256).hexdigest()
        digest = hmac.new(f"{secret}&".encode(), self.string_to_sign.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()

    def matches(self, secret: str) -> bool:
        """Whether the signature is the one that ``secret`` makes."""
        return hmac.compare_digest(self.expected(secret).encode(), self.signature.encode())


def wants_xml(request: Incoming) -> bool:
    """Whether the client asked for XML, as far as that can be told before anything is verified."""
    if is_acs3(request):
        return "xml" in request.headers.get("accept", "").lower()
    return request.merged.get("Format", "").upper() == "XML"


def is_acs3(request: Incoming) -> bool:
    """Whether the request is signed in its headers."""
    return request.headers.get("authorization", "").startswith(ALGORITHM)


def read(request: Incoming) -> Signed:
    """What the request claims. Raises :class:`ApiError` for a signature that is not complete."""
    return _read_acs3(request) if is_acs3(request) else _read_v1(request)


def percent(text: str) -> str:
    """Percent-encode as UTF-8, leaving only ``A-Z a-z 0-9 - _ . ~``."""
    return quote(text, safe="-_.~")


def canonical_query(values: Mapping[str, str]) -> str:
    """``a=b&c=d`` in byte order of the names, encoded."""
    return "&".join(f"{percent(key)}={percent(value)}" for key, value in sorted(values.items()))


def string_to_sign_v1(method: str, values: Mapping[str, str]) -> str:
    """The text that v1 signs: everything in query and form except ``Signature``."""
    rest = {key: value for key, value in values.items() if key != "Signature"}
    return f"{method}&%2F&{percent(canonical_query(rest))}"


def string_to_sign_acs3(
    method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], signed: list[str], payload: bytes
) -> str:
    """The text that ACS3 signs; ``headers`` by lower-case name, of which those in ``signed`` count."""
    canonical = "\n".join(
        [
            method,
            quote(path, safe="/-_.~") or "/",
            canonical_query(query),
            "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in sorted(signed)),
            ";".join(sorted(signed)),
            hashlib.sha256(payload).hexdigest(),
        ]
    )
    return f"{ALGORITHM}\n{hashlib.sha256(canonical.encode('latin-1', 'replace')).hexdigest()}"


def mismatch(signed: Signed) -> ApiError:
    """The signature is not ours. SDKs read the text after the (only) colon."""
    return ApiError(
        "SignatureDoesNotMatch",
        400,
        "Specified signature is not matched with our calculation. server string to sign is:" + signed.string_to_sign,
    )


def _incomplete(what: str, string_to_sign: str) -> ApiError:
    return ApiError(
        "IncompleteSignature",
        400,
        f"The request signature does not conform to Aliyun standards ({what})."
        f" server string to sign is:{string_to_sign}",
    )


def _read_v1(request: Incoming) -> Signed:
    values = request.merged
    for name in ("Action", "Version", "AccessKeyId"):
        if not values.get(name):
            raise missing(name)
    if values.get("SignatureMethod") != "HMAC-SHA1":
        raise ApiError("InvalidSignatureMethod", 400, "Specified signature method is not valid.")
    string_to_sign = string_to_sign_v1(request.method, values)
    signature = values.get("Signature", "")
    if values.get("SignatureVersion") != "1.0":
        raise _incomplete("SignatureVersion is not 1.0", string_to_sign)
    if not re.fullmatch(r"[A-Za-z0-9+/]{27}=", signature):
        raise _incomplete("Signature is not a Base64 HMAC-SHA1", string_to_sign)
    return Signed(
        scheme="v1",
        action=values["Action"],
        version=values["Version"],
        key_id=values["AccessKeyId"],
        token=values.get("SecurityToken", ""),
        timestamp=values.get("Timestamp", ""),
        nonce=values.get("SignatureNonce", ""),
        signature=signature,
        string_to_sign=string_to_sign,
        wants_xml=wants_xml(request),
    )


def _read_acs3(request: Incoming) -> Signed:
    headers = {**request.headers, "host": request.host}
    match = _AUTHORIZATION.fullmatch(headers["authorization"].strip())
    names = sorted(match["headers"].lower().split(";")) if match else []
    string_to_sign = string_to_sign_acs3(request.method, request.path, request.query, headers, names, request.body)
    if match is None:
        raise _incomplete("Authorization is not readable", string_to_sign)
    unsigned = [name for name in headers if (name.startswith("x-acs-") or name == "host") and name not in names]
    if unsigned:
        raise _incomplete(f"{', '.join(sorted(unsigned))} not among SignedHeaders", string_to_sign)
    if not re.fullmatch(r"[0-9a-f]{64}", match["signature"]):
        raise _incomplete("Signature is not a hexadecimal HMAC-SHA256", string_to_sign)
    for header, name in (("x-acs-action", "Action"), ("x-acs-version", "Version")):
        if not headers.get(header):
            raise missing(name)
    return Signed(
        scheme="acs3",
        action=headers["x-acs-action"],
        version=headers["x-acs-version"],
        key_id=match["key"],
        token=headers.get("x-acs-security-token", ""),
        timestamp=headers.get("x-acs-date", ""),
        nonce=headers.get("x-acs-signature-nonce", ""),
        signature=match["signature"],
        string_to_sign=string_to_sign,
        wants_xml=wants_xml(request),
    )
