"""Roles, policies, attachments and grants: few calls in order; look, plan, run, and look again until nothing is left.

A lost answer or "exists already" is no verdict, so it starts over from a fresh look, which finds what the lost call
did. Nor is an answer that says "done": what was planned counts when a look leaves nothing to plan. Bindings, which are
many instances at once, are in :mod:`.rebind`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pulumi_instance_role.clouds.port import Cloud, CloudError, ErrorKind, Overtaken
from pulumi_instance_role.host.perform import perform
from pulumi_instance_role.plan.calls import Call
from pulumi_instance_role.plan.faults import Refused
from pulumi_instance_role.transport.wait import DeadlinePassed, Waiter

ROUNDS = 3
"""How often a plan is made anew from a fresh look before its failure counts."""

PROPAGATION = 30.0
"""Seconds for a cloud to show everywhere what this operation made."""

BRIEFLY = 3.0
"""Seconds for what others may have made a moment ago, such as another package's policy in the same update."""

SHOWN = 3.0
"""Seconds for a cloud to show a change that it answered as done, before it is asked for it again."""

WAITER = Waiter()

_LOOK_AGAIN = frozenset({ErrorKind.UNREACHABLE, ErrorKind.UNAVAILABLE, ErrorKind.EXISTS})

Seen = TypeVar("Seen")


def carry_through(cloud: Cloud, calls: Sequence[Call], left: Callable[[], Sequence[Call]]) -> None:
    """Carry out calls in order, and again what ``left`` still finds to do. Raises the first failure."""
    for _ in range(ROUNDS):
        if not calls:
            return
        _run(cloud, calls)
        calls = awaited(left, lambda more: not more, SHOWN)
    if calls:
        raise _not_shown(calls)


def _run(cloud: Cloud, calls: Sequence[Call], made: Callable[[str], None] = lambda own_id: None) -> None:
    for call in calls:
        own_id = perform(cloud, call)
        if own_id:
            made(own_id)


def awaited(look: Callable[[], Seen], there: Callable[[Seen], bool], patience: float) -> Seen:
    """What ``look`` shows once it is ``there``, or what it showed last when ``patience`` (seconds) is at its end."""
    seen: list[Seen] = []

    def shown() -> bool:
        seen.append(look())
        return there(seen[-1])

    WAITER.comes_true(shown, patience)
    return seen[-1]


def converge(
    cloud: Cloud,
    look: Callable[[], Seen],
    plan: Callable[[Seen], Sequence[Call]],
    *,
    there: Callable[[Seen], bool] = lambda seen: seen is not None,
    patience: float = PROPAGATION,
    made: Callable[[str], None] = lambda own_id: None,
    assumed: Callable[[], Seen] | None = None,
) -> Seen:
    """Look, plan and run until nothing is left to do; what the last look showed.

    A call whose answer was lost, or that finds its own work done, is resolved by looking again, never by guessing.
    A call that was answered as done and leaves no trace is made again. Where a name is taken, what has it is waited
    for once: an earlier create that was cut off may have made it a moment ago. ``assumed`` stands in for the very first
    look, where the cloud refuses the calls that follow from it, and changes nothing, if it is not so: for a create. For
    ``patience`` (seconds) "not found" means "not everywhere yet", and what was made is waited for to be ``there``.
    ``made`` is told the cloud's own id of what a call made.
    """
    missing: list[CloudError] = []
    first = [assumed] if assumed is not None else []

    def begin() -> Seen:
        return first.pop()() if first else look()

    def found() -> tuple[Seen] | None:
        try:
            return (_rounds(cloud, begin, look, plan, there, patience, made),)
        except CloudError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            missing.append(error)
            return None

    try:
        return WAITER.until(found, patience)[0]
    except DeadlinePassed:
        raise missing[-1] from None


def _rounds(
    cloud: Cloud,
    begin: Callable[[], Seen],
    look: Callable[[], Seen],
    plan: Callable[[Seen], Sequence[Call]],
    there: Callable[[Seen], bool],
    patience: float,
    made: Callable[[str], None],
) -> Seen:
    failure: CloudError | None = None
    changed = taken = False
    for _ in range(ROUNDS):
        before = awaited(look, there, patience) if taken else begin()
        patience = 0.0 if taken else patience
        calls = plan(before)
        if not calls:
            return before
        try:
            _run(cloud, calls, made)
            seen, done = _settled(look, plan, there, patience)
            if done or not there(seen):
                return seen
            if changed and seen == before:
                return seen  # it took the change, and writes it in a way of its own: a refresh will show which
            changed = changed or seen != before
            failure = _not_shown(calls)
        except CloudError as error:
            if error.kind not in _LOOK_AGAIN and not isinstance(error, Overtaken):
                raise
            failure, taken = error, error.kind is ErrorKind.EXISTS
    assert failure is not None
    raise failure


def _settled(
    look: Callable[[], Seen], plan: Callable[[Seen], Sequence[Call]], there: Callable[[Seen], bool], patience: float
) -> tuple[Seen, bool]:
    """What is seen after calls were carried out, and whether nothing is left to do."""
    refused = False

    def done(seen: Seen) -> bool:
        nonlocal refused
        refused = False
        try:
            return there(seen) and not plan(seen)
        except Refused:
            refused = True  # as where the mark of its owner is shown later than the thing
            return False

    seen = awaited(look, there, patience)
    if there(seen) and not done(seen):
        seen = awaited(look, done, SHOWN)
        if refused:
            seen = awaited(look, done, patience)
    return seen, done(seen)


def _not_shown(calls: Sequence[Call]) -> CloudError:
    names = ", ".join(dict.fromkeys(type(call).__name__ for call in calls))
    return CloudError(
        ErrorKind.UNAVAILABLE, f"{names}: answered as done, and the cloud shows no change.", hint="Run up again."
    )


def not_visible(what: str) -> CloudError:
    """What was made, yet is not there to read. The next up finds it by its owner and goes on."""
    return CloudError(
        ErrorKind.UNAVAILABLE, f"{what} was made but the cloud does not show it yet", hint="Run up again."
    )
