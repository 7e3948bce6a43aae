from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.sandbox import Sandbox, Server
from tests.unit.sandbox.standin.plugin import Plugin
from tests.unit.sandbox.standin.worlds import WORLDS, World


@pytest.fixture(scope="session")
def environment(sandbox_server: Server) -> dict[str, str]:
    """As an engine in the sandbox has it; TLS, because the real plugins' default protocol is HTTPS."""
    endpoint = sandbox_server.endpoint
    return {
        **sandbox_server.first_account().env(),
        "ALIBABA_CLOUD_ENDPOINT_ECS": endpoint,
        "ALIBABA_CLOUD_ENDPOINT_VPC": endpoint,
        "TENCENTCLOUD_DOMAIN": f"localhost:{endpoint.rpartition(':')[2]}",
    }


@pytest.fixture(scope="session", params=WORLDS, ids=lambda world: world.name)
def world(request: pytest.FixtureRequest) -> World:
    """One cloud after the other."""
    found: World = request.param
    return found


@pytest.fixture(scope="session")
def running(world: World, environment: dict[str, str]) -> Iterator[Plugin]:
    """One process for all tests of a cloud."""
    plugin = Plugin(world.name, environment)
    yield plugin
    assert plugin.close() == 0


@pytest.fixture
def plugin(running: Plugin, world: World, sandbox: Sandbox) -> Plugin:
    """The stand-in, configured for the test's own account."""
    running.configure(**world.config(sandbox))
    return running
