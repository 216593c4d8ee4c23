"""Reading somebody else's log as it lies there: no class of theirs, no key, nothing written.

The library keeps its events in one table: `stored_events` in an SQLite file, and in PostgreSQL a
table for each application, such as `bank_events`.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import msgspec

from esdemo.graduate.troubles import NotInstalled, OtherDatabase

COLUMNS: Final = ("originator_id", "originator_version", "topic", "state")
PAGE: Final = 1_000  # rows fetched at once
POSTGRES: Final = ("postgresql://", "postgres://")

_JSON: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class LogRow(NamedTuple):
    """A row of the library's table, as it is."""

    notification_id: int  # its place in the log of the whole application, with gaps
    originator_id: str  # the aggregate: what esdemo calls a stream
    originator_version: int
    topic: str  # where the event's class is: "module:Class.Event"
    state: bytes  # the payload; encrypted or compressed where the application does so

    @property
    def fields(self) -> dict[str, Any] | None:
        """The payload's fields where it is plain JSON, as `json_fields` says; None where not."""
        return json_fields(self.state)


def read(source: str | os.PathLike[str], table: str = "") -> Iterator[LogRow]:
    """The rows of a log, in order: of an SQLite file, or of PostgreSQL by its URL. Never writes.

    table: only needed where a database has several such tables; PostgreSQL's may be named with
    their schema. Raises OtherDatabase for a file or a table that the library did not make, and
    names the tables that could be meant. A page at a time is in memory, however long the log is;
    in PostgreSQL all rows are of one moment.
    """
    place = os.fspath(source)
    if place.startswith(POSTGRES):
        return _read_postgres(place, table)
    return _read_sqlite(Path(place).expanduser(), table)


def tables(source: str | os.PathLike[str]) -> list[str]:
    """The tables of a database that hold such a log, by name."""
    place = os.fspath(source)
    if place.startswith(POSTGRES):
        with _postgres(place) as connection:
            return _postgres_tables(connection)
    with closing(_sqlite(Path(place).expanduser())) as connection:
        return _sqlite_tables(connection, place)


def json_fields(state: bytes) -> dict[str, Any] | None:
    """A JSON payload as values that can be kept as facts; None when it is not a JSON object.

    A value that the library wrapped, `{"_type_": "decimal_str", "_data_": "9.99"}`, is shown as
    what is in it; a number with a point is the Decimal that is written there; an object or list
    is shown as JSON, and so is a whole number beyond 64 bits.
    """
    try:
        found = _JSON.decode(state)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return {name: _shown(value) for name, value in found.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"_type_", "_data_"}:
        value = value["_data_"]
    if isinstance(value, (dict, list)):
        return msgspec.json.encode(value).decode()
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


def chosen(place: str, found: Sequence[str], table: str) -> str:
    """The one table that is meant, or OtherDatabase with a list of those that could be."""
    meant = [name for name in found if table in ("", name, name.rpartition(".")[2])]
    if len(meant) == 1:
        return meant[0]
    choice = f"name one of {', '.join(found)}" if found else "was it made by release 9 of it?"
    wrong = f"has no table {table!r}" if table else f"has {len(found)} tables"
    raise OtherDatabase(place, f"it {wrong} with events of the `eventsourcing` library: {choice}")


# SQLite: the place in the log is the number of the row.


def _read_sqlite(path: Path, table: str) -> Iterator[LogRow]:
    with closing(_sqlite(path)) as connection:
        name = chosen(path.name, _sqlite_tables(connection, path.name), table).replace('"', '""')
        sql = (
            f'SELECT rowid, {", ".join(COLUMNS)} FROM "{name}" '
            f"WHERE rowid > ? ORDER BY rowid LIMIT {PAGE}"
        )
        last = -(2**63)
        while rows := connection.execute(sql, (last,)).fetchall():
            yield from (LogRow(*row) for row in rows)
            last = rows[-1][0]


def _sqlite(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise OtherDatabase(path.name, f"{error}: is there such a file?") from error


def _sqlite_tables(connection: sqlite3.Connection, place: str) -> list[str]:
    """Tables with these columns and with row numbers: its snapshots have none."""
    sql = (
        "SELECT t.name FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c "
        "WHERE t.schema = 'main' AND t.type = 'table' AND NOT t.wr "
        "GROUP BY t.name HAVING group_concat(c.name) = ? ORDER BY t.name"
    )
    try:
        return [name for (name,) in connection.execute(sql, (",".join(COLUMNS),))]
    except sqlite3.DatabaseError as error:
        raise OtherDatabase(place, f"SQLite cannot read it: {error}") from error


# PostgreSQL: the place in the log is a column of its own.


def _read_postgres(url: str, table: str) -> Iterator[LogRow]:
    with _postgres(url) as connection:
        name = chosen("the database", _postgres_tables(connection), table)
        schema, _, plain = name.rpartition(".")
        psycopg = _psycopg()
        sql = psycopg.sql.SQL(
            "SELECT notification_id, originator_id::text, originator_version, topic, state "
            "FROM {} ORDER BY notification_id"
        ).format(psycopg.sql.Identifier(schema, plain))
        with connection.cursor("log") as cursor:  # named: the server keeps what is not yet asked
            cursor.itersize = PAGE
            yield from (LogRow(*row) for row in cursor.execute(sql))


def _postgres(url: str) -> Any:
    psycopg = _psycopg()
    try:
        connection = psycopg.connect(url)
    except psycopg.Error as error:
        raise OtherDatabase("the database", f"it cannot be opened: {error}") from error
    connection.read_only = True
    return connection


def _postgres_tables(connection: Any) -> list[str]:
    sql = (
        "SELECT table_schema || '.' || table_name FROM information_schema.columns "
        "GROUP BY table_schema, table_name "
        "HAVING array_agg(column_name::text) @> %s ORDER BY table_schema, table_name"
    )
    return [name for (name,) in connection.execute(sql, ([*COLUMNS, "notification_id"],))]


def _psycopg() -> Any:
    try:
        import_module("psycopg.sql")
        return import_module("psycopg")
    except ImportError as error:
        raise NotInstalled(
            f"PostgreSQL is read by psycopg, which is not there ({error}): "
            "pip install 'psycopg[binary]'"
        ) from error
