"""What exists: records in memory, written through to SQLite, one transaction for each request.

Records are frozen dataclasses whose fields are plain JSON (text, numbers, booleans, ``None``, tuples of these and
dicts with text keys). A change puts a new record in place of the old one (:func:`dataclasses.replace`), so a record
that was read never changes under its reader. Everything is scoped: a table belongs to one account and, for regional
kinds, to one region, so that one account or region cannot see into another.

A transaction holds one lock, so requests are carried out one after the other; it commits at its end and leaves
nothing behind when it raises. What was committed survives ``kill -9`` (SQLite's write-ahead log); a loss of power may
cost the last requests, which is the price of not waiting for the disk.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

from . import private
from .problems import StateError

T = TypeVar("T")

FORMAT = 1
FILE = "state.sqlite"
HISTORY = 100_000
"""How many of the latest changes can be looked back beyond."""
_MISSING: Any = object()
_Bucket = tuple[str, str, str]  # kind, account, region


@dataclass(frozen=True)
class Kind(Generic[T]):
    """One kind of record: its name in the file, its dataclass, and whether it lives in a region or in the account."""

    name: str
    record: type[T]
    regional: bool = False


@dataclass(frozen=True)
class Place:
    """Where a record was found."""

    account: str
    region: str
    key: str


class Table(Generic[T]):
    """The records of one kind in one account (and region), in the order they were made."""

    def __init__(self, state: State, bucket: _Bucket) -> None:
        self._state = state
        self._bucket = bucket
        self._rows: dict[str, T] = state._bucket(bucket)

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return self._bucket[0]

    def get(self, key: str) -> T | None:
        """The record of that key, or ``None``."""
        return self._rows.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def keys(self) -> list[str]:
        """All keys."""
        return list(self._rows)

    def values(self) -> list[T]:
        """All records."""
        return list(self._rows.values())

    def items(self, among: Collection[str] | None = None) -> list[tuple[str, T]]:
        """All keys with their records, or those of them that are ``among`` these."""
        if among is None:
            return list(self._rows.items())
        wanted = set(among)
        return [(key, self._rows[key]) for key in self._rows if key in wanted]

    def put(self, key: str, record: T) -> T:
        """Make ``record`` the one of that key, and return it."""
        self._state._remember(self._bucket, key, json.dumps(vars(record), separators=(",", ":")))
        self._rows[key] = record
        return record

    def delete(self, key: str) -> None:
        """Remove the record of that key, if there is one."""
        if key in self._rows:
            self._state._remember(self._bucket, key, None)
            del self._rows[key]


@dataclass(frozen=True)
class _Change:
    """One record as it was before ``moment`` (in its account's time)."""

    moment: float
    bucket: _Bucket
    key: str
    before: Any  # _MISSING for a record that was made then


class State:
    """All records of all accounts.

    ``folder`` is made if it is not there and locked for this process alone. Raises :class:`StateError` when it is
    locked by another process, or when its file is damaged or was written by another version.
    """

    def __init__(self, folder: Path, kinds: Mapping[str, Kind[Any]]) -> None:
        self._folder = folder
        self.key_uses: dict[str, float] = {}
        """When each long-lived key was accepted last, in its account's time. In memory: a restart forgets it."""
        self._mutex = threading.RLock()
        self._rows: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}  # by kind, then account and region
        self._undo: list[tuple[_Bucket, str, Any]] = []
        self._pending: dict[tuple[str, str, str, str], str | None] = {}
        self._depth = 0
        self._moment: float | None = None
        self._history: deque[_Change] = deque(maxlen=HISTORY)
        self._lock_file = _lock(folder)
        try:
            self._db = self._open(folder / FILE)
            self._load(kinds, folder / FILE)
        except BaseException:
            self._lock_file.close()
            raise

    @property
    def folder(self) -> Path:
        """Where the state lies."""
        return self._folder

    def table(self, kind: Kind[T], account: str, region: str = "") -> Table[T]:
        """The records of ``kind`` in ``account``; ``region`` counts for regional kinds only."""
        return Table(self, (kind.name, account, region if kind.regional else ""))

    def find(self, kind: Kind[T], key: str, account: str | None = None) -> tuple[Place, T] | None:
        """The record of that key wherever it is: in any region, and in any account unless one is named."""
        for (owner, region), rows in self._rows.get(kind.name, {}).items():
            if account in (None, owner) and key in rows:
                return Place(owner, region, key), rows[key]
        return None

    def everywhere(self, kind: Kind[T], account: str | None = None) -> list[tuple[Place, T]]:
        """All records of ``kind``, of all regions, and of all accounts unless one is named."""
        return [
            (Place(owner, region, key), record)
            for (owner, region), rows in self._rows.get(kind.name, {}).items()
            if account in (None, owner)
            for key, record in rows.items()
        ]

    def changes(self) -> list[tuple[Table[Any], str, Any]]:
        """What this transaction has changed so far: the table, the key, and the record before it (``None``: none)."""
        first: dict[tuple[_Bucket, str], Any] = {}
        for bucket, key, record in self._undo:
            first.setdefault((bucket, key), None if record is _MISSING else record)
        return [(Table(self, bucket), key, before) for (bucket, key), before in first.items()]

    def before(self, account: str, moment: float) -> State:
        """The account as it was before everything that was written with a moment later than ``moment``.

        To be read inside a transaction; what is written there is written nowhere. Nobody remembers for ever: changes
        of an earlier process, and more than :data:`HISTORY` of this one, stay.
        """
        return _Past(self, account, moment)

    @contextmanager
    def transaction(self, moment: float | None = None) -> Iterator[None]:
        """All or nothing: what is changed inside is on disk afterwards, or never happened when the block raises.

        ``moment`` is the time of the change as its account tells it, for :meth:`before`, which keeps changes without
        one as they are.
        """
        with self._mutex:
            if not self._depth:
                self._moment = moment
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._commit()
            except BaseException:
                if self._depth == 1:
                    self._roll_back()
                raise
            finally:
                self._depth -= 1

    def close(self) -> None:
        """Close the file and give the folder free."""
        with self._mutex:
            self._db.close()
            self._lock_file.close()

    # -- inside ------------------------------------------------------------------------------------------------
    def _bucket(self, bucket: _Bucket) -> dict[str, Any]:
        kind, account, region = bucket
        return self._rows.setdefault(kind, {}).setdefault((account, region), {})

    def _remember(self, bucket: _Bucket, key: str, body: str | None) -> None:
        if not self._depth:
            raise RuntimeError("the state is written inside a transaction only")
        self._undo.append((bucket, key, self._bucket(bucket).get(key, _MISSING)))
        self._pending[bucket[0], bucket[1], bucket[2], key] = body

    def _commit(self) -> None:
        if self._pending:
            with self._db:
                self._db.executemany(
                    "INSERT INTO record (kind, account, region, key, body) VALUES (?, ?, ?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET body = excluded.body",
                    [(*place, body) for place, body in self._pending.items() if body is not None],
                )
                self._db.executemany(
                    "DELETE FROM record WHERE kind = ? AND account = ? AND region = ? AND key = ?",
                    [place for place, body in self._pending.items() if body is None],
                )
        if self._moment is not None:
            self._history.extend(_Change(self._moment, *change) for change in self._undo)
        self._pending.clear()
        self._undo.clear()

    def _roll_back(self) -> None:
        for bucket, key, record in reversed(self._undo):
            if record is _MISSING:
                self._bucket(bucket).pop(key, None)
            else:
                self._bucket(bucket)[key] = record
        self._undo.clear()
        self._pending.clear()

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        fresh = not path.exists()
        try:
            path.touch(mode=private.OWNER_ONLY)
            path.chmod(private.OWNER_ONLY)  # SQLite gives its other files the mode of this one
            db = sqlite3.connect(path, check_same_thread=False)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            if not fresh and db.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise _damaged(path)
            with db:
                db.execute(
                    "CREATE TABLE IF NOT EXISTS record (kind TEXT, account TEXT, region TEXT, key TEXT, body TEXT,"
                    " PRIMARY KEY (kind, account, region, key))"
                )
                if db.execute("PRAGMA user_version").fetchone() == (0,):
                    db.execute(f"PRAGMA user_version={FORMAT}")
            found = db.execute("PRAGMA user_version").fetchone()[0]
        except (sqlite3.Error, OSError) as error:
            raise _damaged(path, error) from error
        if found != FORMAT:
            raise StateError(
                f"{path}: written in format {found}, this version reads format {FORMAT}; choose another --state"
            )
        return db

    def _load(self, kinds: Mapping[str, Kind[Any]], path: Path) -> None:
        try:
            rows = self._db.execute("SELECT kind, account, region, key, body FROM record ORDER BY rowid").fetchall()
            for name, account, region, key, body in rows:
                record = kinds[name].record(**_tuples(json.loads(body)))
                self._bucket((name, account, region))[key] = record
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            raise _damaged(path, error) from error


class _Past(State):
    """A state as it was, for readers: rows of one account are copies, put back to what they were."""

    def __init__(self, present: State, account: str, moment: float) -> None:
        self._rows = {
            kind: {place: dict(rows) if place[0] == account else rows for place, rows in places.items()}
            for kind, places in present._rows.items()
        }
        for change in reversed(present._history):
            if change.bucket[1] != account:
                continue
            if change.moment <= moment:
                break
            if change.before is _MISSING:
                self._bucket(change.bucket).pop(change.key, None)
            else:
                self._bucket(change.bucket)[change.key] = change.before

    def _remember(self, bucket: _Bucket, key: str, body: str | None) -> None:
        """Nothing: the past does not change."""


def _tuples(value: Any) -> Any:
    """JSON as records hold it: arrays as tuples."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _damaged(path: Path, error: Exception | None = None) -> StateError:
    reason = f" ({type(error).__name__}: {error})" if error else ""
    return StateError(
        f"{path}: not readable as the sandbox's state{reason}; it was left as it is:"
        " restore it, or choose another --state"
    )


def _lock(folder: Path) -> IO[str]:
    """The folder's lock, held until the returned file is closed (or the process ends, however it ends)."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = private.open_to_append(folder / "lock")
    except OSError as error:
        raise StateError(
            f"{folder}: cannot be used as the state folder ({error.strerror}); choose another --state"
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise StateError(
            f"{folder}: in use by another sandbox (process {holder}); stop that one or choose another --state"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
