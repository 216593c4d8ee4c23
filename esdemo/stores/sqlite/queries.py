"""What SQLite is asked. You need not read this to understand the rest."""

from importlib.resources import files
from typing import Final

from esdemo.stores.rows import DecisionRow, EventRow


def schema() -> str:
    return files("esdemo.stores.sqlite").joinpath("schema.sql").read_text("utf-8")


def _insert_into(table: str, row: type[EventRow | DecisionRow]) -> str:
    return f"INSERT INTO {table} ({_columns(row)}) VALUES ({', '.join('?' * len(row._fields))})"


def _columns(row: type[EventRow | DecisionRow], prefix: str = "") -> str:
    """By name, so that a table with other columns is an error that SQLite names."""
    return ", ".join(f"{prefix}{name}" for name in row._fields)


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
_ENTRY: Final = f"SELECT i.stream, i.version, t.hash FROM {ROW} WHERE"
LAST: Final = (  # and the one behind it
    f"SELECT * FROM ({_ENTRY} i.stream = ?1 ORDER BY i.version DESC LIMIT 1) UNION ALL "
    f"SELECT * FROM ({_ENTRY} i.stream > ?1 ORDER BY i.stream LIMIT 1)"
)
BEFORE: Final = f"{_ENTRY} i.stream < ? ORDER BY i.stream DESC LIMIT 1"
_RANGE: Final = "WHERE i.stream = ? AND i.version > ? AND i.version <= ? ORDER BY i.version"
DATA: Final = f"SELECT i.version, t.data FROM {ROW} {_RANGE}"
ROWS: Final = f"SELECT {_columns(EventRow, 't.')} FROM {ROW} {_RANGE}"
LOG: Final = (
    f"SELECT {_columns(EventRow)} FROM events "
    "WHERE position > ? AND position <= ? ORDER BY position"
)
DECISIONS: Final = (
    f"SELECT {_columns(DecisionRow)} FROM decisions "
    "WHERE number > ? AND number <= ? AND stream = coalesce(?, stream) ORDER BY number LIMIT ?"
)
DECISION: Final = f"""
SELECT i.number, {_columns(DecisionRow, "t.")} FROM (
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
