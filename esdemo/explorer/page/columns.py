"""A history as columns: the small JSON that the explorer's page reads.

Rows of JSON repeat every name and most values. Columns do not: a year at the bank is a third of
the size, and small enough to be stored in a notebook.
"""

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EXACT: Final = 2**53 - 1
"""The largest whole number that JavaScript counts exactly. Beyond it, digits travel as text."""

UUID: Final = re.compile("-".join(f"[0-9a-f]{{{n}}}" for n in (8, 4, 4, 4, 12)))
NUMBERED: Final = re.compile(r"(.*?)(0|[1-9]\d{0,8})")


def pack(values: Sequence[Any]) -> Any:
    """The shortest of a few ways to write a column, each a line to read back:

    itself; {"r": [value, count, ...]} for runs; {"d": column} for whole numbers by their steps;
    {"k": [value, ...], "i": column} for few different ones; {"n": [prefix, first, count, ...]} for
    names that count; {"u": digits} for UUIDs. Always the same for the same values.
    """
    ways: list[Any] = [list(values)]
    if all(type(value) is int for value in values):
        ways.append(_runs(values))
        steps = [after - before for before, after in itertools.pairwise((0, *values))]
        if all(-EXACT <= number <= EXACT for number in itertools.chain(values, steps)):
            ways += [{"d": steps}, {"d": _runs(steps)}]
    else:
        keys = [msgspec.json.encode(value) for value in values]
        first = dict(zip(reversed(keys), reversed(values), strict=True))
        order = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        if len(order) * 2 <= len(values):
            ways.append({"k": [first[key] for key in order], "i": pack([order[k] for k in keys])})
        elif all(isinstance(value, str) and UUID.fullmatch(value) for value in values):
            ways.append({"u": "".join(values).replace("-", "")})
        elif all(isinstance(value, str) for value in values):
            ways.append(_numbered(values))
    return min(ways, key=lambda way: len(msgspec.json.encode(way)))


def messages(values: Iterable[tuple[str, dict[str, Any]]]) -> tuple[list[int], dict[str, Any]]:
    """(type, fields) pairs as the number of each one's type, and a column for each field.

    Two shapes of one type (a field that only some have) count as two types of one name.
    """
    shapes: dict[tuple[str, ...], int] = {}
    columns: list[list[list[Any]]] = []
    numbers = []
    for name, fields in values:
        number = shapes.setdefault((name, *fields), len(shapes))
        if number == len(columns):
            columns.append([[] for _ in fields])
        for column, value in zip(columns[number], fields.values(), strict=True):
            column.append(value)
        numbers.append(number)
    packed = [[pack(column) for column in slots] for slots in columns]
    return numbers, {"types": list(shapes), "values": packed}


def times(moments: Sequence[datetime], effective: Sequence[datetime]) -> dict[str, Any]:
    """Microseconds since 1970 as multiples of the largest unit that divides all steps."""
    recorded = [microseconds(moment) for moment in moments]
    lags = [microseconds(moment) - now for moment, now in zip(effective, recorded, strict=True)]
    start = recorded[0] if recorded else 0
    unit = math.gcd(*(moment - start for moment in recorded), *lags) or 1
    return {
        "start": exact(start),
        "unit": exact(unit),
        "at": pack([exact((moment - start) // unit) for moment in recorded]),
        "lag": pack([exact(lag // unit) for lag in lags]),
    }


def exact(number: int) -> Any:
    """A whole number as JavaScript can read it: itself, or its digits where it would be rounded."""
    return number if -EXACT <= number <= EXACT else {"$int": str(number)}


def microseconds(moment: datetime) -> int:
    """Since 1970, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def _runs(values: Sequence[Any]) -> dict[str, Any]:
    grouped = ((value, sum(1 for _ in run)) for value, run in itertools.groupby(values))
    return {"r": [part for pair in grouped for part in pair]}


def _numbered(names: Sequence[str]) -> dict[str, Any]:
    """cmd-1, cmd-2, cmd-3 as "cmd-", 1, 3; a name without a number as itself, -1, 1."""
    runs: list[list[Any]] = []
    for name in names:
        match = NUMBERED.fullmatch(name)
        prefix, number = (match[1], int(match[2])) if match else (name, -1)
        if runs and match and runs[-1][0] == prefix and runs[-1][1] + runs[-1][2] == number:
            runs[-1][2] += 1
        else:
            runs.append([prefix, number, 1])
    return {"n": [part for run in runs for part in run]}
