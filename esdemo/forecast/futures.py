"""Futures: the commands of past days asked again on days to come, and decided.

The rules see every imagined command, so no future breaks one: what cannot be is refused and the
future goes on without it, as at the counter.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec
import numpy as np
from tqdm import tqdm

from esdemo.commands import Command, Decision, Rejected
from esdemo.errors import CannotForecast
from esdemo.events import RecordedEvent
from esdemo.forecast.calendar import Day, Measure, States, copied, states_by_day
from esdemo.forecast.drawing import Draw, Floats, Ints, blocks, checked
from esdemo.forecast.samples import FUTURES, Seed
from esdemo.handlers import Decider
from esdemo.processes import Reaction


class Futures(NamedTuple):
    """What became of a number, and of the commands that led there."""

    values: Floats  # a row for each future, a column for each day ahead, at the end of the day
    asked: Ints  # commands in each future, those that a reaction gave among them
    refused: Ints  # of these


def decided(
    decider: Decider[Any, Any, Any],
    days: Sequence[Day],
    measure: Measure,
    ahead: int,
    *,
    futures: int = FUTURES,
    seed: Seed = 0,
    draw: Draw | None = None,
    react: Reaction | None = None,
) -> Futures:
    """Futures of one number, by commands that go through `decide`.

    days: what is known, of `calendar`. measure: makes the number from the states by stream. draw:
    which past days are asked again, `blocks()` by default. react: the process that answers
    decisions, such as `bank.transfers`; what a command had caused is never asked again itself.

    Each command keeps its time of day; dates in its fields move with it. People who saw another
    balance would ask for other things: that is the limit of it. Shows a progress bar when it takes
    longer than two seconds. Raises CannotForecast where nothing is asked, or all is refused.
    """
    checked(len(days), ahead, futures)
    (known,) = deque(states_by_day(decider, days), maxlen=1)
    asked = [_first_causes(day) for day in days]
    drawn = (draw or blocks())(len(days), ahead, futures, np.random.default_rng(seed))
    found = Futures(np.empty(drawn.shape), *np.zeros((2, futures), np.int64))
    first_reason = ""
    for row, places in enumerate(
        tqdm(drawn.tolist(), desc="living the futures", unit="future", delay=2, leave=False)
    ):
        future = _Future(decider, react, copied(known))
        for column, place in enumerate(places):
            later = timedelta(days=len(days) + column - place)
            for decision, dated in asked[place]:
                future.ask(_moved(decision, dated, later) if dated or react else decision)
            found.values[row, column] = measure(future.states)
        found.asked[row], found.refused[row] = future.asked, future.refused
        first_reason = first_reason or future.first_reason
    _possible(found, len(days), first_reason)
    return found


@dataclass
class _Future:
    """One future as it is lived."""

    decider: Decider[Any, Any, Any]
    react: Reaction | None
    states: States
    asked: int = 0
    refused: int = 0
    first_reason: str = field(default="")

    def ask(self, decision: Decision) -> None:
        """Decide a recorded command on the state that its stream has here, and what follows."""
        waiting = [decision]
        for each in waiting:
            outcome = self._decide(each.stream, each.command)
            if self.react:
                waiting += _consequences(self.react, each, outcome)

    def _decide(self, stream: str, command: Command) -> Sequence[Any] | Rejected:
        state = self.states[stream] if stream in self.states else self.decider.start()
        outcome = self.decider.outcome(command, state)
        self.asked += 1
        if isinstance(outcome, Rejected):
            self.refused += 1
            self.first_reason = self.first_reason or str(outcome)
        elif outcome:
            self.states[stream] = self.decider.fold(outcome, state)
        return outcome


Asked = tuple[Decision, tuple[str, ...]]
"""A recorded decision, and the fields of its command that hold a date."""


def _first_causes(day: Day) -> list[Asked]:
    """The commands that nothing else had caused: those that somebody may ask again."""
    return [
        (decision, _dated(decision.command))
        for decision in day.decisions
        if not decision.causation_id
    ]


def _dated(command: Command) -> tuple[str, ...]:
    fields = command.__struct_fields__
    return tuple(name for name in fields if isinstance(getattr(command, name), date))


def _moved(decision: Decision, dated: tuple[str, ...], later: timedelta) -> Decision:
    """The same command so much later."""
    command = decision.command
    changes = {name: getattr(command, name) + later for name in dated}
    return msgspec.structs.replace(
        decision,
        command=msgspec.structs.replace(command, **changes) if changes else command,
        recorded_at=decision.recorded_at + later,
        effective_at=decision.effective_at + later,
    )


def _consequences(
    react: Reaction, cause: Decision, outcome: Sequence[Any] | Rejected
) -> list[Decision]:
    """The commands that an imagined decision calls for, each as a decision still to be made."""
    refused = isinstance(outcome, Rejected)
    made = msgspec.structs.replace(
        cause,
        reason=str(outcome) if refused else None,
        events=() if isinstance(outcome, Rejected) else _imagined(cause, outcome),
    )
    return [
        msgspec.structs.replace(made, stream=stream, command=command, causation_id=cause.command_id)
        for stream, command in react(made)
    ]


def _imagined(cause: Decision, events: Sequence[Any]) -> tuple[RecordedEvent, ...]:
    """Events as a process sees them. They have no position, no version and no hash."""
    return tuple(
        RecordedEvent(
            0,
            cause.stream,
            0,
            event,
            cause.command_id,
            cause.correlation_id,
            cause.actor,
            cause.recorded_at,
            cause.effective_at,
            "",
        )
        for event in events
    )


def _possible(found: Futures, known: int, first_reason: str) -> None:
    """CannotForecast when nothing happened in any future."""
    asked, refused = int(found.asked.sum()), int(found.refused.sum())
    if not asked:
        raise CannotForecast(
            f"the {known} known days hold no commands to ask again, only imported facts or none: "
            "draw changes of a number instead (forecast.resampled)"
        )
    if asked == refused:
        raise CannotForecast(
            f"no rule allows such a future: all {asked:,} commands were refused, the first because "
            f"{first_reason!r}; have the days, the streams and the rules the same history?"
        )
