"""The VPC product, the resources its actions are about, and what its actions share.

The documentation of an action is at its name in lower case:
https://www.alibabacloud.com/help/en/vpc/developer-reference/api-vpc-2016-04-28-createvpc
"""

from __future__ import annotations

from ... import timeline
from ...clock import stamp
from ..call import Call, Product
from ..errors import ApiError
from .records import NETWORK, VSWITCH, Vpc, VSwitch

VPC = Product(
    "Vpc",
    "2016-04-28",
    prefix="vpc",
    regional=True,
    denied=("Forbidden", 403, "User not authorized to operate on the specified resource."),
)


def networks(call: Call) -> dict[str, Vpc]:
    """The region's VPCs by id, oldest first, those that came to nothing left out."""
    found = call.table(NETWORK).items()
    return {key: one for key, one in found if timeline.at(one.timeline, call.now) != timeline.GONE}


def vswitches(call: Call) -> dict[str, VSwitch]:
    """The region's vSwitches by id, oldest first, those that are gone by now left out."""
    found = call.table(VSWITCH).items()
    return {key: one for key, one in found if timeline.at(one.timeline, call.now) != timeline.GONE}


def network(call: Call, vpc_id: str) -> Vpc:
    """The VPC of that id, or ``InvalidVpcId.NotFound`` (404)."""
    found = networks(call).get(vpc_id)
    if found is None:
        raise ApiError("InvalidVpcId.NotFound", 404, "Specified VPC does not exist.")
    return found


def vswitch(call: Call, vswitch_id: str) -> VSwitch:
    """The vSwitch of that id, or ``InvalidVSwitchId.NotFound`` (404)."""
    found = vswitches(call).get(vswitch_id)
    if found is None:
        raise ApiError("InvalidVSwitchId.NotFound", 404, "Specified virtual switch does not exist.")
    return found


def creating(call: Call) -> timeline.Timeline:
    """The states of what is being made: Pending, then Available."""
    return timeline.through(call.now, ("Pending", call.switches.number("settle-seconds")), ("Available", 0))


def label(call: Call, parameter: str, code: str, longest: int = 128) -> str | None:
    """A name or description: up to ``longest`` characters, no http:// in front. ``None`` if it was not sent."""
    text = call.params.optional(parameter)
    if text is not None and (len(text) > longest or text.startswith(("http://", "https://"))):
        raise ApiError(code, 400, f"The specified parameter {parameter} is not valid.")
    return text


def tag_rows(tags: dict[str, str]) -> dict[str, object]:
    """Tags as VPC writes them: ``Key`` and ``Value``."""
    return {"Tag": [{"Key": key, "Value": value} for key, value in tags.items()]}


def when(moment: float) -> str:
    """A time as VPC writes it, to the second."""
    return stamp(moment)
