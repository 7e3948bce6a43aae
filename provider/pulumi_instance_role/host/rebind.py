"""Bindings: many instances at once, and an account of what each of them holds.

Batches run side by side, every instance's outcome is kept, failures are resolved by reading, and what cannot be
completed is put back. What was answered as done counts when a look leaves nothing to plan: that of each batch, or where
one look tells of all of them, the one after the last. What is few calls in order is in :mod:`.converge`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from pulumi_instance_role.clouds.port import (
    TRANSIENT,
    Cloud,
    CloudError,
    ErrorKind,
    Instance,
    NotShown,
    RolesNotShown,
)
from pulumi_instance_role.host.errors import InstanceRoleError
from pulumi_instance_role.host.perform import Done, Spare, nothing_spared, perform_batch
from pulumi_instance_role.plan import calls as c
from pulumi_instance_role.plan.binding import plan_undo
from pulumi_instance_role.plan.faults import Refused, some
from pulumi_instance_role.transport.fan import side_by_side

ROUNDS = 3
"""How often a plan is made anew from a fresh look before its failure counts."""

PARALLEL_BATCHES = 8
"""Batches of one binding at once, and so how many may be without a role in a gap; their calls keep to a pace."""

PROVED_FOR = 10.0
"""Seconds for which a role is known to be had, once instances were given it in this operation."""

NAMED, CAUSES = 20, 8
"""How many instances an error names of those that fail alike, and how many reasons; it says how many more."""


def run_batches(cloud: Cloud, calls: Sequence[c.BindingCall], spare: Spare = nothing_spared) -> Done:
    """Carry out the batches of a binding side by side.

    After a failure no further batch starts; instances of batches that never ran are not in the result and unchanged.
    Where a swap leaves a gap without a role, what shows that the new role can be had comes first, one after another:
    the question, and one instance. The others ask again where nobody was given it for a while.
    """
    done = Done()
    adding = threading.Lock()
    proved: dict[str, float] = {}

    def one(call: c.BindingCall) -> None:
        if done.failed:
            return
        if isinstance(call, c.Swap):
            call = replace(call, asked=call.asked or time.monotonic() - proved.get(call.new, -PROVED_FOR) < PROVED_FOR)
        found = perform_batch(cloud, call, spare)
        with adding:
            done.add(found)
            done.begun.update(call.instance_ids)
            if isinstance(call, c.Swap) and not found.failed:
                proved[call.new] = time.monotonic()

    first = _first_with_gap(calls)
    if first is None:
        side_by_side(one, calls, PARALLEL_BATCHES)
        return done
    for call in calls:
        if isinstance(call, c.Bind):
            one(call)
    canary = replace(first, instance_ids=first.instance_ids[:1], asked=True)
    others = replace(first, instance_ids=first.instance_ids[1:])
    refused = None if done.failed else cloud.refusal(first.new, canary.instance_ids)
    if refused:
        done.failed.update(dict.fromkeys(canary.instance_ids, refused))
    one(canary)
    rest = [others if call is first else call for call in calls if not isinstance(call, c.Bind)]
    side_by_side(one, [call for call in rest if call.instance_ids], PARALLEL_BATCHES)
    return done


def _first_with_gap(calls: Sequence[c.BindingCall]) -> c.Swap | None:
    """The batch whose first instance goes ahead of all others, where swaps leave a gap and there are more of them.

    Ahead of it go instances that are free: they may be left over from a swap that failed. When the one cannot hold the
    new role, it is one instance without a role and not a fleet.
    """
    gaps = [call for call in calls if isinstance(call, c.Swap) and not call.in_place]
    return gaps[0] if sum(len(call.instance_ids) for call in gaps) > 1 else None


def _first_look(
    look: Callable[[], Mapping[str, Instance]], plan: Callable[[Mapping[str, Instance]], Sequence[c.BindingCall]]
) -> Mapping[str, Instance]:
    """What the instances hold; that nothing shows it is no obstacle where each of them is only to be bound.

    Binding does not replace there, so an instance that does hold a role is found to be occupied and stays as it is.
    """
    try:
        return look()
    except RolesNotShown as error:
        calls = plan(error.seen)
        to_bind = {one for call in calls if isinstance(call, c.Bind) for one in call.instance_ids}
        if to_bind != set(error.seen):
            raise
        return error.seen


def put_back(cloud: Cloud, calls: Sequence[c.BindingCall], spare: Spare = nothing_spared) -> dict[str, CloudError]:
    """Carry out the batches of an undo, each whatever becomes of the others; the failures by instance."""
    done = Done()
    for found in side_by_side(lambda call: perform_batch(cloud, call, spare), calls, PARALLEL_BATCHES):
        done.add(found)
    with suppress(CloudError):  # it was answered as done; that it cannot be looked at takes nothing back
        done.add(_await_unbound(cloud, calls, done))
    return done.failed


def _await_unbound(cloud: Cloud, calls: Sequence[c.BindingCall], done: Done) -> Done:
    """What comes of instances whose role was taken away, and of which no look has shown it yet.

    Whoever claims one of them by now waits for that (:meth:`~.claims.Claims.await_left`): while the role is shown, it
    would be taken for held.
    """
    open_: dict[str, list[str]] = {}
    for call in calls:
        if isinstance(call, c.Unbind):
            settled = {*done.shown, *done.failed, *done.spared}
            unseen = [one for one in call.instance_ids if one not in settled]
            open_.setdefault(call.role, []).extend(unseen)
    found = Done()
    for role, ids in open_.items():
        if ids:
            outcomes = cloud.await_unbound(role, ids)
            found.failed.update({one.instance_id: one.error for one in outcomes if one.error is not None})
            found.shown.update({one.instance_id: None for one in outcomes if one.shown and one.error is None})
    return found


def _as_shown(seen: Mapping[str, Instance], done: Done) -> Mapping[str, Instance]:
    """The instances as batches were seen to leave them."""
    return {one: replace(each, role=done.shown.get(one, each.role)) for one, each in seen.items()}


def rebind(
    cloud: Cloud,
    look: Callable[[], Mapping[str, Instance]],
    plan: Callable[[Mapping[str, Instance]], Sequence[c.BindingCall]],
    *,
    role: str | None,
    spare: Spare = nothing_spared,
    first_look: Callable[[], Mapping[str, Instance]] | None = None,
) -> None:
    """Bring instances to what ``plan`` wants: ``role``, or none. What cannot be completed is put back and told.

    Done is what a last look shows: nothing left to plan. ``spare`` says of an instance that it is to be left alone
    although the plan takes its role away: others may want it since. ``first_look`` takes the place of the first
    ``look``, where a state has something to say beside what the cloud shows. What an instance is put back to is what
    it was seen to hold right before it was written to, where that was looked at.

    Raises :class:`Refused` before anything is written; afterwards an error that names every instance that failed and
    says what the others hold. Taking a role away (``role`` is ``None``) is not put back: a delete goes on next time.
    """
    seen = _first_look(first_look or look, plan)
    before = dict(seen)
    touched: set[str] = set()
    failed: dict[str, CloudError] = {}
    refused: Refused | None = None
    for attempt in range(ROUNDS + 1):
        try:
            calls = plan(seen)
        except Refused as error:
            if not touched:
                raise
            refused = error
            break
        if not calls:
            return
        if attempt == ROUNDS or not all(map(_may_pass, failed.values())):
            break
        now = {one for call in calls for one in call.instance_ids}
        before.update({one: seen[one] for one in now - touched if one in seen})
        done = run_batches(cloud, calls, spare)
        looked_at = done.before.keys() & before.keys() - touched
        before.update({one: replace(before[one], role=done.before[one]) for one in looked_at})
        touched |= done.begun
        failed = done.failed
        try:
            if not failed:
                done.add(_await_unbound(cloud, calls, done))
            # What batches were seen to leave need not be asked for again.
            seen = _as_shown(seen, done) if not failed and now <= done.shown.keys() else look()
        except CloudError as error:
            if not failed and error.kind is ErrorKind.DENIED:
                return  # who may bind need not be allowed to look: the cloud's word is all there is
            raise InstanceRoleError(_unknown_end(failed, touched, error)) from None
    if not failed and refused is None:
        failed = {one: _undone() for call in calls for one in call.instance_ids}
    undo = plan_undo(before, seen, touched, role, cloud.limits) if role is not None else []
    stuck = put_back(cloud, undo, spare)
    if stuck:
        try:
            seen = look()
        except CloudError as error:
            raise InstanceRoleError(_unknown_end({**failed, **stuck}, touched, error)) from None
    raise InstanceRoleError(_told_exactly(_by_cause(failed) if failed else str(refused), seen, undo, stuck))


def _may_pass(error: CloudError) -> bool:
    """Whether a plan made anew may fare better: what holds another role than was seen is seen by then."""
    return error.kind in {*TRANSIENT, ErrorKind.OCCUPIED} and not isinstance(error, NotShown)


def _undone() -> CloudError:
    return CloudError(ErrorKind.UNAVAILABLE, "answered as done, and the cloud shows no change.")


def _told_exactly(
    why: str,
    seen: Mapping[str, Instance],
    undo: Sequence[c.BindingCall],
    stuck: Mapping[str, CloudError],
) -> str:
    parts = [why]
    restored = {one for call in undo for one in call.instance_ids} - stuck.keys()
    if restored:
        parts.append(f"put back as they were: {some(restored)}")
    alike: dict[tuple[str, str], list[str]] = {}
    for one, error in sorted(stuck.items()):
        held = (seen[one].role or "no role") if one in seen else "nothing: it is gone"
        alike.setdefault((held, f"{error.kind.value} {error.code}"), []).append(one)
    for (held, _), ids in sorted(alike.items()):
        parts.append(f"could not be put back and now hold {held}: {some(ids, NAMED)} ({stuck[ids[0]]})")
    if stuck:
        parts.append("run up again: it goes on from what each instance holds")
    return "; ".join(parts)


def _unknown_end(failed: Mapping[str, CloudError], touched: set[str], error: CloudError) -> str:
    why = f"{_by_cause(failed)}; " if failed else ""
    return (
        f"{why}what {some(touched, NAMED)} hold now could not be read ({error}); "
        "run up again: it goes on from what each instance holds"
    )


def _by_cause(failed: Mapping[str, CloudError]) -> str:
    """Each instance with the code, message and request id of its failure; those that failed alike together."""
    causes: dict[str, dict[str, CloudError]] = {}
    for one, error in failed.items():
        causes.setdefault(_cause(one, error, ""), {})[one] = error
    alike = sorted(causes.values(), key=lambda failures: (-len(failures), min(failures)))
    listed = [_alike(failures) for failures in alike[:CAUSES]]
    more = sum(len(failures) for failures in alike[CAUSES:])
    if more:
        listed.append(f"and {more} more for other reasons")
    return f"{len(failed)} instance{'s' if len(failed) > 1 else ''} failed: {'; '.join(listed)}"


def _alike(failed: Mapping[str, CloudError]) -> str:
    one = min(failed)
    requests = {error.request_id for error in failed.values()}
    if len(requests) == 1:
        return f"{some(failed, NAMED)}: {_cause(one, failed[one], requests.pop())}"
    named = (f"{each} (request {error.request_id or 'unknown'})" for each, error in failed.items())
    return f"{some(named, NAMED)}: {_cause(one, failed[one], '')}"


def _cause(instance_id: str, error: CloudError, request_id: str) -> str:
    """What failed, without the instance that it failed for and with this request id: they are named beside it."""
    bare = CloudError(
        error.kind,
        error.message,
        code=error.code,
        operation=error.operation,
        resource="" if error.resource == instance_id else error.resource,
        request_id=request_id,
        hint=error.hint,
    )
    return str(bare)
