"""The write-ahead log: a second file, which must not be taken away under us, nor the first.

SQLite's locks belong to the process, not to a connection: closing any other handle on a database
file drops them (https://www.sqlite.org/howtocorrupt.html, 2.2). `shutil.copy("bank.db", ...)` in a
process that has the store open is enough. Another process may then think that it is alone, and
remove the log; what we go on to write is lost, and closing would write over what others wrote.
The same is lost when somebody deletes or replaces the database file.
"""

import contextlib
import ctypes
import os
import sqlite3
import time
from typing import Final

from esdemo.errors import Damaged, WrongOwner

SETTLED: Final = 2_000_000_000  # nanoseconds: no file system tells time more coarsely

_lost: dict[object, str] = {}  # databases that lost a file while we had them open, and which file
_forked: set[object] = set()  # files that our parent was using when it made us


class Log:
    """The database file and NAME-wal, as they were when the connection began to write to them."""

    def __init__(self, path: str) -> None:
        self._path = os.path.realpath(path)
        self._folder = os.path.dirname(self._path)
        self._database = _file(self._path)
        self._files: dict[str, object] = {}  # that must keep their names
        self._unchanged = -1  # when the folder last changed, once we have looked after that
        if lost := _lost.get(self._database):
            raise self._damaged(lost, "and this process still believes in its old locks")
        if self._database in _forked:
            raise WrongOwner(
                f"{self._path} was in use, in another thread or in a transaction, when this "
                "process was forked, and SQLite cannot let go of it: start processes that use it "
                "by multiprocessing's 'spawn', or before those threads"
            )

    def open(self) -> None:
        """From now on they must be these two. In memory, or read-only, there may be no log."""
        self._database, log = _file(self._path), f"{self._path}-wal"
        if os.path.exists(log):
            self._files = {self._path: self._database, log: _file(log)}

    def check(self) -> None:
        """Damaged when one of the two was deleted, moved or replaced. Takes a microsecond.

        Whatever happens to a name changes its folder. To look at the log itself each time would
        cost 65 microseconds where we wait for the disk: since Linux 6.13 a file that was asked for
        its times has to note a new one at the next write, and that goes to the disk as well.
        """
        if self._files:
            try:
                changed = os.stat(self._folder).st_ctime_ns  # the one time that nobody can set
            except OSError:
                changed = 0
            if changed != self._unchanged:
                self._look(changed)

    def _look(self, changed: int) -> None:
        for name, file in self._files.items():
            if _file(name) != file:
                _lost[self._database] = name
                raise self._damaged(name, "so the last write may be lost")
        settled = time.time_ns() - changed > SETTLED  # else the next change may look the same
        self._unchanged = changed if settled else -1

    def close(self, db: sqlite3.Connection) -> None:
        """Close the connection, or when a file was taken away, let it end with the process."""
        try:
            self.check()
        except Damaged:
            abandon(db)
        else:
            db.close()
        self._files = {}

    def leave(self, db: sqlite3.Connection) -> None:
        """In a forked child, where closing could wait for ever for a thread that only we lack."""
        _forked.add(self._database)
        abandon(db)

    def _damaged(self, file: str, consequence: str) -> Damaged:
        return Damaged(
            f"{file} was taken away while this process used it, {consequence}: end this "
            "process (restart the kernel) and open the store in another; to copy a store use "
            "store.backup"
        )


def _file(path: str) -> object:
    """Which file has this name. A connection keeps its own open, so no other can be the same."""
    with contextlib.suppress(OSError):
        found = os.stat(path)
        return found.st_dev, found.st_ino
    return object()  # none: like no other


def abandon(db: sqlite3.Connection) -> None:
    """Never close this connection, not even when Python ends: count a reference that nobody has.

    SQLite would roll back, or copy its log into the database, on memory and pages of others.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(db))
