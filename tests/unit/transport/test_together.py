"""Several who ask about one thing each: who goes with whom, and what each is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_instance_role.transport.together import ABREAST, Together

MOST = 5
NAMES = st.lists(st.sampled_from([f"role-{number}" for number in range(12)]), min_size=1, max_size=30)


class Bad(Exception):
    """A failure that may be that of one of those that were asked about."""


class Cloud:
    """Calls that end when they are told to. It fails for ``bad`` names, and leaves ``untold`` ones out."""

    def __init__(self, bad: Sequence[str] = (), untold: Sequence[str] = (), broken: bool = False) -> None:
        self.bad, self.untold, self.broken = frozenset(bad), frozenset(untold), broken
        self.calls: list[list[str]] = []
        self.begun, self.go, self.lock = threading.Semaphore(0), threading.Event(), threading.Lock()

    def __call__(self, names: Sequence[str]) -> Mapping[str, str]:
        with self.lock:
            self.calls.append(list(names))
        self.begun.release()
        assert self.go.wait(30)
        if self.broken:
            raise ConnectionError("no answer")
        if self.bad.intersection(names):
            raise Bad(", ".join(sorted(self.bad.intersection(names))))
        return {name: f"tags of {name}" for name in names if name not in self.untold}


def await_waiting(together: Together[str], number: int) -> None:
    """Nothing but its own list shows that somebody waits."""
    end = time.monotonic() + 30
    while len(together._waiting) < number:
        assert time.monotonic() < end
        time.sleep(0.001)


def ask_all(cloud: Cloud, names: Sequence[str]) -> list[object]:
    """What each of those is told who ask at about the same time: the later ones while calls are on their way."""
    together = Together(cloud, MOST, lambda error: isinstance(error, Bad))
    told: list[object] = [None] * len(names)

    def ask(number: int) -> None:
        try:
            told[number] = together.ask(names[number])
        except Exception as error:  # noqa: BLE001 - looked at by the test
            told[number] = error

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(len(names))]
    for number, thread in enumerate(threads):
        thread.start()
        if number < ABREAST:
            assert cloud.begun.acquire(timeout=30)
    expected = max(0, len(names) - ABREAST)
    while len(together._waiting) < expected:
        threading.Event().wait(0.001)
    cloud.go.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert not together._waiting and not together._flying
    return told


@given(names=NAMES, untold=st.sets(st.sampled_from(["role-1", "role-2"])))
def test_each_is_told_of_his_own_with_few_calls(names: list[str], untold: set[str]) -> None:
    cloud = Cloud(untold=sorted(untold))
    assert ask_all(cloud, names) == [None if name in untold else f"tags of {name}" for name in names]
    late = max(0, len(names) - ABREAST)
    assert len(cloud.calls) == min(ABREAST, len(names)) + -(-late // MOST)
    assert all(len(call) <= MOST and len(call) == len(set(call)) for call in cloud.calls)
    assert cloud.calls[:ABREAST] == [[name] for name in names[:ABREAST]], "the first do not wait"


@given(names=NAMES, bad=st.sets(st.sampled_from(["role-1", "role-2", "role-3"]), min_size=1))
def test_a_failure_of_one_is_told_to_him_alone(names: list[str], bad: set[str]) -> None:
    told = ask_all(Cloud(bad=sorted(bad)), names)
    for name, found in zip(names, told, strict=True):
        if name in bad:
            assert isinstance(found, Bad) and str(found) == name
        else:
            assert found == f"tags of {name}"


@given(names=NAMES)
def test_a_failure_of_all_is_told_to_all_and_not_asked_for_again(names: list[str]) -> None:
    cloud = Cloud(broken=True)
    assert all(isinstance(found, ConnectionError) for found in ask_all(cloud, names))
    assert len(cloud.calls) == min(ABREAST, len(names)) + -(-max(0, len(names) - ABREAST) // MOST)


def test_who_asks_alone_asks_at_once() -> None:
    cloud = Cloud()
    cloud.go.set()
    together: Together[str] = Together(cloud, MOST, lambda error: True)
    assert [together.ask(name) for name in ("a", "b", "a")] == ["tags of a", "tags of b", "tags of a"]
    assert cloud.calls == [["a"], ["b"], ["a"]], "what was told before is not told again"


@pytest.mark.parametrize("who", ["the first", "who waits"])
def test_who_is_interrupted_leaves_the_others_to_go_on(who: str) -> None:
    """An interruption meets the call itself: those that went with it ask for themselves."""
    interrupted: list[list[str]] = []
    go = threading.Event()
    begun = threading.Semaphore(0)

    def read(names: Sequence[str]) -> Mapping[str, str]:
        begun.release()
        assert go.wait(30)
        if ("first" in names) if who == "the first" else len(names) > 1:
            interrupted.append(list(names))
            raise KeyboardInterrupt
        return dict.fromkeys(names, "told")

    together: Together[str] = Together(read, MOST, lambda error: False)
    told: dict[str, object] = {}

    def ask(name: str) -> Callable[[], None]:
        def run() -> None:
            try:
                told[name] = together.ask(name)
            except KeyboardInterrupt:
                told[name] = "interrupted"

        return run

    threads = []
    for name in ("first", "second", "third", "fourth"):
        threads.append(threading.Thread(target=ask(name), daemon=True))
        threads[-1].start()
        if len(threads) <= ABREAST:
            assert begun.acquire(timeout=30)
    while len(together._waiting) < 2:
        threading.Event().wait(0.001)
    go.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert len(interrupted) == 1
    assert sorted(map(str, told.values())) == ["interrupted", "told", "told", "told"]
