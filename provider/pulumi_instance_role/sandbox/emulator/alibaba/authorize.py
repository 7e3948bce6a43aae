"""What a caller may do: the policies that hold for it, evaluated for every call.

The account itself may do all. A user has the policies attached to it and to its groups; a role session those of its
role, and only as far as the session's own policy allows too. Conditions see source address, transport and time.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_instance_role.policy.document import PolicyError
from pulumi_instance_role.policy.evaluate import Request, evaluate

from .. import clock
from ..request import Incoming
from ..state import State
from .call import Caller
from .errors import ApiError
from .ram.view import documents_for


def conditions(request: Incoming, now: float) -> dict[str, str]:
    """The condition keys that every request has."""
    return {
        "acs:SourceIp": request.source_ip,
        "acs:SecureTransport": "true" if request.secure else "false",
        "acs:CurrentTime": clock.stamp(now),
    }


def may(state: State, caller: Caller, permission: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether ``caller`` may do ``permission`` on ``resource``."""
    if caller.kind == "account":
        return True
    wanted = Request(action=permission, resource=resource, context=dict(context))
    if not evaluate(documents_for(state, caller), wanted).allowed:
        return False
    return not caller.restriction or _within(caller.restriction, wanted)


def _within(restriction: str, wanted: Request) -> bool:
    """Whether a session's own policy allows it. One that cannot be read (no API checks a binding's) allows nothing."""
    try:
        return evaluate([restriction], wanted).allowed
    except PolicyError:
        return False


def denied(error: tuple[str, int, str], caller: Caller, permission: str) -> ApiError:
    """The product's error for a caller without permission, with the detail that newer answers carry."""
    code, status, message = error
    return ApiError(
        code,
        status,
        message,
        {
            "AccessDeniedDetail": {
                "AuthAction": permission,
                "AuthPrincipalType": "SubUser" if caller.kind == "user" else "AssumedRoleUser",
                "AuthPrincipalOwnerId": caller.account,
                "AuthPrincipalDisplayName": caller.entity_id if caller.kind == "user" else caller.principal_id,
                "NoPermissionType": "ImplicitDeny",
                "PolicyType": "AccountLevelIdentityBasedPolicy",
            }
        },
    )
