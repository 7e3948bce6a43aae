"""What a caller may do: the policies that hold for it, evaluated for every call.

The root account may do all. A sub-account has the policies attached to it; a role session those of its role, and only
as far as the session's own policy allows too. https://www.tencentcloud.com/document/product/598/10608 names the
condition keys.
"""

from __future__ import annotations

from ..clock import stamp
from ..language.conditions import Context
from ..language.decide import Asked, decide
from ..language.grammar import TENCENT
from ..request import Incoming
from ..state import State
from ..switches import Switches
from .accounts import owner_of
from .call import Caller
from .cam.view import documents_for
from .errors import ApiError


def conditions(request: Incoming, now: float) -> dict[str, str]:
    """The condition keys that every request has."""
    return {"qcs:ip": request.source_ip, "qcs:current_time": stamp(now)}


def may(state: State, caller: Caller, permission: str, resource: str, context: Context, switches: Switches) -> bool:
    """Whether ``caller`` may do ``permission`` on ``resource``."""
    if caller.kind == "account":
        return True
    owner = owner_of(state, caller.account)
    variables = {"uin": caller.holder or owner.uin, "owner_uin": owner.uin, "app_id": owner.app_id}
    wanted = Asked(permission, resource, context, owner.uin, variables)
    if not decide(documents_for(state, caller), wanted, TENCENT, switches).allowed:
        return False
    return not caller.restriction or decide([caller.restriction], wanted, TENCENT, switches).allowed


def denied(code: str, request_id: str, permission: str, resource: str) -> ApiError:
    """The error of a caller without permission."""
    return ApiError(
        code,
        f"[request id:{request_id}]you are not authorized to perform operation ({permission})\n"
        f"resource ({resource}) has no permission\n",
    )
