"""One answer for all who ask the same: at the same time, or a moment after one another.

An answer is that of a read which began after the last write of this process to the same things, and no more than
:data:`KEPT` seconds ago. So nobody is given what he, or another resource of this process, has changed since. What
other processes change may be seen that much later: who is about to write over what is there does not share.

A read that fails is nobody's answer but that of those who waited for it; who is interrupted leaves the others to ask
for themselves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import Generic, TypeVar

from pulumi_instance_role.records import dataclass

KEPT = 5.0
"""Seconds after its beginning for which the answer of a read is given to others."""
_MANY = 500
"""Answers from which on those that are too old are thrown away."""

T = TypeVar("T")


@dataclass
class _Read(Generic[T]):
    """A read on its way, or its answer. ``written`` is how often each of its things had been written when it began."""

    began: float
    written: tuple[int, ...]
    over: threading.Event = field(default_factory=threading.Event)
    answer: T | None = None
    failure: Exception | None = None
    answered: bool = False


@dataclass
class Looks(Generic[T]):
    """Reads of one place, by what they ask for. Safe to use from several threads."""

    clock: Callable[[], float] = time.monotonic
    _reads: dict[Hashable, _Read[T]] = field(default_factory=dict, init=False, repr=False)
    _writes: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def ask(self, key: Hashable, things: Iterable[str], read: Callable[[], T], *, shared: bool) -> T:
        """What ``read`` answers about ``things``; where ``shared``, what another one of the same ``key`` does.

        One that is not shared is made anew, and may be given to others. Raises what ``read`` raises.
        """
        about = tuple(things)
        while True:
            with self._lock:
                now, written = self.clock(), tuple(self._writes.get(one, 0) for one in about)
                found = self._reads.get(key)
                if not shared or found is None or found.written != written or now - found.began > KEPT:
                    mine = self._reads[key] = _Read(now, written)
                    self._forget(now)
                    break
            found.over.wait()
            if found.answered:
                return found.answer  # type: ignore[return-value]  # it is answered
            if found.failure is not None:
                raise found.failure
        return self._carry_out(key, mine, read)

    @contextmanager
    def writing(self, things: Iterable[str]) -> Iterator[None]:
        """A write to ``things``: what was read before it is over is nobody's answer any more."""
        about = tuple(things)
        self._written(about)
        try:
            yield
        finally:
            self._written(about)

    def _carry_out(self, key: Hashable, mine: _Read[T], read: Callable[[], T]) -> T:
        try:
            mine.answer = read()
            mine.answered = True
            return mine.answer
        except Exception as error:
            mine.failure = error
            raise
        finally:
            if not mine.answered:
                with self._lock:
                    if self._reads.get(key) is mine:
                        del self._reads[key]
            mine.over.set()

    def _written(self, things: Iterable[str]) -> None:
        with self._lock:
            for one in things:
                self._writes[one] = self._writes.get(one, 0) + 1

    def _forget(self, now: float) -> None:
        if len(self._reads) > _MANY:
            old = [key for key, one in self._reads.items() if one.answered and now - one.began > KEPT]
            for key in old:
                del self._reads[key]
