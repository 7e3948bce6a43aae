"""Policies on sub-users, user groups and roles alike: who may do what in the account itself.

https://www.tencentcloud.com/document/product/598/34579 (AttachUserPolicy) and the pages beside it. CAM attaches by the
number of a user (uin) or of a group, so names are looked up first. A group that is not listed is gone only if the
caller is told so of one that cannot exist: who may not look may get an empty list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_instance_role.clouds.hints import HINTS
from pulumi_instance_role.clouds.port import CUSTOM, Attachment, CloudError, ErrorKind, Grant, Grantee
from pulumi_instance_role.clouds.tencent.policies import MAYBE_DONE, TYPES, Policies
from pulumi_instance_role.records import dataclass

NO_GROUP = 1
"""A number that no group is known to have."""


@dataclass(frozen=True)
class _Actions:
    attach: str
    attach_to: str
    detach: str
    detach_from: str
    listed: str
    listed_of: str


_ACTIONS: Mapping[str, _Actions] = {
    "user": _Actions(
        "AttachUserPolicy", "AttachUin", "DetachUserPolicy", "DetachUin", "ListAttachedUserPolicies", "TargetUin"
    ),
    "group": _Actions(
        "AttachGroupPolicy",
        "AttachGroupId",
        "DetachGroupPolicy",
        "DetachGroupId",
        "ListAttachedGroupPolicies",
        "TargetGroupId",
    ),
}


class Grants(Policies):
    """The port's operations on grants."""

    def grants(self, grantee: Grantee) -> Sequence[Grant] | None:
        """ListAttachedUserPolicies, ListAttachedGroupPolicies or ListAttachedRolePolicies."""
        if grantee.kind == "role":
            held = self.attachments(grantee.name)
            return None if held is None else tuple(Grant(grantee, one.policy, one.policy_type) for one in held)
        number = self._number(grantee)
        if number is None:
            return None
        actions = _ACTIONS[grantee.kind]
        try:
            rows = list(self.pages(actions.listed, {actions.listed_of: number}, of=str(grantee)))
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise
        return tuple(Grant(grantee, str(row["PolicyName"]), TYPES.get(str(row["PolicyType"]), CUSTOM)) for row in rows)

    def give(self, grant: Grant) -> None:
        """AttachUserPolicy, AttachGroupPolicy or AttachRolePolicy. It adds, and replaces nothing."""
        if grant.holder.kind == "role":
            self.attach(Attachment(grant.holder.name, grant.policy, grant.policy_type))
            return
        number = self._number(grant.holder)
        if number is None:
            raise _gone(grant.holder)
        actions = _ACTIONS[grant.holder.kind]
        self._change_grant(actions.attach, actions.attach_to, number, grant, wanted=True)

    def withdraw(self, grant: Grant) -> None:
        """DetachUserPolicy, DetachGroupPolicy or DetachRolePolicy. It takes away what it names in full."""
        if grant.holder.kind == "role":
            self.detach(Attachment(grant.holder.name, grant.policy, grant.policy_type))
            return
        number = self._number(grant.holder)
        if number is None:
            return
        actions = _ACTIONS[grant.holder.kind]
        try:
            self._change_grant(actions.detach, actions.detach_from, number, grant, wanted=False)
        except CloudError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise

    def acts_as(self, grantee: Grantee) -> bool:
        """GetCallerIdentity, with the number that GetUser or GetRole has; for a group ListGroupsForUser of the caller.

        An ARN ends in ``uin/<number>`` or ``assumed-role/<role id>``.
        """
        kind, _, number = self.identity().arn.rpartition(":")[2].partition("/")
        if grantee.kind == "role":
            role = self.get_role(grantee.name) if kind == "assumed-role" else None
            return role is not None and number == role.role_id
        if kind != "uin" or self.identity().kind == "account":
            return False
        if grantee.kind == "user":
            return str(self._number(grantee)) == number
        rows = self._groups("ListGroupsForUser", {"SubUin": int(number)}, of=number)
        return any(row["GroupName"] == grantee.name for row in rows)

    def _change_grant(self, action: str, parameter: str, number: int, grant: Grant, *, wanted: bool) -> None:
        of = f'"{grant.policy}" on {grant.holder}'
        try:
            self._with_id(
                grant.policy,
                grant.policy_type,
                lambda policy: self.cam(action, {"PolicyId": policy, parameter: number}, of=of),
            )
        except CloudError as error:
            if error.kind not in MAYBE_DONE or (grant in (self.grants(grant.holder) or ())) is not wanted:
                raise

    # -- names and numbers -------------------------------------------------------------------------------------
    def _number(self, grantee: Grantee) -> int | None:
        """The number of a user or group; ``None`` where CAM says that there is none of that name."""
        try:
            if grantee.kind == "user":
                return int(self.cam("GetUser", {"Name": grantee.name}, of=str(grantee), needs="Uin")["Uin"])
            return self._group(grantee)
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise

    def _group(self, grantee: Grantee) -> int:
        for row in self._groups("ListGroups", {"Keyword": grantee.name}, of=str(grantee)):
            if row["GroupName"] == grantee.name:
                return int(row["GroupId"])
        self.cam("GetGroup", {"GroupId": NO_GROUP}, of=str(grantee))
        raise CloudError(
            ErrorKind.DENIED,
            "the answer is empty, as it is for callers without permission.",
            code="UnauthorizedOperation",
            operation="ListGroups",
            resource=str(grantee),
            hint='Allow cam:ListGroups and cam:GetGroup on "*" to the credentials in use.',
        )

    def _groups(self, action: str, parameters: Mapping[str, object], of: str) -> Iterator[dict[str, Any]]:
        """The rows of a listing of groups, over all its pages."""
        return self.pages(action, parameters, of, rows="GroupInfo")


def _gone(grantee: Grantee) -> CloudError:
    return CloudError(
        ErrorKind.NOT_FOUND,
        f"there is no {grantee.kind} of that name.",
        code="ResourceNotFound",
        operation="GetUser" if grantee.kind == "user" else "ListGroups",
        resource=grantee.name,
        hint=HINTS[ErrorKind.NOT_FOUND],
    )
