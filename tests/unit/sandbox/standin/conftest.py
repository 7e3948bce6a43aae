from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.sandbox import Sandbox, Server
from tests.unit.sandbox.standin.plugin import Plugin


def environment_of(server: Server) -> dict[str, str]:
    """As an engine in the sandbox has it; TLS, because the real plugin's default protocol is HTTPS."""
    return {
        **server.first_account().env(),
        "ALIBABA_CLOUD_ENDPOINT_ECS": server.endpoint,
        "ALIBABA_CLOUD_ENDPOINT_VPC": server.endpoint,
    }


@pytest.fixture(scope="session")
def environment(sandbox_server: Server) -> dict[str, str]:
    return environment_of(sandbox_server)


@pytest.fixture(scope="session")
def running(environment: dict[str, str]) -> Iterator[Plugin]:
    """One process for all tests of this room."""
    plugin = Plugin(environment)
    yield plugin
    assert plugin.close() == 0


@pytest.fixture
def plugin(running: Plugin, sandbox: Sandbox) -> Plugin:
    """The stand-in, configured for the test's own account."""
    running.configure(region="cn-hangzhou", accessKey=sandbox.access_key_id, secretKey=sandbox.access_key_secret)
    return running
