"""Trust policies: who may assume a role.

An instance can hold a role only when the role's trust policy lets the cloud's instance service assume it
(https://www.alibabacloud.com/help/en/ecs/user-guide/attach-an-instance-ram-role-to-an-ecs-instance; on Tencent Cloud it
is ``cvm.qcloud.com``: https://www.tencentcloud.com/document/product/598/33561).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_instance_role.policy.build import listed_texts, refuse_slips
from pulumi_instance_role.policy.dialect import ALIBABA, Dialect
from pulumi_instance_role.policy.document import Document, Statement, parse
from pulumi_instance_role.policy.evaluate import action_matches


def trust_document(services: str | Sequence[str], dialect: Dialect = ALIBABA) -> dict[str, Any]:
    """The trust policy that lets exactly these services of the cloud assume the role."""
    refuse_slips(services=services)
    texts = listed_texts("services", services, "give names of services")
    names = texts if isinstance(services, str) else sorted(set(texts))
    statement = {
        dialect.effect_key: dialect.allow,
        dialect.action_key: dialect.assume_actions[0],
        dialect.principal_key: {dialect.service_kind: names},
    }
    document = {dialect.version_key: dialect.version, dialect.statement_key: [statement]}
    parse(document, "trust", dialect)
    return document


def trusts_service(document: Document | Mapping[str, Any] | str, service: str, dialect: Dialect = ALIBABA) -> bool:
    """Whether a trust policy lets ``service`` assume the role.

    Every statement counts: one that allows it is enough, unless one without conditions denies it. Conditions of an
    allowing statement are taken to hold, because what a service brings to them is published nowhere.
    """
    parsed = parse(document, "trust", dialect)
    about = [s for s in parsed.statements if _names(s, service, parsed.dialect)]
    denied = any(not s.allows and not s.conditions for s in about)
    return not denied and any(s.allows for s in about)


def shuts_out(read: Document | None, left: Sequence[object], service: str, dialect: Dialect) -> bool:
    """Whether a trust policy (what ``partial.read`` says of it) surely does not let ``service`` assume the role.

    One that cannot be read in full is not known to, nor is one with a wildcard for services.
    """
    if read is None or left:
        return False
    named = [name for s in read.statements if s.allows for name in s.principals.get(dialect.service_kind, ())]
    return not any("*" in name for name in named) and not trusts_service(read, service, dialect)


def lets_in(read: Document | None, left: Sequence[object], service: str, dialect: Dialect) -> bool:
    """Whether a trust policy (what ``partial.read`` says of it) surely lets ``service`` assume the role.

    Where neither this nor :func:`shuts_out` holds, nobody knows. So it is with one that cannot be read in full, with
    one that allows it under conditions only (what a service brings to them is published nowhere), and with one whose
    denial may meet the service, by a wildcard or under a condition.
    """
    if read is None or left:
        return False
    denied = [name for s in read.statements if not s.allows for name in s.principals.get(dialect.service_kind, ())]
    if any("*" in name or name.lower() == service.lower() for name in denied):
        return False
    return any(s.allows and not s.conditions and _names(s, service, dialect) for s in read.statements)


def _names(statement: Statement, service: str, dialect: Dialect) -> bool:
    named = (name.lower() for name in statement.principals.get(dialect.service_kind, ()))
    return service.lower() in named and any(
        action_matches(pattern, spelling, dialect)
        for pattern in statement.actions
        for spelling in dialect.assume_actions
    )
