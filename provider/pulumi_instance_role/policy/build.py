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
    for index, one in enumerate(cast(Sequence[object], statements)):
        if not isinstance(one, Mapping):
            remedy = "give what allow() or deny() returns"
            if isinstance(one, (list, tuple)):
                remedy = "give each statement by itself: policy_document(*statements)"
            raise TypeError(f"statements[{index}]: must be a dictionary, not {type(one).__name__}; {remedy}")
        if dialect.statement_key in one:
            raise ValueError(f"statements[{index}]: is a whole document; give its statements")
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
            raise PolicyError(remark.path, f'{problem}{", or" if asked else ";"} pass cloud="{remark.speaker}"')
    return document


def _statement(
    effect: str, actions: Sequence[str], on: str | Sequence[str], when: Conditions | None, dialect: Dialect
) -> dict[str, Any]:
    refuse_slips(actions=actions, on=on, when=when)
    texts = listed_texts("on", on, f"give {dialect.resource_form}")
    if when is not None and not isinstance(when, Mapping):
        raise TypeError(f"when: must be a dictionary of operators, keys and values, not {type(when).__name__}")
    statement: dict[str, Any] = {
        dialect.effect_key: effect,
        dialect.action_key: list(actions),
        dialect.resource_key: texts,
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


def listed_texts(argument: str, value: object, remedy: str) -> list[str]:
    """A text, or a list of them, as a list. TypeError with the argument's name for anything else."""
    texts: Any = [value] if isinstance(value, str) else value
    inside = texts if isinstance(texts, (list, tuple)) else [texts]
    wrong = [one for one in inside if not isinstance(one, str)]
    if not wrong:
        return list(texts)
    if hasattr(wrong[0], "apply"):  # an output, of which nothing is known here
        remedy = "an output is not known yet: call this inside its apply()"
    place = f"a list with {type(wrong[0]).__name__}" if isinstance(texts, (list, tuple)) else type(value).__name__
    raise TypeError(f"{argument}: must be a text or a list of texts, not {place}; {remedy}")


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def refuse_slips(**arguments: object) -> None:
    """Raise :class:`PolicyError`, with the argument's name, for a text that an output or an object was put into."""
    for path, problem in slips(arguments):
        raise PolicyError(path, problem)
