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


def test_what_hangs_on_an_unknown_operator_is_not_known() -> None:
    odd = statement("ram:*", Condition={"Odd": {"acs:SourceIp": ["10.0.0.0/8"]}})
    after = allowed({NEW: document(statement("oss:*"), odd)}, ALIBABA, {})
    more, less, unknown = compared(allowed({}, ALIBABA, {}), after)
    assert (more, less) == (("oss:* on *",), ())
    line = "ram:* on * if acs:SourceIp Odd 10.0.0.0/8"
    assert unknown == (f"{line}: the condition is not understood; all of it may be allowed more",)
    assert compared(after, after) == ((), (), ())
    back = compared(after, allowed({}, ALIBABA, {}))
    assert back[:2] == ((), ("oss:* on *",))
    assert back[2] == (f"{line}: the condition is not understood; all of it may be allowed less",)


def test_an_exception_that_is_not_understood_makes_the_entry_not_known() -> None:
    odd = statement("oss:Get*", "Deny", Condition={"Odd": {"acs:SourceIp": ["10.0.0.0/8"]}})
    after = allowed({NEW: document(statement("oss:*"), odd)}, ALIBABA, {})
    more, _, unknown = compared(allowed({}, ALIBABA, {}), after)
    assert more == (
        "oss:* on *; except oss:Get* on * if acs:SourceIp Odd 10.0.0.0/8 (denied, but it is not known when)",
    )
    assert unknown == ()


def test_a_statement_too_large_to_be_taken_apart_is_not_passed_over() -> None:
    large: dict[str, object] = {
        "Effect": "Allow",
        "Action": [f"oss:Do{number}" for number in range(100)],
        "Resource": [f"acs:oss:*:*:b-{number}/*" for number in range(100)],
    }
    nothing, after = allowed({}, ALIBABA, {}), allowed({NEW: document(large)}, ALIBABA, {})
    more, less, unknown = compared(nothing, after)
    assert (more, less) == ((), ())
    (line,) = unknown
    assert line.startswith("oss:Do0, oss:Do1") and line.endswith(
        ": comparing takes too long; all of it may be allowed more"
    )
    assert compared(after, after) == ((), (), ())


def test_what_cannot_be_read_is_told_once_it_differs() -> None:
    odd = document(statement("oss:*"), statement("ram:*", Condition={"Odd": ["acs:SourceIp"]}))
    one = allowed({OLD: odd}, ALIBABA, {})
    assert compared(one, one) == ((), (), ())
    more, less, unknown = compared(allowed({}, ALIBABA, {}), one)
    assert (more, less) == (("oss:* on *",), ())
    assert [text.partition(":")[0] for text in unknown] == ["Statement[1].Condition.Odd of Custom policy p"]
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
