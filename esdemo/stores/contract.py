"""The contract that every store keeps: what is checked, stamped and hashed, wherever it lives.

A home (memory, SQLite, later a cluster) only stores and fetches rows of text and integers. All
promises are made here, once, so a new home cannot forget one.
"""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple, Self

from esdemo.clocks import Clock, to_text, utc_now
from esdemo.commands import Command, Decision, Rejected
from esdemo.errors import (
    CommandIdReused,
    Conflict,
    InvalidMoment,
    InvalidStream,
    NothingToAppend,
    Unreadable,
)
from esdemo.events import GENESIS, Event, RecordedEvent, Vocabulary, chain

PAGE = 1_000


class EventRow(NamedTuple):
    """An event as stored: the columns of the table `events`, in its order."""

    position: int
    stream: str
    version: int
    data: str
    command_id: str
    correlation_id: str
    actor: str
    recorded_at: str
    effective_at: str
    hash: str


class DecisionRow(NamedTuple):
    """A decision as stored: the columns of the table `decisions`, in its order."""

    number: int
    stream: str
    version: int
    position: int
    data: str
    rejected: str | None
    events: int
    command_id: str
    correlation_id: str
    causation_id: str
    actor: str
    recorded_at: str
    effective_at: str


class Head(NamedTuple):
    """Where a stream and the whole store end, read inside the writing transaction."""

    version: int = 0
    hash: str = GENESIS
    position: int = 0
    number: int = 0
    recorded_at: str = ""


class EventStore(ABC):
    """Streams of events that only grow, and the decisions that led to them.

    vocabulary: the union of all event and command types it may hold, or a `Vocabulary` when old
    shapes have upcasters. clock: gives recorded_at, which never goes backwards.
    """

    def __init__(self, vocabulary: Any, clock: Clock = utc_now) -> None:
        self.vocabulary = (
            vocabulary if isinstance(vocabulary, Vocabulary) else Vocabulary(vocabulary)
        )
        self.clock = clock

    def append(
        self,
        stream: str,
        events: Sequence[Event],
        *,
        expected_version: int,
        command_id: str = "",
        correlation_id: str = "",
        actor: str = "",
        effective_at: datetime | None = None,
    ) -> tuple[RecordedEvent, ...]:
        """Facts that no command of ours decided (an import). Returns what was stored.

        Raises Conflict when the stream is not at `expected_version` (0 for a new one), and
        NotAFact, UnknownType, InvalidStream or NothingToAppend before anything is written.
        """
        if not events:
            raise NothingToAppend(f"there is nothing to append to {stream!r}: give an event")
        data = self._encoded(stream, events)
        effective = effective_at and to_text(effective_at)
        with self._transaction():
            head = self._expect(stream, expected_version)
            now = max(to_text(self.clock()), head.recorded_at)
            why = (command_id, correlation_id, actor, now, effective or now)
            rows = _chained(head, stream, data, why)
            self._insert(rows, None)
        return tuple(map(self._recorded, rows))

    def record(
        self,
        stream: str,
        command: Command,
        outcome: Sequence[Event] | Rejected,
        *,
        expected_version: int,
        command_id: str,
        correlation_id: str = "",
        causation_id: str = "",
        actor: str = "",
        effective_at: datetime | None = None,
    ) -> Decision:
        """A command and what was decided, events or refusal, in one transaction.

        The expected version counts for a refusal too: one that was decided on an old state is a
        Conflict. A command id seen before returns its first Decision and stores nothing; with
        another command or stream it raises CommandIdReused.
        """
        if not command_id:
            raise CommandIdReused("a command needs an id of its own: give a text that is not empty")
        events = () if isinstance(outcome, Rejected) else outcome
        data = self._encoded(stream, events)
        asked = self.vocabulary.encode(command)
        rejected = str(outcome) if isinstance(outcome, Rejected) else None
        effective = effective_at and to_text(effective_at)
        with self._transaction():
            if first := self._decision_row(command_id):
                return self._first_decision(first, stream, asked)
            head = self._expect(stream, expected_version)
            now = max(to_text(self.clock()), head.recorded_at)
            correlation_id = correlation_id or command_id
            why = (command_id, correlation_id, actor, now, effective or now)
            rows = _chained(head, stream, data, why)
            decision = DecisionRow(
                head.number + 1,
                stream,
                head.version,
                head.position + len(rows),
                asked,
                rejected,
                len(rows),
                command_id,
                correlation_id,
                causation_id,
                *why[2:],
            )
            self._insert(rows, decision)
        return self._decision(decision, rows)

    def events(self, stream: str, after: int = 0, until: int | None = None) -> Iterator[Any]:
        """The bare events of one stream, versions after+1 to `until`: what a fold needs.

        A page at a time, so a stream may be longer than memory. Raises Unreadable.
        """
        while page := self._payloads(stream, after, _page_end(after, until)):
            try:
                yield from self.vocabulary.decode_many(page)
            except Exception:  # find the one that is wrong, and name it
                yield from (
                    self._message(data, f"{stream!r}, version {version}")
                    for version, data in enumerate(page, after + 1)
                )
            after += len(page)

    def recorded(
        self, stream: str | None = None, after: int = 0, until: int | None = None
    ) -> Iterator[RecordedEvent]:
        """Events in their envelopes: one stream by version, or the whole log by position."""
        while page := self._event_rows(stream, after, _page_end(after, until)):
            yield from map(self._recorded, page)
            after += len(page)

    def decisions(
        self, stream: str | None = None, after: int = 0, until: int | None = None
    ) -> Iterator[Decision]:
        """The decisions numbered after+1 to `until`, accepted and refused, of one stream or all."""
        while page := self._decision_rows(stream, after, until):
            for row in page:
                yield self._decision(row)
            after = page[-1].number

    def decision(self, command_id: str) -> Decision | None:
        """What became of this command; None when it was never handled."""
        row = self._decision_row(command_id)
        return row and self._decision(row)

    def version(self, stream: str) -> int:
        """How many events the stream has; 0 when it does not exist."""
        return self._head(stream).version

    @property
    def position(self) -> int:
        """How many events the store has."""
        return self._head("").position

    def version_at(self, stream: str, moment: datetime) -> int:
        """The version that the stream had at a moment, inclusive; found by bisection."""
        text = to_text(moment)
        versions = range(1, self.version(stream) + 1)
        return bisect_right(versions, text, key=lambda version: self._time(stream, version))

    def position_at(self, moment: datetime) -> int:
        """The position that the log had reached at a moment, inclusive; found by bisection."""
        text = to_text(moment)
        positions = range(1, self.position + 1)
        return bisect_right(positions, text, key=lambda position: self._time(None, position))

    @abstractmethod
    def streams(self) -> list[str]:
        """The names of all streams, in the order of their first event."""

    def close(self) -> None:
        """Let go of the home. A closed store is not used again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.position} events in {len(self.streams())} streams)"

    # What a home provides: rows in, rows out.

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[None]:
        """All or nothing, one writer at a time."""

    @abstractmethod
    def _head(self, stream: str) -> Head: ...

    @abstractmethod
    def _insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> None: ...

    @abstractmethod
    def _payloads(self, stream: str, after: int, until: int) -> list[str]: ...

    @abstractmethod
    def _event_rows(self, stream: str | None, after: int, until: int) -> list[EventRow]: ...

    @abstractmethod
    def _decision_rows(
        self, stream: str | None, after: int, until: int | None
    ) -> list[DecisionRow]: ...

    @abstractmethod
    def _decision_row(self, command_id: str) -> DecisionRow | None: ...

    @abstractmethod
    def _time(self, stream: str | None, place: int) -> str:
        """recorded_at of a version of a stream, or of a position of the log."""

    # What no home has to think about.

    def _expect(self, stream: str, expected_version: int) -> Head:
        if type(expected_version) is not int or expected_version < 0:
            raise InvalidMoment(
                f"expected_version is a whole number >= 0, not {expected_version!r}"
            )
        head = self._head(stream)
        if head.version != expected_version:
            raise Conflict(
                f"{stream!r} is at version {head.version}, not {expected_version}: "
                "load it again, decide again, append again"
            )
        return head

    def _encoded(self, stream: str, events: Sequence[Event]) -> list[str]:
        if not (isinstance(stream, str) and 0 < len(stream) <= 255 and stream.isprintable()):
            raise InvalidStream(
                f"{stream!r:.80} is no stream name: use 1 to 255 printable characters"
            )
        return [self.vocabulary.encode(event) for event in events]

    def _first_decision(self, row: DecisionRow, stream: str, asked: str) -> Decision:
        if (row.stream, row.data) != (stream, asked):
            raise CommandIdReused(
                f"command id {row.command_id!r} was used for {row.data} on {row.stream!r} "
                f"and cannot be used again for {asked} on {stream!r}"
            )
        return self._decision(row)

    def _message(self, data: str, place: str) -> Any:
        try:
            return self.vocabulary.decode(data)
        except Exception as error:  # msgspec's own, or whatever an upcaster stumbled over
            raise Unreadable(place, f"{error} in {data[:80]!r}") from error

    def _recorded(self, row: EventRow) -> RecordedEvent:
        event = self._message(
            row.data, f"position {row.position} ({row.stream!r}, version {row.version})"
        )
        recorded_at = datetime.fromisoformat(row.recorded_at)
        effective_at = datetime.fromisoformat(row.effective_at)
        return RecordedEvent(*row[:3], event, *row[4:7], recorded_at, effective_at, row.hash)

    def _decision(self, row: DecisionRow, rows: Sequence[EventRow] | None = None) -> Decision:
        if rows is None:
            rows = row.events and self._event_rows(
                row.stream, row.version, row.version + row.events
            )
        command = self._message(row.data, f"decision {row.number} ({row.stream!r})")
        events = tuple(map(self._recorded, rows or ()))
        recorded_at = datetime.fromisoformat(row.recorded_at)
        effective_at = datetime.fromisoformat(row.effective_at)
        return Decision(
            *row[:4], command, row.rejected, events, *row[7:11], recorded_at, effective_at
        )


def _page_end(after: int, until: int | None) -> int:
    return after + PAGE if until is None else min(after + PAGE, until)


def _chained(
    head: Head, stream: str, data: Sequence[str], why: tuple[str, str, str, str, str]
) -> list[EventRow]:
    """The rows to insert, each with a hash over itself and the one before."""
    rows = []
    previous = head.hash
    for count, payload in enumerate(data, 1):
        previous = chain(previous, stream, head.version + count, payload, *why)
        place = (head.position + count, stream, head.version + count)
        rows.append(EventRow(*place, payload, *why, previous))
    return rows
