"""A resource's life, carried out from its table: create, read, update, delete.

The real plugin waits fixed times (10 s for an instance) before it looks whether a resource is ready; here the first
look comes at once.

Creating calls carry a ClientToken that is made of the resource's URN and inputs. An engine that was killed between
the call and its record of it asks again at the next run, and is then given what the first call made, not a second
one. (The real plugin's tokens are random, and it leaves the first one behind.)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol
from uuid import uuid4

from pulumi_instance_role.sandbox.standin.api import ApiError
from pulumi_instance_role.sandbox.standin.checks import Difference, same
from pulumi_instance_role.sandbox.standin.schema import Call, ResourceType, Tagging, fill, pick, text
from pulumi_instance_role.sandbox.standin.waiting import until
from pulumi_instance_role.sandbox.standin.wire import Values

# A deleted resource's token may still answer with its id; this many lives of the same declaration are told apart.
_GENERATIONS = 50


class Caller(Protocol):
    """What makes API calls (:class:`~pulumi_instance_role.sandbox.standin.api.Api`)."""

    @property
    def region(self) -> str:
        """The region that every call names."""
        ...

    def call(self, product: str, action: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Make one call and return its answer."""
        ...


class HalfDoneError(Exception):
    """The resource exists, but is not as declared. It must not be forgotten: the engine keeps it and tries again."""

    def __init__(self, resource_id: str, outputs: Values, reason: str) -> None:
        self.resource_id = resource_id
        self.outputs = outputs
        super().__init__(reason)


def create(api: Caller, table: ResourceType, urn: str, inputs: Values, *, anew: bool = False) -> tuple[str, Values]:
    """Make the resource and wait until it is ready. ``anew``: beside a living one of the same URN and inputs."""
    params = {**fill(table.create.params, inputs), **_creating(table, inputs)}
    for token in _tokens(urn, inputs, anew):
        answer = api.call(table.create.product, table.create.action, {**params, "ClientToken": token})
        resource_id = str(pick(answer, table.created))
        found = read(api, table, resource_id)
        if found is not None:
            break
    else:
        raise ApiError(table.create.action, "NotFound", f"the {table.title} is gone as soon as it is made")
    try:
        if table.tagging and table.tagging.after_create and inputs.get("tags"):
            _tag(api, table.tagging, resource_id, inputs["tags"])
        return resource_id, {**inputs, **_ready(api, table, resource_id)}
    except (ApiError, TimeoutError) as failed:
        raise HalfDoneError(resource_id, {**inputs, **found}, str(failed)) from None


def read(api: Caller, table: ResourceType, resource_id: str) -> Values | None:
    """Everything known of the resource; ``None`` when the cloud says that it is not there."""
    outputs: Values = {}
    for number, reading in enumerate(table.reads):
        try:
            answer = api.call(reading.call.product, reading.call.action, fill(reading.call.params, {"id": resource_id}))
        except ApiError as failed:
            if failed.code in table.gone:
                return None
            raise
        item = pick(answer, reading.item)
        if number == 0:
            if not item:
                return None
            found = {prop.name: _value(prop.kind, pick(item, prop.path)) for prop in table.properties if prop.path}
            outputs.update({name: value for name, value in found.items() if value is not None})
        for name, path in reading.outputs.items():
            value = pick(item, path)
            if value not in (None, ""):
                outputs[name] = value
    return outputs


def update(
    api: Caller, table: ResourceType, resource_id: str, olds: Values, news: Values, changed: Sequence[Difference]
) -> Values:
    """Change what differs, call by call; outputs as read afterwards."""
    names = {item.property for item in changed}
    places = {"id": resource_id, **news, **{f"old_{name}": value for name, value in olds.items()}}
    try:
        for change in table.changes:
            if not names.intersection(change.properties):
                continue
            for call in change.calls:
                own = {
                    prop.param: text(news.get(prop.name))
                    for prop in table.properties
                    if prop.name in change.properties and prop.name in names and prop.param not in call.params
                }
                _make(api, call, places, {name: value for name, value in own.items() if value})
            for name in change.properties:
                had, wanted = olds.get(name) or [], news.get(name) or []
                # Joined before left: an instance is never without a security group.
                if change.added and change.removed:
                    for item in (item for item in wanted if item not in had):
                        _make(api, change.added, {**places, "item": item})
                    for item in (item for item in had if item not in wanted):
                        _make(api, change.removed, {**places, "item": item})
        if table.tagging and "tags" in names:
            _retag(api, table.tagging, resource_id, olds.get("tags") or {}, news.get("tags") or {})
        return {**news, **_ready(api, table, resource_id)}
    except (ApiError, TimeoutError) as failed:
        raise HalfDoneError(resource_id, read(api, table, resource_id) or olds, str(failed)) from None


def delete(api: Caller, table: ResourceType, resource_id: str) -> None:
    """Delete the resource and wait until it is gone. Already gone is success."""

    def deleted() -> bool:
        try:
            api.call(table.delete.product, table.delete.action, fill(table.delete.params, {"id": resource_id}))
        except ApiError as failed:
            if failed.code in table.gone:
                return True
            if failed.code not in table.busy:
                raise
            return False
        return True

    until(deleted, f"{table.title} {resource_id} to let itself be deleted")
    until(lambda: read(api, table, resource_id) is None, f"{table.title} {resource_id} to be gone")


def _creating(table: ResourceType, inputs: Values) -> dict[str, str]:
    """The creating call's parameters: lists numbered, tags too where the call takes them."""
    params: dict[str, str] = {}
    for prop in table.properties:
        value = inputs.get(prop.name)
        if prop.kind is list:
            params.update({f"{prop.param}.{place}": text(entry) for place, entry in enumerate(value or (), 1)})
        elif prop.kind is dict:
            if table.tagging and not table.tagging.after_create:
                params.update(_tag_params(value or {}))
        elif prop.param and value not in (None, ""):
            params[prop.param] = text(value)
    return params


def _tokens(urn: str, inputs: Values, anew: bool) -> Iterator[str]:
    if anew:
        yield str(uuid4())
        return
    digest = hashlib.sha256(f"{urn}\n{json.dumps(inputs, sort_keys=True)}".encode()).hexdigest()[:40]
    for generation in range(_GENERATIONS):
        yield f"{digest}-{generation}"


def _ready(api: Caller, table: ResourceType, resource_id: str) -> Values:
    latest: Values = {}

    def ready() -> bool:
        found = read(api, table, resource_id)
        if found is None:
            raise ApiError("read", "NotFound", f"{table.title} {resource_id} is gone")
        latest.clear()
        latest.update(found)
        return all(found.get(name) == value for name, value in table.ready.items())

    wanted = ", ".join(table.ready.values())
    until(ready, f"{table.title} {resource_id} to be {wanted}")
    return latest


def _value(kind: type, found: Any) -> Any:
    """A described value in the property's own kind. Tag lists are spelled by the product."""
    if kind is dict:
        return {
            str(tag.get("TagKey", tag.get("Key"))): str(tag.get("TagValue", tag.get("Value", "")))
            for tag in found or ()
        }
    return None if found == "" else found


def _make(api: Caller, call: Call, places: Mapping[str, Any], own: Mapping[str, str] | None = None) -> None:
    if all(places.get(name) for name in call.needs):
        api.call(call.product, call.action, {**fill(call.params, places), **(own or {})})


def _retag(api: Caller, tagging: Tagging, resource_id: str, had: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    put = {key: value for key, value in wanted.items() if not same(had.get(key), value)}
    remove = [key for key in had if key not in wanted]
    if put:
        _tag(api, tagging, resource_id, put)
    if remove:
        keys = {f"TagKey.{place}": key for place, key in enumerate(remove, 1)}
        api.call(tagging.product, tagging.untag, {"ResourceType": tagging.kind, "ResourceId.1": resource_id, **keys})


def _tag(api: Caller, tagging: Tagging, resource_id: str, tags: Mapping[str, str]) -> None:
    api.call(
        tagging.product,
        "TagResources",
        {"ResourceType": tagging.kind, "ResourceId.1": resource_id, **_tag_params(tags)},
    )


def _tag_params(tags: Mapping[str, str]) -> dict[str, str]:
    params = {}
    for place, (key, value) in enumerate(sorted(tags.items()), 1):
        params[f"Tag.{place}.Key"] = key
        params[f"Tag.{place}.Value"] = text(value)
    return params
