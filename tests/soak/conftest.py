"""How long soak tests go on, and what each came to.

``SOAK_MINUTES`` (default 5) says how long each of them goes on, ``SOAK_SEED`` which run it is.
"""

from __future__ import annotations

import os

import pytest

MINUTES = float(os.environ.get("SOAK_MINUTES", "5"))
_LAST_STEPS = 15  # minutes for the step that is under way when the time is up, with every retry it may make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give soak tests the time they need."""
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.timeout((MINUTES + _LAST_STEPS) * 60))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what each soak came to."""
    for kind in ("passed", "failed"):
        for report in terminalreporter.getreports(kind):
            for name, value in report.user_properties:
                if name == "soak":
                    terminalreporter.write_line(f"soak {value}")
