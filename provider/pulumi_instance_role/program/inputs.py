"""Inputs as a program writes them: plain values, outputs and awaitables, anywhere inside lists and dictionaries."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from inspect import isawaitable
from typing import Any, TypeVar

import pulumi
from pulumi.output import UNKNOWN

from pulumi_instance_role.host.values import WHOLE

DEADLINE = 60.0
"""Seconds that a look at the cloud may take."""

T = TypeVar("T")


def lasting(value: Any) -> Any:
    """The value, with what can be awaited once only made so that it can be awaited again."""
    if type(value) in WHOLE:
        return value
    if isinstance(value, Mapping):
        return {key: lasting(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [lasting(one) for one in value]
    return heard(asyncio.ensure_future(value)) if isawaitable(value) else value


def heard(future: asyncio.Future[Any]) -> asyncio.Future[Any]:
    """``future``, whose failure counts as told: it ends the program through the output that waits for it."""
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return future


def is_prompt(value: Any) -> bool:
    """Whether nothing in the value has to be waited for."""
    if type(value) in WHOLE:
        return True
    if isinstance(value, Mapping):
        return all(map(is_prompt, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_prompt, value))
    return not isinstance(value, pulumi.Output) and not isawaitable(value)


async def value_of(given: Any) -> Any:
    """The value as far as it is known; ``UNKNOWN`` where nothing of it is.

    Lists and dictionaries are gone through here: the SDK makes an output of each text in them.
    """
    if is_prompt(given):
        return given
    if isinstance(given, Mapping):
        return {key: await value_of(one) for key, one in given.items()}
    if isinstance(given, (list, tuple)):
        return [await value_of(one) for one in given]
    output = pulumi.Output.from_input(given)
    value = await output.future(with_unknowns=True)
    return UNKNOWN if value is None and not await output.is_known() else value


async def is_secret(given: Any) -> bool:
    """Whether the value, or anything inside it, is secret."""
    if is_prompt(given):
        return False
    if isinstance(given, (Mapping, list, tuple)):
        return any([await is_secret(one) for one in _members(given)])
    return await pulumi.Output.from_input(given).is_secret()


async def secret_texts(given: Any) -> set[str]:
    """The texts that what is secret in this input, or in lists and dictionaries of inputs, holds."""
    if is_prompt(given):
        return set()
    if isinstance(given, (Mapping, list, tuple)):
        return set().union(*[await secret_texts(one) for one in _members(given)])
    return set(_texts(await value_of(given))) if await is_secret(given) else set()


def _members(value: Mapping[Any, Any] | Sequence[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, Mapping) else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, (list, tuple, Mapping)):
        for one in _members(value):
            yield from _texts(one)


async def in_thread(work: Callable[[], T], deadline: float) -> T:
    """``work()`` in a thread that does not keep the process alive when the deadline has passed."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - carried over to the awaiting task
            loop.call_soon_threadsafe(settle, None, error)
        else:
            loop.call_soon_threadsafe(settle, result, None)

    threading.Thread(target=run, name="instance-role-preflight", daemon=True).start()
    return await asyncio.wait_for(answer, deadline)
