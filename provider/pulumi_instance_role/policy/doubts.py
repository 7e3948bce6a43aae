"""What we do not know in a document that follows the grammar: words that may be misspelled, and may not.

None of it is a fault. The document goes to the cloud as it is, and the evaluation does not claim to understand what
is doubted here. A remark names a word that is near, where one is, or the cloud whose word it is.

Limits: lists of services and actions come from outside (:class:`Words`), and are not complete. Nobody lists the
condition keys of services, so those pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache, cached_property

from pulumi_instance_role.language import listing, plural, say, template
from pulumi_instance_role.policy.dialect import LANGUAGES, Dialect
from pulumi_instance_role.policy.document import HIDDEN, Condition, Document, Statement
from pulumi_instance_role.policy.load import shown
from pulumi_instance_role.policy.near import Known
from pulumi_instance_role.policy.unseen import bare, holds_unseen, visible
from pulumi_instance_role.policy.wildcard import longest, matches
from pulumi_instance_role.policy.work import spend
from pulumi_instance_role.records import dataclass

MOST_NAMED = 5
_PASSED = 20
"""Names that are passed over in the time of one step of other work (see ``policy.work``)."""
_VERB = re.compile(r"[A-Za-z][a-z]*")

Actions = Mapping[str, Sequence[str]]
"""Service -> the names of its actions, as far as they are known."""


@dataclass(frozen=True)
class Words:
    """The services and actions of the cloud that a document is for, and those of other clouds by the cloud's name."""

    actions: Actions = field(default_factory=dict)
    elsewhere: Mapping[str, Actions] = field(default_factory=dict)

    @cached_property
    def verbs(self) -> frozenset[str]:
        """The first words of all actions."""
        names = (name for listed in self.actions.values() for name in listed)
        return frozenset(found.group() for name in names if (found := _VERB.match(name)))

    @cached_property
    def near_verbs(self) -> Known:
        """The same, to look up one that is like a word."""
        return Known(sorted(self.verbs))

    @cached_property
    def near_services(self) -> Known:
        """The services, to look up one that is like a word."""
        return Known(self.actions)

    @cached_property
    def _listed(self) -> dict[tuple[str, bool], _Listed]:
        return {}

    def listed(self, service: str, folds: bool) -> _Listed:
        """The actions of a service that is known; ``folds``: whether letter case is of no matter."""
        found = self._listed.get((service, folds))
        if found is None:
            found = self._listed[service, folds] = _Listed(self.actions[service], folds)
        return found


class _Listed:
    """The actions of one service, in order once for all documents."""

    def __init__(self, names: Sequence[str], folds: bool) -> None:
        self.names = frozenset(one.lower() for one in names) if folds else frozenset(names)
        self.near = Known(names)

    def has(self, name: str) -> bool:
        """Whether a name is a known one, or a pattern that covers one."""
        if not _is_pattern(name):
            return name in self.names
        part = longest(name)
        spend(1 + len(self.names) // _PASSED)
        return any(matches(name, one) for one in self.names if part in one)


@cache
def words_of(cloud: str, known: Callable[[str], Actions]) -> Words:
    """The words for documents of a cloud, from a source that has them for each cloud by its name."""
    return Words(known(cloud), {one.name: known(name) for name, one in LANGUAGES.items() if name != cloud})


@dataclass(frozen=True)
class Remark:
    """One word that is not known. ``path`` is the place, such as ``Statement[0].Action``."""

    path: str
    problem: str
    speaker: str = ""
    """The cloud whose word it is, by its name in programs, where it is another cloud's."""

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


def doubts(document: Document, words: Words | None = None, *, secret: bool = False) -> list[Remark]:
    """What is not known in a document, in the order it is written. ``secret``: say nothing of what it holds."""
    judge = _Judge(document.dialect, words or Words(), secret)
    found = [remark for statement in document.statements for remark in judge.statement(statement)]
    if judge.unlisted:
        found.append(judge.summary(document))
    return list(dict.fromkeys(found))


class _Judge:
    def __init__(self, dialect: Dialect, words: Words, secret: bool) -> None:
        self.dialect = dialect
        self.words = words
        self.secret = secret
        self.unlisted: dict[str, None] = {}
        self._services = {self._folded(service): service for service in words.actions}

    def statement(self, statement: Statement) -> Iterator[Remark]:
        d = self.dialect
        path = f"{d.statement_key}[{statement.place}]"
        element = d.not_action_key if statement.excepts_actions else d.action_key
        for action in statement.actions if self.words.actions else ():
            problem = self.action(action)
            if problem:
                yield Remark(f"{path}.{element}", problem)
        for kind, names in statement.principals.items():
            for name in names if kind == d.service_kind else ():
                whose = self.whose_service(name)
                if whose:
                    text = say(
                        "{service} is a service of {cloud}", service=shown(name), cloud=say(LANGUAGES[whose].name)
                    )
                    yield Remark(f"{path}.{d.principal_key}.{kind}", self._said(text, None), whose)
        yield from self.odd(f"{path}.{d.resource_key}", statement.resources)
        for condition in statement.conditions:
            yield from self.condition(f"{path}.{d.condition_key}", condition)

    # -- actions -------------------------------------------------------------------------------------------------
    def action(self, action: str) -> str:
        """What is doubtful about an action; an unknown one that is like no known one is listed together with others."""
        bare = action.removeprefix(self.dialect.action_prefix)
        service, colon, name = bare.partition(":")
        if not colon or _is_pattern(service):
            return ""
        spelt = self._services.get(self._folded(service))
        if spelt is None:
            return self.service(action, service)
        known = self.words.listed(spelt, self.dialect.folds_action_case)
        if name == "*" or known.has(self._folded(name)):
            return ""
        if _is_pattern(name):
            right = self.verb_put_right(name)
            text = say("{action} covers no action in our list", action=shown(action))
            return right and self._said(text, f"{service}:{right}")
        meant = known.near.nearest(name)
        if meant is None:
            self.unlisted[action] = None
            return ""
        return self._said(say("{action} is not in our list of actions", action=shown(action)), f"{service}:{meant}")

    def verb_put_right(self, pattern: str) -> str:
        """A pattern with its first word put right: ``Descibe*`` is ``Describe*``. Empty when that is no slip."""
        found = _VERB.match(pattern)
        verb = found.group() if found else ""
        meant = None if verb in self.words.verbs else self.words.near_verbs.nearest(verb)
        return meant + pattern[len(verb) :] if meant and self._folded(meant) != self._folded(verb) else ""

    def service(self, action: str, service: str) -> str:
        """What is doubtful about an action whose service is not in the list."""
        for cloud, actions in self.words.elsewhere.items():
            if service in actions:
                text = template("{action}: {service} is a service of {cloud}")
                return self._said(say(text, action=shown(action), service=shown(service), cloud=say(cloud)), None)
        meant = self.words.near_services.nearest(service, 0.85)
        if meant is None:
            self.unlisted[action] = None
            return ""
        text = template("{action}: {service} is not in our list of services")
        return self._said(say(text, action=shown(action), service=shown(service)), meant)

    def summary(self, document: Document) -> Remark:
        """All actions that are in no list, in one line."""
        names = list(self.unlisted)
        problem = plural(
            "{number} action is not in our lists, which are not complete",
            "{number} actions are not in our lists, which are not complete",
            len(names),
        )
        if not self.secret:
            first, rest = listing(names[:MOST_NAMED]), len(names) - MOST_NAMED
            named = say("{some} and {number} more", some=first, number=rest) if rest > 0 else first
            problem = say("{problem}: {names}", problem=problem, names=named)
        return Remark(document.dialect.statement_key, say("{problem}; check the spelling", problem=problem))

    def whose_service(self, name: str) -> str:
        """The other cloud that a trusted service belongs to."""
        domain = name.lower()
        return next((cloud for cloud, other in self._others() if domain.endswith(other.service_domains)), "")

    # -- conditions ----------------------------------------------------------------------------------------------
    def condition(self, path: str, condition: Condition) -> Iterator[Remark]:
        d = self.dialect
        operator = d.operators.get(condition.operator)
        hidden = self.secret and operator is None
        path = f"{path}.{HIDDEN if hidden else visible(condition.operator)}"
        if operator is None:
            odd = list(self.odd(path, [condition.operator]))
            yield from odd or [self._foreign(path, *self.foreign_operator(condition.operator))]
        path = f"{path}.{HIDDEN if self.secret else visible(condition.key)}"
        spend(1 + len(condition.values))
        odd = list(self.odd(path, [condition.key]))
        if odd:
            yield from odd
        elif not d.knows_key(condition.key):
            yield self._foreign(path, *self.foreign_key(condition.key))
        yield from self.odd(path, condition.values)
        for value in condition.values if operator else ():
            if operator and not _odd(value) and not d.varies(value) and not operator.reads(value):
                what = say("a value") if self.secret else shown(value)
                text = template("{value} is not {form}; what the condition lets through is not known here")
                yield Remark(path, say(text, value=what, form=say(operator.form)))

    def odd(self, path: str, texts: Sequence[str]) -> Iterator[Remark]:
        """Texts with something in them that nobody sees. An object's path or a tag's value may hold it on purpose."""
        found = [one for one in texts if _odd(one)]
        if self.secret and found:
            yield Remark(path, say("holds white space at an end, or a character that cannot be seen"))
        elif len(found) == 1:
            (one,) = found
            problem = holds_unseen(one) or say("has white space at an end")
            yield Remark(path, self._said(say("{value} {problem}", value=shown(one), problem=problem), bare(one)))
        elif found:
            text = template(
                "{number} texts have white space at an end or hold characters that cannot be seen: {names}; take "
                "these out, if they are not meant"
            )
            first, rest = listing(map(shown, found[:MOST_NAMED])), len(found) - MOST_NAMED
            named = say("{some} and {number} more", some=first, number=rest) if rest > 0 else first
            yield Remark(path, say(text, number=len(found), names=named))

    def foreign_operator(self, name: str) -> tuple[str, str | None, str]:
        """What to say of an operator that is not known, the one that may be meant, the cloud that has it."""
        for cloud, other in self._others():
            theirs = other.operators.get(name)
            if theirs is not None:
                alike = (theirs.means, theirs.over, theirs.if_exists)
                ours = (
                    mine
                    for mine, one in self.dialect.operators.items()
                    if (one.means, one.over, one.if_exists) == alike
                )
                return say("is an operator of {cloud}", cloud=say(other.name)), next(ours, None), cloud
        text = say("is not a known operator of {cloud}", cloud=say(self.dialect.name))
        return text, _operators(self.dialect).nearest(name), ""

    def foreign_key(self, name: str) -> tuple[str, str | None, str]:
        """The same of a condition key."""
        for cloud, other in self._others():
            theirs = other.keys.get(name) or other.keys.get(f"{name.partition('/')[0]}/")
            if theirs is not None:
                ours = (mine for mine, one in self.dialect.keys.items() if one.means == theirs.means)
                return say("is a condition key of {cloud}", cloud=say(other.name)), next(ours, None), cloud
        space, slash, rest = name.partition("/")
        meant = _keys(self.dialect, bool(slash)).nearest(space)
        text = say("is not a known condition key of {cloud}", cloud=say(self.dialect.name))
        return text, meant and meant + slash + rest, ""

    # -- words ---------------------------------------------------------------------------------------------------
    def _said(self, problem: str, meant: str | None) -> str:
        if self.secret:
            return say("holds a word that we do not know")
        if meant:
            return say("{problem}; is {meant} meant?", problem=problem, meant=shown(meant))
        return say("{problem}; check the spelling", problem=problem)

    def _foreign(self, path: str, problem: str, meant: str | None, speaker: str) -> Remark:
        return Remark(path, self._said(problem, meant), speaker)

    def _others(self) -> Iterable[tuple[str, Dialect]]:
        return ((cloud, one) for cloud, one in LANGUAGES.items() if one is not self.dialect)

    def _folded(self, text: str) -> str:
        return text.lower() if self.dialect.folds_action_case else text


def _odd(text: str) -> bool:
    if text.isascii() and text.isprintable():  # as nearly all are
        return text != text.strip()
    return text != bare(text)


@cache
def _operators(dialect: Dialect) -> Known:
    return Known(dialect.operators)


@cache
def _keys(dialect: Dialect, named: bool) -> Known:
    """The general condition keys; ``named``: of those that go on with a name, what stands before it."""
    return Known(one.rstrip("/") if named else one for one in dialect.keys)


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text
