"""Every error that esdemo raises on purpose, each with a sentence that says what to do.

A refused command is not in here: `esdemo.commands.Rejected` is a business answer, kept in the
decision log. These are mistakes in a call, or trouble with a file.
"""


class EsdemoError(Exception):
    """The parent of all errors below: catch this one to catch them all."""


class NotAFact(EsdemoError, TypeError):
    """A class or value that cannot be kept for ever: mutable, a float, a wrong field type."""


class UnknownType(EsdemoError, TypeError):
    """An event or command whose class is not in the store's vocabulary."""


class Unreadable(EsdemoError):
    """A stored payload that cannot be read: truncated, of an unknown type or a future schema.

    `place` names where it is (`"position 7 (alice, version 3)"`); everything else in the store
    stays readable.
    """

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place} cannot be read: {why}")
        self.place = place


class Misfit(EsdemoError, ValueError):
    """Rows of another store that cannot follow what this one holds; the sentence names the first.

    Restore into an empty store, or one that holds the beginning of the same history.
    """


class Conflict(EsdemoError):
    """The stream has moved on since it was read. Load it, decide again, append again."""


class CommandIdReused(EsdemoError):
    """A command id that was already used for another command or another stream."""


class InvalidStream(EsdemoError, ValueError):
    """A stream name that is not text of 1 to 255 printable characters."""


class InvalidMoment(EsdemoError, ValueError):
    """A time, version or position that names no moment of this history."""


class NotFound(EsdemoError, LookupError):
    """A stream, a command id or a field that is not in this history."""


class CannotForecast(EsdemoError, ValueError):
    """A future that this history says nothing about; the sentence says what is missing."""


class NothingToAppend(EsdemoError, ValueError):
    """An append without events."""


class StoreError(EsdemoError):
    """The parent of all trouble with the home of the events."""


class Busy(StoreError):
    """Another process holds the write lock for longer than we waited."""


class Unreachable(StoreError):
    """A server that does not answer, or not to us: it is down, elsewhere, or wants a password."""


class Unanswered(StoreError):
    """The answer to a write was lost, so it may be stored or not.

    Give the same command again under the same command id: it is kept once, and the first Decision
    comes back.
    """


class ReadOnly(StoreError):
    """The file, its folder or this way of opening it does not allow writing."""


class Full(StoreError):
    """No room left on the disk, or for the database."""


class Damaged(StoreError):
    """The database file itself is corrupt."""


class NotAStore(StoreError):
    """The file is not SQLite, or a database that esdemo did not make."""


class WrongOwner(StoreError):
    """A store used in another thread or process than the one that opened it."""
