"""The forms: the same bytes for the same preview, nothing secret, nothing that a preview can smuggle in."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pydantic import BaseModel
from sarif_pydantic import Sarif

from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.review.baseline import Accepted
from pulumi_instance_role.review.comment import LIMIT, code, text
from pulumi_instance_role.review.encode import SCHEMA_FILE, schema_text, to_json
from pulumi_instance_role.review.forms import FORMS, form
from pulumi_instance_role.review.forms.markdown import marker, render
from pulumi_instance_role.review.judge import failing_rules, judge
from pulumi_instance_role.review.model import Instance, Review
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import read
from tests.unit.review.build import attach, bind, instance, policy, preview, role, step

HERE = Path(__file__).parent
PREVIEWS = sorted((HERE / "previews").glob("*.json"))
SCHEMA = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
ACCEPTED = Accepted("wildcard-action", "*", "the | reason", date(2026, 12, 31))


def reviewed(source: str, *accepted: Accepted) -> Review:
    found = read(source)
    picture = Picture(found).review()
    return judge(picture, found, fail_on=failing_rules(["high"]), baseline=accepted, today=date(2026, 6, 1))


BUSY = preview(
    role("web", "update", outputs={"drift": "trust_changed"}),
    role("db", "create", adopt=True),
    policy(
        "p", [allow("oss:*", "oss:GetObject", on="*", when={"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}})], "create"
    ),
    policy("later", [], "create"),
    *(attach("web", name, "create") for name in ("p", "later", "by-hand")),
    bind("a", "db", ["i-1", "i-2"], "update", was=("web", ["i-1", "i-3"])),
    instance("m", "i-1"),
    step("update", "alicloud:ecs/instance:Instance", "key", {}, {"userData": "LTAI5tAbCdEfGhIjKlMn"}),
    diagnostics=[{"severity": "warning", "urn": "", "message": "SecurityToken=CAISabcdefgh1234 is old"}],
)
REVIEWS = {**{one.stem: one.read_text(encoding="utf-8") for one in PREVIEWS}, "busy": BUSY, "empty": preview()}


@pytest.mark.parametrize("name", REVIEWS)
def test_json_is_what_its_schema_says(name: str) -> None:
    found = to_json(reviewed(REVIEWS[name], ACCEPTED))
    SCHEMA.validate(json.loads(found))
    assert json.loads(found)["version"] == 2


def test_the_schema_is_that_of_the_classes_and_refuses_what_is_not() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(SCHEMA.schema)
    good = json.loads(to_json(reviewed(BUSY)))
    changes: list[dict[str, Any]] = [
        *({"verdict": "maybe"}, {"extra": 1}, {"blast": {}}, {"roles": [{}]}, {"stack": None}),
    ]
    for change in changes:
        assert not SCHEMA.is_valid({**good, **change}), change


@pytest.mark.parametrize("path", PREVIEWS, ids=lambda one: one.stem)
def test_reviews_are_as_they_were(path: Path) -> None:
    """A change here is a change for every reader; write the files anew with REVIEWS=write."""
    forms: list[tuple[str, str, dict[str, Any]]] = [
        *(("json", "json", {}), ("terminal", "txt", {}), ("markdown", "md", {}), ("sarif", "sarif", {})),
        *(("terminal", "zh.txt", {"language": "zh"}), ("markdown", "zh.md", {"language": "zh"})),
    ]
    for name, suffix, options in forms:
        file = HERE / "reviews" / f"{path.stem}.{suffix}"
        found = form(name)(reviewed(path.read_text(encoding="utf-8")), **options)
        if os.environ.get("REVIEWS") == "write":
            file.write_text(found, encoding="utf-8")
        assert file.read_text(encoding="utf-8") == found


@pytest.mark.parametrize("path", PREVIEWS, ids=lambda one: one.stem)
def test_the_clis_way_of_writing_gives_the_same_review(path: Path) -> None:
    """It shows a kept resource without id and outputs on its new side (pkg/backend/display/json.go)."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    for one in raw["steps"]:
        if one["op"] in ("same", "update"):
            del one["newState"]["outputs"]
            one["newState"].pop("id", None)
    assert to_json(reviewed(json.dumps(raw))) == to_json(reviewed(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", sorted(FORMS))
def test_the_same_preview_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    file = tmp_path / "preview.json"
    file.write_text(BUSY, encoding="utf-8")
    command = [sys.executable, "-m", "pulumi_instance_role.cli", "review", str(file), "--format", name]
    runs = [
        subprocess.run(command, capture_output=True, check=False, env={**os.environ, "PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    ]
    assert [run.returncode for run in runs] == [2, 2], runs[0].stderr
    assert runs[0].stdout == runs[1].stdout != b""


@pytest.mark.parametrize("name", sorted(FORMS))
def test_nothing_secret_is_in_any_form(name: str) -> None:
    found = form(name)(reviewed(BUSY))
    assert not re.search(r"LTAI5t|CAISabc|\[secret\]", found)


class TestSarif:
    @pytest.mark.parametrize("name", REVIEWS)
    def test_it_is_sarif_with_nothing_unknown_in_it(self, name: str) -> None:
        raw = json.loads(form("sarif")(reviewed(REVIEWS[name], ACCEPTED)))
        log = Sarif.model_validate(raw)
        assert raw["version"] == "2.1.0"
        # Standard, and not among the package's models; the official schema was asked by hand.
        assert _extras(log) <= {"columnKind", "suppressions", "toolExecutionNotifications"}
        run = raw["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        for one in run["results"]:
            assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
            assert one["level"] in ("error", "warning", "note")
            assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            assert not one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("/")
        prints = [one["partialFingerprints"]["instanceRoleReview/v1"] for one in run["results"]]
        assert len(set(prints)) == len(prints)

    def test_accepted_findings_are_suppressed(self) -> None:
        raw = json.loads(form("sarif")(reviewed(BUSY, ACCEPTED)))
        results = raw["runs"][0]["results"]
        suppressed = [one["ruleId"] for one in results if one.get("suppressions")]
        assert suppressed == ["wildcard-action"]

    def test_a_place_in_the_program_is_told(self) -> None:
        raw = json.loads(BUSY)
        raw["steps"][1]["newState"]["sourcePosition"] = "project:///stacks/shop.py#17"
        log = json.loads(form("sarif")(reviewed(json.dumps(raw))))
        (one,) = [one for one in log["runs"][0]["results"] if one["ruleId"] == "drift-overwritten"]
        place = one["locations"][0]["physicalLocation"]
        assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("stacks/shop.py", 17)


def _extras(model: BaseModel) -> set[str]:
    """Names that the models of SARIF do not know, anywhere in it."""
    found = set(model.model_extra or ())
    for name in type(model).model_fields:
        value = getattr(model, name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, BaseModel):
                found |= _extras(one)
    return found - {"$schema"}


class TestMarkdown:
    def test_the_marker_is_first_and_names_the_stack(self) -> None:
        found = render(reviewed(BUSY))
        assert found.splitlines()[0] == "<!-- instance-role-review: shop/dev -->"
        odd = replace(reviewed(BUSY), stack="a--> <b", project="x-y")
        assert marker(odd) == "<!-- instance-role-review: x%2Dy/a%2D%2D%3E%20%3Cb -->"
        assert marker(replace(odd, project="x_y")) != marker(odd)

    def test_a_long_one_is_cut_at_whole_parts_and_says_so(self) -> None:
        found = reviewed(BUSY)
        many = (*found.instances, *(_numbered(found.instances[0], number) for number in range(2000)))
        whole = render(replace(found, instances=many), limit=10**9)
        assert len(whole) > 2 * LIMIT
        cut = render(replace(found, instances=many))
        assert LIMIT // 2 < len(cut) <= LIMIT
        assert "**Cut short**" in cut and "**Cut short**" not in whole
        assert cut.splitlines()[0] == marker(found)
        for line in cut.splitlines():
            assert not line.startswith("| `") or line.endswith(" |")

    @given(st.text(max_size=40))
    def test_what_a_preview_says_stays_text(self, value: str) -> None:
        shown = MarkdownIt("gfm-like", {"linkify": False}).parse(f"* {text(value)}")
        inline = [child.type for token in shown for child in token.children or ()]
        assert set(inline) <= {"text", "text_special"}, (value, text(value))
        kinds = {token.type for token in shown}
        assert kinds <= {
            "bullet_list_open",
            "list_item_open",
            "paragraph_open",
            "inline",
            "paragraph_close",
            "list_item_close",
            "bullet_list_close",
        }

    @given(st.from_regex(r"([-+=]|[0-9]{1,3}\.) ?[a-z0-9]{1,5}", fullmatch=True))
    def test_what_begins_like_a_list_is_shown_as_it_is(self, value: str) -> None:
        (paragraph,) = [
            one for one in MarkdownIt("gfm-like", {"linkify": False}).parse(text(value)) if one.type == "inline"
        ]
        assert "".join(child.content for child in paragraph.children or ()) == value

    @given(st.text(max_size=40))
    def test_code_stays_code_also_in_a_table(self, value: str) -> None:
        shown = MarkdownIt("gfm-like", {"linkify": False}).parse(f"| a | b |\n|---|---|\n| {code(value)} | end |")
        cells = [token for token in shown if token.type == "inline"]
        assert len(cells) == 4 and cells[3].content == "end"
        assert [child.type for child in cells[2].children or ()] in (["code_inline"], [])

    @pytest.mark.parametrize("value", ["@security", "see #12", "https://example.com", "www.example.com", "GH-7"])
    def test_nobody_is_notified_and_nothing_is_linked(self, value: str) -> None:
        assert re.search(r"(?:@|#|://|www\.|GH-)\w", text(value)) is None


def _numbered(one: Instance, number: int) -> Instance:
    return replace(one, key=f"k{number}", instance_id=f"i-{number:020d}", name=f"machine-{number}", move="given")


class TestTerminal:
    @pytest.mark.parametrize("name", REVIEWS)
    def test_it_fits_80_columns_and_has_no_colours(self, name: str) -> None:
        found = form("terminal")(reviewed(REVIEWS[name], ACCEPTED))
        assert max(map(len, found.splitlines())) <= 80
        assert "\x1b" not in found

    def test_colours_are_there_when_asked_for(self) -> None:
        assert "\x1b[" in form("terminal")(reviewed(BUSY), color=True)

    def test_names_cannot_steer_the_terminal(self) -> None:
        evil = "web\x1b]0;owned\x07[bold]x[/bold]"
        found = form("terminal")(reviewed(preview(role(evil, "create"), bind("b", evil, ["i-1"], "create"))))
        assert "\x1b" not in found and "\x07" not in found
        assert "[bold]x[/bold]" in found

    def test_it_says_what_the_others_say(self) -> None:
        found: Any = " ".join(form("terminal")(reviewed(BUSY, ACCEPTED)).split())
        for said in (
            "critical credential-text",
            "accepted until 2026-12-31: the | reason",
            "+ oss:*",
            "if acs:SourceIp IpAddress 10.0.0.0/8",
            "? gains what is not known: what custom policy by-hand allows is not known here",
            "? gains what is not known: what custom policy later allows is decided by the update",
            "1 instance loses its role",
            "later: the document is not known before the update",
            "1 without credentials in between",
            "warning: SecurityToken=*** is old",
        ):
            assert said in found, said
