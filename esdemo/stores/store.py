"""The store: what is checked, stamped and hashed, wherever the rows live.

A home (memory, SQLite, PostgreSQL, a cluster) only keeps and fetches rows of strings and integers.
All promises are made here, once, and by the database below; so a new home cannot forget one.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Self

from esdemo import errors
from esdemo.clocks import Clock, to_text, utc_now
from esdemo.commands import Command, Decision, Rejected
from esdemo.events import Event, Kept, Message, RecordedEvent, Vocabulary, chain
from esdemo.stores.conditions import Unless
from esdemo.stores.home import Home, T
from esdemo.stores.owner import Owner
from esdemo.stores.rows import DecisionRow, End, EventRow, Head, Tip, Transaction, Why, together

PAGE: Final = 1_000  # rows fetched at once
FOREVER: Final = 2**63 - 1  # behind every version, position and number
TIPS_KEPT: Final = 10_000  # streams whose end is remembered


class EventStore:
    """Streams of events that only grow, and the decisions that led to them.

    home: where the rows live. vocabulary: the union of all event and command types it may hold,
    or a `Vocabulary` when old shapes have upcasters. clock: gives recorded_at, which never goes
    backwards. A store belongs to the thread and process that opened it; each opens its own.

    Everyday reads check that nothing is missing, and not that nothing was edited: that takes
    every hash, and is what `esdemo.audit.verify` is for.
    """

    def __init__(self, home: Home, vocabulary: Any, clock: Clock = utc_now) -> None:
        self.home = home
        known = isinstance(vocabulary, Vocabulary)
        self.vocabulary: Vocabulary = vocabulary if known else Vocabulary(vocabulary)
        self.clock = clock
        self._owner = Owner()
        self._tips: dict[str, Tip] = {}  # ends that we have seen: right, or refused by the home
        self._end: End | None = None
        self._seen: object = None  # what the home said when these were right
        self.tentative = False  # within `alone`: what was stored may still be undone

    # Writing.

    def append(
        self,
        stream: str,
        events: Sequence[Event],
        *,
        expected_version: int,
        unless: Unless | None = None,
        command_id: str = "",
        correlation_id: str = "",
        actor: str = "",
        effective_at: datetime | None = None,
    ) -> tuple[RecordedEvent, ...]:
        """Facts that no command of ours decided (an import). Returns what was stored.

        Raises Conflict when the stream is not at `expected_version` (0 for a new one) or something
        has come that `unless` speaks of. Raises NotAFact, UnknownType, InvalidStream or
        NothingToAppend before anything is written.
        """
        facts = self._kept(stream, events, command_id, correlation_id, actor)
        if not facts:
            raise errors.NothingToAppend(f"there is nothing to append to {stream!r}: give an event")

        def following(head: Head) -> Transaction:
            now, effective = self._now(head, effective_at)
            why = (command_id, correlation_id, actor, now, effective)
            return Transaction(_chained(head, stream, facts, why))

        kept = self._append(stream, expected_version, following, unless=unless)
        return tuple(self._recorded(kept.events))

    def record(
        self,
        stream: str,
        command: Command | Kept,
        outcome: Sequence[Event | Kept] | Rejected,
        *,
        expected_version: int,
        command_id: str,
        unless: Unless | None = None,
        correlation_id: str = "",
        causation_id: str = "",
        actor: str = "",
        effective_at: datetime | None = None,
    ) -> Decision:
        """A command and what was decided, events or refusal, in one transaction.

        The expected version and `unless` count for a refusal too: one that was decided on an old
        state is a Conflict. A command id seen before returns its first Decision and stores nothing;
        with another command or stream it raises CommandIdReused. What the vocabulary has proven
        already (`Kept`) is taken at its word.
        """
        if not command_id:
            raise errors.CommandIdReused("a command needs an id of its own, not an empty string")
        reason = str(outcome) if isinstance(outcome, Rejected) else None
        events = () if isinstance(outcome, Rejected) else outcome
        strings = (command_id, correlation_id, causation_id, actor)
        facts = self._kept(stream, events, *strings, reason or "")
        asked = self._proven(command, Command)

        def following(head: Head) -> Transaction:
            now, effective = self._now(head, effective_at)
            why = (command_id, correlation_id or command_id, actor, now, effective)
            rows = _chained(head, stream, facts, why)
            version, position = head.tip.version + len(rows), head.end.position + len(rows)
            what = head.end.number + 1, stream, version, position, asked.data, reason, len(rows)
            who = command_id, correlation_id or command_id, causation_id, actor
            decision = DecisionRow(*what, *who, now, effective, hash="")
            tip = rows[-1].hash if rows else head.tip.hash
            return Transaction(rows, decision._replace(hash=decision.link(head.end.hash, tip)))

        kept = self._append(stream, expected_version, following, command_id, unless)
        if kept.decision:
            return self._decision(kept.decision, kept.events)
        first = self.handled(stream, asked.message, command_id)
        assert first
        return first

    def alone(self, work: Callable[[], T]) -> T:
        """Do the work while no other writer can: all that it stores is kept, or none.

        Until it is, nobody remembers any of it: see `tentative`.
        """
        outer, self.tentative = self.tentative, True
        try:
            return self.home.transaction(work)
        finally:
            self.tentative = outer
            self._tips.clear()

    # Reading.

    def events(self, stream: str, after: int = 0, until: int | None = None) -> Iterator[Any]:
        """The bare events of one stream, versions after+1 to `until`: what a fold needs.

        A page at a time, so a stream may be longer than memory. Raises Unreadable for a payload
        that cannot be decoded, and Damaged when a version is missing.
        """
        decode, version = self.vocabulary.decode, min(max(after, 0), FOREVER)
        if until is None and version and self._tip(stream).version == version:
            return
        while page := self.home.payloads(stream, version, _page_end(version, until)):
            for found, data in page:
                version += 1
                if found != version or data is None:
                    raise _missing(stream, version, found)
                try:
                    event = decode(data)
                except Exception as error:
                    raise _unreadable(f"{stream!r}, version {version}", data, error) from error
                yield event

    def recorded(
        self, stream: str | None = None, after: int = 0, until: int | None = None
    ) -> Iterator[RecordedEvent]:
        """Events in their envelopes: one stream by version, or the whole log by position."""
        return self._recorded(self._complete(stream, after, until))

    def decisions(
        self, stream: str | None = None, after: int = 0, until: int | None = None
    ) -> Iterator[Decision]:
        """The decisions numbered after+1 to `until`, accepted and refused, of one stream or all."""
        for page in self._decision_pages(stream, after, until):
            first, last = page[0], page[-1]
            place = attrgetter("position" if stream is None else "version")
            events = self._complete(stream, place(first) - first.events, place(last))
            for transaction in together(events, page):
                if transaction.decision:
                    yield self._decision(transaction.decision, transaction.events)

    def history(
        self, stream: str | None = None
    ) -> Iterator[tuple[Decision | None, tuple[RecordedEvent, ...]]]:
        """What was written together, in order: each decision with its events (none when it was
        refused), and between them the facts that no decision led to, each alone, beside None.

        Of one stream, or of all. It is the history of one moment, the first: what others write
        meanwhile is not in it.
        """
        position, number = self.home.end()
        until = position if stream is None else self.version_after(stream, position)
        pages = self._decision_pages(stream, 0, number)
        decided = (row for page in pages for row in page)
        for rows, row in together(self._complete(stream, 0, until), decided):
            decision = self._decision(row, rows) if row else None
            yield decision, decision.events if decision else tuple(self._recorded(rows))

    def transactions(
        self, events: int = 0, decisions: int = 0, until: tuple[int, int] | None = None
    ) -> Iterator[Transaction]:
        """The same as rows, as stored, after so many events and decisions: for those who check it.

        until: the last position and decision number; those of now by default.
        """
        position, number = until or self.home.end()
        return together(self.event_rows(events, position), self.decision_rows(decisions, number))

    def event_rows(
        self, after: int = 0, until: int | None = None, stream: str | None = None
    ) -> Iterator[EventRow]:
        """The log by position, or a stream by version, as stored: holes are not looked for."""
        after = min(max(after, 0), FOREVER)
        while page := self.home.events(stream, after, _page_end(after, until)):
            yield from page
            reached = page[-1].position if stream is None else page[-1].version
            if reached <= after:  # an endless read otherwise
                raise errors.Damaged(f"{page[-1]!r:.80} stands where it does not belong")
            after = reached

    def decision_rows(self, after: int = 0, until: int | None = None) -> Iterator[DecisionRow]:
        """All decisions by number, as stored."""
        return (row for page in self._decision_pages(None, after, until) for row in page)

    def handled(self, stream: str, command: Command, command_id: str) -> Decision | None:
        """The first Decision of a command that comes again; None for a new one, or without an id.

        Raises InvalidStream, and CommandIdReused for an id that another command or stream has used.
        """
        self.check_name(stream)
        first = self.decision(command_id) if command_id else None
        if first and (first.stream, first.command) != (stream, command):
            raise errors.CommandIdReused(
                f"command id {command_id!r} was used for {first.command} on {first.stream!r} "
                f"and cannot be used again for {command} on {stream!r}"
            )
        return first

    def decision(self, command_id: str) -> Decision | None:
        """What became of this command; None when it was never handled."""
        row = self.home.decision(command_id)
        return row and self._decision(
            row, tuple(self._complete(row.stream, row.version - row.events, row.version))
        )

    def version(self, stream: str) -> int:
        """How many events the stream has; 0 when it does not exist."""
        return self._tip(stream).version

    @property
    def position(self) -> int:
        """How many events the store has."""
        return self.home.end()[0]

    def version_at(self, stream: str, moment: datetime) -> int:
        """The version that the stream had at a moment, inclusive; found by bisection."""
        return self.home.reached(stream, to_text(moment), self.version(stream))

    def version_after(self, stream: str, position: int) -> int:
        """The version that the stream had once the log had reached a position."""
        last = self.position
        if type(position) is not int or not 0 <= position <= last:
            raise errors.InvalidMoment(f"the log has positions 0 to {last}, not {position!r}")
        return self.home.reached(stream, position, self.version(stream))

    def position_at(self, moment: datetime) -> int:
        """The position that the log had reached at a moment, inclusive; found by bisection."""
        return self.home.reached(None, to_text(moment), self.position)

    def streams(self) -> list[str]:
        """The names of all streams, in the order of their first event."""
        return self.home.streams()

    def counts(self) -> tuple[int, int]:
        """How many events and decisions are kept, wherever they stand: the rows, counted."""
        return self.home.counts()

    # Keeping.

    def backup(self, path: str | os.PathLike[str]) -> None:
        """A copy in a new file, of one moment, right while others write to this store.

        Copying the file by other means is not a backup: what was written last is in a second file,
        the write-ahead log, and reading a database file in a process that has it open makes
        SQLite lose its locks. Raises StoreError when the file is there already.
        """
        self.home.backup(os.fspath(path))

    def close(self) -> None:
        """Let go of the home. A closed store is not used again."""
        self.home.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.position} events in {len(self.streams())} streams)"

    # How writing works: on the end that we remember, and when it was another, on the true one.

    def _append(
        self,
        stream: str,
        expected_version: int,
        following: Callable[[Head], Transaction],
        command_id: str = "",
        unless: Unless | None = None,
    ) -> Transaction:
        """Store what follows the head, and remember the new one.

        An empty transaction when the command id was used before. What we remember may be old, and
        never wrong: history does not change, and the home takes nothing but the next row. So when
        a condition has seen all that we have, and our row is next, nothing has come since.
        """
        if type(expected_version) is not int or expected_version < 0:
            raise errors.InvalidMoment(f"expected_version is 0 or more, not {expected_version!r}")
        # Forgotten until it is stored, since an interrupt does not say whether it was.
        tip = self._tips.pop(stream, None) if expected_version else Tip()
        seen_all = self._end and (not unless or unless.since == self._end.position)
        if self._end and seen_all and tip and tip.version == expected_version:
            head = Head(tip, self._end)
            kept = following(head)
            if self.home.insert(*kept):
                self._remember(stream, head.after(kept))
                return kept

        def work() -> tuple[Transaction, Head]:
            """The same where the head that we read cannot move."""
            head = self.home.head(stream)
            if command_id and self.home.decision(command_id):
                return Transaction(()), head
            if head.tip.version != expected_version:
                raise errors.Conflict(
                    f"{stream!r} is at version {head.tip.version}, not {expected_version}: "
                    "load it again, decide again, append again"
                )
            if unless:
                unless.check(self.recorded(after=unless.since), head.end.position)
            kept = following(head)
            if not self.home.insert(*kept):
                raise errors.Damaged(f"nothing can follow the end of {stream!r}: restore a backup")
            return kept, head.after(kept)

        kept, head = self.home.transaction(work)
        self._remember(stream, head)
        return kept

    def _remember(self, stream: str, head: Head) -> None:
        if self.tentative:
            return
        if stream not in self._tips and len(self._tips) >= TIPS_KEPT:
            del self._tips[next(iter(self._tips))]
        self._tips[stream], self._end = head.tip, head.end

    def _tip(self, stream: str) -> Tip:
        """Where a stream ends: as remembered, as long as nobody else has written anything."""
        if (seen := self.home.seen()) != self._seen:
            self._tips.clear()
            self._seen = seen
        if self.tentative or stream not in self._tips:
            head = self.home.head(stream)
            self._remember(stream, head)
            return head.tip
        return self._tips[stream]

    def _kept(self, stream: str, events: Iterable[Event | Kept], *strings: str) -> list[Kept]:
        """The events, proven, once we may write and all that stands beside them is a string."""
        self.check_owner()
        self.check_name(stream)
        try:
            if b"\0" in "".join(strings).encode() or {*map(type, strings)} != {str}:
                raise TypeError("a NUL, or a subclass of str, is not kept everywhere as it is")
        except (TypeError, UnicodeEncodeError) as error:
            raise errors.NotAFact(f"ids and actor are strings, not {strings}: {error}") from error
        if isinstance(events, Event):
            raise errors.NotAFact(f"give a list of events, even for one: [{events!r:.200}]")
        return [self._proven(event, Event) for event in events]

    def _proven(self, message: Message | Kept, kind: type[Message]) -> Kept:
        return message if isinstance(message, Kept) else self.vocabulary.kept(message, kind)

    def check_owner(self) -> None:
        """WrongOwner in another thread or process than the one that opened this store."""
        self._owner.check("this store", type(self).__name__)

    @staticmethod
    def check_name(stream: str) -> None:
        """InvalidStream unless this can name a stream."""
        if type(stream) is not str or not (0 < len(stream) <= 255 and stream.isprintable()):
            raise errors.InvalidStream(
                f"{stream!r:.80} is not a stream name: use 1 to 255 printable characters"
            )

    def _now(self, head: Head, effective_at: datetime | None) -> tuple[str, str]:
        """recorded_at, which never goes backwards, and effective_at, which may."""
        now = max(to_text(self.clock()), head.end.recorded_at)
        return now, now if effective_at is None else to_text(effective_at)

    # How reading works: a page of rows at a time, then objects.

    def _complete(self, stream: str | None, after: int, until: int | None) -> Iterator[EventRow]:
        """The rows, or Damaged where one is missing."""
        place = max(after, 0)
        if stream is None:
            until = min(self.position, FOREVER if until is None else until)
        for row in self.event_rows(after, until, stream):
            place += 1
            found = row.position if stream is None else row.version
            if found != place:
                raise _missing(stream, place, found)
            yield row
        if stream is None and until is not None and place < until:
            raise _missing(None, place + 1, until)

    def _decision_pages(
        self, stream: str | None, after: int, until: int | None
    ) -> Iterator[list[DecisionRow]]:
        after, until = min(max(after, 0), FOREVER), _page_end(FOREVER, until)
        while page := self.home.decisions(stream, after, until):
            yield page
            if page[-1].number <= after:
                raise errors.Damaged(f"decision {page[-1].number} stands where it does not belong")
            after = page[-1].number

    def _recorded(self, rows: Iterable[EventRow]) -> Iterator[RecordedEvent]:
        decode, moment = self.vocabulary.decode, datetime.fromisoformat
        for row in rows:
            try:
                what = row.position, row.stream, row.version, decode(row.data)
                who = row.command_id, row.correlation_id, row.actor
                when = moment(row.recorded_at), moment(row.effective_at)
                yield RecordedEvent(*what, *who, *when, row.hash)
            except Exception as error:
                place = f"position {row.position} ({row.stream!r}, version {row.version})"
                raise _unreadable(place, row.data, error) from error

    def _decision(self, row: DecisionRow, rows: Sequence[EventRow]) -> Decision:
        events, moment = tuple(self._recorded(rows)), datetime.fromisoformat
        try:
            command = self.vocabulary.decode(row.data)
            what = row.number, row.stream, row.version, row.position, command, row.reason, events
            who = row.command_id, row.correlation_id, row.causation_id, row.actor
            when = moment(row.recorded_at), moment(row.effective_at)
            return Decision(*what, *who, *when, row.hash)
        except Exception as error:
            raise _unreadable(f"decision {row.number} ({row.stream!r})", row.data, error) from error


def _chained(head: Head, stream: str, facts: Sequence[Kept], why: Why) -> list[EventRow]:
    """The rows to insert, each with a hash over itself and the one before."""
    rows = list[EventRow]()
    version, previous, position = head.tip.version, head.tip.hash, head.end.position
    for payload, _ in facts:
        version, position = version + 1, position + 1
        previous = chain(previous, stream, version, payload, *why)
        rows.append(EventRow(position, stream, version, payload, *why, previous))
    return rows


def _unreadable(place: str, data: str, error: Exception) -> errors.Unreadable:
    """error: msgspec's own, or whatever an upcaster stumbled over."""
    return errors.Unreadable(place, f"{error} in {data[:80]!r}")


def _missing(stream: str | None, place: int, found: int) -> errors.Damaged:
    where = f"version {place} of {stream!r}" if stream is not None else f"position {place}"
    return errors.Damaged(f"{where} is missing, {found} stands there: restore a backup")


def _page_end(after: int, until: int | None) -> int:
    return max(0, min(after + PAGE, FOREVER, FOREVER if until is None else until))
