"""Roles."""

from __future__ import annotations

from dataclasses import replace

from ...clock import stamp
from .. import ids
from ..call import Answer, Call
from ..ecs.facts import instances_holding
from ..errors import ApiError
from . import checks, resources
from .attachments import attached
from .product import RAM
from .records import ROLE, Role
from .view import role_arn

SESSION_SECONDS = (3600, 43200)


def existing(call: Call, name: str) -> Role:
    """The role of that name; ``EntityNotExist.Role`` (404) otherwise."""
    role = call.table(ROLE).get(name)
    if role is None:
        raise checks.not_exist("Role", name)
    return role


@RAM.action("CreateRole", resources=resources.all_roles)
def create_role(call: Call) -> Answer:
    """Make a role. https://api.alibabacloud.com/document/Ram/2015-05-01/CreateRole"""
    name = checks.name(call, "RoleName")
    trust = checks.document(call, "AssumeRolePolicyDocument", "trust")
    description = checks.text(call, "Description") or ""
    session = _session_seconds(call, "MaxSessionDuration", 3600)
    tags = checks.tags(call)
    # What holds when it is left out is published nowhere.
    login = call.params.boolean("AllowConsoleLogin", call.switches.on("role-console-login"))
    table = call.table(ROLE)
    if name in table:
        raise checks.already_exists("Role", name)
    if len(table) >= call.switches.count("quota-roles"):
        raise ApiError("LimitExceeded.Role", 409, "The count of role beyond the current limits.")
    role = Role(
        role_id=ids.digits(18),
        name=name,
        trust=trust,
        created=call.now,
        changed=call.now,
        description=description,
        max_session=session,
        tags=tags,
        console_login=login,
    )
    table.put(name, role)
    return {"Role": _shown(call, role)}


@RAM.action("GetRole", resources=resources.role)
def get_role(call: Call) -> Answer:
    """One role with its trust document. https://api.alibabacloud.com/document/Ram/2015-05-01/GetRole"""
    role = existing(call, call.params.required("RoleName"))
    principal = f"{role.name.lower()}@role.{call.account}.onaliyunservice.com"
    return {
        "Role": {
            **_shown(call, role),
            "UpdateDate": stamp(role.changed),
            "RolePrincipalName": principal,
            "IsServiceLinkedRole": False,
        }
    }


@RAM.action("UpdateRole", resources=resources.role)
def update_role(call: Call) -> Answer:
    """Change trust document, description, session duration or console login.

    https://api.alibabacloud.com/document/Ram/2015-05-01/UpdateRole
    """
    role = existing(call, call.params.required("RoleName"))
    trust = role.trust
    if call.params.text("NewAssumeRolePolicyDocument"):
        trust = checks.document(call, "NewAssumeRolePolicyDocument", "trust")
    description = checks.text(call, "NewDescription")
    session = _session_seconds(call, "NewMaxSessionDuration", role.max_session)
    changed = replace(
        role,
        trust=trust,
        previous_trust=role.trust,
        changed=call.now,
        max_session=session,
        console_login=call.params.boolean("NewAllowConsoleLogin", role.console_login),
        description=role.description if description is None else description,
    )
    call.table(ROLE).put(role.name, changed)
    return {"Role": {**_shown(call, changed), "UpdateDate": stamp(changed.changed)}}


@RAM.action("DeleteRole", resources=resources.role)
def delete_role(call: Call) -> Answer:
    """Delete a role without policies. https://api.alibabacloud.com/document/Ram/2015-05-01/DeleteRole

    Nothing documents a check for instances that hold it: the switch ``delete-bound-role`` decides.
    """
    role = existing(call, call.params.required("RoleName"))
    if attached(call, "role", role.name, lingering=True):
        raise ApiError("DeleteConflict.Role.Policy", 409, "The role can not has any policies while deleting.")
    refuses = call.switches.text("delete-bound-role") == "refuse"
    if refuses and instances_holding(call.state, call.account, role.name):
        raise ApiError("DeleteConflict.Role.Instance", 409, "The role is held by instances.")
    call.table(ROLE).delete(role.name)
    return {}


@RAM.action("ListRoles", resources=resources.all_roles)
def list_roles(call: Call) -> Answer:
    """All roles, without their trust documents. https://api.alibabacloud.com/document/Ram/2015-05-01/ListRoles"""
    wanted = checks.tag_filter(call)
    found = [pair for pair in call.table(ROLE).items() if checks.has_tags(pair[1].tags, wanted)]
    roles, paging = checks.page(call, found)
    shown = []
    for role in roles:
        row = {**_shown(call, role), "UpdateDate": stamp(role.changed), "Tags": checks.tag_list(role.tags)}
        del row["AssumeRolePolicyDocument"]
        shown.append(row)
    return {"Roles": {"Role": shown}, **paging}


def _session_seconds(call: Call, parameter: str, default: int) -> int:
    low, high = SESSION_SECONDS
    return call.params.integer(parameter, default, low, high, code=f"InvalidParameter.{parameter}")


def _shown(call: Call, role: Role) -> Answer:
    return {
        "RoleId": role.role_id,
        "RoleName": role.name,
        "Arn": role_arn(call, role.name),
        "Description": role.description,
        "AssumeRolePolicyDocument": role.trust,
        "CreateDate": stamp(role.created),
        "MaxSessionDuration": role.max_session,
        **({"AllowConsoleLogin": role.console_login} if call.switches.on("role-console-login-shown") else {}),
    }
