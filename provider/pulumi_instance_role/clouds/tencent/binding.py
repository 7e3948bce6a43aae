"""Giving roles to instances and taking them away, up to 100 at a time.

https://www.tencentcloud.com/document/product/213/15739: all of it is ModifyInstancesAttribute with ``CamRoleName``, and
an empty name takes the role away. It replaces whatever role is there, in one step. An answer means that an operation
has begun on each instance; what came of it is shown by DescribeInstances, and not at once. So a change counts when the
role is the one asked for and no operation runs any more; an operation that FAILED counts as ours only by its request
id, because the one before it may still be shown. The time given for that is ``instance-role:bindTimeout``, 120 s
unless it is set.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pulumi_instance_role.clouds.batch import (
    ABOUT_ALL,
    Batch,
    Fresh,
    Judge,
    Results,
    about,
    checked,
    not_shown,
    other_role,
)
from pulumi_instance_role.clouds.calls import ONCE, NothingToSend
from pulumi_instance_role.clouds.codes import NO_CONNECTION
from pulumi_instance_role.clouds.part import AMBIGUOUS, once_known
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Instance, Lifecycle, Outcome, same_role
from pulumi_instance_role.clouds.tencent import errors
from pulumi_instance_role.clouds.tencent.instances import Instances, Row, role_of
from pulumi_instance_role.clouds.tencent.limits import LIMITS
from pulumi_instance_role.clouds.tencent.policies import Policies
from pulumi_instance_role.clouds.tencent.roles import SERVICE_LINKED, USER_ROLE
from pulumi_instance_role.policy.dialect import TENCENT
from pulumi_instance_role.policy.document import PolicyError
from pulumi_instance_role.policy.trust import trusts_service

BIND_TIMEOUT = 120.0
"""Seconds that the cloud is given to show a change that it accepted, unless the user says otherwise."""
LAG = 5.0
"""Seconds for which an operation whose answer was lost is looked for before it is sent again."""
LINKED_MARK = "LinkedRoleIn"
"""Part of the name of every service-linked role."""


ABOUT_REQUEST = frozenset(
    {
        "InvalidParameterValue.CamRoleNameMalformed",
        "InvalidParameterValue.LimitExceeded",
        "MissingParameter",
        "UnknownParameter",
        "UnsupportedRegion",
    }
)
"""Codes of a request that is wrong whichever instances it names."""


@dataclass
class _Change:
    """One change of role, and the request that began it on each instance."""

    role: str  # empty: none
    instead_of: str | None = None  # the role that it may replace, or takes away
    spare: Callable[[str], bool] = lambda instance_id: False
    kind: str | None = None  # CamRoleType, where it is not the usual one
    requests: dict[str, str] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    """What the cloud has begun to change: it comes to its end, whoever wants the instance meanwhile."""

    def verdict(self, instance_id: str, instance: Instance | None) -> CloudError | bool:
        """Whether it is to be sent for an instance that is as a fresh look shows it; or why it must not be.

        What is wrong with the instance itself is the cloud's to say.
        """
        held = instance.role if instance else None
        if not self.role:
            return same_role(held, self.instead_of) and not self.spare(instance_id)
        if held is None or same_role(held, self.instead_of):
            return True
        return False if same_role(held, self.role) else other_role(instance_id, held)

    def done(self, instance_id: str, row: Row) -> bool:
        """Whether an instance shows the change, and nothing is under way on it.

        A role that is taken away is gone also where another one is there by then.
        """
        if not self.role and instance_id not in self.begun and self.spare(instance_id):
            return True
        held = role_of(row)
        there = same_role(held, self.role) if self.role else not same_role(held, self.instead_of)
        return there and row.get("LatestOperationState") != "OPERATING"

    def failed(self, instance_id: str, row: Row) -> bool:
        """Whether the operation that this change began has failed."""
        ours = self.requests.get(instance_id)
        return (
            ours is not None
            and row.get("LatestOperationRequestId") == ours
            and row.get("LatestOperationState") == "FAILED"
        )


class Binding(Policies, Instances):
    """The port's operations that bind."""

    def bind(self, role: str, instance_ids: Sequence[str], replaces: str | None = None) -> Sequence[Outcome]:
        """ModifyInstancesAttribute. The cloud replaces whatever is there; see :meth:`_modify`."""
        ids = checked(instance_ids, LIMITS)
        change = _Change(role, replaces, kind=SERVICE_LINKED if LINKED_MARK in role else None)

        def judge(one: str, instance: Instance | None, error: CloudError) -> CloudError | bool:
            if instance is None:
                return about(one, error, ErrorKind.NOT_FOUND, "does not exist in this region.")
            if same_role(instance.role, role):
                return True
            if instance.vpc_id is None:
                return about(one, error, ErrorKind.NOT_IN_VPC, "is not in a VPC.")
            if instance.lifecycle is Lifecycle.RELEASING:
                return about(one, error, ErrorKind.INVALID, "is being released.")
            verdict = change.verdict(one, instance)
            return verdict if isinstance(verdict, CloudError) else False

        send = self._usable(change)
        found = self._batch(send, judge).carry_out(ids)
        return self._settled(change, ids, found)

    def refusal(self, role: str, instance_ids: Sequence[str]) -> CloudError | None:
        """Nothing to ask for: a role is replaced, or stays."""
        return None

    def unbind(
        self,
        role: str,
        instance_ids: Sequence[str],
        spare: Callable[[str], bool] = lambda instance_id: False,
        *,
        look_after: bool = True,
    ) -> Sequence[Outcome]:
        """ModifyInstancesAttribute with an empty name. The cloud takes away whatever is there; see :meth:`_modify`.

        An answer says only that it has begun, so it is always looked after.
        """
        ids = checked(instance_ids, LIMITS)
        change = _Change("", role, spare)

        def judge(one: str, instance: Instance | None, _error: CloudError) -> CloudError | bool:
            return instance is None or not same_role(instance.role, role) or spare(one)

        found = self._batch(lambda some: self._modify(change, some), judge).carry_out(ids)
        return self._settled(change, ids, found)

    def await_unbound(self, role: str, instance_ids: Sequence[str]) -> Sequence[Outcome]:
        """DescribeInstances."""
        return self._settled(_Change("", role), instance_ids, dict.fromkeys(instance_ids))

    def _batch(self, send: Callable[[Sequence[str]], Results], judge: Judge) -> Batch:
        # An instance is busy for as long as the operation before takes.
        return Batch(send, judge, self.instances, _is_about_all, self.waiter, self._deadline)

    @property
    def _deadline(self) -> float:
        return self.api.place.bind_timeout or BIND_TIMEOUT

    def _modify(self, change: _Change, ids: Sequence[str]) -> Results:
        """One ModifyInstancesAttribute.

        The cloud does not make it conditional on what an instance holds, so that is looked at before every sending,
        the first one too, when all waiting (for the rate, a busy instance, a lost answer) is over. Where its answer is
        lost, it is looked whether the change comes about.
        """
        fresh = Fresh(ids, self.instances, change.verdict)

        def parameters() -> dict[str, object]:
            return {"InstanceIds": fresh.to_send(), "CamRoleName": change.role, "CamRoleType": change.kind}

        of = change.role or f"{len(ids)} instances"
        try:
            answer = self.api.call("cvm", "ModifyInstancesAttribute", parameters, of=of, retries=ONCE)
        except NothingToSend:
            return fresh.settled
        except CloudError as error:
            if not fresh.sent or error.kind not in AMBIGUOUS or error.code == NO_CONNECTION:
                raise
            change.begun.update(fresh.sent)
            if not self._comes_about(change, fresh.sent):
                change.begun.difference_update(fresh.sent)
                raise
            return {**fresh.settled, **dict.fromkeys(fresh.sent)}
        change.begun.update(fresh.sent)
        change.requests.update(dict.fromkeys(fresh.sent, str(answer.get("RequestId") or "")))
        return {**fresh.settled, **dict.fromkeys(fresh.sent)}

    def _comes_about(self, change: _Change, ids: Sequence[str]) -> bool:
        def look() -> bool:
            rows = self.instance_rows(ids)
            return all(one in rows and change.done(one, rows[one]) for one in ids)

        try:
            return self.waiter.comes_true(look, LAG)
        except CloudError:
            return False

    def _usable(self, change: _Change) -> Callable[[Sequence[str]], Results]:
        """:meth:`_modify`, with a reason found where CVM says no more than that it cannot use the role.

        A role of another type is given with its type; one that should be usable is given a moment to become known.
        """

        return lambda ids: once_known(
            self.waiter,
            lambda: self._modify(change, ids),
            lambda error: error.code == errors.ROLE_UNUSABLE,
            lambda error: self._explain(change, error),
        )

    def _explain(self, change: _Change, error: CloudError) -> None:
        """Return where another try may work; raise the reason why CVM refuses the role otherwise."""
        try:
            row = self.role_row(change.role)
        except CloudError:
            raise error from None
        if row is None:
            raise about(change.role, error, ErrorKind.NOT_FOUND, "there is no such role.")
        kind = str(row.get("RoleType") or USER_ROLE)
        if kind != (change.kind or USER_ROLE):
            change.kind = kind
            return
        try:
            trusted = trusts_service(row.get("PolicyDocument") or "", LIMITS.service, TENCENT)
        except PolicyError:
            trusted = False
        if not trusted and kind != SERVICE_LINKED:
            raise error

    def _settled(self, change: _Change, ids: Sequence[str], found: Results) -> Sequence[Outcome]:
        """The outcomes, when the cloud shows what it accepted; what it does not show in time becomes a failure."""
        pending = [one for one, error in found.items() if error is None]
        rows: Mapping[str, Row] = {}

        def look() -> bool:
            nonlocal pending, rows
            rows = self.instance_rows(pending)
            for one in pending:
                if one not in rows:
                    found[one] = _released(one) if change.role else None
                elif change.failed(one, rows[one]):
                    found[one] = _operation_failed(one, rows[one])
            pending = [one for one in pending if one in rows and found[one] is None and not change.done(one, rows[one])]
            return not pending

        try:
            if pending and not self.waiter.comes_true(look, self._deadline):
                found.update({one: not_shown(one, self._deadline) for one in pending})
        except CloudError as error:
            # Begun is not done: whether it came about is not known, and so said.
            found.update(dict.fromkeys(pending, error))
        return [Outcome(one, found[one], shown=found[one] is None) for one in ids]


def _released(instance_id: str) -> CloudError:
    return errors.failure("InvalidInstanceId.NotFound", "was released meanwhile", resource=instance_id)


def _operation_failed(instance_id: str, row: Row) -> CloudError:
    why = str(row.get("LatestOperationErrorMsg") or "the cloud gives no reason")
    return errors.failure(
        errors.OPERATION_FAILED,
        f"the operation failed: {json.dumps(why, ensure_ascii=False)}",
        operation="ModifyInstancesAttribute",
        resource=instance_id,
        request_id=str(row.get("LatestOperationRequestId") or ""),
    )


def _is_about_all(error: CloudError) -> bool:
    return errors.known(error.code) in ABOUT_ALL or error.code in ABOUT_REQUEST or error.code == NO_CONNECTION
