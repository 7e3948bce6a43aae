"""Policies on users, groups and roles alike: who may do what in the account itself.

https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-attachpolicytouser and its siblings for
groups and roles.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aliyunsdkram.request.v20150501.AttachPolicyToGroupRequest import AttachPolicyToGroupRequest
from aliyunsdkram.request.v20150501.AttachPolicyToRoleRequest import AttachPolicyToRoleRequest
from aliyunsdkram.request.v20150501.AttachPolicyToUserRequest import AttachPolicyToUserRequest
from aliyunsdkram.request.v20150501.DetachPolicyFromGroupRequest import DetachPolicyFromGroupRequest
from aliyunsdkram.request.v20150501.DetachPolicyFromRoleRequest import DetachPolicyFromRoleRequest
from aliyunsdkram.request.v20150501.DetachPolicyFromUserRequest import DetachPolicyFromUserRequest
from aliyunsdkram.request.v20150501.ListGroupsForUserRequest import ListGroupsForUserRequest
from aliyunsdkram.request.v20150501.ListPoliciesForGroupRequest import ListPoliciesForGroupRequest
from aliyunsdkram.request.v20150501.ListPoliciesForRoleRequest import ListPoliciesForRoleRequest
from aliyunsdkram.request.v20150501.ListPoliciesForUserRequest import ListPoliciesForUserRequest

from pulumi_instance_role.clouds.alibaba.base import Part, rows
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Grant, Grantee, GranteeKind, Identity

_PARAMETER: Mapping[GranteeKind, str] = {"user": "UserName", "group": "GroupName", "role": "RoleName"}
_ATTACH: Mapping[GranteeKind, type[Any]] = {
    "user": AttachPolicyToUserRequest,
    "group": AttachPolicyToGroupRequest,
    "role": AttachPolicyToRoleRequest,
}
_DETACH: Mapping[GranteeKind, type[Any]] = {
    "user": DetachPolicyFromUserRequest,
    "group": DetachPolicyFromGroupRequest,
    "role": DetachPolicyFromRoleRequest,
}
_LIST: Mapping[GranteeKind, type[Any]] = {
    "user": ListPoliciesForUserRequest,
    "group": ListPoliciesForGroupRequest,
    "role": ListPoliciesForRoleRequest,
}


class Grants(Part):
    """The port's operations on grants."""

    def identity(self) -> Identity:
        """Who we are."""
        raise NotImplementedError

    def grants(self, grantee: Grantee) -> Sequence[Grant] | None:
        """ListPoliciesForUser, -ForGroup or -ForRole."""
        try:
            answer = self.api.call(_LIST[grantee.kind], _named(grantee), of=str(grantee), needs="Policies")
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise
        listed = rows(answer, "Policies", "Policy")
        return tuple(Grant(grantee, row["PolicyName"], row["PolicyType"]) for row in listed)

    def give(self, grant: Grant) -> None:
        """AttachPolicyToUser, -ToGroup or -ToRole. It adds, and replaces nothing."""
        self._change(_ATTACH, grant, ErrorKind.EXISTS)

    def withdraw(self, grant: Grant) -> None:
        """DetachPolicyFromUser, -FromGroup or -FromRole. It takes away what it names in full."""
        self._change(_DETACH, grant, ErrorKind.NOT_FOUND)

    def acts_as(self, grantee: Grantee) -> bool:
        """GetCallerIdentity; for a group ListGroupsForUser of the caller.

        An ARN ends in ``user/<name>`` or ``assumed-role/<role>/<session>``.
        """
        caller = self.identity()
        kind, _, name = caller.arn.rpartition(":")[2].partition("/")
        if grantee.kind == "role":
            return kind == "assumed-role" and name.split("/")[0].lower() == grantee.name.lower()
        if kind != "user":
            return False
        if grantee.kind == "user":
            return name == grantee.name
        answer = self.api.call(ListGroupsForUserRequest, {"UserName": name}, of=name)
        return any(row["GroupName"] == grantee.name for row in rows(answer, "Groups", "Group"))

    def _change(self, requests: Mapping[GranteeKind, type[Any]], grant: Grant, done: ErrorKind) -> None:
        parameters = {**_named(grant.holder), "PolicyType": grant.policy_type, "PolicyName": grant.policy}
        of = f"{json.dumps(grant.policy)} on {grant.holder}"
        try:
            self.api.call(requests[grant.holder.kind], parameters, of=of)
        except CloudError as error:
            if error.kind is not done:
                raise


def _named(grantee: Grantee) -> dict[str, object]:
    return {_PARAMETER[grantee.kind]: grantee.name}
