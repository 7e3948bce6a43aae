"""Previews for tests, resource by resource, in the form that `pulumi preview --json` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_instance_role.policy.trust import trust_document
from pulumi_instance_role.review.preview import UNKNOWN

OURS = "pulumi-python:dynamic/instance-role"
NOBODY: Any = object()
ECS = "acs:oss:*:*:shop/*"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{kind}::{name}"


def step(
    op: str,
    kind: str,
    name: str,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    *,
    id_: str | None = None,
    outputs: Mapping[str, Any] | None = None,
    depends: Mapping[str, Sequence[str]] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A step. ``outputs`` go over the inputs of the old side."""
    found: dict[str, Any] = {"op": op, "urn": urn(kind, name)}
    if old is not None:
        found["oldState"] = {
            "urn": found["urn"],
            "type": kind,
            "custom": True,
            "id": id_ or name,
            "inputs": dict(old),
            "outputs": {**old, **(outputs or {})},
        }
    if new is not None:
        state: dict[str, Any] = {"urn": found["urn"], "type": kind, "custom": True, "inputs": dict(new)}
        state["outputs"] = dict(new) if old is None else {**new, **(outputs or {})}
        state["propertyDependencies"] = {key: list(value) for key, value in (depends or {}).items()}
        if old is not None and op != "replace":
            state["id"] = id_ or name
        found["newState"] = state
    return {**found, "detailedDiff": None, **more}


def change(
    op: str, kind: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any], **more: Any
) -> dict[str, Any]:
    """A step whose sides are ``old`` and ``new`` as far as ``op`` has them."""
    return step(op, kind, name, None if op == "create" else old, None if op == "delete" else new, **more)


def role(name: str, op: str = "same", *, trust: Any = None, was: Any = None, **more: Any) -> dict[str, Any]:
    base = {"cloud": "alibaba", "name": name, "region": "cn-hangzhou"}
    inputs: dict[str, Any] = {key: more.pop(key) for key in ("adopt", "force_detach", "exclusive") if key in more}
    given = json.dumps(trust or trust_document("ecs.aliyuncs.com"))
    before = json.dumps(was) if was else given
    return change(
        op,
        f"{OURS}:InstanceRole",
        name,
        {**base, "trust_policy": before},
        {**base, "trust_policy": given, **inputs},
        **more,
    )


def policy(
    name: str, statements: Sequence[Any], op: str = "same", *, was: Sequence[Any] | None = None, **more: Any
) -> dict[str, Any]:
    base = {"cloud": "alibaba", "name": name, "policy_type": "Custom"}
    new = json.dumps({"Version": "1", "Statement": [*statements]}) if statements else UNKNOWN
    old = json.dumps({"Version": "1", "Statement": [*was]}) if was else new
    inputs: dict[str, Any] = {key: more.pop(key) for key in ("adopt",) if key in more}
    kind = f"{OURS}:RolePolicy"
    return change(op, kind, name, {**base, "document": old}, {**base, "document": new, **inputs}, **more)


def attach(role_: str, policy_: str, op: str = "same", *, kind: str = "Custom", **more: Any) -> dict[str, Any]:
    inputs = {"cloud": "alibaba", "role": role_, "policy": policy_, "policy_type": kind}
    return change(op, f"{OURS}:RolePolicyAttachment", f"{role_}-{policy_}", inputs, inputs, **more)


def bind(
    name: str,
    role_: str,
    ids: Sequence[str],
    op: str = "same",
    *,
    was: tuple[str, Sequence[str]] | None = None,
    held: Mapping[str, str] | None = None,
    on_conflict: str = "fail",
    **more: Any,
) -> dict[str, Any]:
    """A binding; ``was`` is the role and the ids before, ``held`` what was seen last on them."""
    base = {"cloud": "alibaba", "region": "cn-hangzhou", "on_conflict": on_conflict}
    old_role, old_ids = was or (role_, ids)
    old: dict[str, Any] = {**base, "on_conflict": "fail", "role": old_role, "instance_ids": list(old_ids)}
    old["roles"] = dict(held) if held is not None else dict.fromkeys(old_ids, old_role)
    new: dict[str, Any] = {
        **base,
        "role": role_,
        "instance_ids": list(ids),
        "roles": UNKNOWN if UNKNOWN in ids else dict.fromkeys(ids, role_),
    }
    more.setdefault("outputs", {"drift": {}, "roles": old["roles"]})
    found = change(op, f"{OURS}:InstanceRoleBinding", name, old, new, **more)
    if "newState" in found:
        found["newState"]["outputs"]["roles"] = new["roles"]
    return found


def instance(name: str, id_: str, op: str = "same", *, role_: str | None = None, **more: Any) -> dict[str, Any]:
    inputs = {"instanceName": name, **({"roleName": role_} if role_ else {})}
    return change(op, "alicloud:ecs/instance:Instance", name, inputs, inputs, id_=id_, **more)


def preview(*steps: Mapping[str, Any], **more: Any) -> str:
    stack = {"op": "same", "urn": urn("pulumi:pulumi:Stack", "shop-dev"), "oldState": {}, "newState": {}}
    return json.dumps({"steps": [stack, *steps], "duration": 1, "changeSummary": {}, **more})
