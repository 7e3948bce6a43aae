"""Random policy documents, random requests about them, and random ways to write the same document, in both dialects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from pulumi_instance_role.policy.dialect import ALIBABA, TENCENT, Dialect
from pulumi_instance_role.policy.evaluate import Request

Conditions = Mapping[str, Mapping[str, "tuple[str, ...]"]]


@dataclass(frozen=True)
class Writer:
    """What a document in one dialect is made of, and what requests ask about."""

    dialect: Dialect
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions
    asked_actions: tuple[str, ...]
    asked_resources: tuple[str, ...]
    other_resources: tuple[str, ...]

    @property
    def action_keys(self) -> tuple[str, ...]:
        """The element that lists actions, more often than the one that excepts them."""
        d = self.dialect
        return (d.action_key, d.action_key, d.action_key, d.not_action_key or d.action_key)

    @property
    def requests(self) -> st.SearchStrategy[Request]:
        """Requests that the documents say something about."""
        keys = {key: values for block in self.conditions.values() for key, values in block.items()}
        asked = {key: st.sampled_from((*values, *_ASKED[key.rpartition(":")[2]])) for key, values in keys.items()}
        return st.builds(
            Request,
            action=st.sampled_from(self.asked_actions),
            resource=st.sampled_from(self.asked_resources),
            context=st.fixed_dictionaries({}, optional=asked),
        )


_ASKED = {
    "tag/team": ("other",),
    "SourceIp": ("10.1.2.3", "8.8.8.8", "not an address"),
    "ip": ("10.1.2.3", "8.8.8.8", "not an address"),
    "MaxKeys": ("1", "5", "100", "many"),
    "max_keys": ("1", "5", "100", "many"),
    "CurrentTime": ("2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z"),
    "current_time": ("2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z"),
    "SecureTransport": ("true", "false"),
    "secure_transport": ("true", "false"),
}

ALIBABA_WRITER = Writer(
    ALIBABA,
    ("ecs:DescribeInstances", "ecs:StartInstance", "ecs:Describe*", "oss:GetObject", "oss:*", "ram:?etRole", "*"),
    ("*", "acs:ecs:*:*:instance/*", "acs:ecs:cn-hangzhou:1:instance/i-1", "acs:oss:*:*:bucket/*"),
    {
        "StringEquals": {"ecs:tag/team": ("web", "db")},
        "StringNotLike": {"ecs:tag/team": ("we*", "*")},
        "IpAddress": {"acs:SourceIp": ("10.0.0.0/8", "192.168.0.1")},
        "NumericLessThan": {"oss:MaxKeys": ("10", "3")},
        "DateGreaterThan": {"acs:CurrentTime": ("2026-01-01T00:00:00Z",)},
        "Bool": {"acs:SecureTransport": ("true", "false")},
    },
    ("ecs:DescribeInstances", "ecs:StartInstance", "oss:GetObject", "ram:GetRole"),
    ("*", "acs:ecs:cn-hangzhou:1:instance/i-1", "acs:oss:cn-hangzhou:1:bucket/a/b"),
    ("*", "acs:oss:*:*:other"),
)
TENCENT_WRITER = Writer(
    TENCENT,
    ("name/cvm:DescribeInstances", "cvm:StartInstances", "name/cvm:Describe*", "cos:GetObject", "name/cos:*", "*"),
    ("*", "qcs::cvm:::instance/*", "qcs::cvm:ap-guangzhou:uin/1:instance/ins-1", "qcs::cos:::bucket/*"),
    {
        "string_equal": {"qcs:tag/team": ("web", "db")},
        "string_not_like": {"qcs:tag/team": ("we*", "*")},
        "ip_equal": {"qcs:ip": ("10.0.0.0/8", "192.168.0.1")},
        "numeric_less_than": {"cos:max_keys": ("10", "3")},
        "date_greater_than": {"qcs:current_time": ("2026-01-01T00:00:00Z",)},
        "bool_equal": {"qcs:secure_transport": ("true", "false")},
    },
    ("cvm:DescribeInstances", "cvm:StartInstances", "cos:GetObject", "cam:GetRole"),
    ("*", "qcs::cvm:ap-guangzhou:uin/1:instance/ins-1", "qcs::cos:ap-guangzhou:uin/1:bucket/a/b"),
    ("*", "qcs::cos:::other"),
)
WRITERS = {"alibaba": ALIBABA_WRITER, "tencent": TENCENT_WRITER}


def some(values: tuple[str, ...], most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most)


@st.composite
def conditions(draw: st.DrawFn, writer: Writer = ALIBABA_WRITER) -> dict[str, Any]:
    operators = draw(st.lists(st.sampled_from(tuple(writer.conditions)), unique=True, min_size=1, max_size=2))
    return {name: {key: draw(some(values)) for key, values in writer.conditions[name].items()} for name in operators}


@st.composite
def statements(draw: st.DrawFn, writer: Writer = ALIBABA_WRITER) -> dict[str, Any]:
    d = writer.dialect
    statement: dict[str, Any] = {
        d.effect_key: draw(st.sampled_from((d.allow, d.deny))),
        draw(st.sampled_from(writer.action_keys)): draw(some(writer.actions)),
        d.resource_key: draw(some(writer.resources)),
    }
    if draw(st.booleans()):
        statement[d.condition_key] = draw(conditions(writer))
    return statement


def documents_of(writer: Writer) -> st.SearchStrategy[dict[str, Any]]:
    """Documents in a dialect."""
    d = writer.dialect
    items = st.lists(statements(writer), min_size=1, max_size=4)
    return items.map(lambda found: {d.version_key: d.version, d.statement_key: found})


documents = documents_of(ALIBABA_WRITER)
requests = ALIBABA_WRITER.requests


@st.composite
def rewritings(draw: st.DrawFn, document: dict[str, Any], writer: Writer = ALIBABA_WRITER) -> str:
    """``document`` as JSON text in another hand: order, white space, doubling, single texts, spellings of actions."""
    d = writer.dialect

    def spelt(action: str) -> str:
        bare = action.removeprefix(d.action_prefix)
        prefix = d.action_prefix if bare != "*" and draw(st.booleans()) else ""
        return prefix + (bare.upper() if d.folds_action_case and draw(st.booleans()) else bare)

    def values(entries: list[str], *, actions: bool = False) -> Any:
        mixed = draw(st.permutations(entries + draw(st.lists(st.sampled_from(entries), max_size=2))))
        if actions:
            mixed = [spelt(entry) for entry in mixed]
        return mixed[0] if len(mixed) == 1 and draw(st.booleans()) else mixed

    def keys(mapping: dict[str, Any]) -> dict[str, Any]:
        return {key: mapping[key] for key in draw(st.permutations(sorted(mapping)))}

    def statement(item: dict[str, Any]) -> dict[str, Any]:
        again = dict(item)
        for key in (d.action_key, d.not_action_key, d.resource_key):
            if key in again:
                again[key] = values(again[key], actions=key != d.resource_key)
        if d.condition_key in again:
            again[d.condition_key] = keys(
                {name: {key: values(of) for key, of in block.items()} for name, block in again[d.condition_key].items()}
            )
        return keys(again)

    items = document[d.statement_key]
    order = draw(st.permutations(items + draw(st.lists(st.sampled_from(items), max_size=2))))
    written = keys({d.version_key: d.version, d.statement_key: [statement(item) for item in order]})
    return json.dumps(written, indent=draw(st.sampled_from((None, 1, 4))), ensure_ascii=draw(st.booleans()))


@st.composite
def mutations(draw: st.DrawFn, document: dict[str, Any], writer: Writer = ALIBABA_WRITER) -> dict[str, Any]:
    """``document`` with one change that may change what it means."""
    d = writer.dialect
    changed: dict[str, Any] = json.loads(json.dumps(document))
    items = changed[d.statement_key]
    index = draw(st.integers(0, len(items) - 1))
    match draw(st.sampled_from(("effect", "drop", "add", "condition", "resource"))):
        case "effect":
            items[index][d.effect_key] = d.deny if items[index][d.effect_key] == d.allow else d.allow
        case "drop" if len(items) > 1:
            del items[index]
        case "condition":
            if items[index].pop(d.condition_key, None) is None:
                items[index][d.condition_key] = draw(conditions(writer))
        case "resource":
            items[index][d.resource_key] = draw(st.sampled_from(writer.other_resources))
        case _:
            items.append(draw(statements(writer)))
    return changed
