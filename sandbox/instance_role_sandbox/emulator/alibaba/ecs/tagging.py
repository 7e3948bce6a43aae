"""Tags on instances, security groups, disks and network interfaces. ECS writes them as TagKey and TagValue."""

from __future__ import annotations

from dataclasses import replace

from .. import pages, tags
from ..call import Answer, Call
from ..tagging import Taggable, Types, offer
from . import disks, interfaces
from .facts import present
from .groups import put
from .product import ECS, group, instance, keep, nothing
from .records import GROUP


def _tag_instance(call: Call, key: str, labels: dict[str, str]) -> None:
    keep(call, replace(instance(call, key), tags=labels))


def _tag_group(call: Call, key: str, labels: dict[str, str]) -> None:
    put(call, replace(group(call, key), tags=labels))


TYPES = Types(
    {
        "instance": Taggable(lambda call: {key: one.tags for key, one in present(call).items()}, _tag_instance),
        "securitygroup": Taggable(lambda call: {key: one.tags for key, one in call.table(GROUP).items()}, _tag_group),
        "disk": Taggable(disks.tagged, disks.tag),
        "eni": Taggable(interfaces.tagged, interfaces.tag),
    },
    frozenset(
        ("image", "snapshot", "keypair", "volume", "ddh", "launchtemplate", "snapshotpolicy", "reservedinstance")
    ),
)

offer(ECS, TYPES, when_denied=nothing("TagResources", "TagResource"))


@ECS.action("DescribeTags", when_denied=nothing("Tags", "Tag"))
def describe_tags(call: Call) -> Answer:
    """List distinct tags, of one resource, one type or all."""
    asked = call.params.text("ResourceType")
    wanted = call.params.text("ResourceId")
    filters = tags.wanted(call.params)
    found: dict[tuple[str, str], None] = {}
    for name in [TYPES.named(asked)] if asked else TYPES.taggable:
        for resource_id, labels in TYPES.tags_of(call, name).items():
            if wanted in ("", resource_id):
                found |= {pair: None for pair in labels.items() if tags.carries(dict([pair]), filters)}
    rows = [{"TagKey": key, "TagValue": value} for key, value in found]
    page, counts = pages.numbered(call.params, rows, limit=100, default=50)
    return {"Tags": {"Tag": page}, **counts}
