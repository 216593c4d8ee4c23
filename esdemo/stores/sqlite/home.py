"""Rows in one SQLite file."""

import contextlib
import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from esdemo import errors
from esdemo.stores.home import T
from esdemo.stores.owner import Owner, in_the_child
from esdemo.stores.rows import DecisionRow, End, EventRow, Head, Tip
from esdemo.stores.sqlite import queries
from esdemo.stores.sqlite.log import Log, abandon
from esdemo.stores.sqlite.troubles import explained
from esdemo.stores.store import PAGE

APPLICATION_ID: Final = 0x65736465  # this and the layout are set at the end of schema.sql
LAYOUT: Final = 2
SYNCHRONOUS: Final = {"power loss": "FULL", "crash": "NORMAL"}
Survives = Literal["power loss", "crash"]


class SQLiteHome:
    """Rows in a file. One connection, for the thread and process that made it."""

    def __init__(self, path: str, survives: Survives, busy_timeout: float, read_only: bool) -> None:
        if survives not in SYNCHRONOUS:
            raise ValueError(f"survives is 'power loss' or 'crash', not {survives!r}")
        self.path = path
        self._patience = busy_timeout
        self._owner = Owner()
        self._log = Log(path)
        self._closed = self._inside = False
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
            self._log.open()
        except BaseException:
            self._db.close()
            raise
        self._finish = weakref.finalize(self, self._log.close, self._db)
        _OPEN.add(self)

    # Writing.

    def transaction(self, work: Callable[[], T]) -> T:
        # One function, not a context manager: an interrupt between its parts would leave the
        # transaction open, and all other writers locked out.
        if self._inside:
            return work()
        try:
            if self._in_transaction():
                self._rows("ROLLBACK")  # an interrupt came twice
            self._rows("BEGIN IMMEDIATE")
            self._inside = True
            done = work()
            self._rows("COMMIT")
        except BaseException:
            if not self._closed and self._db.in_transaction:  # a full disk has rolled back already
                self._db.execute("ROLLBACK")
            raise
        finally:
            self._inside = False
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
                self._db.execute(queries.INSERT_EVENT, row)
            if decision:
                self._db.execute(queries.INSERT_DECISION, decision)
        except sqlite3.IntegrityError as error:
            raise _NotNext from error
        except sqlite3.Error as error:
            raise self._explained(error) from error
        return True

    # Reading. An index entry is believed only when the row that it points to says the same, and
    # so do its neighbours: damage in the index would hide an event, and nobody would be told.

    def head(self, stream: str) -> Head:
        tip = self._last(stream)
        position, number, decided, *times = self._rows(queries.END)[0]
        now = max(filter(None, times), default="")
        return Head(tip, End(position or 0, number or 0, decided or End().hash, now))

    def end(self) -> tuple[int, int]:
        position, number, *_ = self._rows(queries.END)[0]
        return position or 0, number or 0

    def payloads(self, stream: str, after: int, until: int) -> list[tuple[int, str | None]]:
        return self._after(queries.DATA, stream, after, until)

    def events(self, stream: str | None, after: int, until: int) -> list[EventRow]:
        if stream is None:
            sql = "SELECT * FROM events WHERE position > ? AND position <= ? ORDER BY position"
            return list(map(EventRow._make, self._rows(sql, (after, until))))
        return list(map(EventRow._make, self._after(queries.ROWS, stream, after, until)))

    def columns(self, names: Sequence[str], after: int, until: int) -> list[tuple[Any, ...]]:
        sql = f"SELECT {', '.join(names)} FROM events WHERE position > ? AND position <= ?"
        return self._rows(f"{sql} ORDER BY position", (after, until))

    def decisions(self, stream: str | None, after: int, until: int) -> list[DecisionRow]:
        rows = self._rows(
            "SELECT * FROM decisions WHERE number > ? AND number <= ? "
            "AND stream = coalesce(?, stream) ORDER BY number LIMIT ?",
            (after, until, stream, PAGE),
        )
        found = list(map(DecisionRow._make, rows))
        for row in found:
            if {type(row.version), type(row.position), type(row.events)} != {int}:
                raise errors.Damaged(
                    f"{self.path}: decision {row.number} ({row.stream!r}) has no number for its "
                    "place: restore a backup"
                )
        return found

    def decision(self, command_id: str) -> DecisionRow | None:
        for number, *columns in self._rows(queries.DECISION, (command_id,)):
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
        place = queries.AT_POSITION if stream is None else queries.AT_VERSION
        sql = queries.BISECT.format(place=place, column=column)
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
        """What is asked of a stream's versions after+1 to `until`: all that there are.

        Where the stream ends is asked first, and history only grows; so what is missing then is
        hidden, and not just new.
        """
        last = self._last(stream).version
        if min(last, until) <= after:
            return []
        found = self._rows(sql, (stream, after, min(until, after + PAGE)))
        if len(found) < min(last, until, after + PAGE) - after:
            raise self._damaged(f"a version of {stream!r} after {after}")
        return found

    def _last(self, stream: str) -> Tip:
        """Where a stream ends; nothing of it is hidden behind, nor before when it has no end."""
        for name, version, digest in self._entries(queries.LAST, stream):
            if name == stream:
                return Tip(version, digest)
        self._entries(queries.BEFORE, stream)
        return Tip()

    def _entries(self, sql: str, stream: str) -> list[Any]:
        """Entries of the index, or Damaged for one that its row does not confirm."""
        found = self._rows(sql, (stream,))
        for name, version, digest in found:
            if digest is None:
                raise self._damaged(f"version {version} of {name!r}")
        return found

    # Keeping.

    def faults(self) -> list[str]:
        """Tables, indexes and triggers that are not as we make them, and what SQLite finds."""
        with sqlite3.connect(":memory:") as new:
            new.executescript(queries.schema())
            made = set(new.execute(queries.MASTER).fetchall())
        new.close()
        found = set(self._rows(queries.MASTER))
        odd = sorted({f"{kind} {name}" for kind, name, *_ in made ^ found})
        faults = [f"{each} is not as esdemo makes it" for each in odd]
        for rows, place in () if faults else (("events", "position"), ("decisions", "number")):
            count, *ends = self._rows(f"SELECT count(*), min({place}), max({place}) FROM {rows}")[0]
            if count and ends != [1, count]:
                faults.append(f"{count} {rows} do not stand at {place} 1 to {count}: {ends}")
        checked = self._rows("PRAGMA integrity_check")
        return faults + [f"SQLite says: {line}" for (line,) in checked if line != "ok"]

    def backup(self, path: str) -> None:
        self._owner.check(self.path, "SQLiteStore")
        part = f"{path}.{os.getpid()}.part"  # it takes its name only once it is whole
        try:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
            self._copy(part)
            os.link(part, path)  # unlike a renaming it overwrites nothing
        except OSError as error:
            raise errors.StoreError(f"no backup was made: {error}: name a new file") from error
        except sqlite3.Error as error:
            raise self._explained(error) from error
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part)

    def _copy(self, path: str) -> None:
        with contextlib.closing(sqlite3.connect(path)) as copy:
            self._db.backup(copy)
        file = os.open(path, os.O_RDWR)
        try:
            os.fsync(file)
        finally:
            os.close(file)

    def close(self) -> None:
        self._owner.check(self.path, "SQLiteStore")
        try:
            self._closed = True
            self._finish()
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def let_go(self) -> None:
        """In a forked child, before it opens a store of its own.

        SQLite believes that the child holds its parent's locks, which the system does not pass on
        to it (https://www.sqlite.org/howtocorrupt.html, 2.6). Only closing ends this belief.
        """
        self._finish.detach()
        if not self._closed and self._db.in_transaction:
            abandon(self._db)
        else:
            self._log.close(self._db)
        self._closed = True

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
                self._db.executescript(f"BEGIN IMMEDIATE; {queries.schema()}; COMMIT")
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
        self._owner.check(self.path, "SQLiteStore")
        try:
            return self._db.execute(sql, values)
        except (sqlite3.Error, UnicodeError) as error:
            raise self._explained(error) from error

    def _in_transaction(self) -> bool:
        self._owner.check(self.path, "SQLiteStore")
        if self._closed:
            raise errors.StoreError(f"{self.path} is closed: open it again")
        return self._db.in_transaction

    def _damaged(self, what: str) -> errors.Damaged:
        return errors.Damaged(
            f"{self.path}: {what} is not where the index says: restore a backup; nothing was "
            "written"
        )

    def _explained(self, error: Exception) -> errors.StoreError:
        return explained(self.path, error)


class _NotNext(Exception):
    """The database refused a row that is not the next one."""


_OPEN: Final = weakref.WeakSet[SQLiteHome]()


def _let_go() -> None:
    for home in list(_OPEN):
        home.let_go()


in_the_child(_let_go)


def _uri(path: str, read_only: bool) -> str:
    if path == ":memory:":
        return "file::memory:"
    return f"file:{quote(str(Path(path).absolute()))}?mode={'ro' if read_only else 'rwc'}"
