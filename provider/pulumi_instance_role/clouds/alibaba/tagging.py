"""Tags of RAM's roles and policies.

https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-tagresources
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aliyunsdkram.request.v20150501.ListTagResourcesRequest import ListTagResourcesRequest
from aliyunsdkram.request.v20150501.TagResourcesRequest import TagResourcesRequest
from aliyunsdkram.request.v20150501.UntagResourcesRequest import UntagResourcesRequest

from pulumi_instance_role.clouds.alibaba.base import Part, rows
from pulumi_instance_role.clouds.alibaba.client import Api
from pulumi_instance_role.clouds.alibaba.instances import batches
from pulumi_instance_role.clouds.alibaba.limits import TAGGED
from pulumi_instance_role.clouds.port import CloudError, ErrorKind
from pulumi_instance_role.transport.together import Together
from pulumi_instance_role.transport.wait import Waiter

_OF_ONE = frozenset({ErrorKind.DENIED, ErrorKind.NOT_FOUND, ErrorKind.INVALID, ErrorKind.UNKNOWN})
"""Failures of a look at several that may be about one of them."""


class Tagging(Part):
    """Reading and writing tags."""

    def __init__(self, api: Api, waiter: Waiter | None = None) -> None:
        super().__init__(api, waiter)
        self._tags = {kind: self._together(kind) for kind in ("role", "policy")}

    def _together(self, kind: str) -> Together[dict[str, str]]:
        def is_of_one(error: Exception) -> bool:
            return isinstance(error, CloudError) and error.kind in _OF_ONE

        return Together(lambda names: self.tags_of_all(kind, names), TAGGED, is_of_one)

    def tags(self, kind: str, name: str) -> dict[str, str]:
        """All tags of one ``role`` or ``policy``. Those who ask at about the same time are told in one call."""
        return dict(self._tags[kind].ask(name) or {})

    def tags_of_all(self, kind: str, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """All tags of several, at most 50, by name. ``UNKNOWN`` where a row of the answer names none of them."""
        found: dict[str, dict[str, str]] = {}
        token: str | None = None
        while True:
            parameters = {"ResourceType": kind, "ResourceNames": json.dumps(list(names)), "NextToken": token}
            answer = self.api.call(ListTagResourcesRequest, parameters, of=names[0] if len(names) == 1 else "")
            # The documentation shows a flat list; the SDKs of other languages also know the nested one.
            listed = rows(answer, "TagResources") or rows(answer, "TagResources", "TagResource")
            for row in listed:
                # Of one name the answer can only be about that one, whether it repeats the name or not.
                of = names[0] if len(names) == 1 else row.get("ResourceName")
                if of not in names:
                    raise CloudError(
                        ErrorKind.UNKNOWN,
                        f"the answer does not say which {kind} a tag is of.",
                        operation="ListTagResources",
                        request_id=str(answer.get("RequestId") or ""),
                    )
                found.setdefault(of, {})[row["TagKey"]] = row.get("TagValue") or ""
            token = answer.get("NextToken")
            if not token:
                return found

    def tags_in_batches(self, kind: str, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """All tags of any number of them, by name, fifty in a call."""
        found: dict[str, dict[str, str]] = {}
        for some in batches(names, TAGGED):
            found.update(self.tags_of_all(kind, some))
        return found

    def retag(self, kind: str, name: str, put: Mapping[str, str], remove: Sequence[str]) -> None:
        """Put tags, then take tags away. TagResources is not conditional on the value it replaces, nor is the other."""
        names = json.dumps([name])
        if put:
            parameters = {"ResourceType": kind, "ResourceNames": names, "Tag": tag_parameter(put)}
            self._tag(TagResourcesRequest, parameters, kind, name, lambda seen: put.items() <= seen.items())
        if remove:
            keys = json.dumps(sorted(remove))
            parameters = {"ResourceType": kind, "ResourceNames": names, "TagKeys": keys}
            self._tag(UntagResourcesRequest, parameters, kind, name, lambda seen: seen.keys().isdisjoint(remove))

    def _tag(
        self,
        request: type[Any],
        parameters: Mapping[str, object],
        kind: str,
        name: str,
        done: Callable[[dict[str, str]], bool],
    ) -> None:
        self.write_over(request, parameters, of=name, look=lambda: self.tags(kind, name), done=done)


def tag_parameter(tags: Mapping[str, str] | None) -> str | None:
    """Tags as the one JSON text that RAM takes; ``None`` for none."""
    listed = [{"Key": key, "Value": value} for key, value in sorted((tags or {}).items())]
    return json.dumps(listed, ensure_ascii=False) if listed else None
