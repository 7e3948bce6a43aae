"""An account of the running emulator, on one of its clouds."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Account:
    """Its own key, its number and its region, as the emulator's ready line says them."""

    key_id: str
    key_secret: str = field(repr=False)
    account_id: str
    region: str
