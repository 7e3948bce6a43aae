"""The emulator's own loopback interface (``/_sandbox/``): what was called, what exists."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

from instance_role_sandbox.project.errors import ProjectError

_TIMEOUT = 10.0  # seconds
_BEYOND = 10**15  # a number that no call has


def answers(endpoint: str, account: str) -> bool:
    """Whether an emulator that knows the account answers there (another project's may have the port by now)."""
    try:
        _get(endpoint, f"/_sandbox/calls?since={_BEYOND}&account={account}")
    except (OSError, HTTPException, ValueError):
        return False
    return True


def calls(endpoint: str, since: int = 0) -> list[dict[str, Any]]:
    """The calls after number ``since``, oldest first: action, whether it writes, what came of it."""
    found = _read(endpoint, f"/_sandbox/calls?since={since}")["calls"]
    return list(found)


def last_call(endpoint: str) -> int:
    """The number of the newest call, 0 when there was none."""
    return int(_read(endpoint, f"/_sandbox/calls?since={_BEYOND}")["last"])


def state(endpoint: str) -> dict[str, Any]:
    """Everything that exists there, by kind."""
    return _read(endpoint, "/_sandbox/state")


def _read(endpoint: str, path: str) -> dict[str, Any]:
    try:
        return _get(endpoint, path)
    except (OSError, HTTPException, ValueError) as failed:
        raise ProjectError(f"the emulator at {endpoint} does not answer {path}: {failed}") from None


def _get(endpoint: str, path: str) -> dict[str, Any]:
    # http.client knows of no proxies, which is right for loopback.
    connection = HTTPConnection(endpoint, timeout=_TIMEOUT)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(f"HTTP {answer.status}")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
