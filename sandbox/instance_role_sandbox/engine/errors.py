"""What can go wrong, as types. Each message is one line for a person: what, where, and what to do."""

from __future__ import annotations


class EngineError(Exception):
    """Something the person at the keyboard can act on; shown without a traceback."""


class Unsupported(EngineError):
    """A feature of Pulumi that this engine leaves out."""

    def __init__(self, feature: str, urn: str = "") -> None:
        where = f" ({urn})" if urn else ""
        super().__init__(
            f"embedded engine: {feature} is not supported; run this program with the Pulumi CLI (>= 3.260){where}"
        )


class StateError(EngineError):
    """A state file that cannot be used."""


class ProviderError(EngineError):
    """A provider refused or failed; ``urn`` says for which resource."""

    def __init__(self, message: str, urn: str = "") -> None:
        super().__init__(message)
        self.urn = urn


class Canceled(EngineError):
    """The person asked to stop."""

    def __init__(self) -> None:
        super().__init__("canceled")
