"""States that earlier versions wrote: every later version refreshes, updates and destroys them.

Each fixture has every resource, an adopted role with its policy and instance, and drift that a refresh found.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lifecycle.releases.world import SYSTEM, Side, filled, fixtures
from tests.support.deployed import Deployed
from tests.support.sandbox import Sandbox

FOREIGN = {"roles": ["legacy"], "policies": ["old"]}
"""What was there before the stack, and is there after it."""


@pytest.fixture(params=fixtures(), ids=lambda path: path.stem)
def left(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> tuple[Side, Deployed, list[str]]:
    """The world as it was, made by the calls that made it then, and the stack with the state of then."""
    fixture = json.loads(request.param.read_text(encoding="utf-8"))
    side = Side(fixture["cloud"], sandbox)
    ids = side.instances()
    holes = {**side.accounts(), **side.presets(), **{f"instance {index}": one for index, one in enumerate(ids)}}
    for call in fixture["calls"]:
        params = filled(call["params"], holes)
        if side.cloud == "tencent":  # numbers are texts in a fixture, where some of them are holes
            params = {key: int(one) if str(one).isdigit() else one for key, one in params.items()}
        answer = side.call(call["product"], call["action"], **params)
        holes.update(side.ids(call["action"], params, answer))
        if side.cloud == "tencent":
            sandbox.tencent.settle(60)
    project = side.project(tmp_path, ids)
    (tmp_path / "state.json").write_text(json.dumps(filled(fixture["state"], holes)), encoding="utf-8")
    project.run("sandbox", "import", "--file", "state.json")
    return side, project, ids


def test_it_is_refreshed_updated_and_destroyed(left: tuple[Side, Deployed, list[str]]) -> None:
    side, project, ids = left
    web = next(name for name in side.names()["roles"] if "-web-" in name)
    worker = next(name for name in side.names()["roles"] if "-worker-" in name)
    assert side.holds(ids) == ["", "legacy", web, "legacy", worker]
    project.run("sandbox", "refresh")
    found = project.resources()
    assert {"policy_detached", "document_changed"} <= {str(one["outputs"].get("drift")) for one in found.values()}
    assert found["system"]["outputs"]["drift"] == "policy_detached"
    project.up()
    assert side.holds(ids) == [web, web, web, "legacy", worker]
    assert SYSTEM[side.cloud] in side.attached(web)
    assert "no changes" in project.up()
    project.run("sandbox", "destroy")
    assert side.names() == FOREIGN
    assert side.holds(ids)[:3] == ["", "", ""]


def test_it_is_updated_without_a_refresh(left: tuple[Side, Deployed, list[str]]) -> None:
    side, project, ids = left
    web = next(name for name in side.names()["roles"] if "-web-" in name)
    mark = side.sandbox.mark()
    project.up()
    assert not [call for call in project.writes(mark) if call.startswith(("Create", "Delete"))]
    assert side.holds(ids)[:3] == [web, web, web]


def test_it_is_destroyed_as_it_is(left: tuple[Side, Deployed, list[str]]) -> None:
    side, project, _ = left
    project.run("sandbox", "destroy")
    assert side.names() == FOREIGN
    assert project.resources() == {}
