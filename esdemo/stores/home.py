"""A home: where rows are kept, and nothing more. Every promise is made above it, in `store`."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from esdemo.stores.rows import DecisionRow, EventRow, Head

T = TypeVar("T")


class Home(Protocol):
    """What a store asks of the place where its rows live: store these, fetch those.

    `after` and `until` are versions of a stream, or positions (numbers) of the whole log: the rows
    after+1 to `until`, of which a home may give the first few; the store comes back for more.
    """

    def transaction(self, work: Callable[[], T]) -> T:
        """Do the work: all that it inserts is kept, or none, with no other writer in between.

        Inside of another transaction it is a part of that. A home that cannot keep others out does
        the work again when one of them was faster.
        """

    def insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> bool:
        """Keep these rows, all or none. False when they are not the next: somebody was faster."""

    def seen(self) -> object:
        """What differs from the time before when others have written meanwhile.

        What we inserted ourselves need not show. A home that cannot tell gives a new object.
        """

    def head(self, stream: str) -> Head:
        """Where the stream and the whole log end."""

    def end(self) -> tuple[int, int]:
        """The last position and the last decision's number, of one moment."""

    def payloads(self, stream: str, after: int, until: int) -> list[tuple[int, str | None]]:
        """Version and data of a stream's events: what a fold needs. None where it is damaged."""

    def events(self, stream: str | None, after: int, until: int) -> list[EventRow]:
        """Events of a stream by version, or of the whole log by position."""

    def columns(self, names: Sequence[str], after: int, until: int) -> list[tuple[Any, ...]]:
        """Some columns of the whole log, by position: for tables, which need no objects."""

    def decisions(self, stream: str | None, after: int, until: int) -> list[DecisionRow]:
        """Decisions about a stream, or all, by number."""

    def decision(self, command_id: str) -> DecisionRow | None:
        """The decision of this command."""

    def reached(self, stream: str | None, limit: str | int, last: int) -> int:
        """The last version (of a stream) or position not behind a time, or a position.

        last: where the stream, or the log, ends.
        """

    def streams(self) -> list[str]:
        """The names of all streams, in the order of their first event."""

    def counts(self) -> tuple[int, int]:
        """How many events and decisions are kept, wherever they stand: the rows, counted."""

    def faults(self) -> list[str]:
        """What is wrong with the place itself, whatever it holds: empty when all is well."""

    def backup(self, path: str) -> None:
        """A copy in a new file, of one moment, right while others write."""

    def close(self) -> None:
        """Let go of the place."""
