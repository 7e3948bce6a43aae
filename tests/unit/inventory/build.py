"""Accounts as they are found, for tests: short to write, with whatever is not said left at what is usual."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pulumi_instance_role.clouds.port import CUSTOM, SYSTEM, AccessKey, Attachment, Instance, Lifecycle, Policy, Role
from pulumi_instance_role.inventory.audit import Audit, audit
from pulumi_instance_role.inventory.model import Found, KeyFound, PolicyKey, RoleFound, Unread
from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.policy.trust import trust_document

ACCOUNT = "1234567890"
SCOPE = f"alibaba({ACCOUNT})"
TODAY = date(2026, 6, 1)
WHOLE = json.dumps({"Version": "1", "Statement": [allow("*", on="*")]})


def document(*statements: Any) -> str:
    return json.dumps({"Version": "1", "Statement": [*statements]})


def instance(
    number: int, role: str | None = None, *, vpc: str | None = "vpc-1", region: str = "cn-hangzhou"
) -> Instance:
    return Instance(f"i-{number:04}", f"app-{number}", region, vpc, Lifecycle.RUNNING, role)


def role(
    name: str,
    *policies: str,
    trusts: bool | None = True,
    trust: Mapping[str, Any] | None = None,
    read: bool = True,
) -> RoleFound:
    """A role with custom policies; those that begin with a capital letter are the cloud's."""
    text = json.dumps(trust or trust_document("ecs.aliyuncs.com" if trusts else "fc.aliyuncs.com"))
    attached = tuple(Attachment(name, one, SYSTEM if one[0].isupper() else CUSTOM) for one in policies)
    whole = Role(name, f"id-{name}", f"acs:ram::{ACCOUNT}:role/{name}", trust_policy=None if trusts is None else text)
    return RoleFound(whole, attached if read else None, trusts)


def key(user: str, created: str, used: str | None, *, active: bool = True) -> KeyFound:
    return KeyFound(AccessKey(f"LTAI5t{user or 'account'}0000wxyz", user, active, created), used)


def found(
    instances: Sequence[Instance] = (),
    roles: Sequence[RoleFound] = (),
    documents: Mapping[str, str | None] | None = None,
    **more: Any,
) -> Found:
    """An account. ``documents``: what its policies say, by name; ``None`` for one that could not be read."""
    policies: dict[PolicyKey, Policy | None] = {}
    for name, text in (documents or {}).items():
        kind = SYSTEM if name[0].isupper() else CUSTOM
        policies[kind, name] = None if text is None else Policy(name, kind, text, "v1")
    base: dict[str, Any] = {
        "cloud": "alibaba",
        "account_id": ACCOUNT,
        "profile": None,
        "regions": ("cn-hangzhou",),
        "instances": tuple(instances),
        "roles": {one.role.name.lower(): one for one in roles},
        "policies": policies,
        "keys": None,
    }
    return Found(**{**base, **more})


def unread(part: Any, what: str) -> Unread:
    return Unread(part, what, "You are not authorized.")


def judged(*accounts: Found, **more: Any) -> Audit:
    return audit(accounts, today=TODAY, **more)


def large(instances: int, roles: int) -> Found:
    """Instances shared out among roles and ten VPCs, the roles with a policy each; one of them may do everything."""
    names = [f"role-{number}" for number in range(roles)]
    documents = {
        f"policy-{number}": document(allow("oss:GetObject", "oss:PutObject", on=f"acs:oss:*:*:bucket-{number}/*"))
        for number in range(roles)
    }
    documents["policy-0"] = WHOLE
    return found(
        [instance(n, names[n % roles], vpc=f"vpc-{n % 10}") for n in range(instances)],
        [role(name, f"policy-{number}") for number, name in enumerate(names)],
        documents,
    )
