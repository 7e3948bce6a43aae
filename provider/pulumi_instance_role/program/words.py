"""Words of a program that we do not know: misspelled, or newer than our lists. Warnings, never faults.

Documents are read as the program wrote them, so that a part which is not known yet hides nothing of the rest. What our
lists say is read from the package (:mod:`pulumi_instance_role.data`); they are not complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.output import Unknown

from pulumi_instance_role import data
from pulumi_instance_role.plan.faults import Fault
from pulumi_instance_role.policy.dialect import LANGUAGES
from pulumi_instance_role.policy.document import LATER, read
from pulumi_instance_role.policy.doubts import doubts, words_of
from pulumi_instance_role.policy.near import nearest_policy
from pulumi_instance_role.program.inputs import is_secret, value_of

TRUST = "trust_policy"
"""The property that holds a trust policy; every other document is a permission policy."""


async def unknown_words(documents: Mapping[str, Any], cloud: Any) -> tuple[Fault, ...]:
    """What is not known in documents (as a program gives them, by property) for a cloud that may not be known yet."""
    name = await value_of(cloud)
    if not isinstance(name, str) or name not in LANGUAGES:
        return ()
    found: list[Fault] = []
    for prop, given in documents.items():
        source = drafted(await value_of(given))
        if isinstance(source, (str, Mapping)):
            secret = await is_secret(given)
            document, _ = read(source, "trust" if prop == TRUST else "permission", LANGUAGES[name], secret=secret)
            remarks = doubts(document, words_of(name, data.known_actions), secret=secret) if document else ()
            found += [Fault(prop, str(remark)) for remark in remarks]
    return tuple(found)


def drafted(value: Any) -> Any:
    """A document with :data:`LATER` in the place of what is not known yet."""
    if isinstance(value, Unknown):
        return LATER
    if isinstance(value, Mapping):
        return {key: drafted(one) for key, one in value.items()}
    return [drafted(one) for one in value] if isinstance(value, (list, tuple)) else value


def meant_policy(cloud: str, name: str) -> str | None:
    """The system policy that an unlisted name is most like; ``None`` for a listed name, and where none is like it."""
    names = data.policy_names(cloud)
    return None if name in names else nearest_policy(name, names)


def is_system_policy(cloud: str, name: str) -> bool:
    """Whether some page lists a system policy of that name."""
    return name in data.policy_names(cloud)
