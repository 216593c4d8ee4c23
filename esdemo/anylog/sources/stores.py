"""Stores: rows of an event store, ours or of the `eventsourcing` library, as rows of a log."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from esdemo.anylog.entries import CannotRead
from esdemo.anylog.names import Names
from esdemo.graduate.reading import COLUMNS, LogRow

Row = dict[str, Any]

OURS: Final = Names(
    "stream",
    "type",
    "recorded_at",
    "actor",
    "causation_id",
    "command_id",
    "effective_at",
    "data",
    "command",
    "reason",
)
OUR_TABLES: Final = {"events", "decisions"}
OUR_QUERY: Final = """
SELECT e.position AS place, 0 AS nth, e.stream, e.data AS event, e.command_id, e.actor,
       e.recorded_at, e.effective_at, d.causation_id, d.reason, d.data AS command
  FROM events AS e LEFT JOIN decisions AS d USING (command_id)
UNION ALL
SELECT position, number, stream, NULL, command_id, actor,
       recorded_at, effective_at, causation_id, reason, data
  FROM decisions WHERE events = 0
ORDER BY place, nth
"""
"""Every fact, and every command that led to none, where it was decided."""

LIBRARY: Final = set(COLUMNS)
"""The columns by which a table of the `eventsourcing` library is known."""

LIBRARY_NAMES: Final = Names("originator_id", "type", "timestamp", fields="data")
LIBRARY_IS: Final = "a log of the eventsourcing library"


def of_row(
    columns: Mapping[str, Any], event: Row | None, decision: Mapping[str, Any] | None
) -> Row:
    """A fact or a refused command in the columns of OURS. KeyError for one that is not there."""
    found = {name: columns[name] for name in ("stream", "recorded_at", "effective_at", "actor")}
    found["command_id"] = columns["command_id"] or None
    if event is not None:
        found |= {"type": event["type"], "data": _fields(event)}
    if decision is not None:
        found |= {"causation_id": decision["causation_id"], "reason": decision["reason"]}
        found["command"] = decision["data"]
    return found


def ours(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of OUR_QUERY in the columns of OURS."""
    for row in rows:
        event = None if row["event"] is None else msgspec.json.decode(row["event"])
        decision = None
        if row["command"] is not None:
            decision = {**row, "data": msgspec.json.decode(row["command"])}
        yield of_row(row, event, decision)


def library(rows: Iterable[LogRow]) -> Iterator[Row]:
    """Rows of the `eventsourcing` library, by topic: no class of the application is imported.

    CannotRead for a state that is not its JSON, as when it is compressed or encrypted.
    """
    for row in rows:
        try:
            state = msgspec.json.decode(row.state, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, TypeError, RecursionError) as error:
            raise CannotRead(
                f"the state of version {row.originator_version} of {row.originator_id} is not "
                "JSON: it was compressed or encrypted, or written by a transcoder of its own"
            ) from error
        fields = {name: _untagged(value) for name, value in state.items()}
        yield {
            "originator_id": row.originator_id,
            "type": str(row.topic).rpartition(":")[2],
            "timestamp": fields.pop("timestamp", None),
            "data": fields,
        }


def _fields(message: Row) -> Row:
    return {name: value for name, value in message.items() if name != "type"}


def _untagged(value: Any) -> Any:
    """What the library's transcodings have wrapped: {"_type_": "uuid_hex", "_data_": ...}."""
    if isinstance(value, dict):
        if value.keys() == {"_type_", "_data_"}:
            return _untagged(value["_data_"])
        return {name: _untagged(part) for name, part in value.items()}
    return [_untagged(part) for part in value] if isinstance(value, list) else value
