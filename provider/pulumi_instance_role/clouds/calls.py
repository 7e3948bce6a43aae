"""What calls to every cloud have in common: which failures are worth another try, proxies, and lost answers."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Mapping
from urllib.request import getproxies, proxy_bypass

from pulumi_instance_role.clouds.codes import NO_ANSWER, NO_CONNECTION
from pulumi_instance_role.clouds.operations import is_read
from pulumi_instance_role.clouds.port import CloudError, ErrorKind
from pulumi_instance_role.clouds.settings import Endpoint
from pulumi_instance_role.transport.redact import redact
from pulumi_instance_role.transport.retry import Budget, RetryPolicy

Parameters = Mapping[str, object] | Callable[[], Mapping[str, object]]
"""What a call is made with, or what says so right before each sending: later than every wait for a rate or a retry."""


class NothingToSend(Exception):
    """A look right before a sending found that nothing is left to be sent."""


SHARED = frozenset({"GetRole", "GetPolicy", "ListPolicies"})
"""The reads of which one answer may do for several who ask; the answers of others are kept nowhere."""


def things(operation: str, parameters: Mapping[str, object]) -> tuple[str, ...]:
    """What a call reads, or changes, of what reads are shared about: roles by name, and policies, all as one.

    Attaching changes neither the role nor the policy. What is on a role, and what instances hold, is not shared.
    """
    if operation.startswith(("Attach", "Detach")):
        return ()
    role = parameters.get("RoleName")
    if role is None and parameters.get("ResourceType") == "role":
        role = "".join(json.loads(str(parameters.get("ResourceNames") or "[]"))[:1])
    return (f"role {str(role).casefold()}",) if role else ("policies",)


def once_ready(ready: Callable[[], None], parameters: Mapping[str, object]) -> Parameters:
    """``parameters``, given when ``ready`` has returned: right before each sending."""

    def given() -> Mapping[str, object]:
        ready()
        return parameters

    return given


Retries = Mapping[ErrorKind, "tuple[int, int]"]
"""Kind -> what a retry costs of the budget, and how many retries there are at most."""

# Some clouds refuse for the rest of a minute once a rate is passed, so waiting for it takes patience.
_REFUSED: Retries = {ErrorKind.THROTTLED: (5, 12), ErrorKind.BUSY: (5, 8)}
REPEATABLE: Retries = {**_REFUSED, ErrorKind.UNAVAILABLE: (5, 5), ErrorKind.UNREACHABLE: (10, 4)}
"""For reads, and for writes that come to the same when they are carried out twice."""
ONCE: Retries = _REFUSED
"""For writes that must not be carried out twice: only what the cloud says it did not do."""
NEVER: Retries = {}
"""For writes that somebody else sends again, after a look: see :mod:`pulumi_instance_role.clouds.part`."""
NOT_SENT = (10, 2)
"""A connection that could not be made: nothing was sent, whatever the call."""
RENEWED = (0, 1)
"""Credentials that ended before their time: found anew, once."""

RETRY = RetryPolicy(attempts=13, base=0.4, cap=15.0, deadline=90.0)
BUDGET = Budget()
"""Shared by all calls of the process."""


class Patience:
    """How often the failures of one call are worth another try, and what each costs.

    ``renew`` is told each failure; it answers whether credentials were over and are found anew.
    """

    def __init__(self, retries: Retries, renew: Callable[[CloudError], bool] | None = None) -> None:
        self._retries = retries
        self._renew = renew
        self._used: dict[tuple[int, int], int] = {}

    def __call__(self, error: Exception) -> int | None:
        """The price of one more try, or ``None``."""
        if not isinstance(error, CloudError):
            return None
        if not self._retries:
            return None
        if error.code == NO_CONNECTION:
            terms = NOT_SENT
        elif self._renew is not None and self._renew(error):
            terms = RENEWED
        elif error.kind in self._retries:
            terms = self._retries[error.kind]
        else:
            return None
        self._used[terms] = self._used.get(terms, 0) + 1
        return terms[0] if self._used[terms] <= terms[1] else None


def proxies(endpoint: Endpoint) -> dict[str, str]:
    """The proxies of the environment, save for hosts that it excepts and for this machine."""
    found = getproxies()
    bypassed = endpoint.is_loopback or proxy_bypass(endpoint.address)
    # An empty value stands: with no mapping at all an SDK asks the environment itself.
    return {scheme: "" if bypassed else found.get(scheme, "") for scheme in ("http", "https")}


def cause(error: object, *kinds: type[Exception]) -> Exception | None:
    """The first error of these kinds among those that ``error`` was made of."""
    if isinstance(error, kinds):
        return error
    if not isinstance(error, Exception):
        return None
    parts = (getattr(error, "reason", None), *error.args)
    return next((found for part in parts if (found := cause(part, *kinds))), None)


def unanswered(
    failure: OSError,
    refused: Exception | None,
    by_proxy: bool,
    endpoint: Endpoint,
    failed: Callable[..., CloudError],
    bundle: str,
    operation: str,
) -> CloudError:
    """Tell what was never sent from what may have been carried out.

    ``refused`` is the SDK's own HTTP library saying that there was no connection, ``by_proxy`` that a proxy failed;
    ``bundle`` is the variable that names what to trust; ``operation`` is what was asked for.
    """
    if cause(failure, ssl.SSLCertVerificationError):
        return failed(
            NO_CONNECTION,
            f"{endpoint} has a certificate that is not trusted",
            hint=f"Name a file with its certificate authority in {bundle}." if bundle not in os.environ else "",
        )
    if refused is None and by_proxy and "Tunnel connection failed" in str(failure):
        refused = failure
    if refused is not None:
        why = redact(str(refused)).rpartition(": ")[2].strip(")'\" ")
        return failed(NO_CONNECTION, f"{endpoint} cannot be reached ({why})")
    unknown = "what it would have told" if is_read(operation) else "whether the call was carried out"
    return failed(NO_ANSWER, f"{endpoint} gave no answer; it is not known {unknown}")
