"""What SQLite is asked. You need not read this to understand the rest."""

from importlib.resources import files
from typing import Final

from esdemo.stores.rows import DecisionRow, EventRow


def schema() -> str:
    return files("esdemo.stores.sqlite").joinpath("schema.sql").read_text("utf-8")


def _insert_into(table: str, row: type[EventRow | DecisionRow]) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' for _ in row._fields)})"


INSERT_EVENT: Final = _insert_into("events", EventRow)
INSERT_DECISION: Final = _insert_into("decisions", DecisionRow)
MASTER: Final = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'sqlite_stat%'"
)
# t is the row that an index entry i points to; the + keeps SQLite from asking the index again.
# No condition compares (stream, version) as a pair: SQLite would skip an entry that does not fit
# in silence, where an equality or a bound on the stream alone shows it to us.
ROW: Final = (
    "events AS i LEFT JOIN events AS t "
    "ON t.position = i.position AND +t.stream = i.stream AND +t.version = i.version"
)


def _of_a_stream(columns: str) -> str:
    """Its entries from a version on, at most so many; its last one; the one behind that.

    In one statement, so that they are of one moment.
    """
    entry = f"SELECT i.stream, i.version, {columns} FROM {ROW} WHERE"
    return (
        f"SELECT 0, * FROM ({entry} i.stream = ?1 AND i.version >= ?2 ORDER BY i.version LIMIT ?3) "
        f"UNION ALL SELECT 1, * FROM ({entry} i.stream = ?1 ORDER BY i.version DESC LIMIT 1) "
        f"UNION ALL SELECT 2, * FROM ({entry} i.stream > ?1 ORDER BY i.stream LIMIT 1)"
    )


DATA: Final = _of_a_stream("t.data")
HASHES: Final = _of_a_stream("t.hash")
ROWS: Final = _of_a_stream("t.*")
BEFORE: Final = (
    f"SELECT 3, i.stream, i.version, t.hash FROM {ROW} "
    "WHERE i.stream < ? ORDER BY i.stream DESC LIMIT 1"
)
DECISION: Final = """
SELECT i.number, t.* FROM (
    SELECT * FROM (SELECT number, command_id FROM decisions INDEXED BY sqlite_autoindex_decisions_1
                   WHERE command_id >= ?1 ORDER BY command_id LIMIT 1)
    UNION ALL
    SELECT * FROM (SELECT number, command_id FROM decisions INDEXED BY sqlite_autoindex_decisions_1
                   WHERE command_id < ?1 ORDER BY command_id DESC LIMIT 1)
) AS i LEFT JOIN decisions AS t ON t.number = i.number AND +t.command_id = i.command_id
"""
END: Final = (
    "SELECT (SELECT max(position) FROM events), (SELECT max(number) FROM decisions), "
    "(SELECT hash FROM decisions ORDER BY number DESC LIMIT 1), "
    "(SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1), "
    "(SELECT recorded_at FROM decisions ORDER BY number DESC LIMIT 1)"
)
AT_POSITION: Final = "events AS t ON t.position = (low + high + 1) / 2"
AT_VERSION: Final = (
    "events AS i ON i.stream = :stream AND i.version = (low + high + 1) / 2 JOIN events AS t "
    "ON t.position = i.position AND +t.stream = i.stream AND +t.version = i.version"
)
BISECT: Final = """
WITH RECURSIVE search(low, high) AS (
    SELECT 0, :last
    UNION ALL
    SELECT iif(t.{column} <= :limit, (low + high + 1) / 2, low),
           iif(t.{column} <= :limit, high, (low + high + 1) / 2 - 1)
    FROM search JOIN {place} WHERE low < high
)
SELECT low FROM search WHERE low = high
"""
