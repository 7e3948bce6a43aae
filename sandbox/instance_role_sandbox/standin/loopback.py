"""The one rule of every stand-in: loopback, and nowhere else."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping


def is_loopback(endpoint: str) -> bool:
    """Whether ``host:port`` is on this machine. A scheme, a user, a missing port: no."""
    host, _, port = endpoint.rpartition(":")
    if not port.isdigit():
        return False
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def first(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The first of these variables that is set; "" when none is."""
    return next((environment[name] for name in names if environment.get(name)), "")
