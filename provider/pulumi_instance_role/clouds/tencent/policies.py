"""Policies of CAM, and which of them are on which role.

https://www.tencentcloud.com/document/product/598/34578 (CreatePolicy) and the pages beside it. CAM knows policies by
number; names are looked up in ListPolicies. A name that is not listed is gone only if the caller is known to be let
through: one who sees the preset policies in the listing, or else is told by GetPolicy that there is no policy of a
number that none has.

UpdatePolicy rewrites the version in force, so there is one, always: CAM's further versions are not used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from pulumi_instance_role.clouds.calls import NEVER, ONCE, once_ready
from pulumi_instance_role.clouds.hints import HINTS
from pulumi_instance_role.clouds.part import Ready, carry_out_once, not_looked_for, remove, same_document
from pulumi_instance_role.clouds.port import (
    CUSTOM,
    SYSTEM,
    Attachment,
    CloudError,
    ErrorKind,
    NamedKind,
    Policy,
    PolicyHolders,
    PolicySpec,
    PolicyVersion,
)
from pulumi_instance_role.clouds.tencent.base import tags_of
from pulumi_instance_role.clouds.tencent.client import Api
from pulumi_instance_role.clouds.tencent.roles import Roles
from pulumi_instance_role.policy.dialect import TENCENT
from pulumi_instance_role.transport.wait import Waiter

IN_FORCE = "default"
"""The only version."""
NO_POLICY = 9007199254740991
"""A number that no policy is likely to have."""
PROVED_FOR = 300.0
"""Seconds for which a reader who was let through once is believed to be let through."""

_SCOPES = {CUSTOM: "Local", SYSTEM: "QCS"}
TYPES = {"User": CUSTOM, "QCS": SYSTEM}
_HOLDERS = {"1": "users", "2": "groups", "3": "roles"}
_POLICY_GONE = (
    "InvalidParameter.PolicyIdNotExist",
    "ResourceNotFound.PolicyIdNotFound",
    "ResourceNotFound.NotFound",
)
MAYBE_DONE = (ErrorKind.EXISTS, ErrorKind.UNKNOWN, ErrorKind.INVALID)
"""Kinds of what CAM may say of an attachment that is as asked for already; its code is published nowhere."""

T = TypeVar("T")


class Policies(Roles):
    """The port's operations on policies and attachments."""

    def __init__(self, api: Api, waiter: Waiter | None = None) -> None:
        super().__init__(api, waiter)
        self._ids: dict[tuple[str, str], int] = {}
        self._let_through_cam: float | None = None

    # -- policies ----------------------------------------------------------------------------------------------
    def get_policy(self, name: str, policy_type: str, *, shared: bool = False) -> Policy | None:
        """GetPolicy."""

        def read(number: int) -> tuple[int, dict[str, Any]]:
            return number, self._details(number, name, shared=shared)

        try:
            number, answer = self._with_id(name, policy_type, read)
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise
        return _policy(name, policy_type, str(number), answer)

    def list_policies(self, tagged: Collection[str]) -> Sequence[Policy]:
        """ListPolicies of custom ones.

        Whose a policy is stands in its description, which the SDK says may be null in a row where it could not be had:
        such a row is told without an id, so that the policy is asked for itself.
        """
        found = tuple(
            Policy(
                name=str(row["PolicyName"]),
                policy_type=CUSTOM,
                document="",
                default_version=IN_FORCE,
                description=row.get("Description") or "",
                tags=tags_of(row.get("Tags")),
                policy_id="" if row.get("Description") is None else str(row["PolicyId"]),
            )
            for row in self.pages("ListPolicies", {"Scope": _SCOPES[CUSTOM]})
        )
        if found:
            self._let_through_cam = time.monotonic()
        else:
            self._prove_listing()
        return found

    def policy_tags(self, names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """GetPolicy brings them along."""
        return {}

    def attached_policy(self, one: Attachment, tags: Mapping[str, str]) -> Policy | None:
        """GetPolicy by the number that the list of attachments has."""
        if not one.policy_id:
            return self.get_policy(one.policy, one.policy_type)
        try:
            answer = self._details(int(one.policy_id), one.policy)
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise
        return _policy(one.policy, one.policy_type, one.policy_id, answer)

    def own_id(self, kind: NamedKind, name: str, *, shared: bool = False) -> str | None:
        """GetRole's RoleId; the number that ListPolicies has for a custom policy, or GetPolicy of one just made."""
        if kind == "role":
            row = self.role_row(name, shared=shared)
            return None if row is None else str(row.get("RoleId") or "")
        if shared and (name, CUSTOM) in self._ids:
            policy = self.get_policy(name, CUSTOM, shared=True)
            return None if policy is None else policy.policy_id
        # One just made may not be listed yet.
        number = self._find(name, CUSTOM, shared) or self._ids.get((name, CUSTOM))
        return None if number is None else str(number)

    def create_policy(self, spec: PolicySpec, *, unseen: bool = False) -> Policy:
        """CreatePolicy, refused where a policy has the name. Without tags: nothing could change them later."""
        parameters = {
            "PolicyName": spec.name,
            "PolicyDocument": spec.document,
            "Description": spec.description or None,
        }
        if spec.tags:
            raise _unsupported("CreatePolicy", spec.name, "policies here have no tags that can be changed.")

        def made() -> int:
            answer = self.api.call("cam", "CreatePolicy", parameters, of=spec.name, needs="PolicyId", retries=ONCE)
            return int(answer["PolicyId"])

        def done() -> int | None:
            policy = self.get_policy(spec.name, CUSTOM)
            ours = (
                policy is not None
                and same_document(policy.document, spec.document, TENCENT)
                and policy.description == (spec.description or "")
            )
            return self._find(spec.name, CUSTOM) if ours else None

        self._ids[spec.name, CUSTOM] = carry_out_once(self.api.retrier, made, not_looked_for if unseen else done)
        number = str(self._ids[spec.name, CUSTOM])
        wanted = Policy(spec.name, CUSTOM, spec.document or "", IN_FORCE, spec.description or "", policy_id=number)
        return self.shown(lambda: self._get_made(spec.name), wanted)

    def update_policy_description(self, name: str, description: str) -> None:
        """UpdatePolicy. Not conditional on what it replaces."""
        self._update(name, {"Description": description}, lambda seen: (seen.get("Description") or "") == description)

    def tag_policy(self, name: str, put: Mapping[str, str], remove: Sequence[str]) -> None:
        """CAM has no action for it."""
        if put or remove:
            raise _unsupported("TagPolicy", name, "policies here have no tags that can be changed.")

    def policy_versions(self, name: str) -> Sequence[PolicyVersion]:
        """The one version in force."""
        answer = self._with_id(name, CUSTOM, lambda number: self._details(number, name))
        return (PolicyVersion(IN_FORCE, str(answer["PolicyDocument"]), True),)

    def put_policy_document(self, name: str, document: str) -> str:
        """UpdatePolicy. Not conditional on what it replaces."""

        def done(seen: Mapping[str, Any]) -> bool:
            return same_document(str(seen["PolicyDocument"]), document, TENCENT)

        self._update(name, {"PolicyDocument": document}, done)
        return IN_FORCE

    def set_default_policy_version(self, name: str, version_id: str) -> None:
        """There is one version, and it is in force."""
        if version_id != IN_FORCE:
            raise _unsupported("SetDefaultPolicyVersion", name, "policies here have one version.")

    def delete_policy_version(self, name: str, version_id: str) -> None:
        """There is one version, and it is in force."""
        raise _unsupported("DeletePolicyVersion", name, "policies here have one version.")

    def delete_policy(self, name: str) -> None:
        """DeletePolicy, by number, so of this policy alone.

        It is not conditional on nobody having the policy: CAM would take it from them. So that is looked at before
        every sending.
        """

        def held() -> bool:
            holders = self.policy_holders(name, CUSTOM)
            return holders is not None and bool(holders.roles or holders.users or holders.groups)

        def delete(ready: Ready) -> None:
            def free() -> None:
                ready()
                if held():
                    raise _in_use("DeletePolicy", name, "the policy is attached.")

            def send(number: int) -> None:
                parameters = once_ready(free, {"PolicyId": [number]})
                self.api.call("cam", "DeletePolicy", parameters, of=name, retries=NEVER)

            self._with_id(name, CUSTOM, send)

        remove(self.api, self.waiter, delete, held, lambda: self._find(name, CUSTOM), name)
        self._ids.pop((name, CUSTOM), None)

    def policy_holders(self, name: str, policy_type: str) -> PolicyHolders | None:
        """ListEntitiesForPolicy."""

        def listed(number: int) -> list[dict[str, Any]]:
            return list(self.pages("ListEntitiesForPolicy", {"PolicyId": number}, of=name))

        try:
            rows = self._with_id(name, policy_type, listed)
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise
        found: dict[str, list[str]] = {kind: [] for kind in _HOLDERS.values()}
        for row in rows:
            found[_HOLDERS[str(row["RelatedType"])]].append(str(row.get("Name") or row.get("Id")))
        return PolicyHolders(**{kind: tuple(names) for kind, names in found.items()})

    def count_policies(self) -> int:
        """ListPolicies' own count of custom ones."""
        answer = self.cam("ListPolicies", {"Page": 1, "Rp": 1, "Scope": "Local"}, needs="TotalNum")
        return int(answer["TotalNum"])

    # -- attachments -------------------------------------------------------------------------------------------
    def attachments(self, role: str) -> Sequence[Attachment] | None:
        """ListAttachedRolePolicies. That a role is not there is said by GetRole only."""
        try:
            rows = list(self.pages("ListAttachedRolePolicies", {"RoleName": role}, of=role))
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise
        if not rows and self.role_row(role) is None:
            return None
        return tuple(
            Attachment(role, str(row["PolicyName"]), TYPES[str(row["PolicyType"])], str(row.get("PolicyId") or ""))
            for row in rows
        )

    def attach(self, attachment: Attachment) -> None:
        """AttachRolePolicy. It adds, and replaces nothing."""
        try:
            self._change_attachment("AttachRolePolicy", "AttachRoleName", attachment)
        except CloudError as error:
            if error.kind not in MAYBE_DONE or attachment not in (self.attachments(attachment.role) or ()):
                raise

    def detach(self, attachment: Attachment) -> None:
        """DetachRolePolicy. It takes away what it names in full."""
        try:
            self._change_attachment("DetachRolePolicy", "DetachRoleName", attachment)
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return
            if error.kind not in MAYBE_DONE or attachment in (self.attachments(attachment.role) or ()):
                raise

    def delete_role(self, name: str) -> None:
        """DeleteRole.

        It is conditional neither on which role has the name nor on what is attached: CAM would delete it with all of
        that. So both are looked at before every sending.
        """

        def delete(ready: Ready) -> None:
            def free() -> None:
                ready()
                if self.attachments(name):
                    raise _in_use("DeleteRole", name, "policies are attached to the role.")

            self.api.call("cam", "DeleteRole", once_ready(free, {"RoleName": name}), of=name, retries=NEVER)

        def identity() -> str | None:
            row = self.role_row(name)
            return None if row is None else str(row.get("RoleId") or name)

        remove(self.api, self.waiter, delete, lambda: bool(self.attachments(name)), identity, name)

    def _change_attachment(self, action: str, role_parameter: str, attachment: Attachment) -> None:
        of = f'"{attachment.policy}" on role "{attachment.role}"'
        self._with_id(
            attachment.policy,
            attachment.policy_type,
            lambda number: self.cam(action, {"PolicyId": number, role_parameter: attachment.role}, of=of),
        )

    # -- names and numbers -------------------------------------------------------------------------------------
    def _with_id(self, name: str, policy_type: str, use: Callable[[int], T]) -> T:
        """``use`` with the number of a policy. ``NOT_FOUND`` where there is no policy of that name and type."""
        key = (name, policy_type)
        if key in self._ids:
            try:
                return use(self._ids[key])
            except CloudError as error:
                if error.code not in _POLICY_GONE:
                    raise
                self._ids.pop(key, None)
        number = self._find(name, policy_type)
        if number is None:
            raise CloudError(
                ErrorKind.NOT_FOUND,
                f"there is no {policy_type.lower()} policy of that name.",
                code="ResourceNotFound.NotFound",
                operation="ListPolicies",
                resource=name,
                hint=HINTS[ErrorKind.NOT_FOUND],
            )
        if policy_type == SYSTEM:
            self._ids[key] = number
        return use(number)

    def _find(self, name: str, policy_type: str, shared: bool = False) -> int | None:
        parameters = {"Keyword": name, "Scope": _SCOPES.get(policy_type, policy_type)}
        for row in self.pages("ListPolicies", parameters, of=name, shared=shared):
            if row["PolicyName"] == name:
                self._let_through_cam = time.monotonic()
                return int(row["PolicyId"])
        self._prove_listing()
        return None

    def _prove_listing(self) -> None:
        """Return when a policy that is not listed is not there; raise ``DENIED`` otherwise."""
        proved = self._let_through_cam
        if proved is not None and time.monotonic() - proved < PROVED_FOR:
            return
        presets = self.cam("ListPolicies", {"Page": 1, "Rp": 1, "Scope": "QCS"}, needs="TotalNum")
        if not int(presets["TotalNum"]) and not self._is_told_of_none():
            raise CloudError(
                ErrorKind.DENIED,
                "the listing lacks even the preset policies, as for callers without permission.",
                code="UnauthorizedOperation",
                operation="ListPolicies",
                hint='Allow cam:ListPolicies on "*" to the credentials in use.',
            )
        self._let_through_cam = time.monotonic()

    def _is_told_of_none(self) -> bool:
        try:
            self.cam("GetPolicy", {"PolicyId": NO_POLICY}, needs="PolicyDocument")
        except CloudError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            return True
        return False

    def _get_made(self, name: str) -> Policy | None:
        """The policy just made, while not every reader sees it: only by its number."""
        number = self._ids[name, CUSTOM]
        found = self.get_policy(name, CUSTOM)
        self._ids[name, CUSTOM] = number
        return found

    def _details(self, number: int, name: str, *, shared: bool = False) -> dict[str, Any]:
        return self.cam("GetPolicy", {"PolicyId": number}, of=name, needs="PolicyDocument", shared=shared)

    def _update(self, name: str, changes: Mapping[str, object], done: Callable[[Mapping[str, Any]], bool]) -> None:
        def update(number: int) -> None:
            parameters = {"PolicyId": number, **changes}
            self.write_over("UpdatePolicy", parameters, of=name, look=lambda: self._replaced(number, name), done=done)

        self._with_id(name, CUSTOM, update)

    def _replaced(self, number: int, name: str) -> dict[str, Any]:
        """What UpdatePolicy changes, as it is now."""
        return {
            key: one for key, one in self._details(number, name).items() if key in ("Description", "PolicyDocument")
        }


def _policy(name: str, policy_type: str, number: str, answer: Mapping[str, Any]) -> Policy:
    return Policy(
        name=name,
        policy_type=policy_type,
        document=str(answer["PolicyDocument"]),
        default_version=IN_FORCE,
        description=answer.get("Description") or "",
        tags=tags_of(answer.get("Tags")),
        policy_id=number,
    )


def _in_use(operation: str, name: str, message: str) -> CloudError:
    return CloudError(ErrorKind.IN_USE, message, operation=operation, resource=name, hint=HINTS[ErrorKind.IN_USE])


def _unsupported(operation: str, name: str, message: str) -> CloudError:
    return CloudError(
        ErrorKind.UNSUPPORTED, message, operation=operation, resource=name, hint=HINTS[ErrorKind.UNSUPPORTED]
    )
