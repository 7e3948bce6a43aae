"""The difference agrees with the evaluation, request by request; and it is said as shortly as it can be."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from pulumi_instance_role.policy import difference, fields, grants
from pulumi_instance_role.policy.build import When, allow, deny
from pulumi_instance_role.policy.dialect import ALIBABA, TENCENT, Dialect
from pulumi_instance_role.policy.difference import Entry, gained
from pulumi_instance_role.policy.document import parse
from pulumi_instance_role.policy.evaluate import Decision, Request, evaluate
from pulumi_instance_role.policy.grants import Box, Holdings, holdings
from pulumi_instance_role.policy.operators import Operator
from pulumi_instance_role.records import dataclass
from tests.support.examples import examples
from tests.unit.policy.documents import some

ACTIONS = {
    ALIBABA: ("*", "ecs:*", "ecs:Describe*", "ecs:*Instance*", "ecs:Start?nstance", "ECS:startinstance", "oss:*",
              "oss:Get*", "oss:*Object", "oss:GetObject", "oss:PutObject", "o*:*", "ram:*"),
    TENCENT: ("*", "name/cvm:*", "cvm:Describe*", "name/cvm:*Instance*", "cos:*", "name/cos:Get*", "cos:*Object",
              "name/cos:GetObject", "cos:getobject", "cam:*"),
}  # fmt: skip
RESOURCES = {
    ALIBABA: ("*", "acs:oss:*:*:bucket/*", "acs:oss:*:*:bucket/a*", "acs:oss:*:1:*", "acs:*:cn-hangzhou:*:*",
              "acs:oss:cn-hangzhou:1:bucket/a/b", "acs:ecs:*:*:instance/i-?"),
    TENCENT: ("*", "qcs::cos:::bucket/*", "qcs::cos:ap-guangzhou::bucket/a*", "qcs::cos:*:uin/1:*", "qcs::cvm:::*",
              "qcs::cos:ap-guangzhou:uin/1:bucket/a/b"),
}  # fmt: skip
CONTEXT = st.fixed_dictionaries(
    {},
    optional={
        "ecs:tag/team": st.sampled_from(("web", "db", "other", ("web", "other"))),
        "vpc:SourceIp": st.sampled_from(("10.1.2.3", "192.168.0.1", "8.8.8.8", "not an address")),
        "oss:MaxKeys": st.sampled_from(("1", "5", "100", "many")),
        "vpc:SecureTransport": st.sampled_from(("true", "false")),
    },
)
_TENCENT_OPERATORS = {
    "StringEquals": "string_equal",
    "StringNotLike": "string_not_like",
    "StringNotEquals": "string_not_equal",
    "StringLike": "string_like",
    "IpAddress": "ip_equal",
    "NumericLessThan": "numeric_less_than",
    "Bool": "bool_equal",
    "Mystery": "mystery",
    "ForAllValues:StringEquals": "for_all_value:string_equal",
    "ForAnyValue:StringNotEquals": "string_not_equal_if_exist",
}
MORE: dict[str, dict[str, tuple[str, ...]]] = {
    "StringEquals": {"ecs:tag/team": ("web", "db")},
    "StringNotLike": {"ecs:tag/team": ("we*", "*")},
    "IpAddress": {"vpc:SourceIp": ("10.0.0.0/8", "192.168.0.1")},
    "NumericLessThan": {"oss:MaxKeys": ("10", "3")},
    "Bool": {"vpc:SecureTransport": ("true", "false")},
    "StringNotEquals": {"ecs:tag/team": ("web", "db")},
    "StringLike": {"ecs:tag/team": ("we*", "web", "*")},
    "Mystery": {"ecs:tag/team": ("web", "db")},  # not understood
    "ForAllValues:StringEquals": {"ecs:tag/team": ("web", "db")},
    "ForAnyValue:StringNotEquals": {"ecs:tag/team": ("web", "db")},
}


@st.composite
def statements(draw: st.DrawFn, dialect: Dialect) -> dict[str, Any]:
    negatable = dialect.not_action_key is not None and draw(st.integers(0, 3)) == 0
    key = dialect.not_action_key if negatable else dialect.action_key
    statement: dict[str, Any] = {
        dialect.effect_key: draw(st.sampled_from((dialect.allow, dialect.allow, dialect.deny))),
        str(key): draw(some(ACTIONS[dialect])),
        dialect.resource_key: draw(some(RESOURCES[dialect], 2)),
    }
    if draw(st.integers(0, 2)) == 0:
        names = draw(st.lists(st.sampled_from(sorted(MORE)), unique=True, min_size=1, max_size=2))
        statement[dialect.condition_key] = {
            (_TENCENT_OPERATORS[name] if dialect is TENCENT else name): {
                key: draw(some(values)) for key, values in MORE[name].items()
            }
            for name in names
        }
    return statement


def documents(dialect: Dialect) -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.lists(statements(dialect), min_size=1, max_size=3).map(lambda found: _document(found, dialect))
    return st.lists(one, max_size=2)


def _document(found: Iterable[dict[str, Any]], dialect: Dialect = ALIBABA) -> dict[str, Any]:
    return {dialect.version_key: dialect.version, dialect.statement_key: list(found)}


@st.composite
def changes(draw: st.DrawFn) -> tuple[Dialect, list[dict[str, Any]], list[dict[str, Any]]]:
    """Two sets of documents; often the second is the first with something put in, taken out or turned round."""
    dialect = draw(st.sampled_from((ALIBABA, TENCENT)))
    before = draw(documents(dialect))
    after = draw(documents(dialect))
    if draw(st.booleans()):
        after = [*before, *after]
    if draw(st.booleans()):
        before, after = after, before
    return dialect, before, after


def requests(dialect: Dialect) -> st.SearchStrategy[Request]:
    """Requests that hit the patterns: each wildcard filled in with something."""

    def filled(patterns: tuple[str, ...]) -> st.SearchStrategy[str]:
        fillings = st.sampled_from(
            ("", "a", "Object", "GetObject", "cn-hangzhou", "1", "bucket/a/b", "DescribeInstances")
        )
        return st.builds(
            lambda pattern, more, one: _spelled(pattern, dialect).replace("*", more).replace("?", one),
            st.sampled_from(patterns),
            fillings,
            st.sampled_from(("I", "i", "1")),
        )

    actions = st.one_of(
        filled(ACTIONS[dialect]), st.sampled_from(("ecs:StartInstance", "oss:GetObject", "cos:GetObject"))
    )
    return st.builds(Request, actions, filled(RESOURCES[dialect]), CONTEXT, st.just(OWNERS))


OWNERS = ("uin/1",)


def _spelled(pattern: str, dialect: Dialect) -> str:
    """A resource with what its empty fields stand for."""
    return fields.key_of(pattern, dialect).replace(fields.BETWEEN, ":").replace(fields.OWN, OWNERS[0])


@dataclass(frozen=True)
class _Meaning(Operator):
    """An operator that means the same for every request with the same values."""

    answers: bool = True

    def met(self, listed: Sequence[str], given: Sequence[str] | None, **_: bool) -> bool:
        return self.answers is ("web" in listed)


def _meaning(*, answers: bool, none: bool) -> Callable[[Dialect], list[Dialect]]:
    def made(dialect: Dialect) -> list[Dialect]:
        table = dict(dialect.operators)
        plain = next(iter(table.values()))
        for name in ("Mystery", "mystery"):
            table[name] = _Meaning(name, "", plain.read, plain.relation, over="any", answers=answers)
        for name, one in dialect.operators.items():
            if one.over == "all":
                table[name] = _All(
                    **{field.name: getattr(one, field.name) for field in dataclasses.fields(one)}, none=none
                )
        return [replace(dialect, operators=table)]

    return made


@dataclass(frozen=True)
class _All(Operator):
    """An operator over all values, for which it is settled what holds where there is none."""

    none: bool = True

    def met(self, listed: Sequence[str], given: Sequence[str] | None, **rest: bool) -> bool | None:
        return super().met(listed, given, **rest) if given else self.none


MEANINGS = [_meaning(answers=answers, none=none) for answers in (True, False) for none in (True, False)]


def _held(found: Iterable[Any], dialect: Dialect) -> Holdings:
    return holdings(((str(n), parse(one, "permission", dialect)) for n, one in enumerate(found)), dialect)


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes(), st.data())
def test_a_request_is_in_exactly_one_entry_when_its_answer_changes_and_in_none_else(
    change: tuple[Dialect, list[dict[str, Any]], list[dict[str, Any]]], data: st.DataObject
) -> None:
    """Whatever an operator means that is not understood, and whatever holds where that is not published."""
    dialect, before, after = change
    old, new = _held(before, dialect), _held(after, dialect)
    more, less = gained(old, new), gained(new, old)
    for request in data.draw(st.lists(requests(dialect), min_size=10, max_size=20)):
        for meaning in data.draw(st.sampled_from(MEANINGS))(dialect):
            was, is_now = evaluate(before, request, meaning), evaluate(after, request, meaning)
            assert was.known and is_now.known
            event(f"{was.allowed} -> {is_now.allowed}")
            found = (
                [entry for entry in more if entry.covers(request, meaning)],
                [entry for entry in less if entry.covers(request, meaning)],
            )
            wanted = (int(is_now.allowed and not was.allowed), int(was.allowed and not is_now.allowed))
            assert (len(found[0]), len(found[1])) == wanted, (request, more, less)
            read = tuple(any(one.covers(request, meaning) for one in _passed_over(some)) for some in (more, less))
            assert read == (bool(wanted[0]), bool(wanted[1])), (request, more, less)
        # Without a meaning, what may be gained is never left out, and what is not gained is never claimed.
        was, is_now = evaluate(before, request, dialect), evaluate(after, request, dialect)
        covered = [entry.covers(request, dialect) for entry in more]
        if (is_now.allowed and not was.allowed) or (not is_now.known and was == Decision(False, was.explicit_deny)):
            assert covered.count(False) < len(covered), (request, more)
        if was.allowed or (is_now.known and not is_now.allowed):
            assert True not in covered, (request, more)


def _passed_over(entries: Iterable[Entry]) -> list[Entry]:
    """The entries as people are shown them: without what other entries list."""
    return [replace(one, exempt=tuple(part for part in one.exempt if part.why != "listed")) for one in entries]


@settings(max_examples=examples(30), deadline=None)
@given(changes(), st.integers(0, 300), st.integers(0, 12), st.data())
def test_within_any_bound_nothing_that_is_gained_is_missed(
    change: tuple[Dialect, list[dict[str, Any]], list[dict[str, Any]]], steps: int, most: int, data: st.DataObject
) -> None:
    """What could not be compared is said so, and has more than what is gained, never less."""
    dialect, before, after = change
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grants, "BOXES", most)
        patch.setattr(grants, "LABOUR", steps)
        patch.setattr(difference, "LABOUR", steps)
        entries = gained(_held(before, dialect), _held(after, dialect))
    exact = all(entry.compared for entry in entries)
    event(f"all compared: {exact}")
    for request in data.draw(st.lists(requests(dialect), min_size=10, max_size=20)):
        is_gain = evaluate(after, request, dialect).allowed and not evaluate(before, request, dialect).allowed
        covered = any(entry.covers(request, dialect) for entry in entries)
        assert covered or not is_gain, (request, entries)
        assert not covered or is_gain or not exact, (request, entries)


@given(st.sampled_from((ALIBABA, TENCENT)).flatmap(lambda d: st.tuples(st.just(d), documents(d))))
def test_no_change_no_difference(drawn: tuple[Dialect, list[dict[str, Any]]]) -> None:
    dialect, found = drawn
    held = _held(found, dialect)
    again = _held(list(reversed(found)), dialect)
    for entry in gained(held, again):
        assert entry.exempt, entry  # nothing is gained outright


WEB: When = {"StringEquals": {"ecs:tag/team": ["web"]}}
WEB_OR_DB: When = {"StringEquals": {"ecs:tag/team": ["web", "db"]}}
NOT_RAM = {"Effect": "Allow", "NotAction": ["ram:*"], "Resource": "*"}


def _said(entries: Iterable[Entry]) -> list[str]:
    return [_entry(entry) for entry in entries]


def _entry(entry: Entry) -> str:
    actions = ",".join(" & ".join(p.text for p in one) for one in entry.actions)
    resources = ",".join(" & ".join(p.text for p in one) for one in entry.resources)
    parts = [f"{actions} on {resources}"]
    parts += [f"but {p.text}" for p in entry.excepted]
    parts += [f"if {c.key} {c.operator} {'|'.join(c.values)}" for c in entry.conditions]
    for one in entry.exempt:
        parts.append(f"except {one.why}: {_box(one.box)}" + "".join(f" unless {_box(box)}" for box in one.unless))
    return "; ".join(parts)


def _box(box: Box) -> str:
    actions, resources = (" & ".join(p.text for p in one) for one in (box.actions, box.resources))
    return f"{actions} on {resources}" + "".join(
        f" if {c.key} {c.operator} {'|'.join(c.values)}" for c in box.conditions
    )


@pytest.mark.parametrize(
    ("before", "after", "more", "less"),
    [
        pytest.param([allow("oss:*", on="*")], [allow("oss:*", "oss:GetObject", on="*")], [], [], id="contained"),
        pytest.param(
            [allow("oss:Get*", on="*")],
            [allow("oss:Get*", on="*"), allow("OSS:getobject", on="acs:oss:*:*:b/*")],
            [],
            [],
            id="contained in both, in other letters",
        ),
        pytest.param([], [allow("oss:Get*", on="*")], ["oss:Get* on *"], [], id="new"),
        pytest.param([allow("oss:Get*", on="*")], [], [], ["oss:Get* on *"], id="gone"),
        pytest.param(
            [allow("oss:GetObject", on="*")],
            [allow("oss:*", on="*")],
            ["oss:* on *; except already: oss:GetObject on *"],
            [],
            id="widened",
        ),
        pytest.param(
            [allow("oss:*", on="*")],
            [allow("oss:*", on="*"), deny("oss:Delete*", on="*")],
            [],
            ["oss:Delete* on *"],
            id="an added denial is a loss",
        ),
        pytest.param(
            [allow("oss:*", on="*"), deny("oss:Delete*", on="acs:oss:*:*:logs/*")],
            [allow("oss:*", on="*")],
            ["oss:Delete* on acs:oss:*:*:logs/*"],
            [],
            id="a denial taken away is a gain",
        ),
        pytest.param(
            [allow("oss:*", on="*")],
            [allow("oss:*", on="*"), deny("ecs:*", on="*")],
            [],
            [],
            id="a denial of what was not allowed changes nothing",
        ),
        pytest.param(
            [],
            [allow("oss:*", on="*"), deny("oss:Delete*", on="*")],
            ["oss:* on *; except denied: oss:Delete* on *"],
            [],
            id="new with a denial",
        ),
        pytest.param([], [{**NOT_RAM, "NotAction": ["ram:*", "*"]}], [], [], id="all but all is nothing"),
        pytest.param(
            [allow("oss:*", on="*")],
            [allow("oss:*", on="*"), {"Effect": "Deny", "NotAction": "*", "Resource": "*"}],
            [],
            [],
            id="a denial of all but all denies nothing",
        ),
        pytest.param([NOT_RAM], [allow("*", on="*")], ["ram:* on *"], [], id="all but some becomes all"),
        pytest.param([allow("*", on="*")], [NOT_RAM], [], ["ram:* on *"], id="all becomes all but some"),
        pytest.param([NOT_RAM], [NOT_RAM, allow("ecs:StartInstance", on="*")], [], [], id="held by all but some"),
        pytest.param(
            [],
            [allow("*", on="*"), {"Effect": "Deny", "NotAction": ["oss:Get*", "oss:List*"], "Resource": "*"}],
            ["oss:Get*,oss:List* on *"],
            [],
            id="all but some denied",
        ),
        pytest.param(
            [allow("ecs:*", on="*", when=WEB)],
            [allow("ecs:*", on="*")],
            ["ecs:* on *; except already: ecs:* on * if ecs:tag/team StringEquals web"],
            [],
            id="a condition taken away",
        ),
        pytest.param(
            [allow("ecs:*", on="*", when=WEB_OR_DB)],
            [allow("ecs:*", on="*", when=WEB)],
            [],
            [
                "ecs:* on *; if ecs:tag/team StringEquals db|web; "
                "except already: ecs:* on * if ecs:tag/team StringEquals web"
            ],
            id="a condition made stricter",
        ),
        pytest.param(
            [],
            [allow("oss:Get*", on=["acs:oss:*:*:a/*", "acs:oss:*:*:b/*"]), allow("oss:Put*", on="acs:oss:*:*:a/*")],
            [
                "oss:Get*,oss:Put* on acs:oss:*:*:a/*",
                "oss:Get* on acs:oss:*:*:b/*; except listed: oss:Get* on acs:oss:*:*:a/*",
            ],
            [],
            id="one entry for several actions",  # a star reaches over colons, so the resources overlap by the letter
        ),
        pytest.param(
            [],
            [allow("oss:Get*", "oss:Put*", on=["acs:oss:*:*:a/*", "acs:oss:*:*:b/*"])],
            ["oss:Get*,oss:Put* on acs:oss:*:*:a/*,acs:oss:*:*:b/*"],
            [],
            id="one entry for several actions on several resources",
        ),
        pytest.param(
            [allow("oss:*", on="acs:*:*:*:*")],
            [allow("oss:*", on=["acs:*:*:*:*", "*"]), allow("*", on="acs:oss:*:*:*")],
            [
                "oss:* on *; except already: oss:* on acs:*:*:*:*",
                "* on acs:oss:*:*:*; except already: oss:* on acs:*:*:*:*; except listed: oss:* on *",
            ],
            [],
            id="what another entry lists does not take the place of what was allowed",
        ),
        pytest.param(
            [],
            [allow("oss:Get*", "oss:*Object", on="*")],
            ["oss:*Object,oss:Get* on *"],
            [],
            id="overlap in one entry",
        ),
    ],
)  # fmt: skip
def test_said_as_a_person_would(
    before: list[dict[str, Any]], after: list[dict[str, Any]], more: list[str], less: list[str]
) -> None:
    old, new = (_held([_document(found)] if found else [], ALIBABA) for found in (before, after))
    assert sorted(_said(gained(old, new))) == sorted(more)
    assert sorted(_said(gained(new, old))) == sorted(less)


NAMES = {ALIBABA: "acs:oss:cn-hangzhou:1:shop/a", TENCENT: "qcs::cos:ap-guangzhou:uin/1:shop/a"}


@pytest.mark.parametrize(
    ("dialect", "was", "beyond"),
    [
        (ALIBABA, "acs:*:*:*:*", True),
        (ALIBABA, "acs:*", True),
        (ALIBABA, "acs:oss:*:*:*", False),
        (TENCENT, "qcs::*:*:*:*", True),
        (TENCENT, "qcs:*:*:*:*:*", True),
        (TENCENT, "qcs::*", True),
        (TENCENT, "qcs:*", True),
        (TENCENT, "qcs::::*:*", True),
        (TENCENT, "qcs::*:*::*", False),  # the policy's own account
        (TENCENT, "qcs::cos:*:*:*", False),
        (TENCENT, "qcs::*:ap-guangzhou:*:*", False),
    ],
)
def test_a_star_in_place_of_every_name_is_told_apart(dialect: Dialect, was: str, beyond: bool) -> None:
    documents = [_on(one, dialect) for one in (was, "*")]
    old, new = (holdings([("p", parse(one, "permission", dialect))], dialect) for one in documents)
    (entry,) = gained(old, new)
    assert entry.beyond_names(dialect) is beyond and not gained(new, old)
    request = Request("oss:PutObject" if dialect is ALIBABA else "name/cos:PutObject", NAMES[dialect])
    if beyond:  # what has a name was allowed before
        assert entry.covers(request, dialect) is False
        assert evaluate([documents[0]], request, dialect).allowed


def _on(resource: str, dialect: Dialect) -> dict[str, Any]:
    action = "oss:PutObject" if dialect is ALIBABA else "name/cos:PutObject"
    statement = {dialect.effect_key: dialect.allow, dialect.action_key: [action], dialect.resource_key: [resource]}
    return {dialect.version_key: dialect.version, dialect.statement_key: [statement]}
