"""Guardrails: decided by what requests are allowed, not by text; each breach names its statements, in every form."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.cli.main import main
from pulumi_instance_role.policy.build import allow, deny, policy_document
from pulumi_instance_role.policy.dialect import TENCENT
from pulumi_instance_role.policy.evaluate import Request, evaluate
from pulumi_instance_role.review.forms import form
from pulumi_instance_role.review.guardrails import (
    SCHEMA_FILE,
    BadGuardrails,
    Breach,
    breaches,
    checked,
    read,
    severities,
)
from pulumi_instance_role.review.judge import failing_rules, judge
from pulumi_instance_role.review.model import Review
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import read as read_preview
from tests.support.examples import examples
from tests.unit.review.build import attach, bind, policy, preview, role
from tests.unit.review.test_rules import tencent

DOCS = Path(__file__).parents[3] / "docs"
STARTER = (DOCS / "guardrails.yaml").read_text(encoding="utf-8")
SCHEMA = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
SHOP = "acs:oss:*:*:shop/*"


def rail(**more: Any) -> dict[str, Any]:
    return {"id": "g", "cloud": "alibaba", "severity": "high", "reason": "because", **more}


def never(*actions: str, **more: Any) -> dict[str, Any]:
    roles = {"roles": more.pop("roles")} if "roles" in more else {}
    return rail(never={"actions": list(actions), **more}, **roles)


def at_most(*statements: Any, **more: Any) -> dict[str, Any]:
    return rail(at_most=policy_document(*statements), **more)


def held(*statements: Any, name: str = "web") -> list[Any]:
    """A role in use, unchanged, with one policy."""
    return [role(name), policy("p", statements), attach(name, "p"), bind("b", name, ["i-1"])]


def found(guardrail: dict[str, Any], steps: list[Any]) -> tuple[Breach, ...]:
    return breaches(Picture(read_preview(preview(*steps))), read(json.dumps({"guardrails": [guardrail]})))


def judged(text: str, steps: list[Any], fail_on: str = "high") -> Review:
    rails = read(text)
    source = read_preview(preview(*steps))
    picture = Picture(source)
    more, said = checked(picture, rails)
    failing = failing_rules([fail_on], severities(rails))
    reviewed = judge(picture.review(), source, fail_on=failing, today=date(2026, 1, 1), more=more)
    return Review(**{**vars(reviewed), "guardrails": said})


NOT_RAM = {"Effect": "Allow", "NotAction": ["ram:*"], "Resource": "*"}
PUT, DELETE = allow("oss:PutObject", on=SHOP), allow("oss:DeleteObject", on=SHOP)
CASES: list[tuple[dict[str, Any], list[Any], list[int] | None]] = [
    (never("oss:Delete*"), [PUT, DELETE], [1]),
    (never("oss:Delete*"), [PUT], None),
    (never("oss:Delete*"), [allow("oss:*", on=SHOP)], [0]),
    (never("oss:Delete*"), [allow("*", on="*"), PUT], [0]),
    (never("oss:Delete*"), [allow("oss:*", on=SHOP), deny("oss:Delete*", on="*")], None),
    (never("oss:Delete*"), [allow("oss:*", on=SHOP), deny("oss:DeleteObject", on="*")], [0]),
    (never("oss:Delete*"), [{"Effect": "Allow", "NotAction": ["oss:Delete*"], "Resource": "*"}], None),
    (never("oss:Delete*"), [{"Effect": "Allow", "NotAction": ["ecs:*"], "Resource": "*"}], [0]),
    (never("oss:Delete*", resources=["acs:oss:*:*:other/*"]), [DELETE], None),
    (never("oss:Delete*", resources=["acs:oss:*:*:*"]), [DELETE], [0]),
    (never("OSS:deleteobject"), [DELETE], [0]),
    (never("oss:Delete*"), [allow("oss:*", on="*", when={"Bool": {"acs:SecureTransport": ["true"]}})], [0]),
    (never("oss:Delete*", roles=["db-*"]), [DELETE], None),
    (never("oss:Delete*", roles=["WE*"]), [DELETE], [0]),
    (never("oss:Delete*", **{"except": [{"roles": ["web"]}]}), [DELETE], None),
    (never("oss:Delete*", **{"except": [{"roles": ["db"]}]}), [DELETE], [0]),
    (never("oss:Delete*", **{"except": [{"actions": ["oss:DeleteObject"]}]}), [DELETE], None),
    (never("oss:Delete*", **{"except": [{"resources": ["acs:oss:*:*:shop/tmp/*"]}]}), [DELETE], [0]),
    (never("oss:Delete*", **{"except": [{"resources": ["acs:oss:*:*:shop/*"]}]}), [DELETE], None),
    (never("*", whole=True), [allow("*", on="*")], [0]),
    (never("*", whole=True), [allow("oss:*", on="*"), allow("ecs:*", on="*")], None),
    (never("*", whole=True), [allow("*", on="*"), deny("ram:*", on="*")], None),
    (never("*", whole=True), [NOT_RAM, allow("ram:*", on="*")], [0, 1]),
    (never("*", whole=True), [allow("*", on="*", when={"Bool": {"acs:SecureTransport": ["true"]}})], None),
    (at_most(allow("oss:*", on=SHOP)), [PUT, DELETE], None),
    (at_most(allow("oss:Get*", "oss:PutObject", on=SHOP)), [PUT, DELETE], [1]),
    (at_most(allow("oss:*", on=SHOP), deny("oss:Delete*", on="*")), [PUT, DELETE], [1]),
    (at_most(allow("oss:*", on="*")), [allow("*", on="*")], [0]),
]  # fmt: skip


@pytest.mark.parametrize(("guardrail", "statements", "places"), CASES, ids=map(str, range(len(CASES))))
def test_what_breaks_a_guardrail(guardrail: dict[str, Any], statements: list[Any], places: list[int] | None) -> None:
    broken = found(guardrail, held(*statements))
    assert bool(broken) is (places is not None)
    for breach in broken:
        assert [place for _, place in breach.origins] == places


ACTIONS = ("*", "oss:*", "oss:Get*", "oss:GetObject", "oss:Delete*", "oss:DeleteObject", "ecs:*")
RESOURCES = ("*", SHOP, "acs:oss:*:*:shop/tmp/*", "acs:oss:*:*:other/*")
ASKED = [
    Request(action, resource)
    for action in ("oss:GetObject", "oss:DeleteObject", "oss:PutObject", "ecs:StartInstance", "ram:GetUser")
    for resource in ("acs:oss:cn:1:shop/a", "acs:oss:cn:1:shop/tmp/a", "acs:oss:cn:1:other/a", "acs:ecs:cn:1:i/1")
]


def some(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


STATEMENTS = st.lists(
    st.builds(
        lambda effect, key, actions, on: {"Effect": effect, key: actions, "Resource": on},
        st.sampled_from(("Allow", "Allow", "Deny")),
        st.sampled_from(("Action", "Action", "NotAction")),
        some(ACTIONS),
        some(RESOURCES),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=examples(50), deadline=None)
@given(STATEMENTS, some(ACTIONS), some(RESOURCES), some(ACTIONS), some(RESOURCES))
def test_an_evaluation_of_requests_agrees(
    statements: list[Any], actions: list[str], on: list[str], but: list[str], but_on: list[str]
) -> None:
    """Each request that is allowed and forbidden breaks it; a guardrail that is kept forbids none that is allowed."""
    mine = policy_document(*statements)
    forbidden = policy_document(allow(*actions, on=on), deny(*but, on=but_on))
    kept = not found(
        never(*actions, resources=on, **{"except": [{"actions": but, "resources": but_on}]}), held(*statements)
    )
    limit = policy_document(allow(*actions, on=on))
    within = not found(rail(at_most=limit), held(*statements))
    for request in ASKED:
        allowed = evaluate([mine], request).allowed
        if kept:
            assert not (allowed and evaluate([forbidden], request).allowed), request
        if within:
            assert not allowed or evaluate([limit], request).allowed, request


def test_every_form_has_the_id_and_the_statement() -> None:
    text = json.dumps({"guardrails": [never("oss:Delete*"), {**never("ecs:*"), "id": "other"}]})
    review = judged(text, held(PUT, DELETE))
    (finding,) = [one for one in review.findings if one.rule.startswith("guardrail:")]
    assert (finding.rule, finding.severity, finding.failing) == ("guardrail:g", "high", True)
    assert "(because): oss:DeleteObject on acs:oss:*:*:shop/*; opened by p Statement[1]" in finding.message
    assert [(one.id, one.broken_by) for one in review.guardrails] == [("g", 1), ("other", 0)]
    for name in ("terminal", "markdown", "html", "json", "sarif"):
        shown = form(name)(review)
        assert "guardrail:g" in shown.replace("\\", ""), name
    run = json.loads(form("sarif")(review))["runs"][0]
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]
    (result,) = [one for one in run["results"] if one["ruleId"] == "guardrail:g"]
    assert rules[result["ruleIndex"]] == "guardrail:g" and "guardrail:other" in rules


def test_what_cannot_be_read_is_undecided() -> None:
    text = json.dumps({"guardrails": [never("oss:Delete*")]})
    opaque = [role("web"), attach("web", "AliyunRDSFullAccess", "create", kind="System"), bind("b", "web", ["i-1"])]
    said = {one.rule: one for one in judged(text, opaque).findings}
    assert "guardrail g cannot be checked against AliyunRDSFullAccess" in said["guardrails-undecided"].message
    assert said["guardrails-undecided"].failing
    old = [role("web"), attach("web", "AliyunRDSFullAccess", kind="System")]
    assert "guardrails-undecided" not in {one.rule for one in judged(text, old).findings}


@pytest.mark.parametrize("fail_on", ["guardrail:g", "medium", "high"])
def test_fail_on_goes_by_id_and_severity(fail_on: str) -> None:
    text = json.dumps({"guardrails": [never("oss:Delete*")]})
    assert judged(text, held(DELETE), fail_on).verdict == "findings"
    assert judged(text, held(DELETE), "critical").verdict == "pass"


GOOD = [never("oss:*"), at_most(allow("oss:*", on="*")), never("oss:*", resources=[SHOP], whole=True, roles=["a"])]
BAD: list[tuple[Any, str]] = [
    ([], "must be an object with the one key guardrails"),
    ({"guardrails": {}}, "must be an object with the one key guardrails, a list of entries"),
    ({"guardrails": [1]}, r"guardrails\[0\] must be an object"),
    ({"guardrails": [{**never("oss:*"), "id": "a b"}]}, "id must be a word"),
    ({"guardrails": [{**never("oss:*"), "cloud": "aws"}]}, r"\(g\): cloud must be alibaba or tencent, not 'aws'"),
    ({"guardrails": [{**never("oss:*"), "severity": "bad"}]}, "severity must be one of critical"),
    ({"guardrails": [{**never("oss:*"), "reason": " "}]}, "reason must say why"),
    ({"guardrails": [rail()]}, "must have never or at_most, one of the two"),
    ({"guardrails": [{**never("oss:*"), "at_most": {}}]}, "must have never or at_most, one of the two"),
    ({"guardrails": [{**never("oss:*"), "why": 1}]}, "has why; known here: id, cloud"),
    ({"guardrails": [rail(never={"actions": "oss:*"})]}, "never: actions must be a list of texts"),
    ({"guardrails": [rail(never={"actions": ["oss:*"], "all": True})]}, "never has all; known here: actions"),
    ({"guardrails": [rail(never={"actions": ["oss:*"], "whole": 1})]}, "whole must be true or false"),
    ({"guardrails": [rail(never={"actions": ["oss:*"], "except": [{}]})]}, r"except\[0\] must be an object"),
]
WRONG: list[tuple[Any, str]] = [  # what a schema cannot tell
    ({"guardrails": [never("oss")]}, r'never: Statement\[0\].Action\[0\]: must be "\*" or "service:ActionName"'),
    ({"guardrails": [rail(at_most={"Version": "1"})]}, "at_most: Statement is missing"),
    ({"guardrails": [never("oss:*"), never("ecs:*")]}, "the id g is there twice"),
]


@pytest.mark.parametrize(("raw", "says"), [*BAD, *WRONG], ids=map(str, range(len(BAD) + len(WRONG))))
def test_a_file_that_is_none_says_where(raw: Any, says: str) -> None:
    with pytest.raises(BadGuardrails, match=says):
        read(json.dumps(raw))


def test_the_schema_says_the_same_as_the_reader() -> None:
    for raw, _ in BAD:
        assert not SCHEMA.is_valid(raw), raw
    for one in GOOD:
        assert SCHEMA.is_valid({"guardrails": [one]}) and read(json.dumps({"guardrails": [one]}))
    jsonschema.Draft202012Validator.check_schema(SCHEMA.schema)


# -- the file to start from ---------------------------------------------------------------------------------------
READS_ONE = allow("kms:GetSecretValue", on="acs:kms:*:*:secret/shop")
BROKEN = [
    ("alibaba-no-administrator", held(allow("*", on="*"))),
    ("alibaba-no-permission-management", held(allow("ram:AttachPolicyToRole", on="*"))),
    ("alibaba-no-keys", held(allow("ims:*", on="*"))),
    ("alibaba-not-all-secrets", held(allow("kms:*", on="*"))),
    ("alibaba-not-all-secrets", held(allow("kms:GetSecretValue", on="acs:kms:*:*:secret/*"))),
    ("tencent-no-administrator", tencent(allow("*", on="*", dialect=TENCENT))),
    ("tencent-no-permission-management", tencent(allow("name/cam:Attach*", on="*", dialect=TENCENT))),
    ("tencent-no-keys", tencent(allow("cam:CreateAccessKey", on="*", dialect=TENCENT))),
    ("tencent-not-all-secrets", tencent(allow("name/ssm:*", on="*", dialect=TENCENT))),
]


@pytest.mark.parametrize(("name", "steps"), BROKEN, ids=[f"{n}-{name}" for n, (name, _) in enumerate(BROKEN)])
def test_the_file_to_start_from(name: str, steps: list[Any]) -> None:
    broken = {one.rail.id for one in breaches(Picture(read_preview(preview(*steps))), read(STARTER))}
    assert name in broken


def test_the_file_to_start_from_lets_ordinary_roles_be() -> None:
    assert SCHEMA.is_valid(yaml.safe_load(STARTER))
    assert {name for name, _ in BROKEN} == {one.id for one in read(STARTER)}
    steps = held(PUT, READS_ONE, allow("ecs:Describe*", "ram:Get*", "ram:List*", on="*"))
    assert breaches(Picture(read_preview(preview(*steps))), read(STARTER)) == ()


def test_the_documentation_is_a_file_that_is_read_and_names_what_there_is() -> None:
    text = (DOCS / "guardrails.md").read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    assert [one.id for one in read(example)] == ["no-deleting", "reports-only-read"]
    assert SCHEMA.is_valid(yaml.safe_load(example))


def run(*words: str, text: str) -> Any:
    return CliRunner().invoke(main, ["review", "-", *words], input=text)


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "guardrails.json"
    file.write_text(json.dumps({"guardrails": [never("oss:Delete*")]}), encoding="utf-8")
    text = preview(*held(DELETE))
    assert run(text=text).exit_code == 0
    done = run("--guardrails", str(file), text=text)
    assert done.exit_code == 2 and "guardrail:g" in done.output
    assert run("--guardrails", str(file), "--fail-on", "critical", text=text).exit_code == 0
    accepted = tmp_path / "baseline.json"
    entry = {"rule": "guardrail:g", "resource": "*", "reason": "agreed", "expires": "2999-01-01"}
    accepted.write_text(json.dumps({"accept": [entry]}), encoding="utf-8")
    assert run("--guardrails", str(file), "--baseline", str(accepted), text=text).exit_code == 0
    file.write_text("guardrails: [", encoding="utf-8")
    done = run("--guardrails", str(file), text=text)
    assert done.exit_code == 1 and f"{file}: is neither JSON nor YAML at line 1" in done.output
