"""The project's emulator: found, started once, started again after a crash, stopped only if it is ours."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from instance_role_sandbox.emulator.ready import control_secret
from instance_role_sandbox.project import emulator
from instance_role_sandbox.project.control import Control
from instance_role_sandbox.project.errors import ProjectError
from instance_role_sandbox.project.run import meanwhile
from tests.support.sandbox import Sandbox, Server, clean_environment, wait_for


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / ".sandbox"
    emulator.stop(tmp_path / ".sandbox")


def pid(folder: Path) -> int:
    return int(json.loads((folder / "emulator.json").read_text())["pid"])


def test_it_is_started_once_found_and_stopped(folder: Path) -> None:
    assert emulator.find(folder) is None
    with ThreadPoolExecutor(3) as pool:
        started = list(pool.map(lambda _: emulator.start(folder, clean_environment()), range(3)))
    assert sorted(fresh for _, fresh in started) == [False, False, True]
    assert len({found.endpoint for found, _ in started}) == 1
    assert emulator.find(folder) == started[0][0]
    assert started[0][0].control.last_call() == 0
    assert folder.stat().st_mode & 0o777 == 0o700
    assert emulator.stop(folder)
    assert emulator.find(folder) is None
    assert not emulator.stop(folder)


def test_after_a_crash_it_starts_again_with_what_it_held_where_it_was(folder: Path) -> None:
    first, _ = emulator.start(folder, clean_environment())
    os.kill(pid(folder), signal.SIGKILL)
    wait_for(lambda: not first.answers)
    assert (folder / "emulator" / "serve.json").exists()  # stale
    again, fresh = emulator.start(folder, clean_environment())
    assert fresh
    assert again == first


def test_one_of_another_release_is_replaced(folder: Path) -> None:
    first, _ = emulator.start(folder, clean_environment())
    before = pid(folder)
    note = json.loads((folder / "emulator.json").read_text())
    (folder / "emulator.json").write_text(json.dumps({**note, "version": "0.0.1"}))
    again, fresh = emulator.start(folder, clean_environment())
    assert (again, fresh) == (first, True)
    assert pid(folder) != before


def test_another_projects_emulator_is_not_taken_for_ours(folder: Path, tmp_path: Path) -> None:
    first, _ = emulator.start(folder, clean_environment())
    os.kill(pid(folder), signal.SIGKILL)
    wait_for(lambda: not first.answers)
    other = Server(tmp_path / "other", "--port", first.endpoint.rpartition(":")[2])
    try:
        assert emulator.find(folder) is None
        again, _ = emulator.start(folder, clean_environment())
        assert again.endpoint != first.endpoint == other.endpoint
        assert again.account_id == first.account_id
    finally:
        other.stop()


def test_a_taken_port_is_not_insisted_on(folder: Path) -> None:
    first, _ = emulator.start(folder, clean_environment())
    emulator.stop(folder)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(first.endpoint.rpartition(":")[2])))
        taken.listen()
        again, _ = emulator.start(folder, clean_environment())
        assert again.endpoint != first.endpoint
        assert again.accounts == first.accounts


def test_one_that_somebody_else_started_is_used_and_left_alone(folder: Path) -> None:
    folder.mkdir()
    server = Server(folder / "emulator")
    try:
        # A note of an earlier one, whose process id now belongs to a stranger.
        (folder / "emulator.json").write_text(json.dumps({"pid": os.getppid(), "port": 1}))
        found, fresh = emulator.start(folder, clean_environment())
        assert (found.endpoint, fresh) == (server.endpoint, False)
        assert not emulator.stop(folder)
        assert found.answers
    finally:
        server.stop()


def test_one_that_cannot_start_says_why(folder: Path) -> None:
    folder.mkdir()
    (folder / "emulator").write_text("in the way")
    with pytest.raises(ProjectError, match=r"the emulator did not start: .*emulator"):
        emulator.start(folder, clean_environment())


@pytest.mark.parametrize("note", ["", "{", "[]", '{"pid": "x", "port": "y"}', '{"pid": 0}'])
def test_a_damaged_note_makes_no_difference(folder: Path, note: str) -> None:
    folder.mkdir()
    (folder / "emulator.json").write_text(note)
    assert emulator.find(folder) is None
    assert not emulator.stop(folder)


def test_the_calls_meanwhile_are_those_in_every_account(sandbox: Sandbox) -> None:
    control = Control(sandbox.endpoint, control_secret(sandbox.server.ready))
    before = control.last_call()
    other = sandbox.server.account()
    sandbox.call("Ram", "CreateUser", UserName="ann")
    assert meanwhile(control.calls(before)) == "1 call reached the sandbox meanwhile, 1 of them writing"
    other.call("Ram", "ListUsers")
    other.tencent.call("cam", "DescribeRoleList", Page=1, Rp=20)
    found = control.calls(before)
    assert meanwhile(found) == "3 calls reached the sandbox meanwhile, 1 of them writing, in 2 accounts"
    assert control.calls(before + 1) == found[1:]
