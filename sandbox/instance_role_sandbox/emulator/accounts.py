"""An account of the sandbox: one clock and one set of switches, whichever clouds are spoken to in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .clock import wall
from .state import Kind, State
from .switches import Switches, Value


@dataclass(frozen=True)
class Account:
    """One account. ``clock_offset`` is how many seconds its time runs ahead; ``switches`` are its own settings."""

    account_id: str
    region: str  # where calls without a region go (Alibaba Cloud)
    clock_offset: float = 0.0
    ram_active: bool = True
    switches: dict[str, Value] = field(default_factory=dict)


ACCOUNT = Kind("account", Account)  # one, under its own id


def account_of(state: State, account_id: str) -> Account | None:
    """The account of that id."""
    return state.table(ACCOUNT, account_id).get(account_id)


def time_of(account: Account) -> float:
    """The account's time, in seconds since the epoch."""
    return wall() + account.clock_offset


def switches_of(account: Account, base: Switches) -> Switches:
    """The account's own settings over the server's."""
    return Switches(account.switches, over=base) if account.switches else base
