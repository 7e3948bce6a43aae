"""Soak tests run only when asked for by their marker: `make soak`, or ``pytest -m soak``.

``SOAK_MINUTES`` (default 5) says how long each of them goes on, ``SOAK_SEED`` which run it is.
"""

from __future__ import annotations

import os

import pytest

MINUTES = float(os.environ.get("SOAK_MINUTES", "5"))
_LAST_STEPS = 15  # minutes for the step that is under way when the time is up, with every retry it may make


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave soak tests out of every run whose ``-m`` does not name them; give the others the time they need."""
    soaks = [item for item in items if item.get_closest_marker("soak")]
    if "soak" in config.option.markexpr:
        for item in soaks:
            item.add_marker(pytest.mark.timeout((MINUTES + _LAST_STEPS) * 60))
        return
    if soaks:
        config.hook.pytest_deselected(items=soaks)
        items[:] = [item for item in items if item not in soaks]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what each soak came to."""
    for kind in ("passed", "failed"):
        for report in terminalreporter.getreports(kind):
            for name, value in report.user_properties:
                if name == "soak":
                    terminalreporter.write_line(f"soak {value}")
