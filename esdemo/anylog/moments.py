"""Moments: a log's times as microseconds since 1970, whatever they are written as."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
Reader = Callable[[Any], int]

FORMATS: Final = (
    "%d/%b/%Y:%H:%M:%S %z",  # web servers
    "%Y/%m/%d %H:%M:%S.%f",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%a, %d %b %Y %H:%M:%S %z",  # mail
)
AMBIGUOUS: Final = tuple(
    day + clock for day in ("%d/%m/%Y", "%m/%d/%Y") for clock in (" %H:%M:%S", " %H:%M", "")
)
UNITS: Final = ((1e11, 1_000_000), (1e14, 1_000), (1e17, 1), (1e20, 1e-3))
"""Up to which number since 1970 it is seconds, milliseconds, microseconds, nanoseconds."""


def reader(samples: Sequence[Any], form: str | None = None) -> Reader:
    """What turns such values into microseconds. ValueError when none fits, or two do.

    form: as of strptime, such as "%d/%m/%Y %H:%M". A time without a zone is taken as UTC.
    """
    if form is not None:
        return lambda value: _microseconds(datetime.strptime(str(value).strip(), form))
    first = samples[0]
    if isinstance(first, (datetime, date)):
        return _of_object
    if _number(first) is not None:
        return _counted(float(_number(first) or 0))
    if _fits(_of_iso, samples[:1]):
        return _of_iso
    for each in FORMATS:
        if _fits(read := _of_form(each), samples[:1]):
            return read
    fitting = [each for each in AMBIGUOUS if _fits(_of_form(each), samples)]
    if len(fitting) > 1:
        raise ValueError(f"{first!r} may be {' or '.join(fitting)}: say which with --time-format")
    if not fitting:
        raise ValueError(f"{first!r} is not a time as known here: say its form with --time-format")
    return _of_form(fitting[0])


def moment(microseconds: int) -> datetime:
    """The same as a datetime, UTC. OverflowError outside of the years 1 to 9999."""
    return EPOCH + microseconds * MICROSECOND


def has_zone(value: Any) -> bool:
    """Whether a value says by itself which moment it is. Numbers since 1970 do."""
    if isinstance(value, str) and _number(value) is None:
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return "+" in value
    return value.tzinfo is not None if isinstance(value, datetime) else not isinstance(value, date)


def _microseconds(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // MICROSECOND


def _of_object(value: Any) -> int:
    if isinstance(value, datetime):
        return _microseconds(value)
    if isinstance(value, date):
        return _microseconds(datetime.combine(value, time()))
    raise ValueError(f"{value!r} is not a time")


def _of_iso(value: Any) -> int:
    if isinstance(value, str):
        return _microseconds(datetime.fromisoformat(value.strip()))
    return _of_object(value)


def _of_form(form: str) -> Reader:
    return lambda value: _microseconds(datetime.strptime(str(value).strip(), form))


def _number(value: Any) -> int | float | None:
    """A time as a number since 1970; digits alone may also be a date, such as 20250131."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if isinstance(value, str) and number < 1e9:
        return None
    return value if not isinstance(value, str) else (int(value) if value.isdigit() else number)


def _counted(first: float) -> Reader:
    """A reader of numbers since 1970 in the unit that the first one must be of."""
    scale = next((scale for most, scale in UNITS if abs(first) < most), None)
    if scale is None:
        raise ValueError(f"{first:g} is too large to be a time since 1970")

    def read(value: Any) -> int:
        number = _number(value)
        if number is None:
            raise ValueError(f"{value!r} is not a number since 1970, as the first time is")
        return round(number * scale)

    return read


def _fits(read: Reader, samples: Sequence[Any]) -> bool:
    try:
        for value in samples:
            read(value)
    except (ValueError, TypeError):
        return False
    return True
