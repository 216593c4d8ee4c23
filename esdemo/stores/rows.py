"""What a home keeps: rows of strings and integers, the same in memory, in SQLite, on a cluster."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Self

import msgspec

from esdemo.events import GENESIS, chain


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

    @property
    def why(self) -> "Why":
        """What it has from its decision, the same for all events of one transaction."""
        return _why(self)

    def link(self, previous: str) -> str:
        """The hash that belongs here, behind the hash of the event before it in its stream."""
        return chain(previous, self.stream, self.version, self.data, *self.why)


class DecisionRow(NamedTuple):
    """A decision as stored: the columns of the table `decisions`, in its order."""

    number: int
    stream: str
    version: int  # of the stream, once the decision's events are in it
    position: int  # of the log, once they are
    data: str
    reason: str | None
    events: int
    command_id: str
    correlation_id: str
    causation_id: str
    actor: str
    recorded_at: str
    effective_at: str
    hash: str

    @property
    def why(self) -> "Why":
        """What its events have from it."""
        return _why(self)

    def link(self, previous: str, stream_hash: str) -> str:
        """The hash that belongs here, behind the hash of the decision before it.

        stream_hash: of the last event of its stream, so that the two chains hold each other.
        """
        what = (self.stream, self.version, self.position, self.data, self.reason, self.events)
        return chain(previous, *what, self.causation_id, *self.why, stream_hash)


def _why(row: EventRow | DecisionRow) -> "Why":
    who = row.command_id, row.correlation_id, row.actor
    return *who, row.recorded_at, row.effective_at


Why = tuple[str, str, str, str, str]
"""Command id, correlation id, actor, recorded_at and effective_at."""


class Transaction(NamedTuple):
    """What was written together: events, and the decision that led to them (None: an import)."""

    events: Sequence[EventRow]
    decision: DecisionRow | None = None

    @property
    def stream(self) -> str:
        """The one stream that a transaction writes to."""
        return self.decision.stream if self.decision else self.events[0].stream


class Tip(msgspec.Struct, frozen=True):
    """Where a stream ends."""

    version: int = 0
    hash: str = GENESIS


class End(msgspec.Struct, frozen=True):
    """Where the whole log ends, and the log of decisions with it."""

    position: int = 0
    number: int = 0
    hash: str = GENESIS  # of the last decision
    recorded_at: str = ""


class Head(msgspec.Struct, frozen=True):
    """What the next transaction of a stream must follow."""

    tip: Tip = Tip()
    end: End = End()

    def after(self, transaction: Transaction) -> Self:
        """The head once this transaction, of the same stream, is stored."""
        tip, end = self.tip, self.end
        for last in transaction.events[-1:]:
            tip = Tip(last.version, last.hash)
            end = End(last.position, end.number, end.hash, last.recorded_at)
        if decision := transaction.decision:
            end = End(end.position, decision.number, decision.hash, decision.recorded_at)
        return type(self)(tip, end)


def together(events: Iterable[EventRow], decisions: Iterable[DecisionRow]) -> Iterator[Transaction]:
    """Events and decisions, each in its order, as the transactions that wrote them.

    Checks nothing: a decision gets as many events as it says it has, from where it says they are.
    """
    events = iter(events)
    event = next(events, None)
    for decision in decisions:
        while event and event.position <= decision.position - decision.events:
            yield Transaction((event,))
            event = next(events, None)
        own: list[EventRow] = []
        while event and len(own) < decision.events:
            own.append(event)
            event = next(events, None)
        yield Transaction(tuple(own), decision)
    while event:
        yield Transaction((event,))
        event = next(events, None)
