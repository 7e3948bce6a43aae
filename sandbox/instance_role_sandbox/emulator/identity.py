"""Which instance a command runs on, carried as proxy credentials: the id, and a proof made from the state's secret.

``sandbox exec`` puts them into ``http_proxy``; every client that knows proxies sends them along. They hold through
restarts, and nobody who cannot read the state folder can make them up.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from .state import Kind, State


@dataclass(frozen=True)
class Secret:
    """A secret of this state folder."""

    value: str


SECRET = Kind("secret", Secret)
_KEY = "proxy"


def ensure_secret(state: State, fresh: str) -> str:
    """The secret, made of ``fresh`` the first time. Inside a transaction."""
    table = state.table(SECRET, "")
    return (table.get(_KEY) or table.put(_KEY, Secret(fresh))).value


def proof(secret: str, instance_id: str) -> str:
    """What shows that a command may speak for the instance."""
    return hmac.new(secret.encode(), instance_id.encode(), hashlib.sha256).hexdigest()[:40]


def instance_of(secret: str, authorization: str) -> str | None:
    """The instance that a ``Proxy-Authorization`` header speaks for, if it does."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        instance_id, _, given = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return instance_id if hmac.compare_digest(given.encode(), proof(secret, instance_id).encode()) else None


def may_steer(secret: str, authorization: str) -> bool:
    """Whether an ``Authorization`` header shows the secret of the control API."""
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), secret.encode())
