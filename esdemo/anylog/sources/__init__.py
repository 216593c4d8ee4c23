"""Sources: where a log comes from. Each gives rows, one after the other, and says what it is."""

import os
from contextlib import ExitStack
from typing import Any

from esdemo.anylog.entries import CannotRead
from esdemo.anylog.sources import (
    frame,
    json_lines,
    parquet,
    postgresql,
    separated,
    sqlite,
)
from esdemo.anylog.sources.files import Kind, kind_of
from esdemo.anylog.sources.source import Source

__all__ = ["Source", "opened"]

FILES = {Kind.PARQUET: parquet.opened, Kind.JSON_LINES: json_lines.opened}


def opened(
    where: Any, query: str | None, table: str | None, encoding: str, until: ExitStack
) -> Source:
    """The source that `where` is: a DataFrame, the address of a PostgreSQL server, or a file.

    It is open until `until` is closed. CannotRead for what is none of these, or does not open.
    """
    if frame.is_frame(where):
        return frame.opened(where)
    if isinstance(where, str) and where.startswith(("postgresql://", "postgres://")):
        return postgresql.opened(where, query, table, until)
    try:
        path = os.path.expanduser(os.fspath(where))
    except TypeError as error:
        raise CannotRead(f"{where!r:.80} is neither a file nor a DataFrame") from error
    kind = kind_of(path)
    if kind is Kind.SQLITE:
        return sqlite.opened(path, query, table, until)
    if query or table:
        raise CannotRead(f"{path} is not a database, so it has no table and answers no query")
    if kind is Kind.TEXT:
        return separated.opened(path, encoding, until)
    return FILES[kind](path, until)
