"""Previews as large as the clouds let them be are answered: work is counted, and what goes beyond it is said."""

from __future__ import annotations

import json
import time
from datetime import date

import pytest

from pulumi_instance_role import data
from pulumi_instance_role.clouds import limits_of
from pulumi_instance_role.policy.dialect import ALIBABA, LANGUAGES
from pulumi_instance_role.policy.difference import gained
from pulumi_instance_role.policy.document import parse
from pulumi_instance_role.policy.doubts import doubts, words_of
from pulumi_instance_role.policy.grants import Holdings, holdings
from pulumi_instance_role.policy.work import within
from pulumi_instance_role.review import declared
from pulumi_instance_role.review.judge import judge
from pulumi_instance_role.review.lookup import EACH, Lookup
from pulumi_instance_role.review.model import Exempt, Grant, Review
from pulumi_instance_role.review.picture import LABOUR, Picture
from pulumi_instance_role.review.preview import read
from pulumi_instance_role.review.sizes import COUNTING, size
from tests.unit.review.large import KINDS, many, ordinary, products, unlisted, write

CLOUDS = sorted(LANGUAGES)


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_fills_a_document_that_the_cloud_takes(kind: str, cloud: str) -> None:
    text, known = write(KINDS[kind], kind, cloud), limits_of(cloud)
    assert known.policy_document_length / 2 < len(text) <= known.policy_document_length
    assert parse(text, "permission", known.language).statements


def test_what_was_not_looked_up_is_named_and_the_rest_is_whole() -> None:
    documents = {f"p{n}": parse(write(unlisted, n)) for n in range(4)}
    lookup = Lookup(EACH + EACH // 2)
    found = {name: lookup.remarks(name, one, "alibaba") for name, one in documents.items()}
    assert lookup.left and lookup.left.keys() < documents.keys()
    assert lookup.work.done <= EACH + EACH // 2
    words = words_of("alibaba", data.known_actions)
    for name, one in documents.items():
        assert found[name] == ([] if name in lookup.left else doubts(one, words))


def test_words_that_are_listed_cost_nothing() -> None:
    lookup = Lookup(0)
    listed = parse({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:GetObject", "Resource": "*"}]})
    assert lookup.remarks("p", listed, "alibaba") == [] and not lookup.left


def test_statements_beyond_the_work_are_not_taken_apart_and_count_whole() -> None:
    documents = [(str(n), parse(write(ordinary, n))) for n in range(3)]
    with within(10) as work:
        held = holdings(documents, ALIBABA)
        entries = gained(Holdings((), (), ALIBABA), held)
    assert work.done >= work.limit and len(held.allows) <= 40
    statements = [one for _, document in documents for one in document.statements]
    assert len(held.whole) > len(statements) - 40
    said = {meet[0].text for one in entries for meet in one.actions}
    assert said == {action for one in statements for action in one.actions}
    assert not any(one.compared for one in entries)


def test_what_stays_is_known_to_stay_when_no_work_is_left() -> None:
    """Otherwise one costly edit would turn all that a preview leaves alone into gains."""
    kept = {"Effect": "Allow", "Action": ["oss:Get*", "ecs:*"], "Resource": ["acs:oss:*:*:a*", "*"]}
    new = {"Effect": "Allow", "Action": "ram:*", "Resource": "*"}
    before, after = (
        holdings([("p", parse({"Version": "1", "Statement": listed}))], ALIBABA) for listed in ([kept], [kept, new])
    )
    with within(0):
        (entry,) = gained(before, after)
        (back,) = gained(after, before) or (None,)
    assert [one.text for meet in entry.actions for one in meet] == ["ram:*"] and not entry.compared
    assert back is None


def test_what_is_not_counted_is_taken_for_all_that_it_may_be() -> None:
    held = Exempt(("ecs:Describe*",), (), ("*",), (), "already")
    one = Grant("allow", ("ecs:*",), (), ("*",), (), (held,))
    exact, everything = size([one], "alibaba"), size([Grant("allow", ("ecs:*",), (), ("*",), (), ())], "alibaba")
    with within(0):
        hurried = size([one], "alibaba")
    assert hurried == everything and exact != everything


def reviewed(text: str) -> tuple[Review, Picture]:
    preview = read(text)
    picture = Picture(preview)
    return judge(picture.review(), preview, fail_on=frozenset(), today=date(2026, 1, 1)), picture


def test_the_work_of_a_review_is_bounded_however_many_policies_there_are() -> None:
    found, picture = reviewed(many(30, [unlisted, products]))
    assert picture.compared.done <= LABOUR and picture.counted.done <= COUNTING
    rules = {one.rule: one.message for one in found.findings}
    assert "not-compared" in rules
    said = [one.message for one in found.findings if one.rule == "unknown-words"]
    assert any("were not looked up, which would take too long" in one for one in said)
    touched = {key for one in found.groups for key in one.instances}
    assert touched == {one.key for one in found.instances}, "what was not compared is not passed over"


@pytest.mark.parametrize("cloud", CLOUDS)
def test_documents_beyond_what_is_read_are_not_known_on_both_sides(cloud: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = json.loads(many(6, [ordinary], cloud, each=1))["steps"]
    policies = [one for one in steps if "RolePolicy::p" in one["urn"]]
    for one in policies[:2]:  # these stay as they are
        one["op"], one["newState"] = "same", one["oldState"]
    sides = [one[side]["inputs"]["document"] for one in policies for side in ("oldState", "newState")]
    monkeypatch.setattr(declared, "READ", sum(map(len, sides[4:10])))  # three of the four that change
    found, _ = reviewed(json.dumps({"steps": steps}))
    unread = {each.policy.rpartition("/")[2] for role in found.roles for each in role.after.unread}  # type: ignore[union-attr]
    assert unread == {"p0", "p1", "p5"}
    gained = {one for each in found.groups for one in each.instances}
    assert {one.rpartition("/")[2] for one in gained} == {f"i-{n}-0" for n in range(2, 6)}
    (unknown,) = (one for one in found.findings if one.rule == "unknown-gain")
    assert unknown.severity == "high" and "p5" in unknown.message
    assert {one.urn.rpartition("::")[2] for one in found.unknowns} == {"p0", "p1", "p5"}


@pytest.mark.soak
@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("kind", [*KINDS, "mixed"])
def test_a_thousand_policies(kind: str, cloud: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A measure: prints seconds of processor time, and asserts that there is an answer for every instance."""
    text = many(1000, list(KINDS.values()) if kind == "mixed" else [KINDS[kind]], cloud)
    start = time.process_time()
    found, _ = reviewed(text)
    with capsys.disabled():
        print(f"\n{cloud} {kind}: {len(text):,} characters, {time.process_time() - start:.1f} s")
    assert len(found.instances) == 200 and json.loads(text)["steps"]
