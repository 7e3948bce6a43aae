"""Policies of RAM and their versions.

https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-dir-policy-management
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aliyunsdkram.request.v20150501.CreatePolicyRequest import CreatePolicyRequest
from aliyunsdkram.request.v20150501.CreatePolicyVersionRequest import CreatePolicyVersionRequest
from aliyunsdkram.request.v20150501.DeletePolicyRequest import DeletePolicyRequest
from aliyunsdkram.request.v20150501.DeletePolicyVersionRequest import DeletePolicyVersionRequest
from aliyunsdkram.request.v20150501.GetPolicyRequest import GetPolicyRequest
from aliyunsdkram.request.v20150501.GetPolicyVersionRequest import GetPolicyVersionRequest
from aliyunsdkram.request.v20150501.ListEntitiesForPolicyRequest import ListEntitiesForPolicyRequest
from aliyunsdkram.request.v20150501.ListPoliciesRequest import ListPoliciesRequest
from aliyunsdkram.request.v20150501.ListPolicyVersionsRequest import ListPolicyVersionsRequest
from aliyunsdkram.request.v20150501.SetDefaultPolicyVersionRequest import SetDefaultPolicyVersionRequest
from aliyunsdkram.request.v20150501.UpdatePolicyDescriptionRequest import UpdatePolicyDescriptionRequest

from pulumi_instance_role.clouds import part
from pulumi_instance_role.clouds.alibaba.base import rows
from pulumi_instance_role.clouds.alibaba.roles import Roles
from pulumi_instance_role.clouds.alibaba.tagging import tag_parameter
from pulumi_instance_role.clouds.calls import NEVER, once_ready
from pulumi_instance_role.clouds.part import same_document
from pulumi_instance_role.clouds.port import (
    CUSTOM,
    Attachment,
    CloudError,
    ErrorKind,
    NamedKind,
    Policy,
    PolicyHolders,
    PolicySpec,
    PolicyVersion,
)
from pulumi_instance_role.policy.dialect import ALIBABA


class Policies(Roles):
    """The port's operations on policies."""

    def get_policy(self, name: str, policy_type: str, *, shared: bool = False) -> Policy | None:
        """GetPolicy with its default version, and the tags of a custom one."""
        found = self._untagged(name, policy_type, shared)
        if found is None or policy_type != CUSTOM:
            return found
        return replace(found, tags=self.tags("policy", found.name))

    def list_policies(self, tagged: Collection[str]) -> Sequence[Policy]:
        """ListPolicies of type Custom, and ListTagResources for fifty policies at a time."""
        found = [*self.listed(ListPoliciesRequest, {"PolicyType": CUSTOM}, ("Policies", "Policy"))]
        tags = self.tags_in_batches("policy", [row["PolicyName"] for row in found if row["PolicyName"] in tagged])
        return tuple(
            Policy(
                name=row["PolicyName"],
                policy_type=CUSTOM,
                document="",
                default_version=row.get("DefaultVersion") or "",
                description=row.get("Description") or "",
                tags=tags.get(row["PolicyName"], {}),
                policy_id=_id(row),
            )
            for row in found
        )

    def policy_tags(self, names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """ListTagResources, for fifty policies at a time."""
        return self.tags_in_batches("policy", names)

    def attached_policy(self, one: Attachment, tags: Mapping[str, str]) -> Policy | None:
        """GetPolicy with its default version."""
        found = self._untagged(one.policy, one.policy_type)
        return None if found is None else replace(found, tags=dict(tags))

    def _untagged(self, name: str, policy_type: str, shared: bool = False) -> Policy | None:
        answer = self._policy(name, policy_type, shared)
        if answer is None:
            return None
        row, version = answer["Policy"], answer.get("DefaultPolicyVersion") or {}
        return Policy(
            name=row["PolicyName"],
            policy_type=row["PolicyType"],
            # Policy.PolicyDocument is the obsolete place of it.
            document=version.get("PolicyDocument") or row.get("PolicyDocument") or "",
            default_version=version.get("VersionId") or row.get("DefaultVersion") or "",
            description=row.get("Description") or "",
            policy_id=_id(row),
        )

    def own_id(self, kind: NamedKind, name: str, *, shared: bool = False) -> str | None:
        """GetRole's RoleId; of a custom policy, which has no id, GetPolicy's CreateDate (in whole seconds)."""
        if kind == "role":
            role = self.bare_role(name, shared=shared)
            return None if role is None else role.role_id
        answer = self._policy(name, CUSTOM, shared)
        return None if answer is None else _id(answer["Policy"])

    def _policy(self, name: str, policy_type: str, shared: bool) -> dict[str, Any] | None:
        try:
            parameters = {"PolicyName": name, "PolicyType": policy_type}
            return self.api.call(GetPolicyRequest, parameters, of=name, needs="Policy", shared=shared)
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise

    def create_policy(self, spec: PolicySpec, *, unseen: bool = False) -> Policy:
        """CreatePolicy, refused where a policy has the name; tags included."""
        parameters = {
            "PolicyName": spec.name,
            "PolicyDocument": spec.document,
            "Description": spec.description or None,
            "Tag": tag_parameter(spec.tags),
        }
        tags = dict(spec.tags or {})

        def done() -> Policy | None:
            policy = self.get_policy(spec.name, CUSTOM)
            ours = (
                policy is not None
                and same_document(policy.document, spec.document, ALIBABA)
                and policy.description == (spec.description or "")
                and dict(policy.tags) == tags
            )
            return policy if ours else None

        def made(answer: dict[str, Any]) -> Policy:
            row = answer["Policy"]
            version = row.get("DefaultVersion") or "v1"
            return Policy(spec.name, CUSTOM, spec.document or "", version, spec.description or "", tags, _id(row))

        found = part.not_looked_for if unseen else done
        return self.write_once(CreatePolicyRequest, parameters, of=spec.name, needs="Policy", done=found, made=made)

    def update_policy_description(self, name: str, description: str) -> None:
        """UpdatePolicyDescription. Not conditional on the one it replaces."""
        parameters = {"PolicyName": name, "NewDescription": description}
        self._write_over(
            UpdatePolicyDescriptionRequest, parameters, name, name, lambda seen: seen.description == description
        )

    def tag_policy(self, name: str, put: Mapping[str, str], remove: Sequence[str]) -> None:
        """TagResources and UntagResources."""
        self.retag("policy", name, put, remove)

    def policy_versions(self, name: str) -> Sequence[PolicyVersion]:
        """ListPolicyVersions, oldest first. Documents that the listing leaves out are read one by one."""
        parameters = {"PolicyName": name, "PolicyType": CUSTOM}
        answer = self.api.call(ListPolicyVersionsRequest, parameters, of=name, needs="PolicyVersions")
        versions = [self._version(name, row) for row in rows(answer, "PolicyVersions", "PolicyVersion")]
        return tuple(sorted(versions, key=lambda version: _number(version.version_id)))

    def put_policy_document(self, name: str, document: str) -> str:
        """CreatePolicyVersion as the default one. The oldest version that is not in force makes room where needed.

        Not conditional on the version in force.
        """
        parameters = {
            "PolicyName": name,
            "PolicyDocument": document,
            "SetAsDefault": "true",
            "RotateStrategy": "DeleteOldestNonDefaultVersionWhenLimitExceeded",
        }

        def send(ready: part.Ready) -> str:
            answer = self.api.call(
                CreatePolicyVersionRequest, once_ready(ready, parameters), of=name, needs="PolicyVersion", retries=NEVER
            )
            return str(answer["PolicyVersion"]["VersionId"])

        def done(policy: Policy | None) -> str | None:
            same = policy is not None and same_document(policy.document, document, ALIBABA)
            return policy.default_version if policy is not None and same else None

        return part.write_over(self.api, send, lambda: self.get_policy(name, CUSTOM), done, name)

    def set_default_policy_version(self, name: str, version_id: str) -> None:
        """SetDefaultPolicyVersion. Not conditional on the version in force."""
        parameters = {"PolicyName": name, "VersionId": version_id}
        self._write_over(
            SetDefaultPolicyVersionRequest,
            parameters,
            f"{name} {version_id}",
            name,
            lambda seen: seen.default_version == version_id,
        )

    def _write_over(
        self,
        request: type[Any],
        parameters: Mapping[str, object],
        of: str,
        name: str,
        done: Callable[[Policy], bool],
    ) -> None:
        self.write_over(
            request,
            parameters,
            of=of,
            look=lambda: self.get_policy(name, CUSTOM),
            done=lambda seen: seen is not None and done(seen),
        )

    def delete_policy_version(self, name: str, version_id: str) -> None:
        """DeletePolicyVersion. Gone already is success. Refused of the one in force; an id is used once."""
        parameters = {"PolicyName": name, "VersionId": version_id}
        try:
            self.api.call(DeletePolicyVersionRequest, parameters, of=f"{name} {version_id}")
        except CloudError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise

    def delete_policy(self, name: str) -> None:
        """DeletePolicy with all versions.

        The cloud makes it conditional on nobody having the policy, not on which policy has the name; of that, RAM tells
        no more than when it was made.
        """

        def held() -> bool:
            holders = self.policy_holders(name, CUSTOM)
            return holders is not None and bool(holders.roles or holders.users or holders.groups)

        def identity() -> str | None:
            try:
                row = self._bare_policy(name, CUSTOM)["Policy"]
            except CloudError as error:
                if error.kind is ErrorKind.NOT_FOUND:
                    return None
                raise
            return str(row.get("CreateDate") or name)

        parameters = {"PolicyName": name, "CascadingDelete": "true"}
        self.remove(DeletePolicyRequest, parameters, of=name, held=held, identity=identity)

    def policy_holders(self, name: str, policy_type: str) -> PolicyHolders | None:
        """ListEntitiesForPolicy. It may list a role for a moment after the policy was detached from it."""
        try:
            parameters = {"PolicyName": name, "PolicyType": policy_type}
            answer = self.api.call(ListEntitiesForPolicyRequest, parameters, of=name, needs="Roles")
        except CloudError as error:
            if error.kind is ErrorKind.NOT_FOUND:
                return None
            raise
        return PolicyHolders(
            roles=tuple(row["RoleName"] for row in rows(answer, "Roles", "Role")),
            users=tuple(row["UserName"] for row in rows(answer, "Users", "User")),
            groups=tuple(row["GroupName"] for row in rows(answer, "Groups", "Group")),
        )

    def count_policies(self) -> int:
        """ListPolicies of type Custom, counted."""
        return self.count(ListPoliciesRequest, {"PolicyType": CUSTOM}, ("Policies", "Policy"))

    def _bare_policy(self, name: str, policy_type: str) -> dict[str, Any]:
        parameters = {"PolicyName": name, "PolicyType": policy_type}
        return self.api.call(GetPolicyRequest, parameters, of=name, needs="Policy")

    def _version(self, name: str, row: Mapping[str, Any]) -> PolicyVersion:
        if not row.get("PolicyDocument"):
            parameters = {"PolicyName": name, "PolicyType": CUSTOM, "VersionId": row["VersionId"]}
            row = self.api.call(GetPolicyVersionRequest, parameters, of=name, needs="PolicyVersion")["PolicyVersion"]
        return PolicyVersion(
            version_id=row["VersionId"],
            document=row["PolicyDocument"],
            is_default=str(row.get("IsDefaultVersion", False)).lower() == "true",
        )


def _id(row: Mapping[str, Any]) -> str:
    return str(row.get("CreateDate") or "")


def _number(version_id: str) -> int:
    digits = version_id.removeprefix("v")
    return int(digits) if digits.isdigit() else 0
