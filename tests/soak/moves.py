"""Bindings over one set of instances, and the edits a person makes to them from one up to the next.

Nothing but bindings changes, so that many edits take little time: the roles are made once, by the same stack.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tests.lifecycle.resources.fleet import Fleet
from tests.soak.engine import Declared, Failed, Manner, Stack

INSTANCES = 10
ROLES = ("red", "green", "blue")
MOST = 5
"""Bindings of a life."""


@dataclass(frozen=True)
class Binding:
    """One role on some of a life's instances, by number."""

    role: str
    instances: frozenset[int]


Program = Mapping[str, Binding]
Chance = random.Random


def beginning(chance: Chance) -> Program:
    """Two to five bindings that share out the instances."""
    count = chance.randint(2, MOST)
    owner = [chance.randrange(count + 1) for _ in range(INSTANCES)]  # one share is in no binding
    return {
        f"b{number}": Binding(chance.choice(ROLES), frozenset(n for n, one in enumerate(owner) if one == number))
        for number in range(count)
    }


def _move(program: Program, chance: Chance) -> Program:
    """Instances of whichever bindings, or of none, go to one."""
    name = chance.choice(sorted(program))
    chosen = frozenset(chance.sample(range(INSTANCES), chance.randint(1, INSTANCES)))
    left = {other: replace(one, instances=one.instances - chosen) for other, one in program.items()}
    return {**left, name: replace(program[name], instances=program[name].instances | chosen)}


def _exchange_instances(program: Program, chance: Chance) -> Program:
    one, other = _two(program, chance)
    mine, yours = program[one].instances, program[other].instances
    return {**program, one: replace(program[one], instances=yours), other: replace(program[other], instances=mine)}


def _exchange_roles(program: Program, chance: Chance) -> Program:
    one, other = _two(program, chance)
    mine, yours = program[one].role, program[other].role
    return {**program, one: replace(program[one], role=yours), other: replace(program[other], role=mine)}


def _split(program: Program, chance: Chance) -> Program:
    if len(program) >= MOST:
        return program
    name = chance.choice(sorted(program))
    part = frozenset(one for one in program[name].instances if chance.random() < 0.5)
    rest = replace(program[name], instances=program[name].instances - part)
    return {**program, name: rest, _new(program): Binding(chance.choice(ROLES), part)}


def _merge(program: Program, chance: Chance) -> Program:
    one, other = _two(program, chance)
    left = {name: binding for name, binding in program.items() if name != other}
    both = program[one].instances | program[other].instances
    return {**left, one: replace(program[one], instances=both)}


def _remove(program: Program, chance: Chance) -> Program:
    gone = chance.choice(sorted(program))
    return {name: one for name, one in program.items() if name != gone} if len(program) > 2 else program


def _rename(program: Program, chance: Chance) -> Program:
    """Without an alias: the new one is made, then the old one ended."""
    old = chance.choice(sorted(program))
    renamed = {name: one for name, one in program.items() if name != old}
    return {**renamed, _new(program): program[old]}


def _change_role(program: Program, chance: Chance) -> Program:
    name = chance.choice(sorted(program))
    return {**program, name: replace(program[name], role=chance.choice(ROLES))}


def _take_out(program: Program, chance: Chance) -> Program:
    chosen = frozenset(chance.sample(range(INSTANCES), chance.randint(1, INSTANCES // 2)))
    return {name: replace(one, instances=one.instances - chosen) for name, one in program.items()}


EDITS: tuple[Callable[[Program, Chance], Program], ...] = (
    *(_move, _move, _exchange_instances, _exchange_roles, _split, _merge),
    *(_remove, _rename, _change_role, _take_out),
)


def _two(program: Program, chance: Chance) -> tuple[str, str]:
    names = sorted(program)
    one, other = chance.sample(names, 2) if len(names) > 1 else (names[0], names[0])
    return one, other


def _new(program: Program) -> str:
    return f"b{1 + max(int(name[1:]) for name in program)}"


@dataclass
class Life:
    """The bindings of one account, edited and brought about again and again, from one seed."""

    fleet: Fleet
    seed: str
    updates: int = 0
    failed: int = 0
    program: Program = field(default_factory=dict)
    journal: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.stack = Stack(self.fleet.sandbox.env(), lambda: 0)  # other lives call the same server
        self.roles = [("InstanceRole", role, {"cloud": self.fleet.cloud, "name": role}) for role in ROLES]
        self.stack.up(self.roles)
        self.fleet.trouble(self.chance.randrange(1000))

    def go_on(self, updates: int) -> None:
        """So many edits, each brought about and judged."""
        for _ in range(updates):
            self._edit()
            self._bring_about()
            self._judge()

    def end(self) -> None:
        """Destroy; nothing holds a role afterwards."""
        self.stack.destroy(self._manner())
        held = self.fleet.now(*self.fleet.ids)
        assert set(held.values()) == {None}, self._told(f"held after destroy: {held}")

    def _edit(self) -> None:
        if not self.program:
            self.program = beginning(self.chance)
        else:
            for _ in range(self.chance.randint(1, 3)):
                self.program = self.chance.choice(EDITS)(self.program, self.chance)
        self.journal.append(str({name: (one.role, sorted(one.instances)) for name, one in self.program.items()}))

    def _bring_about(self) -> None:
        manner = self._manner()
        self.journal.append(f"  {manner}")
        self.updates += 1
        try:
            self.stack.up([*self.roles, *self._declared()], manner)
        except Failed as error:
            self.failed += 1
            self.journal.append(f"  failed: {error}")
            self.stack.up([*self.roles, *self._declared()], self._manner())

    def _judge(self) -> None:
        held = self.fleet.now(*self.fleet.ids)
        wanted = {self.fleet.ids[n]: one.role for one in self.program.values() for n in one.instances}
        wrong = {
            self.fleet.ids.index(one): (role, wanted.get(one)) for one, role in held.items() if role != wanted.get(one)
        }
        assert not wrong, self._told(f"number of instance: (holds, should hold): {wrong}")

    def _declared(self) -> list[Declared]:
        return [
            ("InstanceRoleBinding", name, self.fleet.declared(one.role, [self.fleet.ids[n] for n in one.instances]))
            for name, one in sorted(self.program.items())
        ]

    def _manner(self) -> Manner:
        return Manner(self.chance.randrange(1000), self.chance.random() < 0.7, self.chance.random() < 0.7)

    def _told(self, what: str) -> str:
        return "\n".join([what, f"{self.fleet.cloud}, seed {self.seed}, update {self.updates}, after:", *self.journal])
