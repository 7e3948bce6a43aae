"""The worlds that the contract is tested in."""

from __future__ import annotations

import pytest

from tests.contract.clouds.world import WORLDS, AlibabaWorld, TencentWorld, World
from tests.support.sandbox import Sandbox


@pytest.fixture(params=sorted(WORLDS))
def world(request: pytest.FixtureRequest, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> World:
    """A fresh account of each cloud, the adapter connected to it."""
    return WORLDS[request.param](sandbox, monkeypatch)


@pytest.fixture
def alibaba(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AlibabaWorld:
    """For what only Alibaba Cloud leaves open."""
    return AlibabaWorld(sandbox, monkeypatch)


@pytest.fixture
def tencent(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> TencentWorld:
    """For what only Tencent Cloud leaves open."""
    return TencentWorld(sandbox, monkeypatch)
