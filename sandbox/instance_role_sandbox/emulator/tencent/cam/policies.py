"""Custom policies and the preset ones."""

from __future__ import annotations

from dataclasses import replace

from .. import ids
from ..accounts import USER
from ..call import Answer, Call
from ..errors import ApiError
from . import checks, resources
from .presets import PRESETS, Preset
from .product import CAM
from .records import ATTACHMENT, GROUP, POLICY, VERSION, Attachment, Policy, Version
from .roles import visible
from .view import role_by_id

MOST_DELETED = 200
LAST_PAGE = 200


def custom(call: Call, error: ApiError | None = None) -> Policy:
    """The custom policy that a call names by PolicyId or PolicyName; ``error`` (or PolicyIdNotExist) if none."""
    policies, wanted = call.table(POLICY), call.text("PolicyId")
    if not wanted:
        wanted = next((key for key, one in policies.items() if one.name == call.text("PolicyName")), "")
    policy = policies.get(wanted)
    if policy is None:
        raise error or checks.refused("PolicyIdNotExist", f"The policy `{wanted}` does not exist.")
    return policy


def not_found(policy_id: int | str) -> ApiError:
    """What GetPolicy says of a policy that is not there."""
    return ApiError("ResourceNotFound.PolicyIdNotFound", f"The policy `{policy_id}` does not exist.")


def attachments_of(call: Call, policy_id: int) -> list[tuple[str, Attachment]]:
    """Who has a policy."""
    return [(key, one) for key, one in call.table(ATTACHMENT).items() if one.policy_id == policy_id]


def put_document(call: Call, policy: Policy, version: int, document: str) -> None:
    """Make ``document`` that version's."""
    record = Version(policy.policy_id, version, document, call.now)
    call.table(VERSION).put(f"{policy.policy_id}:{version}", record)


@CAM.action(
    "CreatePolicy",
    takes="PolicyName! PolicyDocument! Description Tags:[{Key! Value}]",
    rate=10,
    resources=resources.all_policies,
)
def create_policy(call: Call) -> Answer:
    """Make a custom policy. https://www.tencentcloud.com/document/product/598/34578"""
    name = checks.name(call, "PolicyName", "PolicyNameError")
    document = checks.permission_document(call, call.text("PolicyDocument"))
    policies = call.table(POLICY)
    if any(policy.name == name for policy in policies.values()):
        raise ApiError("FailedOperation.PolicyNameInUse", f"The policy name `{name}` is already in use.")
    if len(policies) >= call.switches.count("cam-quota-policies"):
        raise ApiError("FailedOperation.PolicyFull", "The number of custom policies has reached the upper limit.")
    policy = Policy(
        policy_id=int(ids.digits(9)),
        name=name,
        added=call.now,
        updated=call.now,
        description=checks.description(call),
        tags=checks.tags(call.params.get("Tags", ())),
    )
    policies.put(str(policy.policy_id), policy)
    put_document(call, policy, 1, document)
    return {"PolicyId": policy.policy_id}


@CAM.action("GetPolicy", takes="PolicyId!:int", resources=resources.policy)
def get_policy(call: Call) -> Answer:
    """One policy with its document. https://www.tencentcloud.com/document/product/598/34574"""
    wanted = call.integer("PolicyId")
    if wanted in PRESETS:
        preset = PRESETS[wanted]
        return _details(preset, 2, preset.document)
    policy = custom(call, not_found(wanted))
    if not visible(call, policy.added):
        raise not_found(wanted)
    version = call.table(VERSION).get(f"{wanted}:{policy.default_version}")
    return _details(policy, 1, version.document if version else "")


@CAM.action(
    "UpdatePolicy",
    takes="PolicyId:int PolicyName Description PolicyDocument Alias",
    rate=10,
    resources=resources.policy,
)
def update_policy(call: Call) -> Answer:
    """Change a policy: its default version's document is rewritten in place.

    https://www.tencentcloud.com/document/product/598/34569
    """
    policy = custom(call, not_found(call.text("PolicyId") or call.text("PolicyName")))
    if "PolicyDocument" in call.params:
        document = checks.permission_document(call, call.text("PolicyDocument"))
        put_document(call, policy, policy.default_version, document)
    if "Description" in call.params:
        policy = replace(policy, description=checks.description(call))
    if "PolicyId" in call.params and "PolicyName" in call.params:
        policy = replace(policy, name=checks.name(call, "PolicyName", "PolicyNameError"))
    policy = replace(policy, alias=call.text("Alias", policy.alias), updated=call.now)
    call.table(POLICY).put(str(policy.policy_id), policy)
    return {"PolicyId": policy.policy_id}


@CAM.action("DeletePolicy", takes="PolicyId!:[int]", resources=resources.policy)
def delete_policy(call: Call) -> Answer:
    """Delete custom policies; whoever has them, has them no more.

    https://www.tencentcloud.com/document/product/598/34577
    """
    wanted = call.params["PolicyId"]
    if len(wanted) > MOST_DELETED:
        raise checks.refused("OperatePoliciesOverLimit", f"More than {MOST_DELETED} policies in one request.")
    for policy_id in wanted:
        if str(policy_id) not in call.table(POLICY):
            raise checks.refused("PolicyIdNotExist", f"The policy `{policy_id}` does not exist.")
        for key, _ in attachments_of(call, policy_id):
            call.table(ATTACHMENT).delete(key)
        for key, version in call.table(VERSION).items():
            if version.policy_id == policy_id:
                call.table(VERSION).delete(key)
        call.table(POLICY).delete(str(policy_id))
    return {}


@CAM.action("ListPolicies", takes="Rp:int Page:int Scope Keyword", rate=20, resources=resources.all_policies)
def list_policies(call: Call) -> Answer:
    """Custom and preset policies. https://www.tencentcloud.com/document/product/598/34570"""
    scope, keyword = call.text("Scope", "All"), call.text("Keyword").lower()
    if scope not in ("All", "QCS", "Local"):
        raise checks.refused("ScopeError", "Scope is All, QCS or Local.")
    if call.integer("Page", 1) > LAST_PAGE:
        raise checks.refused("ParamError", f"Page is at most {LAST_PAGE}.")
    local = [one for one in call.table(POLICY).values() if visible(call, one.added)] if scope != "QCS" else []
    listed = scope != "Local" and call.switches.on("cam-presets-listed")
    rows: list[Policy | Preset] = [*local, *(PRESETS.values() if listed else ())]
    rows = [row for row in rows if keyword in row.name.lower() or keyword in row.description.lower()]
    return {
        "TotalNum": len(rows),
        "List": [_row(call, row) for row in checks.page(call, rows)],
        "ServiceTypeList": [],
    }


@CAM.action(
    "ListEntitiesForPolicy",
    takes="PolicyId!:int Page:int Rp:int EntityFilter",
    resources=resources.policy,
)
def list_entities_for_policy(call: Call) -> Answer:
    """Who has a policy. https://www.tencentcloud.com/document/product/598/34571"""
    wanted, only = call.integer("PolicyId"), call.text("EntityFilter", "All")
    if only not in ("All", "User", "Group", "Role"):
        raise checks.refused("EntityFilterError", "EntityFilter is All, User, Group or Role.")
    if wanted not in PRESETS:
        custom(call, not_found(wanted))
    rows = [one for _, one in attachments_of(call, wanted) if only in ("All", one.holder_kind.capitalize())]
    return {"TotalNum": len(rows), "List": [_entity(call, one) for one in checks.page(call, rows)]}


def _entity(call: Call, one: Attachment) -> Answer:
    kind = one.holder_kind
    user = call.table(USER).get(one.holder) if kind == "user" else None
    group = call.table(GROUP).get(one.holder) if kind == "group" else None
    role = role_by_id(call.state, call.account, one.holder) if kind == "role" else None
    found = user or group or role
    return {
        "Id": one.holder,
        "Name": found.name if found else "",
        "Uin": int(one.holder) if user else 0,
        "RelatedType": {"user": 1, "group": 2, "role": 3}[kind],
        "AttachmentTime": checks.stamp(one.added),
    }


def _details(policy: Policy | Preset, kind: int, document: str) -> Answer:
    return {
        "PolicyName": policy.name,
        "Description": policy.description,
        "Type": kind,
        "AddTime": checks.stamp(policy.added),
        "UpdateTime": checks.stamp(policy.updated),
        "PolicyDocument": checks.escaped(document),
        "PresetAlias": policy.alias,
        "IsServiceLinkedRolePolicy": 0,
        "Tags": checks.shown_tags(policy.tags),
    }


def _row(call: Call, policy: Policy | Preset) -> Answer:
    held = len(attachments_of(call, policy.policy_id))
    return {
        "PolicyId": policy.policy_id,
        "PolicyName": policy.name,
        "AddTime": checks.stamp(policy.added),
        "Type": 1 if isinstance(policy, Policy) else 2,
        "Description": policy.description,
        "CreateMode": 2,
        "Attachments": held,
        "ServiceType": "",
        "IsAttached": None,
        "Deactived": 0,
        "DeactivedDetail": [],
        "IsServiceLinkedPolicy": 0,
        "AttachEntityCount": held,
        "AttachEntityBoundaryCount": 0,
        "UpdateTime": checks.stamp(policy.updated),
        "Tags": checks.shown_tags(policy.tags),
    }
