"""Names that a program may leave out, and the ids that states keep.

A derived name is a pure function of project, stack, parents and resource, so it is known at preview. Seven hexadecimal
digits of a hash keep names apart whose readable parts were cut or cleaned to the same text. Ids are frozen: states
carry them.
"""

from __future__ import annotations

import hashlib
import re

HASH_DIGITS = 7

_ARN = ("acs:", "qcs:", "arn:")
_CHAIN = re.compile(r"[^:$]+(:[^:$]+){1,2}(\$[^:$]+(:[^:$]+){1,2})*")
"""The types of a resource's parents. A type has colons, which tells it from the beginning of a bare name."""
_NAMED = frozenset(("role", "policy", "user", "group", "roleName", "policyName"))
"""The kinds in an ARN that stand before a name. Others stand before a number."""


def resource_within(parent_urn: str, name: str) -> str:
    """A resource's name with the types of its parents below the stack, as its URN has them: ``acme:Web::role``.

    A name alone is unique in a stack only beside others of the same parents. A child of the stack keeps its bare name.
    """
    chain = parent_urn.split("::")[2]
    return name if chain == "pulumi:pulumi:Stack" else f"{chain}::{name}"


def shown(resource: str) -> str:
    """How a message has a resource's name: ``"role" (in Web)`` for ``acme:Web::role``; a bare one in quotes."""
    chain, _, name = resource.partition("::")
    if not name or not _CHAIN.fullmatch(chain):
        return f'"{resource}"'
    return f'"{name}" (in {"/".join(each.rpartition(":")[2] for each in chain.split("$"))})'


def derived_name(
    project: str, stack: str, resource: str, *, within: str = "", organization: str = "", pattern: str, length: int
) -> str:
    """``<project>-<stack>-<resource>`` cut and cleaned to what ``pattern`` and ``length`` allow, plus a hash.

    ``pattern`` is the cloud's regular expression for a whole name; a character that it does not allow inside a name
    becomes a hyphen. The hash is of the three uncut parts, with ``within`` (the name with its parents, by
    :func:`resource_within`) in the place of the bare name, and of the ``organization``, where a backend tells these
    apart: two of them may each have the stack.
    """
    parts = (*([organization] if organization else ()), project, stack, within or resource)
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:HASH_DIGITS]
    allowed = re.compile(pattern)
    text = "-".join((project, stack, resource))
    cleaned = "".join(char if allowed.fullmatch(f"a{char}a") else "-" for char in text)
    stem = re.sub(r"-{2,}", "-", cleaned)[: length - HASH_DIGITS - 1].strip("-._")
    return f"{stem}-{digest}" if stem else f"r-{digest}"


def not_a_name(text: str, *, hide: bool = False) -> str:
    """What is wrong with an ARN in the place of a name, with the name in it (unless ``hide``); empty for any other."""
    if not text.startswith(_ARN):
        return ""
    kind, _, path = text.rpartition(":")[2].partition("/")
    name = path.rpartition("/")[2] if kind in _NAMED else ""
    return f"is an ARN; give the name alone{f', {name!r}' if name and not hide else ''}"


def attachment_id(role: str, policy: str, policy_type: str) -> str:
    """The id of a RolePolicyAttachment. Neither name may hold a colon on any cloud, so the id reads back."""
    return f"{role}:{policy}:{policy_type}"


def binding_id(cloud: str, region: str, project: str, stack: str, resource: str) -> str:
    """The id of an InstanceRoleBinding: it names no instance, since those come and go under the same binding."""
    digest = hashlib.sha256("\0".join((cloud, region, project, stack, resource)).encode()).hexdigest()[:16]
    return f"binding-{digest}"
