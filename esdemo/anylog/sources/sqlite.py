"""SQLite: a table, a view or a query of a file that is only read."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from esdemo.anylog.entries import CannotRead
from esdemo.anylog.names import Names
from esdemo.anylog.sources import stores
from esdemo.anylog.sources.files import connect
from esdemo.anylog.sources.source import Source
from esdemo.anylog.sources.tables import check_columns, choose, quoted

Row = dict[str, Any]

HARMLESS: Final = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
"""All that a query may do: it neither writes, nor attaches another file, nor sets a pragma."""


def opened(path: str, query: str | None, table: str | None, until: ExitStack) -> Source:
    """The rows of one table, view or query, in the order that they have there."""
    db = until.enter_context(contextlib.closing(connect(path)))
    db.row_factory = sqlite3.Row
    db.text_factory = _text
    try:
        db.execute("BEGIN")  # so that all of it is of one moment
        names, what, sql, size, made = _chosen(db, path, query, table)
        db.set_authorizer(lambda action, *_: int(action not in HARMLESS))
        found = db.execute(sql)
    except sqlite3.Error as error:
        raise _explained(path, error) from error
    check_columns(path, [column for column, *_ in found.description or []])
    rows = (dict(row) for row in _fetched(path, found))
    if made is not None:
        rows = made(rows)
    title = os.path.basename(path)
    return Source(title, what, enumerate(rows, 1), names=names, size=size)


def _chosen(db: sqlite3.Connection, path: str, query: str | None, table: str | None) -> Any:
    """(columns, what it is, its SQL, how many rows, what makes rows of a log of them)."""
    if query is not None:
        return Names(), "a query of an SQLite file", query, None, None
    found = db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    tables = [name for (name,) in found if not name.startswith("sqlite_")]
    if table is None and set(tables) == stores.OUR_TABLES:
        size = sum(_count(db, name) for name in tables)
        return stores.OURS, "an esdemo store", stores.OUR_QUERY, size, stores.ours
    name = choose(path, tables, table, lambda each: _columns(db, each))
    size, sql = _count(db, name), f"SELECT * FROM {quoted(name)}"
    if _columns(db, name) >= stores.LIBRARY:
        what = "events of the eventsourcing library"
        return stores.LIBRARY_NAMES, what, f"{sql} ORDER BY rowid", size, stores.library
    return Names(), f"{name!r} of an SQLite file", sql, size, None


def _columns(db: sqlite3.Connection, name: str) -> set[str]:
    return {row["name"] for row in db.execute("SELECT name FROM pragma_table_info(?)", [name])}


def _count(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0])


def _fetched(path: str, found: sqlite3.Cursor) -> Iterator[sqlite3.Row]:
    try:
        yield from found
    except sqlite3.Error as error:
        raise _explained(path, error) from error


def _explained(path: str, error: sqlite3.Error) -> CannotRead:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_AUTH | sqlite3.SQLITE_READONLY:
            return CannotRead(f"{path} is only read here, and the query would do more: {error}")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return CannotRead(f"another program has locked {path}: try again when it has finished")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return CannotRead(f"{path} is a damaged SQLite file: {error}")
        case _:
            return CannotRead(f"{path} does not answer: {error}")


def _text(value: bytes) -> str:
    return value.decode(errors="backslashreplace")
