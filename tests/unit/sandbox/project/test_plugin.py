"""Which plugin engines will find: the real one wherever they look for it, else the stand-in."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from pulumi_instance_role.sandbox.project.plugin import EXECUTABLE, choose


def plugin_in(folder: Path) -> Path:
    folder.mkdir(parents=True)
    path = folder / EXECUTABLE
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": str(tmp_path / "bin"), "PULUMI_HOME": str(tmp_path / "home")}


@pytest.mark.parametrize("place", ["bin", f"home/plugins/resource-alicloud-v{version('pulumi-alicloud')}"])
def test_a_real_one_comes_first(tmp_path: Path, place: str) -> None:
    real = plugin_in(tmp_path / place)
    found = choose(tmp_path / ".sandbox", environment(tmp_path))
    assert (found.path, found.stand_in) == (real, False)
    assert str(found) == f"the real one, {real}"
    assert found.on_path(environment(tmp_path)) == environment(tmp_path)
    assert not (tmp_path / ".sandbox").exists()


def test_else_the_stand_in_is_put_on_path(tmp_path: Path) -> None:
    # One of another version: an engine would not take it.
    plugin_in(tmp_path / "home/plugins/resource-alicloud-v1.0.0")
    for _ in range(2):
        found = choose(tmp_path / ".sandbox", environment(tmp_path))
    assert found.stand_in
    assert "stand-in" in str(found)
    assert found.on_path(environment(tmp_path))["PATH"].split(":")[0] == str(tmp_path / ".sandbox" / "plugins")
    with subprocess.Popen([found.path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        process.terminate()
