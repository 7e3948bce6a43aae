"""Documents that many tests send."""

from __future__ import annotations

import json
from typing import Any

SERVICE = "cvm.qcloud.com"


def trust(*services: str, **parts: Any) -> str:
    """A trust document."""
    principal = {"service": list(services or (SERVICE,))}
    statement = {"effect": "allow", "action": "name/sts:AssumeRole", "principal": principal, **parts}
    return json.dumps({"version": "2.0", "statement": [statement]})


def allowing(*actions: str, on: str = "*") -> dict[str, Any]:
    """A permission document."""
    return {"version": "2.0", "statement": [{"effect": "allow", "action": list(actions), "resource": [on]}]}


def permission(**parts: Any) -> str:
    """A permission document with some parts of its statement replaced."""
    statement = {"effect": "allow", "action": ["cos:GetObject"], "resource": ["*"], **parts}
    return json.dumps({"version": "2.0", "statement": [statement]})
