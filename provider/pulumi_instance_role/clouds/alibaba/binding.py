"""Giving roles to instances and taking them away, up to 100 at a time.

https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-attachinstanceramrole and
``-detachinstanceramrole`` beside it.

HTTP 200 is no success here: each instance has a result of its own. What is made of failures is in
:mod:`pulumi_instance_role.clouds.batch`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aliyunsdkecs.request.v20140526.AttachInstanceRamRoleRequest import AttachInstanceRamRoleRequest
from aliyunsdkecs.request.v20140526.DetachInstanceRamRoleRequest import DetachInstanceRamRoleRequest

from pulumi_instance_role.clouds.alibaba import errors
from pulumi_instance_role.clouds.alibaba.base import rows
from pulumi_instance_role.clouds.alibaba.instances import Instances
from pulumi_instance_role.clouds.alibaba.limits import LIMITS
from pulumi_instance_role.clouds.alibaba.policies import Policies
from pulumi_instance_role.clouds.batch import (
    ABOUT_ALL,
    CATCH_UP,
    Batch,
    Fresh,
    Judge,
    Results,
    about,
    checked,
    not_shown,
)
from pulumi_instance_role.clouds.calls import ONCE, REPEATABLE, NothingToSend, Retries
from pulumi_instance_role.clouds.codes import EMPTY_BODY, NO_CONNECTION
from pulumi_instance_role.clouds.part import SETTLE, once_known
from pulumi_instance_role.clouds.port import TRANSIENT, CloudError, ErrorKind, Instance, Outcome, same_role
from pulumi_instance_role.policy.document import PolicyError
from pulumi_instance_role.policy.trust import trusts_service


class Binding(Policies, Instances):
    """The port's operations that bind."""

    def bind(self, role: str, instance_ids: Sequence[str], replaces: str | None = None) -> Sequence[Outcome]:
        """AttachInstanceRamRole. Conditional: refused where a role is there.

        Where that is the one that ``replaces`` says was taken off a moment ago, it is asked for again.
        """
        ids = checked(instance_ids, LIMITS)
        lagging: dict[str, str] = {}  # what is still shown of a role that was taken off

        def judge(one: str, instance: Instance | None, error: CloudError) -> CloudError | bool:
            """Done (true), still open (false), or why it cannot be."""
            lagging.pop(one, None)
            if instance is None:
                return about(one, error, ErrorKind.NOT_FOUND, "does not exist in this region.")
            if same_role(instance.role, role):
                return True
            if instance.vpc_id is None:
                return about(one, error, ErrorKind.NOT_IN_VPC, "is not in a VPC.")
            if instance.role is not None and not same_role(instance.role, replaces):
                return about(one, error, ErrorKind.OCCUPIED, f"holds the role {json.dumps(instance.role)}.")
            if instance.role is not None:
                lagging[one] = instance.role
            return False

        batch = self._batch(lambda some: self._attach(role, some), judge)
        if replaces is not None:  # what was taken off has as long to be shown as off as what is put on to be shown
            batch = replace(batch, catch_up=max(CATCH_UP, self._deadline))
        found = batch.carry_out(ids)
        for one, held in lagging.items():
            error = found.get(one)
            if error is not None and error.kind is ErrorKind.UNKNOWN:
                found[one] = about(one, error, ErrorKind.OCCUPIED, f"still holds the role {json.dumps(held)}.")
        return self._settled(ids, found, lambda held, one: same_role(held.get(one), role))

    def refusal(self, role: str, instance_ids: Sequence[str]) -> CloudError | None:
        """AttachInstanceRamRole of one of them that is seen to hold another role: it replaces nothing.

        The code for an occupied instance is published nowhere, so what is about no more than some instances is taken
        for that; what they hold is looked at before it is taken off. Where none holds another role there is nothing to
        lose, and no question.
        """
        try:
            seen = self.holdings(checked(instance_ids, LIMITS))
            held = [one for one, each in seen.items() if each.role is not None and not same_role(each.role, role)]
            if held:
                self._attach(role, held[:1], REPEATABLE)
        except CloudError as error:
            return error if _is_about_all(error) or error.kind in TRANSIENT else None
        return None

    def unbind(
        self,
        role: str,
        instance_ids: Sequence[str],
        spare: Callable[[str], bool] = lambda instance_id: False,
        *,
        look_after: bool = True,
    ) -> Sequence[Outcome]:
        """DetachInstanceRamRole, for those that hold ``role`` at this moment; see :meth:`_detach`."""
        ids = checked(instance_ids, LIMITS)
        spared: dict[str, bool] = {}  # as it was answered last

        def kept(one: str) -> bool:
            spared[one] = spare(one)
            return spared[one]

        def judge(one: str, instance: Instance | None, _error: CloudError) -> CloudError | bool:
            return instance is None or not same_role(instance.role, role) or kept(one)

        before: dict[str, Instance] = {}
        found = self._batch(lambda some: self._detach(role, some, kept, before), judge).carry_out(ids)
        if not look_after:
            return [Outcome(one, found[one], before=before.get(one), spared=spared.get(one, False)) for one in ids]
        return self._settled(ids, found, lambda held, one: spared.get(one, False) or not same_role(held.get(one), role))

    def await_unbound(self, role: str, instance_ids: Sequence[str]) -> Sequence[Outcome]:
        """DescribeInstanceRamRole of the role: while few hold it, that is a page or two, whatever is asked about."""
        left = set(instance_ids)

        def look() -> bool:
            nonlocal left
            left = self.still_holding(role, sorted(left))
            return not left

        if left:
            self.waiter.comes_true(look, self._deadline)
        return [Outcome(one, not_shown(one, self._deadline) if one in left else None, True) for one in instance_ids]

    @property
    def _deadline(self) -> float:
        return self.api.place.bind_timeout or SETTLE

    def _batch(self, send: Callable[[Sequence[str]], Results], judge: Judge) -> Batch:
        def plainly(ids: Sequence[str]) -> Results:
            """``send``; of a code that no table knows it is not guessed from the HTTP status what it means."""
            try:
                return send(ids)
            except CloudError as error:
                if error.kind is ErrorKind.DENIED and errors.known(error.code) is None:
                    raise about(error.resource, error, ErrorKind.UNKNOWN, error.message) from None
                raise

        return Batch(plainly, judge, self.holdings, _is_about_all, self.waiter)

    def _attach(self, role: str, ids: Sequence[str], retries: Retries = ONCE) -> Results:
        """One AttachInstanceRamRole. A role that ECS does not know yet, though it is there, is given a moment.

        It is not documented whether the request fails for that or each of its instances, so both are understood.
        """
        settled: Results = {}

        def once() -> Results:
            left = [one for one in ids if one not in settled]
            parameters = {"RamRoleName": role, "InstanceIds": json.dumps(left)}
            answer = self.api.call(AttachInstanceRamRoleRequest, parameters, of=role, retries=retries)
            results = _results(answer, "Attach", left)
            unknown = [error for error in results.values() if error is not None and _is_about_role(error)]
            settled.update({one: error for one, error in results.items() if error not in unknown})
            if unknown:
                raise _of_role(role, unknown[0])
            return settled

        def expect(error: CloudError) -> None:
            if not self._is_bindable(role):
                raise error

        try:
            return once_known(self.waiter, once, _is_about_role, expect)
        except CloudError as error:
            if not settled:
                raise
            return {**dict.fromkeys(ids, error), **settled}

    def _detach(
        self, role: str, ids: Sequence[str], spare: Callable[[str], bool], before: dict[str, Instance]
    ) -> Results:
        """One DetachInstanceRamRole.

        It names the role, but what it does to an instance that holds another one is not documented. So it is taken for
        not conditional: before every sending it is looked which instances hold the role. ``before`` takes in what the
        first look shows.
        """

        def verdict(one: str, seen: Instance | None) -> bool:
            return same_role(seen.role if seen else None, role) and not spare(one)

        fresh = Fresh(ids, self.holdings, verdict, before)

        def parameters() -> dict[str, object]:
            return {"RamRoleName": role, "InstanceIds": json.dumps(fresh.to_send())}

        try:
            answer = self.api.call(DetachInstanceRamRoleRequest, parameters, of=role, retries=ONCE)
        except NothingToSend:
            return fresh.settled
        return {**fresh.settled, **_results(answer, "Detach", fresh.sent)}

    def _is_bindable(self, role: str) -> bool:
        """Whether RAM shows the role, and ECS may assume it."""
        try:
            seen = self.bare_role(role)
            return seen is not None and trusts_service(seen.trust_policy or "", LIMITS.service)
        except (CloudError, PolicyError):
            return False

    def _settled(
        self, ids: Sequence[str], found: Results, shown: Callable[[Mapping[str, str], str], bool]
    ) -> Sequence[Outcome]:
        """The outcomes, when the cloud shows what it accepted; what it does not show in time becomes a failure."""
        done = [one for one, error in found.items() if error is None]
        pending = list(done)
        gone: set[str] = set()

        def look() -> bool:
            nonlocal pending
            try:
                held = self.roles_of(pending)
            except CloudError as error:
                if error.kind is not ErrorKind.NOT_FOUND:
                    raise
                # Released since; what is gone holds nothing, and needs no waiting for.
                there = self.holdings(pending)
                gone.update(one for one in pending if one not in there)
                pending = [one for one in pending if one in there]
                held = {one: seen.role for one, seen in there.items() if seen.role}
            pending = [one for one in pending if not shown(held, one)]
            return not pending

        try:
            if done and not self.waiter.comes_true(look, self._deadline):
                found.update({one: not_shown(one, self._deadline) for one in pending})
        except CloudError:
            # It was accepted; that it cannot be looked at takes nothing back.
            return [Outcome(one, found[one]) for one in ids]
        return [Outcome(one, found[one], shown=found[one] is None and one not in gone) for one in ids]


def _results(answer: Mapping[str, Any], verb: str, ids: Sequence[str]) -> Results:
    """The result of each id. Older answers leave ``Success`` out, so the code decides."""
    found: Results = dict.fromkeys(ids, errors.failure(EMPTY_BODY, "the answer says nothing about this instance"))
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


def _is_about_role(error: CloudError) -> bool:
    return error.kind is ErrorKind.UNTRUSTED or error.code == errors.ROLE_NOT_FOUND


def _of_role(role: str, error: CloudError) -> CloudError:
    """What was said of an instance, as what it is: a failure of the role, whichever instance is to have it."""
    return errors.failure(
        error.code, error.message, operation="AttachInstanceRamRole", resource=role, request_id=error.request_id
    )


def _is_about_all(error: CloudError) -> bool:
    # The code of an occupied instance is not published, so a kind guessed from the HTTP status says nothing here.
    # Detaching says "no such role" also of an instance that holds another one.
    no_role = error.code == errors.ROLE_NOT_FOUND and error.operation == "AttachInstanceRamRole"
    return errors.known(error.code) in ABOUT_ALL or error.code == NO_CONNECTION or no_role
