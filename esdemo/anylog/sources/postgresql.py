"""PostgreSQL: a table, a view or a query, in a transaction that can only read."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from esdemo.anylog.entries import CannotRead
from esdemo.anylog.sources import stores
from esdemo.anylog.sources.source import Source
from esdemo.anylog.sources.tables import check_columns, choose, quoted
from esdemo.errors import EsdemoError
from esdemo.graduate import reading as graduate
from esdemo.graduate.reading import LogRow

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
    title, read_only = _title(url), "-c default_transaction_read_only=on"
    try:
        db = until.enter_context(psycopg.connect(url, options=read_only, connect_timeout=10))
        db.read_only = True
        db.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        cursor = until.enter_context(db.cursor("anylog", row_factory=dict_row))
        if query is not None:
            # In brackets it can only be one that reads: no second statement, no DELETE RETURNING.
            asked = f"SELECT * FROM (\n{query.rstrip('; ')}\n) AS q"
            return Source(title, "a query of PostgreSQL", _asked(url, cursor, asked))
        tables = _tables(db)
        name = choose(title, list(tables), table, tables.__getitem__)
        if tables[name] >= stores.LIBRARY:
            rows = enumerate(stores.library(_library(url, name)), 1)
            return Source(title, stores.LIBRARY_IS, rows, names=stores.LIBRARY_NAMES)
        asked = f"SELECT * FROM {quoted(name)}"
        return Source(title, f"{name!r} of PostgreSQL", _asked(url, cursor, asked))
    except psycopg.Error as error:
        # Not "from error": that one may have the password in it, and tracebacks show it.
        raise _explained(url, error) from None


def _tables(db: Any) -> dict[str, set[str]]:
    columns: dict[str, set[str]] = {}
    for name, column in db.execute(TABLES):
        columns.setdefault(name, set()).add(column)
    return columns


def _asked(url: str, cursor: Any, sql: str) -> Iterator[tuple[int, dict[str, Any]]]:
    cursor.itersize = BATCH
    cursor.execute(sql)
    check_columns(_title(url), [column.name for column in cursor.description])
    return enumerate(_fetched(url, cursor), 1)


def _fetched(url: str, cursor: Any) -> Iterator[dict[str, Any]]:
    import psycopg

    try:
        yield from cursor
    except psycopg.Error as error:
        raise _explained(url, error) from None


def _library(url: str, name: str) -> Iterator[LogRow]:
    try:
        yield from graduate.read(url, name)
    except EsdemoError as error:
        raise _explained(url, error) from None


def _title(url: str) -> str:
    """The address without user and password."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or 'localhost'}{parts.path}"
    except ValueError:
        return "the server"


def _explained(url: str, error: Exception) -> CannotRead:
    text = " ".join(str(error).split())
    for secret in _secrets(url):
        text = text.replace(secret, HIDDEN)
    title = _title(url)
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
