"""Several calls side by side, in threads that do not hold up the end of the process.

How many are really in flight is for the pace of each operation to say (:mod:`.pace`); here is only how many may wait
for their turn. Unlike an executor's, the threads are daemons: whoever is interrupted does not wait for answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

AT_ONCE = 16
"""Threads for one set of calls."""

Item = TypeVar("Item")
T = TypeVar("T")


def side_by_side(function: Callable[[Item], T], items: Iterable[Item], most: int = AT_ONCE) -> list[T]:
    """``function`` of each item, in their order, ``most`` at a time.

    After a failure nothing more begins; what was begun is waited for, and the first failure is raised.
    """
    given = list(items)
    if len(given) < 2:
        return [function(one) for one in given]
    results: dict[int, T] = {}
    failures: list[BaseException] = []
    waiting = iter(range(len(given)))
    lock = threading.Lock()

    def work() -> None:
        while not failures:
            with lock:
                number = next(waiting, None)
            if number is None:
                return
            try:
                results[number] = function(given[number])
            except BaseException as error:  # noqa: BLE001 - carried over to the caller's thread
                failures.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(most, len(given)))]
    begun = []
    for thread in threads:
        try:
            thread.start()
        except RuntimeError:  # the process may have no more threads: those that it has do the work
            break
        begun.append(thread)
    if not begun:
        work()
    for thread in begun:
        thread.join()
    if failures:
        raise failures[0]
    return [results[number] for number in range(len(given))]
