"""What a preview said: recorded previews of the real CLI that failed, and messages that are hard to read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role.review.forms import form
from pulumi_instance_role.review.model import Review
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import NotAPreview, decode, read
from pulumi_instance_role.review.said import Message, messages
from tests.unit.review.build import preview, role, step, urn

PREFLIGHT = (
    "error: instance-role: preflight found 2 faults; nothing was changed\n"
    '  - RolePolicyAttachment "audit" policy: the System policy NoSuch does not exist\n'
    '  - InstanceRoleBinding "audit" instance_ids: instance i-1 does not exist in this region\n'
)
RAISED = (
    "error: Program failed with an unhandled exception:\nTraceback (most recent call last):\n"
    '  File "/project/__main__.py", line 78, in <module>\n    raise ValueError("no zone")\n'
    "ValueError: the price list has no zone\nfor this region: cn-mars\n\n"
)
ENDED = "error: an unhandled error occurred: program exited with non-zero exit code: 1\n"
SLOW = "warning: using pulumi-resource-alicloud from $PATH at /project/bin/pulumi-resource-alicloud\n"


def said(*texts: str, severity: str = "error", urn_: str = "") -> tuple[Message, ...]:
    return messages({"severity": severity, "urn": urn_, "message": one} for one in texts)


def failing(*texts: str, steps: tuple[Any, ...] = ()) -> str:
    found = [{"severity": "error", "message": one} for one in texts]
    return preview(*steps, diagnostics=[*found, *({"severity": "warning", "message": SLOW} for _ in range(2))])


def test_faults_are_one_a_line() -> None:
    (found,) = said(PREFLIGHT)
    assert found.text == "instance-role: preflight found 2 faults; nothing was changed"
    assert [one[:24] for one in found.details] == ['- RolePolicyAttachment "', '- InstanceRoleBinding "a']


def test_of_an_exception_the_last_line_comes_first() -> None:
    (found,) = said(RAISED)
    assert found.text == "ValueError: the price list has no zone for this region: cn-mars"
    assert found.details[0] == "Program failed with an unhandled exception:"
    assert 'File "/project/__main__.py", line 78, in <module>' in found.details


def test_causes_come_before_what_follows_and_equal_ones_once() -> None:
    found = said(ENDED, PREFLIGHT, ENDED, "error: boom")
    assert [(one.text[:22], one.times) for one in found] == [
        ("boom", 1),
        ("instance-role: preflig", 1),
        ("an unhandled error occ", 2),
    ]


@pytest.mark.parametrize(
    ("text", "severity", "shown"),
    [
        (SLOW, "warning", "using pulumi-resource-alicloud from $PATH at /project/bin/pulumi-resource-alicloud"),
        ("using x\n", "warning", "using x"),
        (f'warning: {urn("a:b:C", "c")} verification warning: "role": old', "warning", '"role": old'),
        ("<{%fg 1%}>\x1b[31mred\x1b[0m<{%reset%}>", "error", "red"),
        ("error: error: twice", "error", "twice"),
    ],
)
def test_a_message_begins_with_its_point(text: str, severity: str, shown: str) -> None:
    assert [one.text for one in said(text, severity=severity, urn_=urn("a:b:C", "c"))] == [shown]


def test_long_ones_are_folded_and_nothing_is_lost() -> None:
    long = "word " * 200
    (found,) = said(long)
    assert len(found.text) < 310
    assert "".join((found.text, *found.details)).count("word") == 200
    (many,) = said("\n".join(map(str, range(50))))
    for name in ("terminal", "markdown"):
        shown = form(name)(_reviewed(failing("\n".join(map(str, range(50))))))
        assert f"and {len(many.details) - 12} lines more" in shown


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text", ["\x1b[" * 500_000, "<{%" * 300_000, "x" * 2_000_000, "Token=" * 200_000, "\\" * 10**6]
)
def test_a_megabyte_of_anything_is_read(text: str) -> None:
    assert len("".join((said(text) or said("x"))[0].details)) < 30_000


@pytest.mark.parametrize("texts", [(PREFLIGHT, ENDED), (RAISED,), ("error: Preview failed: no such zone",)])
def test_a_preview_that_broke_off_says_how_much_was_seen(texts: tuple[str, ...]) -> None:
    needs = step("same", "a:b:C", "c", {}, {})
    needs["newState"]["dependencies"] = [urn("a:b:C", "gone")]
    found = _reviewed(failing(*texts, steps=(role("web"), needs)))
    assert found.verdict == "error"
    assert found.notes[0].startswith("The preview failed; 2 resources were seen before that. 1 that others depend on")


def test_a_program_that_logs_an_error_has_not_failed() -> None:
    logged = failing("error: the price list is old", steps=(role("web"),))
    found = _reviewed(logged)
    assert (found.result, found.verdict) == ("succeeded", "pass")
    assert found.diagnostics[0].message == "the price list is old"
    assert found.notes[0].startswith("The program logged errors, and nothing says that the preview failed.")
    # Where the command's end is known, that decides; so does the stream's summary.
    assert read(logged, failed=True).failed
    raw = json.loads(logged)
    sides = [{**one, "old": one.get("oldState"), "new": one.get("newState")} for one in raw["steps"]]
    events: list[dict[str, Any]] = [{"resourcePreEvent": {"metadata": one}} for one in sides]
    events += [{"diagnosticEvent": one} for one in raw["diagnostics"]]
    for result, expected in (("succeeded", False), ("failed", True), (None, True)):
        end = [{"summaryEvent": {"result": result}}] if result else []
        lines = (json.dumps({"sequence": n, **one}) for n, one in enumerate([*events, *end]))
        assert read("\n".join(lines)).failed is expected


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        (failing("error: x"), True),  # nothing but the stack was reached
        (preview(role("web"), diagnostics=[{"severity": "error", "message": "x", "urn": urn("a:b:C", "c")}]), True),
        (failing("error: x", steps=(role("web"), step("delete", "a:b:C", "c", {}))), False),
        (failing("error: aws:x resource 'c' has a problem: missing", steps=(role("web"),)), True),
        (failing("error: Running program '/p' failed with an unhandled exception:", steps=(role("web"),)), True),
    ],
)
def test_the_json_form_is_taken_by_what_there_is(text: str, failed: bool) -> None:
    assert read(text).failed is failed


RECORDED = Path(__file__).with_name("said")
LACKING = ("diagnostics", "changeSummary", "duration")


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
@pytest.mark.parametrize("name", ["faults", "raises"])
def test_any_one_sign_tells_that_a_recorded_preview_failed(cloud: str, name: str) -> None:
    """The real CLI's failed previews, with one sign left of those that the form has."""
    whole = json.loads((RECORDED / f"{cloud}-{name}.json").read_text(encoding="utf-8"))
    errors = [one for one in whole["diagnostics"] if one["severity"] == "error"]
    for one in errors:
        assert read(json.dumps({**whole, "diagnostics": [one]})).failed
    broken_off = read(json.dumps({key: one for key, one in whole.items() if key not in LACKING}))
    assert broken_off.failed and "it did not come to its end" in broken_off.notes[0]
    cut = {**whole, "diagnostics": [], "steps": [one for one in whole["steps"] if one["op"] == "same"][:-1]}
    for part in (cut, {key: one for key, one in cut.items() if key != "steps"}):
        with pytest.raises(NotAPreview, match=r"it leaves out \d+ "):
            read(json.dumps(part))


def test_steps_that_only_the_summary_has_are_missed() -> None:
    made = json.loads(preview(role("web", "create"), changeSummary={"create": 3, "same": 1, "update": 1}))
    with pytest.raises(NotAPreview, match=r"it leaves out 3 of the resources that its summary counts; is it whole\?"):
        read(json.dumps(made))


def test_a_form_that_cannot_tell_whether_it_failed_says_so() -> None:
    """The CLI leaves out what a policy pack says, and with it why a preview failed."""
    (note,) = read(preview(role("web"))).notes
    assert "nothing in it shows that it did" in note and "--stack" in note
    (logged,) = read(failing("error: the price list is old", steps=(role("web"),))).notes
    assert "--stack" in logged
    for known in (read(preview(role("web")), failed=False), read(preview(role("web"), result="succeeded"))):
        assert known.notes == ()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_gets_a_hint(encoding: str) -> None:
    with pytest.raises(NotAPreview, match=r"it is UTF-16, as Windows PowerShell writes.* Out-File -Encoding utf8"):
        decode(preview(role("web")).encode(encoding))
    assert decode(preview(role("web")).encode("utf-8-sig")).startswith("{")


def _reviewed(text: str) -> Review:
    return Picture(read(text)).review()


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_recorded_faults(cloud: str) -> None:
    """Standard output of the real CLI; the review's words are for its readers, the faults are the program's."""
    found = _reviewed((RECORDED / f"{cloud}-faults.json").read_text(encoding="utf-8"))
    first, last = [one for one in found.diagnostics if one.severity == "error"]
    assert first.message == "instance-role: preflight found 3 faults; nothing was changed"
    assert len(first.details) == 3 and all(one.startswith("- ") for one in first.details)
    assert last.message.startswith("an unhandled error occurred")
    assert found.verdict == "error"
    raised = _reviewed((RECORDED / f"{cloud}-raises.json").read_text(encoding="utf-8"))
    assert raised.diagnostics[0].message.startswith("ValueError: the price list has no zone for this region: cn-mars")
    assert "9 resources were seen before that" in raised.notes[0]
