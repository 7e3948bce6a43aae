"""Writing documents in Python without writing their keys.

>>> policy_document(allow("oss:GetObject", on="acs:oss:*:*:reports/*"))["Statement"][0]["Effect"]
'Allow'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_instance_role.policy.dialect import ALIBABA, Dialect
from pulumi_instance_role.policy.document import PolicyError, parse
from pulumi_instance_role.policy.slips import slips

When = Mapping[str, Mapping[str, "str | Sequence[str]"]]


def allow(
    *actions: str, on: str | Sequence[str], when: When | None = None, dialect: Dialect = ALIBABA
) -> dict[str, Any]:
    """A statement that allows ``actions`` on the resources ``on``, where the conditions ``when`` hold.

    ``when`` is operator -> key -> value or values: ``{"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}``. Raises
    :class:`~pulumi_instance_role.policy.document.PolicyError` for what the cloud would refuse.
    """
    return _statement(dialect.allow, actions, on, when, dialect)


def deny(
    *actions: str, on: str | Sequence[str], when: When | None = None, dialect: Dialect = ALIBABA
) -> dict[str, Any]:
    """A statement that denies; it beats every allowing one. Arguments as for :func:`allow`."""
    return _statement(dialect.deny, actions, on, when, dialect)


def policy_document(*statements: Mapping[str, Any], dialect: Dialect = ALIBABA) -> dict[str, Any]:
    """A permission document of ``statements``, checked."""
    refuse_slips(statements=statements)
    document = {dialect.version_key: dialect.version, dialect.statement_key: [dict(one) for one in statements]}
    parse(document, "permission", dialect)
    return document


def _statement(
    effect: str, actions: Sequence[str], on: str | Sequence[str], when: When | None, dialect: Dialect
) -> dict[str, Any]:
    refuse_slips(actions=actions, on=on, when=when)
    statement: dict[str, Any] = {
        dialect.effect_key: effect,
        dialect.action_key: list(actions),
        dialect.resource_key: [on] if isinstance(on, str) else list(on),
    }
    if when:
        statement[dialect.condition_key] = {
            operator: {key: [value] if isinstance(value, str) else list(value) for key, value in keys.items()}
            for operator, keys in when.items()
        }
    try:
        policy_document(statement, dialect=dialect)
    except PolicyError as error:
        place = error.path.removeprefix(f"{dialect.statement_key}[0]").lstrip(".")
        raise PolicyError(place, error.problem) from None
    return statement


def refuse_slips(**arguments: object) -> None:
    """Raise :class:`PolicyError`, with the argument's name, for a text that an output or an object was put into."""
    for path, problem in slips(arguments):
        raise PolicyError(path, problem)
