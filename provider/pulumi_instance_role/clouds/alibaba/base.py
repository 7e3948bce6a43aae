"""What the parts of the adapter share: calls, the ways to write, and waiting for the cloud to catch up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pulumi_instance_role.clouds import part
from pulumi_instance_role.clouds.alibaba.client import Api
from pulumi_instance_role.clouds.calls import NEVER, ONCE, once_ready
from pulumi_instance_role.transport.wait import Waiter

T = TypeVar("T")
Seen = TypeVar("Seen")


class Part:
    """A part of the adapter."""

    def __init__(self, api: Api, waiter: Waiter | None = None) -> None:
        self.api = api
        self.waiter = waiter or Waiter()

    def write_once(
        self,
        request: type[Any],
        parameters: Mapping[str, object],
        *,
        of: str,
        needs: str,
        done: Callable[[], T | None],
        made: Callable[[dict[str, Any]], T],
    ) -> T:
        """Carry out a write that must not happen twice; ``made`` reads the answer, ``done`` looks for what it did."""
        return part.carry_out_once(
            self.api.retrier,
            lambda: made(self.api.call(request, parameters, of=of, needs=needs, retries=ONCE)),
            done,
        )

    def write_over(
        self,
        request: type[Any],
        parameters: Mapping[str, object],
        *,
        of: str,
        look: Callable[[], Seen],
        done: Callable[[Seen], bool],
    ) -> None:
        """A write that replaces whatever is there. See :func:`~pulumi_instance_role.clouds.part.write_over`."""
        part.write_over(
            self.api,
            lambda ready: self.api.call(request, once_ready(ready, parameters), of=of, retries=NEVER),
            look,
            lambda seen: {} if done(seen) else None,
            of,
        )

    def remove(
        self,
        request: type[Any],
        parameters: Mapping[str, object],
        *,
        of: str,
        held: Callable[[], bool],
        identity: Callable[[], object],
    ) -> None:
        """Delete something; gone already is success. See :func:`~pulumi_instance_role.clouds.part.remove`."""

        def delete(ready: part.Ready) -> None:
            self.api.call(request, once_ready(ready, parameters), of=of, retries=NEVER)

        part.remove(self.api, self.waiter, delete, held, identity, of)


def rows(answer: Mapping[str, Any], *path: str) -> list[Any]:
    """A list of an answer, under its path. One that is left out, or empty in another shape, is an empty list."""
    value: Any = answer
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else value
    return value if isinstance(value, list) else []
