"""Preset policies: every name that some page lists, with its document where some page prints it.

They come from the product's own lists (:mod:`pulumi_instance_role.data`), so that review, preflight and sandbox mean
the same. A policy whose document nobody prints grants nothing here, and its description says so.

The ids of AdministratorAccess, QCloudResourceFullAccess and the two service-role policies are the real ones; all others
are made up from the names, because nobody publishes them.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field

from pulumi_instance_role import data

CLOUD = "tencent"
NOTHING = json.dumps({"version": "2.0", "statement": []}, separators=(",", ":"))
"""What is shown in the place of a document that nobody prints."""
_REAL = {
    "AdministratorAccess": 1,
    "QCloudResourceFullAccess": 2,
    "QcloudAccessForCDNRole": 16313162,
    "QcloudAccessForASRole": 13847366,
}


@dataclass(frozen=True)
class Preset:
    """One preset policy. ``grants`` is its document; ``None`` where no page prints it."""

    policy_id: int
    name: str
    description: str
    grants: str | None
    alias: str = ""
    added: float = 0.0
    updated: float = 0.0
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def document(self) -> str:
        """The document as the API shows it."""
        return self.grants or NOTHING


def _preset(name: str) -> Preset:
    page = data.system_policies(CLOUD).get(name)
    made_up = 90_000_000 + zlib.crc32(name.encode()) % 9_999_999
    document = None if page is None else json.dumps(page.document, separators=(",", ":"))
    said = f"As printed on {page.url} ({page.date})" if page else "No page prints its document: it grants nothing here"
    return Preset(_REAL.get(name, made_up), name, said, document, alias=name)


PRESETS: dict[int, Preset] = {one.policy_id: one for one in map(_preset, data.policy_names(CLOUD))}
"""Id -> preset policy."""
_BY_NAME = {one.name: one for one in PRESETS.values()}


def preset_named(name: str) -> Preset | None:
    """The preset policy of that name."""
    return _BY_NAME.get(name)
