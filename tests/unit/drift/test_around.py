"""What hangs on a stack's roles: what ties it, and how what it allows is told."""

from __future__ import annotations

import json

from pulumi_instance_role.data.native import native
from pulumi_instance_role.drift.around import ties
from pulumi_instance_role.drift.entries import allowed, compared
from pulumi_instance_role.policy.dialect import ALIBABA

OLD, NEW = ("p", "Custom"), ("q", "System")


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "1", "Statement": [*statements]})


def statement(action: str, effect: str = "Allow", **more: object) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Resource": "*", **more}


def test_more_and_less_are_told_exactly() -> None:
    before = allowed({OLD: document(statement("oss:Get*"), statement("ram:*"))}, ALIBABA, {})
    after = allowed({NEW: document(statement("oss:*"), statement("oss:Delete*", "Deny"))}, ALIBABA, {})
    more, less, unknown = compared(before, after)
    assert more == ("oss:* on *; except oss:Get* on * (allowed on both sides); except oss:Delete* on * (denied)",)
    assert (less, unknown) == (("ram:* on *",), ())
    assert compared(before, before) == ((), (), ())


def test_a_condition_is_told() -> None:
    when = {"IpAddress": {"acs:SourceIp": ["10.0.0.0/8"]}}
    after = allowed({NEW: document(statement("oss:*", Condition=when))}, ALIBABA, {})
    assert compared(allowed({}, ALIBABA, {}), after)[0] == ("oss:* on * if acs:SourceIp IpAddress 10.0.0.0/8",)


def test_what_cannot_be_read_is_told_once_it_differs() -> None:
    odd = document(statement("oss:*"), statement("ram:*", "Maybe"))
    one = allowed({OLD: odd}, ALIBABA, {})
    assert compared(one, one) == ((), (), ())
    more, less, unknown = compared(allowed({}, ALIBABA, {}), one)
    assert (more, less) == (("oss:* on *",), ())
    assert [text.partition(":")[0] for text in unknown] == ["Statement[1].Effect of Custom policy p"]
    assert compared(allowed({}, ALIBABA, {}), allowed({OLD: None}, ALIBABA, {}))[2] == (
        "Custom policy p has no document",
    )


def test_a_secret_document_is_never_shown() -> None:
    text = {OLD: document(statement("oss:*"))}
    same, other = (allowed(text, ALIBABA, {OLD: mark}) for mark in ("", "live"))
    assert compared(same, same) == ((), (), ())
    assert compared(same, other) == ((), (), ("Custom policy p is secret",))


def test_the_clouds_own_resources_tie_things_too() -> None:
    attachment = sorted(native().attachments)[0]
    role, policy = native().attachments[attachment]
    found = ties(
        {
            "deployment": {
                "resources": [
                    {"type": attachment, "id": "x", "outputs": {role: "Web", policy: "P"}},
                    *({"type": kind, "id": f"i-{n}"} for n, kind in enumerate(sorted(native().instances))),
                    {"type": "pulumi:pulumi:Stack"},
                ]
            }
        }
    )
    assert (set(found.attached), set(found.instances)) == ({("web", "p")}, {"i-0", "i-1"})
    assert ties({}).instances == frozenset()
