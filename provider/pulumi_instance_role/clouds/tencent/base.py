"""What the parts of the adapter share: calls, pages, and waiting for the cloud to catch up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from pulumi_instance_role.clouds.calls import NEVER, once_ready
from pulumi_instance_role.clouds.part import write_over
from pulumi_instance_role.clouds.tencent.client import Api
from pulumi_instance_role.clouds.tencent.limits import LIST_ENTITIES
from pulumi_instance_role.transport.wait import Waiter

Seen = TypeVar("Seen")


class Part:
    """A part of the adapter."""

    def __init__(self, api: Api, waiter: Waiter | None = None) -> None:
        self.api = api
        self.waiter = waiter or Waiter()

    def cam(
        self, action: str, parameters: Mapping[str, object], *, of: str = "", needs: str = "", shared: bool = False
    ) -> dict[str, Any]:
        """One action of CAM that may be carried out twice: it reads, or names in full what it adds or takes away."""
        return self.api.call("cam", action, parameters, of=of, needs=needs, shared=shared)

    def write_over(
        self,
        action: str,
        parameters: Mapping[str, object],
        *,
        of: str,
        look: Callable[[], Seen],
        done: Callable[[Seen], bool],
    ) -> None:
        """A write that replaces whatever is there. See :func:`~pulumi_instance_role.clouds.part.write_over`."""
        write_over(
            self.api,
            lambda ready: self.api.call("cam", action, once_ready(ready, parameters), of=of, retries=NEVER),
            look,
            lambda seen: {} if done(seen) else None,
            of,
        )

    def pages(
        self, action: str, parameters: Mapping[str, object], of: str = "", rows: str = "List", *, shared: bool = False
    ) -> Iterator[dict[str, Any]]:
        """The rows of one of CAM's listings, which the answer has under ``rows``, over all its pages."""
        page, seen = 1, 0
        while True:
            asked = {**parameters, "Page": page, "Rp": LIST_ENTITIES}
            answer = self.cam(action, asked, of=of, needs="TotalNum", shared=shared)
            found = answer.get(rows) or []
            yield from found
            seen += len(found)
            if not found or seen >= int(answer["TotalNum"]):
                return
            page += 1


def tags_of(listed: object) -> dict[str, str]:
    """Tags as the cloud lists them; ``None`` for none."""
    rows = listed if isinstance(listed, list) else []
    return {str(row["Key"]): str(row.get("Value") or "") for row in rows}


def tag_parameter(tags: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    """Tags as a parameter; ``None`` for none."""
    return [{"Key": key, "Value": value} for key, value in sorted((tags or {}).items())] or None
