"""Lists in pages, as ECS and VPC cut them: by page number, or by a token that says where the next page begins."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TypeVar

from .errors import invalid
from .params import Params

T = TypeVar("T")


def numbered(params: Params, rows: Sequence[T], limit: int, default: int = 10) -> tuple[list[T], dict[str, int]]:
    """The page that ``PageNumber`` (from 1) and ``PageSize`` (1 to ``limit``) ask for.

    Returns its rows and the fields that go with them: TotalCount, PageNumber, PageSize. A page past the end is empty.
    """
    number = params.integer("PageNumber", 1, 1, 2**31)
    size = params.integer("PageSize", default, 1, limit)
    first = (number - 1) * size
    return list(rows[first : first + size]), {"TotalCount": len(rows), "PageNumber": number, "PageSize": size}


def tokened(params: Params, rows: Sequence[T], limit: int, default: int = 10) -> tuple[list[T], dict[str, str]]:
    """The page that ``MaxResults`` and ``NextToken`` ask for, and the NextToken of the one after it.

    The last page has no NextToken. A token that is not one of ours is ``InvalidNextToken`` (400).
    """
    size = params.integer("MaxResults", default, 1, limit)
    first = _position(params.text("NextToken"))
    token = {"NextToken": _token(first + size)} if first + size < len(rows) else {}
    return list(rows[first : first + size]), token


def wants_token(params: Params) -> bool:
    """Whether the caller pages by token: the two ways exclude each other, and the token goes first."""
    return "MaxResults" in params or "NextToken" in params


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"from:{position}".encode()).decode()


def _position(token: str) -> int:
    if not token:
        return 0
    try:
        word, _, position = base64.b64decode(token, b"-_", validate=True).decode("ascii").partition(":")
        if word != "from" or not position.isdecimal():
            raise ValueError
        return int(position)
    except ValueError:
        raise invalid("NextToken", "InvalidNextToken") from None
