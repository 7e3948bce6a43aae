"""An InstanceRoleBinding through the SDK's own provider host: one process for each operation, as an engine does it.

The clock starts when the host is up and has loaded the cloud's SDK, as it has for the other side.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.host import Host, Thing

from benchmarks.cloud import ROLES, Account, Cost
from benchmarks.phases import BIND, CHANGE, NOTHING, PHASES, REFRESH, UNBIND

_KIND = "InstanceRoleBinding"


def measure(account: Account) -> dict[str, Cost]:
    """The cost of each phase."""
    thing = Thing(_KIND, "all")
    return {phase: _phase(account, thing, phase) for phase in PHASES}


def _phase(account: Account, thing: Thing, phase: str) -> Cost:
    with _host(account) as host, account.measured() as cost:
        if phase == REFRESH:
            assert host.read(thing)
        elif phase == UNBIND:
            host.delete(thing)
        else:
            role = ROLES[0] if phase == BIND else ROLES[1]
            done = host.up(thing, account.fleet.declared(role, account.instances))
            assert done == {BIND: "create", CHANGE: "update", NOTHING: "same"}[phase], done
    return cost


@contextmanager
def _host(account: Account) -> Iterator[Host]:
    with Host(account.sandbox.env()) as host:
        host.check(Thing(_KIND, "none"), account.fleet.declared(ROLES[0], []))
        yield host
