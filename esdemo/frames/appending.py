"""The way back: a table of events into a store."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import pandas as pd

from esdemo.errors import EsdemoError, NotFound, UnknownType
from esdemo.events import Message
from esdemo.frames.tables import ENVELOPE
from esdemo.stores import EventStore

GIVEN: Final = ("command_id", "correlation_id", "actor", "effective_at")
"""What a table may say of an event besides its place and payload."""


def append(table: pd.DataFrame, store: EventStore) -> int:
    """A table of events back into a store, all of it or nothing; returns the last position.

    A row for each event, in order: `stream`, `event` (the name of its type), its fields in columns
    of their names, and if you like `version`, `command_id`, `correlation_id`, `actor` and
    `effective_at`. Everything is checked, as an event that comes from elsewhere: the type, each
    field, the version, which must be the next. The store's clock says when it was recorded; for a
    copy with its times and hashes see `interchange`. A row that cannot be taken is named:
    ValueError, and nothing is written.
    """
    names = {cls.__name__: cls for cls in store.vocabulary.types}
    missing = {"stream", "event"} - set(table.columns)
    if missing:
        raise NotFound(f"the table has no column {', '.join(sorted(missing))}")

    def work() -> int:
        for number, row in enumerate(table.to_dict("records")):
            try:
                _append(row, store, names)
            except (EsdemoError, msgspec.MsgspecError, LookupError, ValueError) as error:
                raise ValueError(f"row {number} cannot be appended: {error}") from error
        return store.position

    return store.alone(work)


def _append(row: dict[Any, Any], store: EventStore, names: Mapping[str, type[Message]]) -> None:
    """One row. A value that is missing is not given at all; one that nobody asks for is refused."""
    given = {column: _python(value) for column, value in row.items() if _is_there(value)}
    if given.get("event") not in names:
        raise UnknownType(f"{given.get('event')!r} is not one of {', '.join(names)}")
    kind = names[given["event"]]
    columns = {name: _payload(name) for name in kind.__struct_fields__}
    if odd := given.keys() - set(columns.values()) - set(ENVELOPE):
        raise NotFound(f"{kind.__name__} has no field for the value in {', '.join(sorted(odd))}")
    fields = {name: given[column] for name, column in columns.items() if column in given}
    stream = given.get("stream", "")
    version = given.get("version", store.version(stream) + 1)
    envelope = {name: given[name] for name in GIVEN if name in given}
    event: Any = msgspec.convert(fields, kind)
    store.append(stream, [event], expected_version=int(version) - 1, **envelope)


def _payload(name: str) -> str:
    """The column of a field of an event, as `log` calls it."""
    return f"event.{name}" if name in ENVELOPE else name


def _is_there(value: Any) -> bool:
    return not (value is None or value is pd.NA or value is pd.NaT or value != value)


def _python(value: Any) -> Any:
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
