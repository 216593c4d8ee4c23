"""SQLite's troubles by our names, each with what to do."""

import sqlite3
from typing import Final

from esdemo import errors

TROUBLE: Final[dict[int, tuple[type[errors.StoreError], str]]] = {
    sqlite3.SQLITE_BUSY: (errors.Busy, "another process is writing; wait or raise busy_timeout"),
    sqlite3.SQLITE_LOCKED: (errors.Busy, "another connection is writing; wait for it"),
    sqlite3.SQLITE_READONLY: (errors.ReadOnly, "open it without read_only, or a copy of it"),
    sqlite3.SQLITE_CANTOPEN: (errors.ReadOnly, "does the folder exist, and may you write there?"),
    sqlite3.SQLITE_FULL: (errors.Full, "make room; what was acknowledged is safe"),
    sqlite3.SQLITE_IOERR: (errors.StoreError, "is the disk full, or gone?"),
    sqlite3.SQLITE_CORRUPT: (errors.Damaged, "restore a backup; nothing was written"),
    sqlite3.SQLITE_NOTADB: (errors.NotAStore, "this is not an SQLite file: name another"),
}


def explained(path: str, error: Exception) -> errors.StoreError:
    """The same trouble by name."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the kind, without its details
    kind, advice = TROUBLE.get(code, (errors.StoreError, "those are SQLite's own words"))
    if isinstance(error, UnicodeError):
        kind, advice = errors.Damaged, "that is not text: restore a backup"
    return kind(f"{path}: {error}: {advice}")
