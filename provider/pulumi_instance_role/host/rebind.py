"""Bindings: many instances at once, and an account of what each of them holds.

Batches run side by side, every instance's outcome is kept, failures are resolved by reading, and what cannot be
completed is put back. What was answered as done counts when a look leaves nothing to plan. What is few calls in order
is in :mod:`.converge`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from pulumi_instance_role.host.perform import Spare, nothing_spared, perform_batch
from pulumi_instance_role.plan import calls as c
from pulumi_instance_role.plan.binding import plan_undo
from pulumi_instance_role.plan.faults import Refused, some

ROUNDS = 3
"""How often a plan is made anew from a fresh look before its failure counts."""

PARALLEL_BATCHES = 4
"""Batches of one binding in flight at once; the host serves four resources at a time on top."""

NAMED, CAUSES = 20, 8
"""How many instances an error names of those that fail alike, and how many reasons; it says how many more."""


def run_batches(cloud: Cloud, calls: Sequence[c.BindingCall], spare: Spare = nothing_spared) -> dict[str, CloudError]:
    """Carry out the batches of a binding side by side; the failures by instance.

    After a failure no further batch starts; instances of batches that never ran are not in the result and unchanged.
    Where a swap leaves a gap without a role, what shows that the new role can be had comes first, one after another.
    """
    failed: dict[str, CloudError] = {}

    def one(call: c.BindingCall) -> None:
        if not failed:
            failed.update(perform_batch(cloud, call, spare))

    ahead, rest = _canaries_first(calls)
    for call in ahead:
        one(call)
    _side_by_side(one, rest)
    return failed


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
    failed: dict[str, CloudError] = {}
    _side_by_side(lambda call: failed.update(perform_batch(cloud, call, spare)), calls)
    return failed


def _side_by_side(one: Callable[[c.BindingCall], None], calls: Sequence[c.BindingCall]) -> None:
    with ThreadPoolExecutor(max_workers=PARALLEL_BATCHES) as pool:
        list(pool.map(one, calls))


def _canaries_first(calls: Sequence[c.BindingCall]) -> tuple[list[c.BindingCall], list[c.BindingCall]]:
    """The calls that go ahead one by one, and those that may then run side by side.

    Ahead of swaps with a gap go instances that are free (they may be left over from a swap that failed) and, if there
    are more to swap, one of them alone: when it cannot hold the new role, it is one instance without a role and not
    a fleet.
    """
    gaps = [call for call in calls if isinstance(call, c.Swap) and not call.in_place]
    if sum(len(call.instance_ids) for call in gaps) < 2:
        return [], list(calls)
    first = gaps[0]
    canary = replace(first, instance_ids=first.instance_ids[:1])
    others = replace(first, instance_ids=first.instance_ids[1:])
    free = [call for call in calls if isinstance(call, c.Bind)]
    rest = [others if call is first else call for call in calls if not isinstance(call, c.Bind)]
    return [*free, canary], [call for call in rest if call.instance_ids]


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
    ``look``, where a state has something to say against what it shows.

    Raises :class:`Refused` before anything is written; afterwards an error that names every instance that failed and
    says what the others hold. Taking a role away (``role`` is ``None``) is not put back: a delete goes on next time.
    """
    before = seen = _first_look(first_look or look, plan)
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
        touched.update(one for call in calls for one in call.instance_ids)
        failed = run_batches(cloud, calls, spare)
        try:
            seen = look()
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
