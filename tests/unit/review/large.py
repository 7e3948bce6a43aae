"""Previews as large as the clouds let them be: many policies, each as long as a custom document may be.

Each kind makes a document that is hard in its own way; ``write`` fills it up to the clouds' size. A preview has five
policies on each role, which instances hold, and edits every policy.
"""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable, Iterator
from typing import Any

from pulumi_instance_role import data
from pulumi_instance_role.clouds import limits_of
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.trust import trust_document
from tests.unit.review.build import OURS, change, preview

EACH = 5
"""Custom policies on one role: what a new account on Alibaba Cloud may have."""
Kind = Callable[[random.Random, str], Iterator[Any]]
"""Makes statements (effect, actions or excepted actions, resources, conditions) without an end."""


def _word(chance: random.Random, most: int = 8) -> str:
    return "".join(chance.choices(string.ascii_lowercase, k=chance.randint(2, most)))


def _resource(cloud: str, service: str, path: str) -> str:
    return f"acs:{service}:*:*:{path}" if cloud == "alibaba" else f"qcs::{service}:::{path}"


def _known(chance: random.Random, cloud: str) -> tuple[str, list[str]]:
    services = data.actions(cloud)
    service = chance.choice(sorted(services))
    return service, chance.sample(services[service], min(len(services[service]), chance.randint(1, 12)))


def ordinary(chance: random.Random, cloud: str) -> Iterator[Any]:
    """Listed actions on named resources, now and then a wildcard or a condition."""
    while True:
        service, names = _known(chance, cloud)
        if chance.random() < 0.1:
            names = [f"{names[0][:4]}*"]
        paths = [f"{_word(chance)}/{_word(chance)}-{chance.randint(1, 99)}/*" for _ in range(chance.randint(1, 3))]
        when = {"IpAddress": {"acs:SourceIp": ["10.0.0.0/8"]}} if cloud == "alibaba" and chance.random() < 0.2 else {}
        yield True, [f"{service}:{name}" for name in names], [_resource(cloud, service, one) for one in paths], when


def overlapping(chance: random.Random, cloud: str) -> Iterator[Any]:
    """Patterns that overlap in part, in actions and resources."""
    service = "oss" if cloud == "alibaba" else "cos"
    while True:
        one, other = _word(chance, 3), _word(chance, 3)
        action, path = f"{service}:*{one}*{'?' * chance.randint(0, 2)}", f"*{other}*{_word(chance, 2)}*"
        yield True, [action], [_resource(cloud, service, path)], {}


def unlisted(chance: random.Random, cloud: str) -> Iterator[Any]:
    """Actions that are like listed ones, and are in no list."""
    while True:
        service, names = _known(chance, cloud)
        spoilt = [name[: len(name) // 2] + _word(chance, 3) + name[len(name) // 2 :] for name in names]
        yield True, [f"{service}:{name}" for name in spoilt], ["*"], {}


def products(chance: random.Random, cloud: str) -> Iterator[Any]:
    """Many actions on many resources."""
    service = "ecs" if cloud == "alibaba" else "cvm"
    while True:
        actions = [f"{service}:{_word(chance, 4)}" for _ in range(80)]
        yield True, actions, [_resource(cloud, service, _word(chance, 5)) for _ in range(95)], {}


def denials(chance: random.Random, cloud: str) -> Iterator[Any]:
    """Everything, less all but some actions, many times over (one cloud has no such element: less some)."""
    yield True, ["*"], ["*"], {}
    while True:
        names = [f"{_word(chance, 2)}*:*{_word(chance, 3)}*" for _ in range(12)]
        yield False, names if cloud == "tencent" else {"but": names}, ["*"], {}


def conditions(chance: random.Random, cloud: str) -> Iterator[Any]:
    """Long lists of networks and patterns as conditions."""
    address, like, key = (
        ("IpAddress", "StringLike", "acs:SourceIp") if cloud == "alibaba" else ("ip_equal", "string_like", "qcs:ip")
    )
    while True:
        networks = [
            f"10.{chance.randint(0, 255)}.{chance.randint(0, 255)}.0/{chance.randint(20, 28)}" for _ in range(60)
        ]
        patterns = [f"*{_word(chance, 2)}*?{_word(chance, 2)}*" for _ in range(40)]
        service = "oss" if cloud == "alibaba" else "cos"
        yield True, [f"{service}:*"], ["*"], {address: {key: networks}, like: {f"{service}:prefix": patterns}}


def stars(chance: random.Random, cloud: str) -> Iterator[Any]:
    """Patterns that take long one by one."""
    service = "oss" if cloud == "alibaba" else "cos"
    while True:
        letter = chance.choice("ab")
        text = "".join(chance.choice([f"*{letter}", "?", "*?"]) for _ in range(chance.randint(8, 30)))
        yield True, [f"{service}:{text}"], [_resource(cloud, service, text[::-1])], {}


KINDS: dict[str, Kind] = {
    one.__name__: one for one in (ordinary, overlapping, unlisted, products, denials, conditions, stars)
}


def write(kind: Kind, seed: object, cloud: str = "alibaba") -> str:
    """A document of a kind, as long as the cloud takes it. The same for the same seed."""
    chance, known = random.Random(repr(seed)), limits_of(cloud)
    language, most = known.language, known.policy_document_length
    kept: list[str] = []
    empty = json.dumps({language.version_key: language.version, language.statement_key: []}, separators=(",", ":"))
    left = most - len(empty)
    for statement in kind(chance, cloud):
        text = _statement(statement, language)
        if len(text) + 1 > left:
            if kept or len(text) > 4 * most:
                break
            continue
        kept.append(text)
        left -= len(text) + 1
    return f"{empty[:-2]}{','.join(kept)}{empty[-2:]}"


def _statement(statement: Any, language: Dialect) -> str:
    allows, actions, resources, when = statement
    key, named = language.action_key, actions
    if isinstance(actions, dict):
        key, named = str(language.not_action_key), actions["but"]
    made = {
        language.effect_key: language.allow if allows else language.deny,
        key: named,
        language.resource_key: resources,
        **({language.condition_key: when} if when else {}),
    }
    return json.dumps(made, separators=(",", ":"))


def many(
    policies: int, kinds: list[Kind], cloud: str = "alibaba", *, seed: object = 0, instances: int = 1, each: int = EACH
) -> str:
    """A preview that edits that many policies; each document before and after is another one."""
    steps = []
    roles = -(-policies // each)
    trust = json.dumps(trust_document(limits_of(cloud).service, limits_of(cloud).language))
    region = {"alibaba": "cn-hangzhou", "tencent": "ap-guangzhou"}[cloud]
    for n in range(roles):
        inputs: dict[str, Any] = {"cloud": cloud, "name": f"r{n}", "region": region, "trust_policy": trust}
        steps.append(change("same", f"{OURS}:InstanceRole", f"r{n}", inputs, inputs))
        ids = [f"i-{n}-{index}" for index in range(instances)]
        held = {
            "cloud": cloud,
            "region": region,
            "role": f"r{n}",
            "instance_ids": ids,
            "roles": dict.fromkeys(ids, f"r{n}"),
        }
        steps.append(change("same", f"{OURS}:InstanceRoleBinding", f"b{n}", held, held))
    for n in range(policies):
        base = {"cloud": cloud, "name": f"p{n}", "policy_type": "Custom"}
        sides = [{**base, "document": write(kinds[n % len(kinds)], (seed, n, time), cloud)} for time in (0, 1)]
        steps.append(change("update", f"{OURS}:RolePolicy", f"p{n}", *sides))
        tie = {"cloud": cloud, "role": f"r{n // each}", "policy": f"p{n}", "policy_type": "Custom"}
        steps.append(change("same", f"{OURS}:RolePolicyAttachment", f"r{n // each}-p{n}", tie, tie))
    return preview(*steps)
