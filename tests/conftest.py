"""Fixtures that every folder of tests may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import is_hypothesis_test

from tests.support import examples
from tests.support.sandbox import Sandbox, Server

FIRST = (
    "tests/lifecycle/test_readme.py",
    "tests/lifecycle/stack/",
    "tests/lifecycle/pipelines/",
    "tests/lifecycle/resources/test_binding_moves.py",
    "tests/contract/emulator_tencent/test_tccli.py",
    "tests/lifecycle/preflight/test_refused.py",
    "tests/lifecycle/programs/",
    "tests/lifecycle/review/",
    "tests/lifecycle/resources/",
    "tests/lifecycle/",
)
"""Tests that take long, the longest first: at the end of a run, no process is to work alone."""


def _soak(config: pytest.Config) -> bool:
    return "soak" in config.option.markexpr


def pytest_configure(config: pytest.Config) -> None:
    """Properties get their number of examples."""
    examples.profile("soak" if _soak(config) else "suite", soak=_soak(config))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Soak tests run only when ``-m`` names their marker: `make soak`. Then all properties are among them."""
    if _soak(config):
        for item in items:
            if is_hypothesis_test(getattr(item, "obj", None)):
                item.add_marker("soak")
        return
    soaks = {item for item in items if item.get_closest_marker("soak")}
    if soaks:
        config.hook.pytest_deselected(items=[item for item in items if item in soaks])
    items[:] = sorted((item for item in items if item not in soaks), key=_place)
    if config.getoption("loadgroup", False):
        for item in items:
            _name_group(item)


def _name_group(item: pytest.Item) -> None:
    """What pytest-xdist does in a field that pytest has renamed: the group stands behind the id, and keeps together."""
    groups = sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")})
    if groups and hasattr(item, "_id"):
        item._id = type(item._id)(path=f"{item.nodeid}@{'_'.join(groups)}")


def _place(item: pytest.Item) -> int:
    return next((place for place, begin in enumerate(FIRST) if item.nodeid.startswith(begin)), len(FIRST))


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
