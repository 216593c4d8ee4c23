"""Types of fields and values for them: usual ones, the last of each range, and false ones."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum
from random import Random
from typing import Annotated, Any, Literal, Union

from msgspec import Meta, defstruct

from esdemo import Event

Value = Callable[[Random], Any]
Field = tuple[Any, Value]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Place(Event):
    """A fact inside of a fact."""

    row: int
    seat: str


class Name(str):
    """A string that is not quite one."""


class Summer(tzinfo):
    """A zone that is an hour ahead from April to October, in 1900 by 19 minutes and 32 seconds.

    Written here, since not every machine has a database of zones.
    """

    def utcoffset(self, moment: datetime | None) -> timedelta:
        if moment and moment.year == 1900:
            return timedelta(minutes=19, seconds=32)
        return timedelta(hours=1) + self.dst(moment)

    def dst(self, moment: datetime | None) -> timedelta:
        summer = moment is not None and (moment.month, moment.day, moment.hour) >= (4, 1, 3)
        return timedelta(hours=int(summer and self._before_the_end(moment)))

    def _before_the_end(self, moment: datetime) -> bool:
        """The hour from 2 to 3 on 31 October comes twice; `fold` tells which."""
        last = (moment.month, moment.day, moment.hour)
        return last < (10, 31, 2) or (last == (10, 31, 2) and not moment.fold)

    def tzname(self, _: datetime | None) -> str:
        return "summer"


def one_of(*values: Any) -> Value:
    return lambda chance: chance.choice(values)


INTEGERS = one_of(
    *(0, 1, -1, 7, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 10**40, True, 1.0, Size.LARGE)
)
TEXTS = one_of(
    *("", "a", "é", "e\u0301", "🙂", "\0", "\u2028", "\x85", '"\\', "a\nb", "\ufeff", "x" * 99),
    *("\ud800", Name("n"), b"x", None),
)
BYTES = one_of(b"", b"\0\xff", b"x" * 99, bytearray(b"abc"), memoryview(b"abc"), "YQ==")
DATES = one_of(
    date(2026, 2, 28), date.min, date.max, datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01"
)
DECIMALS = one_of(
    *map(Decimal, ["0", "-0", "0.10", "1E+400", "1e-400", "NaN", "sNaN", "-Infinity"]), 1, "1"
)
MOMENTS = one_of(
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=-5, minutes=-45))),
    datetime(2026, 1, 1, 12, tzinfo=Summer()),
    datetime(2026, 10, 31, 2, 30, tzinfo=Summer()),
    datetime(2026, 10, 31, 2, 30, tzinfo=Summer(), fold=1),
    datetime(2026, 4, 1, 2, 30, tzinfo=Summer()),
    datetime(1900, 1, 1, tzinfo=Summer()),
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
    datetime(2026, 1, 1),
    date(2026, 1, 1),
)
UUIDS = one_of(uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), str(uuid.UUID(int=1)))

PLAIN: tuple[Field, ...] = (
    (int, INTEGERS),
    (str, TEXTS),
    (bytes, BYTES),
    (bool, one_of(True, False, 0, 1, None)),
    (date, DATES),
    (datetime, MOMENTS),
    (Decimal, DECIMALS),
    (uuid.UUID, UUIDS),
    (Colour, one_of(*Colour, "red")),
    (Size, one_of(*Size, 1)),
    (Literal["a", "b", 1], one_of("a", "b", 1, "c")),
    (Place, one_of(Place(1, "a"), Place("1", "a"), Place(2**70, ""), Place(1, "\ud800"))),
    (Annotated[int, Meta(ge=0)], one_of(0, 1, -1)),
    (Annotated[str, Meta(max_length=2)], one_of("", "ab", "abc")),
    (None, one_of(None, 0)),
)


def any_field(chance: Random, depth: int = 2) -> Field:
    """A type that a fact may have, and what makes values for it, most of them fitting."""
    kind = chance.random()
    if not depth or kind < 0.6:
        return chance.choice(PLAIN)
    hint, value = any_field(chance, depth - 1)
    if kind < 0.7:
        return Union[hint, None], lambda c: c.choice([None, value(c)])  # noqa: UP007
    if kind < 0.85:
        return tuple[hint, ...], lambda c: tuple(value(c) for _ in range(c.randrange(4)))
    second, other = any_field(chance, depth - 1)
    return tuple[hint, second], lambda c: (value(c), other(c))


def changeable(chance: Random) -> Field:
    """A type that no fact may have: it can change, or is not the same number on two machines."""
    return chance.choice([*map(plainly, NO_FACTS), inside_a_fact, not_frozen, said_later])()


def plainly(hint: Any) -> Callable[[], Field]:
    return lambda: (hint, one_of(None))


def inside_a_fact() -> Field:
    """In a fact in a tuple in a fact."""
    row = defstruct("Row", [("seats", list[int])], bases=(Event,))
    return tuple[row, ...], one_of(())


def not_frozen() -> Field:
    """A part that can be assigned to."""
    return defstruct("Loose", [("row", int)], bases=(Event,), frozen=False), one_of(None)


def said_later() -> Field:
    """A part whose type was not yet defined when it was: it becomes a float."""
    globals().pop("Later", None)
    line = defstruct("Line", [("price", "Later")], bases=(Event,), module=__name__)
    globals()["Later"] = float
    return line, one_of(None)


NO_FACTS = (
    *(float, list, list[int], dict, dict[str, int], set[str], bytearray, complex, Any, object),
    *(tuple[float, ...], tuple[int, list[int]], list[int] | None, Annotated[float, Meta(ge=0)]),
)
