"""What differs between the policy languages of the clouds, as data.

The languages share one shape: a document with a version and statements; a statement with an effect, actions,
resources or principals, and conditions. They differ in spelling, in the forms an action or a resource may take, and in
what they ignore. Everything that reads, compares, judges or writes a document takes a :class:`Dialect`, so another
cloud joins by a table and not by code.

What Alibaba Cloud publishes: https://www.alibabacloud.com/help/en/ram/policy-structure-and-syntax (grammar),
https://www.alibabacloud.com/help/en/ram/policy-elements (elements, "in most cases, the value of the Action element is
not case-sensitive") and https://www.alibabacloud.com/help/en/ram/conditional-operator (operators). What Tencent Cloud
publishes: https://www.tencentcloud.com/document/product/598/10603 (elements, in lower case),
https://www.tencentcloud.com/document/product/598/10604 (grammar), https://www.tencentcloud.com/document/product/598/10606
(resources), https://www.tencentcloud.com/document/product/598/10607 (variables) and
https://www.tencentcloud.com/document/product/598/10608 (conditions). What they do not publish is named at each field.
The operators and the general condition keys are tables of their own (:mod:`pulumi_instance_role.policy.vocabulary`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pulumi_instance_role.policy.near import is_meant
from pulumi_instance_role.policy.operators import Operator
from pulumi_instance_role.policy.vocabulary import (
    ALIBABA_KEYS,
    ALIBABA_OPERATORS,
    TENCENT_KEYS,
    TENCENT_OPERATORS,
    Key,
)
from pulumi_instance_role.records import dataclass


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
    key_form: str  # what a condition key looks like, in words
    operators: Mapping[str, Operator]
    keys: Mapping[str, Key]  # the condition keys that are no service's own
    folds_action_case: bool
    absent_key_meets_negation: bool  # whether "not equal" holds for a request that lacks the key
    service_domains: tuple[str, ...]  # what the names of services that may be trusted end in
    action_prefix: str = ""  # what may stand before an action without changing it
    resource_word: str = ""  # what every resource but "*" begins with
    resource_parts: int | None = None  # how many fields a resource has, where each is compared by itself
    name_fields: int | None = None  # how many fields a resource's name has, where a wildcard may run over several
    account_field: int | None = None  # the field that stands, where it is empty, for the policy's own account
    variable: re.Pattern[str] | None = None  # what the cloud puts values in for when it evaluates
    one_statement: bool = False  # whether one object may stand in the place of the list of statements
    empty_conditions: bool = False  # whether "no conditions" may be an empty list

    def __repr__(self) -> str:
        return f"<dialect {self.name}>"

    @property
    def elements(self) -> tuple[str, ...]:
        """The names of all elements."""
        keys = (self.version_key, self.statement_key, self.effect_key, self.action_key, self.not_action_key)
        more = (self.resource_key, self.principal_key, self.condition_key, *self.principal_kinds)
        return tuple(key for key in (*keys, *more) if key)

    def fold_action(self, action: str) -> str:
        """The form in which two spellings of one action are the same text."""
        bare = action.removeprefix(self.action_prefix)
        return bare.lower() if self.folds_action_case else bare

    def varies(self, text: str) -> bool:
        """Whether the cloud puts other text into this one before it compares."""
        return self.variable is not None and bool(self.variable.search(text))

    def knows_key(self, key: str) -> bool:
        """Whether a condition key is one that we know, or a service's own, of which there is no list."""
        space, colon, _ = key.partition(":")
        general = {name.partition(":")[0] for name in self.keys}
        if colon and space not in general:
            return space not in _GENERAL
        return key in self.keys or f"{key.partition('/')[0]}/" in self.keys


_GENERAL = frozenset(name.partition(":")[0] for name in (*ALIBABA_KEYS, *TENCENT_KEYS))
"""What the general keys of one cloud or another begin with: no service of any has that name."""

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
    key_form='"service:Key", such as "acs:SourceIp"',
    operators=ALIBABA_OPERATORS,
    keys=ALIBABA_KEYS,
    folds_action_case=True,
    # Not published. Taken as in the language this one descends from: a key that is not there equals nothing.
    absent_key_meets_negation=True,
    service_domains=(".aliyuncs.com",),
    resource_word="acs:",
    name_fields=5,
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
    key_form='"service:key", such as "qcs:ip"',
    operators=TENCENT_OPERATORS,
    keys=TENCENT_KEYS,
    # Not published for actions (condition keys are case-sensitive): two spellings are taken for two actions.
    folds_action_case=False,
    # Not published; see ALIBABA.
    absent_key_meets_negation=True,
    service_domains=(".qcloud.com", ".tencent.com", ".tencentcloud.com"),
    action_prefix="name/",
    resource_word="qcs:",
    resource_parts=6,
    account_field=4,
    variable=re.compile(r"\$\{[^}]*\}"),
    one_statement=True,
    empty_conditions=True,
)

LANGUAGES: Mapping[str, Dialect] = {"alibaba": ALIBABA, "tencent": TENCENT}
"""The language of each cloud, by the cloud's name."""


_ALSO_CALLED: Mapping[str, str] = {
    "ali": "alibaba",
    "alibabacloud": "alibaba",
    "alicloud": "alibaba",
    "aliyun": "alibaba",
    "qcloud": "tencent",
    "tencentcloud": "tencent",
    "tencentyun": "tencent",
}
"""Other names of the clouds, as their packages, tools and addresses have them."""


def language_of(cloud: str) -> Dialect:
    """The language of a cloud, by its name. ``ValueError`` if unknown."""
    found = LANGUAGES.get(cloud) if isinstance(cloud, str) else None
    if found is None:
        raise ValueError(f"cloud: {no_cloud(cloud)}")
    return found


def no_cloud(name: object) -> str:
    """What is wrong with a cloud's name that is none, with the cloud that may be meant."""
    must = f"must be {' or '.join(map(repr, LANGUAGES))}, not {name!r}"
    meant = _ALSO_CALLED.get(re.sub(r"[ _-]", "", name).lower()) if isinstance(name, str) else None
    guess = f"is {meant!r} meant?" if meant else is_meant(name, LANGUAGES, 0.7) if isinstance(name, str) else ""
    return f"{must}{guess and '; ' + guess}"
