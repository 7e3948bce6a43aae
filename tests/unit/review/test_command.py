"""The command: where the preview comes from, where the form goes, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulumi_instance_role.cli.main import main
from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.review.rules import RULES
from tests.unit.review.build import attach, bind, policy, preview, role

RISKY = preview(role("web"), policy("p", [allow("oss:*", on="*")], "create"), attach("web", "p", "create"))
CALM = preview(role("web"), bind("b", "web", ["i-1"]))
FAILED = json.dumps({"diagnostics": [{"severity": "error", "message": "role web is missing", "urn": ""}]})


def run(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["review", *words], input=text)


@pytest.mark.parametrize(
    ("words", "text", "code"),
    [
        ((), CALM, 0),
        ((), RISKY, 2),
        (("--fail-on", "critical"), RISKY, 0),
        (("--fail-on", "none"), RISKY, 0),
        (("--fail-on", "wildcard-resource, critical"), RISKY, 2),
        (("--max-instances", "0"), CALM, 0),
        ((), FAILED, 1),
        (("--fail-on", "none"), FAILED, 1),
        ((), "no preview", 1),
        ((), "", 1),
    ],
)
@pytest.mark.parametrize("name", ["terminal", "markdown", "json", "sarif"])
def test_the_exit_code_is_the_verdict_in_every_form(words: tuple[str, ...], text: str, code: int, name: str) -> None:
    done = run("-", "--format", name, *words, text=text)
    assert done.exit_code == code, done.output
    if text == FAILED:
        assert "role web is missing" in done.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "give the preview (a file, or - for standard input) or --stack, one of the two"),
        (("-", "--stack", "dev"), "one of the two"),
        (("/nowhere/preview.json",), "/nowhere/preview.json: No such file or directory"),
        (("-", "--fail-on", ""), "--fail-on: it is empty; name rules or severities, or say none"),
        (("-", "--fail-on", " , "), "--fail-on: it is empty; name rules or severities, or say none"),
        (("-", "--fail-on", "hgih"), "--fail-on: 'hgih' is neither a rule nor a severity"),
        (("-", "--format", "yaml"), "'yaml' is not one of"),
        (("-", "--max-instances", "-1"), "-1 is not in the range x>=0"),
        (("-", "--max-instances", "many"), "'many' is not a valid integer"),
        (("-", "--baseline", "/nowhere.yaml"), "'/nowhere.yaml' does not exist"),
        (("-", "--nonsense"), "No such option"),
    ],
)
def test_misuse_is_an_error_and_no_finding(words: tuple[str, ...], says: str) -> None:
    done = run(*words, text=CALM)
    assert done.exit_code == 1
    assert says in done.output


def test_file_and_standard_input_and_output_file_are_the_same(tmp_path: Path) -> None:
    file, out = tmp_path / "preview.json", tmp_path / "review.md"
    file.write_text(RISKY, encoding="utf-8")
    shown = run("-", "--format", "markdown", text=RISKY).output
    assert run(str(file), "--format", "markdown").output == shown
    done = run(str(file), "--format", "markdown", "--output", str(out))
    assert (done.exit_code, done.output) == (2, "")
    assert out.read_text(encoding="utf-8") == shown


def test_the_terminal_shows_the_entry_that_accepts_what_it_shows(tmp_path: Path) -> None:
    said = run("-", text=RISKY).output
    assert "--baseline" in said
    text = said[said.index('{"accept"') :].partition("]}")[0] + "]}"
    file = tmp_path / "baseline.json"
    file.write_text(text, encoding="utf-8")
    assert "accept[0] lacks reason" in run("-", "--baseline", str(file), text=RISKY).output
    file.write_text(text.replace('""', '"known"').replace("YYYY-MM-DD", "9999-12-31"), encoding="utf-8")
    done = run("-", "--baseline", str(file), text=RISKY)
    assert done.exit_code == 0 and "--baseline" not in done.output


def test_a_baseline_decides_the_code(tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    accepted = '{rule: wildcard-action, resource: "*::p", reason: for now, expires: %s}'
    file.write_text(f"accept: [{accepted % '2999-01-01'}]", encoding="utf-8")
    assert run("-", "--baseline", str(file), text=RISKY).exit_code == 0
    file.write_text(f"accept: [{accepted % '2001-01-01'}]", encoding="utf-8")
    done = run("-", "--baseline", str(file), text=RISKY)
    assert done.exit_code == 2 and "expired: wildcard-action on *::p" in done.output
    file.write_text("accept: [{rule: x}]", encoding="utf-8")
    done = run("-", "--baseline", str(file), text=RISKY)
    assert done.exit_code == 1 and f"{file}: accept[0] lacks resource, reason, expires" in done.output


def test_list_rules_lists_each_once() -> None:
    done = run("--list-rules")
    assert done.exit_code == 0
    assert [line.split()[:2] for line in done.output.splitlines()] == [[one.severity, one.id] for one in RULES]


def test_a_preview_that_the_review_runs_may_ask_the_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    (tmp_path / "preview.json").write_text(CALM, encoding="utf-8")
    cli = tmp_path / "pulumi"
    cli.write_text(f"#!/bin/sh\ncat {tmp_path / 'preview.json'}\n", encoding="utf-8")
    cli.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    ran = run("--stack", "dev", "--cwd", str(tmp_path), "--engine", "pulumi", "--format", "markdown")
    assert "The review itself asked nothing of the cloud; the preview that it ran may have looked there:" in ran.output
    given = run("-", "--format", "markdown", text=CALM)
    assert "Nothing was asked of the cloud:" in given.output
