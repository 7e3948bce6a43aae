"""ClientToken: a repeated request gets the first one's answer and does nothing again.

https://help.aliyun.com/document_detail/25693.html. Clients repeat a request whose answer they never saw; without this
a repeated RunInstances would start a second instance. A token belongs to one action in one region and is remembered
for a day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..state import Kind
from .call import Answer, Call
from .errors import ApiError, invalid

_DAY = 24 * 3600.0


@dataclass(frozen=True)
class Token:
    """One used ClientToken: a digest of the request's parameters, the answer it got, and when."""

    digest: str
    answer: dict[str, Any]
    made: float


TOKENS = Kind("client-token", Token, regional=True)


def once(call: Call, do: Callable[[Call], Answer]) -> Answer:
    """The answer of ``do``, or the one it gave when this ClientToken was used before.

    Without a ClientToken each call counts. ``IdempotentParameterMismatch`` (400) if the token came with other
    parameters then.
    """
    token = call.params.text("ClientToken")
    if not token:
        return do(call)
    if len(token) > 64 or not token.isascii():
        raise invalid("ClientToken", "InvalidClientToken.ValueNotSupported")
    used = call.table(TOKENS)
    for key, old in used.items():
        if old.made + _DAY <= call.now:
            used.delete(key)
    key = f"{call.product.prefix}:{call.action.name}:{token}"
    digest = hashlib.sha256(json.dumps(call.params.raw(), sort_keys=True).encode()).hexdigest()
    seen = used.get(key)
    if seen is None:
        answer = do(call)
        used.put(key, Token(digest, answer, call.now))
        return answer
    if seen.digest != digest:
        raise ApiError(
            "IdempotentParameterMismatch",
            400,
            "Request uses a client token in a previous request but is not identical to that request.",
        )
    return dict(seen.answer)
