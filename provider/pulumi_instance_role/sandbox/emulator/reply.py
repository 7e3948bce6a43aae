"""What a cloud's gateway sends back. No web framework on its side of this."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """What goes back. ``dropped``: nothing does, the connection is closed."""

    status: int
    content_type: str
    body: bytes
    dropped: bool = False
