"""The calendar: what was decided on each day, the days without anything among them.

A log has no rows for days on which nothing happened, and a rate that forgets them is too high.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from esdemo.commands import Decision
from esdemo.errors import CannotForecast
from esdemo.events import RecordedEvent
from esdemo.forecast.drawing import Floats
from esdemo.handlers import Decider, can_change

Written = tuple[Decision | None, tuple[RecordedEvent, ...]]
"""What was written together, as `store.history()` gives it."""
States = dict[str, Any]
"""The state of each stream that has begun, by name."""
Measure = Callable[[Mapping[str, Any]], float]
"""From the states of all streams to the one number that is forecast."""


class Day(NamedTuple):
    """A day in UTC, and what was recorded on it."""

    date: date
    decisions: tuple[Decision, ...]
    facts: tuple[RecordedEvent, ...]  # those of the decisions, and imported ones


def calendar(history: Iterable[Written], until: date | None = None) -> list[Day]:
    """A Day for each date from the first record to `until`, that day included.

    history: as `store.history()` gives it. until: the last day that is known, by default that of
    the last record; what was recorded later is not looked at, which is what keeps a forecast
    honest. Days are those of `recorded_at`, when we learned of a thing. Raises CannotForecast
    where nothing is known by then.
    """
    written = [(_day(pair), *pair) for pair in history]
    if not written:
        raise CannotForecast("the history is empty: there is nothing to forecast from")
    first, last = written[0][0], until or written[-1][0]
    if last < first:
        raise CannotForecast(
            f"nothing is known by {last}: the history begins on {first}, so cut it on a later day"
        )
    decisions: list[list[Decision]] = [[] for _ in range((last - first).days + 1)]
    facts: list[list[RecordedEvent]] = [[] for _ in decisions]
    for day, decision, recorded in written:
        if day <= last:
            decisions[(day - first).days] += [decision] if decision else []
            facts[(day - first).days] += recorded
    dates = (first + timedelta(days=number) for number in range(len(decisions)))
    return list(map(Day, dates, map(tuple, decisions), map(tuple, facts)))


def values(decider: Decider[Any, Any, Any], days: Sequence[Day], measure: Measure) -> Floats:
    """One number at the end of each day.

    measure: makes it from the states of all streams by name, such as
    `lambda states: sum(account.balance for account in states.values())`.
    """
    return np.array([measure(states) for states in states_by_day(decider, days)], float)


def states_by_day(decider: Decider[Any, Any, Any], days: Iterable[Day]) -> Iterator[States]:
    """The state of every stream at the end of each day. The dict is the same one, changed."""
    states: States = {}
    for day in days:
        for fact in day.facts:
            before = states[fact.stream] if fact.stream in states else decider.start()
            states[fact.stream] = decider.evolve(before, fact.event)
        yield states


def copied(states: States) -> States:
    """States that can be folded on without a change to these."""
    return {name: deepcopy(state) if can_change(state) else state for name, state in states.items()}


def _day(pair: Written) -> date:
    decision, facts = pair
    return (decision or facts[0]).recorded_at.date()
