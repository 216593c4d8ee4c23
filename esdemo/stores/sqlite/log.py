"""The write-ahead log: a second file, which must not be taken away under us.

SQLite's locks belong to the process, not to a connection: closing any other handle on a database
file drops them (https://www.sqlite.org/howtocorrupt.html, 2.2). `shutil.copy("bank.db", ...)` in a
process that has the store open is enough. Another process may then think that it is alone, and
remove the log; what we go on to write is lost, and closing would write over what others wrote.
"""

import contextlib
import ctypes
import os
import sqlite3

from esdemo.errors import Damaged, WrongOwner

_lost: set[object] = set()  # files whose log was taken away while we had them open
_forked: set[object] = set()  # files that our parent was using when it made us


class Log:
    """The file NAME-wal, as it was when the connection began to write to it."""

    def __init__(self, path: str) -> None:
        self._path = os.path.realpath(path)
        self._file: int | None = None
        self._identify()
        if self._database in _lost:
            raise self._damaged("and this process still believes in its old locks")
        if self._database in _forked:
            raise WrongOwner(
                f"{self._path} was in use, in another thread or in a transaction, when this "
                "process was forked, and SQLite cannot let go of it: start processes that use it "
                "by multiprocessing's 'spawn', or before those threads"
            )

    def open(self) -> None:
        """From now on it must be this one. (SQLite puts no lock on it, so none can be lost.)"""
        self._identify()
        with contextlib.suppress(OSError):  # in memory, or read-only: there is none
            self._file = os.open(f"{self._path}-wal", os.O_RDONLY)

    def _identify(self) -> None:
        """Which file it is. By its path a new one would be taken for one that was deleted."""
        self._database: object = object()  # like no other
        with contextlib.suppress(OSError):  # not there yet
            found = os.stat(self._path)
            self._database = found.st_dev, found.st_ino

    def check(self) -> None:
        """Damaged when it was taken away. Takes a microsecond."""
        if self._file is not None and not os.fstat(self._file).st_nlink:
            _lost.add(self._database)
            raise self._damaged("so the last write may be lost")

    def close(self, db: sqlite3.Connection) -> None:
        """Close the connection, or when the log was taken away, let it end with the process."""
        try:
            self.check()
        except Damaged:
            abandon(db)
        else:
            db.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def leave(self, db: sqlite3.Connection) -> None:
        """In a forked child, where closing could wait for ever for a thread that only we lack."""
        _forked.add(self._database)
        abandon(db)

    def _damaged(self, consequence: str) -> Damaged:
        return Damaged(
            f"{self._path}-wal was taken away while this process used it, {consequence}: end this "
            "process (restart the kernel) and open the store in another; to copy a store use "
            "store.backup"
        )


def abandon(db: sqlite3.Connection) -> None:
    """Never close this connection, not even when Python ends: count a reference that nobody has.

    SQLite would roll back, or copy its log into the database, on memory and pages of others.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(db))
