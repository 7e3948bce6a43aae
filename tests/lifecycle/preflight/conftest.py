"""The hosts that the nouns' own tests use."""

from tests.lifecycle.nouns.conftest import start

__all__ = ["start"]
