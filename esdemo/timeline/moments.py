"""Moments: the state at any point of history, in recorded time and in effective time.

Recorded time asks what we knew, and the answer is the fold of a prefix: a version, a position and
a moment all name where history is cut. Effective time asks what was true, and the answer is the
fold of a subsequence: facts learnt late belong to earlier days. (The two clocks are Richard
Snodgrass's transaction time and valid time.)
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import reduce
from typing import TypeVar

from esdemo.application import Application
from esdemo.clocks import in_utc
from esdemo.commands import C
from esdemo.errors import InvalidMoment
from esdemo.events import E, RecordedEvent
from esdemo.handlers import S
from esdemo.stores import EventStore

View = TypeVar("View")


def states(
    application: Application[C, E, S],
    *,
    as_of: datetime | None = None,
    position: int | None = None,
) -> dict[str, S]:
    """The whole application at a moment: the state of every stream that had begun by then.

    One pass over the log up to there. An application with checkpoints goes from the last one of
    each stream instead, which pays when streams are long; the answer is the same.
    """
    store, decider, found = application.store, application.decider, dict[str, S]()
    until = _position(store, position, as_of)
    if application.checkpoints is None:
        for fact in store.recorded(until=until):
            before = found[fact.stream] if fact.stream in found else decider.start()
            found[fact.stream] = decider.evolve(before, fact.event)  # type: ignore[arg-type]
        return found
    for stream in store.streams():
        version = store.version_after(stream, until)
        if not version:
            break  # streams come in the order of their first event: the others begin later
        found[stream] = application.checkpoints.state(store, stream, version)
    return found


def project(
    store: EventStore,
    evolve: Callable[[View, RecordedEvent], View],
    initial: View,
    *,
    as_of: datetime | None = None,
    position: int | None = None,
) -> View:
    """Any other view of the whole log at a moment: a fold over events in their envelopes."""
    return reduce(evolve, store.recorded(until=_position(store, position, as_of)), initial)


def effective(
    application: Application[C, E, S],
    stream: str,
    moment: datetime,
    *,
    known_at: datetime | None = None,
) -> S:
    """What was true in the world at a moment (inclusive), by what we know now, or `known_at`.

    Folded afresh from `effective_facts`, never from a checkpoint, since those hold prefixes. The
    order may be one in which nobody decided: evolve accepts it, a rule may not hold in it, and a
    field that counts events is not a version.
    """
    facts = effective_facts(application.store, stream, moment, known_at=known_at)
    return _fold(application, facts)


def effective_facts(
    store: EventStore, stream: str, moment: datetime, *, known_at: datetime | None = None
) -> list[RecordedEvent]:
    """The facts effective at or before a moment, of those recorded at or before `known_at`.

    In order of effective time; facts of one time stay in the order of their versions.
    """
    at = in_utc(moment)
    return [fact for fact in _by_effect(store, stream, known_at) if fact.effective_at <= at]


def bitemporal(
    application: Application[C, E, S],
    stream: str,
    recorded: Sequence[datetime],
    effective: Sequence[datetime],
) -> list[list[S]]:
    """A row for each moment of knowledge, a column for each moment in the world.

    `bitemporal(...)[i][j]` is `effective(..., effective[j], known_at=recorded[i])`, at the cost of
    one fold a row.
    """
    moments = [in_utc(moment) for moment in effective]
    rows = []
    for known_at in recorded:
        facts = _by_effect(application.store, stream, known_at)
        times = [fact.effective_at for fact in facts]
        known = list(application.decider.states(fact.event for fact in facts))  # type: ignore[misc]
        rows.append([known[bisect_right(times, moment)] for moment in moments])
    return rows


def _by_effect(store: EventStore, stream: str, known_at: datetime | None) -> list[RecordedEvent]:
    until = None if known_at is None else store.version_at(stream, known_at)
    known = store.recorded(stream, until=until)
    return sorted(known, key=lambda fact: fact.effective_at)  # stable: ties stay by version


def _fold(application: Application[C, E, S], facts: Iterable[RecordedEvent]) -> S:
    return application.decider.fold(fact.event for fact in facts)  # type: ignore[misc]


def _position(store: EventStore, position: int | None, as_of: datetime | None) -> int:
    """The one position that a question about the whole log means."""
    if position is not None and as_of is not None:
        raise InvalidMoment("give a position or as_of, not both")
    if as_of is not None:
        return store.position_at(as_of)
    last = store.position
    if position is None:
        return last
    if type(position) is not int or not 0 <= position <= last:
        raise InvalidMoment(f"the log has positions 0 to {last}, not {position!r}")
    return position
