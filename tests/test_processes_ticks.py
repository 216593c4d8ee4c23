"""Time that passes: each day begins once, whoever ticks, how often, and how late."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esdemo import Application, MemoryStore
from esdemo.clocks import ManualClock
from esdemo.errors import InvalidMoment
from esdemo.processes import DayBegan, Tick, days_of, tick

NOON = datetime(2026, 1, 30, 12, tzinfo=UTC)


@pytest.fixture
def calendar(new_store):
    return Application(days_of(UTC), new_store(DayBegan | Tick, ManualClock(NOON)))


def days(decision):
    return [fact.event.day for fact in decision.events]


def test_the_first_tick_begins_the_day_on_which_it_comes(calendar):
    assert days(tick(calendar, ManualClock(NOON))) == [date(2026, 1, 30)]


def test_a_late_tick_begins_every_day_that_was_missed(calendar):
    clock = ManualClock(NOON)
    tick(calendar, clock)
    clock.advance(days=3)
    began = tick(calendar, clock)
    assert days(began) == [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 2)]
    assert [fact.event.begins_month for fact in began.events] == [False, True, False]


def test_a_tick_that_comes_twice_or_from_a_clock_that_is_behind_begins_nothing(calendar):
    clock = ManualClock(NOON)
    first = tick(calendar, clock)
    assert tick(calendar, clock) == first
    for hours in (1, -30):
        clock.advance(hours=hours)
        assert days(tick(calendar, clock)) == []
    assert calendar.store.position == 1


def test_a_clock_that_is_decades_ahead_is_refused_and_one_that_is_right_goes_on(calendar):
    tick(calendar, ManualClock(NOON))
    wrong = tick(calendar, ManualClock(NOON.replace(year=2106)))
    assert wrong.reason == "2106-01-30 is 29219 days after 2026-01-30: is that clock right?"
    assert days(tick(calendar, ManualClock(NOON + timedelta(days=1)))) == [date(2026, 1, 31)]


def test_a_day_begins_in_the_zone_of_the_calendar():
    clock = ManualClock(datetime(2026, 1, 5, 22, tzinfo=UTC))
    for zone, day in ((UTC, 5), (ZoneInfo("Asia/Tokyo"), 6)):
        calendar = Application(days_of(zone), MemoryStore(DayBegan | Tick, clock))
        assert days(tick(calendar, clock)) == [date(2026, 1, day)]


def test_a_clock_without_a_zone_is_refused_before_anything_is_kept(calendar):
    with pytest.raises(InvalidMoment):
        tick(calendar, lambda: datetime(2026, 1, 5))
    assert calendar.store.counts() == (0, 0)


@given(hours=st.lists(st.integers(-50, 200), max_size=20))
def test_no_day_is_left_out_or_begins_twice_however_the_clock_jumps(hours):
    zone = ZoneInfo("Europe/Berlin")
    clock = ManualClock(datetime(2026, 3, 20, tzinfo=UTC))
    calendar = Application(days_of(zone), MemoryStore(DayBegan | Tick, clock))
    tick(calendar, clock)
    seen = [clock()]
    for step in hours:
        clock.advance(hours=step)
        seen.append(clock())
        tick(calendar, clock)
    began = [event.day for event in calendar.store.events("calendar")]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(began))
    assert began[0] == seen[0].astimezone(zone).date()
    assert began[-1] == max(moment.astimezone(zone).date() for moment in seen)
