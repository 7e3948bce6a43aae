"""The role an instance holds: AttachInstanceRamRole, DetachInstanceRamRole, DescribeInstanceRamRole.

An instance holds one role at a time; attaching does not replace. What the documentation leaves open is decided by
switches: ``occupied-code``, ``occupied-level``, ``role-fault-level``, ``reattach-same``, ``detach-mismatch``,
``mixed-batch``, ``bind-states``, ``describe-unbound``, ``describe-unknown-id``, ``describe-unknown-role``,
``describe-role-ids``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ...language.decide import trusting
from ...language.grammar import ALIBABA
from .. import pages
from ..call import Answer, Call
from ..errors import ApiError, invalid, missing
from ..ram.view import trust_for_ecs
from ..regional import arn
from .facts import present
from .product import ECS, keep, no_instance, nothing, status
from .records import VPC_NETWORK, Instance

SERVICE = "ecs.aliyuncs.com"
MOST = 100
_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_MALFORMED = ApiError("InvalidInstanceIds.Malformed", 400, "The amount of instanceIds or their format is not valid.")


@dataclass(frozen=True)
class _Problem:
    """Why one instance of a batch cannot have what is asked, and whether that fails the whole request."""

    error: ApiError
    whole: bool


def _on_instances(call: Call) -> Iterable[str]:
    role = call.params.text("RamRoleName", "*")
    ids = _ids(call, MOST) if call.params.text("InstanceIds") else ["*"]
    return (
        *(arn(call, "instance", one) for one in ids),
        f"acs:ram:*:{call.account}:role/{role}",
    )


@ECS.action("AttachInstanceRamRole", resources=_on_instances)
def attach(call: Call) -> Answer:
    """Give 1 to 100 instances a role. Asks the caller for ram:PassRole on the role."""
    role = call.params.required("RamRoleName")
    ids = _required_ids(call)
    restriction = call.params.text("Policy")
    if len(restriction) > 1024:
        raise invalid("Policy", "InvalidParameter.Policy")
    may_pass(call, role)
    unusable = _unusable(call, role)

    def problem(one: Instance) -> _Problem | None:
        if unusable:
            return _Problem(unusable, whole=False)
        if not one.role or (one.role.lower() == role.lower() and call.switches.text("reattach-same") == "ok"):
            return None
        error = ApiError(
            call.switches.text("occupied-code"), 403, f"The instance {one.instance_id} holds a RAM role already."
        )
        return _Problem(error, whole=call.switches.text("occupied-level") == "request")

    held = _carry_out(call, ids, problem, lambda one: replace(one, role=role, restriction=restriction))
    return _answer("Attach", role, held, {})


@ECS.action("DetachInstanceRamRole")
def detach(call: Call) -> Answer:
    """Take the role, or whatever role they hold when none is named, off 1 to 100 instances."""
    role = call.params.text("RamRoleName")
    ids = _required_ids(call)
    if call.switches.on("detach-needs-passrole"):
        may_pass(call, role or "*")
    before = {key: one.role for key, one in present(call, ids).items()}

    def problem(one: Instance) -> _Problem | None:
        matches = one.role and role.lower() in ("", one.role.lower())
        mode = call.switches.text("detach-mismatch")
        if matches or mode == "ok":
            return None
        return _Problem(_no_role(role or "(any)"), whole=mode == "error")

    def without(one: Instance) -> Instance:
        return replace(one, role="", restriction="") if role.lower() in ("", one.role.lower()) else one

    held = _carry_out(call, ids, problem, without)
    removed = {key: before[key] for key, error in held.items() if error is None and before.get(key)}
    return _answer("Detach", role or next(iter(removed.values()), ""), held, removed)


@ECS.action("DescribeInstanceRamRole", when_denied=nothing("InstanceRamRoleSets", "InstanceRamRoleSet"))
def describe(call: Call) -> Answer:
    """The roles that instances hold, by instance ids, by role, or by both."""
    role = call.params.text("RamRoleName")
    if not role and not call.params.text("InstanceIds"):
        raise ApiError("InvalidParameter.AllEmpty", 403, "The InstanceIds and RamRoleName parameters are both empty.")
    ids = _ids(call, call.switches.count("describe-role-ids")) if call.params.text("InstanceIds") else None
    known = present(call, ids)
    for one in ids or ():
        error = _bad(known.get(one), one)
        left_out = one not in known and call.switches.text("describe-unknown-id") == "empty"
        if error and not left_out:
            raise error
    asked = [one for one in ids if one in known] if ids else list(known)
    unknown = (
        role
        and trust_for_ecs(call, role) is None
        and not any(one.role.lower() == role.lower() for one in present(call).values())
    )
    if unknown and call.switches.text("describe-unknown-role") == "not-found":
        raise _no_role(role)
    show_unbound = not role and call.switches.text("describe-unbound") == "row"
    rows = [
        {"InstanceId": key, "RamRoleName": call.switches.cased("held-role-case", known[key].role)}
        for key in asked
        if (known[key].role and role.lower() in ("", known[key].role.lower())) or (show_unbound and not known[key].role)
    ]
    page, counts = pages.numbered(call.params, rows, limit=50)
    return {"RegionId": call.region, "InstanceRamRoleSets": {"InstanceRamRoleSet": page}, **counts}


def may_pass(call: Call, role: str) -> None:
    """``InvalidUser.PassRoleForbidden`` (403) unless the caller may pass that role to instances."""
    if not call.allowed("ram:PassRole", f"acs:ram:*:{call.account}:role/{role}"):
        raise ApiError(
            "InvalidUser.PassRoleForbidden", 403, "The RAM user does not have the privilege to pass a RAM role."
        )


def must_trust(call: Call, role: str, untrusted: int) -> None:
    """The role must be there and let ECS assume it; ``untrusted`` is the status of the error when it does not."""
    document = trust_for_ecs(call, role)
    if document is None:
        raise _no_role(role)
    if not trusting(document, "Service", {SERVICE}, None, ALIBABA, call.switches).allowed:
        raise ApiError(
            "InvalidRamRole.NotEcsRole", untrusted, f"The specified RAM role {role} is not authorized to ECS."
        )


def _unusable(call: Call, role: str) -> ApiError | None:
    """Why no instance can have the role, where that is told for each; else it fails the request."""
    try:
        must_trust(call, role, untrusted=404)
    except ApiError as error:
        if call.switches.text("role-fault-level") == "request":
            raise
        return error
    return None


def mismatch() -> ApiError:
    """Instances of the classic network hold no roles."""
    return ApiError(
        "InvalidNetworkType.MismatchRamRole",
        403,
        "A RAM role cannot be attached to an instance of the classic network.",
    )


def _no_role(role: str) -> ApiError:
    return ApiError("InvalidRamRole.NotFound", 404, f"The specified RAM role does not exist: {role}.")


def _required_ids(call: Call) -> list[str]:
    if not call.params.text("InstanceIds"):
        raise missing("InstanceIds")
    return _ids(call, MOST)


def _ids(call: Call, most: int) -> list[str]:
    """The JSON array of 1 to ``most`` instance ids, each once."""
    ids = call.params.json_texts("InstanceIds", _MALFORMED)
    if not 1 <= len(ids) <= most or not all(_ID.fullmatch(one) for one in ids):
        raise _MALFORMED
    return list(dict.fromkeys(ids))


def _bad(one: Instance | None, instance_id: str) -> ApiError | None:
    """Why an instance is none that could hold a role at all."""
    if one is None:
        return no_instance(instance_id)
    return None if one.network == VPC_NETWORK else mismatch()


def _carry_out(
    call: Call,
    ids: list[str],
    problem: Callable[[Instance], _Problem | None],
    change: Callable[[Instance], Instance],
) -> dict[str, ApiError | None]:
    """Change what can be changed; the error of each other id, or the whole request's error is raised.

    An id that is bad in itself fails the request, unless ``mixed-batch`` says otherwise and another id is good.
    """
    known = present(call, ids)
    outcome: dict[str, ApiError | None] = {}
    bad = {one: error for one in ids if (error := _bad(known.get(one), one))}
    one_by_one = call.switches.text("mixed-batch") == "item" and len(bad) < len(ids)
    if bad and not one_by_one:
        raise next(iter(bad.values()))
    for key in ids:
        error = bad.get(key)
        if error is None:
            found = _refused(call, known[key]) or problem(known[key])
            if found and found.whole:
                raise found.error
            error = found.error if found else None
        outcome[key] = error
        if error is None:
            keep(call, change(known[key]))
    return outcome


def _refused(call: Call, one: Instance) -> _Problem | None:
    if call.switches.text("bind-states") == "any" or status(call, one) in ("Running", "Stopped"):
        return None
    error = ApiError(
        "IncorrectInstanceStatus", 403, "The current status of the resource does not support this operation."
    )
    return _Problem(error, whole=call.switches.text("mixed-batch") == "request")


def _answer(verb: str, role: str, outcome: dict[str, ApiError | None], removed: dict[str, str]) -> Answer:
    results = []
    for key, error in outcome.items():
        result: Answer = {
            "InstanceId": key,
            "Code": error.code if error else "200",
            "Message": error.message if error else ("success" if verb == "Attach" else "Success"),
            "Success": error is None,
        }
        if key in removed:
            result["InstanceRamRoleSets"] = {"InstanceRamRoleSet": [{"InstanceId": key, "RamRoleName": removed[key]}]}
        results.append(result)
    return {
        "RamRoleName": role,
        "TotalCount": len(results),
        "FailCount": sum(1 for error in outcome.values() if error),
        f"{verb}InstanceRamRoleResults": {f"{verb}InstanceRamRoleResult": results},
    }
