"""Any history as one thing to explore: its rows, and the JSON that the page reads."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from tqdm import tqdm

from esdemo.anylog import Entry, Log, read
from esdemo.anylog.sources.frame import is_frame
from esdemo.application import Application
from esdemo.commands import Command, Decision
from esdemo.errors import InvalidMoment, UnknownType
from esdemo.events import Message, RecordedEvent
from esdemo.explorer.page.columns import messages, pack, times
from esdemo.explorer.page.patches import fold, plain
from esdemo.handlers import Decider
from esdemo.stores import EventStore

AnyDecider = Decider[Any, Any, Any]


class Row(NamedTuple):
    """A line of the list: an event, or a command that led to none; with its decision, if any."""

    event: RecordedEvent | None
    decision: int  # the index of its decision, -1 for an imported fact


@dataclass(frozen=True)
class History:
    """What there is to explore."""

    rows: tuple[Row, ...]
    decisions: tuple[Decision, ...]
    decider: AnyDecider | None
    store: EventStore | None
    total: int  # how many events there are, also beyond the limit
    said: tuple[str, ...] = ()  # what was guessed about a log that nobody here wrote

    @property
    def foreign(self) -> bool:
        """Whether it is a log that nobody here wrote: it has no classes, and no rules."""
        first: Any = next((row.event.event for row in self.rows if row.event is not None), None)
        return isinstance(first, Entry)

    @property
    def entries(self) -> list[Entry]:
        """The events that are entries of such a log."""
        events: list[Any] = [fact.event for fact in self.events]
        return [event for event in events if isinstance(event, Entry)]

    @cached_property
    def events(self) -> list[RecordedEvent]:
        """The events, without what was refused."""
        return [row.event for row in self.rows if row.event is not None]

    def envelope(self, row: Row) -> RecordedEvent | Decision:
        """What knows the stream, actor and times of a row."""
        return self.decisions[row.decision] if row.event is None else row.event


def gather(source: Any, decider: AnyDecider | None = None, limit: int | None = None) -> History:
    """A history from an Application, an EventStore, RecordedEvents in order, a Log or a DataFrame.

    limit: at most so many events, the first ones. UnknownType for anything else, InvalidMoment for
    an order or a gap that no fold can be right about.
    """
    if isinstance(source, Application):
        source, decider = source.store, decider or source.decider
    if is_frame(source):
        source = read(source)
    if isinstance(source, Log):
        return _of_log(source, decider)
    if isinstance(source, EventStore):
        rows, decisions = _rows(source, limit)
        return History(rows, decisions, decider, source, source.position)
    try:
        everything = list(source)
    except TypeError:
        everything = [source]
    for fact in everything:
        if not isinstance(fact, RecordedEvent):
            raise UnknownType(
                f"{fact!r:.80} is not a history: give an Application, an EventStore, or a list of "
                "RecordedEvents such as list(store.recorded()); or anylog.read(...) of a file"
            )
    _check_order(everything, decider)
    rows = tuple(Row(fact, -1) for fact in everything[:limit])
    return History(rows, (), decider, None, len(everything))


def gather_more(history: History) -> History:
    """The same history with what its store has recorded since; itself when there is nothing new."""
    store, last = history.store, len(history.events)
    if store is None or history.total > last:
        return history  # a list, or cut by a limit
    facts = list(store.recorded(after=last))
    until = facts[-1].position if facts else last
    known = len(history.decisions)
    decisions = [taken for taken in store.decisions(after=known) if taken.position <= until]
    inside = {fact.position for taken in decisions for fact in taken.events}
    parts = [
        (taken.position - len(taken.events), taken.recorded_at, known + n, taken.events)
        for n, taken in enumerate(decisions)
    ]
    imports = (fact for fact in facts if fact.position not in inside)
    parts += [(fact.position - 1, fact.recorded_at, -1, (fact,)) for fact in imports]
    more = [
        Row(fact, number)
        for _, _, number, events in sorted(parts, key=itemgetter(0, 1))
        for fact in events or (None,)
    ]
    if not more:
        return history
    rows, taken = (*history.rows, *more), (*history.decisions, *decisions)
    return replace(history, rows=rows, decisions=taken, total=until)


def rest(history: History, rows: int) -> dict[str, Any]:
    """The page of what is behind the first so many rows, to be joined to the page of those."""
    first = history.rows[:rows]
    known = max((row.decision for row in first), default=-1) + 1
    more = tuple(Row(row.event, max(-1, row.decision - known)) for row in history.rows[rows:])
    states = dict[str, Any]()
    if history.decider is not None:
        for row in first:
            if (fact := row.event) is not None:
                before = states.get(fact.stream, history.decider.initial)
                states[fact.stream] = history.decider.evolve(before, fact.event)
    tail = replace(history, rows=more, decisions=history.decisions[known:])
    page, _ = payload(tail, states)
    page["decision"]["cause"] = pack(_causes(history.decisions)[known:])
    return page | {"position": None, "version": None}


def payload(
    history: History, states: dict[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the page is given, and the last state of each stream.

    states: by stream, where the history goes on from an earlier one.
    """
    rows, decisions, events = history.rows, history.decisions, history.events
    envelopes = [history.envelope(row) for row in rows]
    event_types, event_fields = messages(map(_named, (fact.event for fact in events)))
    command_types, command_fields = messages(map(_named, (taken.command for taken in decisions)))
    streams = {fact.stream: n for n, fact in enumerate({e.stream: e for e in envelopes}.values())}
    imports = [row.event for row in rows if row.event is not None and row.decision < 0]
    folded, last = None, dict[str, Any]()
    if history.decider is not None:
        steps = tqdm(events, "folding", unit=" events", delay=2, leave=False)
        pairs = ((fact.stream, fact.event) for fact in steps)
        folded, last = fold(history.decider, pairs, states)
    numbers = iter(event_types)
    page = {
        "events": len(events),
        "of": history.total,
        "streams": list(streams),
        "row": {
            "type": pack([-1 if row.event is None else next(numbers) for row in rows]),
            "decision": pack([row.decision for row in rows]),
            "stream": pack([streams[envelope.stream] for envelope in envelopes]),
            "actor": pack([envelope.actor for envelope in envelopes]),
        },
        "time": times(
            [envelope.recorded_at for envelope in envelopes],
            [envelope.effective_at for envelope in envelopes],
        ),
        "event": event_fields,
        "command": {"type": pack(command_types), **command_fields},
        "decision": {
            "rejected": pack([taken.reason for taken in decisions]),
            **_names(decisions),
            "cause": pack(_causes(decisions)),
        },
        "imported": _names(imports),
        "position": _unless_counted([fact.position for fact in events]),
        "version": _unless_counted([fact.version for fact in events], events),
        "state": folded,
    }
    return page, last


def encoded(page: dict[str, Any]) -> bytes:
    """The page's JSON, the same bytes for the same history."""
    return msgspec.json.encode(page)


def commands_of(history: History) -> tuple[type[Message], ...]:
    """The command types that can be tried here: those of the store's vocabulary."""
    types = history.store.vocabulary.types if history.store is not None else ()
    return tuple(cls for cls in types if issubclass(cls, Command)) if history.decider else ()


def span(history: History) -> tuple[datetime, datetime] | None:
    """When the first and the last row were recorded."""
    if not history.rows:
        return None
    ends = history.envelope(history.rows[0]), history.envelope(history.rows[-1])
    return ends[0].recorded_at, ends[1].recorded_at


def _of_log(log: Log, decider: AnyDecider | None) -> History:
    """A log that nobody here wrote: it brings what folds it, and its window is what there is."""
    rows = tuple(Row(event, number) for event, number in log.rows)
    total = sum(row.event is not None for row in rows)
    said = tuple(log.said)
    return History(rows, tuple(log.decisions), decider or log.decider, None, total, said)


def _rows(store: EventStore, limit: int | None) -> tuple[tuple[Row, ...], tuple[Decision, ...]]:
    """Each decision where it was taken, and the facts that no decision led to in between."""
    rows, decisions, room = list[Row](), list[Decision](), limit
    history = store.history()
    for decision, facts in tqdm(history, "reading", unit=" decisions", delay=2, leave=False):
        if room is not None and len(facts) > room:
            rows += [Row(fact, -1) for fact in facts[:room]]
            break
        number = -1 if decision is None else len(decisions)
        rows += [Row(fact, number) for fact in facts] or [Row(None, number)]
        decisions += () if decision is None else (decision,)
        room = None if room is None else room - len(facts)
    return tuple(rows), tuple(decisions)


def _check_order(events: Iterable[RecordedEvent], decider: AnyDecider | None) -> None:
    last = 0
    versions: dict[str, int] = {}
    for fact in events:
        if fact.position <= last:
            raise InvalidMoment(
                f"{fact!r} comes after position {last}: sort the events by position first"
            )
        last, expected = fact.position, versions.get(fact.stream, 0) + 1
        if decider is not None and fact.version != expected:
            raise InvalidMoment(
                f"{fact!r} should be version {expected}: a fold needs the whole stream; give all "
                "of its events, or no decider"
            )
        versions[fact.stream] = fact.version


def _named(message: Message | Entry) -> tuple[str, dict[str, Any]]:
    """A message as its stored name and its fields."""
    if isinstance(message, Entry):
        return message.type, plain(message.data)
    fields = plain(message)
    return fields.pop("type"), fields


def name_of(message: Message | Entry) -> str:
    """What a message is called on the page."""
    return message.type if isinstance(message, Entry) else type(message).__name__


def _names(of: Iterable[RecordedEvent] | Iterable[Decision]) -> dict[str, Any]:
    """Command ids, and correlation ids where they are not the same."""
    pairs = [(one.command_id, one.correlation_id) for one in of]
    return {
        "id": pack([command for command, _ in pairs]),
        "correlation": pack([None if both[0] == both[1] else both[1] for both in pairs]),
    }


def _causes(decisions: Iterable[Decision]) -> list[int]:
    """How many decisions ago the cause of each was taken; 0 for a first or an unknown cause."""
    number: dict[str, int] = {}
    causes = []
    for index, taken in enumerate(decisions):
        causes.append(index - number.get(taken.causation_id, index))
        number[taken.command_id] = index
    return causes


def _unless_counted(numbers: list[int], events: Iterable[RecordedEvent] = ()) -> Any:
    """None when the numbers are just 1, 2, 3 (in each stream), which the page counts itself."""
    counted: dict[str, int] = {}
    expected = []
    for fact in events:
        counted[fact.stream] = counted.get(fact.stream, 0) + 1
        expected.append(counted[fact.stream])
    return None if numbers == (expected or list(range(1, len(numbers) + 1))) else pack(numbers)
