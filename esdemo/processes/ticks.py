"""Time that passes, as recorded facts: nothing here, and nothing that stands on it, asks what
o'clock it is.

Somebody ticks: a cron job, a thread, a person, often or seldom, twice or late. What becomes of it
is decided like everything else, and says which days have begun. So a process that waits for a day
is asleep nowhere: it is a row in a list of what is due (Mathias Verraes, "Passage of Time Event",
2019).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final, assert_never

from esdemo.application import Application
from esdemo.clocks import Clock, in_utc
from esdemo.commands import Command, Decision, Rejected
from esdemo.events import Event
from esdemo.handlers import Decider

CALENDAR: Final = "calendar"
MOST: Final = 10_000  # days that one tick may begin: 27 years


class Tick(Command):
    """The time on somebody's clock."""

    now: datetime


class DayBegan(Event):
    """A day began, in the zone of the calendar."""

    day: date

    @property
    def begins_month(self) -> bool:
        """Whether it is the first of a month, so that the month before has ended."""
        return self.day.day == 1


def days_of(zone: tzinfo) -> Decider[Tick, DayBegan, date | None]:
    """The rules of a calendar: each day of this zone begins once and in order, none is left out.

    A tick that comes late begins all the days since the last one; one that comes again, or from a
    clock that is behind, begins none. The first of all begins the day on which it comes. A tick
    that is decades ahead is refused: that clock is wrong.
    """

    def decide(tick: Tick, last: date | None) -> Sequence[DayBegan]:
        today = in_utc(tick.now).astimezone(zone).date()
        missed = (today - last).days if last else 1
        if missed > MOST:
            raise Rejected(f"{today} is {missed} days after {last}: is that clock right?")
        return [DayBegan(today - timedelta(days=ago)) for ago in reversed(range(missed))]

    def evolve(last: date | None, event: DayBegan) -> date | None:
        match event:
            case DayBegan():
                return event.day
            case _:
                assert_never(event)

    return Decider(decide, evolve, None)


def tick(calendar: Application[Any, Any, Any], clock: Clock, *, actor: str = "clock") -> Decision:
    """Tell the calendar what an injected clock shows, and return which days have begun.

    The same time again is the same tick, with the first outcome.
    """
    now = in_utc(clock())
    return calendar.handle(CALENDAR, Tick(now), actor=actor, command_id=f"tick {now.isoformat()}")
