"""Credentials, found when a call needs them and never kept anywhere but in memory.

What every cloud's chain shares: a role to assume comes on top of the credentials found, and is renewed before it ends.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pulumi_instance_role.clouds.port import TRANSIENT, CloudError, ErrorKind

RENEW_BEFORE = 300.0
"""Seconds before their end at which assumed credentials are renewed."""


@dataclass(frozen=True)
class Keys:
    """An access key that stands in the stack's configuration or the environment."""

    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    source: str = ""  # shown in place of the values


@dataclass(frozen=True)
class AssumedRole:
    """A role to assume on top of the credentials found. ``duration`` in seconds."""

    arn: str
    session: str = "pulumi-instance-role"
    duration: int | None = None
    policy: str = ""
    external_id: str = ""
    more: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # parameters that only one cloud's call has


@dataclass(frozen=True)
class Credential:
    """What signs a request. ``source`` names where it came from and is safe to show."""

    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    source: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that no text may show."""
        return (self.key_id, self.secret, self.token)


def of_keys(keys: Keys) -> Credential:
    """The credential that keys are."""
    return Credential(keys.key_id, keys.secret, keys.token, keys.source)


Assume = Callable[[AssumedRole, Credential], Mapping[str, Any]]
"""Calls AssumeRole with a credential; what it answered."""

P = TypeVar("P")

_WHY: Mapping[ErrorKind, str] = {
    ErrorKind.NOT_FOUND: "Check the account and the name in it: there is no such role.",
    ErrorKind.DENIED: "Let the role trust these credentials, and allow sts:AssumeRole on it to them.",
}


def not_assumed(role: AssumedRole, base: Credential, error: CloudError) -> CloudError:
    """The failure to assume a role: only silence stays what it is.

    Whatever else the cloud answers is about the role to assume, so it must pass neither for the absence nor for the
    denial of what was to be read with it.
    """
    if error.kind in TRANSIENT:
        return error
    return CloudError(
        ErrorKind.CREDENTIALS,
        f"{role.arn} cannot be assumed with {base.source}: {error.message}",
        code=error.code,
        operation="AssumeRole",
        request_id=error.request_id,
        status=error.status,
        hint=_WHY.get(error.kind, error.hint),
    )


class Credentials(ABC, Generic[P]):
    """Finds the credential of a place. Safe to use from several threads."""

    def __init__(
        self, place: P, role: AssumedRole | None, assume: Assume, now: Callable[[], float] = time.time
    ) -> None:
        self._place = place
        self._role = role
        self._assume = assume
        self._now = now
        self._lock = threading.Lock()
        self._provider: Any = None
        self._assumed: tuple[Credential, float] | None = None

    def get(self) -> Credential:
        """The credential for the next call. Raises ``CloudError`` (``CREDENTIALS``) where there is none."""
        if self._role is None:
            return self._base()
        with self._lock:
            if self._assumed is None or self._assumed[1] - self._now() < RENEW_BEFORE:
                base = self._base()
                try:
                    given = self._assume(self._role, base)
                except CloudError as error:
                    raise not_assumed(self._role, base, error) from None
                self._assumed = self._given(given, f"role {self._role.arn}, assumed by {base.source}")
            return self._assumed[0]

    def forget(self) -> None:
        """Find everything anew at the next call: the cloud says that what we have is over."""
        with self._lock:
            self._provider = None
            self._assumed = None

    @abstractmethod
    def _base(self) -> Credential:
        """The credential without a role on top."""

    @abstractmethod
    def _given(self, answer: Mapping[str, Any], source: str) -> tuple[Credential, float]:
        """The credential that an answer of AssumeRole holds, and its end in seconds since the epoch."""
