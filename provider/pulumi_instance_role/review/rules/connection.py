"""The rule about how resources reach their account."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_instance_role.language import say, template
from pulumi_instance_role.review import words
from pulumi_instance_role.review.declared import reconnected
from pulumi_instance_role.review.rules.base import Context, Hit, Rule

_SAID = {
    "unknown": template(
        "{names}: profile or assume_role_arn changes; whether that is another account is not known here, and the "
        "review takes it for the same"
    ),
    "other": template("{names}: profile or assume_role_arn changes, and that is another account"),
}


def _changed(context: Context) -> Iterable[Hit]:
    """One for those whose account may be another, and one for those whose account is."""
    found = reconnected(context.before)
    for change in sorted(set(found.values())):
        urns = [urn for urn, one in found.items() if one == change]
        names = words.some(sorted({context.preview.by_urn[urn].name for urn in urns}))
        for urn in urns:
            yield Hit(urn, say(_SAID[change], names=names), (), urn, cause=f"connection {change}")


RULES = (
    Rule(
        "connection-changed", "low", "An account is reached in another way",
        "A profile or a role to assume leads to one account, and which one is not in the preview. In another account, "
        "roles and policies of the same names are others, and what was made before stays where it is.",
        "Check that the new way leads to the same account.",
        "https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole", _changed,
    ),
)  # fmt: skip
