"""An inventory of 10,000 instances and 500 roles, over the wire: what it asks, and that each form can be read."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lifecycle.inventory.large import asks, fill
from tests.support.forks import Forked
from tests.support.sandbox import Sandbox

INSTANCES, ROLES, POLICIES = 10_000, 500, 200


@pytest.mark.soak
@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_a_large_account(sandbox: Sandbox, cloud: str, record_property: Callable[[str, object], None]) -> None:
    fill(sandbox, cloud, instances=INSTANCES, roles=ROLES, policies=POLICIES)

    def run(form: str) -> tuple[str, str]:
        words = ("inventory", "--cloud", cloud, "--no-keys", "--format", form)
        process = Forked("pulumi_instance_role.cli", *words, env=sandbox.env(), cwd=Path.cwd())
        output, errors = process.communicate(timeout=1800)
        assert process.wait() == 0, errors
        return output, errors

    mark, begun = sandbox.mark(), time.monotonic()
    output, errors = run("json")
    took = time.monotonic() - begun
    asked = Counter(call["action"] for call in sandbox.calls(mark))
    figures = json.loads(output)["figures"]
    assert (figures["with_role"], figures["roles_held"], figures["unread"]) == (INSTANCES, ROLES, 0)
    assert asked == asks(cloud, instances=INSTANCES, roles=ROLES, policies=POLICIES)
    assert errors.splitlines() == [
        "reading instances, by region: 1 ...",
        f"reading roles: {ROLES} ...",
        f"reading policies: {POLICIES + 2} ...",
    ]
    text, _ = run("terminal")
    assert len(text.splitlines()) < 200
    page, _ = run("html")
    assert len(page) < 1_500_000
    said = (
        f"{sum(asked.values())} calls in {took:.0f} s, {len(text.splitlines())} lines, page of {len(page)} characters"
    )
    record_property("soak", f"inventory of {INSTANCES} instances and {ROLES} roles on {cloud}: {said}")
