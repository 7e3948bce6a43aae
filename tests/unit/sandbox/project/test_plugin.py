"""Which plugins engines will find: the real one wherever they look for it, else the stand-in."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from instance_role_sandbox.project.clouds import CLOUDS
from instance_role_sandbox.project.clouds.cloud import Cloud
from instance_role_sandbox.project.plugin import choose

CLOUD = pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)


def plugin_in(folder: Path, cloud: Cloud) -> Path:
    folder.mkdir(parents=True)
    path = folder / cloud.executable
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": str(tmp_path / "bin"), "PULUMI_HOME": str(tmp_path / "home")}


@CLOUD
@pytest.mark.parametrize("place", ["bin", "home/plugins/resource-{name}-v{version}"])
def test_a_real_one_comes_first(tmp_path: Path, cloud: Cloud, place: str) -> None:
    folder = place.format(name=cloud.namespace, version=version(cloud.module))
    real = plugin_in(tmp_path / folder, cloud)
    found = choose(cloud, tmp_path / ".sandbox", environment(tmp_path))
    assert (found.path, found.stand_in) == (real, False)
    assert str(found) == f"the real one, {real}"
    assert found.on_path(environment(tmp_path)) == environment(tmp_path)
    assert not (tmp_path / ".sandbox").exists()


@CLOUD
def test_else_the_stand_in_is_put_on_path(tmp_path: Path, cloud: Cloud) -> None:
    # One of another version: an engine would not take it.
    plugin_in(tmp_path / f"home/plugins/resource-{cloud.namespace}-v0.0.1", cloud)
    for _ in range(2):
        found = choose(cloud, tmp_path / ".sandbox", environment(tmp_path))
    assert found.stand_in
    assert "stand-in" in str(found)
    assert found.on_path(environment(tmp_path))["PATH"].split(":")[0] == str(tmp_path / ".sandbox" / "plugins")
    with subprocess.Popen([found.path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        process.terminate()


def test_one_folder_serves_both(tmp_path: Path) -> None:
    here = environment(tmp_path)
    for cloud in CLOUDS:
        here = choose(cloud, tmp_path / ".sandbox", environment(tmp_path)).on_path(here)
    assert here["PATH"].split(":") == [str(tmp_path / ".sandbox" / "plugins"), str(tmp_path / "bin")]
