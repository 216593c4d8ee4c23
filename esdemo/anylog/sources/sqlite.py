"""SQLite: a table, a view or a query of a file that is only read."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from esdemo.anylog.entries import CannotRead
from esdemo.anylog.sources import stores
from esdemo.anylog.sources.files import connect, in_use
from esdemo.anylog.sources.source import Source
from esdemo.anylog.sources.tables import check_columns, choose, quoted
from esdemo.graduate.reading import COLUMNS, LogRow

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
    title = os.path.basename(path)
    try:
        db.execute("BEGIN")  # so that all of it is of one moment
        if query is not None:
            rows = _asked(db, path, query)
            return Source(title, "a query of an SQLite file", enumerate(rows, 1))
        tables = _tables(db)
        if table is None and set(tables) == stores.OUR_TABLES:
            size = sum(_count(db, name) for name in tables)
            rows = stores.ours(_asked(db, path, stores.OUR_QUERY))
            return Source(
                title, "an esdemo store", enumerate(rows, 1), names=stores.OURS, size=size
            )
        name = choose(path, list(tables), table, tables.__getitem__)
        size = _count(db, name)
        if tables[name] >= stores.LIBRARY:
            rows, names = stores.library(_library(db, path, name)), stores.LIBRARY_NAMES
            return Source(title, stores.LIBRARY_IS, enumerate(rows, 1), names=names, size=size)
        rows = _asked(db, path, f"SELECT * FROM {quoted(name)}")
        return Source(title, f"{name!r} of an SQLite file", enumerate(rows, 1), size=size)
    except (sqlite3.Error, UnicodeError) as error:
        raise _explained(path, error) from error


def _asked(db: sqlite3.Connection, path: str, sql: str) -> Iterator[Row]:
    """The rows of a query. From here on the connection does nothing but read."""
    db.set_authorizer(lambda action, *_: int(action not in HARMLESS))
    found = db.execute(sql)
    if found.description is None:
        raise CannotRead(f"{sql!r:.60} gives no rows: ask with a SELECT")
    check_columns(path, [column for column, *_ in found.description])
    return _fetched(path, found)


def _library(db: sqlite3.Connection, path: str, name: str) -> Iterator[LogRow]:
    columns = ", ".join(COLUMNS)
    sql = f"SELECT rowid AS nth, {columns} FROM {quoted(name)} ORDER BY rowid"
    return (LogRow(*row.values()) for row in _asked(db, path, sql))


def _tables(db: sqlite3.Connection) -> dict[str, set[str]]:
    """Tables and views with their columns."""
    sql = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid"
    names = [name for (name,) in db.execute(sql) if not name.startswith("sqlite_")]
    return {name: _columns(db, name) for name in names}


def _columns(db: sqlite3.Connection, name: str) -> set[str]:
    return {row["name"] for row in db.execute("SELECT name FROM pragma_table_info(?)", [name])}


def _count(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()[0])


def _fetched(path: str, found: sqlite3.Cursor) -> Iterator[Row]:
    used, before = in_use(path), os.stat(path)
    try:
        yield from map(dict, found)
    except (sqlite3.Error, UnicodeError) as error:
        raise _explained(path, error) from error
    after = os.stat(path)
    if not used and (in_use(path) or after.st_mtime_ns != before.st_mtime_ns):
        raise CannotRead(f"another program began to write to {path}: try again")


def _explained(path: str, error: Exception) -> CannotRead:
    """The sentence; what SQLite says of a damaged name may itself not be text."""
    damaged = sqlite3.SQLITE_CORRUPT if isinstance(error, UnicodeError) else 0
    code = getattr(error, "sqlite_errorcode", damaged) & 0xFF
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
