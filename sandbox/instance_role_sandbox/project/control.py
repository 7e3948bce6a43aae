"""The emulator's own loopback interface (``/_sandbox/``): what was called, what exists."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from instance_role_sandbox.project.errors import ProjectError

_TIMEOUT = 10.0  # seconds
_BEYOND = 10**15  # a number that no call has


@dataclass(frozen=True)
class Control:
    """The control API of one emulator, and the secret that it wants."""

    endpoint: str  # host:port
    secret: str = field(repr=False)

    def answers(self, account: str) -> bool:
        """Whether an emulator that knows the account answers there (another project's may have the port by now)."""
        try:
            self._get(f"/_sandbox/calls?since={_BEYOND}&account={account}")
        except (OSError, HTTPException, ValueError):
            return False
        return True

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """The calls after number ``since`` in every account, oldest first: action, account, whether it writes."""
        found = self._read(f"/_sandbox/calls?since={since}&all=1")["calls"]
        return list(found)

    def last_call(self) -> int:
        """The number of the newest call, 0 when there was none."""
        return int(self._read(f"/_sandbox/calls?since={_BEYOND}")["last"])

    def state(self) -> dict[str, Any]:
        """Everything that exists there, by kind."""
        return self._read("/_sandbox/state")

    def _read(self, path: str) -> dict[str, Any]:
        try:
            return self._get(path)
        except (OSError, HTTPException, ValueError) as failed:
            raise ProjectError(f"the emulator at {self.endpoint} does not answer {path}: {failed}") from None

    def _get(self, path: str) -> dict[str, Any]:
        # http.client knows of no proxies, which is right for loopback.
        connection = HTTPConnection(self.endpoint, timeout=_TIMEOUT)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self.secret}"})
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
