"""Tags, as Alibaba Cloud's products spell them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from instance_role_sandbox.standin.lifecycle import key_values
from instance_role_sandbox.standin.schema import Params


@dataclass(frozen=True)
class Tags:
    """One kind of resource: the product's own spelling of the actions and of the kind."""

    product: str
    kind: str
    untag: str = "UntagResources"
    after_create: bool = False  # the creating call takes no tags

    def created(self, tags: Mapping[str, str]) -> Params:
        """What the creating call says of tags."""
        return {"Tag": key_values(tags)} if tags and not self.after_create else {}

    def changed(
        self, resource_id: str, region: str, put: Mapping[str, str], removed: Sequence[str]
    ) -> Iterator[tuple[str, str, Params]]:
        """TagResources, then the product's spelling of UntagResources."""
        whose = {"ResourceType": self.kind, "ResourceId": [resource_id]}
        if put:
            yield self.product, "TagResources", {**whose, "Tag": key_values(put)}
        if removed:
            yield self.product, self.untag, {**whose, "TagKey": list(removed)}
