"""Fixtures that every folder of tests may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.sandbox import Sandbox, Server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Soak tests run only when ``-m`` names their marker: `make soak`."""
    soaks = [item for item in items if item.get_closest_marker("soak")]
    if soaks and "soak" not in config.option.markexpr:
        config.hook.pytest_deselected(items=soaks)
        items[:] = [item for item in items if item not in soaks]


@pytest.fixture(scope="session")
def sandbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One emulator for all tests of this worker."""
    server = Server(tmp_path_factory.mktemp("sandbox"))
    yield server
    server.stop()


@pytest.fixture
def sandbox(sandbox_server: Server) -> Sandbox:
    """An account of its own in the worker's emulator."""
    return sandbox_server.account()
