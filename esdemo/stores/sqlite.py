"""History in one SQLite file, which itself refuses to let it be changed."""

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from esdemo import errors
from esdemo.clocks import Clock, utc_now
from esdemo.stores.home import T
from esdemo.stores.rows import DecisionRow, End, EventRow, Head, Tip
from esdemo.stores.store import FOREVER, PAGE, EventStore

APPLICATION_ID: Final = 0x65736465  # this and the layout are set at the end of schema.sql
LAYOUT: Final = 2
SYNCHRONOUS: Final = {"power loss": "FULL", "crash": "NORMAL"}
Survives = Literal["power loss", "crash"]


class SQLiteStore(EventStore):
    """Events and decisions in an SQLite file, in WAL mode.

    survives: "power loss" (synchronous=FULL: what was acknowledged is on the disk) or "crash"
    (NORMAL: several times faster; a killed process loses nothing, a power cut may take the last
    few). busy_timeout: seconds to wait for another writer. read_only: never write, nor create.

    The file and the two that SQLite puts beside it (NAME-wal, NAME-shm) get the permissions that
    the process gives to new files (its umask): whoever may read the folder may read them.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        vocabulary: Any,
        clock: Clock = utc_now,
        *,
        survives: Survives = "power loss",
        busy_timeout: float = 10.0,
        read_only: bool = False,
    ) -> None:
        self.path = os.fspath(path)
        home = SQLiteHome(self.path, survives, busy_timeout, read_only)
        super().__init__(home, vocabulary, clock)

    def __repr__(self) -> str:
        try:
            return super().__repr__()
        except errors.StoreError:
            return f"SQLiteStore({self.path}, closed or unreadable)"


class SQLiteHome:
    """Rows in a file. One connection, for the thread and process that made it."""

    def __init__(self, path: str, survives: Survives, busy_timeout: float, read_only: bool) -> None:
        if survives not in SYNCHRONOUS:
            raise ValueError(f"survives is 'power loss' or 'crash', not {survives!r}")
        self.path = path
        self._patience = busy_timeout
        self._owner = (os.getpid(), threading.get_ident())
        self._log = _Log(path)
        self._closed = False
        try:
            uri = _uri(path, read_only)
            # Whose thread it is we ask ourselves, so that a forked child can let go of it.
            self._db = sqlite3.connect(
                uri, timeout=busy_timeout, isolation_level=None, uri=True, check_same_thread=False
            )
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._explained(error) from error
        try:
            self._identify(create=not read_only)
            self._rows(f"PRAGMA synchronous = {SYNCHRONOUS[survives]}")
            self._rows(
                "PRAGMA fullfsync = ON"
            )  # https://www.sqlite.org/pragma.html#pragma_fullfsync
            self._rows("SELECT count(*) FROM sqlite_master")
            self._log.seen()
        except BaseException:
            self._db.close()
            raise
        _OPEN.add(self)

    # Writing.

    def transaction(self, work: Callable[[], T]) -> T:
        # One function, not a context manager: an interrupt between its parts would leave the
        # transaction open, and all other writers locked out.
        try:
            if self._in_transaction():
                self._rows("ROLLBACK")
            self._rows("BEGIN IMMEDIATE")
            done = work()
            self._rows("COMMIT")
        except BaseException:
            if not self._closed and self._db.in_transaction:  # a full disk has rolled back already
                self._db.execute("ROLLBACK")
            raise
        self._log.check()
        return done

    def insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> bool:
        alone = not self._in_transaction()
        try:
            if alone and (decision or len(events) > 1):
                return self.transaction(lambda: self._insert(events, decision))
            self._insert(events, decision)
        except _NotNext:
            return False
        if alone:
            self._log.check()
        return True

    def _insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> bool:
        try:
            for row in events:
                self._db.execute(_INSERT_EVENT, row)
            if decision:
                self._db.execute(_INSERT_DECISION, decision)
        except sqlite3.IntegrityError as error:
            raise _NotNext from error
        except sqlite3.Error as error:
            raise self._explained(error) from error
        return True

    # Reading. An index entry is believed only when the row that it points to says the same, and
    # so do its neighbours: damage in the index would hide an event, and nobody would be told.

    def head(self, stream: str) -> Head:
        tip = self._last(stream)
        position, number, decided, *times = self._rows(_END)[0]
        now = max(filter(None, times), default="")
        return Head(tip, End(position or 0, number or 0, decided or End().hash, now))

    def end(self) -> tuple[int, int]:
        position, number, *_ = self._rows(_END)[0]
        return position or 0, number or 0

    def payloads(self, stream: str, after: int, until: int) -> list[tuple[int, str]]:
        return [row[1:] for row in self._after(_SCAN_DATA, stream, after, until)]

    def events(self, stream: str | None, after: int, until: int) -> list[EventRow]:
        if stream is None:
            sql = "SELECT * FROM events WHERE position > ? AND position <= ? ORDER BY position"
            return list(map(EventRow._make, self._rows(sql, (after, until))))
        rows = self._after(_SCAN_ROWS, stream, after, until)
        return [EventRow._make(row[2:]) for row in rows]

    def decisions(self, stream: str | None, after: int, until: int) -> list[DecisionRow]:
        rows = self._rows(
            "SELECT * FROM decisions WHERE number > ? AND number <= ? "
            "AND stream = coalesce(?, stream) ORDER BY number LIMIT ?",
            (after, until, stream, PAGE),
        )
        return list(map(DecisionRow._make, rows))

    def decision(self, command_id: str) -> DecisionRow | None:
        for number, *columns in self._rows(_DECISION, (command_id,)):
            row = DecisionRow._make(columns)
            if row.number is None:
                raise self._damaged(f"decision {number}")
            if row.command_id == command_id:
                return row
        return None

    def reached(self, stream: str | None, limit: str | int) -> int:
        column = "position" if isinstance(limit, int) else "recorded_at"
        last = self.end()[0] if stream is None else self._last(stream).version
        if not last:
            return 0
        place = _AT_POSITION if stream is None else _AT_VERSION
        sql = _BISECT.format(place=place, column=column)
        found = self._rows(sql, {"stream": stream, "last": last, "limit": limit})
        if not found:
            raise self._damaged(f"an event of {stream!r}" if stream else "the log")
        return int(found[0][0])

    def streams(self) -> list[str]:
        rows = self._rows("SELECT stream FROM events WHERE version = 1 ORDER BY position")
        return [stream for (stream,) in rows]

    def counts(self) -> tuple[int, int]:
        counted = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM decisions)"
        events, decisions = self._rows(counted)[0]
        return events, decisions

    def _after(self, sql: str, stream: str, after: int, until: int) -> list[Any]:
        """The entries of a stream's versions after+1 to `until`, found from the one before them."""
        if until <= after:
            return []
        found = self._scan(sql, stream, after, min(until, after + PAGE) - after + 1)
        if found and found[0][1] == after:
            return found[1:]
        if found and found[0][1] != after + 1:
            raise self._damaged(f"version {after + 1} of {stream!r}")
        self._before(stream, after)
        return found[: until - after]

    def _scan(self, sql: str, stream: str, version: int, limit: int) -> list[Any]:
        """Entries of a stream from a version on; the one behind them is looked at, too."""
        found = list[Any]()
        cursor = self._execute(sql, (stream, version, limit))
        try:
            for entry in cursor:
                if entry[2] is None:
                    raise self._damaged(f"version {entry[1]} of {entry[0]!r}")
                if entry[0] != stream:
                    break
                found.append(entry)
        except (sqlite3.Error, UnicodeError) as error:
            raise self._explained(error) from error
        finally:
            cursor.close()  # it would keep its moment, and the write-ahead log could not shrink
        return found

    def _last(self, stream: str) -> Tip:
        """Where a stream ends, and nothing of it is hidden behind."""
        self._scan(_SCAN_DATA, stream, FOREVER, 1)
        return self._before(stream, FOREVER)

    def _before(self, stream: str, version: int) -> Tip:
        """The last version of a stream that is not behind this one."""
        for found, number, digest in self._rows(_LAST, (stream, version)):
            if digest is None:
                raise self._damaged(f"version {number} of {found!r}")
            if found == stream:
                return Tip(number, digest)
        return Tip()

    # Keeping.

    def faults(self) -> list[str]:
        """Tables, indexes and triggers that are not as we make them, and what SQLite finds."""
        with sqlite3.connect(":memory:") as new:
            new.executescript(_schema())
            made = set(new.execute(_MASTER).fetchall())
        new.close()
        odd = sorted({f"{kind} {name}" for kind, name, *_ in made ^ set(self._rows(_MASTER))})
        faults = [f"{each} is not as esdemo makes it" for each in odd]
        for rows, place in () if faults else (("events", "position"), ("decisions", "number")):
            count, *ends = self._rows(f"SELECT count(*), min({place}), max({place}) FROM {rows}")[0]
            if count and ends != [1, count]:
                faults.append(f"{count} {rows} do not stand at {place} 1 to {count}: {ends}")
        checked = self._rows("PRAGMA integrity_check")
        return faults + [f"SQLite says: {line}" for (line,) in checked if line != "ok"]

    def backup(self, path: str) -> None:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
        except OSError as error:
            raise errors.StoreError(f"no backup was made: {error}: name a new file") from error
        copy = sqlite3.connect(path)
        try:
            self._check_owner()
            self._db.backup(copy)
            copy.execute("PRAGMA synchronous = FULL")
        except BaseException as error:
            copy.close()
            os.unlink(path)
            if isinstance(error, sqlite3.Error):
                raise self._explained(error) from error
            raise
        copy.close()

    def close(self) -> None:
        self._check_owner()
        try:
            self._closed = True
            self._db.close()
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def let_go(self) -> None:
        """In a forked child, before it opens a store of its own.

        SQLite believes that the child holds its parent's locks, which the system does not pass on
        to it (https://www.sqlite.org/howtocorrupt.html, 2.6). Only closing ends this belief.
        """
        if not self._closed and not self._db.in_transaction:  # a roll-back would reach the parent
            self._closed = True
            self._db.close()

    # How a file becomes a home.

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
            try:
                self._db.executescript(f"BEGIN IMMEDIATE; {_schema()}; COMMIT")
            except sqlite3.Error as error:
                raise self._explained(error) from error
        elif made_by != APPLICATION_ID:
            raise errors.NotAStore(f"{self.path} was made by another program: name another file")
        elif layout != LAYOUT:
            advice = "update esdemo" if layout > LAYOUT else "open it with the esdemo that made it"
            raise errors.NotAStore(
                f"{self.path} has layout {layout}, this esdemo reads {LAYOUT}: {advice}"
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

    def _rows(self, sql: str, values: Any = ()) -> list[Any]:
        try:
            return self._execute(sql, values).fetchall()
        except (sqlite3.Error, UnicodeError) as error:
            raise self._explained(error) from error

    def _execute(self, sql: str, values: Any) -> sqlite3.Cursor:
        self._check_owner()
        try:
            return self._db.execute(sql, values)
        except (sqlite3.Error, UnicodeError) as error:
            raise self._explained(error) from error

    def _in_transaction(self) -> bool:
        self._check_owner()
        if self._closed:
            raise errors.StoreError(f"{self.path} is closed: open it again")
        return self._db.in_transaction

    def _check_owner(self) -> None:
        if self._owner != (os.getpid(), threading.get_ident()):
            raise errors.WrongOwner(
                f"another thread or process opened {self.path}: open a SQLiteStore of its own in "
                "each"
            )

    def _damaged(self, what: str) -> errors.Damaged:
        return errors.Damaged(
            f"{self.path}: {what} is not where the index says: restore a backup; nothing was "
            "written"
        )

    def _explained(self, error: Exception) -> errors.StoreError:
        """The same trouble by name, with what to do."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the kind, without its details
        kind, advice = _TROUBLE.get(code, (errors.StoreError, "those are SQLite's own words"))
        if isinstance(error, UnicodeError):
            kind, advice = errors.Damaged, "that is not text: restore a backup"
        return kind(f"{self.path!s}: {error}: {advice}")


class _NotNext(Exception):
    """The database refused a row that is not the next one."""


class _Log:
    """The file NAME-wal, which must stay the one that our connection writes to.

    Closing any other handle on the database in this process drops the locks that SQLite holds
    (https://www.sqlite.org/howtocorrupt.html, 2.2): another process may then take the log away
    under us, and what we add to it would be lost, though we had called it stored.
    """

    def __init__(self, path: str) -> None:
        self._path = None if path == ":memory:" else os.path.realpath(path) + "-wal"
        self._first: tuple[int, int] | None = None

    def seen(self) -> None:
        """From now on it must be this one."""
        self._first = self._now()

    def check(self) -> None:
        """Damaged when it is another. Takes 1.7 microseconds."""
        if self._first and self._now() != self._first:
            raise errors.Damaged(
                f"{self._path} was taken away while this process used it, so the last write may "
                "be lost: close the store, open it again, and never read a store's file by other "
                "means than store.backup"
            )

    def _now(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path) if self._path else None
        except (OSError, ValueError):
            return None
        return found and (found.st_dev, found.st_ino)


_OPEN: Final = weakref.WeakSet[SQLiteHome]()


def _let_go_in_the_child() -> None:
    for home in list(_OPEN):
        home.let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_the_child)


def _schema() -> str:
    return files("esdemo.stores").joinpath("schema.sql").read_text("utf-8")


def _insert_into(table: str, row: type[EventRow | DecisionRow]) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' for _ in row._fields)})"


_INSERT_EVENT: Final = _insert_into("events", EventRow)
_INSERT_DECISION: Final = _insert_into("decisions", DecisionRow)
_MASTER: Final = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'sqlite_stat%'"
)
# t is the row that an index entry i points to; the + keeps SQLite from asking the index again.
_ROW: Final = (
    "events AS i LEFT JOIN events AS t "
    "ON t.position = i.position AND +t.stream = i.stream AND +t.version = i.version"
)
_SCAN: Final = (
    "SELECT i.stream, i.version, {columns} FROM "
    + _ROW
    + " WHERE (i.stream, i.version) >= (?, ?) ORDER BY i.stream, i.version LIMIT ?"
)
_SCAN_DATA: Final = _SCAN.format(columns="t.data")
_SCAN_ROWS: Final = _SCAN.format(columns="t.*")
_LAST: Final = (
    f"SELECT i.stream, i.version, t.hash FROM {_ROW} WHERE (i.stream, i.version) <= (?, ?) "
    "ORDER BY i.stream DESC, i.version DESC LIMIT 1"
)
_DECISION: Final = """
SELECT i.number, t.* FROM (
    SELECT * FROM (SELECT number, command_id FROM decisions INDEXED BY sqlite_autoindex_decisions_1
                   WHERE command_id >= ?1 ORDER BY command_id LIMIT 1)
    UNION ALL
    SELECT * FROM (SELECT number, command_id FROM decisions INDEXED BY sqlite_autoindex_decisions_1
                   WHERE command_id < ?1 ORDER BY command_id DESC LIMIT 1)
) AS i LEFT JOIN decisions AS t ON t.number = i.number AND +t.command_id = i.command_id
"""
_END: Final = (
    "SELECT (SELECT max(position) FROM events), (SELECT max(number) FROM decisions), "
    "(SELECT hash FROM decisions ORDER BY number DESC LIMIT 1), "
    "(SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1), "
    "(SELECT recorded_at FROM decisions ORDER BY number DESC LIMIT 1)"
)
_AT_POSITION: Final = "events AS t ON t.position = (low + high + 1) / 2"
_AT_VERSION: Final = (
    "events AS i ON i.stream = :stream AND i.version = (low + high + 1) / 2 JOIN events AS t "
    "ON t.position = i.position AND +t.stream = i.stream AND +t.version = i.version"
)
_BISECT: Final = """
WITH RECURSIVE search(low, high) AS (
    SELECT 0, :last
    UNION ALL
    SELECT iif(t.{column} <= :limit, (low + high + 1) / 2, low),
           iif(t.{column} <= :limit, high, (low + high + 1) / 2 - 1)
    FROM search JOIN {place} WHERE low < high
)
SELECT low FROM search WHERE low = high
"""
_TROUBLE: Final[dict[int, tuple[type[errors.StoreError], str]]] = {
    sqlite3.SQLITE_BUSY: (errors.Busy, "another process is writing; wait or raise busy_timeout"),
    sqlite3.SQLITE_LOCKED: (errors.Busy, "another connection is writing; wait for it"),
    sqlite3.SQLITE_READONLY: (errors.ReadOnly, "open it without read_only, or a copy of it"),
    sqlite3.SQLITE_CANTOPEN: (errors.ReadOnly, "does the folder exist, and may you write there?"),
    sqlite3.SQLITE_FULL: (errors.Full, "make room; what was acknowledged is safe"),
    sqlite3.SQLITE_IOERR: (errors.StoreError, "is the disk full, or gone?"),
    sqlite3.SQLITE_CORRUPT: (errors.Damaged, "restore a backup; nothing was written"),
    sqlite3.SQLITE_NOTADB: (errors.NotAStore, "this is not an SQLite file: name another"),
}


def _uri(path: str, read_only: bool) -> str:
    if path == ":memory:":
        return "file::memory:"
    return f"file:{quote(str(Path(path).absolute()))}?mode={'ro' if read_only else 'rwc'}"
