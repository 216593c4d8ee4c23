"""An SQLite file and our one connection to it: opened, kept, copied, closed, with all its traps."""

import contextlib
import os
import secrets
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from esdemo import errors
from esdemo.stores.home import T
from esdemo.stores.owner import Owner
from esdemo.stores.sqlite import queries
from esdemo.stores.sqlite.log import Log
from esdemo.stores.sqlite.troubles import explained

APPLICATION_ID: Final = 0x65736465  # this and the layout are set at the end of schema.sql
LAYOUT: Final = 2
SYNCHRONOUS: Final = {"power loss": "FULL", "crash": "NORMAL"}
WHOLE: Final = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
PART: Final = "SAVEPOINT part", "RELEASE part", "ROLLBACK TO part", "RELEASE part"
Survives = Literal["power loss", "crash"]


class SQLiteFile:
    """One connection, for the thread and process that made it."""

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
            self.db = sqlite3.connect(
                uri, timeout=busy_timeout, isolation_level=None, uri=True, check_same_thread=False
            )
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._explained(error) from error
        try:
            self._identify(create=not read_only)
            self.rows(f"PRAGMA synchronous = {SYNCHRONOUS[survives]}")
            self.rows("PRAGMA fullfsync = ON")  # for macOS: sqlite.org/pragma.html#pragma_fullfsync
            self.rows("SELECT count(*) FROM sqlite_master")
            self._log.open()
        except BaseException:
            self.db.close()
            raise
        self._finish = weakref.finalize(self, self._log.close, self.db)
        _OPEN.add(self)

    # What is asked of it.

    def rows(self, sql: str, values: Any = ()) -> list[Any]:
        self._owner.check(self.path, "SQLiteStore")
        try:
            return self.db.execute(sql, values).fetchall()
        except (sqlite3.Error, UnicodeError) as error:
            raise self._explained(error) from error

    def in_transaction(self) -> bool:
        self._owner.check(self.path, "SQLiteStore")
        if self._closed:
            raise errors.StoreError(f"{self.path} is closed: open it again")
        return self.db.in_transaction

    def transaction(self, work: Callable[[], T]) -> T:
        # One function, not a context manager: an interrupt between its parts would leave the
        # transaction open, and all other writers locked out.
        outer = self._inside
        begin, keep, *undo = PART if outer else WHOLE
        try:
            if self.in_transaction() != outer:
                if outer:
                    raise errors.StoreError(f"{self.path}: all was undone by an error before this")
                self.rows("ROLLBACK")  # an interrupt came twice
            self.rows(begin)
            self._inside = True
            done = work()
            self.rows(keep)
        except BaseException:
            for sql in undo:
                if not self._closed and self.db.in_transaction:  # a full disk has undone it already
                    self.db.execute(sql)
            raise
        finally:
            self._inside = outer
        if not outer:
            self.check()
        return done

    def check(self) -> None:
        """Damaged when what was written last may be lost: see `log`."""
        self._log.check()

    # What becomes of it.

    def faults(self) -> list[str]:
        """Tables, indexes and triggers that are not as we make them, and what SQLite finds."""
        with sqlite3.connect(":memory:") as new:
            new.executescript(queries.schema())
            made = set(new.execute(queries.MASTER).fetchall())
        new.close()
        found = set(self.rows(queries.MASTER))
        odd = sorted({f"{kind} {name}" for kind, name, *_ in made ^ found})
        faults = [f"{each} is not as esdemo makes it" for each in odd]
        for rows, place in () if faults else (("events", "position"), ("decisions", "number")):
            count, *ends = self.rows(f"SELECT count(*), min({place}), max({place}) FROM {rows}")[0]
            if count and ends != [1, count]:
                faults.append(f"{count} {rows} do not stand at {place} 1 to {count}: {ends}")
        checked = self.rows("PRAGMA integrity_check")
        return faults + [f"SQLite says: {line}" for (line,) in checked if line != "ok"]

    def backup(self, path: str) -> None:
        if self.in_transaction():
            raise errors.StoreError("no backup was made: what is being written may be undone")
        path = os.path.expanduser(path)
        part = f"{path}.{secrets.token_hex(8)}.part"  # it takes its name only once it is whole
        try:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
            self._copy(part)
            os.link(part, path)  # unlike a renaming it overwrites nothing
        except OSError as error:
            raise errors.StoreError(f"no backup was made: {error}: name a new file") from error
        except sqlite3.Error as error:
            raise self._explained(error) from error
        finally:
            with contextlib.suppress(OSError):
                os.unlink(part)

    def _copy(self, path: str) -> None:
        with contextlib.closing(sqlite3.connect(path)) as copy:
            self.db.backup(copy)
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
        elsewhere = self._owner.thread != threading.get_ident()
        if not self._closed and (elsewhere or self.db.in_transaction):
            self._log.leave(self.db)
        else:
            self._log.close(self.db)
        self._closed = True

    # How a file becomes ours.

    def _identify(self, *, create: bool) -> None:
        """Make our tables in an empty file; refuse a file that somebody else made."""
        made_by, layout, tables = self.rows(
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
                self.db.executescript(f"BEGIN IMMEDIATE; {queries.schema()}; COMMIT")
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
                return str(self.rows("PRAGMA journal_mode = WAL")[0][0])
            except errors.Busy:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.01)

    def _explained(self, error: Exception) -> errors.StoreError:
        return explained(self.path, error)


_OPEN: Final = weakref.WeakSet[SQLiteFile]()


def _let_go() -> None:
    for file in list(_OPEN):
        file.let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


def _uri(path: str, read_only: bool) -> str:
    if path == ":memory:":
        return "file::memory:"
    return f"file:{quote(str(Path(path).absolute()))}?mode={'ro' if read_only else 'rwc'}"
