"""What differs between the policy languages of the clouds, as data.

The languages share one shape: a document with a version and statements; a statement with an effect, actions,
resources or principals, and conditions. They differ in spelling, in the forms an action or a resource may take, and in
what they ignore. Everything that reads, compares, judges or writes a document takes a :class:`Dialect`, so another
cloud joins by a table and not by code.

What Alibaba Cloud publishes: https://www.alibabacloud.com/help/en/ram/policy-structure-and-syntax (grammar),
https://www.alibabacloud.com/help/en/ram/policy-elements (elements, "in most cases, the value of the Action element is
not case-sensitive") and https://www.alibabacloud.com/help/en/ram/conditional-operator (operators). What it does not
publish is named at each field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_instance_role.policy.operators import Operator, operator_table


@dataclass(frozen=True, eq=False)
class Dialect:
    """One cloud's policy language. Compared by identity: there is one object for each language."""

    name: str  # for messages: "Alibaba Cloud"
    version: str  # the only version the language allows
    version_key: str
    statement_key: str
    effect_key: str
    action_key: str
    not_action_key: str | None  # every action but these; None where the language has no such element
    resource_key: str
    principal_key: str
    condition_key: str
    allow: str
    deny: str
    principal_kinds: tuple[str, ...]
    service_kind: str  # the kind of principal that names a service of the cloud
    assume_actions: tuple[str, ...]  # spellings of "may assume this role"; the first is the one we write
    action: re.Pattern[str]
    action_form: str  # the same in words, for messages
    resource: re.Pattern[str]
    resource_form: str
    condition_name: re.Pattern[str]
    condition_form: str
    operators: Mapping[str, Operator]
    folds_action_case: bool
    absent_key_meets_negation: bool  # whether "not equal" holds for a request that lacks the key

    def __repr__(self) -> str:
        return f"<dialect {self.name}>"

    def fold_action(self, action: str) -> str:
        """The form in which two spellings of one action are the same text."""
        return action.lower() if self.folds_action_case else action


ALIBABA = Dialect(
    name="Alibaba Cloud",
    version="1",
    version_key="Version",
    statement_key="Statement",
    effect_key="Effect",
    action_key="Action",
    not_action_key="NotAction",
    resource_key="Resource",
    principal_key="Principal",
    condition_key="Condition",
    allow="Allow",
    deny="Deny",
    principal_kinds=("Service", "RAM", "Federated"),
    service_kind="Service",
    assume_actions=("sts:AssumeRole",),
    action=re.compile(r"\*|[A-Za-z0-9*?_-]+:[^\s:]+"),
    action_form='"*" or "service:ActionName", such as "ecs:DescribeInstances"',
    # A wildcard may stand for several of the five parts, so a shorter text that ends in one is allowed.
    resource=re.compile(r"\*|acs:[^:]*:[^:]*:[^:]*:.+|acs:.*\*", re.DOTALL),
    resource_form='"*" or "acs:service:region:account:path", such as "acs:oss:*:*:bucket/*"',
    condition_name=re.compile(r"[A-Za-z0-9_-]+:\S(?:.*\S)?"),
    condition_form='"service:Key", such as "acs:SourceIp"',
    operators=operator_table(
        equals="Equals",
        less=("LessThan", "LessThanEquals"),
        greater=("GreaterThan", "GreaterThanEquals"),
    ),
    folds_action_case=True,
    # Not published. Taken as in the language this one descends from: a key that is not there equals nothing.
    absent_key_meets_negation=True,
)
