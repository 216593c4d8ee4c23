"""What PostgreSQL is asked. You need not read this to understand the rest."""

from importlib.resources import files
from typing import Final

from esdemo.stores.rows import DecisionRow, EventRow


def schema() -> str:
    return files("esdemo.stores.postgres").joinpath("schema.sql").read_text("utf-8")


def _insert_into(table: str, row: type[EventRow | DecisionRow]) -> str:
    marks = ", ".join("%s" for _ in row._fields)
    return f"INSERT INTO {table} ({_columns(row)}) VALUES ({marks})"


def _columns(row: type[EventRow | DecisionRow]) -> str:
    """By name, so that a table with other columns is an error that the server names."""
    return ", ".join(row._fields)


INSERT_EVENT: Final = _insert_into("events", EventRow)
INSERT_DECISION: Final = _insert_into("decisions", DecisionRow)
HEAD: Final = (
    "SELECT tip.version, tip.hash, log.position, last.number, last.hash, "
    "greatest(log.recorded_at, last.recorded_at) FROM (SELECT) AS one "
    "LEFT JOIN (SELECT version, hash FROM events WHERE stream = %s "
    "ORDER BY version DESC LIMIT 1) AS tip ON true "
    "LEFT JOIN (SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1) AS log "
    "ON true LEFT JOIN (SELECT number, hash, recorded_at FROM decisions "
    "ORDER BY number DESC LIMIT 1) AS last ON true"
)
END: Final = (
    "SELECT coalesce((SELECT max(position) FROM events), 0), "
    "coalesce((SELECT max(number) FROM decisions), 0)"
)
_RANGE: Final = (
    "FROM events WHERE stream = %s AND version > %s AND version <= %s ORDER BY version LIMIT %s"
)
DATA: Final = f"SELECT version, data {_RANGE}"
ROWS: Final = f"SELECT {_columns(EventRow)} {_RANGE}"
LOG: Final = (
    f"SELECT {_columns(EventRow)} FROM events WHERE position > %s AND position <= %s "
    "ORDER BY position LIMIT %s"
)
DECISIONS: Final = (
    f"SELECT {_columns(DecisionRow)} FROM decisions WHERE number > %s AND number <= %s "
    "ORDER BY number LIMIT %s"
)
DECISIONS_ABOUT: Final = (
    f"SELECT {_columns(DecisionRow)} FROM decisions WHERE number > %s AND number <= %s "
    "AND stream = %s ORDER BY number LIMIT %s"
)
DECISION: Final = f"SELECT {_columns(DecisionRow)} FROM decisions WHERE command_id = %s"
COUNTS: Final = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM decisions)"
STREAMS: Final = "SELECT stream FROM events WHERE version = 1 ORDER BY position"

AT_POSITION: Final = "events AS t ON t.position = (low + high + 1) / 2"
AT_VERSION: Final = "events AS t ON t.stream = %(stream)s AND t.version = (low + high + 1) / 2"
BISECT: Final = """
WITH RECURSIVE search(low, high) AS (
    SELECT 0::bigint, %(last)s::bigint
    UNION ALL
    SELECT CASE WHEN t.{column} <= %(limit)s THEN (low + high + 1) / 2 ELSE low END,
           CASE WHEN t.{column} <= %(limit)s THEN high ELSE (low + high + 1) / 2 - 1 END
    FROM search JOIN {place} WHERE low < high
)
SELECT low FROM search WHERE low = high
"""

# What a schema holds, each object as the server itself describes it; OIDs differ, these do not.
DESCRIBED: Final = """
WITH home AS (SELECT oid FROM pg_namespace WHERE nspname = %(schema)s)
SELECT concat_ws(' ', 'column', c.relname, a.attname),
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, l.collname)
FROM home, pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relnamespace = home.oid AND c.relkind NOT IN ('i', 'I')
  AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT concat_ws(' ', 'table', relname),
       concat_ws(' ', relkind, relpersistence, relrowsecurity, relhasrules)
FROM home, pg_class WHERE relnamespace = home.oid AND relkind NOT IN ('i', 'I')
UNION ALL
SELECT concat_ws(' ', 'index', c.relname), concat_ws(' ', pg_get_indexdef(c.oid), i.indisvalid)
FROM home, pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = home.oid
UNION ALL
SELECT concat_ws(' ', 'constraint', conname), pg_get_constraintdef(pg_constraint.oid)
FROM home, pg_constraint WHERE connamespace = home.oid AND contype <> 'n'
UNION ALL
SELECT concat_ws(' ', 'trigger', t.tgname, 'on', c.relname),
       concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
FROM home, pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = home.oid AND NOT t.tgisinternal
UNION ALL
SELECT concat_ws(' ', 'function', proname), pg_get_functiondef(pg_proc.oid)
FROM home, pg_proc WHERE pronamespace = home.oid
"""
