"""The contract that every store keeps: what is checked, stamped and hashed, wherever it lives.

A home (memory, SQLite, later a cluster) only stores and fetches rows of text and integers. All
promises are made here, once, so a new home cannot forget one.
"""

import os
import threading
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final, Self

from esdemo import errors
from esdemo.clocks import Clock, to_text, utc_now
from esdemo.commands import Command, Decision, Rejected
from esdemo.events import Event, RecordedEvent, Vocabulary
from esdemo.stores.rows import DecisionRow, EventRow, Head, Written, chained, misfit

PAGE: Final = 1_000  # rows fetched at once


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
        self._owner = (os.getpid(), threading.get_ident())

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
        data = self._encoded(stream, events, command_id, correlation_id, actor)
        if not data:
            raise errors.NothingToAppend(f"there is nothing to append to {stream!r}: give an event")
        with self._transaction():
            head = self._expect(stream, expected_version)
            now, effective = self._now(head, effective_at)
            why = (command_id, correlation_id, actor, now, effective)
            rows = chained(head, stream, data, why)
            self._insert(rows, None)
        return tuple(self._recorded(rows))

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
            raise errors.CommandIdReused("a command needs an id of its own, not an empty text")
        rejected = str(outcome) if isinstance(outcome, Rejected) else None
        events = () if isinstance(outcome, Rejected) else outcome
        texts = (command_id, correlation_id, causation_id, actor, rejected or "")
        data = self._encoded(stream, events, *texts)
        asked = self.vocabulary.encode(command, Command)
        with self._transaction():
            if first := self._decision_row(command_id):
                if (first.stream, first.data) != (stream, asked):
                    raise errors.CommandIdReused(
                        f"command id {command_id!r} was used for {first.data} on {first.stream!r} "
                        f"and cannot be used again for {asked} on {stream!r}"
                    )
                return self._decision(first)
            head = self._expect(stream, expected_version)
            now, effective = self._now(head, effective_at)
            correlation_id = correlation_id or command_id
            rows = chained(head, stream, data, (command_id, correlation_id, actor, now, effective))
            place = (head.number + 1, stream, head.version, head.position + len(rows))
            became = (asked, rejected, len(rows))
            why = (command_id, correlation_id, causation_id, actor, now, effective)
            decision = DecisionRow(*place, *became, *why)
            self._insert(rows, decision)
        return self._decision(decision, rows)

    def restore(self, history: Iterable[Written]) -> None:
        """Rows as another store kept them, to follow those in here: all of them, or none.

        Raises Misfit for rows that cannot come next, Unreadable for a payload that this store does
        not know, and InvalidStream and WrongOwner as `append` does; what `history` raises passes
        through. Nothing is restored then.
        """
        self._check_owner()
        with self._transaction():
            for rows, decision in history:
                if not (rows or decision):
                    continue
                stream = decision.stream if decision else rows[0].stream
                self._check_name(stream)
                head = self._head(stream)
                if why := misfit(head, rows, decision):
                    raise errors.Misfit(why)
                if decision and self._decision_row(decision.command_id):
                    raise errors.Misfit(f"command id {decision.command_id!r} is used twice")
                self._check_kinds(rows, decision)
                self._insert(rows, decision)

    def events(self, stream: str, after: int = 0, until: int | None = None) -> Iterator[Any]:
        """The bare events of one stream, versions after+1 to `until`: what a fold needs.

        A page at a time, so a stream may be longer than memory. Raises Unreadable.
        """
        decode, version = self.vocabulary.decode, max(after, 0)
        while (until is None or version < until) and (
            page := self._payloads(stream, version, _page_end(version, until))
        ):
            try:
                for data in page:
                    version += 1
                    yield decode(data)
            except Exception as error:
                raise _unreadable(f"{stream!r}, version {version}", data, error) from error

    def recorded(
        self, stream: str | None = None, after: int = 0, until: int | None = None
    ) -> Iterator[RecordedEvent]:
        """Events in their envelopes: one stream by version, or the whole log by position."""
        after = max(after, 0)
        while page := self._event_rows(stream, after, _page_end(after, until)):
            yield from self._recorded(page)
            after = page[-1].position if stream is None else page[-1].version

    def decisions(
        self, stream: str | None = None, after: int = 0, until: int | None = None
    ) -> Iterator[Decision]:
        """The decisions numbered after+1 to `until`, accepted and refused, of one stream or all."""
        after, until = max(after, 0), until if until is None else max(until, 0)
        while page := self._decision_rows(stream, after, until):
            for row in page:
                yield self._decision(row)
            after = page[-1].number

    def event_rows(self, after: int = 0, until: int | None = None) -> Iterator[EventRow]:
        """The whole log by position, as stored: for whoever checks its hashes."""
        while page := self._event_rows(None, after, _page_end(after, until)):
            yield from page
            after = page[-1].position

    def decision_rows(self, after: int = 0, until: int | None = None) -> Iterator[DecisionRow]:
        """All decisions by number, as stored."""
        while page := self._decision_rows(None, after, until):
            yield from page
            after = page[-1].number

    @abstractmethod
    def counts(self) -> tuple[int, int]:
        """How many events and decisions are kept, wherever they stand: the rows, counted."""

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

    def close(self) -> None:  # noqa: B027
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
            raise errors.InvalidMoment(
                f"expected_version is 0, 1, 2 or more, not {expected_version!r}"
            )
        head = self._head(stream)
        if head.version != expected_version:
            raise errors.Conflict(
                f"{stream!r} is at version {head.version}, not {expected_version}: "
                "load it again, decide again, append again"
            )
        return head

    def _encoded(self, stream: str, events: Iterable[Event], *texts: str) -> list[str]:
        """The events as stored, once we may write and all that stands beside them is text."""
        self._check_owner()
        self._check_name(stream)
        try:
            "".join(texts).encode()
        except (TypeError, UnicodeEncodeError) as error:
            raise errors.NotAFact(
                f"ids, actor and reason are text, not {texts}: {error}"
            ) from error
        return [self.vocabulary.encode(event, Event) for event in events]

    def _check_owner(self) -> None:
        if self._owner != (os.getpid(), threading.get_ident()):
            raise errors.WrongOwner(
                f"another thread or process opened this {type(self).__name__}: "
                f"open a {type(self).__name__} of its own in each"
            )

    def _check_name(self, stream: str) -> None:
        if not (isinstance(stream, str) and 0 < len(stream) <= 255 and stream.isprintable()):
            raise errors.InvalidStream(
                f"{stream!r:.80} is no stream name: use 1 to 255 printable characters"
            )

    def _check_kinds(self, rows: Sequence[EventRow], decision: DecisionRow | None) -> None:
        """Misfit for an event that is none, or a command that is none; Unreadable for neither."""
        messages: list[tuple[object, type]] = [(fact.event, Event) for fact in self._recorded(rows)]
        if decision:
            messages.append((self._decision(decision, rows).command, Command))
        for message, kind in messages:
            if not isinstance(message, kind):
                raise errors.Misfit(f"{message!r:.200} is no {kind.__name__}")

    def _now(self, head: Head, effective_at: datetime | None) -> tuple[str, str]:
        """recorded_at, which never goes backwards, and effective_at, which may."""
        now = max(to_text(self.clock()), head.recorded_at)
        return now, now if effective_at is None else to_text(effective_at)

    def _message(self, data: str, place: str, *where: object) -> Any:
        try:
            return self.vocabulary.decode(data)
        except Exception as error:
            raise _unreadable(place.format(*where), data, error) from error

    def _recorded(self, rows: Sequence[EventRow]) -> Iterator[RecordedEvent]:
        for row in rows:
            event = self._message(row.data, "position {} ({!r}, version {})", *row[:3])
            yield RecordedEvent(*row[:3], event, *row[4:7], *_times(row), row.hash)

    def _decision(self, row: DecisionRow, rows: Sequence[EventRow] | None = None) -> Decision:
        if rows is None:
            rows = self._event_rows(row.stream, row.version, row.version + row.events)
        command = self._message(row.data, "decision {} ({!r})", *row[:2])
        events = tuple(self._recorded(rows))
        return Decision(*row[:4], command, row.reason, events, *row[7:11], *_times(row))


def _unreadable(place: str, data: str, error: Exception) -> errors.Unreadable:
    """error: msgspec's own, or whatever an upcaster stumbled over."""
    return errors.Unreadable(place, f"{error} in {data[:80]!r}")


def _times(row: EventRow | DecisionRow) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(row.recorded_at), datetime.fromisoformat(row.effective_at)


def _page_end(after: int, until: int | None) -> int:
    return after + PAGE if until is None else max(0, min(after + PAGE, until))
