"""Up, refresh and destroy as an engine does them, over the SDK's own provider host: one host process an operation.

The rules that matter here are the engine's own: a resource that is replaced is made anew first and its old self ended
last; a failed step leaves what the state had; nothing is deleted after a failure; old selves that a failed up left
behind are ended by the next one; a host that dies takes its step with it and nothing else.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any

import grpc

from tests.support.host import Host, HostError, Props, Thing

Declared = tuple[str, str, Props]
"""Resource, resource name, inputs."""
KINDS = ("InstanceRole", "RolePolicy", "RolePolicyAttachment", "InstanceRoleBinding", "PassRoleGrant")
"""In the order in which they depend on each other."""
_PARALLEL = 4


class Failed(Exception):
    """An operation ended without success; ``messages`` are what the engine would print."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("; ".join(self.messages))


@dataclass(frozen=True)
class Manner:
    """How an operation goes about its steps.

    ``order`` seeds the order of resources that do not depend on each other; ``parallel`` carries those out side by
    side; ``check_first`` checks all resources before the first step, otherwise each is checked when its turn comes.
    ``kill_after`` kills the host when the cloud has had that many calls.
    """

    order: int = 0
    parallel: bool = False
    check_first: bool = True
    kill_after: int | None = None


@dataclass
class Stack:
    """A state, and the operations on it."""

    env: Mapping[str, str]
    calls_so_far: Callable[[], int]
    live: dict[tuple[str, str], Thing] = field(default_factory=dict)
    replaced: list[Thing] = field(default_factory=list)
    """Old selves of replaced resources that are still to be ended."""

    def up(self, declared: Iterable[Declared], manner: Manner = Manner()) -> list[str]:
        """Bring the cloud to what is declared; what was done. Raises :class:`Failed`."""
        wanted = _shuffled(list(declared), manner.order)
        done: list[str] = []
        with _Running(self, manner) as host:
            inputs: dict[tuple[str, str], Props] = {}
            if manner.check_first:
                inputs = {(kind, name): self._check(host, kind, name, news) for kind, name, news in wanted}
            for _, some in groupby(wanted, key=lambda one: one[0]):
                steps = [partial(self._settle, host, one, inputs.get(one[:2]), done) for one in some]
                _each(steps, manner.parallel)
            keep = {(kind, name) for kind, name, _ in wanted}
            self._end(host, [key for key in self.live if key not in keep], done, manner)
            mark = self.calls_so_far()
            unsettled = [name for kind, name, news in wanted if self._differs(host, kind, name, news)]
            assert not unsettled, f"{unsettled} would change again at once"
            assert self.calls_so_far() == mark, "looking for changes asks the cloud"
        return done

    def refresh(self, manner: Manner = Manner()) -> list[Thing]:
        """Read everything; the things that were found to be gone. Raises :class:`Failed`."""
        gone: list[Thing] = []
        with _Running(self, manner) as host:

            def look(key: tuple[str, str]) -> None:
                if not host.read(self.live[key]):
                    gone.append(self.live.pop(key))

            _each([partial(look, key) for key in list(self.live)], manner.parallel)
        return gone

    def destroy(self, manner: Manner = Manner()) -> None:
        """End everything. Raises :class:`Failed`."""
        with _Running(self, manner) as host:
            self._end(host, list(self.live), [], manner)

    def _check(self, host: Host, kind: str, name: str, news: Props, *, anew: bool = False) -> Props:
        before = self.live.get((kind, name)) or Thing(kind, name)
        checked = host.check(before, news, olds={} if anew else None)
        if checked.failures:
            raise Failed(f"{prop}: {reason}" for prop, reason in checked.failures)
        return checked.inputs

    def _differs(self, host: Host, kind: str, name: str, news: Props) -> bool:
        return bool(host.diff(self.live[kind, name], self._check(host, kind, name, news)).changes)

    def _settle(self, host: Host, declared: Declared, inputs: Props | None, done: list[str]) -> None:
        kind, name, news = declared
        inputs = self._check(host, kind, name, news) if inputs is None else inputs
        before = self.live.get((kind, name))
        if before is None:
            self.live[kind, name] = host.create(Thing(kind, name), inputs)
            done.append(f"create {kind} {name}")
            return
        difference = host.diff(before, inputs)
        if not difference.changes:
            before.inputs = inputs
        elif difference.replaces:
            inputs = self._check(host, kind, name, news, anew=True)
            made = host.create(Thing(kind, name), inputs)
            self.replaced.append(before)
            self.live[kind, name] = made
            done.append(f"replace {kind} {name}")
        else:
            host.update(before, inputs)
            done.append(f"update {kind} {name}")

    def _end(self, host: Host, keys: Iterable[tuple[str, str]], done: list[str], manner: Manner) -> None:
        """End old selves and what is no longer declared, dependants first."""
        unwanted = [*self.replaced, *(self.live[key] for key in keys)]

        def end(thing: Thing) -> None:
            host.delete(thing)
            done.append(f"delete {thing.kind} {thing.name}")
            if any(one is thing for one in self.replaced):
                self.replaced = [one for one in self.replaced if one is not thing]
            else:
                del self.live[thing.kind, thing.name]

        unwanted.sort(key=lambda thing: -KINDS.index(thing.kind))
        for _, some in groupby(unwanted, key=lambda thing: thing.kind):
            _each([partial(end, thing) for thing in some], manner.parallel)


class _Running:
    """A host for one operation, watched by its killer; turns what the host says into :class:`Failed`."""

    def __init__(self, stack: Stack, manner: Manner) -> None:
        self._host = Host(stack.env)
        self._calls = stack.calls_so_far
        self._over = threading.Event()
        self._killer: threading.Thread | None = None
        if manner.kill_after is not None:
            at = stack.calls_so_far() + manner.kill_after
            self._killer = threading.Thread(target=self._kill, args=(at,), daemon=True)
            self._killer.start()

    def __enter__(self) -> Host:
        return self._host

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        self._over.set()
        if self._killer is not None:
            self._killer.join()
        killed = self._host.process.poll() is not None
        self._host.kill()  # it has nothing to lose, and takes its time to end by itself
        self._host.stop()
        if killed:
            time.sleep(0.3)  # what was under way at the cloud comes to its end
        if isinstance(error, HostError):
            raise Failed([str(error)]) from None
        if isinstance(error, grpc.RpcError):
            if not killed:
                raise error
            raise Failed(["the host died"]) from None

    def _kill(self, at: int) -> None:
        while not self._over.is_set():
            if self._calls() >= at:
                self._host.kill()
                return
            time.sleep(0.005)


def _each(steps: Sequence[Callable[[], None]], parallel: bool) -> None:
    """Carry out steps that do not depend on each other. After a failure no further one starts; the first is raised."""
    failures: list[Exception] = []

    def one(step: Callable[[], None]) -> None:
        if failures:
            return
        try:
            step()
        except (HostError, Failed, grpc.RpcError) as error:
            failures.append(error)

    if parallel:
        with ThreadPoolExecutor(_PARALLEL) as pool:
            list(pool.map(one, steps))
    else:
        for step in steps:
            one(step)
    if failures:
        raise failures[0]


def _shuffled(declared: list[Declared], seed: int) -> list[Declared]:
    chance = random.Random(seed)
    return sorted(declared, key=lambda one: (KINDS.index(one[0]), chance.random()))
