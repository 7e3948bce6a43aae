"""Kills, Ctrl-C and two at once: what was done is known, nothing is left running, the next up converges."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from instance_role_sandbox.engine.operations import Options, Stack
from tests.lifecycle.engine.bench import ROOT, STACK, Bench, interrupt
from tests.support.forks import Forked

CHAIN = 'a = Thing("a", value=1)\nb = Thing("b", value=a.serial)\nc = Thing("c", value=b.serial)\n'


def _started(bench: Bench, command: str, call: str) -> Forked:
    process = bench.start(command)
    bench.wait_for(call)
    return process


def test_killed_engine_leaves_no_process_and_a_pending_operation(bench: Bench) -> None:
    bench.program(CHAIN)
    bench.steer(b={"delay": {"create": 60}})
    process = _started(bench, "up", "create b")
    process.kill()
    process.communicate()
    assert bench.none_left()
    assert [(p["type"], p["resource"]["urn"].split("::")[-1]) for p in bench.state()["pending_operations"]] == [
        ("creating", "b")
    ]
    assert {"a"} <= set(bench.resources())
    bench.steer()
    mark = bench.mark()
    said = bench.good("up")
    assert "1 pending operations" in said
    assert "b, interrupted while creating" in said
    assert [c for c in bench.calls(mark) if c.startswith("create")] == ["create b", "create c"]
    assert bench.state()["pending_operations"]
    bench.good("refresh", "--clear-pending-creates")
    assert "pending_operations" not in bench.state()
    assert "no changes" in bench.good("up")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_one_interrupt_lets_the_running_step_end(bench: Bench, sent: signal.Signals) -> None:
    bench.program(CHAIN)
    bench.steer(b={"delay": {"create": 3}})
    process = _started(bench, "up", "create b")
    process.send_signal(sent)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "update canceled" in said
    assert "Traceback" not in said
    assert bench.none_left()
    assert bench.resources()["b"]["id"] == "b-1"
    assert "pending_operations" not in bench.state()
    assert "check c" not in bench.calls()
    assert "delete" not in " ".join(bench.calls())
    bench.steer()
    assert "1 created" in bench.good("up")


def test_a_second_interrupt_ends_at_once(bench: Bench) -> None:
    bench.program(CHAIN)
    bench.steer(b={"delay": {"create": 60}})
    process = _started(bench, "up", "create b")
    interrupt(process)
    assert process.stdout is not None
    while "interrupt again" not in (line := process.stdout.readline()):
        assert line
    interrupt(process)
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert bench.none_left()
    assert bench.state()["pending_operations"][0]["type"] == "creating"


def test_interrupted_destroy_keeps_what_is_left(bench: Bench) -> None:
    bench.program(CHAIN)
    bench.good("up")
    bench.steer(c={"delay": {"delete": 3}})
    process = _started(bench, "destroy", "delete c")
    interrupt(process)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, "canceled" in said) == (1, True)
    assert set(bench.resources()) == {"bench-dev", "a", "b"}
    assert "3 deleted" in bench.good("destroy")


def test_the_second_of_two_is_told_who_is_at_work(bench: Bench) -> None:
    bench.program(CHAIN)
    bench.steer(a={"delay": {"create": 60}})
    first = _started(bench, "up", "create a")
    for command in ("up", "destroy", "refresh", "import"):
        code, said = bench.run(command, text='{"version": 3, "deployment": {}}' if command == "import" else None)
        assert (code, f"stack 'dev' is locked by process {first.pid}" in said) == (1, True), said
    assert bench.run("preview")[0] == 0  # reads only
    first.kill()
    first.communicate()


def test_the_state_is_read_when_the_lock_is_held(bench: Bench) -> None:
    """What another operation wrote between opening the stack and beginning is not overwritten."""
    bench.program(CHAIN)
    opened = Stack(bench.folder, STACK, bench.environ)
    bench.good("up")
    assert opened.run("destroy", Options(), lambda event: None).changes == {"delete": 4}


def test_the_lock_goes_with_a_killed_holder(bench: Bench) -> None:
    bench.program(CHAIN)
    bench.steer(a={"delay": {"create": 60}})
    first = _started(bench, "up", "create a")
    first.kill()
    first.communicate()
    bench.steer()
    assert bench.run("up")[0] == 0


def test_host_that_dies_in_a_call(bench: Bench) -> None:
    bench.program(CHAIN)
    bench.steer(b={"exit": ["create"]})
    code, said = bench.run("up")
    assert code == 1
    assert "b: error: the provider 'pulumi-python' ended in the middle of the call" in said
    assert "what the call did is not known" in said
    assert "pending_operations" not in bench.state()
    assert set(bench.resources()) == {"bench-dev", "a"}
    assert bench.none_left()


def test_state_is_written_whole_and_for_the_owner_only(bench: Bench) -> None:
    bench.program(CHAIN)
    old = os.umask(0)
    try:
        bench.good("up")
    finally:
        os.umask(old)
    assert bench.state_mode() == 0o600
    assert sorted(p.name for p in bench.state_path.parent.iterdir()) == ["dev.json", "dev.lock"]
    before = bench.state_path.read_text(encoding="utf-8")
    bench.good("destroy")
    assert Path(f"{bench.state_path}.bak").read_text(encoding="utf-8") == before


def test_a_state_that_cannot_be_written_stops_before_the_provider_is_called(bench: Bench) -> None:
    bench.program(CHAIN)
    code, said = bench.run("up", "--state", "/proc/nowhere")
    assert (code, "cannot keep states in" in said) == (1, True), said
    assert "Traceback" not in said
    assert not [c for c in bench.calls() if c.startswith("create")]


IN_THE_BACKGROUND = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
os.execv(sys.executable, [sys.executable, "-m", "tests.parity.cli", *sys.argv[1:]])
"""


def test_an_engine_in_the_background_can_end_its_children(bench: Bench) -> None:
    """A script's `&` has SIGINT ignored; what the engine starts must not be."""
    bench.program('Thing("a", value=1)\n')
    bench.steer(a={"delay": {"create": 3}})
    command = [sys.executable, "-c", IN_THE_BACKGROUND, "up", "--stack", "dev", "--cwd", str(bench.folder)]
    with subprocess.Popen(command, env=bench.environ, cwd=ROOT, stdout=subprocess.DEVNULL) as engine:
        bench.wait_for("create a")
        ignored = {}
        for process in bench.processes() - {engine.pid}:
            words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
            status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
            mask = int(status.partition("SigIgn:")[2].split()[0], 16)
            ignored[b" ".join(words[1:4])] = bool(mask & 1 << signal.SIGINT - 1)
        assert engine.wait(60) == 0
    children = {words: told for words, told in ignored.items() if b"-I -S -c" not in words}  # the guard does
    assert len(children) == 2, ignored
    assert not any(children.values()), ignored
