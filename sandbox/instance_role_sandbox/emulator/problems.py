"""Why the emulator could not start. Each message is one line that names the folder, file or port, and the remedy."""

from __future__ import annotations


class StateError(Exception):
    """The state folder cannot be used."""


class PortTaken(Exception):
    """The port cannot be bound."""
