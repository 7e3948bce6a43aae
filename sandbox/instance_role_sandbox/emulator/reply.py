"""What a cloud's gateway sends back, and what faults make of it. No web framework on its side of this."""

from __future__ import annotations

from dataclasses import dataclass

from .faults import LOST, Fault

PATIENCE = 600.0
"""How long a client that never gives up is left without an answer, in seconds."""


@dataclass(frozen=True)
class Reply:
    """What goes back. ``dropped``: nothing does, the connection is closed, after the client or ``held`` seconds."""

    status: int
    content_type: str
    body: bytes
    dropped: bool = False
    held: float = 0.0


def lost(reply: Reply, fault: Fault | None) -> Reply:
    """What is left of a reply that met ``fault``, if it met one."""
    if fault is None:
        return reply
    if fault.kind in ("drop_before", "drop_after"):
        return Reply(reply.status, "", b"", dropped=True)
    if fault.kind == "timeout":
        return Reply(reply.status, "", b"", dropped=True, held=PATIENCE if fault.seconds is None else fault.seconds)
    if fault.kind in LOST:
        return Reply(200, reply.content_type, b"" if fault.kind == "empty" else b"<<garbage>>")
    return reply
