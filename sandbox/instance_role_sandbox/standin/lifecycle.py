"""A resource's life, carried out from its table: create, read, update, delete.

The real plugins wait fixed times (10 s for an instance) before they look whether a resource is ready; here the first
look comes at once.

A creating call says which declaration it is for: by a ClientToken made of the resource's URN and inputs, or where the
call takes none, by a tag with the same text (which reads leave out). An engine that was killed between the call and
its record of it asks again at the next run, and is then given what the first call made, not a second one. (The real
plugins' tokens are random, and they leave the first one behind.)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from instance_role_sandbox.standin.checks import Difference, same
from instance_role_sandbox.standin.errors import ApiError
from instance_role_sandbox.standin.schema import Call, Mark, Params, Read, ResourceType, Tagging, fill, pick
from instance_role_sandbox.standin.waiting import until
from instance_role_sandbox.standin.wire import Values

MARK = "pulumi-instance-role:stand-in"
"""The key of the tag that takes a ClientToken's place."""

# A deleted resource's token may still answer with its id; this many lives of the same declaration are told apart.
_GENERATIONS = 50


class Caller(Protocol):
    """What makes API calls: a cloud's own ``Api``."""

    @property
    def region(self) -> str:
        """The region that every call names."""
        ...

    def call(self, product: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make one call and return its answer. :class:`~.errors.ApiError` when it is refused."""
        ...


class Life(Protocol):
    """What can be done with the resources of a type."""

    @property
    def table(self) -> ResourceType:
        """The type."""
        ...

    def create(self, api: Caller, urn: str, inputs: Values, *, anew: bool = False) -> tuple[str, Values]:
        """Make one and wait until it is ready: its id and outputs. ``anew``: beside a living one of the same inputs."""
        ...

    def read(self, api: Caller, resource_id: str) -> Values | None:
        """Everything known of one; ``None`` when the cloud says that it is not there."""
        ...

    def update(
        self, api: Caller, resource_id: str, olds: Values, news: Values, changed: Sequence[Difference]
    ) -> Values:
        """Change what differs; outputs as read afterwards."""
        ...

    def delete(self, api: Caller, resource_id: str) -> None:
        """Delete one and wait until it is gone. Already gone is success."""
        ...


class HalfDoneError(Exception):
    """The resource exists, but is not as declared. It must not be forgotten: the engine keeps it and tries again."""

    def __init__(self, resource_id: str, outputs: Values, reason: str) -> None:
        self.resource_id = resource_id
        self.outputs = outputs
        super().__init__(reason)


@dataclass(frozen=True)
class Tabled:
    """The life that a table describes."""

    table: ResourceType

    def create(self, api: Caller, urn: str, inputs: Values, *, anew: bool = False) -> tuple[str, Values]:
        """Make the resource and wait until it is ready. ``anew``: beside a living one of the same URN and inputs."""
        table = self.table
        resource_id, found = self._made_once(api, urn, inputs, anew)
        try:
            tags = inputs.get("tags") or {}
            if table.tagging and tags and not table.tagging.created(tags):
                self._retag(api, table.tagging, resource_id, {}, tags)
            return resource_id, {**inputs, **self._ready(api, resource_id)}
        except (ApiError, TimeoutError) as failed:
            raise HalfDoneError(resource_id, {**inputs, **found}, str(failed)) from None

    def read(self, api: Caller, resource_id: str) -> Values | None:
        """Everything known of the resource; ``None`` when the cloud says that it is not there."""
        found = self._look(api, resource_id)
        return None if found is None or self._failed(found) else found

    def update(
        self, api: Caller, resource_id: str, olds: Values, news: Values, changed: Sequence[Difference]
    ) -> Values:
        """Change what differs, call by call; outputs as read afterwards."""
        table = self.table
        names = [item.property for item in changed]
        places = {"id": resource_id, **news, **{f"old_{name}": value for name, value in olds.items()}}
        done: list[str] = []
        try:
            for change in table.changes:
                touched = [name for name in change.properties if name in names]
                if not touched:
                    continue
                for call in change.calls:
                    own = {
                        prop.param: news.get(prop.name)
                        for prop in table.properties
                        if prop.name in touched and prop.param not in call.params and not change.spelled
                    }
                    _make(api, call, places, {name: value for name, value in own.items() if value not in (None, "")})
                for name in touched:
                    had, wanted = olds.get(name) or [], news.get(name) or []
                    # Joined before left: an instance is never without a security group.
                    if change.added and change.removed:
                        for item in (item for item in wanted if item not in had):
                            _make(api, change.added, {**places, "item": item})
                        for item in (item for item in had if item not in wanted):
                            _make(api, change.removed, {**places, "item": item})
                done += touched
                if table.operating:  # one operation at a time
                    self._ready(api, resource_id, {name: news[name] for name in done if name in news})
            if table.tagging and "tags" in names:
                self._retag(api, table.tagging, resource_id, olds.get("tags") or {}, news.get("tags") or {})
            return {**news, **self._ready(api, resource_id, {name: news[name] for name in names if name in news})}
        except (ApiError, TimeoutError) as failed:
            raise HalfDoneError(resource_id, self.read(api, resource_id) or olds, str(failed)) from None

    def delete(self, api: Caller, resource_id: str) -> None:
        """Delete the resource and wait until it is gone. Already gone is success."""
        table = self.table

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
        until(lambda: self.read(api, resource_id) is None, f"{table.title} {resource_id} to be gone")

    # -- creating once -----------------------------------------------------------------------------------------
    def _made_once(self, api: Caller, urn: str, inputs: Values, anew: bool) -> tuple[str, Values]:
        """The id and first outputs of the resource that this declaration has made, now or in a run before."""
        table = self.table
        digest = uuid4().hex if anew else _digest(urn, inputs)
        params = fill(table.create.params, inputs)
        if table.mark:
            params |= self._creating(inputs, {MARK: digest})
            resource_id = _marked(api, table.mark, digest) or self._create(api, params)
            found = self._look(api, resource_id)
            if found is not None:
                return resource_id, found
        else:
            params |= self._creating(inputs, {})
            for generation in range(_GENERATIONS):
                resource_id = self._create(api, {**params, "ClientToken": f"{digest}-{generation}"})
                found = self._look(api, resource_id)
                if found is not None:
                    return resource_id, found
        raise ApiError(table.create.action, "NotFound", f"the {table.title} is gone as soon as it is made")

    def _create(self, api: Caller, params: Params) -> str:
        return str(pick(api.call(self.table.create.product, self.table.create.action, params), self.table.created))

    def _creating(self, inputs: Values, marks: Mapping[str, str]) -> Params:
        """The creating call's parameters, tags too where the call takes them."""
        params: Params = {}
        for prop in self.table.properties:
            value = inputs.get(prop.name)
            if prop.kind is dict:
                params |= self.table.tagging.created({**(value or {}), **marks}) if self.table.tagging else {}
            elif prop.param and (value not in (None, "", []) or prop.always):
                params[prop.param] = "" if value is None else value
        return params

    # -- reading -----------------------------------------------------------------------------------------------
    def _look(self, api: Caller, resource_id: str) -> Values | None:
        """Everything the reads say, whatever state it is in."""
        outputs: Values = {}
        for number, reading in enumerate(self.table.reads):
            try:
                item = self._item(api, reading, resource_id)
            except ApiError as failed:
                if failed.code in self.table.gone:
                    return None
                raise
            if number == 0:
                if not item:
                    return None
                found = {
                    prop.name: _value(prop.kind, pick(item, prop.path)) for prop in self.table.properties if prop.path
                }
                outputs.update({name: value for name, value in found.items() if value is not None})
            for name, path in reading.outputs.items():
                value = pick(item, path)
                if value not in (None, ""):
                    outputs[name] = value
        return outputs

    def _item(self, api: Caller, reading: Read, resource_id: str) -> Any:
        """What one reading call says of the resource, once no operation runs on it."""
        params = fill(reading.call.params, {"id": resource_id})
        latest: list[Any] = []

        def settled() -> bool:
            latest[:] = [pick(api.call(reading.call.product, reading.call.action, params), reading.item)]
            return not any(pick(latest[0], path) == value for path, value in self.table.operating.items())

        until(settled, f"the operation on {self.table.title} {resource_id} to end")
        return latest[0]

    def _ready(self, api: Caller, resource_id: str, wanted: Mapping[str, Any] | None = None) -> Values:
        """The outputs once the resource is ready and shows what was changed."""
        table = self.table
        order = {prop.name: prop.ordered for prop in table.properties}
        shown = {name: value for name, value in (wanted or {}).items() if name in table.outputs}
        latest: Values = {}

        def ready() -> bool:
            found = self._look(api, resource_id)
            if found is None:
                raise ApiError("read", "NotFound", f"{table.title} {resource_id} is gone")
            if self._failed(found):
                raise ApiError("read", "Failed", f"{table.title} {resource_id} came to nothing: {table.failed}")
            latest.clear()
            latest.update(found)
            return all(found.get(name) == value for name, value in table.ready.items()) and all(
                same(found.get(name), value, order.get(name, False)) for name, value in shown.items()
            )

        aim = ", ".join([*table.ready.values(), *(f"with its new {name}" for name in shown)]) or "there"
        until(ready, f"{table.title} {resource_id} to be {aim}")
        return latest

    def _failed(self, found: Values) -> bool:
        return any(found.get(name) == value for name, value in self.table.failed.items())

    # -- tags --------------------------------------------------------------------------------------------------
    def _retag(
        self, api: Caller, tagging: Tagging, resource_id: str, had: Mapping[str, str], wanted: Mapping[str, str]
    ) -> None:
        put = {key: value for key, value in wanted.items() if not same(had.get(key), value)}
        removed = [key for key in had if key not in wanted]
        for product, action, params in tagging.changed(resource_id, api.region, put, removed):
            api.call(product, action, params)


def lives(tables: Iterable[ResourceType]) -> dict[str, Life]:
    """The lives that these tables describe, by type."""
    return {table.type: Tabled(table) for table in tables}


def key_values(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the APIs list them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _marked(api: Caller, mark: Mark, digest: str) -> str:
    """The id of the resource that bears the mark; "" if there is none."""
    answer = api.call(mark.find.product, mark.find.action, fill(mark.find.params, {"mark": digest}))
    return str(pick(answer, mark.item) or "")


def _digest(urn: str, inputs: Values) -> str:
    return hashlib.sha256(f"{urn}\n{json.dumps(inputs, sort_keys=True)}".encode()).hexdigest()[:40]


def _value(kind: type, found: Any) -> Any:
    """A described value in the property's own kind. Tag lists are spelled by the product."""
    if kind is dict:
        tags = {
            str(tag.get("TagKey", tag.get("Key"))): str(tag.get("TagValue", tag.get("Value", "")))
            for tag in found or ()
        }
        tags.pop(MARK, None)
        return tags
    if kind is int and isinstance(found, str) and found.isdigit():
        return int(found)
    return None if found == "" else found


def _make(api: Caller, call: Call, places: Mapping[str, Any], own: Params | None = None) -> None:
    if all(places.get(name) for name in call.needs):
        api.call(call.product, call.action, {**fill(call.params, places), **(own or {})})
