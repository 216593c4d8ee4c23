"""History in one SQLite file, which itself refuses to let it be changed."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from esdemo import errors
from esdemo.clocks import Clock, utc_now
from esdemo.events import GENESIS
from esdemo.stores.contract import PAGE, EventStore
from esdemo.stores.rows import DecisionRow, EventRow, Head

APPLICATION_ID: Final = 0x65736465  # this and the layout are set at the end of schema.sql
LAYOUT: Final = 1
TO_THE_END: Final = 2**63 - 1
SYNCHRONOUS: Final = {"power loss": "FULL", "crash": "NORMAL"}


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
        if survives not in SYNCHRONOUS:
            raise ValueError(f"survives is 'power loss' or 'crash', not {survives!r}")
        self.path = os.fspath(path)
        self._patience = busy_timeout
        try:
            uri = _uri(self.path, read_only)
            self._db = sqlite3.connect(uri, timeout=busy_timeout, isolation_level=None, uri=True)
        except sqlite3.Error as error:
            raise self._explained(error) from error
        try:
            self._identify(create=not read_only)
            self._rows(f"PRAGMA synchronous = {SYNCHRONOUS[survives]}")
            self._rows("PRAGMA fullfsync = ON")  # on macOS FULL stops short of the disk without it
        except BaseException:
            self._db.close()
            raise

    def streams(self) -> list[str]:
        rows = self._rows("SELECT stream FROM events WHERE version = 1 ORDER BY position")
        return [stream for (stream,) in rows]

    def counts(self) -> tuple[int, int]:
        counted = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM decisions)"
        events, decisions = self._rows(counted)[0]
        return events, decisions

    def close(self) -> None:
        try:
            self._db.close()
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def __repr__(self) -> str:
        try:
            return super().__repr__()
        except errors.StoreError:
            return f"SQLiteStore({self.path}, closed or unreadable)"

    def _identify(self, *, create: bool) -> None:
        """Make our tables in an empty file; refuse a file that somebody else made."""
        made_by, layout, tables = self._rows(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master) "
            "FROM pragma_application_id, pragma_user_version"
        )[0]
        if create and not (made_by or tables):
            if self._write_ahead() not in ("wal", "memory"):
                raise errors.NotAStore(
                    f"the disk of {self.path} has no write-ahead logging (is it a network disk?): "
                    "put the file on a local one"
                )
            schema = files("esdemo.stores").joinpath("schema.sql").read_text("utf-8")
            try:
                self._db.executescript(f"BEGIN IMMEDIATE; {schema}; COMMIT")
            except sqlite3.Error as error:
                raise self._explained(error) from error
        elif made_by != APPLICATION_ID:
            raise errors.NotAStore(f"{self.path} was made by another program: name another file")
        elif layout != LAYOUT:
            raise errors.NotAStore(
                f"{self.path} has layout {layout}, this esdemo reads {LAYOUT}: update esdemo"
            )

    def _write_ahead(self) -> str:
        """Ask for WAL. SQLite does not wait by itself here while another process asks too."""
        give_up = time.monotonic() + self._patience
        while True:
            try:
                return str(self._rows("PRAGMA journal_mode = WAL")[0][0])
            except errors.Busy:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.01)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._rows("BEGIN IMMEDIATE")
        try:
            yield
            self._rows("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # SQLite rolls back by itself when the disk is full
                self._db.execute("ROLLBACK")
            raise

    def _head(self, stream: str) -> Head:
        version, digest, position, number, *times = self._rows(
            "SELECT (SELECT version FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1), "
            "(SELECT hash FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1), "
            "(SELECT max(position) FROM events), (SELECT max(number) FROM decisions), "
            "(SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1), "
            "(SELECT recorded_at FROM decisions ORDER BY number DESC LIMIT 1)",
            (stream, stream),
        )[0]
        now = max(filter(None, times), default="")
        return Head(version or 0, digest or GENESIS, position or 0, number or 0, now)

    def _insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> None:
        for row in events:
            self._rows(_INSERT_EVENT, row)
        if decision:
            self._rows(_INSERT_DECISION, decision)

    def _payloads(self, stream: str, after: int, until: int) -> list[str]:
        sql = "SELECT data FROM events WHERE stream = ? AND version > ? AND version <= ?"
        rows = self._rows(f"{sql} ORDER BY version", (stream, after, until))
        return [data for (data,) in rows]

    def _event_rows(self, stream: str | None, after: int, until: int) -> list[EventRow]:
        if stream is None:
            sql = "SELECT * FROM events WHERE position > ? AND position <= ? ORDER BY position"
            rows = self._rows(sql, (after, until))
        else:
            sql = "SELECT * FROM events WHERE stream = ? AND version > ? AND version <= ?"
            rows = self._rows(f"{sql} ORDER BY version", (stream, after, until))
        return list(map(EventRow._make, rows))

    def _decision_rows(
        self, stream: str | None, after: int, until: int | None
    ) -> list[DecisionRow]:
        rows = self._rows(
            "SELECT * FROM decisions WHERE number > ? AND number <= ? "
            "AND stream = coalesce(?, stream) ORDER BY number LIMIT ?",
            (after, TO_THE_END if until is None else until, stream, PAGE),
        )
        return list(map(DecisionRow._make, rows))

    def _decision_row(self, command_id: str) -> DecisionRow | None:
        rows = self._rows("SELECT * FROM decisions WHERE command_id = ?", (command_id,))
        return DecisionRow._make(rows[0]) if rows else None

    def _time(self, stream: str | None, place: int) -> str:
        if stream is None:
            rows = self._rows("SELECT recorded_at FROM events WHERE position = ?", (place,))
        else:
            sql = "SELECT recorded_at FROM events WHERE stream = ? AND version = ?"
            rows = self._rows(sql, (stream, place))
        return str(rows[0][0])

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error) -> errors.StoreError:
        """The same trouble by name, with what to do."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the kind, without its details
        kind, advice = _TROUBLE.get(code, (errors.StoreError, "those are SQLite's own words"))
        if isinstance(error, sqlite3.ProgrammingError) and "thread" in str(error):
            kind, advice = errors.WrongOwner, "open a SQLiteStore of its own in each thread"
        return kind(f"{self.path}: {error}: {advice}")


def _insert_into(table: str, row: type[EventRow | DecisionRow]) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' for _ in row._fields)})"


_INSERT_EVENT: Final = _insert_into("events", EventRow)
_INSERT_DECISION: Final = _insert_into("decisions", DecisionRow)
_TROUBLE: Final[dict[int, tuple[type[errors.StoreError], str]]] = {
    sqlite3.SQLITE_BUSY: (errors.Busy, "another process is writing; wait or raise busy_timeout"),
    sqlite3.SQLITE_LOCKED: (errors.Busy, "another connection is writing; wait for it"),
    sqlite3.SQLITE_READONLY: (errors.ReadOnly, "open it without read_only, or a copy of it"),
    sqlite3.SQLITE_CANTOPEN: (errors.ReadOnly, "does the folder exist, and may you write there?"),
    sqlite3.SQLITE_FULL: (errors.Full, "make room; what was acknowledged is safe"),
    sqlite3.SQLITE_CORRUPT: (errors.Damaged, "restore a backup; nothing was written"),
    sqlite3.SQLITE_NOTADB: (errors.NotAStore, "this is no SQLite file: name another"),
}


def _uri(path: str, read_only: bool) -> str:
    if path == ":memory:":
        return "file::memory:"
    return f"file:{quote(str(Path(path).absolute()))}?mode={'ro' if read_only else 'rwc'}"
