"""History as pandas tables: a row for each event, each decision, or each state."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import pandas as pd

from esdemo.application import Application
from esdemo.commands import Decision
from esdemo.errors import InvalidMoment
from esdemo.events import Message, RecordedEvent
from esdemo.stores import EventStore

TIME: Final = "datetime64[us, UTC]"
DTYPES: Final = {int: "Int64", bool: "boolean", str: "str", datetime: TIME}
"""Int64, not int64: cents stay whole numbers beside missing values."""


def log(history: EventStore | Iterable[RecordedEvent]) -> pd.DataFrame:
    """A row for each event, in order of position: the envelope, then the payload's fields.

    `event` is the name of its type. Times are UTC microseconds, whole numbers Int64, and a field
    that an event does not have is missing (NA). A payload field that has the name of a column of
    the envelope is called `event.name`.
    """
    recorded = list(history.recorded() if isinstance(history, EventStore) else history)
    envelope = _columns(recorded, RecordedEvent.__struct_fields__)
    return _with_payload(envelope, "event", [row.event for row in recorded])


def decisions(history: EventStore | Iterable[Decision]) -> pd.DataFrame:
    """A row for each command, accepted or refused, in order: the outcome, then its fields.

    `rejected` is the reason, missing when accepted; `events` how many events it led to.
    """
    decided = list(history.decisions() if isinstance(history, EventStore) else history)
    outcome = _columns(decided, Decision.__struct_fields__)
    outcome["events"] = pd.Series([len(row.events) for row in decided], dtype="Int64")
    return _with_payload(outcome, "command", [row.command for row in decided])


def states(application: Application[Any, Any, Any], stream: str) -> pd.DataFrame:
    """A row for each state of a stream: before the first event (version 0), and after every one.

    Columns: version, the event that led here with its position and times (missing at version 0),
    and the fields of the state; a state that is no Struct stands in one column, `state`. Raises
    InvalidMoment for a stream that does not exist.
    """
    recorded = list(application.store.recorded(stream))
    if not recorded:
        raise InvalidMoment(f"{stream!r} has no events: see store.streams() for those that do")
    folded = list(application.decider.states(row.event for row in recorded))
    steps = _columns(recorded, ("position", "recorded_at", "effective_at"))
    steps.insert(0, "event", [type(row.event).__name__ for row in recorded])
    steps = steps.reindex(range(-1, len(recorded))).reset_index(drop=True)
    steps.insert(0, "version", pd.Series(range(len(folded)), dtype="Int64"))
    return steps.join(_fields(folded), rsuffix="_of_state")


def _with_payload(table: pd.DataFrame, column: str, messages: Sequence[Message]) -> pd.DataFrame:
    """The table with its column of messages replaced by their names, and their fields beside it."""
    table[column] = pd.Series([type(message).__name__ for message in messages], dtype="str")
    payload = _fields(messages)
    clashes = {field: f"{column}.{field}" for field in payload.columns if field in table.columns}
    return table.join(payload.rename(columns=clashes))


def _fields(values: Sequence[Any]) -> pd.DataFrame:
    """The fields of Structs as columns, in order of first appearance; other values as `state`."""
    kinds: dict[Any, None] = dict.fromkeys(map(type, values))
    if not all(issubclass(kind, msgspec.Struct) for kind in kinds):
        return pd.DataFrame({"state": values})
    names = dict.fromkeys(name for kind in kinds for name in kind.__struct_fields__)
    return _columns(values, tuple(names))


def _columns(rows: Sequence[Any], names: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {name: _series([getattr(row, name, None) for row in rows]) for name in names}
    )


def _series(values: Sequence[Any]) -> pd.Series:
    """A column whose dtype follows from what the values are, missing ones aside."""
    kinds = set(map(type, values)) - {type(None)}
    dtype = DTYPES.get(kinds.pop(), "object") if len(kinds) == 1 else "object"
    return pd.Series(values, dtype=dtype)
