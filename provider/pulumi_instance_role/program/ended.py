"""Whether the program has raised: then what it declared is not all that it declares.

The SDK sends what was declared before, whatever ends the program, and tells the program's own error last: after the
first error of anything that waits. So whoever judges or writes by *all* that is declared must know. The SDK keeps the
error in a variable of the function that runs the program, and nowhere else.

Limits: that variable is no promise of the SDK. Where it is not found, the program counts as one that came to its end.
"""

from __future__ import annotations

import asyncio
from types import CoroutineType, FrameType
from weakref import WeakKeyDictionary, ref

import pulumi
from pulumi.runtime import stack

_ERROR = "ex"
_Loop = asyncio.AbstractEventLoop
_runs: WeakKeyDictionary[_Loop, ref[asyncio.Task[object]]] = WeakKeyDictionary()
"""The task that runs the program of a loop: to find it among thousands takes a tenth of a second."""


def error_of_program() -> BaseException | None:
    """What the program of this loop raised, once it has run."""
    loop = asyncio.get_running_loop()
    known = _runs[loop]() if loop in _runs else None
    for task in asyncio.all_tasks() if known is None or known.done() else (known,):
        frame = _frame_of_run(task)
        if frame is not None:
            _runs[loop] = ref(task)
            found = frame.f_locals.get(_ERROR)
            ended_well = isinstance(found, SystemExit) and found.code in (None, 0)
            return found if isinstance(found, BaseException) and not ended_well else None
    return None


def _frame_of_run(task: asyncio.Task[object]) -> FrameType | None:
    """Where the SDK runs the program, if it is in this task."""
    one: object = task.get_coro()
    while isinstance(one, CoroutineType):
        if one.cr_code is stack.run_pulumi_func.__code__:
            return one.cr_frame
        one = one.cr_await
    return None


class CutOff(Exception):
    """Not all is known that a program declares, since it raised; what it raised is the cause."""


def refuse_what_was_cut_off(what: str) -> None:
    """Raise where the program has raised, so that nothing is made of less than it declares.

    What it raised is told whole: of one object that is raised twice, Python forgets where it was raised first.
    """
    error = error_of_program()
    if isinstance(error, pulumi.RunError):
        raise pulumi.RunError(str(error))
    if error is not None:
        raise CutOff(f"the program was cut off before it had declared {what}; nothing is made of them") from error
