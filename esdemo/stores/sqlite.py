"""History in one SQLite file, which itself refuses to let it be changed."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from esdemo.clocks import Clock, utc_now
from esdemo.errors import (
    Busy,
    Damaged,
    Full,
    NotAStore,
    ReadOnly,
    StoreError,
    WrongOwner,
)
from esdemo.events import GENESIS
from esdemo.stores.contract import PAGE, DecisionRow, EventRow, EventStore, Head

APPLICATION_ID: Final = 0x65736465  # "esde": an SQLite file says who made it
SCHEMA: Final = 1
TO_THE_END: Final = 2**63 - 1


class SQLiteStore(EventStore):
    """Events and decisions in an SQLite file, in WAL mode.

    survives: "power loss" (synchronous=FULL: what was acknowledged is on the disk) or "crash"
    (NORMAL: several times faster; a killed process loses nothing, a power cut may take the last
    few). busy_timeout: seconds to wait for another writer. read_only: never write, nor create.
    A store belongs to the thread and process that opened it; each opens its own.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        vocabulary: Any,
        clock: Clock = utc_now,
        *,
        survives: Literal["power loss", "crash"] = "power loss",
        busy_timeout: float = 10.0,
        read_only: bool = False,
    ) -> None:
        super().__init__(vocabulary, clock)
        if survives not in ("power loss", "crash"):
            raise ValueError(f"survives is 'power loss' or 'crash', not {survives!r}")
        self.path = os.fspath(path)
        self._owner = (os.getpid(), threading.get_ident())
        try:
            self._db = sqlite3.connect(
                _uri(self.path, read_only), uri=True, timeout=busy_timeout, isolation_level=None
            )
        except sqlite3.Error as error:
            raise self._explained(error) from error
        try:
            self._open(survives, read_only)
        except BaseException:
            self._db.close()
            raise

    def streams(self) -> list[str]:
        rows = self._rows("SELECT stream FROM events WHERE version = 1 ORDER BY position")
        return [stream for (stream,) in rows]

    def close(self) -> None:
        self._db.close()

    def _open(self, survives: str, read_only: bool) -> None:
        if not read_only:
            mode = "FULL" if survives == "power loss" else "NORMAL"
            self._rows(f"PRAGMA synchronous = {mode}")
        with self._transaction(write=False):
            made_by = self._one("PRAGMA application_id")
            tables = self._one("SELECT count(*) FROM sqlite_master")
        if (made_by, tables) == (0, 0) and not read_only:
            self._create()
        elif made_by != APPLICATION_ID:
            raise NotAStore(f"{self.path} is a database of another program: name another file")
        if (schema := self._one("PRAGMA user_version")) != SCHEMA:
            raise NotAStore(
                f"{self.path} has layout {schema}, this esdemo reads {SCHEMA}: update esdemo"
            )

    def _create(self) -> None:
        if self._one("PRAGMA journal_mode = WAL") not in ("wal", "memory"):
            raise NotAStore(
                f"the disk of {self.path} does not support write-ahead logging (a network disk?): "
                "put the file on a local one"
            )
        with self._transaction():
            if self._one("PRAGMA application_id") == APPLICATION_ID:
                return  # another process was faster
            for statement in _statements():
                self._rows(statement)
            self._rows(f"PRAGMA user_version = {SCHEMA}")
            self._rows(f"PRAGMA application_id = {APPLICATION_ID}")

    @contextmanager
    def _transaction(self, *, write: bool = True) -> Iterator[None]:
        if self._owner != (os.getpid(), threading.get_ident()):
            raise WrongOwner(
                f"{self.path} was opened by another thread or process: "
                "open a SQLiteStore of its own in each"
            )
        self._rows("BEGIN IMMEDIATE" if write else "BEGIN")
        try:
            yield
            self._rows("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # SQLite rolls back by itself when the disk is full
                self._db.execute("ROLLBACK")
            raise

    def _head(self, stream: str) -> Head:
        last_event = self._rows(
            "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1"
        )
        last_decision = self._rows(
            "SELECT number, recorded_at FROM decisions ORDER BY number DESC LIMIT 1"
        )
        last_of_stream = self._rows(
            "SELECT version, hash FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1",
            (stream,),
        )
        (version, digest) = last_of_stream[0] if last_of_stream else (0, GENESIS)
        (position, event_time) = last_event[0] if last_event else (0, "")
        (number, decision_time) = last_decision[0] if last_decision else (0, "")
        return Head(version, digest, position, number, max(event_time, decision_time))

    def _insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> None:
        for row in events:
            self._rows("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        if decision:
            self._rows(
                "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", decision
            )

    def _payloads(self, stream: str, after: int, until: int) -> list[str]:
        rows = self._rows(
            "SELECT data FROM events WHERE stream = ? AND version > ? AND version <= ? "
            "ORDER BY version",
            (stream, after, until),
        )
        return [data for (data,) in rows]

    def _event_rows(self, stream: str | None, after: int, until: int) -> list[EventRow]:
        if stream is None:
            rows = self._rows(
                "SELECT * FROM events WHERE position > ? AND position <= ? ORDER BY position",
                (after, until),
            )
        else:
            rows = self._rows(
                "SELECT * FROM events WHERE stream = ? AND version > ? AND version <= ? "
                "ORDER BY version",
                (stream, after, until),
            )
        return list(map(EventRow._make, rows))

    def _decision_rows(
        self, stream: str | None, after: int, until: int | None
    ) -> list[DecisionRow]:
        rows = self._rows(
            "SELECT * FROM decisions WHERE number > ? AND number <= ? "
            "AND (? IS NULL OR stream = ?) ORDER BY number LIMIT ?",
            (after, TO_THE_END if until is None else until, stream, stream, PAGE),
        )
        return list(map(DecisionRow._make, rows))

    def _decision_row(self, command_id: str) -> DecisionRow | None:
        rows = self._rows("SELECT * FROM decisions WHERE command_id = ?", (command_id,))
        return DecisionRow._make(rows[0]) if rows else None

    def _time(self, stream: str | None, place: int) -> str:
        if stream is None:
            return str(self._one("SELECT recorded_at FROM events WHERE position = ?", (place,)))
        return str(
            self._one(
                "SELECT recorded_at FROM events WHERE stream = ? AND version = ?", (stream, place)
            )
        )

    def _one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self._rows(sql, values)[0][0]

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error) -> StoreError:
        """The same trouble by name, with what to do."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended part
        kind, advice = _TROUBLE.get(code, (StoreError, "see SQLite's own words"))
        if isinstance(error, sqlite3.ProgrammingError) and "thread" in str(error):
            kind, advice = WrongOwner, "open a SQLiteStore of its own in each thread"
        return kind(f"{self.path}: {error}: {advice}")


_TROUBLE: Final[dict[int, tuple[type[StoreError], str]]] = {
    sqlite3.SQLITE_BUSY: (Busy, "another process is writing; wait, or raise busy_timeout"),
    sqlite3.SQLITE_LOCKED: (Busy, "another connection is writing; wait, or raise busy_timeout"),
    sqlite3.SQLITE_READONLY: (ReadOnly, "open a copy, or ask for the right to write"),
    sqlite3.SQLITE_FULL: (Full, "make room; what was acknowledged is safe"),
    sqlite3.SQLITE_CORRUPT: (Damaged, "restore a backup; nothing was written"),
    sqlite3.SQLITE_NOTADB: (NotAStore, "name another file"),
    sqlite3.SQLITE_CANTOPEN: (ReadOnly, "does the folder exist, and may you write there?"),
}


def _uri(path: str, read_only: bool) -> str:
    if path == ":memory:":
        return "file::memory:"
    return f"file:{quote(str(Path(path).absolute()))}?mode={'ro' if read_only else 'rwc'}"


def _statements() -> Iterator[str]:
    """schema.sql, a statement at a time: executescript would commit behind our back."""
    lines: list[str] = []
    for line in files("esdemo.stores").joinpath("schema.sql").read_text("utf-8").splitlines():
        lines.append(line)
        if sqlite3.complete_statement("\n".join(lines)):
            yield "\n".join(lines)
            lines.clear()
