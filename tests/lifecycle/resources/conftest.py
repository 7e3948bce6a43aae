"""Provider hosts for one test, and instances that any test may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.host import Host
from tests.support.sandbox import Keys, Sandbox

StartHost = Callable[..., Host]


@pytest.fixture
def start(sandbox: Sandbox) -> Iterator[StartHost]:
    """Start a host for one operation (preview, up, refresh, destroy) on the test's account."""
    hosts: list[Host] = []

    def start_host(keys: Keys | None = None, config: dict[str, str] | None = None, **env: str) -> Host:
        host = Host({**sandbox.env(keys), **env}, config)
        hosts.append(host)
        return host

    yield start_host
    for host in hosts:
        host.stop()


@pytest.fixture
def host(start: StartHost) -> Host:
    """The host of an up."""
    return start()
