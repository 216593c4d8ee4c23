"""Transforming: a log copied under another shape, where no upcaster can help.

An upcaster makes one message of one message, since a stored row has one version, one position and
one hash. To make two events of one, or none, the log itself must be another: every fact is read,
transformed, and chained afresh in a new store. That breaks what pointed at the old one (seals,
receipts, versions that somebody noted), so the old seal and a map from old places to new ones are
part of the result, and should outlive the old file.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from esdemo.audit import Seal, restore, verify
from esdemo.commands import Command
from esdemo.errors import Misfit
from esdemo.events import Event, RecordedEvent
from esdemo.stores import EventStore
from esdemo.stores.rows import DecisionRow, EventRow, Head, Tip, Transaction

Places = Mapping[tuple[str, int], tuple[int, ...]]
"""(stream, version) in the old log -> the versions that stand for it in the new one, so far."""
Transform = Callable[[RecordedEvent, Places], Iterable[Event]]
"""From a fact to the events that stand for it in the new log: one, several or none. Pure.

A fact that names a version, such as the reversal of an entry, finds the new one in the places.
"""


class Move(msgspec.Struct, frozen=True):
    """Where a fact went."""

    stream: str
    version: int
    position: int
    hash: str
    versions: tuple[int, ...]  # in the new log; none for a fact that was left out
    positions: tuple[int, ...]
    hashes: tuple[str, ...]


class HistoryCopied(Event):
    """The first fact after a copy: which log this one was made of, and how to look things up."""

    source: str  # the seal of the old log
    moves: str  # hex SHA-256 of the map, as `Copied.text` gives it
    rule: str  # what was done, in words


class Copied(msgspec.Struct, frozen=True):
    """What a copy was made of, and where everything is now."""

    source: Seal
    target: Seal
    moves: tuple[Move, ...]

    @property
    def text(self) -> str:
        """The map as JSON Lines, to keep beside the new log."""
        return "".join(msgspec.json.encode(move).decode() + "\n" for move in self.moves)

    def record(self, store: EventStore, rule: str, stream: str = "history") -> None:
        """Let the new log say what it was made of. Its vocabulary must know HistoryCopied."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        fact = HistoryCopied(str(self.source), digest, rule)
        store.append(stream, [fact], expected_version=store.version(stream))


def copy(
    source: EventStore,
    target: EventStore,
    transform: Transform,
    *,
    commands: Callable[[Command], Command] | None = None,
) -> Copied:
    """Write a log anew: its decisions as they were, and for each fact what `transform` gives.

    Who, when and why stay with every event; versions, positions and hashes are new, of all
    decisions too. All is written or nothing. The source is verified first: raises Misfit when it
    does not fit together, or when the target is not empty.

    commands: what becomes of each command, which otherwise stays byte for byte. To mask
    names it takes both, since commands hold them too. Reasons hold them sometimes, and are kept.
    """
    known = verify(source)
    if known.wrong:
        raise Misfit(known.wrong)
    if target.counts() != (0, 0):
        raise Misfit("a log is copied into an empty store, and this one has a history")
    moves = list[Move]()
    restore(target, _written(source, target, transform, commands, moves))
    return Copied(known.seal, verify(target).seal, tuple(moves))


def _written(
    source: EventStore,
    target: EventStore,
    transform: Transform,
    commands: Callable[[Command], Command] | None,
    moves: list[Move],
) -> Iterator[Transaction]:
    """The new transactions. Each stream's end is kept, and the end of the whole log."""
    tips, end = dict[str, Tip](), Head().end
    places = dict[tuple[str, int], tuple[int, ...]]()
    read = source.recorded()
    for old in source.transactions():
        stream, rows = old.stream, list[EventRow]()
        head = Head(tips.get(stream, Tip()), end)
        for row, fact in zip(old.events, read, strict=False):
            made = _chained(head, row, target, transform(fact, places))
            head = head.after(Transaction(made))
            rows += made
            moves.append(_move(row, made))
            places[stream, row.version] = moves[-1].versions
        decision = old.decision
        if decision and commands:
            asked = commands(source.vocabulary.decode(decision.data))
            decision = decision._replace(data=target.vocabulary.encode(asked, Command))
        new = Transaction(rows, decision and _decided(decision, head, len(rows)))
        head = head.after(new)
        tips[stream], end = head.tip, head.end
        yield new


def _chained(
    head: Head, row: EventRow, target: EventStore, events: Iterable[Event]
) -> list[EventRow]:
    """The rows that stand for an old one: its envelope, and places and hashes of their own."""
    made, previous = list[EventRow](), head.tip.hash
    for count, event in enumerate(events, 1):
        data = target.vocabulary.encode(event, Event)
        place, number = head.end.position + count, head.tip.version + count
        new = row._replace(position=place, version=number, data=data)
        made.append(new._replace(hash=new.link(previous)))
        previous = made[-1].hash
    return made


def _decided(decision: DecisionRow, head: Head, events: int) -> DecisionRow:
    """The decision in its new place."""
    new = decision._replace(version=head.tip.version, position=head.end.position, events=events)
    return new._replace(hash=new.link(head.end.hash, head.tip.hash))


def _move(row: EventRow, made: list[EventRow]) -> Move:
    return Move(
        row.stream,
        row.version,
        row.position,
        row.hash,
        tuple(new.version for new in made),
        tuple(new.position for new in made),
        tuple(new.hash for new in made),
    )
