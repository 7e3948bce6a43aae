"""Which plugins engines will find: the real one wherever they look for it, else the stand-in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from instance_role_sandbox.project.clouds import CLOUDS
from instance_role_sandbox.project.clouds.cloud import Cloud
from instance_role_sandbox.project.errors import ProjectError
from instance_role_sandbox.project.place import Place
from instance_role_sandbox.project.plugin import choose
from tests.support.sandbox import Sandbox

CLOUD = pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)


def plugin_in(folder: Path, cloud: Cloud) -> Path:
    folder.mkdir(parents=True)
    path = folder / cloud.executable
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": str(tmp_path / "bin"), "PULUMI_HOME": str(tmp_path / "home")}


def project(tmp_path: Path, **settings: Any) -> Place:
    return Place(tmp_path, "shop", "dev", {}, settings=settings)


@CLOUD
@pytest.mark.parametrize("place", ["bin", "home/plugins/resource-{name}-v{version}"])
def test_a_real_one_comes_first(tmp_path: Path, cloud: Cloud, place: str) -> None:
    folder = place.format(name=cloud.namespace, version=version(cloud.module))
    real = plugin_in(tmp_path / folder, cloud)
    here = environment(tmp_path)
    for _ in range(2):  # the second time as a command within a command: our own launcher is not the real plugin
        found = choose(cloud, project(tmp_path), here)
        assert (found.path, found.stand_in) == (real, False)
        assert str(found).startswith(f"the real one, {real}")
        here = found.on_path(here)
    if not cloud.behind_proxy:
        assert here == environment(tmp_path)
        assert not (tmp_path / ".sandbox").exists()


def test_the_real_one_of_tencent_is_started_with_the_sandbox_as_its_proxy(tmp_path: Path) -> None:
    (cloud,) = (cloud for cloud in CLOUDS if cloud.name == "tencent")
    real = plugin_in(tmp_path / "bin", cloud)
    real.write_text("#!/bin/sh\nenv\necho arguments: $@\n")
    found = choose(cloud, project(tmp_path), environment(tmp_path))
    outside = {
        "TENCENTCLOUD_DOMAIN": "localhost:4567",
        "NO_PROXY": "*",
        "REQUEST_METHOD": "GET",
        "HTTPS_PROXY": "http://x",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "PATH": f"{environment(tmp_path)['PATH']}:/usr/bin:/bin",
    }
    here = found.on_path(outside)
    launcher = shutil.which(cloud.executable, path=here["PATH"])
    assert launcher == str(tmp_path / ".sandbox" / "plugins" / cloud.executable)
    said = subprocess.run([launcher, "a b", "c"], env=here, capture_output=True, text=True, check=True).stdout
    seen = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    proxies = {seen[name] for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy")}
    assert proxies == {"http://127.0.0.1:4567"}
    assert not {"NO_PROXY", "REQUEST_METHOD", "PULUMI_IGNORE_AMBIENT_PLUGINS"} & set(seen)
    assert said.splitlines()[-1] == "arguments: a b c"


ASKS = """#!{python}
import os
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import EnvironmentVariableCredential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

calls = (("cvm", "2017-03-12", "DescribeInstances"), ("sts", "2018-08-13", "GetCallerIdentity"))
for product, version, action in calls:
    http = HttpProfile(endpoint=product + "." + os.environ["TENCENTCLOUD_DOMAIN"], protocol="{protocol}")
    http.certification = os.environ["SSL_CERT_FILE"]
    credential = EnvironmentVariableCredential().get_credential()
    client = CommonClient(product, version, credential, "ap-guangzhou", ClientProfile(httpProfile=http))
    print(client.call_json(action, {{}})["Response"].get("Arn", "none"))
"""


@pytest.mark.parametrize("protocol", ["http", "https"])
def test_behind_it_names_below_localhost_need_no_resolver(tmp_path: Path, sandbox: Sandbox, protocol: str) -> None:
    """A client that takes its proxy from the environment, as Go's does, in place of the real plugin."""
    (cloud,) = (cloud for cloud in CLOUDS if cloud.name == "tencent")
    plugin_in(tmp_path / "bin", cloud).write_text(ASKS.format(python=sys.executable, protocol=protocol))
    here = {**sandbox.env(), "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "PYTHONWARNINGS": "ignore"}
    here["TENCENTCLOUD_DOMAIN"] = f"localhost:{sandbox.endpoint.rpartition(':')[2]}"
    found = choose(cloud, project(tmp_path), here)
    assert found.launcher is not None
    done = subprocess.run([found.launcher], env=found.on_path(here), capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [
        "none",
        f"qcs::cam:{sandbox.tencent.account_id}:uin/{sandbox.tencent.account_id}",
    ]


def test_one_that_is_started_by_its_path_needs_a_resolver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said before anything is started: Pulumi would retry for three minutes."""
    (cloud,) = (cloud for cloud in CLOUDS if cloud.name == "tencent")
    plugin_in(tmp_path / "own", cloud)
    plugins = {"providers": [{"name": cloud.namespace, "path": "own"}]}
    asked: list[str] = []

    def answer(name: str, port: object) -> list[object]:
        asked.append(name)
        if resolves:
            return []
        raise OSError("no such name")

    monkeypatch.setattr("socket.getaddrinfo", answer)
    resolves = False
    with pytest.raises(ProjectError, match=r"nothing on this machine resolves.*put the plugin on PATH"):
        choose(cloud, project(tmp_path, plugins=plugins), environment(tmp_path))
    resolves = True
    found = choose(cloud, project(tmp_path, plugins=plugins), environment(tmp_path))
    assert (found.path, found.launcher) == (tmp_path / "own" / cloud.executable, None)
    assert asked == ["tencent.localhost"] * 2


@CLOUD
def test_else_the_stand_in_is_put_on_path(tmp_path: Path, cloud: Cloud) -> None:
    # One of another version: an engine would not take it.
    plugin_in(tmp_path / f"home/plugins/resource-{cloud.namespace}-v0.0.1", cloud)
    for _ in range(2):
        found = choose(cloud, project(tmp_path), environment(tmp_path))
    assert found.stand_in
    assert "stand-in" in str(found)
    assert found.on_path(environment(tmp_path))["PATH"].split(":")[0] == str(tmp_path / ".sandbox" / "plugins")
    with subprocess.Popen([found.path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        process.terminate()


def test_a_stand_in_of_an_earlier_run_is_in_nobody_s_way(tmp_path: Path) -> None:
    """The folder stays on PATH for the other plugin."""
    first, second = CLOUDS
    for cloud in CLOUDS:
        assert choose(cloud, project(tmp_path), environment(tmp_path)).stand_in
    real = plugin_in(tmp_path / "bin", first)
    here = environment(tmp_path)
    for cloud in CLOUDS:
        here = choose(cloud, project(tmp_path), environment(tmp_path)).on_path(here)
    assert shutil.which(first.executable, path=here["PATH"]) == str(real)
    assert shutil.which(second.executable, path=here["PATH"]) == str(tmp_path / ".sandbox/plugins" / second.executable)


def test_one_folder_serves_both(tmp_path: Path) -> None:
    here = environment(tmp_path)
    for cloud in CLOUDS:
        here = choose(cloud, project(tmp_path), environment(tmp_path)).on_path(here)
    assert here["PATH"].split(":") == [str(tmp_path / ".sandbox" / "plugins"), str(tmp_path / "bin")]
