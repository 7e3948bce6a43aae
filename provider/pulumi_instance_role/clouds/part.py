"""What the parts of every adapter share: the ways to write, and waiting for the cloud to catch up.

How a write may be sent again after a wait depends on what the cloud makes it conditional on:

* what it makes fails where there is something of that name (:func:`carry_out_once`);
* what it adds or takes away is named in full, such as an attachment: it replaces nothing and may be repeated;
* it replaces or ends whatever is there: it is looked again first (:func:`write_over`, :func:`remove`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from pulumi_instance_role.clouds.calls import REPEATABLE, NothingToSend, Patience
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Instance, Overtaken, Role, RoleSpec
from pulumi_instance_role.policy.canonical import equivalent
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.document import PolicyError
from pulumi_instance_role.policy.wildcard import matches
from pulumi_instance_role.transport.retry import Retrier
from pulumi_instance_role.transport.wait import DeadlinePassed, Waiter

T = TypeVar("T")
Seen = TypeVar("Seen")

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


def not_looked_for() -> None:
    """The ``done`` of a write before which nobody looked: what is found after a lost answer may be another's work."""


class Sender(Protocol):
    """The calls of one place, as far as sending them again goes."""

    retrier: Retrier

    def renewed(self, error: CloudError) -> bool:
        """Whether credentials were over and are found anew."""
        ...


Ready = Callable[[], None]
"""What is to be done right before a write is sent. Raises where it must not be sent."""


def write_over(
    api: Sender, send: Callable[[Ready], T], look: Callable[[], Seen], done: Callable[[Seen], T | None], what: str
) -> T:
    """Carry out a write that the cloud does not make conditional on what it replaces.

    ``send`` sends it once, when all waiting is over and what it is given has returned. After a failure that may pass,
    ``look`` shows what is there; before the next sending it is looked again, and only if the same is there is it sent.
    What is ``done`` by then (not ``None``) needs no sending; what others changed meanwhile is theirs:
    :class:`Overtaken`. Who cannot look does not repeat.
    """
    patience = Patience(REPEATABLE, api.renewed)
    before: list[Seen] = []
    found: list[T] = []

    def ready() -> None:
        if not before:
            return
        seen = look()
        result = done(seen)
        if result is not None:
            found.append(result)
            raise NothingToSend
        if seen != before[0]:
            raise overtaken(what)

    def attempt() -> T:
        try:
            return send(ready)
        except NothingToSend:
            return found[-1]

    def cost(error: Exception) -> int | None:
        price = None if isinstance(error, Overtaken) else patience(error)
        if price is not None and not before:
            try:
                before.append(look())
            except CloudError:
                return None
        return price

    return api.retrier.call(attempt, cost)


def overtaken(what: str) -> Overtaken:
    """The failure of a write that waited while others were at work."""
    return Overtaken(ErrorKind.BUSY, "was changed by others meanwhile.", resource=what, hint="Run up again.")


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


def remove(
    api: Sender,
    waiter: Waiter,
    delete: Callable[[Ready], object],
    held: Callable[[], bool],
    identity: Callable[[], object],
    what: str,
) -> None:
    """Delete something; gone already is success.

    A cloud may hold a deletion back for what was detached a moment ago. It is tried again for as long as nothing is
    ``held`` any more, and briefly even when it seems to be, because that list can lag too. A name may be another
    thing's by then, so before it is tried again after a wait it is looked which thing it is: ``identity`` is that of
    the thing of this name, ``None`` where there is none.
    """
    conflict: CloudError | None = None
    before: list[object] = []

    def send(ready: Ready) -> bool:
        def same_thing() -> None:
            ready()
            if not before:
                return
            now = identity()
            if now is None:
                raise CloudError(ErrorKind.NOT_FOUND, "is gone.", resource=what)
            if now != before[0]:
                raise overtaken(what)

        delete(same_thing)
        return True

    def gone() -> bool:
        nonlocal conflict
        try:
            return write_over(api, send, identity, lambda now: True if now is None else None, what)
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return True
            if error.kind is not ErrorKind.IN_USE:
                raise
            conflict = error
            before[:] = before or [identity()]
            return before[0] is None

    if gone():
        return
    deadline = CONFLICT if held() else SETTLE
    if not waiter.comes_true(gone, deadline):
        assert conflict is not None
        raise conflict


def is_found(one: Instance, vpc_id: str | None, tags: Mapping[str, str], names: Sequence[str]) -> bool:
    """Whether an instance matches all that is given; ``names`` may hold wildcards, any one has to match."""
    return (
        (not vpc_id or one.vpc_id == vpc_id)
        and tags.items() <= one.tags.items()
        and (not names or any(matches(name, one.name) for name in names))
    )


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


def is_updated(role: Role, spec: RoleSpec, language: Dialect) -> bool:
    """Whether a role has all that an update to ``spec`` changes; tags are not among that."""
    return (
        (spec.trust_policy is None or same_document(role.trust_policy, spec.trust_policy, language))
        and spec.description in (None, role.description)
        and spec.max_session_duration in (None, role.max_session_duration)
        and spec.console_login in (None, role.console_login)
    )


def same_document(one: str | None, two: str | None, language: Dialect) -> bool:
    """Whether two documents say the same; texts that are no documents must be the same text."""
    try:
        return one == two or (one is not None and two is not None and equivalent(one, two, language))
    except PolicyError:
        return False
