"""Reading a preview: what is taken, what is refused and how it is said, and what is masked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_instance_role.review.preview import UNKNOWN, NotAPreview, is_unknown, read
from tests.unit.review.build import OURS, attach, bind, preview, role, step, urn

WHOLE = preview(role("web"), bind("web", "web", ["i-1"]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is empty; run: pulumi preview --json"),
        ("  \n", "it is empty"),
        (WHOLE[: len(WHOLE) // 2], "it is not JSON: .*; is it whole?"),
        ("error: no stack selected", "give what `pulumi preview --json` wrote to standard output"),
        ("[1, 2]", "it is a JSON list, not the object"),
        ("null", "it is a JSON null"),
        ('"text"', "it is a JSON text"),
        ("{}", "it has none of steps, diagnostics, changeSummary"),
        ('{"version": 3, "deployment": {"resources": []}}', "it is an exported state, not a preview"),
        ('{"version": 3, "checkpoint": {}}', "it is an exported state, not a preview"),
        ('{"steps": {"op": "create"}}', "steps must be a list of objects, not object"),
        ('{"steps": [1]}', "steps must be a list of objects"),
        ('{"diagnostics": "none"}', "diagnostics must be a list of objects, not text"),
        ('{"steps": [{"op": "create"}]}', "a step has no operation or no URN"),
        ('{"steps": [{"op": "create", "urn": "web"}]}', "a step has no operation or no URN"),
        (json.dumps({"steps": [{"op": "create", "urn": urn("a:b:C", "c")}]}), "a step to create it has no newState"),
        (json.dumps({"steps": [{"op": "delete", "urn": urn("a:b:C", "c")}]}), "a step to delete it has no oldState"),
        (json.dumps({"steps": [{"op": "evolve", "urn": urn("a:b:C", "c")}]}), "'evolve' is not known.* newer Pulumi"),
        (json.dumps({"steps": [{"op": "create", "urn": urn("a:b:C", "c"), "newState": 1}]}), "a state must be an obj"),
        (
            json.dumps({"steps": [{"op": "create", "urn": urn("a:b:C", "c"), "newState": {"inputs": [1]}}]}),
            "inputs, outputs and propertyDependencies must be objects",
        ),
        ("[" * 100_000, "nested too deeply|not JSON"),
        ('{"sequence": 0, "resourcePreEvent": {}}\n{"sequence": 1', "line 2 of the event stream is not JSON"),
    ],
)
def test_what_is_no_preview_is_refused(text: str, says: str) -> None:
    with pytest.raises(NotAPreview, match=says):
        read(text)


def test_a_preview() -> None:
    found = read(WHOLE)
    assert (found.stack, found.project, found.failed) == ("dev", "shop", False)
    assert [(one.op, one.name) for one in found.steps] == [("same", "shop-dev"), ("same", "web"), ("same", "web")]
    assert found.by_urn[urn(f"{OURS}:InstanceRole", "web")].type == f"{OURS}:InstanceRole"


def test_a_failed_one_is_read_and_says_so() -> None:
    said = {
        "severity": "error",
        "urn": "",
        "message": "<{%fg 1%}>instance i-1: \x1b[31mmissing\x1b[0m\n  remedy: bind<{%reset%}>",
    }
    found = read(json.dumps({"diagnostics": [said]}))
    assert found.failed
    assert (found.messages[0].text, found.messages[0].details) == ("instance i-1: missing", ("remedy: bind",))
    assert read(preview(result="failed")).failed


def test_providers_and_the_parts_of_a_replacement_are_passed_over() -> None:
    kind = f"{OURS}:InstanceRoleBinding"
    parts = [step(op, kind, "web", {}, {}) for op in ("create-replacement", "replace", "delete-replaced", "discard")]
    provider = step("create", "pulumi:providers:alicloud", "default", None, {})
    assert [one.op for one in read(preview(*parts, provider)).steps][1:] == ["replace"]


def test_one_that_leaves_out_what_does_not_change_is_refused() -> None:
    whole = json.loads(preview(role("web"), changeSummary={"same": 2}))
    assert len(read(json.dumps(whole)).steps) == 2
    whole["changeSummary"]["same"] = 9
    with pytest.raises(NotAPreview, match=r"leaves out 7 unchanged resources.*pulumi preview --json --show-sames"):
        read(json.dumps(whole))


def test_what_is_kept_has_its_id_and_outputs_from_its_old_side() -> None:
    """As the CLI writes it: the new side as it is before the step has run."""
    kind = "alicloud:ecs/instance:Instance"
    old = {"instanceName": "m", "userData": "x"}
    steps = [step(op, kind, op, old, {"instanceName": "m"}, id_="i-1") for op in ("same", "update", "replace")]
    for one in steps:
        one["oldState"]["outputs"]["roleName"] = "web"
        one["newState"] = {"urn": one["urn"], "type": kind, "custom": True, "inputs": one["newState"]["inputs"]}
    same, update, replaced = read(preview(*steps)).steps[1:]
    assert same.new is not None and update.new is not None and replaced.new is not None
    assert (same.new.id, same.new.outputs) == ("i-1", {"instanceName": "m", "userData": "x", "roleName": "web"})
    assert (update.new.id, update.new.outputs) == ("i-1", {"roleName": "web"})
    assert (replaced.new.id, replaced.new.outputs) == (None, {})


def refreshed(one: dict[str, Any], **found: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two steps of a resource in a preview with --refresh: others had changed ``found``, and the update follows."""
    seen = {**one["oldState"], "outputs": {**one["oldState"]["outputs"], **found}}
    return {**one, "op": "refresh", "newState": seen}, {**one, "oldState": seen}


def test_an_update_starts_from_what_the_refresh_before_it_found() -> None:
    """The refreshes come first. What has no step after its own is gone, or was not reached."""
    kept = [refreshed(role("web"), drift="trust_policy"), refreshed(attach("web", "p", "update"), drift="detached")]
    gone = {**role("gone"), "op": "refresh", "newState": None}
    again = {**role("again"), "op": "refresh", "newState": None}
    text = preview(*(first for first, _ in kept), gone, again, *(second for _, second in kept), role("again", "create"))
    found = read(text).steps[1:]
    assert [(one.name, one.op) for one in found] == [("web", "same"), ("web-p", "update"), ("again", "create")]
    assert [one.old and one.old.outputs["drift"] for one in found] == ["trust_policy", "detached", None]


def test_a_refresh_by_itself_is_all_there_is() -> None:
    first, _ = refreshed(attach("web", "p"), drift="detached")
    raw = json.loads(preview(first, {**role("web"), "op": "refresh", "newState": None}))
    found = read(json.dumps({**raw, "steps": raw["steps"][1:]})).steps
    assert [(one.name, one.op) for one in found] == [("web-p", "refresh"), ("web", "refresh")]


def test_a_stream_of_events_is_the_same_preview() -> None:
    lost = {**role("gone"), "op": "refresh", "newState": None}
    steps = [*refreshed(attach("web", "p"), drift="detached"), lost, role("web", "create")]
    raw = json.loads(preview(*steps, bind("web", "web", ["i-1"], "update", was=("web", []))))
    lines: list[dict[str, Any]] = []
    for one in raw["steps"]:
        metadata = {"op": one["op"], "urn": one["urn"], "old": one.get("oldState"), "new": one.get("newState")}
        lines += [{"resourcePreEvent": {"metadata": metadata}}, {"resOutputsEvent": {"metadata": metadata}}]
    lines.append({"diagnosticEvent": {"severity": "warning", "message": "slow", "urn": ""}})
    lines.append({"summaryEvent": {"result": "succeeded"}})
    text = "\n".join(json.dumps({"sequence": n, **one}) for n, one in enumerate(lines))
    found = read(text)
    assert found.steps == read(json.dumps(raw)).steps
    assert [one.text for one in found.messages] == ["slow"]
    assert read(text.replace('"result": "succeeded"', '"result": "failed"')).failed


KEY = "LTAI" + "5tQ9wJexampleKEYvalue"


def test_keys_are_masked_and_their_places_kept() -> None:
    inputs = {"userData": f"export KEY={KEY}", "tags": {"a": [1, {KEY: "x"}]}, "name": "web"}
    found = read(preview(step("create", "alicloud:ecs/instance:Instance", "web", None, inputs), role("ok")))
    assert KEY not in repr(found)
    assert found.steps[1].keys_at == ("tags.a[1]", "userData")
    assert found.steps[2].keys_at == ()


def test_stars_of_the_program_are_no_keys() -> None:
    found = read(preview(step("create", "alicloud:ecs/instance:Instance", "web", None, {"a": "i-bp1***", "b": KEY})))
    assert found.steps[1].keys_at == ("b",)


@pytest.mark.parametrize("value", [UNKNOWN, f"acs:ram::1:role/{UNKNOWN}", [1, UNKNOWN], {"a": {"b": UNKNOWN}}])
def test_unknown(value: Any) -> None:
    assert is_unknown(value)


@pytest.mark.parametrize("value", ["", None, 3, "[secret]", []])
def test_known(value: Any) -> None:
    assert not is_unknown(value)
