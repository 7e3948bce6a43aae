"""What a person sees: steps as they are taken, tables at the end. Plain text where there is no terminal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from instance_role_sandbox.printable import printable
from instance_role_sandbox.project.inventory import Instance, Inventory
from instance_role_sandbox.project.proof import Seen
from pulumi_instance_role.lines import PIPED, table
from pulumi_instance_role.plan.faults import some

MANY = 10
"""Instances up to which each has a row of its own; more are counted by role."""


class Screen:
    """Where the steps and tables go: standard output, or the standard error for what stands beside an output."""

    def __init__(self, *, beside: bool = False) -> None:
        self._console = Console(highlight=False, soft_wrap=False, stderr=beside)

    def say(self, text: str, style: str = "") -> None:
        """One step, on one line."""
        # soft_wrap: a long path must stay copyable.
        self._console.print(Text(printable(text), style=style), soft_wrap=True)
        self._console.file.flush()

    def inventory(self, found: Sequence[Inventory]) -> None:
        """Roles, policies, instances; of which cloud, where there are several."""
        several = len(found) > 1
        head = ("cloud",) if several else ()

        def rows(items: Callable[[Inventory], Iterable[tuple[str, ...]]]) -> list[tuple[str, ...]]:
            return [((one.cloud.name,) if several else ()) + row for one in found for row in items(one)]

        self._table(
            "Roles",
            (*head, "role", "may be assumed by", "policies"),
            rows(
                lambda one: (
                    (
                        role.name,
                        ", ".join(role.trusted),
                        ", ".join(f"{item.name} ({item.kind})" for item in role.policies),
                    )
                    for role in one.roles
                )
            ),
        )
        self._table(
            "Policies",
            (*head, "policy", "type", "version in force"),
            rows(lambda one: ((policy.name, policy.kind, policy.version) for policy in one.policies)),
        )
        if sum(len(one.instances) for one in found) > MANY:
            self._table("Instances", (*head, "role", "status", "count", "instances"), rows(_counted))
            return
        self._table(
            "Instances",
            (*head, "instance", "name", "status", "role"),
            rows(lambda one: ((item.instance_id, item.name, item.status, _role(item)) for item in one.instances)),
        )

    def seen(self, proofs: Sequence[Seen]) -> None:
        """What each instance sees of its own credentials, and what it may do with them."""
        proofs = [proof for proof in proofs if proof.key]
        several = len({proof.cloud for proof in proofs}) > 1
        head = ("cloud",) if several else ()

        if len(proofs) > MANY:
            alike = Counter((proof.cloud, proof.instance.role or "", proof.may, proof.may_not) for proof in proofs)
            self._table(
                "What the credentials may do",
                (*head, "role", "instances", "may", "may not"),
                [(*((cloud,) if several else ()), role, str(n), *may) for (cloud, role, *may), n in alike.items()],
            )
            return

        def row(proof: Seen, *rest: str) -> tuple[str, ...]:
            return (*((proof.cloud,) if several else ()), proof.instance.name or proof.instance.instance_id, *rest)

        self._table(
            "Seen from inside the instances",
            (*head, "instance", "access key", "expires", "identity (STS GetCallerIdentity)"),
            [row(proof, proof.key, proof.expires, proof.arn) for proof in proofs],
        )
        self._table(
            "What the credentials may do",
            (*head, "instance", "may", "may not"),
            [row(proof, proof.may, proof.may_not) for proof in proofs],
        )

    def _table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        rows = list(rows)
        if not rows:
            return
        self._console.print()
        self.say(title, style="bold")
        width = self._console.width if self._console.is_terminal else PIPED
        for line in table(columns, rows, width):
            self.say(line)


def _counted(one: Inventory) -> Iterator[tuple[str, ...]]:
    """A row for the instances of one role and status: how many, and a few of them."""
    alike: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for item in one.instances:
        alike[_role(item), item.status].append(item.name or item.instance_id)
    return ((*key, str(len(names)), some(names, 3)) for key, names in alike.items())


def _role(item: Instance) -> str:
    held = item.role or "none"
    return held if item.declared in (None, item.role) else f"{held} (the stack's state says {item.declared})"
