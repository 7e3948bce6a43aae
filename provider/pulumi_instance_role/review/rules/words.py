"""A rule about words that we do not know: an action, an operator, a condition key, a system policy's name.

None of them is wrong for that. A word that a change brings in is told once, with the known one that it is most like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pulumi_instance_role import data
from pulumi_instance_role.language import say
from pulumi_instance_role.policy.near import nearest_policy
from pulumi_instance_role.review import permissions
from pulumi_instance_role.review.declared import Declared, Side, passed_over
from pulumi_instance_role.review.facts import limits
from pulumi_instance_role.review.lookup import Lookup
from pulumi_instance_role.review.rules.base import Context, Hit, Rule, listed

_DOCUMENTS = {"policy": ("document", "permission"), "role": ("trust", "trust")}
"""Kind of resource -> our word for its document, and the document's kind."""


def _words(context: Context) -> Iterable[Hit]:
    before, after = context.before, context.after
    lookup, unread = Lookup(), passed_over(before, after)
    for one in after.of("policy", "role"):
        if one.step.urn in unread:
            continue  # what is not read at all is said to be not known
        found = dict.fromkeys(_remarks(one, lookup)) if one.step.op != "same" else {}
        if found:
            old = before.get(one.step.urn)
            known = set(_remarks(old, lookup)) if old is not None else set()
            for remark in found:
                if remark not in known:
                    text = say("{name}: {message}", name=one.step.name, message=remark)
                    yield Hit(one.step.urn, text, (), remark)
    for one in after.of("attachment"):
        if one.step.op not in ("same", "delete"):
            yield from _policy(one, after)
    yield from not_looked_up(lookup, "::")


def not_looked_up(lookup: Lookup, mark: str) -> Iterator[Hit]:
    """The documents that there was no time for, where there are any; their names stand behind a mark in their keys."""
    if lookup.left:
        text = say(
            "the words of {names} were not looked up, which would take too long",
            names=listed(one.rpartition(mark)[2] for one in lookup.left),
        )
        yield Hit(min(lookup.left), text, (), "not looked up")


def _remarks(one: Declared, lookup: Lookup) -> Iterator[str]:
    word, kind = _DOCUMENTS[one.shape.kind]
    known, source = limits(one.where.cloud), one.values.get(word)
    if known is None or source is None or one.unknown(word):
        return
    read, _ = permissions.in_part(source, kind, known.language)
    if read is not None:
        for remark in lookup.remarks(one.step.urn, read, one.where.cloud):
            yield say("{place}: {problem}", place=remark.path, problem=remark.problem)


def _policy(one: Declared, side: Side) -> Iterator[Hit]:
    name, kind = one.text("policy"), one.text("type")
    declared = {other.text("name") for other in side.of("policy", "pass_role")}
    names = data.policy_names(one.where.cloud)
    if name is None or kind == "Custom" or name in declared or name in names:
        return
    meant = nearest_policy(name, names)
    if meant is not None:
        message = say(
            "{resource}: {policy} is in no list of system policies that is known here; is {meant} meant?",
            resource=one.step.name,
            policy=name,
            meant=meant,
        )
        yield Hit(one.step.urn, message, (), name)


RULES = (
    Rule(
        "unknown-words", "low", "Words that may be misspelled",
        "The cloud may take a misspelled action as it is, and then it grants nothing. Our lists are not complete, so a "
        "word that is not in them may be right.",
        "Write the word that is meant, or check in the cloud's pages that this one exists.",
        "https://www.alibabacloud.com/help/en/ram/policy-elements", _words,
    ),
)  # fmt: skip
