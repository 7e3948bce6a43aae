"""Identifiers in the clouds' own shapes. Nothing depends on their content."""

from __future__ import annotations

import secrets
import string
import uuid

_LOWER = string.ascii_lowercase + string.digits
_MIXED = string.ascii_letters + string.digits


def request_id() -> str:
    """An upper-case UUID."""
    return str(uuid.uuid4()).upper()


def resource_id(prefix: str) -> str:
    """``i-bp1`` and 17 letters and digits, for a prefix such as ``i``, ``sg``, ``vpc``, ``vsw``."""
    return f"{prefix}-bp1" + "".join(secrets.choice(_LOWER) for _ in range(17))


def digits(count: int) -> str:
    """A number of that many digits, as RAM numbers roles and users."""
    return secrets.choice("123456789") + "".join(secrets.choice(string.digits) for _ in range(count - 1))


def text(count: int) -> str:
    """Letters and digits, for keys, secrets and tokens."""
    return "".join(secrets.choice(_MIXED) for _ in range(count))
