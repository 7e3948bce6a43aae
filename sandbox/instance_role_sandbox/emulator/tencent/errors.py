"""Errors as the gateway sends them: a code and a message inside an answer of HTTP 200.

https://www.tencentcloud.com/document/product/213/33281 and each product's page of error codes.
"""

from __future__ import annotations


class ApiError(Exception):
    """One error answer. Raise it anywhere below the gateway: the transaction is undone and the client gets this.

    ``keeps``: what was changed before stays (an operation that was carried out in part).
    """

    def __init__(self, code: str, message: str, keeps: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.keeps = keeps


def missing(name: str) -> ApiError:
    """A required parameter is not there."""
    return ApiError("MissingParameter", f"The request is missing a required parameter `{name}`.")


def unknown(name: str) -> ApiError:
    """A parameter that the action does not declare."""
    return ApiError("UnknownParameter", f"The parameter `{name}` is not recognized.")


def wrong_type(name: str) -> ApiError:
    """A parameter of another type than the declared one."""
    return ApiError("InvalidParameter", f"The value type of parameter `{name}` is not valid.")


def invalid(name: str, code: str = "InvalidParameterValue") -> ApiError:
    """A parameter's value is not one the action takes."""
    return ApiError(code, f"The value of parameter `{name}` is not valid.")
