"""Would these documents allow this request?

The rule of every cloud here: a matching deny beats everything, else a matching allow allows, else the answer is no
(https://www.alibabacloud.com/help/en/ram/policy-elements). A statement matches when one of its actions, one of its
resources and every condition match; ``*`` and ``?`` are wildcards in actions and resources.

What is not understood (an operator or a general condition key that our tables lack, a value that cannot be read, a
variable that the cloud fills in, whose account a policy is in) answers neither yes nor no: a decision that hangs on it
is not known, and never allowed.

Limits: policies of one principal only. Session policies, control policies of a resource directory and policies on the
resource itself are for the caller to bring together. Condition keys are compared as spelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from pulumi_instance_role.policy import fields
from pulumi_instance_role.policy.dialect import ALIBABA, Dialect
from pulumi_instance_role.policy.document import Condition, Document, Statement, parse
from pulumi_instance_role.policy.operators import each, either
from pulumi_instance_role.policy.wildcard import matches
from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class Request:
    """One call to judge: ``action`` on ``resource`` (a full resource name), with what is known about the request.

    ``context`` maps condition keys to one text or several. ``owners`` are the names of the account that the policies
    are in, as resources have them (``uin/1000``), where the language speaks of that account without naming it.
    """

    action: str
    resource: str = "*"
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    owners: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The answer. ``explicit_deny`` tells a forbidding statement from the mere absence of an allowing one.

    ``known`` is false where it hangs on what is not understood; then it is not ``allowed``.
    """

    allowed: bool
    explicit_deny: bool = False
    known: bool = True


def evaluate(
    documents: Iterable[Document | Mapping[str, Any] | str], request: Request, dialect: Dialect = ALIBABA
) -> Decision:
    """Judge ``request`` by all ``documents`` together (permission documents, parsed or not)."""
    allowed: bool | None = False
    denied: bool | None = False
    for source in documents:
        document = parse(source, "permission", dialect)
        for statement in document.statements:
            about = applies(statement, request, document.dialect)
            if statement.allows:
                allowed = either((allowed, about))
            elif about:
                return Decision(allowed=False, explicit_deny=True)
            else:
                denied = either((denied, about))
    if allowed is False:
        return Decision(allowed=False)
    return Decision(allowed=bool(allowed) and denied is False, known=bool(allowed) and denied is False)


def applies(statement: Statement, request: Request, dialect: Dialect = ALIBABA) -> bool | None:
    """Whether a statement is about this request, whatever its effect; ``None`` is not known."""
    named = any(action_matches(pattern, request.action, dialect) for pattern in statement.actions)
    if named is statement.excepts_actions:
        return False
    return each(
        (
            either(_is_about(pattern, request, dialect) for pattern in statement.resources),
            *(condition_holds(condition, request.context, dialect) for condition in statement.conditions),
        )
    )


def _is_about(pattern: str, request: Request, dialect: Dialect) -> bool | None:
    found = fields.matches(fields.key_of(pattern, dialect), request.resource, dialect, request.owners)
    return None if found and dialect.varies(pattern) else found


def action_matches(pattern: str, action: str, dialect: Dialect = ALIBABA) -> bool:
    """Whether an action of a statement covers the action of a request."""
    return matches(dialect.fold_action(pattern), dialect.fold_action(action))


def condition_holds(
    condition: Condition, context: Mapping[str, str | Sequence[str]], dialect: Dialect = ALIBABA
) -> bool | None:
    """Whether one condition holds in a request; ``None`` is not known.

    A key that the request lacks meets no operator, save (as the dialect says) the negated ones, and those that ask for
    nothing then. Of a general key that we do not know, its absence says nothing.
    """
    operator = dialect.operators.get(condition.operator)
    if operator is None or (condition.key not in context and not dialect.knows_key(condition.key)):
        return None
    given = context.get(condition.key)
    return operator.met(
        condition.values,
        (given,) if isinstance(given, str) else given,
        absent_meets_negation=dialect.absent_key_meets_negation,
        known=not any(map(dialect.varies, condition.values)),
    )
