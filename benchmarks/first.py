"""The first up of two roles, a policy and two attachments, through the provider host and with the SDK alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.support.host import Host, Thing

from benchmarks.cloud import Account, Cost, emulator
from benchmarks.phases import CLOUDS
from benchmarks.rows import Row, Topic, by_action

TOPIC = Topic(
    "first",
    "Two roles, a policy and two attachments, first up",
    "provider host, every check",
    "the SDK alone: five writes, no checks",
)
ROLES = ("web", "db")
WRITES = 5
LOOKS = 5
"""Before the writes: two roles, a policy, and what the two roles have."""


def run(clouds: Sequence[str], delay: float, say: Callable[[str], None]) -> Iterator[Row]:
    """A row for each cloud; ``delay`` in seconds a call."""
    with emulator() as server:
        for cloud in clouds or CLOUDS:
            say(f"{cloud}: two roles, a policy, two attachments ...")
            mine = _ours(Account(server, cloud, 1, delay, ()))
            theirs = _alone(Account(server, cloud, 1, delay, ()))
            yield Row(
                cloud,
                mine.seconds,
                theirs.seconds,
                mine.total,
                theirs.total,
                WRITES + LOOKS,
                which=by_action(mine.calls),
            )


def _ours(account: Account) -> Cost:
    fleet = account.fleet
    named = {"cloud": fleet.cloud, "auto_name": False}
    wanted: list[tuple[Thing, dict[str, Any]]] = [
        *((Thing("InstanceRole", one), {**named, "name": one}) for one in ROLES),
        (Thing("RolePolicy", "read"), {**named, "name": "read", "document": fleet.document}),
        *(
            (
                Thing("RolePolicyAttachment", f"{one}-read"),
                {"cloud": fleet.cloud, "role": one, "policy": "read", "policy_type": "Custom"},
            )
            for one in ROLES
        ),
    ]
    with Host(account.sandbox.env()) as host, account.measured() as cost:
        for thing, news in wanted:
            assert host.up(thing, news) == "create"
    return cost


def _alone(account: Account) -> Cost:
    fleet = account.fleet
    with account.measured() as cost:
        for role in ROLES:
            fleet.make_role(role)
        fleet.make_policy("read")
        for role in ROLES:
            if fleet.cloud == "alibaba":
                fleet.sandbox.call("Ram", "AttachPolicyToRole", PolicyType="Custom", PolicyName="read", RoleName=role)
            else:
                fleet.attach(role, "read")
    return cost
