from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lifecycle.stack.project import Project, copy_of_the_repository
from tests.support import forks


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A copy of this repository's project, with nothing deployed."""
    project = Project(copy_of_the_repository(tmp_path, forks.environment()))
    yield project
    project.close()
