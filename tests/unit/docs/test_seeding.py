"""docs/seeding.md: its scripts, as they stand there, against a sandbox."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.forks import python
from tests.support.sandbox import Server, clean_environment

PAGE = Path(__file__).parents[3] / "docs" / "seeding.md"
SCRIPTS = re.findall(r'^```python\n("""(\w+\.py): .*?)^```', PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_page_has_a_script_for_each_cloud() -> None:
    assert [name for _, name in SCRIPTS] == ["seed_alibaba.py", "seed_tencent.py"]


@pytest.mark.parametrize(("script", "name"), SCRIPTS, ids=[name for _, name in SCRIPTS])
def test_the_script_makes_two_running_instances(tmp_path: Path, script: str, name: str) -> None:
    (tmp_path / name).write_text(script, encoding="utf-8")
    server = Server(tmp_path / "cloud")
    try:
        command = [python(), "-W", "ignore", name, "cloud"]
        # A proxy that is not there: the scripts must not ask it.
        here = {**clean_environment(), "HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
        done = subprocess.run(command, cwd=tmp_path, env=here, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        found = server.control("GET", "state")
    finally:
        server.stop()
    there = found["instances"] or found["tencent"]["instances"]
    ids = {str(one["InstanceId"]): one.get("Status") or one.get("InstanceState") for one in there}
    assert sorted(done.stdout.split()) == sorted(ids)
    assert {str(state).lower() for state in ids.values()} == {"running"}
