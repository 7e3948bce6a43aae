"""Resources that are made of fields, each compared by itself: a wildcard never reaches into the next field.

Tencent Cloud's have six, split by colons (https://www.tencentcloud.com/document/product/598/10606): an empty service or
region is all of them, an empty account the account that the policy is in. A resource that a statement names becomes a
*key*, in which fields stand apart by a character that no document holds, and that account is a word of its own. Texts
that are not made of fields (actions; other clouds' resources) are their own keys, and are compared as wholes.

Limits: a resource with fewer fields that ends in ``*`` goes on with ``*`` in the rest. Whose account a policy is in,
a key does not say: it may be any that another key names, and holds only itself and ``*``. Comparing fields is bounded
as comparing wholes is (:mod:`pulumi_instance_role.policy.wildcard`).
"""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_instance_role.policy import wildcard
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.operators import each, either
from pulumi_instance_role.policy.work import spend

BETWEEN = "\x1f"
OWN = "\x1e"


def key_of(resource: str, dialect: Dialect) -> str:
    """What a statement's resource is compared by. What the cloud puts in for a variable may be anything: ``*``."""
    text = dialect.variable.sub("*", resource) if dialect.variable else resource
    if dialect.resource_parts is None or text == "*":
        return text
    word, *given = text.split(":", dialect.resource_parts - 1)
    fields = [word, *(_field(field, index, dialect) for index, field in enumerate(given, 1))]
    return BETWEEN.join([*fields, *["*"] * (dialect.resource_parts - len(fields))])


def _field(text: str, index: int, dialect: Dialect) -> str:
    return text or (OWN if index == dialect.account_field else "*")


def covers(wide: str, narrow: str) -> bool:
    """Whether every resource (or action) that the key ``narrow`` covers is covered by ``wide`` as well."""
    if BETWEEN not in wide and BETWEEN not in narrow:
        return wildcard.covers(wide, narrow)
    spend()
    if wide == "*":
        return True
    pairs = _pairs(wide, narrow)
    return bool(pairs) and all(map(_covers, *zip(*pairs, strict=True)))


def meet(one: str, other: str) -> bool:
    """Whether some resource (or action) may be covered by both keys."""
    if BETWEEN not in one and BETWEEN not in other:
        return wildcard.meet(one, other)
    spend()
    return all(OWN in pair or wildcard.meet(*pair) for pair in _pairs(one, other))


def named_apart(one: str, other: str, dialect: Dialect) -> bool:
    """Whether no resource matches both patterns, were each field of its name compared by itself.

    For a language in which a wildcard may run over several fields. There a name may match both and be a strange one: of
    ``acs:oss:*:*:a/*`` and ``acs:oss:*:*:b/*`` that is one such as ``acs:oss:r:1:a/x:y:b/z``. It may be missed: only
    what fields begin with is looked at, which costs next to nothing.
    """
    if dialect.name_fields is None:
        return False
    fields, others = (text.split(":", dialect.name_fields - 1) for text in (one, other))
    if min(len(fields), len(others)) < dialect.name_fields:
        return False
    return any(map(_begin_apart, fields, others))


def has_every_name(key: str, dialect: Dialect) -> bool:
    """Whether a key covers whatever has a name: all resources that a pattern other than ``*`` can be about."""
    parts = dialect.resource_parts or dialect.name_fields
    if not dialect.resource_word or parts is None or key == "*":
        return False
    return covers(key, key_of(dialect.resource_word + ":".join("*" * (parts - 1)), dialect))


def _begin_apart(one: str, other: str) -> bool:
    start, other_start = wildcard.literal(one), wildcard.literal(other)
    if start == one and other_start == other:
        return one != other
    return not (start.startswith(other_start) or other_start.startswith(start))


def matches(key: str, resource: str, dialect: Dialect, owners: Sequence[str] = ()) -> bool | None:
    """Whether the key covers the resource of a request. ``owners`` are the names of the account the policy is in.

    ``None`` when that depends on the account, and it is not said.
    """
    if BETWEEN not in key:
        return wildcard.matches(key, resource)
    assert dialect.resource_parts is not None  # only such a dialect has keys of fields
    given = resource.split(":", dialect.resource_parts - 1)
    wanted = key.split(BETWEEN)
    if len(given) < len(wanted):
        return False
    return each(
        _is_owned(want, have, owners) if index == dialect.account_field else wildcard.matches(want, have)
        for index, (want, have) in enumerate(zip(wanted, given, strict=True))
    )


def _is_owned(wanted: str, given: str, owners: Sequence[str]) -> bool | None:
    if not wanted.strip("*"):
        return True
    if wanted == OWN:
        return given in ("", *owners) or (None if not owners else False)
    if given:
        return wildcard.matches(wanted, given)
    return either(wildcard.matches(wanted, one) for one in owners) if owners else None


def _pairs(one: str, other: str) -> list[tuple[str, str]]:
    """The fields of two keys side by side; none when one of them is no key of fields."""
    fields, others = one.split(BETWEEN), other.split(BETWEEN)
    return list(zip(fields, others, strict=True)) if len(fields) == len(others) else []


def _covers(wide: str, narrow: str) -> bool:
    if OWN in (wide, narrow):
        return wide == narrow or not wide.strip("*")
    return wildcard.covers(wide, narrow)
