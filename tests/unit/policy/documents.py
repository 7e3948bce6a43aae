"""Random policy documents, random requests about them, and random ways to write the same document."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from pulumi_instance_role.policy.evaluate import Request

ACTIONS = ("ecs:DescribeInstances", "ecs:StartInstance", "ecs:Describe*", "oss:GetObject", "oss:*", "ram:?etRole", "*")
RESOURCES = ("*", "acs:ecs:*:*:instance/*", "acs:ecs:cn-hangzhou:1:instance/i-1", "acs:oss:*:*:bucket/*")
CONDITIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "StringEquals": {"ecs:tag/team": ("web", "db")},
    "StringNotLike": {"ecs:tag/team": ("we*", "*")},
    "IpAddress": {"acs:SourceIp": ("10.0.0.0/8", "192.168.0.1")},
    "NumericLessThan": {"oss:MaxKeys": ("10", "3")},
    "DateGreaterThan": {"acs:CurrentTime": ("2026-01-01T00:00:00Z",)},
    "Bool": {"acs:SecureTransport": ("true", "false")},
}


def some(values: tuple[str, ...], most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=most)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    operators = draw(st.lists(st.sampled_from(tuple(CONDITIONS)), unique=True, min_size=1, max_size=2))
    return {name: {key: draw(some(values)) for key, values in CONDITIONS[name].items()} for name in operators}


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": draw(st.sampled_from(("Allow", "Deny"))),
        draw(st.sampled_from(("Action", "Action", "Action", "NotAction"))): draw(some(ACTIONS)),
        "Resource": draw(some(RESOURCES)),
    }
    if draw(st.booleans()):
        statement["Condition"] = draw(conditions())
    return statement


documents = st.lists(statements(), min_size=1, max_size=4).map(lambda items: {"Version": "1", "Statement": items})

requests = st.builds(
    Request,
    action=st.sampled_from(("ecs:DescribeInstances", "ecs:StartInstance", "oss:GetObject", "ram:GetRole")),
    resource=st.sampled_from(("*", "acs:ecs:cn-hangzhou:1:instance/i-1", "acs:oss:cn-hangzhou:1:bucket/a/b")),
    context=st.fixed_dictionaries(
        {},
        optional={
            "ecs:tag/team": st.sampled_from(("web", "db", "other")),
            "acs:SourceIp": st.sampled_from(("10.1.2.3", "192.168.0.1", "8.8.8.8", "not an address")),
            "oss:MaxKeys": st.sampled_from(("1", "5", "100", "many")),
            "acs:CurrentTime": st.sampled_from(("2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z")),
            "acs:SecureTransport": st.sampled_from(("true", "false")),
        },
    ),
)


@st.composite
def rewritings(draw: st.DrawFn, document: dict[str, Any]) -> str:
    """``document`` as JSON text in another hand: order, white space, doubling, single texts, the case of actions."""

    def values(entries: list[str], *, actions: bool = False) -> Any:
        mixed = draw(st.permutations(entries + draw(st.lists(st.sampled_from(entries), max_size=2))))
        if actions:
            mixed = [entry.upper() if draw(st.booleans()) else entry for entry in mixed]
        return mixed[0] if len(mixed) == 1 and draw(st.booleans()) else mixed

    def keys(mapping: dict[str, Any]) -> dict[str, Any]:
        return {key: mapping[key] for key in draw(st.permutations(sorted(mapping)))}

    def statement(item: dict[str, Any]) -> dict[str, Any]:
        again = dict(item)
        for key in ("Action", "NotAction", "Resource"):
            if key in again:
                again[key] = values(again[key], actions=key != "Resource")
        if "Condition" in again:
            again["Condition"] = keys(
                {name: {key: values(of) for key, of in block.items()} for name, block in again["Condition"].items()}
            )
        return keys(again)

    items = document["Statement"]
    order = draw(st.permutations(items + draw(st.lists(st.sampled_from(items), max_size=2))))
    written = keys({"Version": "1", "Statement": [statement(item) for item in order]})
    return json.dumps(written, indent=draw(st.sampled_from((None, 1, 4))), ensure_ascii=draw(st.booleans()))
