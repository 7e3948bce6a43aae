"""Service-linked roles: made for a service, and deleted by a task of their own.

https://www.tencentcloud.com/document/product/598/19388. How a service's name becomes the role's is published service
by service; here it is ``<PRODUCT>_QCSLinkedRoleIn<Service>``, with the suffix asked for behind it.
"""

from __future__ import annotations

import json
from dataclasses import replace

from .. import ids
from ..call import Answer, Call
from ..errors import missing
from . import checks, resources
from .product import CAM
from .records import DELETION, ROLE, Deletion, Role
from .roles import existing, forget, make


@CAM.action(
    "CreateServiceLinkedRole",
    takes="QCSServiceName!:[] CustomSuffix Description Tags:[{Key! Value}]",
    rate=20,
    resources=resources.all_roles,
)
def create_service_linked_role(call: Call) -> Answer:
    """Make the role that a service works by. https://www.tencentcloud.com/document/product/598/50213"""
    services = call.texts("QCSServiceName")
    if not services:
        raise missing("QCSServiceName")
    statement = {"action": "sts:AssumeRole", "effect": "allow", "principal": {"service": services}}
    document = checks.trust_document(call, json.dumps({"version": "2.0", "statement": [statement]}))
    role = Role(
        role_id=ids.role_id(),
        name=_name(services[0], call.text("CustomSuffix")),
        document=document,
        added=call.now,
        updated=call.now,
        changed=call.now,
        description=checks.description(call),
        session=call.switches.count("cam-session-duration"),
        type="service_linked",
        tags=checks.tags(call.params.get("Tags", ())),
    )
    return {"RoleId": make(call, role).role_id}


@CAM.action("DeleteServiceLinkedRole", takes="RoleName!", resources=resources.role)
def delete_service_linked_role(call: Call) -> Answer:
    """Begin to delete such a role. https://www.tencentcloud.com/document/product/598/50212"""
    role = existing(call)
    if role.type != "service_linked":
        raise checks.refused("ParamError", f"The role `{role.name}` is not linked to a service.")
    task = Deletion(ids.request_id(), role.name, call.now + call.switches.number("settle-seconds"))
    call.table(DELETION).put(task.task_id, task)
    call.table(ROLE).put(role.name, replace(role, deletion_task=task.task_id))
    return {"DeletionTaskId": task.task_id}


@CAM.action("GetServiceLinkedRoleDeletionStatus", takes="DeletionTaskId!")
def get_service_linked_role_deletion_status(call: Call) -> Answer:
    """How far the deletion is; it is carried out when it is first seen to be due.

    https://www.tencentcloud.com/document/product/598/50211
    """
    task = call.table(DELETION).get(call.text("DeletionTaskId"))
    if task is None:
        raise checks.refused("DeletionTaskNotExist", "The deletion task does not exist.")
    done = call.now >= task.done
    role = call.table(ROLE).get(task.role)
    if done and role is not None and role.deletion_task == task.task_id:
        forget(call, role)
    return {"Status": "SUCCEEDED" if done else "IN_PROGRESS", "Reason": "", "ServiceType": None, "ServiceName": None}


def _name(service: str, suffix: str) -> str:
    labels = service.split(".")
    product = labels[1] if len(labels) > 3 else labels[0]
    return f"{product.upper()}_QCSLinkedRoleIn{labels[0].capitalize()}" + (f"_{suffix}" if suffix else "")
