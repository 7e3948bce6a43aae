"""What the parts of every adapter share: the two ways to write, and waiting for the cloud to catch up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pulumi_instance_role.clouds.calls import REPEATABLE, Patience
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Role, RoleSpec
from pulumi_instance_role.policy.canonical import equivalent
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.document import PolicyError
from pulumi_instance_role.transport.retry import Retrier
from pulumi_instance_role.transport.wait import DeadlinePassed, Waiter

T = TypeVar("T")

AMBIGUOUS = frozenset({ErrorKind.UNAVAILABLE, ErrorKind.UNREACHABLE})
"""Failures after which the call may or may not have been carried out."""

SETTLE = 30.0
"""Seconds that a cloud is given to show what it accepted."""
PROPAGATION = 20.0
"""Seconds that a role which exists is given to become known to the instance service."""
CONFLICT = 5.0
"""Seconds that a deletion is tried again although something still seems to depend on it."""


def carry_out_once(retrier: Retrier, send: Callable[[], T], done: Callable[[], T | None]) -> T:
    """Carry out a write that must not happen twice.

    ``send`` sends it and reads the answer. Where the answer is lost, ``done`` looks whether it was carried out, and
    only when it was not is it sent again. "Exists already" after a lost answer is looked into as well: it may be our
    own.
    """
    lost = False

    def attempt() -> T:
        nonlocal lost
        try:
            return send()
        except CloudError as error:
            lost = lost or error.kind in AMBIGUOUS
            if not lost or error.kind not in AMBIGUOUS | {ErrorKind.EXISTS}:
                raise
            result = done()
            if result is None:
                raise
            return result

    return retrier.call(attempt, Patience({kind: REPEATABLE[kind] for kind in AMBIGUOUS}))


def once_known(
    waiter: Waiter,
    send: Callable[[], T],
    unknown: Callable[[CloudError], bool],
    expect: Callable[[CloudError], None],
) -> T:
    """What ``send`` answers, a role that is there being given a moment to become known to the instance service.

    ``unknown`` says whether a failure may come of that. The first such one is shown to ``expect``, which raises where
    another try cannot help.
    """
    last: list[CloudError] = []

    def attempt() -> tuple[T] | None:
        try:
            return (send(),)
        except CloudError as error:
            if not unknown(error):
                raise
            last.append(error)
            return None

    done = attempt()
    if done is None:
        expect(last[-1])
        try:
            done = waiter.until(attempt, PROPAGATION)
        except DeadlinePassed:
            raise last[-1] from None
    return done[0]


def remove(waiter: Waiter, delete: Callable[[], object], held: Callable[[], bool]) -> None:
    """Delete something; gone already is success.

    A cloud may hold a deletion back for what was detached a moment ago. It is tried again for as long as nothing is
    ``held`` any more, and briefly even when it seems to be, because that list can lag too.
    """
    conflict: CloudError | None = None

    def gone() -> bool:
        nonlocal conflict
        try:
            delete()
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return True
            if error.kind is not ErrorKind.IN_USE:
                raise
            conflict = error
            return False
        return True

    if gone():
        return
    deadline = CONFLICT if held() else SETTLE
    if not waiter.comes_true(gone, deadline):
        assert conflict is not None
        raise conflict


def is_as_specified(role: Role, spec: RoleSpec, language: Dialect) -> bool:
    """Whether a role is what a creation of ``spec`` would have made, its marks included."""
    duration = spec.max_session_duration
    return (
        same_document(role.trust_policy, spec.trust_policy, language)
        and role.description == (spec.description or "")
        and (duration is None or role.max_session_duration == duration)
        and dict(role.tags) == dict(spec.tags or {})
        and (role.console_login is None or spec.console_login in (None, role.console_login))
    )


def same_document(one: str | None, two: str | None, language: Dialect) -> bool:
    """Whether two documents say the same; texts that are no documents must be the same text."""
    try:
        return one == two or (one is not None and two is not None and equivalent(one, two, language))
    except PolicyError:
        return False
