"""Would these documents allow this request?

The rule of every cloud here: a matching deny beats everything, else a matching allow allows, else the answer is no
(https://www.alibabacloud.com/help/en/ram/policy-elements). A statement matches when one of its actions, one of its
resources and every condition match; ``*`` and ``?`` are wildcards in actions and resources.

Limits: policies of one principal only. Session policies, control policies of a resource directory and policies on the
resource itself are for the caller to bring together. Condition keys are compared as spelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_instance_role.policy.dialect import ALIBABA, Dialect
from pulumi_instance_role.policy.document import Condition, Document, Statement, parse
from pulumi_instance_role.policy.wildcard import matches


@dataclass(frozen=True)
class Request:
    """One call to judge: ``action`` on ``resource`` (a full resource name), with what is known about the request.

    ``context`` maps condition keys to one text or several.
    """

    action: str
    resource: str = "*"
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """The answer. ``explicit_deny`` tells a forbidding statement from the mere absence of an allowing one."""

    allowed: bool
    explicit_deny: bool = False


def evaluate(
    documents: Iterable[Document | Mapping[str, Any] | str], request: Request, dialect: Dialect = ALIBABA
) -> Decision:
    """Judge ``request`` by all ``documents`` together (permission documents, parsed or not)."""
    allowed = False
    for source in documents:
        document = parse(source, "permission", dialect)
        for statement in document.statements:
            if applies(statement, request, document.dialect):
                if not statement.allows:
                    return Decision(allowed=False, explicit_deny=True)
                allowed = True
    return Decision(allowed)


def applies(statement: Statement, request: Request, dialect: Dialect = ALIBABA) -> bool:
    """Whether a statement is about this request, whatever its effect."""
    named = any(action_matches(pattern, request.action, dialect) for pattern in statement.actions)
    return (
        named is not statement.excepts_actions
        and any(matches(dialect.resource_pattern(pattern), request.resource) for pattern in statement.resources)
        and all(condition_holds(condition, request.context, dialect) for condition in statement.conditions)
    )


def action_matches(pattern: str, action: str, dialect: Dialect = ALIBABA) -> bool:
    """Whether an action of a statement covers the action of a request."""
    return matches(dialect.fold_action(pattern), dialect.fold_action(action))


def condition_holds(
    condition: Condition, context: Mapping[str, str | Sequence[str]], dialect: Dialect = ALIBABA
) -> bool:
    """Whether one condition holds in a request.

    A key that the request lacks meets no operator, save (as the dialect says) the negated ones.
    """
    operator = dialect.operators[condition.operator]
    if condition.key not in context:
        return operator.negated and dialect.absent_key_meets_negation
    given = context[condition.key]
    values = (given,) if isinstance(given, str) else tuple(given)
    met = any(operator.holds(wanted, value) for wanted in condition.values for value in values)
    return met is not operator.negated
