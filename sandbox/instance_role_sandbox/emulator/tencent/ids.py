"""Identifiers in Tencent Cloud's own shapes. Nothing depends on their content."""

from __future__ import annotations

import secrets
import string
import uuid

_LOWER = string.ascii_lowercase + string.digits
_MIXED = string.ascii_letters + string.digits


def request_id() -> str:
    """A lower-case UUID."""
    return str(uuid.uuid4())


def resource_id(prefix: str) -> str:
    """``ins-`` and eight lower-case letters and digits, for a prefix such as ``ins``, ``vpc``, ``subnet``, ``sg``."""
    return f"{prefix}-" + text(8, _LOWER)


def is_instance(resource_id: str) -> bool:
    """Whether an id is one of ours for an instance, and not another cloud's."""
    return resource_id.startswith("ins-")


def role_id() -> str:
    """A number as text, beyond what a double can hold exactly."""
    return "4611686018" + digits(9)


def digits(count: int) -> str:
    """A number of that many digits."""
    return secrets.choice("123456789") + text(count - 1, string.digits)


def text(count: int, alphabet: str = _MIXED) -> str:
    """That many characters, for keys, secrets and tokens."""
    return "".join(secrets.choice(alphabet) for _ in range(count))
