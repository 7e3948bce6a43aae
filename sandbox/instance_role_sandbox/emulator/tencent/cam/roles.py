"""Roles: made, read, changed, tagged, deleted."""

from __future__ import annotations

from dataclasses import replace

from .. import ids
from ..call import Answer, Call
from ..errors import missing
from . import checks, resources
from .product import CAM
from .records import ATTACHMENT, ROLE, Role
from .view import role_arn

WHICH = "RoleId RoleName"
SESSION_MOST = 43200  # seconds


def existing(call: Call, id_parameter: str = "RoleId", name_parameter: str = "RoleName") -> Role:
    """The role that a call names by id or name; ``InvalidParameter.RoleNotExist`` if there is none."""
    wanted, name = call.text(id_parameter), call.text(name_parameter)
    if not wanted and not name:
        raise checks.refused("ParamError", f"One of {id_parameter} and {name_parameter} is required.")
    roles = call.table(ROLE)
    role = next((role for role in roles.values() if role.role_id == wanted), None) if wanted else roles.get(name)
    if role is None or (name and role.name != name):
        raise checks.refused("RoleNotExist", f"The role `{wanted or name}` does not exist.")
    return role


def visible(call: Call, added: float) -> bool:
    """Whether a reader sees what was made at ``added`` yet (switch ``cam-visibility-seconds``)."""
    return call.now >= added + call.switches.number("cam-visibility-seconds")


def make(call: Call, role: Role) -> Role:
    """Keep a new role, if its name is free and the account may have one more."""
    roles = call.table(ROLE)
    if role.name in roles:
        raise checks.refused("RoleNameInUse", f"The role name `{role.name}` is already in use.")
    if len(roles) >= call.switches.count("cam-quota-roles"):
        raise checks.refused("RoleFull", "The number of roles has reached the upper limit.")
    return roles.put(role.name, role)


@CAM.action(
    "CreateRole",
    takes="RoleName! PolicyDocument! Description ConsoleLogin:int SessionDuration:int Tags:[{Key! Value}]",
    rate=2,
    resources=resources.role,
)
def create_role(call: Call) -> Answer:
    """Make a role. https://www.tencentcloud.com/document/product/598/33561"""
    name = checks.name(call, "RoleName", "RoleNameError")
    document = checks.trust_document(call, call.text("PolicyDocument"))
    role = Role(
        role_id=ids.role_id(),
        name=name,
        document=document,
        added=call.now,
        updated=call.now,
        changed=call.now,
        description=checks.description(call),
        console_login=_console_login(call),
        session=_session(call),
        tags=checks.tags(call.params.get("Tags", ())),
    )
    return {"RoleId": make(call, role).role_id}


@CAM.action("GetRole", takes=WHICH, rate=20, resources=resources.role)
def get_role(call: Call) -> Answer:
    """One role. https://www.tencentcloud.com/document/product/598/33557"""
    role = existing(call)
    if not visible(call, role.added):
        raise checks.refused("RoleNotExist", f"The role `{role.name}` does not exist.")
    return {"RoleInfo": shown(call, role)}


@CAM.action("DescribeRoleList", takes="Page!:int Rp!:int Tags:[{Key! Value}]", rate=10, resources=resources.all_roles)
def describe_role_list(call: Call) -> Answer:
    """All roles, or those with certain tags. https://www.tencentcloud.com/document/product/598/33560"""
    wanted = {one["Key"]: one.get("Value", "") for one in call.params.get("Tags", ())}.items()
    roles = [role for role in call.table(ROLE).values() if visible(call, role.added) and wanted <= role.tags.items()]
    return {"List": [shown(call, role) for role in checks.page(call, roles)], "TotalNum": len(roles)}


@CAM.action("UpdateAssumeRolePolicy", takes=f"PolicyDocument! {WHICH}", rate=3, resources=resources.role)
def update_assume_role_policy(call: Call) -> Answer:
    """Change who may assume a role. https://www.tencentcloud.com/document/product/598/33554"""
    role = existing(call)
    document = checks.trust_document(call, call.text("PolicyDocument"))
    _put(call, replace(role, document=document, previous_document=role.document, changed=call.now))
    return {}


@CAM.action("UpdateRoleDescription", takes=f"Description! {WHICH}", resources=resources.role)
def update_role_description(call: Call) -> Answer:
    """Change a role's description. https://www.tencentcloud.com/document/product/598/33553"""
    _put(call, replace(existing(call), description=checks.description(call)))
    return {}


@CAM.action("UpdateRoleConsoleLogin", takes="ConsoleLogin!:int RoleId:int RoleName", resources=resources.role)
def update_role_console_login(call: Call) -> Answer:
    """Let a role's sessions use the console, or not. https://www.tencentcloud.com/document/product/598/39266"""
    _put(call, replace(existing(call), console_login=_console_login(call)))
    return {}


@CAM.action("UpdateRoleSessionDuration", takes="SessionDuration!:int RoleId:int RoleName", resources=resources.role)
def update_role_session_duration(call: Call) -> Answer:
    """Change how long a role's sessions may last. https://www.tencentcloud.com/document/api/598/80384"""
    _put(call, replace(existing(call), session=_session(call)))
    return {}


@CAM.action("DeleteRole", takes=WHICH, rate=3, resources=resources.role)
def delete_role(call: Call) -> Answer:
    """Delete a role; its attachments go with it, and instances that hold it keep the bare name.

    https://www.tencentcloud.com/document/product/598/33559
    """
    forget(call, existing(call))
    return {}


@CAM.action("TagRole", takes=f"Tags!:[{{Key! Value}}] {WHICH}", resources=resources.role)
def tag_role(call: Call) -> Answer:
    """Set tags. https://www.tencentcloud.com/document/product/598/46211"""
    role = existing(call)
    _put(call, replace(role, tags=checks.tags(call.params["Tags"], role.tags)))
    return {}


@CAM.action("UntagRole", takes=f"TagKeys!:[] {WHICH}", resources=resources.role)
def untag_role(call: Call) -> Answer:
    """Remove tags. https://www.tencentcloud.com/document/product/598/46210"""
    role, gone = existing(call), call.texts("TagKeys")
    if not gone:
        raise missing("TagKeys")
    _put(call, replace(role, tags={key: value for key, value in role.tags.items() if key not in gone}))
    return {}


def forget(call: Call, role: Role) -> None:
    """Remove a role and what is attached to it."""
    strip(call, "role", role.role_id)
    call.table(ROLE).delete(role.name)


def strip(call: Call, holder_kind: str, holder: str) -> None:
    """Take all policies off a role, sub-account or group."""
    attachments = call.table(ATTACHMENT)
    for key, attachment in attachments.items():
        if (attachment.holder_kind, attachment.holder) == (holder_kind, holder):
            attachments.delete(key)


def shown(call: Call, role: Role) -> Answer:
    """A role as the API shows it."""
    return {
        "RoleId": role.role_id,
        "RoleName": role.name,
        "PolicyDocument": role.document,
        "Description": role.description,
        "AddTime": checks.stamp(role.added),
        "UpdateTime": checks.stamp(role.updated),
        "ConsoleLogin": role.console_login,
        "RoleType": role.type,
        "SessionDuration": role.session,
        "DeletionTaskId": role.deletion_task,
        "Tags": checks.shown_tags(role.tags),
        "RoleArn": role_arn(call.uin, role) if call.switches.on("cam-role-arn") else None,
    }


def _put(call: Call, role: Role) -> None:
    call.table(ROLE).put(role.name, replace(role, updated=call.now))


def _console_login(call: Call) -> int:
    found = call.integer("ConsoleLogin")
    if found not in (0, 1):
        raise checks.refused("ParamError", "ConsoleLogin is 0 or 1.")
    return found


def _session(call: Call) -> int:
    found = call.integer("SessionDuration", call.switches.count("cam-session-duration"))
    if not 0 <= found <= SESSION_MOST:
        raise checks.refused("ParamError", f"SessionDuration is from 0 to {SESSION_MOST} seconds.")
    return found
