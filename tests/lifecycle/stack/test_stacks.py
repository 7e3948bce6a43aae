"""The example stacks from nothing to nothing, in real processes, every call at the emulator counted."""

from __future__ import annotations

import re

import pytest

from tests.lifecycle.stack.clouds import EXAMPLES, Example
from tests.lifecycle.stack.project import ENGINES, KINDS, POISON, Project, files_of
from tests.lifecycle.stack.told import FIRST, rows

WRITING = re.compile(r"\((\d+) calls? reached the sandbox meanwhile, (\d+) of them writing\)")


def writing(said: str) -> int:
    """How many writing calls an operation made, by its own count."""
    found = WRITING.search(said)
    assert found, said
    return int(found[2])


def deployed(example: Example) -> dict[str, dict[str, int]]:
    """What there is of everything with the example deployed: nothing in the other cloud."""
    empty = {cloud: dict.fromkeys(kinds, 0) for cloud, kinds in KINDS.items()}
    return {**empty, example.stack: dict(example.deployed)}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "example",
    # The README's commands take the first one through the same life in every run.
    [pytest.param(EXAMPLES[0], marks=pytest.mark.soak), *EXAMPLES[1:]],
    ids=lambda example: example.stack,
)
def test_up_up_preview_drift_up_destroy(project: Project, engine: str, example: Example) -> None:
    project.engine, project.stack = engine, example.stack
    before = files_of(project.folder)

    # Up: everything is there, and proved from inside.
    said = project.run("up")
    assert said.splitlines()[0].startswith("engine: embedded" if engine == "embedded" else "engine: Pulumi CLI")
    assert f"plugin for {example.module}: the sandbox's stand-in" in said
    assert said.count("plugin for ") == 1
    assert "emulator: 127.0.0.1:" in said
    assert project.counts() == deployed(example)
    state = project.state()
    held = example.held(state)
    assert held["shop-web"] == held["shop-worker"] != held["shop-audit"]
    seen = {row[FIRST]: row for row in rows(said, "Seen from inside the instances")}
    allowed = {row[FIRST]: (row["may"], row["may not"]) for row in rows(said, "What the credentials may do")}
    for name, may, may_not in example.seen:
        session = example.session.format(name=held[name], id=example.role_id(state, held[name]))
        assert re.fullmatch(rf"{example.key}\w+\.\.\.", seen[name]["access key"]), said
        assert re.match(session, f"{seen[name]['identity (STS GetCallerIdentity)']} "), said
        assert re.fullmatch(r"\S+Z", seen[name]["expires"]) and allowed[name] == (may, may_not), said
    assert "proved: each instance acts as its role" in said
    calls = project.account.control("GET", "calls")["calls"]
    assert writing(said) == sum(call["write"] for call in calls)

    # Up again: nothing to do, nothing written.
    said = project.run("up")
    assert "no changes (" in said and writing(said) == 0
    assert "running already" in said
    assert project.counts() == deployed(example)
    assert writing(project.run("preview")) == 0

    # Out of band: one role's policy is detached, one instance is given the other's role.
    account = project.account
    (web,) = (item for item in example.part(account.state())["instances"] if item["InstanceName"] == "shop-web")
    example.take_policy(account, held["shop-audit"])
    example.swap_role(account, web["InstanceId"], held["shop-web"], held["shop-audit"])
    # ... and a cloud that does not do what the policies say: both are found out.
    example.break_cloud(account)
    said = project.run("status", code=1)
    account.clear_faults()
    assert example.broken in said
    assert f"1 instance ({web['InstanceId']}): role {held['shop-audit']} in place of {held['shop-web']}" in said
    drift = ("--", "instance-role", "drift", "--stack", example.stack)
    said = project.run("run", *drift, code=2)
    assert re.search(rf"role_swapped: 1 instance: roles, .*\n(.*\n)?    {web['InstanceId']}\n", said), said
    assert re.search(r"policy_detached: policy, stored \w+ReadOnlyAccess, live none", said) and "2 drift" in said
    said = project.run("refresh")
    assert writing(said) == 0
    assert example.held(project.state())["shop-web"] == held["shop-audit"]

    # Declared wins.
    said = project.run("up")
    assert writing(said) > 0
    assert "proved: each instance acts as its role" in said
    assert example.held(project.state()) == held
    assert project.counts() == deployed(example)
    said = project.run("destroy")
    assert f"checked: the emulator holds nothing of stack {example.stack}" in said
    assert "emulator: stopped, no stack needs it" in said
    assert project.ready is None

    # Its own files are as they were, and nothing of the caller's keys went anywhere.
    assert files_of(project.folder) == before
    for file in (project.folder / ".sandbox").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not [name for name, value in POISON.items() if value.encode() in content], file
