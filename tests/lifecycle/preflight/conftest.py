"""The hosts that the resources' own tests use."""

from tests.lifecycle.resources.conftest import start

__all__ = ["start"]
