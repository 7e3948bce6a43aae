"""A project for one test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.deployed import Deployed
from tests.support.sandbox import Sandbox


@pytest.fixture
def project(sandbox: Sandbox, tmp_path: Path) -> Deployed:
    """A folder with a program, deployed to the test's account."""
    return Deployed(tmp_path, sandbox)
