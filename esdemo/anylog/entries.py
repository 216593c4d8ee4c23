"""Entries: what a line of anybody's log says, before and after it is known where it stands."""

from typing import Any, NamedTuple

import msgspec

from esdemo.errors import EsdemoError
from esdemo.events import Vocabulary


class CannotRead(EsdemoError, ValueError):
    """A log that cannot be read as it is; the sentence says where, and what would help.

    Nothing is kept or written then: the log is read whole before anything is shown.
    """


class Entry(msgspec.Struct, frozen=True):
    """An event that nobody here has a class for: its type, and its fields as they stand there.

    >>> match Entry("Paid", {"amount": 12}):
    ...     case Entry("Paid", {"amount": amount}):
    ...         print(amount)
    12
    """

    type: str
    data: dict[str, Any]


class Before(Entry, frozen=True):
    """The last event of a stream before the window, with what all up to it had led to.

    A window begins with one for each of its streams, as a closed book begins with a balance.
    """

    state: Any


class AnyVocabulary(Vocabulary):
    """Reads any payload as an Entry. It writes none: no class here promises what is in it."""

    def __init__(self) -> None:
        self.types = ()

    def decode(self, text: str) -> Entry:
        """The entry that `text` holds: its type under "type", and its fields."""
        fields = msgspec.json.decode(text, type=dict[str, Any])
        return Entry(str(fields.pop("type")), fields)


class Line(NamedTuple):
    """A row of a log, read. Times are in microseconds since 1970, UTC."""

    at: int  # what it is sorted by
    effective: int  # when it was true; the same where the log knows only one time
    stream: str
    type: str
    actor: str
    id: str
    cause: str  # the id of what led to it
    data: dict[str, Any] | None  # its fields; None for a command that led to no event
    command: dict[str, Any] | None  # the command that led to it, as an esdemo store has kept it
    reason: str | None  # why that was refused
