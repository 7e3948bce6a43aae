"""The drift report for people: what is alike is told once, documents by statement, and every line fits when piped."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pulumi_instance_role.drift.around import Shift
from pulumi_instance_role.drift.stack import HIDDEN, TYPE, Difference, Finding, Report, Stored
from pulumi_instance_role.drift.told import told
from pulumi_instance_role.lines import PIPED, fitted
from pulumi_instance_role.plan.drift import Drift


def stored(kind: str, name: str, **outputs: Any) -> Stored:
    return Stored(f"urn:pulumi:dev::shop::{TYPE}{kind}::{name}", kind, name, {"cloud": "alibaba", **outputs})


def lines(*findings: Finding, shifts: tuple[Shift, ...] = ()) -> list[str]:
    """The report as it is piped."""
    report = Report(findings, shifts)
    return [each for line in told("prod", report) for each in fitted(line.text, PIPED, line.indent, hanging=2)]


def statement(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": ["*"]}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "1", "Statement": list(statements)})


IDS = [f"i-bp1{number:017}" for number in range(60)]


def test_a_change_of_20_in_60_instances_is_two_lines() -> None:
    swapped = [Difference(Drift.ROLE_SWAPPED, "roles", "web", "other", one) for one in IDS[:20]]
    assert lines(Finding(stored("InstanceRoleBinding", "web", instance_ids=IDS), tuple(swapped))) == [
        'InstanceRoleBinding "web"',
        "  role_swapped: 20 instances: roles, stored web, live other",
        f"    {', '.join(IDS[:3])},",
        f"      {', '.join(IDS[3:5])} and 15 more",
        "stack prod: 1 drift",
    ]


def test_a_document_is_told_by_the_statements_that_differ() -> None:
    many = [statement(f"ecs:Describe{number}") for number in range(20)]
    before, after = document(*many, statement("oss:GetObject")), document(statement("oss:*"), *reversed(many))
    changed = Difference(Drift.DOCUMENT_CHANGED, "document", before, after)
    assert lines(Finding(stored("RolePolicy", "read"), (changed,))) == [
        'RolePolicy "read"',
        "  document_changed: document",
        '    - {"Effect": "Allow", "Action": ["oss:GetObject"], "Resource": ["*"]}',
        '    + {"Effect": "Allow", "Action": ["oss:*"], "Resource": ["*"]}',
        "stack prod: 1 drift",
    ]
    hidden = Difference(Drift.DOCUMENT_CHANGED, "document", HIDDEN, HIDDEN)
    assert "  document_changed: document, stored [secret], live [secret]" in lines(
        Finding(stored("RolePolicy", "read"), (hidden,))
    )


def test_what_others_made_anew_is_told_with_both_ids_and_the_remedy() -> None:
    role = replace(stored("InstanceRole", "web"), outputs={"name": "shop-web", "role_id": "1", "adopt": True})
    bond = replace(stored("RolePolicyAttachment", "bond"), id="shop-web:read:Custom")
    anew_now = "was deleted and made again by somebody else: the state means id 1, the one there now has id 2"
    anew = Finding(role, (Difference(Drift.GONE, "role_id", "1", "2"),))
    refers = Finding(bond, (Difference(Drift.GONE, "meant_ids", {"role shop-web": "1"}, {"role shop-web": "2"}),))
    assert [one.text for one in told("prod", Report((anew, refers)))] == [
        'InstanceRole "web"',
        f"gone: role shop-web {anew_now}",
        "run a refresh, then up, which takes over the one there now",
        'RolePolicyAttachment "bond"',
        f"gone: shop-web:read:Custom, since role shop-web {anew_now}",
        "stack prod: 2 gone",
    ]


def test_what_is_gone_and_what_a_refresh_took_over() -> None:
    gone = Finding(stored("InstanceRole", "web"), (Difference(Drift.GONE, "id", "shop-web"),))
    taken = Difference(Drift.TRUST_CHANGED, "drift", "trust_changed", "trust_changed")
    failed = Finding(stored("RolePolicy", "read"), error="denied")
    assert lines(gone, Finding(stored("InstanceRole", "db"), (taken,)), failed) == [
        'InstanceRole "web"',
        "  gone: shop-web",
        'InstanceRole "db"',
        "  trust_changed: taken over by an earlier refresh; the next up settles it",
        "error: denied",
        "stack prod: 1 drift, 1 gone, 1 error",
    ]


def test_errors_of_one_cause_are_told_once() -> None:
    """Resources differ in the text by their name and the request's id, and what to do is the same."""
    failed = [
        Finding(
            stored("RolePolicy", f"p{n}"),
            error=f"GetPolicy of p{n}: no [Denied, request {n}]",
            alike="GetPolicy Denied",
        )
        for n in range(60)
    ]
    other = Finding(
        stored("InstanceRole", "web"), error="GetRole of web: no [Denied, request x]", alike="GetRole Denied"
    )
    assert lines(other, *failed) == [
        "error: GetRole of web: no [Denied, request x]",
        "error: GetPolicy of p0: no [Denied, request 0]",
        '  and 59 more with this error: RolePolicy "p1", RolePolicy "p10", RolePolicy',
        '    "p11", RolePolicy "p12", RolePolicy "p13" and 54 more',
        "stack prod: 61 error",
    ]


TEXTS = st.text(max_size=200)


@given(TEXTS, TEXTS, st.integers(0, 60), TEXTS)
def test_every_line_fits_when_piped(before: str, after: str, many: int, error: str) -> None:
    ids = IDS[:many]
    held = [Difference(Drift.UNBOUND, "roles", before, None, one) for one in ids]
    settings = Difference(Drift.SETTINGS_CHANGED, "description", before, after)
    shift = Shift("alibaba", "web", after, tuple(ids), (f"oss:* on {before}",), (), (error,))
    found = lines(
        Finding(stored("InstanceRoleBinding", "web"), (*held, settings), outside=tuple(ids)),
        Finding(stored("RolePolicy", "read"), error=error),
        shifts=(shift,),
    )
    wide = [one for one in found if cell_len(one) > PIPED]
    assert [one for one in wide if len(one.split()) != 1 or not one.isascii()] == []
    assert len(found) < 80
