"""Roles of CAM and their tags.

https://www.tencentcloud.com/document/product/598/33561 (CreateRole) and the pages beside it. CAM is for all regions.
What was made a moment ago may not be seen yet, so a creation ends when it is. Role ids are texts: as numbers they are
beyond what JavaScript can hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from pulumi_instance_role.clouds.calls import ONCE
from pulumi_instance_role.clouds.part import SETTLE, carry_out_once, is_as_specified, is_updated, not_looked_for
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Identity, Role, RoleSpec
from pulumi_instance_role.clouds.tencent.base import Part, tag_parameter, tags_of
from pulumi_instance_role.clouds.tencent.client import Api
from pulumi_instance_role.policy.dialect import TENCENT
from pulumi_instance_role.transport.wait import DeadlinePassed, Waiter

USER_ROLE = "user"
SERVICE_LINKED = "service_linked"

T = TypeVar("T")


class Roles(Part):
    """The port's operations on roles."""

    def __init__(self, api: Api, waiter: Waiter | None = None) -> None:
        super().__init__(api, waiter)
        self._identity: Identity | None = None

    def identity(self) -> Identity:
        """GetCallerIdentity (https://www.tencentcloud.com/document/product/1150/49537), asked once."""
        if self._identity is None:
            answer = self.api.call("sts", "GetCallerIdentity", {}, needs="AccountId")
            account, arn = str(answer["AccountId"]), str(answer.get("Arn") or "")
            itself = str(answer.get("UserId") or "") == account or arn.endswith(f":uin/{account}")
            kind = "role" if answer.get("Type") == "CAMRole" else "account" if itself else "user"
            self._identity = Identity(account, arn, kind)
        return self._identity

    def get_role(self, name: str, *, shared: bool = False) -> Role | None:
        """GetRole."""
        row = self.role_row(name, shared=shared)
        return None if row is None else self._role(row)

    def bare_role(self, name: str, *, shared: bool = False) -> Role | None:
        """GetRole, which shows the tags, too."""
        return self.get_role(name, shared=shared)

    def role_row(self, name: str, *, shared: bool = False) -> dict[str, Any] | None:
        """GetRole's RoleInfo, or ``None`` where CAM says that there is none."""
        try:
            answer = self.cam("GetRole", {"RoleName": name}, of=name, needs="RoleInfo", shared=shared)
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise
        found: dict[str, Any] = answer["RoleInfo"]
        return found

    def create_role(self, spec: RoleSpec, *, unseen: bool = False) -> Role:
        """CreateRole, refused where a role has the name. With its tags: there is no role without the owner's mark."""
        parameters = {
            "RoleName": spec.name,
            "PolicyDocument": spec.trust_policy,
            "Description": spec.description or None,
            "SessionDuration": spec.max_session_duration,
            "ConsoleLogin": _flag(spec.console_login),
            "Tags": tag_parameter(spec.tags),
        }

        def done() -> str | None:
            role = self.get_role(spec.name)
            return role.role_id if role is not None and is_as_specified(role, spec, TENCENT) else None

        role_id = carry_out_once(
            self.api.retrier,
            lambda: str(
                self.api.call("cam", "CreateRole", parameters, of=spec.name, needs="RoleId", retries=ONCE)["RoleId"]
            ),
            not_looked_for if unseen else done,
        )
        return self.shown(
            lambda: self.get_role(spec.name),
            Role(
                spec.name,
                role_id,
                self._arn(spec.name),
                spec.description or "",
                spec.trust_policy,
                spec.max_session_duration,
                dict(spec.tags or {}),
                console_login=spec.console_login,
            ),
        )

    def shown(self, look: Callable[[], T | None], made: T) -> T:
        """What ``look`` sees once it sees something; ``made`` where that does not come about in time."""
        try:
            return self.waiter.until(look, SETTLE)
        except DeadlinePassed:
            return made

    def update_role(self, spec: RoleSpec) -> None:
        """One action for each thing that the spec has. None is conditional on what it replaces.

        UpdateAssumeRolePolicy, UpdateRoleDescription, UpdateRoleSessionDuration, UpdateRoleConsoleLogin: the last two
        take a role's id as a number, which it is too large for, so all go by name.
        """
        changes = (
            ("UpdateAssumeRolePolicy", "PolicyDocument", spec.trust_policy, "trust_policy"),
            ("UpdateRoleDescription", "Description", spec.description, "description"),
            ("UpdateRoleSessionDuration", "SessionDuration", spec.max_session_duration, "max_session_duration"),
            ("UpdateRoleConsoleLogin", "ConsoleLogin", _flag(spec.console_login), "console_login"),
        )
        for action, parameter, value, field in changes:
            if value is not None:
                part = RoleSpec(spec.name, **{field: getattr(spec, field)})
                self._write_over(action, {parameter: value}, spec.name, partial(_is_updated, part))

    def tag_role(self, name: str, put: Mapping[str, str], remove: Sequence[str]) -> None:
        """TagRole, then UntagRole. Neither is conditional on the values that it replaces."""
        if put:
            tags = {"Tags": tag_parameter(put)}
            self._write_over("TagRole", tags, name, lambda role: put.items() <= role.tags.items())
        if remove:
            keys = {"TagKeys": sorted(remove)}
            self._write_over("UntagRole", keys, name, lambda role: role.tags.keys().isdisjoint(remove))

    def _write_over(
        self, action: str, parameters: Mapping[str, object], name: str, done: Callable[[Role], bool]
    ) -> None:
        self.write_over(
            action,
            {"RoleName": name, **parameters},
            of=name,
            look=lambda: self.get_role(name),
            done=lambda seen: seen is not None and done(seen),
        )

    def count_roles(self) -> int:
        """DescribeRoleList's own count."""
        return int(self.cam("DescribeRoleList", {"Page": 1, "Rp": 1}, needs="TotalNum")["TotalNum"])

    def _role(self, row: Mapping[str, Any]) -> Role:
        duration, login = row.get("SessionDuration"), row.get("ConsoleLogin")
        name = str(row["RoleName"])
        return Role(
            name=name,
            role_id=str(row.get("RoleId") or ""),
            arn=row.get("RoleArn") or self._arn(name),
            description=row.get("Description") or "",
            trust_policy=row.get("PolicyDocument"),
            max_session_duration=int(duration) if duration is not None else None,
            tags=tags_of(row.get("Tags")),
            service_linked=row.get("RoleType") == SERVICE_LINKED,
            console_login=None if login is None else bool(int(login)),
        )

    def _arn(self, name: str) -> str:
        return f"qcs::cam::uin/{self.identity().account_id}:roleName/{name}"


def _is_updated(spec: RoleSpec, role: Role) -> bool:
    return is_updated(role, spec, TENCENT)


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)
