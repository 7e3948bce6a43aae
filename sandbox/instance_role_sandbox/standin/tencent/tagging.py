"""Tags, as Tencent Cloud's products spell them: by the creating call, and later through the product ``tag``.

https://www.tencentcloud.com/document/product/651/35633 (ModifyResourceTags).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from instance_role_sandbox.standin.lifecycle import key_values
from instance_role_sandbox.standin.schema import Params


@dataclass(frozen=True)
class Tags:
    """One kind of resource, as the six parts of its name have it: ``qcs::<service>:<region>:uin/:<kind>/<id>``."""

    service: str
    kind: str
    specification: bool = False  # the creating call takes them in a TagSpecification

    def created(self, tags: Mapping[str, str]) -> Params:
        """What the creating call says of tags."""
        if not tags:
            return {}
        if self.specification:
            return {"TagSpecification": [{"ResourceType": self.kind, "Tags": key_values(tags)}]}
        return {"Tags": key_values(tags)}

    def changed(
        self, resource_id: str, region: str, put: Mapping[str, str], removed: Sequence[str]
    ) -> Iterator[tuple[str, str, Params]]:
        """One ModifyResourceTags, if anything differs."""
        changes: Params = {}
        if put:
            changes["ReplaceTags"] = [{"TagKey": key, "TagValue": value} for key, value in sorted(put.items())]
        if removed:
            changes["DeleteTags"] = [{"TagKey": key} for key in removed]
        if changes:
            resource = f"qcs::{self.service}:{region}:uin/:{self.kind}/{resource_id}"
            yield "tag", "ModifyResourceTags", {"Resource": resource, **changes}
