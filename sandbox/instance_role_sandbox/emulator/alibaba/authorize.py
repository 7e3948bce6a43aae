"""What a caller may do: the policies that hold for it, evaluated for every call.

The account itself may do all. A user has the policies attached to it and to its groups; a role session those of its
role, and only as far as the session's own policy allows too. Conditions see the request (source address, transport,
time; never a second factor, for keys have none) and the tags of the resource
(https://www.alibabacloud.com/help/en/ram/policy-elements).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import clock
from ..language.decide import Asked, Verdict, decide
from ..language.grammar import ALIBABA
from ..language.text import Malformed
from ..request import Incoming
from ..state import Kind, State
from ..switches import Switches
from .call import Caller
from .ecs import records as ecs
from .errors import ApiError
from .ram import records as ram
from .ram.view import documents_for

_RESOURCE = re.compile(r"acs:(?P<service>[^:]+):(?P<region>[^:]*):[^:]*:(?P<kind>[^/]+)/(?P<id>.+)")
_TAGGED: dict[tuple[str, str], Kind[Any]] = {
    ("ecs", "instance"): ecs.INSTANCE,
    ("ecs", "securitygroup"): ecs.GROUP,
    ("ram", "role"): ram.ROLE,
    ("ram", "policy"): ram.POLICY,
}


@dataclass(frozen=True)
class Refusal:
    """Why a call is not allowed, in the words of ``AccessDeniedDetail``."""

    no_permission_type: str = "ImplicitDeny"  # or "ExplicitDeny"
    policy_type: str = "AccountLevelIdentityBasedPolicy"  # or "SessionPolicy", "AssumeRolePolicy"


def conditions(request: Incoming, now: float) -> dict[str, str]:
    """The condition keys that every request has."""
    return {
        "acs:SourceIp": request.source_ip,
        "acs:SecureTransport": "true" if request.secure else "false",
        "acs:CurrentTime": clock.stamp(now),
        "acs:MFAPresent": "false",
    }


def refusal(
    state: State, caller: Caller, permission: str, resource: str, context: Mapping[str, str], switches: Switches
) -> Refusal | None:
    """Why ``caller`` may not do ``permission`` on ``resource``; ``None`` when it may."""
    if caller.kind == "account":
        return None
    tags = _tags(state, caller.account, resource)
    wanted = Asked(permission, resource, {**context, **tags})
    found = decide(documents_for(state, caller), wanted, ALIBABA, switches)
    if not found.allowed:
        return Refusal(_word(found))
    if caller.restriction:
        within = _within(caller.restriction, wanted, switches)
        if not within.allowed:
            return Refusal(_word(within), "SessionPolicy")
    return None


def may(
    state: State, caller: Caller, permission: str, resource: str, context: Mapping[str, str], switches: Switches
) -> bool:
    """Whether ``caller`` may do ``permission`` on ``resource``."""
    return refusal(state, caller, permission, resource, context, switches) is None


def denied(error: tuple[str, int, str], caller: Caller, permission: str, why: Refusal | None = None) -> ApiError:
    """The product's error for a caller without permission, with the detail that newer answers carry."""
    code, status, message = error
    reason = why or Refusal()
    detail = {
        "AuthAction": permission,
        "AuthPrincipalType": "SubUser" if caller.kind == "user" else "AssumedRoleUser",
        "AuthPrincipalOwnerId": caller.account,
        "AuthPrincipalDisplayName": caller.entity_id if caller.kind == "user" else caller.principal_id,
        "NoPermissionType": reason.no_permission_type,
        "PolicyType": reason.policy_type,
    }
    diagnosis = base64.b64encode(json.dumps(detail).encode()).decode()  # the real one can be read by the service alone
    return ApiError(code, status, message, {"AccessDeniedDetail": {**detail, "EncodedDiagnosticMessage": diagnosis}})


def _within(restriction: str, wanted: Asked, switches: Switches) -> Verdict:
    """What a session's own policy says. One that cannot be read (no API checks a binding's) allows nothing."""
    try:
        return decide([restriction], wanted, ALIBABA, switches)
    except Malformed:
        return Verdict(allowed=False)


def _word(found: Verdict) -> str:
    return "ExplicitDeny" if found.forbidden else "ImplicitDeny"


def _tags(state: State, account: str, resource: str) -> dict[str, str]:
    """The condition keys that a resource's tags make: ``acs:ResourceTag/<key>``, on ECS ``ecs:tag/<key>`` too."""
    match = _RESOURCE.fullmatch(resource)
    kind = _TAGGED.get((match["service"], match["kind"])) if match else None
    if match is None or kind is None:
        return {}
    record = state.table(kind, account, match["region"]).get(match["id"])
    prefixes = ("acs:ResourceTag/", "ecs:tag/") if match["service"] == "ecs" else ("acs:ResourceTag/",)
    tags: Mapping[str, str] = record.tags if record else {}
    return {f"{prefix}{key}": value for prefix in prefixes for key, value in tags.items()}
