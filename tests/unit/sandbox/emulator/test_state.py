"""The state: scopes, transactions, durability, and what it refuses to open."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instance_role_sandbox.emulator.problems import StateError
from instance_role_sandbox.emulator.state import FILE, Kind, State


@dataclass(frozen=True)
class Thing:
    name: str
    size: int = 0
    parts: tuple[tuple[str, float], ...] = ()
    tags: dict[str, str] = field(default_factory=dict)


GLOBAL = Kind("global", Thing)
REGIONAL = Kind("regional", Thing, regional=True)
KINDS = {kind.name: kind for kind in (GLOBAL, REGIONAL)}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = State(tmp_path / "state", KINDS)
    yield opened
    opened.close()


def reopened(state: State) -> State:
    state.close()
    return State(state.folder, KINDS)


def test_accounts_and_regions_do_not_see_each_other(state: State) -> None:
    with state.transaction():
        state.table(GLOBAL, "1", "a").put("x", Thing("x"))
        state.table(REGIONAL, "1", "a").put("y", Thing("y"))
    assert state.table(GLOBAL, "1", "b").get("x") == Thing("x")
    assert state.table(GLOBAL, "2").get("x") is None
    assert state.table(REGIONAL, "1", "b").get("y") is None
    found = state.find(REGIONAL, "y")
    assert found is not None and (found[0].account, found[0].region) == ("1", "a")
    assert state.find(REGIONAL, "y", account="2") is None


def test_what_was_committed_is_there_again_and_in_order(state: State) -> None:
    things = {key: Thing(key, 7, (("Pending", 1.5), ("Running", 2.0)), {"a": "ü"}) for key in ("c", "a", "b")}
    with state.transaction():
        for key, thing in things.items():
            state.table(GLOBAL, "1").put(key, thing)
        state.table(GLOBAL, "1").put("a", replace(things["a"], size=8))
    again = reopened(state)
    assert again.table(GLOBAL, "1").items() == [(k, replace(t, size=8) if k == "a" else t) for k, t in things.items()]
    again.close()


def test_a_transaction_that_fails_leaves_nothing(state: State) -> None:
    table = state.table(GLOBAL, "1")
    with state.transaction():
        table.put("kept", Thing("kept"))
        table.put("changed", Thing("old"))
    with pytest.raises(ZeroDivisionError), state.transaction():
        table.put("changed", Thing("new"))
        table.put("added", Thing("added"))
        table.delete("kept")
        with state.transaction():  # an inner one is part of the outer one
            table.put("inner", Thing("inner"))
        raise ZeroDivisionError
    expected = {"kept": Thing("kept"), "changed": Thing("old")}
    assert dict(table.items()) == expected
    again = reopened(state)
    assert dict(again.table(GLOBAL, "1").items()) == expected
    again.close()


def test_nothing_is_written_outside_a_transaction(state: State) -> None:
    with pytest.raises(RuntimeError):
        state.table(GLOBAL, "1").put("x", Thing("x"))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["put", "delete", "fail"]), st.sampled_from("abc")), max_size=5), max_size=6
    )
)
def test_memory_and_file_never_differ(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[str, str]]]
) -> None:
    state = State(tmp_path_factory.mktemp("state"), KINDS)
    model: dict[str, int] = {}
    for number, steps in enumerate(rounds):
        draft = dict(model)
        try:
            with state.transaction():
                for what, key in steps:
                    if what == "put":
                        state.table(GLOBAL, "1").put(key, Thing(key, number))
                        draft[key] = number
                    elif what == "delete":
                        state.table(GLOBAL, "1").delete(key)
                        draft.pop(key, None)
                    else:
                        raise KeyError
            model = draft
        except KeyError:
            pass
        assert {key: thing.size for key, thing in state.table(GLOBAL, "1").items()} == model
    again = reopened(state)
    assert {key: thing.size for key, thing in again.table(GLOBAL, "1").items()} == model
    again.close()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),  # seconds since the one before
            st.lists(st.tuples(st.booleans(), st.sampled_from(("1", "2")), st.sampled_from("abc")), max_size=4),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 25),
)
def test_the_past_is_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    rounds: list[tuple[int, list[tuple[bool, str, str]]]],
    asked: int,
) -> None:
    state = State(tmp_path_factory.mktemp("state"), KINDS)

    def rows(seen: State, account: str) -> dict[str, Thing]:
        return dict(sorted(seen.table(REGIONAL, account, "r").items()))

    moment, then = 0, {"1": rows(state, "1"), "2": rows(state, "2")}
    for number, (later, steps) in enumerate(rounds):
        moment += later
        with state.transaction(moment=float(moment)):
            for put, account, key in steps:
                if put:
                    state.table(REGIONAL, account, "r").put(key, Thing(key, number))
                else:
                    state.table(REGIONAL, account, "r").delete(key)
        if moment <= asked:
            then = {account: rows(state, account) for account in then}
    present = {account: rows(state, account) for account in then}
    for account in then:
        past = state.before(account, float(asked))
        assert rows(past, account) == then[account]
        past.table(REGIONAL, account, "r").put("new", Thing("new"))  # which changes nothing
    assert {account: rows(state, account) for account in then} == present
    state.close()


def test_what_has_no_moment_is_there_for_ever(state: State) -> None:
    with state.transaction(moment=10.0):
        state.table(GLOBAL, "1").put("x", Thing("x"))
    with state.transaction():
        state.table(GLOBAL, "1").put("y", Thing("y"))
    with pytest.raises(KeyError), state.transaction(moment=20.0):
        state.table(GLOBAL, "1").delete("y")
        raise KeyError
    past = state.before("1", 5.0)
    assert past.table(GLOBAL, "1").keys() == ["y"]
    assert past.find(GLOBAL, "x") is None and past.find(GLOBAL, "y") is not None
    assert [place.key for place, _ in past.everywhere(GLOBAL)] == ["y"]


def test_a_transaction_knows_what_it_has_changed(state: State) -> None:
    with state.transaction():
        state.table(GLOBAL, "1").put("old", Thing("old"))
    with state.transaction():
        state.table(GLOBAL, "1").put("old", Thing("old", 1))
        state.table(GLOBAL, "1").put("old", Thing("old", 2))
        state.table(REGIONAL, "1", "r").put("new", Thing("new"))
        found = [(key, table.get(key), before) for table, key, before in state.changes()]
    assert found == [("old", Thing("old", 2), Thing("old")), ("new", Thing("new"), None)]
    assert state.changes() == []


def test_a_folder_has_one_user_at_a_time(state: State) -> None:
    with pytest.raises(StateError) as caught:
        State(state.folder, KINDS)
    assert str(caught.value) == (
        f"{state.folder}: in use by another sandbox (process {os.getpid()}); stop that one or choose another --state"
    )
    reopened(state).close()


def test_secrets_are_not_for_others(state: State) -> None:
    assert state.folder.stat().st_mode & 0o077 == 0
    assert (state.folder / FILE).stat().st_mode & 0o077 == 0


def damage_header(path: Path) -> None:
    path.write_bytes(b"not a database" * 1000)


def damage_record(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO record VALUES ('global', '1', '', 'x', '{\"nonsense\": 1}')")
    db.close()


def damage_json(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO record VALUES ('global', '1', '', 'x', '{')")
    db.close()


def damage_kind(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO record VALUES ('unheard-of', '1', '', 'x', '{}')")
    db.close()


@pytest.mark.parametrize("damage", [damage_header, damage_record, damage_json, damage_kind])
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    State(tmp_path, KINDS).close()
    damage(tmp_path / FILE)
    before = (tmp_path / FILE).read_bytes()
    for _ in range(2):  # the second time shows that the lock was given back
        with pytest.raises(StateError) as caught:
            State(tmp_path, KINDS)
        assert str(caught.value).startswith(f"{tmp_path / FILE}: not readable as the sandbox's state")
        assert "\n" not in str(caught.value)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_file_of_another_format_is_named(tmp_path: Path) -> None:
    State(tmp_path, KINDS).close()
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(StateError, match="written in format 99"):
        State(tmp_path, KINDS)


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be used as the state folder"):
        State(tmp_path / "file", KINDS)
