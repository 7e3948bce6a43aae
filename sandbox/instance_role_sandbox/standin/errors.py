"""What can go wrong in a stand-in: a call that the cloud refused, and a setting that cannot be used."""

from __future__ import annotations


class ApiError(Exception):
    """A failed call: its code, and one line that says which call, what the cloud said and the request's id."""

    def __init__(self, action: str, code: str, message: str, request_id: str = "") -> None:
        self.code = code
        said = " ".join(str(message).split())
        super().__init__(f"{action}: {said} [{', '.join(part for part in (code, request_id) if part)}]")


class SettingsError(ValueError):
    """A setting that is missing or not allowed; the message names it and what to do."""
