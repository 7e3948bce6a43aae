"""How to get what is not installed.

The package is on no index yet: a name that pip would look for there can only be missing, or somebody else's.
"""

from __future__ import annotations

SANDBOX = "in a checkout of the project, run: make wheel && pip install ./dist/pulumi_instance_role_sandbox-*.whl"
"""How the sandbox is had: emulated clouds, and the embedded engine."""


def with_extra(name: str) -> str:
    """How an extra of this package is had, such as a cloud's SDK."""
    from importlib.metadata import version  # slow to import, and seldom needed

    wheel = f"./dist/pulumi_instance_role-{version('pulumi-instance-role')}-py3-none-any.whl[{name}]"
    return f"in a checkout of the project, run: make wheel && pip install '{wheel}'"
