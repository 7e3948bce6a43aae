"""Whether documents let a caller do something, and whether a trust document lets somebody assume a role.

A matching denial wins, then a matching permission, else the answer is no
(https://www.alibabacloud.com/help/en/ram/policy-elements, https://www.tencentcloud.com/document/product/598/10604).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..switches import Switches
from .conditions import Context
from .grammar import ALIBABA, TENCENT, Language, Rule, rules
from .patterns import fits


@dataclass(frozen=True)
class Asked:
    """A call to judge, and the account the documents are in: its number, and what variables of documents stand for."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)
    uin: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """The answer; ``forbidden`` when a denial gave it."""

    allowed: bool
    forbidden: bool = False


def decide(documents: Iterable[str], asked: Asked, language: Language, switches: Switches) -> Verdict:
    """Judge a call by all documents together."""
    allowed = False
    for text in documents:
        for rule in rules(text, language, "permission"):
            if _is_about(rule, asked, language, switches):
                if not rule.allows:
                    return Verdict(False, forbidden=True)
                allowed = True
    return Verdict(allowed)


def trusting(
    document: str,
    kind: str,
    names: Collection[str],
    context: Context | None,
    language: Language,
    switches: Switches,
) -> Verdict:
    """Whether a trust document lets one of ``names`` (of a kind of principal) assume the role.

    Without a ``context`` (what a service of the cloud brings to conditions is published nowhere) permissions count as
    if their conditions were met, and denials as if they were not.
    """
    about = []
    for rule in rules(document, language, "trust"):
        named = any(one in names for one in rule.principals.get(kind, ()))
        if named and any(_covers(one, "sts:AssumeRole", language) for one in rule.actions):
            met = (rule.allows or not rule.clauses) if context is None else _met(rule, context, language, switches)
            about += [rule] if met else []
    forbidden = not all(rule.allows for rule in about)
    return Verdict(bool(about) and not forbidden, forbidden)


def _is_about(rule: Rule, asked: Asked, language: Language, switches: Switches) -> bool:
    named = any(_covers(one, asked.action, language) for one in rule.actions)
    if named is rule.all_but or not any(_holds(_filled(one, asked), asked, language) for one in rule.resources):
        return False
    filled = tuple(replace(one, wanted=tuple(_filled(value, asked) for value in one.wanted)) for one in rule.clauses)
    return _met(replace(rule, clauses=filled), asked.context, language, switches)


def _met(rule: Rule, context: Context, language: Language, switches: Switches) -> bool:
    return all(language.operators.met(one, context, switches) for one in rule.clauses)


def _covers(pattern: str, action: str, language: Language) -> bool:
    """Letter case: "in most cases" of no matter on Alibaba Cloud (policy-elements), not spoken of on Tencent Cloud."""
    if language is ALIBABA:
        return fits(pattern.lower(), action.lower())
    return fits(re.sub(r"^name/", "", pattern), re.sub(r"^name/", "", action))


def _holds(pattern: str, asked: Asked, language: Language) -> bool:
    """Tencent Cloud's resources field by field: no service or region is all, no account is the documents' own."""
    if pattern == "*" or language is not TENCENT:
        return fits(pattern, asked.resource)
    wanted, given = pattern.split(":", 5), asked.resource.split(":", 5)
    if len(given) < 6:
        return False
    wanted += ["*"] * (6 - len(wanted))
    own = f"uin/{asked.uin}"
    for place, (want, have) in enumerate(zip(wanted, given, strict=True)):
        if place == 4 and not fits(want or own, have or own):
            return False
        if place != 4 and not fits(want or "*", have):
            return False
    return True


def _filled(text: str, asked: Asked) -> str:
    """Variables replaced by what they stand for (https://www.tencentcloud.com/document/product/598/10607)."""
    return re.sub(r"\$\{(\w+)\}", lambda found: asked.variables.get(found[1], found[0]), text)
