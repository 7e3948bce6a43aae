"""Credentials, found when a call needs them and never kept anywhere but in memory.

What every cloud's chain shares: a role to assume comes on top of the credentials found, and is renewed before it ends.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

from pulumi_instance_role.clouds.port import TRANSIENT, CloudError, ErrorKind
from pulumi_instance_role.records import dataclass

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


class Assumed:
    """A role on top of other credentials, renewed before it ends. Safe to use from several threads."""

    def __init__(
        self,
        role: AssumedRole,
        base: Callable[[], Credential],
        assume: Assume,
        given: Callable[[Mapping[str, Any], str], tuple[Credential, float]],
        now: Callable[[], float],
    ) -> None:
        """``given`` reads an answer of AssumeRole: the credential, and its end in seconds since the epoch."""
        self._role = role
        self._base = base
        self._assume = assume
        self._given = given
        self._now = now
        self._lock = threading.Lock()
        self._current: tuple[Credential, float] | None = None

    def __call__(self) -> Credential:
        """The credential for the next call."""
        with self._lock:
            if self._current is None or self._current[1] - self._now() < RENEW_BEFORE:
                base = self._base()
                try:
                    answer = self._assume(self._role, base)
                except CloudError as error:
                    raise not_assumed(self._role, base, error) from None
                self._current = self._given(answer, f"role {self._role.arn}, assumed by {base.source}")
            return self._current[0]


class Credentials(ABC, Generic[P]):
    """Finds the credential of a place. Safe to use from several threads."""

    def __init__(
        self, place: P, role: AssumedRole | None, assume: Assume, now: Callable[[], float] = time.time
    ) -> None:
        self._place = place
        self._role = role
        self._assume = assume
        self._now = now
        self.forget()

    def get(self) -> Credential:
        """The credential for the next call. Raises ``CloudError`` (``CREDENTIALS``) where there is none."""
        return self._source()

    def forget(self) -> None:
        """Find everything anew at the next call: the cloud says that what we have is over."""
        self._provider: Any = None
        self._source = self.through([self._role] if self._role else [], self._base)

    def through(self, roles: Sequence[AssumedRole], base: Callable[[], Credential]) -> Callable[[], Credential]:
        """Credentials with roles on top, each assumed by what comes before it."""
        for role in roles:
            base = Assumed(role, base, self._assume, self._given, lambda: self._now())
        return base

    @abstractmethod
    def _base(self) -> Credential:
        """The credential without a role on top."""

    @abstractmethod
    def _given(self, answer: Mapping[str, Any], source: str) -> tuple[Credential, float]:
        """The credential that an answer of AssumeRole holds, and its end in seconds since the epoch."""


def metadata_allowed(only: str) -> bool:
    """Whether the instance's metadata service may be asked where every call goes to the address ``only``, if any.

    It may where that address is the proxy that the question travels through, as on an instance of the sandbox.
    """
    proxy = urlsplit(getproxies().get("http", ""))
    return not only or proxy.netloc.rpartition("@")[2] == only


def ruled_out(how: str) -> CloudError:
    """A way to sign in that would leave the one address that all calls go to."""
    return CloudError(
        ErrorKind.CREDENTIALS,
        f"{how} would call the cloud itself, and INSTANCE_ROLE_ENDPOINT sends every call to another address;",
        code="NoCredentials",
        hint="give keys, or a profile with keys and roles to assume.",
    )
