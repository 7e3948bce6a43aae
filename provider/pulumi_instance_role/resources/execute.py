"""Carrying out plans: the calls against the port, what came of them, and what to do when an answer is lost.

Two shapes. Roles, policies and attachments are few calls in order: look, plan, run, and look again; a lost answer or
"exists already" is no verdict, so it starts over from a fresh look, which finds what the lost call did. Nor is an
answer that says "done": what was planned counts when a look leaves nothing to plan. Bindings are
many instances at once: batches run side by side, every instance's outcome is kept, failures are resolved by reading,
and what cannot be completed is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from pulumi_instance_role.clouds.port import (
    TRANSIENT,
    Cloud,
    CloudError,
    ErrorKind,
    Instance,
    NotShown,
    Outcome,
    RolesNotShown,
)
from pulumi_instance_role.plan import calls as c
from pulumi_instance_role.plan.binding import plan_undo
from pulumi_instance_role.plan.faults import Refused, some
from pulumi_instance_role.resources.errors import InstanceRoleError
from pulumi_instance_role.transport.wait import DeadlinePassed, Waiter

ROUNDS = 3
"""How often a plan is made anew from a fresh look before its failure counts."""

PARALLEL_BATCHES = 4
"""Batches of one binding in flight at once; the host serves four resources at a time on top."""

PROPAGATION = 30.0
"""Seconds for a cloud to show everywhere what this operation made."""

BRIEFLY = 3.0
"""Seconds for what others may have made a moment ago, such as another package's policy in the same update."""

SHOWN = 3.0
"""Seconds for a cloud to show a change that it answered as done, before it is asked for it again."""

NAMED, CAUSES = 20, 8
"""How many instances an error names of those that fail alike, and how many reasons; it says how many more."""

WAITER = Waiter()

_LOOK_AGAIN = frozenset({ErrorKind.UNREACHABLE, ErrorKind.UNAVAILABLE, ErrorKind.EXISTS})

Seen = TypeVar("Seen")


def carry_through(cloud: Cloud, calls: Sequence[c.Call], left: Callable[[], Sequence[c.Call]]) -> None:
    """Carry out calls in order, and again what ``left`` still finds to do. Raises the first failure."""
    for _ in range(ROUNDS):
        if not calls:
            return
        _run(cloud, calls)
        calls = awaited(left, lambda more: not more, SHOWN)
    if calls:
        raise _not_shown(calls)


def _run(cloud: Cloud, calls: Iterable[c.Call]) -> None:
    for call in calls:
        _one(cloud, call)


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
    plan: Callable[[Seen], Sequence[c.Call]],
    *,
    there: Callable[[Seen], bool] = lambda seen: seen is not None,
    patience: float = PROPAGATION,
) -> Seen:
    """Look, plan and run until nothing is left to do; what the last look showed.

    A call whose answer was lost, or that finds its own work done, is resolved by looking again, never by guessing.
    A call that was answered as done and leaves no trace is made again. For ``patience`` (seconds) "not found" means
    "not everywhere yet", and what was made is waited for to be ``there``.
    """
    missing: list[CloudError] = []

    def found() -> tuple[Seen] | None:
        try:
            return (_rounds(cloud, look, plan, there, patience),)
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
    look: Callable[[], Seen],
    plan: Callable[[Seen], Sequence[c.Call]],
    there: Callable[[Seen], bool],
    patience: float,
) -> Seen:
    failure: CloudError | None = None
    changed = False
    for _ in range(ROUNDS):
        before = look()
        calls = plan(before)
        if not calls:
            return before
        try:
            _run(cloud, calls)
            seen, done = _settled(look, plan, there, patience)
            if done or not there(seen):
                return seen
            if changed and seen == before:
                return seen  # it took the change, and writes it in a way of its own: a refresh will show which
            changed = changed or seen != before
            failure = _not_shown(calls)
        except CloudError as error:
            if error.kind not in _LOOK_AGAIN:
                raise
            failure = error
    assert failure is not None
    raise failure


def _settled(
    look: Callable[[], Seen], plan: Callable[[Seen], Sequence[c.Call]], there: Callable[[Seen], bool], patience: float
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


def _not_shown(calls: Sequence[c.Call]) -> CloudError:
    names = ", ".join(dict.fromkeys(type(call).__name__ for call in calls))
    return CloudError(
        ErrorKind.UNAVAILABLE, f"{names}: answered as done, and the cloud shows no change.", hint="Run up again."
    )


def not_visible(what: str) -> CloudError:
    """What was made, yet is not there to read. The next up finds it by its owner and goes on."""
    return CloudError(
        ErrorKind.UNAVAILABLE, f"{what} was made but the cloud does not show it yet", hint="Run up again."
    )


def run_batches(cloud: Cloud, calls: Sequence[c.BindingCall]) -> dict[str, CloudError]:
    """Carry out the batches of a binding side by side; the failures by instance.

    After a failure no further batch starts; instances of batches that never ran are not in the result and unchanged.
    Where a swap leaves a gap without a role, what shows that the new role can be had comes first, one after another.
    """
    failed: dict[str, CloudError] = {}

    def one(call: c.BindingCall) -> None:
        if not failed:
            failed.update(_batch(cloud, call))

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


def put_back(cloud: Cloud, calls: Sequence[c.BindingCall]) -> dict[str, CloudError]:
    """Carry out the batches of an undo, each whatever becomes of the others; the failures by instance."""
    failed: dict[str, CloudError] = {}
    _side_by_side(lambda call: failed.update(_batch(cloud, call)), calls)
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
) -> None:
    """Bring instances to what ``plan`` wants: ``role``, or none. What cannot be completed is put back and told.

    Raises :class:`Refused` before anything is written; afterwards an error that names every instance that failed and
    says what the others hold. Taking a role away (``role`` is ``None``) is not put back: a delete goes on next time.
    """
    before = seen = _first_look(look, plan)
    touched: set[str] = set()
    failed: dict[str, CloudError] = {}
    for attempt in range(ROUNDS + 1):
        try:
            calls = plan(seen)
        except Refused:
            if not touched:
                raise
            break
        if not calls:
            return
        if attempt == ROUNDS or not all(map(_may_pass, failed.values())):
            break
        touched.update(one for call in calls for one in call.instance_ids)
        failed = run_batches(cloud, calls)
        if not failed:
            return
        try:
            seen = look()
        except CloudError as error:
            raise InstanceRoleError(_unknown_end(failed, touched, error)) from None
    undo = plan_undo(before, seen, touched, role, cloud.limits) if role is not None else []
    stuck = put_back(cloud, undo)
    if stuck:
        try:
            seen = look()
        except CloudError as error:
            raise InstanceRoleError(_unknown_end({**failed, **stuck}, touched, error)) from None
    raise InstanceRoleError(_told_exactly(failed, seen, undo, stuck))


def _may_pass(error: CloudError) -> bool:
    return error.kind in TRANSIENT and not isinstance(error, NotShown)


def _batch(cloud: Cloud, call: c.BindingCall) -> dict[str, CloudError]:
    if isinstance(call, c.Unbind):
        return _outcomes(cloud.unbind, call.role, call.instance_ids)
    if isinstance(call, c.Bind):
        return _outcomes(cloud.bind, call.role, call.instance_ids)
    if call.in_place:
        return _outcomes(cloud.bind, call.new, call.instance_ids)
    refused = _refused(cloud, call)
    if refused:
        return refused
    failed = _outcomes(cloud.unbind, call.old, call.instance_ids)
    free = tuple(one for one in call.instance_ids if one not in failed)
    return {**failed, **(_outcomes(cloud.bind, call.new, free) if free else {})}


def _refused(cloud: Cloud, call: c.Swap) -> dict[str, CloudError]:
    """Why the new role cannot be had, found out while the instances still hold the old one.

    Binding never replaces where swaps have a gap, so asking for it changes nothing: who may not pass the role, or
    names one that instances may not assume, is told so; else the answer is that the instances are occupied.
    """
    found = _outcomes(cloud.bind, call.new, call.instance_ids)
    return {one: error for one, error in found.items() if error.kind is not ErrorKind.OCCUPIED}


def _outcomes(
    operation: Callable[[str, Sequence[str]], Sequence[Outcome]], role: str, instance_ids: tuple[str, ...]
) -> dict[str, CloudError]:
    try:
        outcomes = operation(role, instance_ids)
    except CloudError as error:
        return dict.fromkeys(instance_ids, error)
    return {outcome.instance_id: outcome.error for outcome in outcomes if outcome.error is not None}


def _told_exactly(
    failed: Mapping[str, CloudError],
    seen: Mapping[str, Instance],
    undo: Sequence[c.BindingCall],
    stuck: Mapping[str, CloudError],
) -> str:
    parts = [_by_cause(failed)]
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
    return (
        f"{_by_cause(failed)}; what {some(touched, NAMED)} hold now could not be read ({error}); "
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


def _one(cloud: Cloud, call: c.Call) -> None:
    match call:
        case c.CreateRole(spec):
            cloud.create_role(spec)
        case c.UpdateRole(spec):
            cloud.update_role(spec)
        case c.TagRole(name, put, remove):
            cloud.tag_role(name, put, remove)
        case c.DeleteRole(name):
            cloud.delete_role(name)
        case c.CreatePolicy(policy):
            cloud.create_policy(policy)
        case c.DescribePolicy(name, description):
            cloud.update_policy_description(name, description)
        case c.TagPolicy(name, put, remove):
            cloud.tag_policy(name, put, remove)
        case c.PutDocument(name, document):
            cloud.put_policy_document(name, document)
        case c.SetDefaultVersion(name, version_id):
            cloud.set_default_policy_version(name, version_id)
        case c.DeleteVersion(name, version_id):
            cloud.delete_policy_version(name, version_id)
        case c.DeletePolicy(name):
            cloud.delete_policy(name)
        case c.Attach(attachment):
            cloud.attach(attachment)
        case c.Detach(attachment):
            cloud.detach(attachment)
        case c.Give(grant):
            cloud.give(grant)
        case c.Withdraw(grant):
            cloud.withdraw(grant)
        case c.Bind() | c.Unbind() | c.Swap():
            for error in _batch(cloud, call).values():
                raise error
