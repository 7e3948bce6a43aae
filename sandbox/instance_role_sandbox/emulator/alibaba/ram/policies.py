"""Policies and their versions.

System policies can be read and attached, never changed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ...clock import stamp
from ..call import Answer, Call
from ..errors import ApiError
from . import checks, resources
from .attachments import holders
from .product import RAM
from .records import POLICY, VERSION, Policy, Version
from .system_policies import CREATED, NOTHING, SYSTEM_POLICIES

VERSIONS = 5
ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"


@RAM.action("CreatePolicy", resources=resources.all_policies)
def create_policy(call: Call) -> Answer:
    """Make a custom policy with version v1. https://api.alibabacloud.com/document/Ram/2015-05-01/CreatePolicy"""
    name = checks.name(call, "PolicyName")
    document = checks.document(call, "PolicyDocument", "permission")
    description = checks.text(call, "Description") or ""
    tags = checks.tags(call)
    table = call.table(POLICY)
    if name in table:
        raise checks.already_exists("Policy", name)
    if len(table) >= call.switches.count("quota-policies"):
        raise ApiError("LimitExceeded.Policy", 409, "The count of policy beyond the current limits.")
    policy = Policy(name, call.now, call.now, "v1", 1, description, tags)
    table.put(name, policy)
    call.table(VERSION).put(_key(name, "v1"), Version("v1", document, call.now))
    return {"Policy": _custom(policy)}


@RAM.action("GetPolicy", resources=resources.policy)
def get_policy(call: Call) -> Answer:
    """A policy and its default version. https://api.alibabacloud.com/document/Ram/2015-05-01/GetPolicy"""
    kind, name = checks.policy_type(call), call.params.required("PolicyName")
    count = len(holders(call, kind, name))
    if kind == "System":
        return {
            "Policy": {**_system(name), "AttachmentCount": count, "UpdateDate": CREATED},
            "DefaultPolicyVersion": _system_version(name),
        }
    policy = _existing(call, name)
    version = _version(call, policy, policy.default_version)
    return {
        "Policy": {
            **_custom(policy),
            "AttachmentCount": count,
            "UpdateDate": stamp(policy.changed),
            "PolicyDocument": version.document,
        },
        "DefaultPolicyVersion": _shown(policy, version),
    }


@RAM.action("ListPolicies", resources=resources.all_policies)
def list_policies(call: Call) -> Answer:
    """All policies, or those of one type. https://api.alibabacloud.com/document/Ram/2015-05-01/ListPolicies"""
    kind = checks.policy_type(call, required=False)
    wanted = checks.tag_filter(call)
    found: list[tuple[str, Answer]] = []
    if kind in ("", "Custom"):
        for name, policy in call.table(POLICY).items():
            if checks.has_tags(policy.tags, wanted):
                row = {**_custom(policy), "UpdateDate": stamp(policy.changed), "Tags": checks.tag_list(policy.tags)}
                found.append((f"{name}:Custom", {**row, "AttachmentCount": len(holders(call, "Custom", name))}))
    if kind in ("", "System") and not wanted:
        for name in SYSTEM_POLICIES:
            row = {**_system(name), "UpdateDate": CREATED, "AttachmentCount": len(holders(call, "System", name))}
            found.append((f"{name}:System", row))
    policies, paging = checks.page(call, found)
    return {"Policies": {"Policy": policies}, **paging}


@RAM.action("UpdatePolicyDescription", resources=resources.policy)
def update_policy_description(call: Call) -> Answer:
    """Change a custom policy's description.

    https://api.alibabacloud.com/document/Ram/2015-05-01/UpdatePolicyDescription
    """
    policy = _existing(call, call.params.required("PolicyName"))
    description = checks.text(call, "NewDescription") or ""
    changed = call.table(POLICY).put(policy.name, replace(policy, description=description, changed=call.now))
    return {"Policy": {**_custom(changed), "UpdateDate": stamp(changed.changed)}}


@RAM.action("DeletePolicy", resources=resources.policy)
def delete_policy(call: Call) -> Answer:
    """Delete a custom policy that nobody has. https://api.alibabacloud.com/document/Ram/2015-05-01/DeletePolicy

    Versions beside the default one are in the way unless ``CascadingDelete`` is true. The code for a policy that a
    role has is documented nowhere: the switch ``delete-policy-role-code``.
    """
    policy = _existing(call, call.params.required("PolicyName"))
    kinds = {attachment.holder_kind for attachment in holders(call, "Custom", policy.name)}
    for kind, code in (
        ("user", "DeleteConflict.Policy.User"),
        ("group", "DeleteConflict.Policy.Group"),
        ("role", call.switches.text("delete-policy-role-code")),
    ):
        if kind in kinds:
            raise ApiError(code, 409, f"The policy can not has any {kind}s while deleting.")
    versions = _versions(call, policy.name)
    if len(versions) > 1 and not call.params.boolean("CascadingDelete"):
        raise ApiError("DeleteConflict.Policy.Version", 409, "The policy can not has any versions while deleting.")
    for version in versions:
        call.table(VERSION).delete(_key(policy.name, version.version_id))
    call.table(POLICY).delete(policy.name)
    return {}


@RAM.action("CreatePolicyVersion", resources=resources.policy)
def create_policy_version(call: Call) -> Answer:
    """Add a version, in place of the oldest spare one if asked to.

    https://api.alibabacloud.com/document/Ram/2015-05-01/CreatePolicyVersion
    """
    policy = _existing(call, call.params.required("PolicyName"))
    document = checks.document(call, "PolicyDocument", "permission")
    default = call.params.boolean("SetAsDefault", code="InvalidParameter.SetAsDefault")
    strategy = call.params.choice("RotateStrategy", ("None", ROTATE), "None", code="InvalidParameter.RotateStrategy")
    versions = _versions(call, policy.name)
    if len(versions) >= VERSIONS:
        if strategy == "None":
            raise ApiError(
                "LimitExceeded.Policy.Version", 409, "The count of policy version beyond the current limits."
            )
        oldest = next(version for version in versions if version.version_id != policy.default_version)
        call.table(VERSION).delete(_key(policy.name, oldest.version_id))
    number = policy.last_version + 1
    version = call.table(VERSION).put(_key(policy.name, f"v{number}"), Version(f"v{number}", document, call.now))
    changed = replace(
        policy,
        last_version=number,
        default_version=version.version_id if default else policy.default_version,
        changed=call.now,
    )
    call.table(POLICY).put(policy.name, changed)
    return {"PolicyVersion": _shown(changed, version)}


@RAM.action("GetPolicyVersion", resources=resources.policy)
def get_policy_version(call: Call) -> Answer:
    """One version. https://api.alibabacloud.com/document/Ram/2015-05-01/GetPolicyVersion"""
    kind, name = checks.policy_type(call), call.params.required("PolicyName")
    wanted = _version_id(call)
    if kind == "System":
        shown = _system_version(name)
        if wanted != shown["VersionId"]:
            raise checks.not_exist("Policy.Version", wanted)
        return {"PolicyVersion": shown}
    policy = _existing(call, name)
    return {"PolicyVersion": _shown(policy, _version(call, policy, wanted))}


@RAM.action("ListPolicyVersions", resources=resources.policy)
def list_policy_versions(call: Call) -> Answer:
    """All versions with their documents, oldest first.

    https://api.alibabacloud.com/document/Ram/2015-05-01/ListPolicyVersions
    """
    kind, name = checks.policy_type(call), call.params.required("PolicyName")
    if kind == "System":
        return {"PolicyVersions": {"PolicyVersion": [_system_version(name)]}}
    policy = _existing(call, name)
    shown = [_shown(policy, version) for version in _versions(call, name)]
    return {"PolicyVersions": {"PolicyVersion": shown}}


@RAM.action("SetDefaultPolicyVersion", resources=resources.policy)
def set_default_policy_version(call: Call) -> Answer:
    """Put a version in force. https://api.alibabacloud.com/document/Ram/2015-05-01/SetDefaultPolicyVersion"""
    policy = _existing(call, call.params.required("PolicyName"))
    version = _version(call, policy, _version_id(call))
    call.table(POLICY).put(policy.name, replace(policy, default_version=version.version_id, changed=call.now))
    return {}


@RAM.action("DeletePolicyVersion", resources=resources.policy)
def delete_policy_version(call: Call) -> Answer:
    """Delete a version that is not the default.

    https://api.alibabacloud.com/document/Ram/2015-05-01/DeletePolicyVersion
    """
    policy = _existing(call, call.params.required("PolicyName"))
    version = _version(call, policy, _version_id(call))
    if version.version_id == policy.default_version:
        raise ApiError("DeleteConflict.Policy.Version.Default", 409, "The default policy version can not be deleted.")
    call.table(VERSION).delete(_key(policy.name, version.version_id))
    return {}


def _key(name: str, version_id: str) -> str:
    return f"{name}:{version_id}"


def _existing(call: Call, name: str) -> Policy:
    policy = call.table(POLICY).get(name)
    if policy is None:
        raise checks.not_exist("Policy", name)
    return policy


def _versions(call: Call, name: str) -> list[Version]:
    """The versions of a custom policy, oldest first."""
    found = [version for key, version in call.table(VERSION).items() if key.rpartition(":")[0] == name]
    return sorted(found, key=lambda version: int(version.version_id[1:]))


def _version_id(call: Call) -> str:
    value = call.params.required("VersionId")
    if not re.fullmatch(r"v[1-9]\d{0,8}", value):
        raise ApiError("InvalidParameter.VersionId.Format", 400, "The parameter VersionId is not well formatted.")
    return value


def _version(call: Call, policy: Policy, version_id: str) -> Version:
    version = call.table(VERSION).get(_key(policy.name, version_id))
    if version is None:
        raise checks.not_exist("Policy.Version", version_id)
    return version


def _shown(policy: Policy, version: Version) -> Answer:
    return {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.version_id == policy.default_version,
        "PolicyDocument": version.document,
        "CreateDate": stamp(version.created),
    }


def _custom(policy: Policy) -> Answer:
    return {
        "PolicyName": policy.name,
        "PolicyType": "Custom",
        "DefaultVersion": policy.default_version,
        "Description": policy.description,
        "CreateDate": stamp(policy.created),
    }


def _system(name: str) -> Answer:
    policy = SYSTEM_POLICIES.get(name)
    if policy is None:
        raise checks.not_exist("Policy", name)
    return {
        "PolicyName": name,
        "PolicyType": "System",
        "DefaultVersion": "v1",
        "Description": policy.description,
        "CreateDate": CREATED,
    }


def _system_version(name: str) -> Answer:
    if name not in SYSTEM_POLICIES:
        raise checks.not_exist("Policy", name)
    return {
        "VersionId": "v1",
        "IsDefaultVersion": True,
        "PolicyDocument": SYSTEM_POLICIES[name].document or NOTHING,
        "CreateDate": CREATED,
    }
