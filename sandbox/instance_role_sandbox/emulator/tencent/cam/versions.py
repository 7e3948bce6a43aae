"""Versions of custom policies."""

from __future__ import annotations

from dataclasses import replace

from ...clock import stamp
from ..call import Answer, Call
from ..errors import ApiError
from . import checks, resources
from .policies import custom, put_document
from .product import CAM
from .records import POLICY, VERSION, Policy, Version


def _existing(call: Call, policy: Policy, version_id: int) -> Version:
    version = call.table(VERSION).get(f"{policy.policy_id}:{version_id}")
    if version is None:
        raise checks.refused("PolicyVersionNotExists", f"The version `{version_id}` does not exist.")
    return version


def _versions(call: Call, policy: Policy) -> list[Version]:
    return [one for one in call.table(VERSION).values() if one.policy_id == policy.policy_id]


@CAM.action(
    "CreatePolicyVersion",
    takes="PolicyId!:int PolicyDocument! SetAsDefault!:bool",
    resources=resources.policy,
)
def create_policy_version(call: Call) -> Answer:
    """A new version beside the others. https://www.tencentcloud.com/document/product/598/41281"""
    policy = custom(call)
    document = checks.permission_document(call, call.text("PolicyDocument"))
    if len(_versions(call, policy)) >= call.switches.count("cam-policy-versions"):
        raise ApiError("FailedOperation.PolicyVersionFull", "The number of versions has reached the upper limit.")
    number = policy.last_version + 1
    put_document(call, policy, number, document)
    default = number if call.params["SetAsDefault"] else policy.default_version
    _put(call, replace(policy, last_version=number, default_version=default))
    return {"VersionId": number}


@CAM.action("ListPolicyVersions", takes="PolicyId!:int", resources=resources.policy)
def list_policy_versions(call: Call) -> Answer:
    """All versions, without documents. https://www.tencentcloud.com/document/product/598/41278"""
    policy = custom(call)
    return {
        "Versions": [
            {
                "VersionId": one.version_id,
                "CreateDate": stamp(one.created),
                "IsDefaultVersion": int(one.version_id == policy.default_version),
            }
            for one in _versions(call, policy)
        ]
    }


@CAM.action("GetPolicyVersion", takes="PolicyId!:int VersionId!:int", resources=resources.policy)
def get_policy_version(call: Call) -> Answer:
    """One version with its document. https://www.tencentcloud.com/document/product/598/41279"""
    policy = custom(call)
    version = _existing(call, policy, call.integer("VersionId"))
    return {
        "PolicyVersion": {
            "VersionId": version.version_id,
            "CreateDate": stamp(version.created),
            "IsDefaultVersion": int(version.version_id == policy.default_version),
            "Document": checks.escaped(version.document),
        }
    }


@CAM.action("SetDefaultPolicyVersion", takes="PolicyId!:int VersionId!:int", resources=resources.policy)
def set_default_policy_version(call: Call) -> Answer:
    """Put a version in force. https://www.tencentcloud.com/document/product/598/41277"""
    policy = custom(call)
    version = _existing(call, policy, call.integer("VersionId"))
    if version.version_id == policy.default_version:
        raise _default_already(version)
    _put(call, replace(policy, default_version=version.version_id))
    return {}


@CAM.action("DeletePolicyVersion", takes="PolicyId!:int VersionId!:[int]", resources=resources.policy)
def delete_policy_version(call: Call) -> Answer:
    """Delete versions other than the one in force. https://www.tencentcloud.com/document/product/598/41280"""
    policy = custom(call)
    for number in call.params["VersionId"]:
        version = _existing(call, policy, number)
        if number == policy.default_version:
            raise _default_already(version)
        call.table(VERSION).delete(f"{policy.policy_id}:{number}")
    return {}


def _default_already(version: Version) -> ApiError:
    return ApiError(
        "FailedOperation.PolicyVersionAlreadyDefault", f"The version `{version.version_id}` is the default one."
    )


def _put(call: Call, policy: Policy) -> None:
    call.table(POLICY).put(str(policy.policy_id), replace(policy, updated=call.now))
