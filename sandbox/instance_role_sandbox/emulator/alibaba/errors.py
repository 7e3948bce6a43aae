"""Errors as the gateway sends them: a code, an HTTP status and a message."""

from __future__ import annotations

from collections.abc import Mapping


class ApiError(Exception):
    """One error answer. Raise it anywhere below the gateway: the transaction is undone and the client gets this.

    ``code`` and ``message`` go into the body as they are, ``status`` is the HTTP status; ``extra`` adds further
    fields to the body (``AccessDeniedDetail``).
    """

    def __init__(self, code: str, status: int, message: str, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.code = code
        self.status = status
        self.message = message
        self.extra = dict(extra or {})


def missing(name: str) -> ApiError:
    """A required parameter is not there (or empty)."""
    return ApiError(f"Missing{name}", 400, f"{name} is mandatory for this action.")


def invalid(name: str, code: str = "InvalidParameter") -> ApiError:
    """A parameter's value is not one the action takes."""
    return ApiError(code, 400, f"The specified parameter {name} is not valid.")


def unknown_action() -> ApiError:
    """The product has no such action."""
    return ApiError("InvalidAction.NotFound", 404, "Specified api is not found, please check your url and method.")
