"""One call for several who ask, at about the same time, each about one of many.

Where a cloud tells of up to so many things in one call, those who ask while calls are on their way wait for one of
them to end, and then go together in the next. Nobody is told anything that was read before he asked. Who asks while
nothing, or little, is on its way does not wait at all.

A call for several may fail for one of them, or tell something that cannot be given to each; then each asks for itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Generic, TypeVar

from pulumi_instance_role.records import dataclass

ABREAST = 2
"""Calls on their way from which on those who ask wait for each other."""

T = TypeVar("T")


@dataclass(eq=False)
class _Asked(Generic[T]):
    """One who asks. When he is ``woken``, it is for him to make the call for his ``group``, or one was made for him.

    ``alone``: nothing came of that, and he asks for himself.
    """

    key: str
    woken: threading.Event = field(default_factory=threading.Event)
    group: list[_Asked[T]] = field(default_factory=list)
    alone: bool = True
    answer: T | None = None
    failure: Exception | None = None


@dataclass
class Together(Generic[T]):
    """Those who ask. Safe to use from several threads.

    ``read`` asks about several, at most ``most``; what its answer leaves out is ``None``. ``is_of_one`` says of its
    failure whether it may be that of one of them.
    """

    read: Callable[[Sequence[str]], Mapping[str, T]]
    most: int
    is_of_one: Callable[[Exception], bool]
    _waiting: list[_Asked[T]] = field(default_factory=list, init=False, repr=False)
    _flying: int = field(default=0, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def ask(self, key: str) -> T | None:
        """What ``read`` says of ``key``. Raises what it raises."""
        mine = _Asked[T](key)
        with self._lock:
            self._waiting.append(mine)
            if self._flying < ABREAST:
                self._flying += 1
                mine.group = self._next()
        if not mine.group:
            try:
                mine.woken.wait()
            except BaseException:  # interrupted: the others go on
                self._leave(mine)
                raise
        if mine.group:
            self._carry_out(mine.group)
        if mine.alone:
            return self.read([key]).get(key)
        if mine.failure is not None:
            raise mine.failure
        return mine.answer

    def _next(self) -> list[_Asked[T]]:
        """Those who go together now."""
        group, self._waiting = self._waiting[: self.most], self._waiting[self.most :]
        return group

    def _carry_out(self, group: Sequence[_Asked[T]]) -> None:
        """One call for all of the group, and then the turn of those who came meanwhile."""
        try:
            found = self.read(list(dict.fromkeys(one.key for one in group)))
            for one in group:
                one.answer, one.alone = found.get(one.key), False
        except Exception as error:  # noqa: BLE001 - told to each who asked
            for one in group:
                one.failure, one.alone = error, len(group) > 1 and self.is_of_one(error)
        finally:
            self._end(group)

    def _end(self, group: Sequence[_Asked[T]]) -> None:
        """The call of a group is over: they go their ways, and the first of those who wait makes the next one."""
        with self._lock:
            following = self._next()
            if following:
                following[0].group = following
            else:
                self._flying -= 1
        for one in (*group, *following[:1]):
            one.woken.set()

    def _leave(self, mine: _Asked[T]) -> None:
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
        if mine.group:
            self._end(mine.group)
