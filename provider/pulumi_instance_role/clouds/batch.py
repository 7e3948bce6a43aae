"""Many instances in one call: sending until each has an outcome of its own.

HTTP 4xx is no verdict on each instance: one id that is unknown, outside a VPC or occupied can fail all. And an answer
may get lost. So whatever does not clearly succeed is read again, what turns out to be done counts as done, what has a
reason of its own gets it as its outcome, and the rest is sent again: after a pause where the failure may pass, and
apart where one instance may have failed the others: those that the failure names from the rest, or one half from the
other where it names none. Failures of the role or the caller meet every instance, and are told after the first call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace

from pulumi_instance_role.clouds.calls import NothingToSend
from pulumi_instance_role.clouds.hints import HINTS
from pulumi_instance_role.clouds.part import AMBIGUOUS
from pulumi_instance_role.clouds.port import TRANSIENT, CloudError, ErrorKind, Instance, Limits, NotShown
from pulumi_instance_role.records import dataclass
from pulumi_instance_role.transport.wait import Waiter

OUTAGE = 60.0
"""Seconds for which what failed for a reason that passes is sent again, unless a cloud is known to take longer."""
CATCH_UP = 20.0
"""Seconds for which the reading is believed against the call: an instance that is listed and yet "not found", a slot
that is free and yet refused with a code that no table knows. The cloud may not have caught up with its own changes."""
FIRST, LONGEST, SPREAD = 0.5, 5.0, 0.5
"""Pauses between sendings: the first and the longest in seconds, and how much of each is chance."""

_UNCLEAR = frozenset({ErrorKind.NOT_FOUND, ErrorKind.UNKNOWN})

ABOUT_ALL = frozenset(
    {
        ErrorKind.DENIED,
        ErrorKind.CREDENTIALS,
        ErrorKind.UNTRUSTED,
        ErrorKind.QUOTA,
        ErrorKind.THROTTLED,
        ErrorKind.UNSUPPORTED,
    }
)
"""Failures of a request that would meet every instance of it."""

Results = dict[str, "CloudError | None"]
Judge = Callable[[str, "Instance | None", CloudError], "CloudError | bool"]
"""What a failed instance's state says: done (true), still open (false), or why it cannot be."""


@dataclass
class Fresh:
    """A batch as it is right before a sending: what is as wanted by then, or is not to be touched, is not sent.

    For calls that the cloud does not make conditional on what an instance holds. ``verdict`` says of an instance that
    is there, or ``None``: to be sent (``True``), nothing left to do (``False``), or why it must not be. ``before``
    takes in what the first look shows.
    """

    ids: Sequence[str]
    look: Callable[[Sequence[str]], Mapping[str, Instance]]
    verdict: Callable[[str, Instance | None], CloudError | bool]
    before: dict[str, Instance] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    settled: Results = field(default_factory=dict)

    def to_send(self) -> list[str]:
        """Look, and say which are to be sent. Raises :class:`NothingToSend`."""
        seen = self.look(self.ids)
        self.before.update({one: each for one, each in seen.items() if one not in self.before})
        verdicts = {one: self.verdict(one, seen.get(one)) for one in self.ids}
        self.sent = [one for one, verdict in verdicts.items() if verdict is True]
        self.settled = {one: verdict or None for one, verdict in verdicts.items() if verdict is not True}
        if not self.sent:
            raise NothingToSend
        return self.sent


@dataclass(frozen=True)
class Batch:
    """How one batch is carried out. ``send`` does one call; ``look`` reads instances."""

    send: Callable[[Sequence[str]], Results]
    judge: Judge
    look: Callable[[Sequence[str]], Mapping[str, Instance]]
    about_all: Callable[[CloudError], bool]
    waiter: Waiter
    outage: float = OUTAGE
    catch_up: float = CATCH_UP

    def carry_out(self, ids: Sequence[str]) -> Results:
        """Send ``ids`` until each has a result. Raises only when nothing is known of any of them."""
        waiter = replace(self.waiter, first=FIRST, cap=LONGEST, spread=SPREAD)
        begun = waiter.clock()
        found: Results = {}
        passing: dict[str, CloudError] = {}
        left = list(ids)

        def settled() -> bool:
            nonlocal left, passing
            passing = self._send(left, found, waiter.clock() - begun)
            left = list(passing)
            return not left

        waiter.comes_true(settled, self.outage)
        found.update(passing)
        unknown = [error for error in found.values() if error is not None and error.kind in AMBIGUOUS]
        if len(unknown) == len(found):
            raise unknown[0]
        return found

    def _send(self, ids: Sequence[str], found: Results, since: float) -> dict[str, CloudError]:
        """Send ``ids`` once, or more often in parts; record what is certain, return what may pass, and why it failed.

        ``since`` is for how many seconds they have been sent already.
        """
        passing: dict[str, CloudError] = {}
        waiting = [list(ids)]
        while waiting:
            some = waiting.pop()
            try:
                results = self.send(some)
                whole = False
            except CloudError as error:
                if self.about_all(error):
                    if not found:
                        raise
                    found.update(dict.fromkeys(some, error))
                    continue
                results, whole = dict.fromkeys(some, error), True
            found.update({one: None for one, verdict in results.items() if verdict is None})
            failed = {one: verdict for one, verdict in results.items() if verdict is not None}
            left = self._resolve(failed, found) if failed else []
            if whole and 0 < len(left) < len(some):
                waiting.append(left)  # the others were the reason
                continue
            passing.update({one: failed[one] for one in left if self._may_pass(failed[one], since)})
            final = [one for one in left if one not in passing]
            if whole and len(final) > 1 and failed[final[0]].kind not in TRANSIENT:
                waiting += self._apart(final, failed[final[0]], found)
            else:
                found.update({one: failed[one] for one in final})
        return passing

    def _apart(self, ids: Sequence[str], error: CloudError, found: Results) -> list[list[str]]:
        """The parts that ``ids`` are sent again in, the first last; the only one that ``error`` names has its result.

        Several that it names need not all be at fault; where it names all or none, it says nothing of any.
        """
        named = those_named(ids, error.message)
        if len(named) != 1:
            return apart(ids, named)
        found[named[0]] = error
        return [[one for one in ids if one != named[0]]]

    def _may_pass(self, error: CloudError, since: float) -> bool:
        if error.kind in TRANSIENT:
            return since < self.outage
        return error.kind in _UNCLEAR and not self.about_all(error) and since < self.catch_up

    def _resolve(self, failed: Mapping[str, CloudError], found: Results) -> list[str]:
        """Look at the instances that failed; record what is certain, return those that are still open."""
        try:
            seen = self.look(list(failed))
        except CloudError:
            # Whoever cannot look has what the cloud said and no more.
            found.update(failed)
            return []
        left = []
        for one, reason in failed.items():
            verdict = self.judge(one, seen.get(one), reason)
            if verdict is False:
                left.append(one)
            else:
                found[one] = None if verdict is True else verdict
        return left


def those_named(ids: Sequence[str], message: str) -> list[str]:
    """The ids that a message names; none where it names all, which tells nothing of any."""
    named = [one for one in ids if re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", message)]
    return named if len(named) < len(ids) else []


def apart(ids: Sequence[str], named: Sequence[str]) -> list[list[str]]:
    """Two parts of ``ids``, the first last: those ``named`` and the rest, or where none is, one half and the other."""
    middle = len(ids) // 2
    return (
        [[one for one in ids if one not in named], list(named)] if named else [list(ids[middle:]), list(ids[:middle])]
    )


def checked(instance_ids: Sequence[str], limits: Limits) -> list[str]:
    """The ids without doubles, if they fit into one call."""
    ids = list(dict.fromkeys(instance_ids))
    if not 1 <= len(ids) <= limits.bind_batch:
        raise CloudError(
            ErrorKind.INVALID,
            f"{len(ids)} instances in one call; 1 to {limits.bind_batch} are possible.",
            hint="Split them into batches.",
        )
    return ids


def about(instance_id: str, error: CloudError, kind: ErrorKind, message: str) -> CloudError:
    """The verdict of a reading, with the marks of the failure that led to it."""
    return CloudError(
        kind,
        message,
        code=error.code,
        operation=error.operation,
        resource=instance_id,
        request_id=error.request_id,
        status=error.status,
        hint=HINTS[kind],
    )


def other_role(instance_id: str, held: str) -> CloudError:
    """The verdict on an instance that holds a role which is neither wanted nor to be replaced."""
    return CloudError(
        ErrorKind.OCCUPIED,
        f"holds the role {json.dumps(held)}.",
        resource=instance_id,
        hint=HINTS[ErrorKind.OCCUPIED],
    )


def not_shown(instance_id: str, seconds: float) -> CloudError:
    """The failure of an instance whose accepted change did not appear in time."""
    return NotShown(
        ErrorKind.BUSY,
        f"the cloud accepted the change {seconds:g} s ago and does not show it.",
        resource=instance_id,
        hint=HINTS[ErrorKind.BUSY],
    )
