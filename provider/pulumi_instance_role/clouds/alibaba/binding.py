"""Giving roles to instances and taking them away, up to 100 at a time.

https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-attachinstanceramrole and
``-detachinstanceramrole`` beside it.

HTTP 200 is no success here: each instance has a result of its own. HTTP 4xx is no verdict on each instance either: one
id that is unknown, outside a VPC or occupied can fail all. And an answer may get lost. So whatever does not clearly
succeed is read again, what turns out to be done counts as done, what has a reason of its own gets it as its outcome,
and the rest is sent again, halved if need be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aliyunsdkecs.request.v20140526.AttachInstanceRamRoleRequest import AttachInstanceRamRoleRequest
from aliyunsdkecs.request.v20140526.DetachInstanceRamRoleRequest import DetachInstanceRamRoleRequest

from pulumi_instance_role.clouds.alibaba import errors
from pulumi_instance_role.clouds.alibaba.base import AMBIGUOUS, PROPAGATION, SETTLE, rows
from pulumi_instance_role.clouds.alibaba.client import ONCE
from pulumi_instance_role.clouds.alibaba.instances import Instances
from pulumi_instance_role.clouds.alibaba.limits import LIMITS
from pulumi_instance_role.clouds.alibaba.policies import Policies
from pulumi_instance_role.clouds.hints import HINTS
from pulumi_instance_role.clouds.port import TRANSIENT, CloudError, ErrorKind, Instance, Outcome
from pulumi_instance_role.policy.document import PolicyError
from pulumi_instance_role.policy.trust import trusts_service
from pulumi_instance_role.transport.wait import DeadlinePassed

ROUNDS = 4
"""How often what is left of a batch is sent again after answers that say nothing."""

_ABOUT_ALL = frozenset(
    {ErrorKind.DENIED, ErrorKind.CREDENTIALS, ErrorKind.UNTRUSTED, ErrorKind.QUOTA, ErrorKind.THROTTLED}
)
"""Failures of a request that would meet every instance of it."""

Results = dict[str, "CloudError | None"]
Judge = Callable[[str, "Instance | None", CloudError], "CloudError | bool"]


class Binding(Policies, Instances):
    """The port's operations that bind."""

    def bind(self, role: str, instance_ids: Sequence[str]) -> Sequence[Outcome]:
        """AttachInstanceRamRole."""
        ids = _batch(instance_ids)

        def judge(one: str, instance: Instance | None, error: CloudError) -> CloudError | bool:
            """Done (true), still open (false), or why it cannot be."""
            if instance is None:
                return _about(one, error, ErrorKind.NOT_FOUND, "does not exist in this region.")
            if instance.role == role:
                return True
            if instance.vpc_id is None:
                return _about(one, error, ErrorKind.NOT_IN_VPC, "is not in a VPC.")
            if instance.role is not None:
                return _about(one, error, ErrorKind.OCCUPIED, f"holds the role {json.dumps(instance.role)}.")
            return False

        found = self._carry_out(lambda some: self._attach(role, some), ids, judge)
        self._settle(found, lambda held, one: held.get(one) == role)
        return [Outcome(one, found[one]) for one in ids]

    def unbind(self, role: str, instance_ids: Sequence[str]) -> Sequence[Outcome]:
        """DetachInstanceRamRole, for those that hold ``role`` at this moment.

        What the operation does to an instance that holds another role is not documented, so it is not asked about one.
        """
        ids = _batch(instance_ids)
        holders = [one for one, seen in self.instances(ids).items() if seen.role == role]
        if not holders:
            return [Outcome(one) for one in ids]

        def judge(_one: str, instance: Instance | None, _error: CloudError) -> CloudError | bool:
            return instance is None or instance.role != role

        found = self._carry_out(lambda some: self._detach(role, some), holders, judge)
        self._settle(found, lambda held, one: held.get(one) != role)
        return [Outcome(one, found.get(one)) for one in ids]

    def _attach(self, role: str, ids: Sequence[str]) -> Results:
        """One AttachInstanceRamRole. A role that ECS does not know yet, though it is there, is given a moment."""

        def once() -> Results:
            parameters = {"RamRoleName": role, "InstanceIds": json.dumps(ids)}
            answer = self.api.call(AttachInstanceRamRoleRequest, parameters, of=role, retries=ONCE)
            return _results(answer, "Attach", ids)

        def unknown_yet(error: CloudError) -> bool:
            return error.kind is ErrorKind.UNTRUSTED or error.code == errors.ROLE_NOT_FOUND

        try:
            return once()
        except CloudError as error:
            if not unknown_yet(error) or not self._is_bindable(role):
                raise
            last = error

        def again() -> Results | None:
            nonlocal last
            try:
                return once()
            except CloudError as error:
                if not unknown_yet(error):
                    raise
                last = error
                return None

        try:
            return self.waiter.until(again, PROPAGATION)
        except DeadlinePassed:
            raise last from None

    def _detach(self, role: str, ids: Sequence[str]) -> Results:
        parameters = {"RamRoleName": role, "InstanceIds": json.dumps(ids)}
        answer = self.api.call(DetachInstanceRamRoleRequest, parameters, of=role, retries=ONCE)
        return _results(answer, "Detach", ids)

    def _is_bindable(self, role: str) -> bool:
        """Whether RAM shows the role, and ECS may assume it."""
        try:
            seen = self.bare_role(role)
            return seen is not None and trusts_service(seen.trust_policy or "", LIMITS.service)
        except (CloudError, PolicyError):
            return False

    def _carry_out(
        self,
        send: Callable[[Sequence[str]], Results],
        ids: Sequence[str],
        judge: Judge,
    ) -> Results:
        """Send ``ids`` until each has a result. Raises only when nothing is known of any of them."""
        found: Results = {}
        waiting = [(list(ids), ROUNDS)]
        while waiting:
            some, rounds = waiting.pop()
            try:
                results = send(some)
                whole = False
            except CloudError as error:
                if _is_about_all(error):
                    if not found:
                        raise
                    found.update(dict.fromkeys(some, error))
                    continue
                results, whole = dict.fromkeys(some, error), True
            found.update({one: None for one, verdict in results.items() if verdict is None})
            failed = {one: verdict for one, verdict in results.items() if verdict is not None}
            if not failed:
                continue
            left = self._resolve(failed, judge, found)
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

    def _resolve(self, failed: Mapping[str, CloudError], judge: Judge, found: Results) -> list[str]:
        """Look at the instances that failed; record what is certain, return those that are still open."""
        try:
            seen = self.instances(list(failed))
        except CloudError:
            # Whoever cannot look has what the cloud said and no more.
            found.update(failed)
            return []
        left = []
        for one, reason in failed.items():
            verdict = judge(one, seen.get(one), reason)
            if verdict is False:
                left.append(one)
            else:
                found[one] = None if verdict is True else verdict
        return left

    def _settle(self, found: Results, shown: Callable[[Mapping[str, str], str], bool]) -> None:
        """Wait until the cloud shows what it accepted; what it does not show in time becomes a failure."""
        done = [one for one, error in found.items() if error is None]
        pending = list(done)

        def look() -> bool:
            nonlocal pending
            try:
                held = self.roles_of(pending)
            except CloudError as error:
                if error.kind is not ErrorKind.NOT_FOUND:
                    raise
                # Released since; what is gone holds nothing, and needs no waiting for.
                there = self.instances(pending)
                pending = [one for one in pending if one in there]
                held = {one: seen.role for one, seen in there.items() if seen.role}
            pending = [one for one in pending if not shown(held, one)]
            return not pending

        try:
            if not done or self.waiter.comes_true(look, SETTLE):
                return
        except CloudError:
            # It was accepted; that it cannot be looked at takes nothing back.
            return
        for one in pending:
            found[one] = CloudError(
                ErrorKind.BUSY,
                f"the cloud accepted the change {SETTLE:g} s ago and does not show it.",
                resource=one,
                hint=HINTS[ErrorKind.BUSY],
            )


def _batch(instance_ids: Sequence[str]) -> list[str]:
    ids = list(dict.fromkeys(instance_ids))
    if not 1 <= len(ids) <= LIMITS.bind_batch:
        raise CloudError(
            ErrorKind.INVALID,
            f"{len(ids)} instances in one call; 1 to {LIMITS.bind_batch} are possible.",
            hint="Split them into batches.",
        )
    return ids


def _results(answer: Mapping[str, Any], verb: str, ids: Sequence[str]) -> Results:
    """The result of each id. Older answers leave ``Success`` out, so the code decides."""
    found: Results = dict.fromkeys(
        ids, errors.failure(errors.EMPTY_BODY, "the answer says nothing about this instance")
    )
    for row in rows(answer, f"{verb}InstanceRamRoleResults", f"{verb}InstanceRamRoleResult"):
        one, code = row.get("InstanceId"), str(row.get("Code", ""))
        if one in found:
            found[one] = (
                None
                if code == "200"
                else errors.failure(
                    code,
                    str(row.get("Message") or "refused"),
                    operation=f"{verb}InstanceRamRole",
                    resource=str(one),
                    request_id=str(answer.get("RequestId") or ""),
                )
            )
    return found


def _is_about_all(error: CloudError) -> bool:
    # The code of an occupied instance is not published, so a kind guessed from the HTTP status says nothing here.
    # Detaching says "no such role" also of an instance that holds another one.
    no_role = error.code == errors.ROLE_NOT_FOUND and error.operation == "AttachInstanceRamRole"
    return errors.known(error.code) in _ABOUT_ALL or error.code == errors.NO_CONNECTION or no_role


def _about(instance_id: str, error: CloudError, kind: ErrorKind, message: str) -> CloudError:
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
