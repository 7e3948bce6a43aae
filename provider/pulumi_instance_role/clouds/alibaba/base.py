"""What the parts of the adapter share: calls, the two ways to write, and waiting for the cloud to catch up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pulumi_instance_role.clouds import part
from pulumi_instance_role.clouds.alibaba.client import Api
from pulumi_instance_role.clouds.calls import ONCE
from pulumi_instance_role.transport.wait import Waiter

T = TypeVar("T")


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

    def remove(self, delete: Callable[[], object], held: Callable[[], bool]) -> None:
        """Delete something; gone already is success. See :func:`~pulumi_instance_role.clouds.part.remove`."""
        part.remove(self.waiter, delete, held)


def rows(answer: Mapping[str, Any], *path: str) -> list[Any]:
    """A list of an answer, under its path. One that is left out, or empty in another shape, is an empty list."""
    value: Any = answer
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else value
    return value if isinstance(value, list) else []
