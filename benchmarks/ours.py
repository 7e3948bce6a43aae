"""An InstanceRoleBinding through the SDK's own provider host: one process for each operation, as an engine does it.

The clock starts when the host is up and has loaded the cloud's SDK, as it has for the other side. A preview is a whole
one: a program with one binding, in a process of its own, whose preflight looks at everything.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.host import Host, Thing
from tests.support.program import preview

from benchmarks.cloud import ROLES, Account, Cost
from benchmarks.phases import BIND, CHANGE, NOTHING, PHASES, PREVIEW, REFRESH, UNBIND

_KIND = "InstanceRoleBinding"
_PROGRAM = """
import json
from pathlib import Path
from pulumi_instance_role import InstanceRoleBinding

InstanceRoleBinding("all", **json.loads(Path(__file__).with_name("given.json").read_text()))
"""


def measure(account: Account) -> dict[str, Cost]:
    """The cost of each phase."""
    thing = Thing(_KIND, "all")
    with _host(account):
        pass  # what starts processes is itself started by the first
    return {phase: _phase(account, thing, phase) for phase in PHASES}


def _phase(account: Account, thing: Thing, phase: str) -> Cost:
    if phase == PREVIEW:
        return _preview(account)
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


def _preview(account: Account) -> Cost:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        (folder / "given.json").write_text(json.dumps(account.fleet.declared(ROLES[0], account.instances)))
        with account.measured() as cost:
            done = preview(_PROGRAM, folder, account.sandbox.env())
    assert done.code == 0, done.said
    return cost


@contextmanager
def _host(account: Account) -> Iterator[Host]:
    with Host(account.sandbox.env()) as host:
        # A read of no instance loads the SDK and makes no call.
        none = Thing(_KIND, "none", "none")
        none.inputs = none.outputs = host.check(none, account.fleet.declared(ROLES[0], [])).inputs
        host.read(none)
        yield host
