"""System policies: every name that some page lists, with its document where some page prints it.

They come from the product's own lists (:mod:`pulumi_instance_role.data`), so that review, preflight and sandbox mean
the same. A policy whose document nobody prints grants nothing here, and its description says so. A name that is in no
list does not exist in the emulator.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from pulumi_instance_role import data

CREATED = "2015-04-28T17:38:49Z"
CLOUD = "alibaba"
NOTHING = json.dumps({"Version": "1", "Statement": []})
"""What is shown in the place of a document that nobody prints."""


@dataclass(frozen=True)
class SystemPolicy:
    """One policy that every account has. ``document`` is ``None`` where no page prints it."""

    name: str
    description: str
    document: str | None


def _policy(name: str) -> SystemPolicy:
    page = data.system_policies(CLOUD).get(name)
    if page is None:
        return SystemPolicy(name, "No page prints the document of this policy: in the sandbox it grants nothing.", None)
    return SystemPolicy(name, f"As printed on {page.url} ({page.date}).", json.dumps(page.document))


SYSTEM_POLICIES: dict[str, SystemPolicy] = {name: _policy(name) for name in data.policy_names(CLOUD)}
