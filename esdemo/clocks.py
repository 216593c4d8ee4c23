"""Where time and names come from: always an argument, never a hidden call.

A store is given a clock (a function that returns an aware datetime) and an application a source of
ids (a function that returns text). Real ones for real use, predictable ones for tests and
notebooks, whose stored outputs must be the same on every run.
"""

import itertools
import random
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from esdemo.errors import InvalidMoment

Clock = Callable[[], datetime]
Ids = Callable[[], str]


def utc_now() -> datetime:
    """The machine's clock, aware, UTC."""
    return datetime.now(UTC)


def random_id() -> str:
    """128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


class ManualClock:
    """A clock that stands still until told otherwise.

    >>> clock = ManualClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
    >>> clock.advance(minutes=5)
    >>> clock().isoformat()
    '2026-01-05T09:05:00+00:00'
    """

    def __init__(self, now: datetime) -> None:
        self.now = in_utc(now)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        """Move on by a `timedelta`, given by its keywords (`days=1, hours=2`)."""
        self.now += timedelta(**duration)


def ticking(start: datetime, step: timedelta = timedelta(minutes=1)) -> Clock:
    """A clock that shows `start` when first asked and is `step` later each time after that."""
    moments = (in_utc(start) + step * count for count in itertools.count())
    return moments.__next__


def numbered(prefix: str) -> Ids:
    """Ids that count: `prefix-1`, `prefix-2`, and so on."""
    numbers = itertools.count(1)
    return lambda: f"{prefix}-{next(numbers)}"


def jittered(attempt: int, seconds: float) -> float:
    """The seconds to wait before an attempt, by chance, and up to twice as long each time.

    seconds: how long the attempt before took. Writers that collided once would collide again if
    they all waited equally long ("Exponential Backoff And Jitter", Marc Brooker, 2015).
    """
    return random.uniform(0, max(seconds, 0.001) * 2 ** min(attempt - 1, 6))


def in_utc(moment: datetime) -> datetime:
    """The same instant in UTC. InvalidMoment for anything but an aware datetime."""
    try:
        if moment.utcoffset() is not None:
            return moment.astimezone(UTC)
    except (AttributeError, ValueError, OverflowError):
        pass  # a date, a time of day, a text, pandas' NaT, or a moment that UTC has no year for
    raise InvalidMoment(
        f"{moment!r} does not name an instant: give an aware datetime, for example "
        "datetime(2026, 3, 3, 12, tzinfo=UTC)"
    )


def to_text(moment: datetime) -> str:
    """Fixed-width ISO 8601 in UTC with microseconds: as text it sorts as time does."""
    utc = in_utc(moment)
    if utc.microsecond and type(utc) is datetime:  # in a tenth of the time, with a Z at the end
        return f"{msgspec.json.encode(utc)[1:27].decode()}+00:00"
    return utc.isoformat(timespec="microseconds")
