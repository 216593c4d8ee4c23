"""Branches: another history beside the recorded one, as the little that the two do not share.

A branch usually keeps nearly all facts, and leaves most streams as they were. So it is told by
reference: each of its events is one of the recorded ones or new, and so is each patch.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Final, NamedTuple

from esdemo.commands import Decision
from esdemo.events import RecordedEvent
from esdemo.explorer.history import AnyDecider, History, Row, payload
from esdemo.explorer.page.columns import pack
from esdemo.explorer.page.patches import Patches
from esdemo.stores import EventStore
from esdemo.timeline.what_if import Written

NEW: Final = 0


class Branched(NamedTuple):
    """The events of a branch, and for each the position of the recorded one that it is, or NEW."""

    facts: Sequence[RecordedEvent]
    origins: Sequence[int]


def delta(history: History, branch: Branched) -> dict[str, Any]:
    """The branch by reference, as `branched` of the page reads it.

    events: for each event its recorded position, or one beyond the last for a new one; patches:
    the same; fresh: the new events, and the patches of the streams that went another way.
    """
    count = len(history.events)
    fresh = [fact for fact, origin in zip(*branch, strict=True) if origin == NEW]
    numbers, patches = iter(range(count + 1, count + 1 + len(fresh))), Patches()
    page, _ = payload(History(tuple(Row(fact, -1) for fact in fresh), (), None, None, len(fresh)))
    told = list(_patched(history, branch, patches)) if history.decider else []
    initial = history.decider.initial if history.decider else None
    return {
        "events": pack([origin or next(numbers) for origin in branch.origins]),
        "patches": pack(told),
        "fresh": page | {"state": patches.packed(initial) if history.decider else None},
    }


def without(history: History, positions: set[int]) -> Branched:
    """All facts but those at some positions."""
    kept = [(fact, n) for n, fact in enumerate(history.events, 1) if n not in positions]
    return Branched([fact for fact, _ in kept], [n for _, n in kept])


def recognized(history: History, branch: EventStore) -> Branched:
    """The events of a store that was made by deciding again, with those that are as recorded."""
    known = defaultdict[tuple[str, str], deque[tuple[int, RecordedEvent]]](deque)
    for n, fact in enumerate(history.events, 1):
        known[fact.command_id, fact.stream].append((n, fact))
    facts, origins = list(branch.recorded()), list[int]()
    for fact in facts:
        same = known[fact.command_id, fact.stream]
        is_known = bool(same) and _told(same[0][1]) == _told(fact)
        origins.append(same.popleft()[0] if is_known else NEW)
    return Branched(facts, origins)


def aligned(history: History, branch: EventStore) -> list[int]:
    """For each position, how far the branch is once the same command has been decided."""
    again = {taken.command_id: taken for taken in branch.decisions()}
    steps, reached = [0], 0
    for row in history.rows:
        if row.event is None:
            continue
        taken: Decision | None = None
        if row.decision < 0:
            reached += 1
        else:
            taken = again.get(history.decisions[row.decision].command_id)
        if taken is not None:
            reached = max(reached, taken.position)
        steps.append(reached)
    steps[-1] = branch.position
    return list(accumulate(steps, max))


def written(history: History) -> Iterator[Written]:
    """What was written together, in order, as a store's own `history()` gives it."""
    last = -1
    for row in history.rows:
        if row.decision < 0:
            assert row.event is not None
            yield None, (row.event,)
        elif row.decision != last:
            last = row.decision
            yield history.decisions[last], history.decisions[last].events


class Shown:
    """The decisions that an explorer shows, also when its store has grown meanwhile."""

    def __init__(self, history: History) -> None:
        self._history = history

    def decisions(self) -> Iterator[Decision]:
        """All of them, in order."""
        yield from self._history.decisions


def _patched(history: History, branch: Branched, patches: Patches) -> Iterator[int]:
    """For each event of a branch the recorded event whose patch it has, or a new patch.

    A stream has the recorded patches for as long as it has the recorded events, in their order.
    From then on it is folded again.
    """
    decider = history.decider
    assert decider is not None  # `delta` has looked
    count, own = len(history.events), _by_stream(history)
    followed, states = defaultdict[str, int](int), dict[str, Any]()
    for fact, origin in zip(*branch, strict=True):
        stream, step = fact.stream, followed[fact.stream]
        recorded = own.get(stream, [])
        if stream not in states and step < len(recorded) and recorded[step] == origin:
            followed[stream] += 1
            yield origin
            continue
        if stream not in states:
            states[stream] = _state(history, decider, recorded[:step])
        before = states[stream]
        states[stream] = decider.evolve(before, fact.event)
        patches.add(before, states[stream])
        yield count + len(patches)


def _state(history: History, decider: AnyDecider, positions: Sequence[int]) -> Any:
    """The state that the events at these positions lead to."""
    return decider.fold(history.events[n - 1].event for n in positions)


def _by_stream(history: History) -> dict[str, list[int]]:
    """The positions of each stream's events."""
    found = defaultdict[str, list[int]](list)
    for n, fact in enumerate(history.events, 1):
        found[fact.stream].append(n)
    return dict(found)


def _told(fact: RecordedEvent) -> tuple[Any, ...]:
    """What must be equal for two events to be the same fact, wherever they stand."""
    times = (fact.recorded_at, fact.effective_at)
    return fact.event, fact.correlation_id, fact.actor, *times
