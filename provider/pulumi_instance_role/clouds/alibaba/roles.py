"""Roles of RAM, their tags and the policies attached to them.

https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-dir-role-management
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aliyunsdkram.request.v20150501.AttachPolicyToRoleRequest import AttachPolicyToRoleRequest
from aliyunsdkram.request.v20150501.CreateRoleRequest import CreateRoleRequest
from aliyunsdkram.request.v20150501.DeleteRoleRequest import DeleteRoleRequest
from aliyunsdkram.request.v20150501.DetachPolicyFromRoleRequest import DetachPolicyFromRoleRequest
from aliyunsdkram.request.v20150501.GetRoleRequest import GetRoleRequest
from aliyunsdkram.request.v20150501.ListPoliciesForRoleRequest import ListPoliciesForRoleRequest
from aliyunsdkram.request.v20150501.ListRolesRequest import ListRolesRequest
from aliyunsdkram.request.v20150501.UpdateRoleRequest import UpdateRoleRequest

from pulumi_instance_role.clouds.alibaba.base import rows
from pulumi_instance_role.clouds.alibaba.client import Api
from pulumi_instance_role.clouds.alibaba.limits import LIST_ENTITIES
from pulumi_instance_role.clouds.alibaba.tagging import Tagging, tag_parameter
from pulumi_instance_role.clouds.part import is_as_specified, is_updated, not_looked_for
from pulumi_instance_role.clouds.port import Attachment, CloudError, ErrorKind, Role, RoleSpec
from pulumi_instance_role.policy.dialect import ALIBABA
from pulumi_instance_role.transport.wait import Waiter


class Roles(Tagging):
    """The port's operations on roles and attachments.

    Answers about a role may leave AllowConsoleLogin out: the SDKs know it there, the pages' tables do not. Then what
    this connection set last stands in for it, so that a change is seen to be done.
    """

    def __init__(self, api: Api, waiter: Waiter | None = None) -> None:
        super().__init__(api, waiter)
        self._logins: dict[str, bool] = {}

    def get_role(self, name: str, *, shared: bool = False) -> Role | None:
        """GetRole and the role's tags."""
        role = self.bare_role(name, shared=shared)
        return None if role is None else _with_tags(role, self.tags("role", name))

    def bare_role(self, name: str, *, shared: bool = False) -> Role | None:
        """GetRole alone; ``tags`` is empty."""
        try:
            answer = self.api.call(GetRoleRequest, {"RoleName": name}, of=name, needs="Role", shared=shared)
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise
        return self._seen(answer["Role"])

    def create_role(self, spec: RoleSpec, *, unseen: bool = False) -> Role:
        """CreateRole, refused where a role has the name. With its tags: there is no role without the owner's mark."""
        parameters = {
            "RoleName": spec.name,
            "AssumeRolePolicyDocument": spec.trust_policy,
            "Description": spec.description or None,
            "MaxSessionDuration": spec.max_session_duration,
            "Tag": tag_parameter(spec.tags),
            "AllowConsoleLogin": _flag(spec.console_login),
        }

        def done() -> Role | None:
            role = self.get_role(spec.name)
            return role if role is not None and is_as_specified(role, spec, ALIBABA) else None

        def made(answer: dict[str, Any]) -> Role:
            self._note_login(spec)
            return _with_tags(self._seen(answer["Role"]), dict(spec.tags or {}))

        return self.write_once(
            CreateRoleRequest,
            parameters,
            of=spec.name,
            needs="Role",
            done=not_looked_for if unseen else done,
            made=made,
        )

    def update_role(self, spec: RoleSpec) -> None:
        """UpdateRole, with what the spec has. Not conditional: whatever role has the name by then is changed."""

        def done(seen: Role | None) -> bool:
            return seen is not None and is_updated(seen, spec, ALIBABA)

        parameters = {
            "RoleName": spec.name,
            "NewAssumeRolePolicyDocument": spec.trust_policy,
            "NewDescription": spec.description,
            "NewMaxSessionDuration": spec.max_session_duration,
            "NewAllowConsoleLogin": _flag(spec.console_login),
        }
        if any(value is not None for name, value in parameters.items() if name != "RoleName"):
            self.write_over(
                UpdateRoleRequest, parameters, of=spec.name, look=lambda: self.bare_role(spec.name), done=done
            )
            self._note_login(spec)

    def tag_role(self, name: str, put: Mapping[str, str], remove: Sequence[str]) -> None:
        """TagResources and UntagResources."""
        self.retag("role", name, put, remove)

    def delete_role(self, name: str) -> None:
        """DeleteRole. What was detached a moment ago may hold it back for a while; that is waited out.

        The cloud makes it conditional on no policy being attached, not on which role has the name.
        """

        def identity() -> str | None:
            role = self.bare_role(name)
            return role.role_id if role else None

        self.remove(
            DeleteRoleRequest,
            {"RoleName": name},
            of=name,
            held=lambda: bool(self.attachments(name)),
            identity=identity,
        )
        self._logins.pop(name, None)

    def _note_login(self, spec: RoleSpec) -> None:
        if spec.console_login is not None:
            self._logins[spec.name] = spec.console_login

    def _seen(self, row: Mapping[str, Any]) -> Role:
        role = role_of(row)
        return role if role.console_login is not None else replace(role, console_login=self._logins.get(role.name))

    def count_roles(self) -> int:
        """ListRoles, counted."""
        return self.count(ListRolesRequest, {}, ("Roles", "Role"))

    def attachments(self, role: str) -> Sequence[Attachment] | None:
        """ListPoliciesForRole."""
        try:
            answer = self.api.call(ListPoliciesForRoleRequest, {"RoleName": role}, of=role, needs="Policies")
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise
        found = rows(answer, "Policies", "Policy")
        return tuple(Attachment(role, row["PolicyName"], row["PolicyType"]) for row in found)

    def attach(self, attachment: Attachment) -> None:
        """AttachPolicyToRole. It adds, and replaces nothing."""
        try:
            self.api.call(AttachPolicyToRoleRequest, _parameters(attachment), of=_shown(attachment))
        except CloudError as error:
            if error.kind is not ErrorKind.EXISTS:
                raise

    def detach(self, attachment: Attachment) -> None:
        """DetachPolicyFromRole. It takes away what it names in full."""
        try:
            self.api.call(DetachPolicyFromRoleRequest, _parameters(attachment), of=_shown(attachment))
        except CloudError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise

    def count(self, request: type[Any], parameters: Mapping[str, object], path: Sequence[str]) -> int:
        """How many rows a listing of RAM has, over all its pages."""
        return sum(1 for _ in self.listed(request, parameters, path))

    def listed(
        self, request: type[Any], parameters: Mapping[str, object], path: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        """The rows of one of RAM's listings, over all its pages."""
        marker = None
        while True:
            asked = {**parameters, "MaxItems": LIST_ENTITIES, "Marker": marker}
            answer = self.api.call(request, asked, needs=path[0])
            yield from rows(answer, *path)
            marker = answer.get("Marker")
            if str(answer.get("IsTruncated", False)).lower() != "true" or not marker:
                return


def role_of(row: Mapping[str, Any]) -> Role:
    """A role as GetRole or ListRoles shows it; ``tags`` is empty."""
    duration, login = row.get("MaxSessionDuration"), row.get("AllowConsoleLogin")
    return Role(
        name=row["RoleName"],
        role_id=str(row.get("RoleId", "")),
        arn=row.get("Arn", ""),
        description=row.get("Description") or "",
        trust_policy=row.get("AssumeRolePolicyDocument"),
        max_session_duration=int(duration) if duration else None,
        service_linked=str(row.get("IsServiceLinkedRole", False)).lower() == "true",
        console_login=None if login is None else str(login).lower() == "true",
    )


def _with_tags(role: Role, tags: Mapping[str, str]) -> Role:
    return replace(role, tags=dict(tags))


def _flag(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()


def _parameters(attachment: Attachment) -> dict[str, object]:
    return {
        "PolicyType": attachment.policy_type,
        "PolicyName": attachment.policy,
        "RoleName": attachment.role,
    }


def _shown(attachment: Attachment) -> str:
    return json.dumps(attachment.policy) + f" on role {json.dumps(attachment.role)}"
