"""The worlds that the contract is tested in."""

from __future__ import annotations

import pytest

from tests.contract.clouds.world import AlibabaWorld, World
from tests.support.sandbox import Sandbox


@pytest.fixture(params=["alibaba"])
def world(request: pytest.FixtureRequest, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> World:
    """A fresh account of each cloud, the adapter connected to it."""
    return {"alibaba": AlibabaWorld}[request.param](sandbox, monkeypatch)
