"""A projection: another evolve over the whole log, which makes rows instead of one state."""

import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Final, Generic, TypeVar, Union, get_args, get_origin

import msgspec

from esdemo import checkpoints
from esdemo.events import RecordedEvent
from esdemo.handlers import Decider

R = TypeVar("R", bound=msgspec.Struct)

KINDS: Final = {
    **{int: "INTEGER", bool: "INTEGER", float: "REAL"},
    **{str: "TEXT", date: "TEXT", datetime: "TEXT"},
}
"""What a field of a row may be, and the SQLite column that keeps it."""
KEY: Final = "key"


def by_stream(fact: RecordedEvent) -> str:
    """The key of a projection with one row for each stream."""
    return fact.stream


def silent(before: Any, after: Any, fact: RecordedEvent) -> Iterable[str]:
    """What a projection says to the world when it says nothing."""
    return ()


@dataclass(frozen=True)
class Projection(Generic[R]):
    """What is computed from the log to answer one kind of question, a row for each key.

    name: of the table, in letters, digits and underscores. row: the type of a row, a frozen Struct
    of plain fields. evolve: (row before, or None, and an event in its envelope) -> the row after,
    or None when there is to be none. Like every evolve it is pure. key: which row an event is
    about; None when it is about none. tells: (row before, row after, event) -> messages for the
    world, such as mails. They are stored with the row, to be sent once and by somebody else.
    """

    name: str
    row: type[R]
    evolve: Callable[[R | None, RecordedEvent], R | None]
    key: Callable[[RecordedEvent], str | None] = by_stream
    tells: Callable[[R | None, R | None, RecordedEvent], Iterable[str]] = silent

    def __post_init__(self) -> None:
        if not (self.name.isidentifier() and self.name.isascii()) or "__" in self.name:
            raise ValueError(
                f"{self.name!r} cannot name a table: use letters, digits and single underscores"
            )
        if not (isinstance(self.row, type) and issubclass(self.row, msgspec.Struct)):
            raise TypeError(f"a row is a msgspec.Struct, not {self.row!r:.80}")
        if not self.row.__struct_config__.frozen:
            raise TypeError(f"{self.row.__name__} can change: declare it with frozen=True")
        if KEY in self.row.__struct_fields__:
            raise TypeError(f"{KEY!r} is the column that names a row: call the field otherwise")
        _ = self.columns, self.tag

    @cached_property
    def columns(self) -> dict[str, str]:
        """The columns of the table beside its key, each with its kind in SQLite."""
        return {field.name: _kind(field) for field in msgspec.structs.fields(self.row)}

    @cached_property
    def tag(self) -> str:
        """A name for what this projection makes: another once its code or its row's shape changes.

        See `checkpoints.tag` for what it sees. TypeError for a function that it cannot look into.
        """
        functions = (self.evolve, self.key, self.tells)
        return "".join(checkpoints.tag(_foldable(each), self.row) for each in functions)

    def fold(self, facts: Iterable[RecordedEvent]) -> dict[str, R]:
        """The rows by key, in memory and from the first event on. The definition of this class."""
        rows: dict[str, R] = {}
        for fact in facts:
            key = self.key(fact)
            if key is None:
                continue
            after = self.evolve(rows.get(key), fact)
            if after is None:
                rows.pop(key, None)
            else:
                rows[key] = after
        return rows


def _foldable(function: Callable[..., Any]) -> Decider[Any, Any, None]:
    return Decider(lambda command, state: (), function, None)


def _kind(field: msgspec.structs.FieldInfo) -> str:
    kind = _plain(field.type)
    if kind not in KINDS:
        known = ", ".join(each.__name__ for each in KINDS)
        raise TypeError(f"a row keeps {known}, and None: {field.name!r} is {field.type}")
    return KINDS[kind]


def _plain(hint: Any) -> Any:
    """int for Annotated[int, ...] and int | None."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _plain(parts[0])
    if origin in (Union, types.UnionType):
        some = [part for part in parts if part is not type(None)]
        return _plain(some[0]) if len(some) == 1 else hint
    return hint
