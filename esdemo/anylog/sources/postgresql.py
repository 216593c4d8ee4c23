"""PostgreSQL: a table, a view or a query, in a transaction that can only read."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from esdemo.anylog.entries import CannotRead
from esdemo.anylog.names import Names
from esdemo.anylog.sources import stores
from esdemo.anylog.sources.source import Source
from esdemo.anylog.sources.tables import check_columns, choose, quoted

BATCH: Final = 2_000  # rows that the server sends at once
HIDDEN: Final = "***"

TABLES: Final = """
SELECT table_name, column_name FROM information_schema.columns
 WHERE table_schema = ANY (current_schemas(false)) ORDER BY table_name, ordinal_position
"""


def opened(url: str, query: str | None, table: str | None, until: ExitStack) -> Source:
    """The rows, by a cursor on the server. No sentence of an error has the password in it."""
    try:
        import psycopg
        from psycopg.rows import dict_row
    except ImportError as error:
        raise CannotRead("PostgreSQL needs psycopg: pip install 'psycopg[binary]'") from error
    title = _title(url)
    try:
        db = until.enter_context(
            psycopg.connect(url, options="-c default_transaction_read_only=on", connect_timeout=10)
        )
        db.read_only = True
        db.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        names, what, sql, made = _chosen(db, title, query, table)
        cursor = until.enter_context(db.cursor("anylog", row_factory=dict_row))
        cursor.itersize = BATCH
        cursor.execute(sql)
    except psycopg.Error as error:
        # Not "from error": that one may have the password in it, and tracebacks show it.
        raise _explained(url, title, error) from None
    check_columns(title, [column.name for column in cursor.description or []])
    rows: Iterator[dict[str, Any]] = _fetched(url, title, cursor)
    return Source(title, what, enumerate(made(rows) if made else rows, 1), names=names)


def _chosen(db: Any, title: str, query: str | None, table: str | None) -> Any:
    """(columns, what it is, its SQL, what makes rows of a log of them)."""
    if query is not None:
        # In brackets it can only be one that reads: no second statement, no DELETE RETURNING.
        return (
            Names(),
            "a query of PostgreSQL",
            f"SELECT * FROM (\n{query.rstrip('; ')}\n) AS q",
            None,
        )
    columns: dict[str, set[str]] = {}
    for name, column in db.execute(TABLES):
        columns.setdefault(name, set()).add(column)
    name = choose(title, list(columns), table, lambda each: columns[each])
    sql = f"SELECT * FROM {quoted(name)}"
    if columns[name] >= stores.LIBRARY:
        order = " ORDER BY notification_id" if "notification_id" in columns[name] else ""
        what = "events of the eventsourcing library"
        return stores.LIBRARY_NAMES, what, sql + order, stores.library
    return Names(), f"{name!r} of PostgreSQL", sql, None


def _fetched(url: str, title: str, cursor: Any) -> Iterator[dict[str, Any]]:
    import psycopg

    try:
        yield from cursor
    except psycopg.Error as error:
        raise _explained(url, title, error) from None


def _title(url: str) -> str:
    """The address without user and password."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or 'localhost'}{parts.path}"
    except ValueError:
        return "the server"


def _explained(url: str, title: str, error: Exception) -> CannotRead:
    text = " ".join(str(error).split())
    for secret in _secrets(url):
        text = text.replace(secret, HIDDEN)
    if getattr(error, "sqlstate", None) == "25006":
        return CannotRead(f"{title} is only read here, and the query would write: {text}")
    return CannotRead(f"{title} does not answer: {text}")


def _secrets(url: str) -> set[str]:
    """The password in each way that a message may spell it."""
    before = url.partition("://")[2].rpartition("@")[0]
    password = before.partition(":")[2]
    asked = [
        part.partition("=")[2] for part in url.split("?")[-1].split("&") if "password=" in part
    ]
    spelled = {each for raw in (password, *asked) for each in (raw, unquote(raw), quote(raw))}
    return spelled - {""}
