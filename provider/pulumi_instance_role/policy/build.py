"""Writing documents in Python without writing their keys.

>>> policy_document(allow("oss:GetObject", on="acs:oss:*:*:reports/*"))["Statement"][0]["Effect"]
'Allow'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pulumi_instance_role.policy.dialect import ALIBABA, Dialect
from pulumi_instance_role.policy.document import Document, Kind, PolicyError, parse
from pulumi_instance_role.policy.doubts import doubts
from pulumi_instance_role.policy.slips import slips
from pulumi_instance_role.policy.when import Conditions, When

__all__ = ["When", "allow", "deny", "in_its_own_words", "policy_document"]


def allow(
    *actions: str, on: str | Sequence[str], when: Conditions | None = None, dialect: Dialect = ALIBABA
) -> dict[str, Any]:
    """A statement that allows ``actions`` on the resources ``on``, where the conditions ``when`` hold.

    ``when`` is operator -> key -> value or values: ``{"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}``. Raises
    :class:`~pulumi_instance_role.policy.document.PolicyError` for what the cloud would refuse, and for another cloud's
    words.
    """
    return _statement(dialect.allow, actions, on, when, dialect)


def deny(
    *actions: str, on: str | Sequence[str], when: Conditions | None = None, dialect: Dialect = ALIBABA
) -> dict[str, Any]:
    """A statement that denies; it beats every allowing one. Arguments as for :func:`allow`."""
    return _statement(dialect.deny, actions, on, when, dialect)


def policy_document(*statements: Mapping[str, Any], dialect: Dialect = ALIBABA) -> dict[str, Any]:
    """A permission document of ``statements``, checked."""
    refuse_slips(statements=statements)
    document = {dialect.version_key: dialect.version, dialect.statement_key: [dict(one) for one in statements]}
    parse(document, "permission", dialect)
    return document


def in_its_own_words(source: Mapping[str, Any], kind: Kind, dialect: Dialect) -> Document:
    """The document, parsed. Raises :class:`PolicyError` for a word that is another cloud's.

    A document as such is only doubted for that; whoever calls a helper has said which cloud is meant.
    """
    document = parse(source, kind, dialect)
    for remark in doubts(document):
        if remark.speaker:
            asked = remark.problem.endswith("?")
            problem = remark.problem.removesuffix("?" if asked else "; check the spelling")
            raise PolicyError(remark.path, f'{problem}{"," if asked else ";"} or pass cloud="{remark.speaker}"')
    return document


def _statement(
    effect: str, actions: Sequence[str], on: str | Sequence[str], when: Conditions | None, dialect: Dialect
) -> dict[str, Any]:
    refuse_slips(actions=actions, on=on, when=when)
    statement: dict[str, Any] = {
        dialect.effect_key: effect,
        dialect.action_key: list(actions),
        dialect.resource_key: [on] if isinstance(on, str) else list(on),
    }
    if when:
        statement[dialect.condition_key] = {
            operator: {key: _listed(value) for key, value in keys.items()} if isinstance(keys, Mapping) else keys
            for operator, keys in cast(Mapping[str, Any], when).items()
        }
    try:
        in_its_own_words(policy_document(statement, dialect=dialect), "permission", dialect)
    except PolicyError as error:
        place = error.path.removeprefix(f"{dialect.statement_key}[0]").lstrip(".")
        raise PolicyError(place, error.problem) from None
    return statement


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def refuse_slips(**arguments: object) -> None:
    """Raise :class:`PolicyError`, with the argument's name, for a text that an output or an object was put into."""
    for path, problem in slips(arguments):
        raise PolicyError(path, problem)
