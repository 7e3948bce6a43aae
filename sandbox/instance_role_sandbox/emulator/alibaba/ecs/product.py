"""The ECS product, the resources its actions are about, and what its actions share.

The documentation of an action is at its name in lower case:
https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-runinstances
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from ... import timeline
from ..call import Answer, Call, Handler, Product
from ..errors import ApiError, invalid
from ..regional import arn, on
from .facts import present
from .records import GROUP, INSTANCE, Instance, SecurityGroup

ECS = Product(
    "Ecs",
    "2014-05-26",
    prefix="ecs",
    regional=True,
    denied=(
        "Forbidden.RAM",
        403,
        "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
    ),
)

on_instance = on("instance", "InstanceId")
on_group = on("securitygroup", "SecurityGroupId")


def on_instances(call: Call) -> Iterable[str]:
    """The resources of an action on ``InstanceId.N``."""
    ids = call.params.numbered("InstanceId") or ["*"]
    return [arn(call, "instance", one) for one in ids]


def nothing(outer: str, inner: str) -> Handler:
    """The answer that a denied reader gets: an empty list, not an error."""

    def answer(call: Call) -> Answer:
        return {outer: {inner: []}, "TotalCount": 0, "PageNumber": 1, "PageSize": 10, "RegionId": call.region}

    return answer


def instance(call: Call, instance_id: str) -> Instance:
    """The instance of that id in the region, or ``InvalidInstanceId.NotFound`` (404)."""
    found = present(call, [instance_id]).get(instance_id)
    if found is None:
        raise no_instance(instance_id)
    return found


def no_instance(instance_id: str) -> ApiError:
    """No such instance, in this region."""
    return ApiError("InvalidInstanceId.NotFound", 404, f"The specified InstanceId does not exist: {instance_id}.")


def group(call: Call, group_id: str, parameter: str = "SecurityGroupId") -> SecurityGroup:
    """The security group of that id in the region, or ``Invalid<parameter>.NotFound`` (404)."""
    found = call.table(GROUP).get(group_id)
    if found is None:
        raise ApiError(f"Invalid{parameter}.NotFound", 404, f"The specified {parameter} does not exist.")
    return found


def keep(call: Call, changed: Instance) -> None:
    """Put the changed instance in place of what it was."""
    call.table(INSTANCE).put(changed.instance_id, changed)


def status(call: Call, one: Instance) -> str:
    """The instance's state: Pending, Starting, Running, Stopping or Stopped."""
    return timeline.at(one.timeline, call.now)


def must_be(call: Call, one: Instance, *states: str) -> None:
    """``IncorrectInstanceStatus`` (403) unless the instance is in one of ``states``."""
    if status(call, one) not in states:
        raise ApiError(
            "IncorrectInstanceStatus", 403, "The current status of the resource does not support this operation."
        )


def settle(call: Call) -> float:
    """How long a passing state lasts, in seconds."""
    return call.switches.number("settle-seconds")


def label(call: Call, parameter: str, code: str, shortest: int = 2, longest: int = 128) -> str | None:
    """A name or description: ``shortest`` to ``longest`` characters, no http:// in front. ``None`` if not sent."""
    text = call.params.optional(parameter)
    if not text:
        return text
    if not shortest <= len(text) <= longest or text.startswith(("http://", "https://")):
        raise ApiError(code, 400, f'The specified parameter "{parameter}" is not valid.')
    return text


def required(call: Call, parameter: str) -> str:
    """The text, or ``MissingParameter`` (400): the older spelling that RunInstances and its like keep."""
    text = call.params.text(parameter)
    if not text:
        raise ApiError(
            "MissingParameter",
            400,
            f'The input parameter "{parameter}" that is mandatory for processing this request is not supplied.',
        )
    return text


def decimal(text: str, parameter: str) -> float:
    """The number that ``text`` is; ``InvalidParameter`` (400) if it is none."""
    try:
        return float(text)
    except ValueError:
        raise invalid(parameter) from None


def like(pattern: str, text: str) -> bool:
    """Whether ``text`` meets a filter in which ``*`` stands for anything. An empty filter lets all through."""
    return not pattern or fnmatchcase(text, pattern.replace("[", "[[]").replace("?", "[?]"))


def tag_rows(tags: dict[str, str]) -> dict[str, object]:
    """Tags as ECS writes them: ``TagKey`` and ``TagValue``."""
    return {"Tag": [{"TagKey": key, "TagValue": value} for key, value in tags.items()]}
