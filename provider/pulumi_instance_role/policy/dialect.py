"""What differs between the policy languages of the clouds, as data.

The languages share one shape: a document with a version and statements; a statement with an effect, actions,
resources or principals, and conditions. They differ in spelling, in the forms an action or a resource may take, and in
what they ignore. Everything that reads, compares, judges or writes a document takes a :class:`Dialect`, so another
cloud joins by a table and not by code.

What Alibaba Cloud publishes: https://www.alibabacloud.com/help/en/ram/policy-structure-and-syntax (grammar),
https://www.alibabacloud.com/help/en/ram/policy-elements (elements, "in most cases, the value of the Action element is
not case-sensitive") and https://www.alibabacloud.com/help/en/ram/conditional-operator (operators). What Tencent Cloud
publishes: https://www.tencentcloud.com/document/product/598/10603 (elements, in lower case),
https://www.tencentcloud.com/document/product/598/10606 (resources) and
https://www.tencentcloud.com/document/product/598/10608 (operators). What they do not publish is named at each field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_instance_role.policy.operators import Operator, operator_table, renamed


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
    action_prefix: str = ""  # what may stand before an action without changing it
    resource_parts: int | None = None  # how many parts a resource has, where an empty one stands for all

    def __repr__(self) -> str:
        return f"<dialect {self.name}>"

    def fold_action(self, action: str) -> str:
        """The form in which two spellings of one action are the same text."""
        bare = action.removeprefix(self.action_prefix)
        return bare.lower() if self.folds_action_case else bare

    def resource_pattern(self, resource: str) -> str:
        """A statement's resource as a pattern: parts that are left empty are spelled out as ``*``."""
        if self.resource_parts is None:
            return resource
        return ":".join(part or "*" for part in resource.split(":", self.resource_parts - 1))


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

TENCENT = Dialect(
    name="Tencent Cloud",
    version="2.0",
    version_key="version",
    statement_key="statement",
    effect_key="effect",
    action_key="action",
    not_action_key=None,
    resource_key="resource",
    principal_key="principal",
    condition_key="condition",
    allow="allow",
    deny="deny",
    principal_kinds=("service", "qcs", "federated"),
    service_kind="service",
    assume_actions=("name/sts:AssumeRole", "sts:AssumeRole"),
    action=re.compile(r"\*|(?:[A-Za-z]+/)?[A-Za-z0-9*?_-]+:[^\s:]+"),
    action_form='"*" or "name/service:ActionName", such as "name/cvm:DescribeInstances"',
    resource=re.compile(r"\*|qcs:[^:]*:[^:]*:[^:]*:[^:]*:.+|qcs:.*\*", re.DOTALL),
    resource_form='"*" or "qcs:project:service:region:account:path", such as "qcs::cos:::bucket/*"',
    condition_name=re.compile(r"[A-Za-z0-9_-]+:\S(?:.*\S)?"),
    condition_form='"service:key", such as "qcs:ip"',
    operators=renamed(
        operator_table(equals="Equals", less=("Less", "LessEquals"), greater=("Greater", "GreaterEquals")),
        {
            "string_equal": "StringEquals",
            "string_not_equal": "StringNotEquals",
            "string_equal_ignore_case": "StringEqualsIgnoreCase",
            "string_not_equal_ignore_case": "StringNotEqualsIgnoreCase",
            "string_like": "StringLike",
            "string_not_like": "StringNotLike",
            "numeric_equal": "NumericEquals",
            "numeric_not_equal": "NumericNotEquals",
            "numeric_less_than": "NumericLess",
            "numeric_less_than_equal": "NumericLessEquals",
            "numeric_greater_than": "NumericGreater",
            "numeric_greater_than_equal": "NumericGreaterEquals",
            "date_equal": "DateEquals",
            "date_not_equal": "DateNotEquals",
            "date_less_than": "DateLess",
            "date_less_than_equal": "DateLessEquals",
            "date_greater_than": "DateGreater",
            "date_greater_than_equal": "DateGreaterEquals",
            "bool_equal": "Bool",
            "ip_equal": "IpAddress",
            "ip_not_equal": "NotIpAddress",
        },
    ),
    # Not published for actions (condition keys are case-sensitive): two spellings are taken for two actions.
    folds_action_case=False,
    # Not published; see ALIBABA.
    absent_key_meets_negation=True,
    action_prefix="name/",
    resource_parts=6,
)

LANGUAGES: Mapping[str, Dialect] = {"alibaba": ALIBABA, "tencent": TENCENT}
"""The language of each cloud, by the cloud's name."""


def language_of(cloud: str) -> Dialect:
    """The language of a cloud, by its name. ``ValueError`` if unknown."""
    if cloud not in LANGUAGES:
        raise ValueError(f"cloud: must be {' or '.join(map(repr, LANGUAGES))}, not {cloud!r}")
    return LANGUAGES[cloud]
