"""One answer for several who ask: who shares with whom, and what a write in between makes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.transport.share import KEPT, Looks
from tests.unit.transport.clock import Clock

KEY = "GetRole web"


class Slow:
    """A read that answers when it is told to."""

    def __init__(self, answer: Callable[[], int]) -> None:
        self.begun, self.go, self.answer, self.asked = threading.Event(), threading.Event(), answer, 0

    def __call__(self) -> int:
        self.asked += 1
        self.begun.set()
        assert self.go.wait(30)
        return self.answer()


def in_background(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    results: list[object] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - what is told to others is looked at
            results.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, results


def waiting_on(looks: Looks[int], read: Slow, times: int) -> list[tuple[threading.Thread, list[object]]]:
    """One that reads, and others that wait for its answer."""
    first = in_background(lambda: looks.ask(KEY, ("web",), read, shared=True))
    assert read.begun.wait(30)
    return [first, *(in_background(lambda: looks.ask(KEY, ("web",), read, shared=True)) for _ in range(times))]


def joined(asked: list[tuple[threading.Thread, list[object]]]) -> list[object]:
    for thread, _ in asked:
        thread.join(30)
        assert not thread.is_alive()
    return [one for _, results in asked for one in results]


def test_who_asks_meanwhile_has_the_same_answer() -> None:
    looks, read = Looks[int](), Slow(lambda: 7)
    asked = waiting_on(looks, read, 5)
    read.go.set()
    assert joined(asked) == [7] * 6 and read.asked == 1


def test_a_failure_is_told_to_those_who_waited_and_to_nobody_after() -> None:
    def fail() -> int:
        raise ValueError("no")

    looks, read = Looks[int](Clock()), Slow(fail)
    asked = waiting_on(looks, read, 2)
    read.go.set()
    assert [str(one) for one in joined(asked)] == ["no"] * 3
    assert looks.ask(KEY, ("web",), lambda: 8, shared=True) == 8


def test_who_is_interrupted_leaves_the_others_to_ask_for_themselves() -> None:
    answers: list[Callable[[], int]] = [lambda: 9, lambda: (_ for _ in ()).throw(KeyboardInterrupt)]
    looks, read = Looks[int](), Slow(lambda: answers.pop()())
    asked = waiting_on(looks, read, 3)
    read.go.set()
    first, *others = joined(asked)
    assert isinstance(first, KeyboardInterrupt) and others == [9] * 3


def test_what_began_before_a_write_is_nobody_elses_answer() -> None:
    looks, read = Looks[int](), Slow(lambda: 1)
    asked = waiting_on(looks, read, 0)
    with looks.writing(("web",)):
        pass
    assert looks.ask(KEY, ("web",), lambda: 2, shared=True) == 2
    read.go.set()
    assert joined(asked) == [1]
    assert looks.ask(KEY, ("web",), lambda: 3, shared=True) == 2  # the later one stays


steps = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(("web", "db"))),
    st.tuples(st.just("ask"), st.sampled_from(("web", "db"))),
    st.tuples(st.just("anew"), st.sampled_from(("web", "db"))),
    st.tuples(st.just("wait"), st.floats(0, KEPT).map(str)),
    st.tuples(st.just("others"), st.sampled_from(("web", "db"))),
)


@given(st.lists(steps, max_size=60))
def test_an_answer_is_never_older_than_the_last_write_nor_than_its_time(sequence: list[tuple[str, str]]) -> None:
    clock = Clock()
    looks = Looks[tuple[int, float]](clock)
    state, ours = {"web": 0, "db": 0}, {"web": 0, "db": 0}  # the version there is, and the last one that we wrote

    def read(thing: str) -> Callable[[], tuple[int, float]]:
        return lambda: (state[thing], clock.now)

    for step, about in sequence:
        if step == "wait":
            clock.now += float(about)
        elif step == "others":
            state[about] += 1
        elif step == "write":
            with looks.writing((about,)):
                state[about] += 1
                ours[about] = state[about]
        else:
            version, at = looks.ask(f"GetRole {about}", (about,), read(about), shared=step == "ask")
            assert version >= ours[about] and clock.now - at <= KEPT
            assert step == "ask" or (version, at) == (state[about], clock.now)


def test_a_write_that_fails_may_have_been_carried_out() -> None:
    looks = Looks[int](Clock())
    looks.ask(KEY, ("web",), lambda: 1, shared=True)
    with pytest.raises(ValueError, match="lost"), looks.writing(("web",)):
        assert looks.ask(KEY, ("web",), lambda: 2, shared=True) == 2  # while it is under way
        raise ValueError("lost")
    assert looks.ask(KEY, ("web",), lambda: 3, shared=True) == 3
    assert looks.ask("GetRole db", ("db",), lambda: 4, shared=True) == 4
    with looks.writing(("web",)):
        pass
    assert looks.ask("GetRole db", ("db",), lambda: 5, shared=True) == 4


def test_answers_that_are_too_old_are_thrown_away() -> None:
    clock = Clock()
    looks = Looks[int](clock)
    for number in range(2000):
        clock.now += KEPT / 10
        looks.ask(number, (), lambda: 1, shared=True)
    assert len(looks._reads) < 1000
