"""Many instances in one call: sending until each has an outcome of its own.

HTTP 4xx is no verdict on each instance: one id that is unknown, outside a VPC or occupied can fail all. And an answer
may get lost. So whatever does not clearly succeed is read again, what turns out to be done counts as done, what has a
reason of its own gets it as its outcome, and the rest is sent again, halved if need be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pulumi_instance_role.clouds.hints import HINTS
from pulumi_instance_role.clouds.part import AMBIGUOUS
from pulumi_instance_role.clouds.port import TRANSIENT, CloudError, ErrorKind, Instance, Limits

ROUNDS = 4
"""How often what is left of a batch is sent again after answers that say nothing."""

ABOUT_ALL = frozenset(
    {ErrorKind.DENIED, ErrorKind.CREDENTIALS, ErrorKind.UNTRUSTED, ErrorKind.QUOTA, ErrorKind.THROTTLED}
)
"""Failures of a request that would meet every instance of it."""

Results = dict[str, "CloudError | None"]
Judge = Callable[[str, "Instance | None", CloudError], "CloudError | bool"]
"""What a failed instance's state says: done (true), still open (false), or why it cannot be."""


@dataclass(frozen=True)
class Batch:
    """How one batch is carried out. ``send`` does one call; ``look`` reads instances."""

    send: Callable[[Sequence[str]], Results]
    judge: Judge
    look: Callable[[Sequence[str]], Mapping[str, Instance]]
    about_all: Callable[[CloudError], bool]

    def carry_out(self, ids: Sequence[str]) -> Results:
        """Send ``ids`` until each has a result. Raises only when nothing is known of any of them."""
        found: Results = {}
        waiting = [(list(ids), ROUNDS)]
        while waiting:
            some, rounds = waiting.pop()
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
            if not failed:
                continue
            left = self._resolve(failed, found)
            if not left:
                continue
            passing = [one for one in left if failed[one].kind in TRANSIENT]
            if whole and len(left) < len(some):
                waiting.append((left, rounds))  # the others were the reason
            elif passing and rounds > 1:
                waiting.append((passing, rounds - 1))
                found.update({one: failed[one] for one in left if one not in passing})
            elif whole and not passing and len(left) > 1:
                middle = len(left) // 2
                waiting += [(left[middle:], rounds), (left[:middle], rounds)]
            else:
                found.update({one: failed[one] for one in left})
        unknown = [error for error in found.values() if error is not None and error.kind in AMBIGUOUS]
        if len(unknown) == len(found):
            raise unknown[0]
        return found

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


def not_shown(instance_id: str, seconds: float) -> CloudError:
    """The failure of an instance whose accepted change did not appear in time."""
    return CloudError(
        ErrorKind.BUSY,
        f"the cloud accepted the change {seconds:g} s ago and does not show it.",
        resource=instance_id,
        hint=HINTS[ErrorKind.BUSY],
    )
