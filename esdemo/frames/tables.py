"""History as pandas tables: a row for each event, each decision, or each state."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec
import numpy as np
import pandas as pd

from esdemo import timeline
from esdemo.application import Application
from esdemo.audit import Entry
from esdemo.commands import Decision
from esdemo.errors import NotFound
from esdemo.events import Message, RecordedEvent
from esdemo.stores import EventStore
from esdemo.stores.store import PAGE
from esdemo.timeline import Change

TIME: Final = "datetime64[us, UTC]"
DTYPES: Final = {int: "Int64", float: "float64", bool: "boolean", str: "str", datetime: TIME}
"""Int64, not int64: cents stay whole numbers beside missing values."""

ENVELOPE: Final = tuple(field.name for field in msgspec.structs.fields(RecordedEvent))


def log(
    history: EventStore | Iterable[RecordedEvent], envelope: Sequence[str] = ENVELOPE
) -> pd.DataFrame:
    """A row for each event, in order of position: the envelope, then the payload's fields.

    `event` is the name of its type. Times are UTC microseconds, whole numbers Int64, and a field
    that an event does not have is missing (NA). A payload field that has the name of a column of
    the envelope is called `event.name`.

    envelope: which columns of the envelope are wanted; without the hash, the ids and one of the
    times a log takes three fifths of the time. ValueError for a column that it has not.
    """
    if unknown := [name for name in envelope if name not in ENVELOPE]:
        raise ValueError(f"the envelope has no {unknown[0]!r}; it has {', '.join(ENVELOPE)}")
    if isinstance(history, EventStore):
        table, events = _stored(history, envelope)
    else:
        recorded = list(history)
        table = _columns(recorded, [RecordedEvent])[list(envelope)]
        events = [row.event for row in recorded]
    return _with_payload(table, "event", events)


def _stored(store: EventStore, names: Sequence[str]) -> tuple[pd.DataFrame, list[Any]]:
    """The same from rows as stored, a column at a time and not an object for each event."""
    kept = [name for name in names if name != "event"]
    columns: dict[str, list[Any]] = {name: [] for name in ("position", "data", *kept)}
    positions, last = columns["position"], store.position
    while page := store.home.columns(
        list(columns), len(positions), min(last, len(positions) + PAGE)
    ):
        for values, more in zip(columns.values(), zip(*page, strict=True), strict=True):
            values += more
    try:
        if positions != list(range(1, last + 1)):
            raise ValueError("a position is missing")
        events = list(map(store.vocabulary.decode, columns["data"]))
        table = pd.DataFrame({name: _as_stored(name, columns.get(name, events)) for name in names})
    except Exception:
        for _ in store.recorded():  # which names the place, one by one
            pass
        raise
    return table, events


def _as_stored(name: str, values: Sequence[Any]) -> Any:
    """A column of the envelope from the strings and integers that a home keeps."""
    if name == "event":
        return pd.Series(values, dtype="object")
    if name in ("recorded_at", "effective_at"):
        parts = np.array(values, "S32").view([("moment", "S26"), ("zone", "S6")])
        if {*map(len, values)} - {32} or (parts["zone"] != b"+00:00").any():
            raise ValueError(f"a time in {name} is not as we write it")
        return pd.Series(parts["moment"].astype("datetime64[us]")).dt.tz_localize("UTC")
    return pd.array(values, dtype="Int64" if name in ("position", "version") else "str")


def decisions(history: EventStore | Iterable[Decision]) -> pd.DataFrame:
    """A row for each command, accepted or refused, in order: the outcome, then its fields.

    `reason` is why it was refused, missing when accepted; `events` how many events it led to.
    """
    decided = list(history.decisions() if isinstance(history, EventStore) else history)
    outcome = _columns(decided, [Decision])
    outcome["events"] = pd.Series([len(row.events) for row in decided], dtype="Int64")
    return _with_payload(outcome, "command", [row.command for row in decided])


def states(application: Application[Any, Any, Any], stream: str) -> pd.DataFrame:
    """A row for each state of a stream: before the first event (version 0), and after every one.

    Columns: version, the event that led here with its position and times (missing at version 0),
    and the fields of the state, or the keys of a dict; any other state stands in one column,
    `state`. Raises NotFound for a stream that does not exist.
    """
    recorded = list(application.store.recorded(stream))
    if not recorded:
        raise NotFound(f"{stream!r} has no events: see store.streams() for those that do")
    folded = list(application.decider.states(row.event for row in recorded))
    steps = _columns(recorded, [RecordedEvent])[["position", "recorded_at", "effective_at"]]
    steps.insert(0, "event", [type(row.event).__name__ for row in recorded])
    steps = steps.reindex(range(-1, len(recorded))).reset_index(drop=True)
    steps.insert(0, "version", pd.Series(range(len(folded)), dtype="Int64"))
    return _beside(steps, _fields(folded), "state")


def diff(changes: Iterable[Change]) -> pd.DataFrame:
    """A row for each change between two states, of `timeline.diff`: path, kind, before, after.

    The path is text, its parts joined by dots: `alice.balance`.
    """
    rows = list(changes)
    found = _columns(rows, [Change])
    found["path"] = pd.Series([".".join(map(str, row.path)) for row in rows], dtype="str")
    return found


def table(rows: Sequence[msgspec.Struct]) -> pd.DataFrame:
    """A row for each Struct, a column for each field: for what `timeline` finds."""
    return _columns(rows, list(dict.fromkeys(map(type, rows))))


def trail(entries: Iterable[Entry[Any]]) -> pd.DataFrame:
    """A row for each line of `audit.trail`: who, when, what was asked, and what came of it.

    Commands and events are given in full, as text; `changes` says what the event changed in the
    state, `balance: 0 -> 3000`. What is not there is missing: a reason, an event, a command.
    """
    rows = list(entries)
    found = _columns(rows, [Entry]).drop(columns=["before", "after"])
    for name in ("command", "event"):
        found[name] = found[name].map(str, na_action="ignore").astype("str")
    found.insert(found.columns.get_loc("version"), "changes", _texts(row.changes for row in rows))
    return found


def bitemporal(
    application: Application[Any, Any, Any],
    stream: str,
    field: str,
    recorded: Sequence[datetime],
    effective: Sequence[datetime],
) -> pd.DataFrame:
    """One field in two times: a row for each moment of knowledge, a column for each in life.

    A cell is missing (NA) when its column lies after its row: at that moment of knowledge, the
    other had not come yet. What is there is `timeline.bitemporal`.
    """
    states = timeline.bitemporal(application, stream, recorded, effective)
    known = pd.DataFrame(
        [[getattr(state, field) for state in row] for row in states],
        index=pd.DatetimeIndex(recorded, name="recorded"),
        columns=pd.DatetimeIndex(effective, name="effective"),
    ).convert_dtypes()
    future = known.columns.to_numpy() > known.index.to_numpy()[:, None]
    return known.mask(future)


def rows(rows: Mapping[str, msgspec.Struct], key: str = "key") -> pd.DataFrame:
    """A row for each row of a read model, such as `view.rows()` of `projections`; its key first."""
    found = _columns(list(rows.values()), list(dict.fromkeys(map(type, rows.values()))))
    found.insert(0, key, pd.Series(list(rows), dtype="str"))
    return found


def _texts(differences: Iterable[Iterable[Change]]) -> pd.Series:
    """Each difference as one text."""
    return pd.Series(
        [
            "; ".join(f"{'.'.join(map(str, c.path))}: {c.before} -> {c.after}" for c in changes)
            for changes in differences
        ],
        dtype="str",
    )


def _with_payload(table: pd.DataFrame, column: str, messages: Sequence[Message]) -> pd.DataFrame:
    """The table with its column of messages replaced by their names, and their fields beside it."""
    table[column] = pd.Series([type(message).__name__ for message in messages], dtype="str")
    return _beside(table, _fields(messages), column)


def _beside(table: pd.DataFrame, fields: pd.DataFrame, prefix: str) -> pd.DataFrame:
    clashes = {name: f"{prefix}.{name}" for name in fields.columns if name in table.columns}
    return table.join(fields.rename(columns=clashes))


def _fields(values: Sequence[Any]) -> pd.DataFrame:
    """The fields of Structs, or the keys of dicts, as columns, in order of first appearance; other
    values as `state`.
    """
    kinds: list[Any] = list(dict.fromkeys(map(type, values)))
    if all(issubclass(kind, msgspec.Struct) for kind in kinds):
        return _columns(values, kinds)
    if all(issubclass(kind, dict) for kind in kinds):
        return _by_key(values)
    return pd.DataFrame({"state": values})


def _by_key(values: Sequence[Mapping[Any, Any]]) -> pd.DataFrame:
    """A column for each key, missing where a dict has it not, in a dtype that fits its values."""
    columns = {}
    for key in dict.fromkeys(key for value in values for key in value):
        cells = [value.get(key) for value in values]
        kinds = {type(cell) for cell in cells if cell is not None}
        columns[str(key)] = _column(np.fromiter(cells, object, len(cells)), _dtype(kinds))
    return pd.DataFrame(columns, index=range(len(values)))


def _columns(rows: Sequence[Any], kinds: Sequence[type[msgspec.Struct]]) -> pd.DataFrame:
    """A column for each field of these Structs, in a dtype that follows from its declaration."""
    declared: dict[str, set[Any]] = {}
    for kind in kinds:
        for field in msgspec.structs.fields(kind):
            declared.setdefault(field.name, set()).add(_plain(field.type))
    columns = {name: np.full(len(rows), None, object) for name in declared}
    numbers = {kind: number for number, kind in enumerate(kinds)}
    kind_of = np.fromiter((numbers[type(row)] for row in rows), "int64", len(rows))
    for kind, number in numbers.items():
        (places,) = np.nonzero(kind_of == number)
        alike = [rows[place] for place in places.tolist()]
        for name in kind.__struct_fields__:
            columns[name][places] = np.fromiter(map(attrgetter(name), alike), object, len(alike))
    return pd.DataFrame(
        {name: _column(values, _dtype(declared[name])) for name, values in columns.items()},
        index=range(len(rows)),
    )


def _column(values: Any, dtype: str) -> Any:
    if dtype != "Int64":
        return pd.Series(values, dtype=dtype)
    missing = np.array([value is None for value in values], bool)
    return pd.arrays.IntegerArray(np.where(missing, 0, values).astype("int64"), missing)


def _plain(hint: Any) -> Any:
    """int for Annotated[int, ...] and int | None, str for Literal["a", "b"]."""
    origin = get_origin(hint)
    parts = [part for part in get_args(hint) if part is not type(None)]
    if origin is Literal:
        return type(parts[0])
    if origin is Annotated or (origin in (Union, UnionType) and len(parts) == 1):
        return _plain(parts[0])
    return hint


def _dtype(types: set[Any]) -> str:
    return DTYPES.get(next(iter(types)), "object") if len(types) == 1 else "object"
